import Alerting
import Casework
import Definitions
import Documents
import GitStorage

/// The alerts of a run: events of alerts there are, then rules over transactions and cases. New alerts
/// may open cases, which run before anything is written.
struct AlertRun {
    let catalog: Catalog
    let source: TreeID
    /// The source as it was looked at last.
    let base: TreeID?
    let ledger: LedgerState
    let now: Instant
    let repository: Repository
    /// Nil in a dry run and in a replay.
    let pack: PackWriter?
    var report = AlertReport()
    private(set) var alerts: [String: StoredAlert] = [:]
    /// Paths of what changed, with whether its row is new.
    private(set) var changed: [String: Bool] = [:]
    /// Paths of new alerts, in the order in which they were raised.
    private(set) var fresh: [String] = []

    init(
        _ catalog: Catalog, source: TreeID, base: TreeID?, ledger: LedgerState, now: Instant,
        in repository: Repository, pack: PackWriter?
    ) {
        self.catalog = catalog
        self.source = source
        self.base = base
        self.ledger = ledger
        self.now = now
        self.repository = repository
        self.pack = pack
    }

    /// Whether the repository has alerts, or had some.
    private var isActive: Bool { !catalog.alertRules.isEmpty || ledger.alertCoverage != nil }

    /// Applies events and evaluates the rules.
    ///
    /// - Parameter results: of the cases of this run.
    mutating func look(at results: [CaseResult]) throws(GitError) {
        guard isActive else { return }
        report.open = ledger.openAlerts
        try applyEvents()
        try evaluateTransactions()
        try evaluateCases(results)
    }

    /// Rules that raised more than the limit allows.
    var floods: [AlertFlood] {
        let limit = catalog.settings.limits.alerts
        return report.rules.filter { $0.raised > limit }.map {
            AlertFlood(rule: $0.id, raised: $0.raised, allowed: limit)
        }
    }

    /// The cases that new alerts open. A file in `cases/` may have taken an alert's place: then the alert
    /// has no case, and the run says so.
    mutating func openings(but results: [CaseResult]) throws(GitError) -> [PlannedCase] {
        let done = Set(results.map(\.place.id))
        let arena = Arena()
        var cases: [PlannedCase] = []
        for path in fresh {
            arena.reset()
            guard let stored = alerts[path],
                let made = AlertCase(stored, row: stored.row(in: arena), in: arena)
            else { continue }
            let record = try ledger.file(LedgerPath.record(made.id.path))
            if record != nil || done.contains(made.id) {
                alerts[path]?.caseID = nil
                addFault(
                    Finding(
                        "AL016", .error,
                        "the alert opens a case with this id, and there is one already: its file was "
                            + "there before the alert", file: "cases/\(made.id)"))
                continue
            }
            let events = "cases/\(made.id).events"
            cases.append(
                PlannedCase(
                    place: CasePlace(made.id), input: .alert(made),
                    events: try tree(events, in: source), eventsPath: events))
        }
        report.opened = cases.count
        return cases.sorted { $0.place.id < $1.place.id }
    }

    /// What came of it all; nil when the repository has no alerts and never had.
    ///
    /// - Parameter opened: the results of the cases that alerts opened, which rules look at, too.
    mutating func finish(_ opened: [CaseResult]) throws(GitError) -> AlertReport? {
        guard isActive else { return nil }
        try take(opened.flatMap(\.alerts))
        try write()
        let old = ledger.alertFaults
        report.hasNewFaults =
            report.faults.contains { fault in
                !old.contains { $0.place == fault.file && $0.code == fault.code }
            }
            || report.faultyRows > ledger.faultyAlertRows
        report.findings.sort()
        return report
    }

    /// What stands in the manifest of a run that looks at no alerts.
    mutating func carried() -> AlertReport? {
        guard let coverage = ledger.alertCoverage else { return nil }
        report.coverage = coverage
        report.open = ledger.openAlerts
        carry(withEvents: true)
        return report
    }

    /// What was wrong with rules and transactions is wrong still; events are looked at in every run.
    private mutating func carry(withEvents: Bool = false) {
        report.faultyRows = ledger.faultyAlertRows
        for fault in ledger.alertFaults where withEvents || !fault.place.hasSuffix(".events") {
            addFault(Finding(fault.code, .error, "as in the run before", file: fault.place))
        }
    }

    /// Notes a fault, one of a sort.
    mutating func addFault(_ fault: Finding) {
        if report.faults.contains(where: { $0.file == fault.file && $0.code == fault.code }) {
            return
        }
        report.faults.append(fault)
    }

    /// Keeps what an alert has become.
    mutating func put(_ stored: StoredAlert, at path: String, isNew: Bool = false) {
        alerts[path] = stored
        changed[path] = isNew || changed[path] ?? false
        if isNew { fresh.append(path) }
    }

    // MARK: What changed

    private func tree(_ name: String, in root: TreeID?) throws(GitError) -> TreeID? {
        guard let root, let entry = try repository.entry(at: Array(name.utf8), in: root),
            entry.kind == .tree
        else { return nil }
        return TreeID(entry.id)
    }

    private var transactionRules: [(index: Int, rule: AlertRule)] {
        catalog.alertRules.enumerated().compactMap { index, rule in
            guard rule.isEnabled else { return nil }
            switch rule.work {
            case .cases, .function(.merchantReport), .unknown: return nil
            case .function, .query: return (index, rule)
            }
        }
    }

    private func coverage() throws(GitError) -> AlertCoverage {
        var coverage = AlertCoverage()
        coverage.transactions = try tree("transactions", in: source)?.description ?? ""
        coverage.counterparties = try tree("counterparties", in: source)?.description ?? ""
        coverage.rules = AlertRuleText.digest(of: transactionRules.map(\.rule))
        let cases = CaseAlerts(catalog, now: now).rules.map(\.rule)
        coverage.cases = AlertRuleText.digest(of: cases)
        if cases.contains(where: \.readsClock) { coverage.cases += " \(now.day)" }
        var zones: [Int] = []
        for rule in catalog.alertRules where !zones.contains(rule.offsetMinutes) {
            zones.append(rule.offsetMinutes)
        }
        coverage.days = zones.sorted().map {
            now.advanced(byMilliseconds: $0 * 60_000).day
        }.joined(separator: " ")
        return coverage
    }

    // MARK: Transactions

    private mutating func evaluateTransactions() throws(GitError) {
        let old = ledger.alertCoverage
        report.coverage = try coverage()
        if let old, old.isSame(as: report.coverage), old.next.map({ now < $0 }) ?? true {
            report.coverage.next = old.next
            carry()
            return
        }
        let rules = transactionRules
        guard !rules.isEmpty else { return }
        var transactions = TransactionSource(repository, source)
        let loaded = try transactions.load(rules.map(\.rule), now: now)
        report.findings += loaded.findings
        report.faultyRows = loaded.faultyRows
        let hasHours = rules.contains { Self.movesAllDay($0.rule) }
        report.coverage.next = hasHours ? now.advanced(byMilliseconds: 1) : loaded.nextDate
        guard let store = loaded.store else {
            return addFault(
                Finding("AL011", .error, loaded.problem ?? "", file: "transactions"))
        }
        report.transactions = store.transactionCount
        let arena = Arena()
        for (_, rule) in rules {
            arena.reset()
            var counts = AlertReport.Rule(id: rule.id)
            do throws(AlertError) {
                let project = rule.projectID ?? TransactionStore.defaultProject
                let rows = try store.rows(of: rule, at: now, project: project, in: arena)
                counts.rows = rows.count
                for row in rows { try raise(row, rule, project, arena, &counts) }
            } catch {
                addFault(Finding("AL011", .error, error.message, file: rule.reference))
            }
            report.rules.append(counts)
        }
    }

    /// Whether a window begins so long before the clock, and not at a midnight.
    private static func movesAllDay(_ rule: AlertRule) -> Bool {
        guard rule.semantics == .docket else { return false }
        if case .query(let query) = rule.work {
            return [":now", "hours", "minutes"].contains(where: query.sql.contains)
        }
        return ["minutes", "hours"].contains(rule.options["timeUnit"]?.string ?? "")
    }

    // MARK: Cases

    private mutating func evaluateCases(_ results: [CaseResult]) throws(GitError) {
        let cases = CaseAlerts(catalog, now: now)
        guard !cases.rules.isEmpty else { return }
        var found = results.flatMap(\.alerts)
        if ledger.alertCoverage?.cases != report.coverage.cases {
            found += try standing(cases, but: Set(results.filter(\.isAdvanced).map(\.place)))
        }
        try take(found)
    }

    /// Raises what rules found of cases.
    private mutating func take(_ found: [CaseAlert]) throws(GitError) {
        let arena = Arena()
        var parser = JSONParser()
        for item in found.sorted(by: { $0.rule < $1.rule }) {
            arena.reset()
            let rule = catalog.alertRules[item.rule]
            let known = report.rules.firstIndex { $0.id == rule.id }
            if known == nil { report.rules.append(.init(id: rule.id)) }
            let index = known ?? report.rules.count - 1
            var count = report.rules[index]
            if let row = item.row,
                let value = try? parser.parse(arena.text(row).bytes, into: arena)
            {
                count.rows += 1
                let project = rule.projectID ?? TransactionStore.defaultProject
                do throws(AlertError) {
                    try raise(value, rule, project, arena, &count)
                } catch {
                    addFault(Finding("AL011", .error, error.message, file: rule.reference))
                }
            } else if let problem = item.problem {
                addFault(Finding("AL011", .error, problem, file: rule.reference))
            }
            report.rules[index] = count
        }
    }

    /// When a rule, or something that its condition names, is new or another, cases that are at rest
    /// are looked at, too.
    private func standing(
        _ cases: CaseAlerts, but done: Set<CasePlace>
    ) throws(GitError) -> [CaseAlert] {
        guard let root = ledger.root, let commit = ledger.commit else { return [] }
        let state = ledger
        var found: [CaseAlert] = []
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
        var failure: GitError?
        try Ledger(commit: commit, root: root, repository: repository).forEachRecord {
            place, record in
            if done.contains(place) { return true }
            arena.reset()
            do throws(GitError) {
                guard let bytes = try state.file(LedgerPath.data(place.path)) else { return true }
                guard let data = try? parser.parse(bytes, into: arena) else { return true }
                found += cases.found(record, data["context"] ?? .null, in: arena)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return found
    }

    // MARK: Raising

    private mutating func raise(
        _ row: Value, _ rule: AlertRule, _ project: String, _ arena: Arena,
        _ counts: inout AlertReport.Rule
    ) throws(AlertError) {
        let subjects: [Alert.Subject]
        switch AlertBook.subjects(of: row, rule) {
        case .success(let found): subjects = found
        case .failure:
            counts.rejected += 1
            return
        }
        let last = try newest(rule, project, subjects)
        if let dedupe = rule.dedupe {
            if dedupe.isMuted || last.map({ dedupe.isRepetition(of: $0.alert, at: now) }) ?? false {
                counts.repeated += 1
                return
            }
        }
        let number = (last?.number ?? 0) + 1
        let stored = AlertRow.stored(row, in: arena)
        let id = StoredAlert.id(rule.id, project, subjects, number)
        let alert = Alert(
            id: id, rule: rule.id, project: project, subjects: StoredAlert.shown(subjects),
            severity: rule.severity, at: now, row: JSONWriter.line(stored),
            hash: Digest(of: JSONWriter.line(stored)).hexadecimal)
        var made = StoredAlert(alert, number: number, place: rule.reference, opens: rule.opens)
        if rule.opensByItself { made.caseID = AlertLink(rule: rule.id, id: id).caseID }
        put(made, at: LedgerPath.alert(rule.id, id), isNew: true)
        counts.raised += 1
        report.open += 1
    }

    /// The newest alert of a rule and subject: numbers are counted up until there is none.
    private mutating func newest(
        _ rule: AlertRule, _ project: String, _ subjects: [Alert.Subject]
    ) throws(AlertError) -> StoredAlert? {
        var last: StoredAlert?
        var number = 1
        while true {
            let id = StoredAlert.id(rule.id, project, subjects, number)
            do throws(GitError) {
                guard let found = try read(LedgerPath.alert(rule.id, id)) else { return last }
                last = found
            } catch { throw AlertError(.database, error.message) }
            number += 1
        }
    }

    mutating func read(_ path: String) throws(GitError) -> StoredAlert? {
        if let known = alerts[path] { return known }
        guard let bytes = try ledger.file(path), let found = StoredAlert(reading: bytes) else {
            return nil
        }
        alerts[path] = found
        return found
    }
}

/// All that a rule's rows depend on, as text: a comment in its file changes nothing.
enum AlertRuleText {
    static func digest(of rules: [AlertRule]) -> String {
        let arena = Arena()
        let text = rules.map { line($0, in: arena) }
        return Digest(of: text.joined(separator: "\n")).hexadecimal
    }

    private static func line(_ rule: AlertRule, in arena: Arena) -> String {
        let work =
            switch rule.work {
            case .function(let function): function.rawValue
            case .unknown(let name): name
            case .query(let query):
                "\(query.sql)\n\(query.columns.joined(separator: ","))\n\(query.rowLimit)"
            case .cases(let cases):
                "cases \(cases.workflows.joined(separator: ",")) \(cases.text) \(cases.uses)"
            }
        return [
            rule.id, work, JSONWriter.line(rule.options), rule.subjects.joined(separator: ","),
            rule.semantics.rawValue, rule.projectID ?? "", "\(rule.offsetMinutes)",
            "\(rule.isEnabled)",
        ].joined(separator: "\u{0}")
    }
}

extension AlertRule {
    /// Whether a case at rest may come to another answer on another day.
    fileprivate var readsClock: Bool {
        guard case .cases(let cases) = work else { return false }
        return cases.readsClock
    }
}
