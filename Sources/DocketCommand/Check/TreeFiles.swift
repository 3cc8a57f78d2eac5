import Definitions
import Documents
import GitStorage

/// A file to check: of the work tree, or of a commit.
struct TreeFile {
    /// What it is.
    enum Kind { case file, link, other }

    /// Path from the root, with `/`.
    var path: String
    var kind: Kind
    /// Its bytes; an error when it has more than the limit.
    var read: (_ limit: Int) throws -> [UInt8]
}

/// The files of a repository that a check reads, in byte order of their paths.
enum TreeFiles {
    /// Folders with definitions or cases.
    private static let folders = ["workflows", "rules", "forms", "plugins", "vendors", "cases"]

    /// The files of a directory, committed or not.
    static func inWorkTree(_ root: String) throws -> [TreeFile] {
        guard WorkTree.kind(root) == .directory else {
            throw CommandError(.usage, "\(root) is no directory")
        }
        var files: [TreeFile] = []
        if let kind = WorkTree.kind(root + "/docket.yaml") {
            append("docket.yaml", kind, root, to: &files)
        }
        for folder in folders where WorkTree.kind(root + "/" + folder) != nil {
            try walk(folder, depth: 0, root, into: &files)
        }
        return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func walk(
        _ path: String, depth: Int, _ root: String, into files: inout [TreeFile]
    ) throws {
        guard depth < 64 else {
            throw CommandError(.usage, "\(path): folders are nested deeper than 64")
        }
        guard let kind = WorkTree.kind(root + "/" + path) else { return }
        guard kind == .directory else { return append(path, kind, root, to: &files) }
        for name in try WorkTree.names(in: root + "/" + path) {
            try walk(path + "/" + name, depth: depth + 1, root, into: &files)
        }
    }

    private static func append(
        _ path: String, _ kind: WorkTree.Kind, _ root: String, to files: inout [TreeFile]
    ) {
        files.append(
            TreeFile(path: path, kind: kind == .file ? .file : kind == .link ? .link : .other) {
                try WorkTree.read(root + "/" + path, limit: $0)
            })
    }

    /// The files of a commit.
    static func inRevision(_ revision: String, of directory: String) throws -> [TreeFile] {
        let repository = try Repository.open(directory)
        let commit = try repository.commit(try repository.resolve(revision))
        var walker = try TreeWalker(commit.tree, in: repository)
        var files: [TreeFile] = []
        while let entry = try walker.next() {
            let path = entry.text
            let isWanted = folders.contains { path == $0 || path.hasPrefix($0 + "/") }
            guard entry.kind != .tree else {
                if !isWanted { walker.skipSubtree() }
                continue
            }
            guard isWanted || path == "docket.yaml" else { continue }
            files.append(
                TreeFile(path: path, kind: kind(entry.kind)) { limit in
                    try repository.blob(BlobID(entry.id), limitBytes: limit)
                })
        }
        return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func kind(_ kind: EntryKind) -> TreeFile.Kind {
        switch kind {
        case .file, .executable: .file
        case .symlink: .link
        default: .other
        }
    }
}
