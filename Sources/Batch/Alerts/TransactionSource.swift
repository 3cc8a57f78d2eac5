import Alerting
import Definitions
import Documents
import GitStorage

/// The transactions and counterparties of a source commit: `transactions/**` and `counterparties/**`.
struct TransactionSource {
    struct Loaded {
        /// Nil when the database could not be made.
        var store: TransactionStore?
        var problem: String?
        var findings: [Finding] = []
        var faultyRows = 0
        /// The first date after the clock: from then on rules see more.
        var nextDate: Instant?
    }

    private let files: any SourceFiles
    private let root: TreeID
    private var attributes: Attributes
    /// A file is in memory as a whole while it is read.
    private static let fileLimitBytes = 1 << 30

    init(_ files: any SourceFiles, _ root: TreeID) {
        self.files = files
        self.root = root
        attributes = Attributes(of: root, in: files)
    }

    mutating func load(_ rules: [AlertRule], now: Instant) throws(GitError) -> Loaded {
        var loaded = Loaded()
        var git: GitError?
        do throws(AlertError) {
            let store = try TransactionStore(
                columns: TransactionStore.columns(neededBy: rules))
            var reader = TransactionFiles()
            try TransactionLoader.load(into: store) {
                (loader: inout TransactionLoader) throws(AlertError) in
                do throws(GitError) {
                    for directory in ["counterparties", "transactions"] {
                        try read(directory, &reader, &loader)
                    }
                } catch { git = error }
            }
            try store.index(for: rules)
            loaded.findings = reader.findings
            loaded.faultyRows = reader.faultyRows
            loaded.nextDate = try store.firstDate(after: now)
            loaded.store = store
        } catch {
            loaded.problem = error.message
        }
        if let git { throw git }
        return loaded
    }

    private mutating func read(
        _ name: String, _ reader: inout TransactionFiles, _ loader: inout TransactionLoader
    ) throws(GitError) {
        guard let entry = try files.entry(at: Array(name.utf8), in: root) else { return }
        guard entry.kind == .tree else {
            return reader.add(
                Finding(
                    "AL020", .error, "'\(name)' must be a directory of this repository",
                    file: name))
        }
        try walk(TreeID(entry.id), name, 0, &reader, &loader)
    }

    private mutating func walk(
        _ tree: TreeID, _ path: String, _ depth: Int, _ reader: inout TransactionFiles,
        _ loader: inout TransactionLoader
    ) throws(GitError) {
        guard depth < 32 else {
            return reader.add(
                Finding("AL020", .error, "more than 32 directories in each other", file: path))
        }
        let entries = try files.entries(of: tree).sorted {
            $0.name.lexicographicallyPrecedes($1.name)
        }
        for entry in entries where entry.name.first != 0x2E {
            let place = "\(path)/\(entry.text)"
            if entry.kind == .tree {
                try walk(TreeID(entry.id), place, depth + 1, &reader, &loader)
            } else if entry.kind == .symlink || entry.kind == .submodule {
                reader.add(
                    Finding(
                        "AL020", .error, "a link or a submodule is not followed; commit a file",
                        file: place))
            } else if TransactionFiles.isTable(place) {
                try readFile(entry, place, &reader, &loader)
            } else if !place.hasSuffix(".md") {
                reader.note(
                    Finding(
                        "AL024", .warning,
                        "the file is not read: transactions and counterparties stand in files that "
                            + "end in .csv, .ndjson or .jsonl", file: place))
            }
        }
    }

    private mutating func readFile(
        _ entry: TreeEntry, _ path: String, _ reader: inout TransactionFiles,
        _ loader: inout TransactionLoader
    ) throws(GitError) {
        guard try files.size(of: BlobID(entry.id)) <= Self.fileLimitBytes else {
            return reader.add(
                Finding("AL020", .error, "the file has more than 1 GiB; cut it", file: path))
        }
        let bytes = try files.blob(BlobID(entry.id), limitBytes: Self.fileLimitBytes)
        if let problem = try GitContent.problem(path, Array(path.utf8), bytes, &attributes) {
            return reader.add(problem)
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(bytes.count, 1), alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        let content = UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
        do throws(AlertError) {
            if path.hasPrefix("counterparties/") {
                try reader.readCounterparties(path, content, into: &loader)
            } else {
                try reader.readTransactions(path, content, into: &loader)
            }
        } catch {
            reader.add(Finding("AL011", .error, error.message, file: path))
        }
    }
}
