public import Definitions
public import Documents
public import GitStorage

/// Loads the definitions of a commit or a work tree.
public enum SourceCatalog {
    private static let fileLimitBytes = 16 << 20
    private static let directories = ["workflows", "rules", "forms", "plugins", "vendors"]

    private struct Reader {
        let source: any SourceFiles
        var attributes: Attributes
        var files: [RepositoryFile] = []
        var findings: [Finding] = []
    }

    /// The catalog, and findings about files that are no plain files.
    public static func load(
        _ root: TreeID, in source: any SourceFiles
    ) throws(GitError) -> (catalog: Catalog, findings: [Finding]) {
        let loaded = try loadFiles(root, in: source)
        let lists = try loadLists(root, in: source)
        let catalog = try make(loaded.files, lists.lists, of: root, in: source)
        return (catalog.catalog, loaded.findings + lists.findings + catalog.findings)
    }

    /// The catalog of files, and findings about the lists that they name.
    static func make(
        _ files: [RepositoryFile], _ lists: [ListFile], of root: TreeID,
        in source: any SourceFiles
    ) throws(GitError) -> (catalog: Catalog, findings: [Finding]) {
        var attributes = Attributes(of: root, in: source)
        var findings: [Finding] = []
        var failure: GitError?
        let catalog = Catalog(loading: files, lists: lists) { list in
            do throws(GitError) {
                guard let id = BlobID(hex: list.blob) else { return nil }
                if try source.size(of: id) <= fileLimitBytes {
                    let bytes = try source.blob(id, limitBytes: fileLimitBytes)
                    let path = Array(list.path.utf8)
                    let problem = try GitContent.problem(list.path, path, bytes, &attributes)
                    if let problem { findings.append(problem) }
                    return bytes
                }
                findings.append(
                    Finding(
                        "DEF002", .error,
                        "the list is larger than 16 MiB, too much for one that definitions name",
                        file: list.path))
            } catch { failure = failure ?? error }
            return nil
        }
        if let failure { throw failure }
        return (catalog, findings)
    }

    /// The files that definitions stand in.
    static func loadFiles(
        _ root: TreeID, in source: any SourceFiles
    ) throws(GitError) -> (files: [RepositoryFile], findings: [Finding]) {
        var reader = Reader(source: source, attributes: Attributes(of: root, in: source))
        for entry in try source.entries(of: root) {
            if entry.text == "docket.yaml" {
                try read(entry.name, entry, &reader)
            } else if directories.contains(entry.text) {
                try walk(entry.name, entry, depth: 0, &reader)
            }
        }
        reader.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return (reader.files, reader.findings)
    }

    /// The files of `lists/`, whatever their format; names that begin with a dot or end in `.md` are
    /// passed over.
    static func loadLists(
        _ root: TreeID, in source: any SourceFiles
    ) throws(GitError) -> (lists: [ListFile], findings: [Finding]) {
        guard let entry = try source.entry(at: Array("lists".utf8), in: root) else {
            return ([], [])
        }
        var found: (lists: [ListFile], findings: [Finding]) = ([], [])
        try walkLists("lists", entry, depth: 0, source, &found)
        return found
    }

    private static func walkLists(
        _ path: String, _ entry: TreeEntry, depth: Int, _ source: any SourceFiles,
        _ found: inout (lists: [ListFile], findings: [Finding])
    ) throws(GitError) {
        if entry.kind == .file || entry.kind == .executable, depth > 0 {
            found.lists.append(ListFile(path: path, blob: entry.id.description))
        } else if entry.kind == .tree, depth < depthLimit {
            for below in try source.entries(of: TreeID(entry.id))
            where below.name.first != 0x2E && !below.text.hasSuffix(".md") {
                try walkLists("\(path)/\(below.text)", below, depth: depth + 1, source, &found)
            }
        } else {
            found.findings.append(
                Finding(
                    "DEF001", .error,
                    "a list is a file below lists/; links and submodules are not followed",
                    file: path))
        }
    }

    private static func walk(
        _ path: [UInt8], _ entry: TreeEntry, depth: Int, _ reader: inout Reader
    ) throws(GitError) {
        guard entry.kind == .tree else {
            // A whole directory that is a link or a submodule would otherwise be silently empty.
            if entry.kind == .submodule || entry.kind == .symlink && depth == 0 {
                reader.findings.append(notAFile(String(decoding: path, as: UTF8.self)))
            } else {
                try read(path, entry, &reader)
            }
            return
        }
        guard depth < depthLimit else {
            return reader.findings.append(
                Finding(
                    "DEF001", .error, "definitions are nested deeper than \(depthLimit) folders",
                    file: String(decoding: path, as: UTF8.self)))
        }
        for below in try reader.source.entries(of: TreeID(entry.id)) {
            try walk(path + [0x2F] + below.name, below, depth: depth + 1, &reader)
        }
    }

    private static let depthLimit = 64

    private static func notAFile(_ path: String) -> Finding {
        Finding(
            "DEF001", .error, "a definition is a file; links and submodules are not followed",
            file: path)
    }

    private static func read(
        _ name: [UInt8], _ entry: TreeEntry, _ reader: inout Reader
    ) throws(GitError) {
        let path = String(decoding: name, as: UTF8.self)
        guard Catalog.isDefinition(path) else { return }
        guard entry.kind == .file || entry.kind == .executable else {
            return reader.findings.append(notAFile(path))
        }
        let blob = BlobID(entry.id)
        guard try reader.source.size(of: blob) <= fileLimitBytes else {
            return reader.findings.append(
                Finding(
                    "DEF002", .error, "the file is larger than 16 MiB, too much for a definition",
                    file: path))
        }
        let bytes = try reader.source.blob(blob, limitBytes: fileLimitBytes)
        if let problem = try GitContent.problem(path, name, bytes, &reader.attributes) {
            reader.findings.append(problem)
        }
        reader.files.append(RepositoryFile(path: path, bytes: bytes))
    }
}

/// Content that git keeps elsewhere or changes on checkout.
enum GitContent {
    static func problem(
        _ path: String, _ name: [UInt8], _ bytes: [UInt8], _ attributes: inout Attributes
    ) throws(GitError) -> Finding? {
        if LFSPointer.isPointer(bytes) {
            return Finding(
                "CS034", .error,
                "the file is a Git LFS pointer, its content is not in the repository; commit the "
                    + "file itself", file: path)
        }
        let uses = try attributes.conversions(at: name)
        guard let use = uses.first(where: { !$0.isLineEndsOnly }) else { return nil }
        return Finding(
            "CS035", .error,
            "git changes the file on checkout (\(use.name), \(use.file):\(use.line)), so that "
                + "people see another content than Docket; take the attribute away", file: path)
    }
}
