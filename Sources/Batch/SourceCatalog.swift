public import Definitions
public import Documents
public import GitStorage

/// Loads the definitions of a commit.
public enum SourceCatalog {
    private static let fileLimitBytes = 16 << 20
    private static let directories = ["workflows", "rules", "forms", "plugins", "vendors"]

    private struct Reader {
        let repository: Repository
        var attributes: Attributes
        var files: [RepositoryFile] = []
        var findings: [Finding] = []
    }

    /// The catalog, and findings about files that are no plain files.
    public static func load(
        _ root: TreeID, in repository: Repository
    ) throws(GitError) -> (catalog: Catalog, findings: [Finding]) {
        var reader = Reader(
            repository: repository, attributes: Attributes(of: root, in: repository))
        for entry in try repository.tree(root) {
            if entry.text == "docket.yaml" {
                try read(entry.name, entry.kind, entry.id, &reader)
            }
            guard entry.kind == .tree, directories.contains(entry.text) else { continue }
            var walker = try TreeWalker(TreeID(entry.id), in: repository)
            while let below = try walker.next() {
                if below.kind == .tree { continue }
                let name = entry.name + [0x2F] + below.path
                try read(name, below.kind, below.id, &reader)
            }
        }
        return (Catalog(loading: reader.files), reader.findings)
    }

    private static func read(
        _ name: [UInt8], _ kind: EntryKind, _ id: ObjectID, _ reader: inout Reader
    ) throws(GitError) {
        let path = String(decoding: name, as: UTF8.self)
        guard Catalog.isDefinition(path) else { return }
        guard kind == .file || kind == .executable else {
            return reader.findings.append(
                Finding(
                    "DEF001", .error,
                    "a definition is a file; links and submodules are not followed", file: path))
        }
        guard try reader.repository.header(of: id).size <= fileLimitBytes else {
            return reader.findings.append(
                Finding(
                    "DEF002", .error, "the file is larger than 16 MiB, too much for a definition",
                    file: path))
        }
        let bytes = try reader.repository.blob(BlobID(id), limitBytes: fileLimitBytes)
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
