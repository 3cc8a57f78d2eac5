import Casework
import Definitions
import Documents
import GitStorage

/// One case that something may have come for.
struct PlannedCase: Sendable {
    /// Where its input is.
    enum Input: Sendable {
        /// A file to read.
        case file(path: String, blob: BlobID)
        /// A line of a bulk file.
        case line(BulkFile, Int)
        /// The input that the record was made from.
        case unchanged
        /// Nowhere any more.
        case gone
        /// Not usable.
        case faulty(Finding)
    }

    let place: CasePlace
    var input: Input
    /// The directory of its events.
    var events: TreeID?

    /// Repository path of that directory.
    var eventsPath: String {
        guard let file = place.file else { return "cases/\(place.id).events" }
        return "cases/\(file).events/\(place.lineID)"
    }
}

/// Planned cases by id, in the order in which they were found, which mostly is that of their ids.
private struct PlannedCases {
    private(set) var list: [PlannedCase] = []
    private var index: [String: Int] = [:]

    func contains(_ id: String) -> Bool { index[id] != nil }

    /// Plans a case, or plans it anew.
    mutating func set(_ planned: PlannedCase) {
        guard let position = index[planned.place.id.path] else {
            index[planned.place.id.path] = list.count
            list.append(planned)
            return
        }
        list[position] = planned
    }
}

/// What a run has to look at.
struct Plan {
    /// In the byte order of their ids.
    private(set) var cases: [PlannedCase] = []
    /// Of inputs that give no case.
    private(set) var findings: [Finding] = []
    /// Faults of names and lines that give no id.
    private(set) var nameless: [LedgerState.NamelessFault] = []
    /// Full messages of these, in order.
    private(set) var namelessFindings: [Finding] = []
    /// Cases of each bulk file before this run, of those that changed.
    private(set) var linesBefore: [String: Int] = [:]

    private let repository: Repository
    private let ledger: LedgerState
    private let settings: Settings
    private let before: TreeID?
    private let after: TreeID?
    private var planned = PlannedCases()
    private var finder: CaseFinder
    private var bulkFiles: [String: BulkFile] = [:]

    /// Bytes of a bulk file; beyond it is refused, unread.
    private static let bulkLimitBytes = 2 << 30

    /// - Parameters:
    ///   - base: the source as it was looked at last; nil: look at everything.
    ///   - source: the source tree now.
    init(
        from base: TreeID?, to source: TreeID, ledger: LedgerState, catalog: Catalog, now: Instant,
        select: CaseGlob?, in repository: Repository
    ) throws(GitError) {
        self.repository = repository
        self.ledger = ledger
        settings = catalog.settings
        before = try base.flatMap { root throws(GitError) in try Self.cases(root, repository) }
        after = try Self.cases(source, repository)
        finder = CaseFinder(after, in: repository)
        nameless = ledger.nameless
        try addChanges()
        try addTimers(now)
        try addRetries(catalog)
        cases = planned.list
        if let select { cases.removeAll { !select.matches($0.place.id) } }
        let isSorted = zip(cases, cases.dropFirst()).allSatisfy { $0.place.id < $1.place.id }
        if !isSorted { cases.sort { $0.place.id < $1.place.id } }
    }

    private static func cases(
        _ root: TreeID, _ repository: Repository
    ) throws(GitError) -> TreeID? {
        guard let entry = try repository.entry(at: Array("cases".utf8), in: root),
            entry.kind == .tree
        else { return nil }
        return TreeID(entry.id)
    }

    // MARK: Changes

    private mutating func addChanges() throws(GitError) {
        let scan = try CaseScan(from: before, to: after, in: repository)
        for finding in scan.findings {
            if finding.level == .error { addNameless(finding) } else { findings.append(finding) }
        }
        for entry in scan.changed { add(entry) }
        for id in scan.gone { addGone(id) }
        for bulk in scan.bulks { try add(bulk) }
        try dropNameless()
    }

    private mutating func add(_ entry: CaseDirectory.Case) {
        let input: PlannedCase.Input =
            switch entry.input {
            case .file(let path, let blob): .file(path: path, blob: blob)
            case .faulty(let finding): .faulty(finding)
            }
        planned.set(
            PlannedCase(place: CasePlace(entry.id), input: input, events: entry.events))
    }

    private mutating func addGone(_ id: CaseID) {
        planned.set(PlannedCase(place: CasePlace(id), input: .gone, events: nil))
    }

    private mutating func addNameless(_ finding: Finding) {
        nameless.append(
            .init(path: finding.file, line: finding.position?.line ?? 0, code: finding.code))
        namelessFindings.append(finding)
    }

    /// Forgets faults of paths that are gone, keeps each once.
    private mutating func dropNameless() throws(GitError) {
        var seen: Set<LedgerState.NamelessFault> = []
        var kept: [LedgerState.NamelessFault] = []
        for fault in nameless where seen.insert(fault).inserted {
            guard let after,
                try repository.entry(at: Array(fault.path.utf8.dropFirst(6)), in: after) != nil
            else { continue }
            kept.append(fault)
        }
        nameless = kept
    }

    // MARK: Bulk files

    private mutating func load(_ bulk: CaseDirectory.Bulk) throws(GitError) -> BulkFile? {
        let key = "\(bulk.path) \(bulk.blob)"
        if let known = bulkFiles[key] { return known }
        guard try repository.header(of: bulk.blob.object).size <= Self.bulkLimitBytes else {
            return nil
        }
        let content = try repository.blob(bulk.blob, limitBytes: Self.bulkLimitBytes)
        let file = BulkFile(
            path: bulk.path, content: content, lineLimitBytes: settings.limits.caseBytes)
        bulkFiles[key] = file
        return file
    }

    private mutating func add(_ change: CaseScan.BulkChange) throws(GitError) {
        nameless.removeAll { $0.path == (change.new ?? change.old)?.path }
        let before = try change.old.flatMap { bulk throws(GitError) in
            bulk.problem == nil ? try load(bulk) : nil
        }
        if let before, let old = change.old { linesBefore[old.id.path] = before.lines.count }
        guard let new = change.new else {
            guard let old = change.old, let before else { return }
            for line in before.lines { try add(line.id, of: old, .gone) }
            return
        }
        if let problem = new.problem { return addNameless(problem) }
        guard let after = try load(new) else {
            return addNameless(
                Finding("CS032", .error, "the file is larger than 2 GiB", file: new.path))
        }
        // A file that cannot be read at all withdraws nothing.
        if let problem = after.problem { return addNameless(problem) }
        try addLines(before, after, new)
        try addLineEvents(change.old?.events, new, after)
    }

    private mutating func addLines(
        _ before: BulkFile?, _ after: BulkFile, _ bulk: CaseDirectory.Bulk
    ) throws(GitError) {
        for (position, line) in after.lines.enumerated() where after.duplicates[line.id] == nil {
            if let before, before !== after, before.duplicates[line.id] == nil,
                let old = before.index[line.id], before.lines[old].digest == line.digest
            {
                continue
            }
            if before === after { break }
            try add(line.id, of: bulk, .line(after, position))
        }
        for (id, numbers) in after.duplicates {
            let places = numbers.map { String($0) }.joined(separator: ", ")
            try add(
                id, of: bulk,
                .faulty(
                    Finding(
                        "CS033", .error, "the id '\(id)' stands on the lines \(places)",
                        file: bulk.path, at: Position(line: numbers[0], column: 1))))
        }
        var named: Set<String> = []
        var unnamed = 0
        for (id, finding) in after.broken {
            if let id, after.index[id] == nil {
                named.insert(id)
                try add(id, of: bulk, .faulty(finding))
            } else {
                unnamed += 1
                addNameless(finding)
            }
        }
        guard let before, before !== after else { return }
        for line in before.lines where after.index[line.id] == nil && !named.contains(line.id) {
            // The case may be on one of the lines that cannot be read.
            let hidden = Finding(
                "CS042", .error,
                "the case is gone from the file, which has \(unnamed) lines that cannot be read",
                file: bulk.path)
            try add(line.id, of: bulk, unnamed > 0 ? .faulty(hidden) : .gone)
        }
    }

    private mutating func addLineEvents(
        _ old: TreeID?, _ bulk: CaseDirectory.Bulk, _ file: BulkFile
    ) throws(GitError) {
        guard old != bulk.events, let new = bulk.events else { return }
        let before = try old.map { id throws(GitError) in try repository.tree(id) }
        for entry in try repository.tree(new) where entry.kind == .tree {
            let id = entry.text
            if before?.entry(named: entry.name)?.id == entry.id { continue }
            guard file.duplicates[id] == nil, let line = file.index[id] else {
                findings.append(
                    Finding(
                        "CS041", .warning, "there is no case for the events in this directory",
                        file: "cases/\(bulk.id).events/\(id)"))
                continue
            }
            try add(id, of: bulk, .line(file, line))
        }
    }

    private mutating func add(
        _ line: String, of bulk: CaseDirectory.Bulk, _ input: PlannedCase.Input
    ) throws(GitError) {
        guard let id = CaseID("\(bulk.id)/\(line)") else { return }
        planned.set(
            PlannedCase(
                place: CasePlace(id, lineOf: bulk.id.path), input: input,
                events: try events(of: line, bulk)))
    }

    private func events(
        of line: String, _ bulk: CaseDirectory.Bulk
    ) throws(GitError) -> TreeID? {
        guard let tree = bulk.events,
            let entry = try repository.tree(tree).entry(named: line.utf8), entry.kind == .tree
        else { return nil }
        return TreeID(entry.id)
    }

    // MARK: Timers and retries

    private mutating func addTimers(_ now: Instant) throws(GitError) {
        for (id, file) in try ledger.dueCases(now) where !planned.contains(id) {
            try addUnchanged(id, file)
        }
    }

    private mutating func addUnchanged(_ path: String, _ file: String?) throws(GitError) {
        guard let id = CaseID(path) else { return }
        if let file {
            let bulk = try finder.findBulk(file)
            let line = String(path.dropFirst(file.count + 1))
            planned.set(
                PlannedCase(
                    place: CasePlace(id, lineOf: file), input: .unchanged,
                    events: try bulk.flatMap { bulk throws(GitError) in
                        try events(of: line, bulk)
                    }))
        } else {
            planned.set(
                PlannedCase(
                    place: CasePlace(id), input: .unchanged, events: try finder.find(id)?.events))
        }
    }

    /// Cases that wait for a vendor; those with a fault when the definitions changed since, or the
    /// bulk file they are in.
    private mutating func addRetries(_ catalog: Catalog) throws(GitError) {
        let isChanged = ledger.definitions.map { $0 != catalog.digest.hexadecimal } ?? true
        let files = Set(linesBefore.keys)
        for (path, retry) in ledger.retries where !planned.contains(path) {
            if retry.why == "vendor" {
                try addUnchanged(path, retry.file)
                continue
            }
            let isInChangedFile = retry.file.map { files.contains($0) } ?? false
            guard isChanged || isInChangedFile, let id = CaseID(path) else { continue }
            if let file = retry.file {
                try retryLine(String(path.dropFirst(file.count + 1)), file)
            } else if let entry = try finder.find(id) {
                add(entry)
            } else {
                addGone(id)
            }
        }
    }

    private mutating func retryLine(_ line: String, _ file: String) throws(GitError) {
        guard let bulk = try finder.findBulk(file), bulk.problem == nil,
            let content = try load(bulk),
            content.problem == nil
        else { return }
        if let position = content.index[line] {
            if content.duplicates[line] == nil {
                try add(line, of: bulk, .line(content, position))
            }
        } else if content.broken.isEmpty {
            try add(line, of: bulk, .gone)
        }
    }
}
