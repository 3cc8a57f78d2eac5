import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage

/// How a run's report is written.
enum RunReportFormat: String, ExpressibleByArgument, CaseIterable {
    case pretty, json

    func write(_ report: RunReport, _ options: RunOptions, milliseconds: Int) {
        switch self {
        case .pretty:
            let text = RunSummary(report: report, options: options, milliseconds: milliseconds)
            Output.write(Array(text.text.utf8))
        case .json: Output.line(RunJSON.line(report))
        }
    }
}

/// The summary a risk officer wants.
struct RunSummary {
    let report: RunReport
    let options: RunOptions
    let milliseconds: Int

    /// The columns of outcomes, the rest below "other".
    private static let columns: [(title: String, outcomes: [String])] = [
        ("approved", ["approved"]), ("rejected", ["rejected"]), ("review", ["manual review"]),
        ("revision", ["revision"]), ("waiting", ["waiting for data"]), ("failed", ["failed"]),
        ("other", ["resolved", "dismissed", "in progress", "withdrawn"]),
    ]

    var text: String {
        var lines = [
            "Run \(report.runID) of \(report.source.description.prefix(12)) at \(report.clock)", "",
        ]
        lines += outcomeTable()
        lines += [""]
        lines += levels()
        lines += counts()
        lines += unanswered()
        lines += faults()
        lines += findings()
        lines += ending()
        return lines.joined(separator: "\n") + "\n"
    }

    private func outcomeTable() -> [String] {
        let workflows = report.totals.outcomes.keys.sorted()
        let width = max(8, workflows.map(\.count).max() ?? 0)
        var lines = [
            pad("workflow", width)
                + Self.columns.map { right($0.title, 10) }.joined() + right("all", 10)
        ]
        var sums = [Int](repeating: 0, count: Self.columns.count)
        for workflow in workflows {
            let counts = report.totals.outcomes[workflow] ?? [:]
            let row = Self.columns.map { column in
                column.outcomes.reduce(0) { $0 + (counts[$1] ?? 0) }
            }
            for index in row.indices { sums[index] += row[index] }
            lines.append(line(workflow.isEmpty ? "(none)" : workflow, width, row))
        }
        if workflows.count > 1 { lines.append(line("all", width, sums)) }
        return lines
    }

    private func line(_ name: String, _ width: Int, _ row: [Int]) -> String {
        pad(name, width) + row.map { right($0 == 0 ? "." : String($0), 10) }.joined()
            + right(String(row.reduce(0, +)), 10)
    }

    private func levels() -> [String] {
        guard !report.totals.levels.isEmpty else { return [] }
        let order = ["low", "medium", "high", "critical"]
        let names = report.totals.levels.keys.sorted {
            (order.firstIndex(of: $0) ?? order.count, $0)
                < (order.firstIndex(of: $1) ?? order.count, $1)
        }
        let text = names.map { "\($0) \(report.totals.levels[$0] ?? 0)" }.joined(separator: ", ")
        return ["risk       \(text)"]
    }

    private func counts() -> [String] {
        let seconds = Double(milliseconds) / 1000
        let word = report.children == 1 ? "child" : "children"
        let children = report.children == 0 ? "" : ", of which \(report.children) \(word)"
        return monitors() + alerts() + [
            "due        \(report.due)\(children): \(report.created) new, \(report.advanced) changed, "
                + "\(report.failed) with new faults, \(report.withdrawn) withdrawn",
            "written    \(CheckedFiles.count(report.decisions, "decision")), "
                + "\(CheckedFiles.count(report.evidence, "answer")) as evidence, "
                + "\(CheckedFiles.count(report.messages, "message")) for the outbox",
            "took       \(Numbers.spell((seconds * 100).rounded() / 100)) s",
        ]
    }

    private func monitors() -> [String] {
        report.monitors.map { counts in
            var text = "monitored  \(counts.workflow)/\(counts.monitor): "
            text += "\(counts.evaluated) of \(counts.due) looked at, \(counts.changed) changed"
            if counts.reopened > 0 { text += " (\(counts.reopened) opened again)" }
            if counts.waiting > 0 { text += ", \(counts.waiting) waiting" }
            if counts.failed > 0 { text += ", \(counts.failed) failed" }
            return text
        }
    }

    private func alerts() -> [String] {
        guard let alerts = report.alerts else { return [] }
        var text = "alerts     "
        if !alerts.rules.isEmpty {
            text += "\(CheckedFiles.count(alerts.rules.count, "rule")) over "
            text += "\(CheckedFiles.count(alerts.transactions, "transaction")): "
            text += "\(alerts.raised) new, \(alerts.repeated) again, "
        }
        if alerts.decided + alerts.refused > 0 {
            text += "\(CheckedFiles.count(alerts.decided, "event")) applied, "
            if alerts.refused > 0 { text += "\(alerts.refused) refused, " }
        }
        if alerts.opened > 0 { text += "\(CheckedFiles.count(alerts.opened, "case")) opened, " }
        text += "\(alerts.open) open"
        if alerts.faultyRows > 0 {
            text += "; \(CheckedFiles.count(alerts.faultyRows, "faulty row")) left out"
        }
        return [text]
            + alerts.faults.map { "           \($0.file): \($0.message) [\($0.code)]" }
    }

    /// Vendors that gave no answer; the records say which cases wait, and not why.
    private func unanswered() -> [String] {
        guard !report.unanswered.isEmpty else { return [] }
        let reasons = report.unanswered.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var lines = [
            "",
            "waiting    \(CheckedFiles.count(reasons.reduce(0) { $0 + $1.value }, "call")) without an answer",
        ]
        for (reason, count) in reasons.prefix(10) { lines.append("  \(count)  \(reason)") }
        if reasons.count > 10 { lines.append("  and \(reasons.count - 10) more reasons") }
        return lines
    }

    private func faults() -> [String] {
        guard !report.faults.isEmpty else { return [] }
        let shown = report.faults.prefix(20)
        var lines = ["", "faults     \(report.faults.count)"]
        for fault in shown { lines.append("  \(Self.line(fault))") }
        if report.faults.count > shown.count {
            lines.append("  and \(report.faults.count - shown.count) more; see the manifest")
        }
        return lines
    }

    /// Where, what, and the code; the case too when the place is in a definition.
    private static func line(_ fault: CaseFault) -> String {
        let id = fault.id?.path
        let place = fault.fault.place ?? id ?? ""
        let isElsewhere = id.map { !place.contains($0) } ?? false
        let subject = isElsewhere ? "\(id ?? ""): " : ""
        let age = fault.isOld ? " (since an earlier run)" : ""
        return "\(place): \(subject)\(fault.fault.message) [\(fault.fault.code)]\(age)"
    }

    private func findings() -> [String] {
        let places = Set(report.faults.compactMap(\.fault.place))
        let others = report.findings.filter { finding in
            !places.contains { $0.hasPrefix(finding.file) }
        }
        guard !others.isEmpty else { return [] }
        var lines = ["", "findings   \(others.count)"]
        for finding in others.prefix(20) { lines.append("  \(PrettyFindings().line(finding))") }
        if others.count > 20 {
            lines.append("  and \(others.count - 20) more; 'docket check' shows all")
        }
        return lines
    }

    private func ending() -> [String] {
        var lines = [""]
        for refusal in report.refusals {
            lines.append(
                "refused    cases/\(refusal.file): \(refusal.withdrawn) withdrawn, "
                    + "\(refusal.flipped) flipped and \(refusal.reopened) opened again of \(refusal.cases) cases; limits allow "
                    + "\(refusal.allowed). Nothing was committed; --accept-mass-change overrides.")
        }
        for flood in report.floods {
            lines.append(
                "refused    the alert rule '\(flood.rule)' raises \(flood.raised) alerts; limits.alerts "
                    + "is \(flood.allowed). Nothing was committed; --accept-mass-change overrides.")
        }
        if let commit = report.commit {
            lines.append("ledger     \(commit) on \(options.ledger)")
        } else if options.isDryRun {
            lines.append("ledger     nothing written: a dry run")
        } else if !report.isRefused {
            lines.append("ledger     nothing changed, nothing written")
        }
        return lines
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// The report as one JSON object.
enum RunJSON {
    static func line(_ report: RunReport) -> String {
        let arena = Arena()
        return JSONWriter.line(value(report, arena))
    }

    private static func value(_ report: RunReport, _ arena: Arena) -> Value {
        let outcomes = report.totals.outcomes.keys.sorted().map { workflow in
            Member(arena.key(workflow), counts(report.totals.outcomes[workflow] ?? [:], arena))
        }
        return arena.object([
            "run": arena.string(report.runID), "source": arena.string("\(report.source)"),
            "ledger": report.commit.map { arena.string("\($0)") } ?? .null,
            "clock": arena.string("\(report.clock)"),
            "cases": arena.object([
                "due": .integer(report.due), "children": .integer(report.children),
                "new": .integer(report.created),
                "advanced": .integer(report.advanced), "failed": .integer(report.failed),
                "withdrawn": .integer(report.withdrawn),
            ]),
            "decisions": .integer(report.decisions), "evidence": .integer(report.evidence),
            "messages": .integer(report.messages),
            "monitors": arena.array(report.monitors.map { monitor($0, arena) }),
            "outcomes": arena.object(outcomes),
            "levels": counts(report.totals.levels, arena),
            "faults": arena.array(report.faults.map { fault($0, arena) }),
            "findings": arena.array(report.findings.map { finding($0, arena) }),
            "refused": arena.array(
                report.refusals.map { refusal($0, arena) } + report.floods.map { flood($0, arena) }),
        ])
    }

    private static func counts(_ counts: [String: Int], _ arena: Arena) -> Value {
        arena.object(
            counts.keys.sorted().map { Member(arena.key($0), .integer(counts[$0] ?? 0)) })
    }

    private static func fault(_ fault: CaseFault, _ arena: Arena) -> Value {
        arena.object([
            "case": fault.id.map { arena.string($0.path) } ?? .null,
            "code": arena.string(fault.fault.code), "message": arena.string(fault.fault.message),
            "at": fault.fault.place.map { arena.string($0) }, "new": .bool(!fault.isOld),
        ])
    }

    private static func finding(_ finding: Finding, _ arena: Arena) -> Value {
        arena.object([
            "code": arena.string(finding.code), "level": arena.string(finding.level.rawValue),
            "message": arena.string(finding.message), "file": arena.string(finding.file),
            "line": finding.position.map { .integer($0.line) },
            "column": finding.position.map { .integer($0.column) },
        ])
    }

    private static func monitor(_ counts: MonitorCounts, _ arena: Arena) -> Value {
        arena.object([
            "workflow": arena.string(counts.workflow), "monitor": arena.string(counts.monitor),
            "due": .integer(counts.due), "evaluated": .integer(counts.evaluated),
            "changed": .integer(counts.changed), "unchanged": .integer(counts.unchanged),
            "reopened": .integer(counts.reopened), "waiting": .integer(counts.waiting),
            "failed": .integer(counts.failed),
        ])
    }

    private static func flood(_ flood: AlertFlood, _ arena: Arena) -> Value {
        arena.object([
            "alertRule": arena.string(flood.rule), "raised": .integer(flood.raised),
            "allowed": .integer(flood.allowed),
        ])
    }

    private static func refusal(_ change: MassChange, _ arena: Arena) -> Value {
        arena.object([
            "file": arena.string(change.file), "withdrawn": .integer(change.withdrawn),
            "flipped": .integer(change.flipped), "reopened": .integer(change.reopened),
            "cases": .integer(change.cases),
            "allowed": .integer(change.allowed),
        ])
    }
}
