public import Casework
public import Documents
public import GitStorage

/// Reads what Docket knows of cases from a commit of the ledger.
public struct Ledger {
    /// A case in a listing.
    public struct Entry: Sendable {
        /// The case.
        public var id: CaseID
        /// The workflow's id; empty when the case never got one.
        public var workflow: String
        /// `active`, `waiting`, `completed`, `failed` or `withdrawn`.
        public var status: String
        /// What it amounts to; see ``Outcome``.
        public var outcome: String
        /// The state as JSON on one line: a string, or an object for compound states.
        public var state: String?
        /// The total risk score as written.
        public var score: String?
        /// The risk level's name.
        public var level: String?
        /// The fault's code.
        public var fault: String?
        /// From 1.
        public var episode: Int
    }

    /// A file of a case.
    public struct File: Sendable {
        /// The path on the ledger.
        public var path: String
        /// The content.
        public var bytes: [UInt8]
    }

    /// The commit that is read.
    public let commit: CommitID
    let root: TreeID
    let repository: Repository

    /// The ledger at the tip of a branch, or at an older commit of it.
    ///
    /// - Parameters:
    ///   - directory: in the repository.
    ///   - branch: the ledger's name.
    ///   - revision: a commit instead of the tip.
    /// - Returns: nil when there was no run yet.
    public static func open(
        _ directory: String, branch: String = "ledger", at revision: String? = nil
    ) throws(GitError) -> Ledger? {
        let repository = try Repository.open(directory)
        let name = try BranchName(branch)
        let found: CommitID?
        if let revision {
            found = try repository.resolve(revision)
        } else {
            found = try repository.tip(of: name)
        }
        guard let found else { return nil }
        return Ledger(
            commit: found, root: try repository.tree(of: found), repository: repository)
    }

    init(commit: CommitID, root: TreeID, repository: Repository) {
        self.commit = commit
        self.root = root
        self.repository = repository
    }

    // MARK: One case

    /// The record of a case: `results/<case>.json`.
    public func record(_ id: CaseID) throws(GitError) -> File? {
        for place in Self.places(id) {
            if let file = try file(LedgerPath.record(place)) { return file }
        }
        return nil
    }

    /// The personal part of a case.
    public func data(_ id: CaseID) throws(GitError) -> File? {
        for place in Self.places(id) {
            if let file = try file(LedgerPath.data(place)) { return file }
        }
        return nil
    }

    /// The decisions on a case, by episode and number.
    public func decisions(_ id: CaseID) throws(GitError) -> [File] {
        try files("decisions", id).sorted {
            let (a, b) = (Self.numbers($0.path), Self.numbers($1.path))
            return a == b
                ? $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
                : a.lexicographicallyPrecedes(b)
        }
    }

    /// The stored answers of vendors on a case, by name.
    public func evidence(_ id: CaseID) throws(GitError) -> [File] { try files("evidence", id) }

    /// The value of a file of the ledger.
    ///
    /// - Throws: an error with the code `corruptObject` when the file is not as Docket writes it.
    public static func value(of file: File, into arena: Arena) throws(GitError) -> Value {
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        do throws(ParseError) {
            return try parser.parse(file.bytes, into: arena)
        } catch { throw damaged(file.path, error) }
    }

    /// A file of the ledger that Docket did not write so: to pass over it could lose a timer, or
    /// decide a case anew.
    static func damaged(_ path: String, _ error: ParseError) -> GitError {
        GitError(
            .corruptObject, operation: "read the ledger",
            message: "\(path):\(error.position.line): \(error.message)",
            advice:
                "Only Docket writes the ledger; find out what changed it, and go back to a sound commit"
        )
    }

    private static func numbers(_ path: String) -> [Int] {
        let name = path.split(separator: "/").last?.dropLast(5) ?? ""
        return name.split(separator: "-").compactMap { Int($0) }
    }

    /// Where the files of a case may be: as a case of a file of its own, as a bulk line, or as a
    /// child of one.
    private static func places(_ id: CaseID) -> [String] {
        var places = [CasePlace(id).path]
        for slash in id.path.utf8.indices.reversed() where id.path.utf8[slash] == 0x2F {
            places.append(CasePlace(id, lineOf: String(id.path[..<slash])).path)
        }
        return places
    }

    private func file(_ path: String) throws(GitError) -> File? {
        guard let entry = try repository.entry(at: Array(path.utf8), in: root), entry.kind == .file
        else { return nil }
        return File(path: path, bytes: try repository.blob(BlobID(entry.id), limitBytes: 1 << 30))
    }

    private func files(_ directory: String, _ id: CaseID) throws(GitError) -> [File] {
        for place in Self.places(id) {
            let path = "\(directory)/\(place)"
            guard let entry = try repository.entry(at: Array(path.utf8), in: root),
                entry.kind == .tree
            else { continue }
            var result: [File] = []
            for entry in try repository.tree(TreeID(entry.id)) where entry.kind == .file {
                if let file = try file("\(path)/\(entry.text)") { result.append(file) }
            }
            if !result.isEmpty { return result }
        }
        return []
    }

    // MARK: All cases

    /// Calls `body` with each case in the order of the ledger's paths, until it returns false.
    ///
    /// - Parameter glob: only these; a pattern without wildcards at its start reads only the
    ///   directory it names.
    public func forEachCase(
        matching glob: CaseGlob? = nil, _ body: (Entry) -> Bool
    ) throws(GitError) {
        try forEachRecord(matching: glob) { _, record in
            guard let entry = Self.entry(record) else { return true }
            return body(entry)
        }
    }

    /// Calls `body` with the place and the record of each case, until it returns false. A record
    /// that is no JSON ends it with an error: a case must not be missing unseen.
    ///
    /// - Parameter filter: only records for which it is true; of the others no place is looked for.
    func forEachRecord(
        matching glob: CaseGlob? = nil, where filter: (Value) -> Bool = { _ in true },
        _ body: (CasePlace, Value) -> Bool
    ) throws(GitError) {
        guard let results = try repository.entry(at: Array("results".utf8), in: root),
            results.kind == .tree
        else { return }
        var walker = try TreeWalker(TreeID(results.id), in: repository)
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
        while let found = try walker.next() {
            let path = found.text
            if found.kind == .tree {
                if let glob, !glob.mayMatch(below: path) { walker.skipSubtree() }
                continue
            }
            guard found.kind == .file, path.hasSuffix(".json"), !path.hasSuffix(".data.json") else {
                continue
            }
            var place: CasePlace?
            if let glob {
                place = Self.place(String(path.dropLast(5)))
                guard let place, glob.matches(place.id.path) else { continue }
            }
            arena.reset()
            let bytes = try repository.blob(BlobID(found.id), limitBytes: 1 << 30)
            let record: Value
            do throws(ParseError) {
                record = try parser.parse(bytes, into: arena)
            } catch { throw Self.damaged("results/\(path)", error) }
            guard record.kind == .object, filter(record) else { continue }
            guard let place = place ?? Self.place(String(path.dropLast(5))) else { continue }
            if !body(place, record) { return }
        }
    }

    /// All cases, or those that match.
    public func cases(matching glob: CaseGlob? = nil) throws(GitError) -> [Entry] {
        var result: [Entry] = []
        try forEachCase(matching: glob) {
            result.append($0)
            return true
        }
        return result
    }

    /// The case whose record stands at a path below `results/`, the fan-out of bulk lines taken out.
    private static func place(_ path: String) -> CasePlace? {
        let segments = path.split(separator: "/")
        for index in segments.indices.dropFirst(3) {
            let hash = Digest(of: String(segments[index])).hexadecimal
            let second = hash.index(hash.startIndex, offsetBy: 2)
            if segments[index - 2] == hash[..<second],
                segments[index - 1] == hash[second...].prefix(2)
            {
                let file = segments[..<(index - 2)]
                let id = (file + segments[index...]).joined(separator: "/")
                return CaseID(id).map { CasePlace($0, lineOf: file.joined(separator: "/")) }
            }
        }
        return CaseID(path).map { CasePlace($0) }
    }

    private static func entry(_ record: Value) -> Entry? {
        guard let id = record["case"]?.string.flatMap({ CaseID($0) }) else { return nil }
        return Entry(
            id: id, workflow: record["workflow"]?.string ?? "",
            status: record["status"]?.string ?? "", outcome: record["outcome"]?.string ?? "",
            state: record["state"].map { $0.string ?? JSONWriter.line($0) },
            score: record["risk"]?["score"].map { JSONWriter.line($0) },
            level: record["risk"]?["level"]?.string, fault: record["fault"]?["code"]?.string,
            episode: record["episode"]?.integer ?? 1)
    }
}

extension Ledger {
    /// The newest manifest; nil before the first run.
    public func manifest() throws(GitError) -> File? {
        guard let runs = try repository.entry(at: Array("runs".utf8), in: root), runs.kind == .tree
        else { return nil }
        var path = "runs"
        var tree = try repository.tree(TreeID(runs.id))
        for _ in 0..<3 {
            guard let last = tree.last(where: { $0.kind == .tree }) else { return nil }
            path += "/\(last.text)"
            tree = try repository.tree(TreeID(last.id))
        }
        guard let last = tree.last else { return nil }
        return try file("\(path)/\(last.text)")
    }
}
