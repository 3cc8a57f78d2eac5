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
        /// An alert of the ledger.
        case alert(AlertCase)
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
    var eventsPath: String
    /// Children of it, at any depth, that something came for.
    var wakes: [ChildWake] = []
    /// How it moves to another version of its workflow.
    var move: Migration.Move?
    /// Whether its monitors may have something to look at.
    var isMonitored = false
}

/// A child case that something came for: an event, a timer, another try.
struct ChildWake: Sendable {
    let id: CaseID
    /// Whether it waits since an earlier run for its parent.
    var isRetried = false
    /// The directory of its events.
    var events: TreeID?
    /// Repository path of that directory.
    var eventsPath: String
    /// How it moves to another version of its workflow.
    var move: Migration.Move?
    /// Whether its monitors may have something to look at.
    var isMonitored = false
}

/// Planned cases by id, in the order in which they were found, which mostly is that of their ids.
private struct PlannedCases {
    private(set) var list: [PlannedCase] = []
    private var index: [String: Int] = [:]

    /// The case with an id; setting plans it, or plans it anew.
    subscript(id: String) -> PlannedCase? {
        get { index[id].map { list[$0] } }
        set {
            guard let newValue else { return }
            if let position = index[id] {
                list[position] = newValue
            } else {
                index[id] = list.count
                list.append(newValue)
            }
        }
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

    /// What a migration means for the cases in flight.
    private(set) var migration: MigrationReport?

    private let repository: Repository
    private let ledger: LedgerState
    private let settings: Settings
    private let before: TreeID?
    private let after: TreeID?
    private var attributes: Attributes
    private var planned = PlannedCases()
    private var finder: CaseFinder
    private var bulkFiles: [String: BulkFile] = [:]

    /// - Parameters:
    ///   - base: the source as it was looked at last; nil: look at everything.
    ///   - source: the source tree now.
    ///   - changes: what monitors wait for and came.
    ///   - migrate: move the cases in flight of this workflow to its version now, and nothing else.
    init(
        from base: TreeID?, to source: TreeID, ledger: LedgerState, catalog: Catalog, now: Instant,
        changes: SourceChanges, select: CaseGlob?, migrate: Workflow? = nil,
        in repository: Repository
    ) throws(GitError) {
        self.repository = repository
        self.ledger = ledger
        settings = catalog.settings
        before = try base.flatMap { root throws(GitError) in try Self.cases(root, repository) }
        after = try Self.cases(source, repository)
        attributes = Attributes(of: source, in: repository)
        finder = CaseFinder(after, in: repository)
        nameless = ledger.nameless
        // A link in its place withdraws nothing.
        if let problem = try Self.problem(source, repository) {
            if !nameless.contains(where: { $0.path == problem.file }) { addNameless(problem) }
            return
        }
        if let migrate {
            try addMoves(migrate, select)
        } else {
            try addChanges()
            try addTimers(now)
            try addRetries(catalog)
            try addMonitored(changes)
        }
        cases = planned.list
        if migrate == nil, let select { cases.removeAll { !select.matches($0.place.id) } }
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

    private static func problem(
        _ root: TreeID, _ repository: Repository
    ) throws(GitError) -> Finding? {
        let entry = try repository.entry(at: Array("cases".utf8), in: root)
        return entry.flatMap { $0.kind == .tree ? nil : CaseDirectory.notADirectory($0.kind) }
    }

    // MARK: Changes

    private mutating func addChanges() throws(GitError) {
        let scan = try CaseScan(from: before, to: after, in: repository)
        // Names are looked at anew where anything changed; the faults of a bulk file only with it.
        nameless.removeAll { fault in
            let parent = fault.path.utf8.lastIndex(of: 0x2F).map { String(fault.path[..<$0]) }
            return !CaseDirectory.isBulk(fault.path) && scan.directories.contains(parent ?? "")
        }
        for finding in scan.findings {
            if finding.level == .error { addNameless(finding) } else { findings.append(finding) }
        }
        for entry in scan.changed { add(entry) }
        for id in scan.gone { addGone(id) }
        for bulk in scan.bulks { try add(bulk) }
        for id in scan.otherEvents.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            try addOtherEvents(id)
        }
        try dropNameless()
    }

    /// Events of a child of a case; the case is the nearest above it that has a file.
    private mutating func addOtherEvents(_ id: String) throws(GitError) {
        if let root = try finder.root(of: id) { return try addWake(id, of: root, nil) }
        guard let opened = try openedCase(of: id) else {
            return findings.append(CaseDirectory.orphan("cases/\(id).events"))
        }
        if opened.id.path.utf8.elementsEqual(id.utf8) {
            try addUnchanged(id, nil)
        } else {
            try addWake(id, of: opened.id.path, nil)
        }
    }

    // MARK: Cases of alerts

    /// The case, or the one above it, that an earlier run opened for an alert.
    private func openedCase(of path: String) throws(GitError) -> AlertCase? {
        guard let id = CaseID(path).flatMap({ AlertLink(caseID: $0) })?.caseID else { return nil }
        return try AlertCase(id, on: ledger)
    }

    /// The directory of events of a case that has no line.
    private mutating func events(of id: CaseID) throws(GitError) -> TreeID? {
        if let entry = try finder.find(id) { return entry.events }
        guard AlertLink(caseID: id) != nil, let after else { return nil }
        return Self.tree(try repository.entry(at: Array("\(id).events".utf8), in: after))
    }

    private mutating func add(_ entry: CaseDirectory.Case) {
        let input: PlannedCase.Input =
            switch entry.input {
            case .file(let path, let blob): .file(path: path, blob: blob)
            case .faulty(let finding): .faulty(finding)
            }
        planned[entry.id.path] = PlannedCase(
            place: CasePlace(entry.id), input: input, events: entry.events,
            eventsPath: "cases/\(entry.id).events")
    }

    private mutating func addGone(_ id: CaseID) {
        planned[id.path] = PlannedCase(
            place: CasePlace(id), input: .gone, events: nil, eventsPath: "cases/\(id).events")
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
            if try isThere(fault.path) { kept.append(fault) }
        }
        nameless = kept
    }

    /// Whether something stands at a path as findings show it: bytes of a name that are no UTF-8 are
    /// replaced there.
    private func isThere(_ path: String) throws(GitError) -> Bool {
        guard let after else { return false }
        let below = Array(path.utf8.dropFirst(6))
        if try repository.entry(at: below, in: after) != nil { return true }
        guard path.unicodeScalars.contains("\u{FFFD}") else { return false }
        let name = below.split(separator: 0x2F).last ?? []
        let parent = below.dropLast(name.count + 1)
        var directory = after
        if !parent.isEmpty {
            guard let entry = try repository.entry(at: Array(parent), in: after),
                entry.kind == .tree
            else { return false }
            directory = TreeID(entry.id)
        }
        return try repository.tree(directory).contains { $0.text.utf8.elementsEqual(name) }
    }

    // MARK: Bulk files

    private mutating func load(_ bulk: CaseDirectory.Bulk) throws(GitError) -> BulkFile? {
        let key = "\(bulk.path) \(bulk.blob)"
        if let known = bulkFiles[key] { return known }
        guard try repository.size(of: bulk.blob) <= BulkFile.limitBytes else { return nil }
        let content = try repository.blob(bulk.blob, limitBytes: BulkFile.limitBytes)
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
            return addNameless(BulkFile.tooLarge(new.path))
        }
        // A file that cannot be read at all withdraws nothing.
        if let problem = after.problem { return addNameless(problem) }
        if let problem = try conversion(of: new) { return addNameless(problem) }
        try addLines(before, after, new)
        try addLineEvents(change.old?.events, new, after)
    }

    /// Only the start of the file matters: an LFS pointer is short.
    private mutating func conversion(
        of bulk: CaseDirectory.Bulk
    ) throws(GitError) -> Finding? {
        let isShort = try repository.size(of: bulk.blob) < 1024
        let bytes = isShort ? try repository.blob(bulk.blob, limitBytes: 1024) : []
        return try GitContent.problem(bulk.path, Array(bulk.path.utf8), bytes, &attributes)
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
            try add(id, of: bulk, .faulty(after.duplicate(id, on: numbers)))
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
        for entry in try repository.tree(new) where entry.name.first != 0x2E {
            let id = entry.text
            if before?.entry(named: entry.name)?.id == entry.id { continue }
            guard entry.kind == .tree, let line = file.index[id] else {
                findings.append(CaseDirectory.orphan("cases/\(bulk.id).events/\(id)"))
                continue
            }
            if file.duplicates[id] != nil { continue }
            try add(id, of: bulk, .line(file, line))
            let wakes = try wakes(
                from: Self.tree(before?.entry(named: entry.name)), to: TreeID(entry.id), bulk, id)
            planned["\(bulk.id)/\(id)"]?.wakes = wakes
        }
    }

    private static func tree(_ entry: TreeEntry?) -> TreeID? {
        entry.flatMap { $0.kind == .tree ? TreeID($0.id) : nil }
    }

    /// Children of a line whose events changed, of a directory of the line's events or below.
    private func wakes(
        from old: TreeID?, to new: TreeID, _ bulk: CaseDirectory.Bulk, _ path: String
    ) throws(GitError) -> [ChildWake] {
        let before = try old.map { id throws(GitError) in try repository.tree(id) }
        var result: [ChildWake] = []
        for entry in try repository.tree(new) where entry.kind == .tree {
            let there = Self.tree(before?.entry(named: entry.name))
            if there == TreeID(entry.id) { continue }
            let name = entry.text
            if name.hasSuffix(".events"), let id = CaseID("\(bulk.id)/\(path)/\(name.dropLast(7))")
            {
                result.append(
                    ChildWake(
                        id: id, events: TreeID(entry.id),
                        eventsPath: "cases/\(bulk.id).events/\(path)/\(name)"))
            } else if path.utf8.count + name.utf8.count < 600 {
                result += try wakes(
                    from: there, to: TreeID(entry.id), bulk, "\(path)/\(name)")
            }
        }
        return result
    }

    private mutating func add(
        _ line: String, of bulk: CaseDirectory.Bulk, _ input: PlannedCase.Input
    ) throws(GitError) {
        guard let id = CaseID("\(bulk.id)/\(line)") else { return }
        planned[id.path] = PlannedCase(
            place: CasePlace(id, lineOf: bulk.id.path), input: input,
            events: try events(of: line, bulk),
            eventsPath: "cases/\(bulk.id).events/\(line)")
    }

    private func events(
        of line: String, _ bulk: CaseDirectory.Bulk
    ) throws(GitError) -> TreeID? {
        guard let tree = bulk.events,
            let entry = try repository.tree(tree).entry(named: line.utf8), entry.kind == .tree
        else { return nil }
        return TreeID(entry.id)
    }

    // MARK: Migrations

    private mutating func addMoves(_ workflow: Workflow, _ select: CaseGlob?) throws(GitError) {
        guard let commit = ledger.commit, let root = ledger.root else {
            migration = MigrationReport(workflow, [])
            return
        }
        let cases = try Ledger(commit: commit, root: root, repository: repository)
            .casesInFlight(of: workflow, matching: select)
        migration = MigrationReport(workflow, cases)
        for entry in cases {
            guard let move = workflow.move(fromVersion: entry.version, state: entry.state) else {
                continue
            }
            let path = entry.place.id.path
            if let root = entry.root {
                try addWake(path, of: root, entry.place.file)
                let index = planned[root]?.wakes.firstIndex { $0.id == entry.place.id }
                if let index { planned[root]?.wakes[index].move = move }
            } else {
                if planned[path] == nil { try addUnchanged(path, entry.place.file) }
                planned[path]?.move = move
            }
        }
    }

    // MARK: Monitors

    private mutating func addMonitored(_ changes: SourceChanges) throws(GitError) {
        guard !changes.workflows.isEmpty, let commit = ledger.commit, let root = ledger.root else {
            return
        }
        let cases = try Ledger(commit: commit, root: root, repository: repository)
            .monitoredCases(changes)
        for entry in cases {
            let path = entry.place.id.path
            if let root = entry.root {
                try addWake(path, of: root, entry.place.file)
                let index = planned[root]?.wakes.firstIndex { $0.id == entry.place.id }
                if let index { planned[root]?.wakes[index].isMonitored = true }
            } else {
                if planned[path] == nil { try addUnchanged(path, entry.place.file) }
                planned[path]?.isMonitored = true
            }
        }
    }

    /// How many cases a bulk file has, of one that did not change.
    func lineCount(_ file: String) throws(GitError) -> Int {
        if let known = linesBefore[file] { return known }
        var finder = CaseFinder(after, in: repository)
        guard let bulk = try finder.findBulk(file), bulk.problem == nil,
            try repository.size(of: bulk.blob) <= BulkFile.limitBytes
        else { return 0 }
        let content = try repository.blob(bulk.blob, limitBytes: BulkFile.limitBytes)
        return BulkFile(
            path: bulk.path, content: content, lineLimitBytes: settings.limits.caseBytes
        ).lines.count
    }

    // MARK: Timers and retries

    private mutating func addTimers(_ now: Instant) throws(GitError) {
        for due in try ledger.dueCases(now) {
            if let root = due.root {
                try addWake(due.id, of: root, due.file)
            } else if planned[due.id] == nil {
                try addUnchanged(due.id, due.file)
            }
        }
    }

    private mutating func addUnchanged(_ path: String, _ file: String?) throws(GitError) {
        guard let id = CaseID(path) else { return }
        if let file {
            let bulk = try finder.findBulk(file)
            let line = String(path.dropFirst(file.count + 1))
            planned[path] = PlannedCase(
                place: CasePlace(id, lineOf: file), input: .unchanged,
                events: try bulk.flatMap { bulk throws(GitError) in try events(of: line, bulk) },
                eventsPath: "cases/\(file).events/\(line)")
        } else {
            planned[path] = PlannedCase(
                place: CasePlace(id), input: .unchanged, events: try events(of: id),
                eventsPath: "cases/\(id).events")
        }
    }

    /// A child that something came for, looked at with the case that no other is the parent of.
    private mutating func addWake(
        _ path: String, of root: String, _ file: String?, isRetried: Bool = false
    ) throws(GitError) {
        guard let id = CaseID(path) else { return }
        if planned[root] == nil { try addUnchanged(root, file) }
        if let known = planned[root]?.wakes.firstIndex(where: { $0.id == id }) {
            if isRetried { planned[root]?.wakes[known].isRetried = true }
            return
        }
        let place = ChildEvents.path(of: id, file: file)
        var events: TreeID?
        if let after, let entry = try repository.entry(at: Array(place.utf8), in: after),
            entry.kind == .tree
        {
            events = TreeID(entry.id)
        }
        planned[root]?.wakes.append(
            ChildWake(
                id: id, isRetried: isRetried, events: events, eventsPath: "cases/\(place)"))
    }

    /// Cases that wait for a vendor; those with a fault when the definitions changed since, or the
    /// bulk file they are in.
    private mutating func addRetries(_ catalog: Catalog) throws(GitError) {
        let isChanged = ledger.definitions.map { $0 != catalog.digest.hexadecimal } ?? true
        let files = Set(linesBefore.keys)
        for (path, retry) in ledger.retries where isOpen(path, retry) {
            let isInChangedFile = retry.file.map { files.contains($0) } ?? false
            guard retry.why != "fault" || isChanged || isInChangedFile else { continue }
            if let root = retry.root {
                try addWake(path, of: root, retry.file, isRetried: true)
            } else if retry.why != "fault" {
                try addUnchanged(path, retry.file)
            } else {
                try addFaulty(path, retry)
            }
        }
    }

    /// Whether a retry is not planned yet; a case that only a child of it brought here has to be read.
    private func isOpen(_ path: String, _ retry: LedgerState.Retry) -> Bool {
        if retry.root != nil { return true }
        guard let there = planned[path] else { return true }
        guard case .unchanged = there.input else { return false }
        return retry.why == "fault"
    }

    private mutating func addFaulty(
        _ path: String, _ retry: LedgerState.Retry
    ) throws(GitError) {
        guard let id = CaseID(path) else { return }
        let wakes = planned[path]?.wakes ?? []
        defer { planned[path]?.wakes = wakes }
        if let file = retry.file {
            try retryLine(String(path.dropFirst(file.count + 1)), file)
        } else if let entry = try finder.find(id) {
            add(entry)
        } else if let opened = try openedCase(of: path), opened.id == id {
            planned[path] = PlannedCase(
                place: CasePlace(id), input: .alert(opened), events: try events(of: id),
                eventsPath: "cases/\(id).events")
        } else {
            addGone(id)
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

/// Where the events of children stand below `cases/`.
enum ChildEvents {
    /// Of a case of a file: `onboarding/acme/kyc-1.events`; of a bulk line:
    /// `nightly/customers.events/C-1/kyc-1.events`.
    static func path(of child: CaseID, file: String?) -> String {
        guard let file else { return "\(child.path).events" }
        return "\(file).events/\(child.path.dropFirst(file.count + 1)).events"
    }
}
