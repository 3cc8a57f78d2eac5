import Casework
import Definitions
import Documents
import GitStorage

/// The ledger's tip as a run needs it: its last manifest and its indexes.
struct LedgerState {
    /// Why a case is looked at again although nothing of it changed.
    struct Retry: Sendable, Equatable {
        /// Its bulk file, of a line.
        var file: String?
        /// Of a child: the case to look at it with.
        var root: String?
        /// `fault`, `vendor`, `monitor`, or `parent`: what it waits for.
        var why: String
        /// The fault's code.
        var code: String?
    }

    let commit: CommitID?
    let root: TreeID?
    /// What the last run looked at.
    private(set) var lastClock: Instant?
    private(set) var covered: CommitID?
    private(set) var definitions: String?
    private(set) var lastSelect: String?
    private(set) var lastMigrate: String?
    private(set) var sequence = 0
    /// Since when each list has the content that it had in the last run, by path and content.
    private(set) var lists: [ListFile: String] = [:]
    private(set) var totals = RunTotals()
    /// What alert rules looked at last; nil when there never were any.
    private(set) var alertCoverage: AlertCoverage?
    private(set) var openAlerts = 0
    private(set) var faultyAlertRows = 0
    private(set) var alertFaults: [(place: String, code: String)] = []
    /// Cases to look at again, by id.
    private(set) var retries: [String: Retry] = [:]
    /// Faults of names and lines that give no id: path and line to code.
    private(set) var nameless: [NamelessFault] = []

    /// A fault of a file or line that gives no case id.
    struct NamelessFault: Sendable, Hashable {
        var path: String
        var line: Int
        var code: String
    }

    private let repository: Repository

    init(_ branch: BranchName, in repository: Repository) throws(GitError) {
        self = try LedgerState(tip: try repository.tip(of: branch), in: repository)
    }

    /// The ledger as it was at a commit.
    init(at commit: CommitID, in repository: Repository) throws(GitError) {
        let isBeginning = try repository.commit(commit).parents.isEmpty
        self = try LedgerState(tip: isBeginning ? nil : commit, in: repository)
    }

    private init(tip: CommitID?, in repository: Repository) throws(GitError) {
        self.repository = repository
        commit = tip
        root = try commit.map { id throws(GitError) in try repository.tree(of: id) }
        try readManifest()
        try readRetries()
    }

    /// Says no when the branch holds files and none of them is a run's manifest: records put on top
    /// would mix with a source, or begin a ledger anew whose cases were decided and paid for already.
    func requireRuns(_ branch: BranchName) throws(GitError) {
        guard let commit, let root, sequence == 0 else { return }
        let tree = try repository.tree(root)
        guard tree.count > 0 else { return }
        let isSource = tree.contains { $0.text.utf8.elementsEqual("docket.yaml".utf8) }
        let place = "the branch \(branch) at \(commit.description.prefix(12))"
        guard !isSource else {
            throw GitError(
                .notALedger, operation: "read the ledger",
                message: "\(place) has a docket.yaml and no runs: it is a source, not a ledger",
                advice: "Name another branch with --ledger, or move this one back to its last run")
        }
        throw GitError(
            .corruptObject, operation: "read the ledger",
            message: "\(place) has files and no run's manifest",
            advice:
                "Only Docket writes the ledger; find out what changed it, and go back to a sound commit"
        )
    }

    /// The bytes of a file; nil when there is none.
    func file(_ path: String) throws(GitError) -> [UInt8]? {
        guard let root, let entry = try repository.entry(at: Array(path.utf8), in: root),
            entry.kind == .file
        else { return nil }
        return try repository.blob(BlobID(entry.id), limitBytes: 1 << 30)
    }

    private func json(_ path: String, _ arena: Arena) throws(GitError) -> Value? {
        guard let bytes = try file(path) else { return nil }
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        do throws(ParseError) {
            return try parser.parse(bytes, into: arena)
        } catch { throw Ledger.damaged(path, error) }
    }

    // MARK: Manifest

    /// The newest manifest: of the last day, the one with the highest sequence number.
    private mutating func readManifest() throws(GitError) {
        guard let directory = try newestDirectory() else { return }
        let names = directory.tree.map(\.text).filter { $0.hasSuffix(".json") }
        // Runs of one millisecond differ only in their sequence number.
        guard let last = names.last else { return }
        let clock = last.prefix { $0 != "-" }
        let arena = Arena()
        for name in names where name.hasPrefix(clock) {
            guard let manifest = try json("\(directory.path)/\(name)", arena),
                let number = manifest["sequence"]?.integer, number > sequence
            else { continue }
            sequence = number
            take(manifest)
        }
    }

    private func newestDirectory() throws(GitError) -> (path: String, tree: Tree)? {
        guard let root else { return nil }
        var path = "runs"
        guard var tree = try repository.tree(at: Self.runs(), in: root) else { return nil }
        for _ in 0..<3 {
            guard let last = tree.last(where: { $0.kind == .tree }) else { return nil }
            tree = try repository.tree(TreeID(last.id))
            path += "/\(last.text)"
        }
        return (path, tree)
    }

    private static func runs() throws(GitError) -> RepositoryPath { try RepositoryPath("runs") }

    private mutating func take(_ manifest: Value) {
        lastClock = manifest["clock"]?.string.flatMap { Instant(parsing: $0) }
        covered = manifest["covered"]?.string.flatMap { CommitID(hex: $0) }
        definitions = manifest["definitions"]?.string
        lists = [:]
        for list in manifest["lists"]?.array ?? .init(start: nil, count: 0) {
            guard let path = list["path"]?.string, let blob = list["blob"]?.string else { continue }
            lists[ListFile(path: path, blob: blob)] = list["since"]?.string
        }
        takeAlerts(manifest["alerts"])
        lastSelect = manifest["select"]?.string
        lastMigrate = manifest["migrate"]?.string
        totals = RunTotals()
        for member in manifest["totals"]?["outcomes"]?.members ?? .init(start: nil, count: 0) {
            totals.outcomes[String(member.key)] = Self.counts(member.value)
        }
        totals.levels = Self.counts(manifest["totals"]?["risk"])
    }

    private mutating func takeAlerts(_ alerts: Value?) {
        alertCoverage = alerts.map { AlertCoverage($0["covered"]) }
        openAlerts = alerts?["open"]?.integer ?? 0
        faultyAlertRows = alerts?["faultyRows"]?.integer ?? 0
        alertFaults =
            alerts?["failed"]?.array?.map {
                ($0["place"]?.string ?? "", $0["code"]?.string ?? "")
            } ?? []
    }

    private static func counts(_ value: Value?) -> [String: Int] {
        var result: [String: Int] = [:]
        for member in value?.members ?? .init(start: nil, count: 0) {
            result[String(member.key)] = member.value.integer ?? 0
        }
        return result
    }

    // MARK: Indexes

    private mutating func readRetries() throws(GitError) {
        let arena = Arena()
        for value in try lines(LedgerPath.retry, arena) {
            let code = value["code"]?.string
            if let id = value["case"]?.string {
                retries[id] = Retry(
                    file: value["file"]?.string, root: value["root"]?.string,
                    why: value["why"]?.string ?? "fault", code: code)
            } else if let path = value["path"]?.string {
                nameless.append(
                    NamelessFault(path: path, line: value["line"]?.integer ?? 0, code: code ?? ""))
            }
        }
    }

    private func lines(_ path: String, _ arena: Arena) throws(GitError) -> [Value] {
        guard let bytes = try file(path) else { return [] }
        let copy = bytes.withUnsafeBytes { arena.copy($0) }
        var parser = JSONParser()
        var result: [Value] = []
        for line in NDJSONLines(UnsafeRawBufferPointer(start: copy, count: bytes.count)) {
            do throws(ParseError) {
                result.append(try line.parse(with: &parser, into: arena))
            } catch { throw Ledger.damaged(path, error) }
        }
        return result
    }

    /// Cases with a timer that is due, with the bulk file of a line.
    func dueCases(
        _ now: Instant
    ) throws(GitError) -> [(id: String, file: String?, root: String?)] {
        guard let root,
            let directory = try repository.tree(
                at: RepositoryPath(LedgerPath.dueDirectory), in: root)
        else { return [] }
        let today = Array("\(now.day).ndjson".utf8)
        var result: [(String, String?, String?)] = []
        let arena = Arena()
        for entry in directory where !today.lexicographicallyPrecedes(entry.name) {
            for value in try lines("\(LedgerPath.dueDirectory)/\(entry.text)", arena) {
                guard let id = value["case"]?.string,
                    let due = value["due"]?.string.flatMap({ Instant(parsing: $0) }), due <= now
                else { continue }
                result.append((id, value["file"]?.string, value["root"]?.string))
            }
        }
        return result
    }

    /// The raw lines of a due index by case.
    func dueLines(_ day: String) throws(GitError) -> [(id: String, line: [UInt8])] {
        let path = LedgerPath.due(day)
        guard let bytes = try file(path) else { return [] }
        let arena = Arena()
        let copy = bytes.withUnsafeBytes { arena.copy($0) }
        var parser = JSONParser()
        var result: [(String, [UInt8])] = []
        for line in NDJSONLines(UnsafeRawBufferPointer(start: copy, count: bytes.count)) {
            do throws(ParseError) {
                let value = try line.parse(with: &parser, into: arena)
                if let id = value["case"]?.string { result.append((id, Array(line.bytes))) }
            } catch { throw Ledger.damaged(path, error) }
        }
        return result
    }
}
