import Casework
import Documents
import GitStorage

/// Counts what the cases came to.
struct Tally {
    private let ledger: LedgerState
    private let plan: Plan

    init(_ ledger: LedgerState, _ plan: Plan) {
        self.ledger = ledger
        self.plan = plan
    }

    /// - Parameter results: with those of children.
    func report(
        _ results: [CaseResult], source: CommitID, clock: Instant, findings: [Finding]
    ) -> RunReport {
        var report = RunReport(source: source, clock: clock)
        report.totals = ledger.totals
        report.findings = findings + plan.findings
        var met: Set<String> = []
        for result in results {
            count(result, &report)
            if result.isDue { met.insert(result.place.id.path) }
        }
        addNameless(&report)
        for (id, retry) in ledger.retries.sorted(by: { $0.key < $1.key })
        where retry.why == "fault" && !met.contains(id) {
            let code = retry.code ?? ""
            report.faults.append(
                CaseFault(
                    id: CaseID(id),
                    fault: .init(code: code, message: FaultSentence.of(code), place: nil),
                    isOld: true))
        }
        report.failed = report.faults.count { !$0.isOld }
        report.findings.sort()
        return report
    }

    private func count(_ result: CaseResult, _ report: inout RunReport) {
        report.findings += result.findings
        guard result.isDue else { return }
        report.due += 1
        if result.isChild { report.children += 1 }
        if result.isAdvanced { report.advanced += 1 }
        if result.isCreated { report.created += 1 }
        if result.isWithdrawal { report.withdrawn += 1 }
        report.decisions += result.decisions
        report.messages += result.messages
        report.evidence += result.evidence
        if let fault = result.fault { report.faults.append(fault) }
        if let before = result.before { add(before, -1, &report.totals) }
        if let after = result.after { add(after, 1, &report.totals) }
    }

    private func add(_ standing: CaseResult.Standing, _ sign: Int, _ totals: inout RunTotals) {
        var outcomes = totals.outcomes[standing.workflow] ?? [:]
        outcomes[standing.outcome, default: 0] += sign
        if outcomes[standing.outcome] == 0 { outcomes[standing.outcome] = nil }
        totals.outcomes[standing.workflow] = outcomes.isEmpty ? nil : outcomes
        if let level = standing.level {
            totals.levels[level, default: 0] += sign
            if totals.levels[level] == 0 { totals.levels[level] = nil }
        }
    }

    private func addNameless(_ report: inout RunReport) {
        for fault in plan.nameless {
            let finding = plan.namelessFindings.first {
                $0.file == fault.path && $0.code == fault.code
                    && ($0.position?.line ?? 0) == fault.line
            }
            let place = fault.line > 0 ? "\(fault.path):\(fault.line)" : fault.path
            report.faults.append(
                CaseFault(
                    id: nil,
                    fault: .init(
                        code: fault.code, message: finding?.message ?? FaultSentence.of(fault.code),
                        place: place),
                    isOld: ledger.nameless.contains(fault)))
        }
    }
}
