import Casework
import Definitions
public import Documents
public import GitStorage
import Vendors

/// Everything that can be said of a source before it runs: its definitions, and its case files by
/// the code that a run finds and reads them with.
///
/// A check reads all of it where a run reads what changed, goes on past a case's first fault, and
/// runs no workflow: what only a run can meet (a guard that fails over the data, a step limit) it
/// does not know.
public struct SourceCheck {
    /// Sorted by file and place.
    public private(set) var findings: [Finding] = []
    /// Files read as definitions.
    public private(set) var definitions = 0
    /// Case files and lines.
    public private(set) var cases = 0
    /// Event files.
    public private(set) var events = 0

    private let files: any SourceFiles
    private let root: TreeID
    private var catalog: Catalog
    private let arena = Arena()

    /// Checks definitions and, unless told otherwise, cases.
    ///
    /// - Parameters:
    ///   - root: the top directory, with `docket.yaml`.
    ///   - withCases: whether to look below `cases/`.
    public init(
        _ root: TreeID, in files: any SourceFiles, withCases: Bool = true
    ) throws(GitError) {
        self.files = files
        self.root = root
        let loaded = try SourceCatalog.loadFiles(root, in: files)
        let lists = try SourceCatalog.loadLists(root, in: files)
        let made = try SourceCatalog.make(loaded.files, lists.lists, of: root, in: files)
        catalog = made.catalog
        definitions = loaded.files.count
        findings =
            loaded.findings + lists.findings + made.findings + catalog.findings
            + RecordedVendors.check(catalog) + AlertCheck.findings(catalog)
        if withCases {
            try checkCases()
            try checkAlertEvents()
            findings += try AlertCheck.findings(root, in: files)
        }
        findings.sort()
    }

    /// Adds what the definitions would strand of the cases in flight on a ledger.
    public mutating func check(against ledger: Ledger) throws(GitError) {
        findings += try LedgerCheck(catalog, against: ledger).findings
        for directory in try AlertEventScan(from: nil, to: root, in: files).directories
        where isKnown(rule: directory.rule) {
            let path = LedgerPath.alert(directory.rule, directory.alert)
            if try !ledger.has(path) { findings.append(AlertCheck.noAlert(directory)) }
        }
        findings.sort()
    }

    // MARK: Cases

    private mutating func checkCases() throws(GitError) {
        guard let entry = try files.entry(at: Array("cases".utf8), in: root) else { return }
        guard entry.kind == .tree else {
            return findings.append(CaseDirectory.notADirectory(entry.kind))
        }
        let scan = try CaseScan(from: nil, to: TreeID(entry.id), in: files)
        findings += scan.findings
        let reader = InputReader(files, sourceTree: root, limits: catalog.settings.limits)
        for entry in scan.changed { try check(entry, reader) }
        var finder = CaseFinder(TreeID(entry.id), in: files)
        for (id, tree) in scan.otherEvents.sorted(by: { $0.key < $1.key }) {
            let path = "cases/\(id).events"
            let isOfAlert = CaseID(id).flatMap { AlertLink(caseID: $0) } != nil
            if try finder.root(of: id) == nil, !isOfAlert {
                findings.append(CaseDirectory.orphan(path))
            } else {
                try checkEvents(tree, path, reader)
            }
        }
        for change in scan.bulks {
            guard let bulk = change.new else { continue }
            try check(bulk, reader)
        }
    }

    private mutating func check(
        _ entry: CaseDirectory.Case, _ reader: InputReader
    ) throws(GitError) {
        cases += 1
        switch entry.input {
        case .faulty(let finding): findings.append(finding)
        case .file(let path, let blob):
            findings += try check(.file(path: path, blob: blob), of: entry.id.path, path, reader)
        }
        try checkEvents(entry.events, "cases/\(entry.id).events", reader)
    }

    /// What is wrong with one input.
    private func check(
        _ input: PlannedCase.Input, of id: String, _ path: String, at position: Position? = nil,
        _ reader: InputReader
    ) throws(GitError) -> [Finding] {
        arena.reset()
        reader.reset()
        switch try reader.input(input, in: arena) {
        case .failure(let problem): return [problem.finding] + problem.findings
        case .success(let read):
            let name = read.input.workflow ?? catalog.settings.defaults(for: id)?.workflow
            let choice = WorkflowChoice.find(name, in: catalog)
            if case .success(let workflow) = choice, let root = reader.root {
                let problem = IntakeCheck.finding(
                    read.input, of: workflow, at: root, line: position, in: arena)
                return read.findings + (problem.map { [$0] } ?? [])
            }
            // A broken workflow has findings of its own.
            guard case .failure(let failure) = choice,
                name.map({ !catalog.brokenWorkflows.contains($0) }) ?? true
            else { return read.findings }
            let place = position ?? reader.root.flatMap { ($0["workflow"] ?? $0).position }
            return read.findings + [
                Finding(failure.code, .error, failure.message, file: path, at: place)
            ]
        }
    }

    // MARK: Bulk files

    /// A file that is wrong throughout need not say so more often than this.
    private static let bulkFindingLimit = 100

    private mutating func check(
        _ bulk: CaseDirectory.Bulk, _ reader: InputReader
    ) throws(GitError) {
        if let problem = bulk.problem { return findings.append(problem) }
        guard try files.size(of: bulk.blob) <= BulkFile.limitBytes else {
            return findings.append(BulkFile.tooLarge(bulk.path))
        }
        let bytes = try files.blob(bulk.blob, limitBytes: BulkFile.limitBytes)
        if let problem = try reader.conversion(of: bulk.path, bytes) {
            return findings.append(problem)
        }
        let file = BulkFile(
            path: bulk.path, content: bytes, lineLimitBytes: catalog.settings.limits.caseBytes)
        if let problem = file.problem { return findings.append(problem) }
        var found = file.findings
        for (position, line) in file.lines.enumerated() {
            let place = Position(line: line.number, column: 1)
            found += try check(
                .line(file, position), of: "\(bulk.id)/\(line.id)", bulk.path, at: place, reader)
            // Enough to say how many more there are, without keeping them.
            if found.count > 10_000 { break }
        }
        cases += file.count
        findings += Self.limited(found, bulk.path)
        try checkLineEvents(bulk, file, reader)
    }

    private static func limited(_ found: [Finding], _ path: String) -> [Finding] {
        guard found.count > bulkFindingLimit else { return found }
        let more = found.count - bulkFindingLimit
        let count = found.count > 10_000 ? "many" : "\(more)"
        let rest = Finding(
            "CS055", .error, "\(count) more findings in this file are not shown", file: path)
        return found.sorted().prefix(bulkFindingLimit) + [rest]
    }

    /// What is wrong with a bulk file by itself, without a repository around it: no workflow is
    /// looked up.
    public static func checkBulk(
        _ path: String, _ bytes: [UInt8]
    ) -> (findings: [Finding], cases: Int) {
        let file = BulkFile(
            path: path, content: bytes, lineLimitBytes: 16 << 20)
        if let problem = file.problem { return ([problem], 0) }
        var found = file.findings
        var reader = file.makeReader()
        let arena = Arena()
        for line in file.lines where found.count <= 10_000 {
            arena.reset()
            do throws(ParseError) {
                found += try reader.input(line, of: file, into: arena).findings
            } catch {
                found.append(error.finding(file: path))
            }
        }
        return (limited(found, path), file.count)
    }

    private mutating func checkLineEvents(
        _ bulk: CaseDirectory.Bulk, _ file: BulkFile, _ reader: InputReader
    ) throws(GitError) {
        guard let directory = bulk.events else { return }
        for entry in try files.entries(of: directory) where entry.name.first != 0x2E {
            let path = "cases/\(bulk.id).events/\(entry.text)"
            if entry.kind == .tree, file.index[entry.text] != nil {
                try checkEvents(TreeID(entry.id), path, reader, isLine: true)
            } else {
                findings.append(CaseDirectory.orphan(path))
            }
        }
    }

    // MARK: Events

    private func isKnown(rule: String) -> Bool {
        catalog.alertRules.contains { $0.id.utf8.elementsEqual(rule.utf8) }
    }

    private mutating func checkAlertEvents() throws(GitError) {
        let scan = try AlertEventScan(from: nil, to: root, in: files)
        findings += scan.findings
        let reader = InputReader(files, sourceTree: root, limits: catalog.settings.limits)
        for directory in scan.directories {
            if !isKnown(rule: directory.rule) { findings.append(AlertCheck.noRule(directory)) }
            try checkEvents(directory.tree, directory.path, reader, isAlert: true)
        }
    }

    private mutating func checkEvents(
        _ directory: TreeID?, _ path: String, _ reader: InputReader, isLine: Bool = false,
        isAlert: Bool = false
    ) throws(GitError) {
        let files = try reader.eventFiles(directory)
        // Below the events of a line stand those of its children.
        for (name, tree) in reader.folders {
            if isLine && name.hasSuffix(".events") {
                try checkEvents(tree, "\(path)/\(name)", reader)
            } else if isLine, CaseID(name) != nil {
                try checkEvents(tree, "\(path)/\(name)", reader, isLine: true)
            } else {
                findings.append(CaseDirectory.orphan("\(path)/\(name)"))
            }
        }
        for file in files {
            events += 1
            if !EventFile.isName(file.name) {
                findings.append(Self.badName("\(path)/\(file.name)"))
            }
            reader.reset()
            switch try reader.events([file], path) {
            case .success(let read):
                findings += read.findings
                if isAlert, let event = read.events.first, let root = reader.root {
                    findings += AlertEventCheck.findings(event, at: root)
                }
            case .failure(let problem): findings += [problem.finding] + problem.findings
            }
        }
    }

    private static func badName(_ path: String) -> Finding {
        Finding(
            "CS056", .warning,
            "an event file is named by its time and 32 hexadecimal digits, such as "
                + "20261122T020000123Z-7f3a9c0d5b1e4a6f8c2d3e4f5a6b7c8d.yaml; 'docket case event' "
                + "writes one", file: path)
    }
}
