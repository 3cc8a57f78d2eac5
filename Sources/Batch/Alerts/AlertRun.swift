import Alerting
import Casework
import Definitions
import Documents
import GitStorage

/// The alerts of a run: events of alerts there are, then rules over transactions and cases.
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
    private var report = AlertReport()
    private var alerts: [String: StoredAlert] = [:]
    /// Paths of what changed, with whether its row is new.
    private var changed: [String: Bool] = [:]
    private var fresh: [String] = []

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

    /// Nil when the repository has no alerts and never had.
    mutating func perform(_ results: [CaseResult]) throws(GitError) -> AlertReport? {
        guard !catalog.alertRules.isEmpty || ledger.alertCoverage != nil else { return nil }
        report.open = ledger.openAlerts
        try applyEvents()
        try evaluateTransactions()
        try evaluateCases(results)
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
        carry()
        return report
    }

    /// What was wrong is wrong still.
    private mutating func carry() {
        report.faultyRows = ledger.faultyAlertRows
        report.faults += ledger.alertFaults.map { fault in
            Finding(fault.code, .error, "as in the run before", file: fault.place)
        }
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
        let arena = Arena()
        let text = catalog.alertRules.map { AlertRuleText.line($0, in: arena) }
        coverage.rules = Digest(of: text.joined(separator: "\n")).hexadecimal
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
        let loaded = try TransactionSource(repository, source).load(rules.map(\.rule), now: now)
        report.findings += loaded.findings
        report.faultyRows = loaded.faultyRows
        let hasHours = rules.contains { Self.movesAllDay($0.rule) }
        report.coverage.next = hasHours ? now.advanced(byMilliseconds: 1) : loaded.nextDate
        guard let store = loaded.store else {
            report.faults.append(
                Finding("AL011", .error, loaded.problem ?? "", file: "transactions"))
            return
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
                report.faults.append(
                    Finding("AL011", .error, error.message, file: rule.reference))
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
        if ledger.alertCoverage?.rules != report.coverage.rules {
            found += try standing(cases, but: Set(results.filter(\.isAdvanced).map(\.place)))
        }
        let arena = Arena()
        var parser = JSONParser()
        var counts: [Int: AlertReport.Rule] = [:]
        for item in found {
            arena.reset()
            let rule = catalog.alertRules[item.rule]
            var count = counts[item.rule] ?? AlertReport.Rule(id: rule.id)
            if let row = item.row,
                let value = try? parser.parse(arena.text(row).bytes, into: arena)
            {
                count.rows += 1
                let project = rule.projectID ?? TransactionStore.defaultProject
                do throws(AlertError) {
                    try raise(value, rule, project, arena, &count)
                } catch {
                    report.faults.append(
                        Finding("AL011", .error, error.message, file: rule.reference))
                }
            } else if counts[item.rule] == nil, let problem = item.problem {
                report.faults.append(Finding("AL011", .error, problem, file: rule.reference))
            }
            counts[item.rule] = count
        }
        report.rules += counts.sorted { $0.key < $1.key }.map(\.value)
    }

    /// When a rule is new or another, cases that are at rest are looked at, too.
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
        alerts[LedgerPath.alert(rule.id, id)] = StoredAlert(
            alert, number: number, place: rule.reference, opens: rule.opens)
        changed[LedgerPath.alert(rule.id, id)] = true
        fresh.append(LedgerPath.alert(rule.id, id))
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

    private mutating func read(_ path: String) throws(GitError) -> StoredAlert? {
        if let known = alerts[path] { return known }
        guard let bytes = try ledger.file(path), let found = StoredAlert(reading: bytes) else {
            return nil
        }
        alerts[path] = found
        return found
    }

    // MARK: Events

    private mutating func applyEvents() throws(GitError) {
        let after = try tree("alerts", in: source)
        let before = try tree("alerts", in: base)
        guard let after, after != before else { return }
        for rule in try repository.entries(of: after) where rule.kind == .tree {
            let old = try tree("alerts/\(rule.text)", in: base)
            if old?.description == rule.id.description { continue }
            for entry in try repository.entries(of: TreeID(rule.id))
            where entry.kind == .tree && entry.text.hasSuffix(".events") {
                let path = "alerts/\(rule.text)/\(entry.text)"
                if try tree(path, in: base)?.description == entry.id.description { continue }
                try applyEvents(
                    TreeID(entry.id), path, rule.text, String(entry.text.dropLast(7)))
            }
        }
    }

    private mutating func applyEvents(
        _ directory: TreeID, _ path: String, _ rule: String, _ id: String
    ) throws(GitError) {
        let place = LedgerPath.alert(rule, id)
        guard var stored = try read(place) else {
            report.findings.append(
                Finding(
                    "AL012", .warning,
                    "there is no alert '\(id)' of the rule '\(rule)'; its events wait for one",
                    file: path))
            return
        }
        let reader = InputReader(
            repository, sourceTree: source, limits: catalog.settings.limits)
        let files = try reader.eventFiles(directory)
        for applied in stored.events {
            let now = files.first { $0.name == applied.file }
            if now?.entry.id.description != applied.blob {
                report.findings.append(
                    Finding(
                        now == nil ? "CS051" : "CS050", .error,
                        "an event file that was applied was \(now == nil ? "removed" : "edited"); "
                            + "restore it, and add a new file to say something else",
                        file: "\(path)/\(applied.file)"))
            }
        }
        let new = files.filter { file in !stored.events.contains { $0.file == file.name } }
        guard !new.isEmpty else { return }
        for file in new {
            switch try reader.events([file], path) {
            case .failure(let problem):
                report.findings.append(problem.finding)
                return
            case .success(let read):
                report.findings += read.findings
                for event in read.events { apply(event, file, to: &stored) }
            }
        }
        alerts[place] = stored
        changed[place] = changed[place] ?? false
    }

    /// A decision is an event named like the state it leads to; `assign` has the assignee in its payload.
    private mutating func apply(
        _ event: CaseEvent, _ file: InputReader.EventFile, to stored: inout StoredAlert
    ) {
        let before = stored.alert.state
        var result = "applied"
        if let expected = event.expects?.state, String(expected) != stored.alert.state.rawValue {
            result = "refused"
        } else if event.kind == .note {
            result = "noted"
        } else if event.type == Text("assign") {
            stored.alert.assignee = event.payload?["assignee"]?.string
        } else if let state = AlertState(rawValue: String(event.type)) {
            if before.status != .completed, state.status == .completed { report.open -= 1 }
            if before.status == .completed, state.status != .completed { report.open += 1 }
            stored.alert.state = state
            if let person = event.by { stored.alert.assignee = String(person) }
        } else {
            result = "refused"
        }
        if result == "applied" {
            stored.alert.updatedAt = now
            report.decided += 1
        }
        if result == "refused" { report.refused += 1 }
        stored.events.append((file.name, file.entry.id.description))
        let name = String(event.type)
        // Any other name may be what somebody wrote about a person: the event file says it.
        let isKnown = name == "assign" || AlertState(rawValue: name) != nil
        stored.history.append(
            StoredAlert.Change(
                at: now.description, event: isKnown ? name : "(another name)",
                from: before.rawValue,
                to: stored.alert.state.rawValue, by: event.by.map { String($0) }, result: result))
    }

    // MARK: Writing

    private mutating func write() throws(GitError) {
        for (path, isNew) in changed.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            guard let stored = alerts[path] else { continue }
            try add(path, stored.bytes)
            if isNew {
                try add(
                    LedgerPath.alertData(stored.alert.rule, stored.alert.id), stored.dataBytes)
            }
        }
        let subscriptions = catalog.settings.subscriptions.filter {
            $0.includes(AlertMessage.event)
        }
        for path in fresh {
            guard let stored = alerts[path] else { continue }
            for subscription in subscriptions { try send(stored, subscription) }
        }
    }

    private mutating func send(
        _ stored: StoredAlert, _ subscription: Subscription
    ) throws(GitError) {
        let arena = Arena()
        let alert = stored.alert
        var parser = JSONParser()
        let row = (try? parser.parse(arena.text(alert.row).bytes, into: arena)) ?? .null
        let subject = arena.object(
            alert.subjects.map { Member(arena.key($0.field), arena.string($0.value)) })
        let body = [
            Member("alertId", arena.string(alert.id)), Member("ruleId", arena.string(alert.rule)),
            Member("projectId", arena.string(alert.project)),
            Member("severity", arena.string(alert.severity.rawValue)),
            Member("state", arena.string(alert.state.rawValue)),
            Member("status", arena.string(alert.state.status.rawValue)),
            Member("subject", subject), Member("executionRow", row),
        ]
        let (id, bytes) = AlertMessage.file(
            of: alert.id, to: subscription, body: body, at: now, in: arena)
        try add(LedgerPath.message(id), bytes)
        report.messages += 1
    }

    private mutating func add(_ path: String, _ bytes: [UInt8]) throws(GitError) {
        let object = try PackObject.make(.blob, bytes)
        try pack?.add(object)
        report.writes.append(TreeChange(try RepositoryPath(path), .write(object.blob)))
    }
}

/// All that a rule's rows depend on, as text: a comment in its file changes nothing.
enum AlertRuleText {
    static func line(_ rule: AlertRule, in arena: Arena) -> String {
        let work =
            switch rule.work {
            case .function(let function): function.rawValue
            case .unknown(let name): name
            case .query(let query):
                "\(query.sql)\n\(query.columns.joined(separator: ","))\n\(query.rowLimit)"
            case .cases(let cases): "cases \(cases.workflows.joined(separator: ",")) \(cases.text)"
            }
        return [
            rule.id, work, JSONWriter.line(rule.options), rule.subjects.joined(separator: ","),
            rule.semantics.rawValue, rule.projectID ?? "", "\(rule.offsetMinutes)",
            "\(rule.isEnabled)",
        ].joined(separator: "\u{0}")
    }
}
