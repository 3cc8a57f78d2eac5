import Casework
import Documents
import GitStorage

/// What one case came to in this run.
struct CaseResult: Sendable {
    /// How a case counts in the totals.
    struct Standing: Sendable, Equatable {
        var workflow: String
        var outcome: String
        var level: String?
    }

    /// One look of a monitor.
    struct MonitorLook: Sendable {
        var name: String
        var outcome: MonitorRun.Outcome
        var isReopening: Bool
    }

    /// A pending timer for the index.
    struct Timer: Sendable {
        var day: String
        var line: [UInt8]
    }

    /// The case.
    let place: CasePlace
    /// What its children came to, theirs after each.
    var children: [CaseResult] = []
    /// Whether a case of this run, its parent, brought it along.
    var isChild = false
    /// Whether anything came for it.
    var isDue = false
    var isCreated = false
    /// Whether its record changed.
    var isAdvanced = false
    /// On the ledger before; nil for a new case.
    var before: Standing?
    var after: Standing?
    var writes: [TreeChange] = []
    /// Days of timers it had.
    var daysBefore: [String] = []
    /// Timers it has; nil when they did not change.
    var timers: [Timer]?
    var retry: LedgerState.Retry?
    var fault: CaseFault?
    /// Whether the case stands as it did before the run, with a fault beside it: nothing that it did
    /// is written but its evidence.
    var isUndone = false
    var findings: [Finding] = []
    /// What alert rules over cases say of it.
    var alerts: [CaseAlert] = []
    var monitors: [MonitorLook] = []
    /// Whether a monitor opened its next episode, for another reason than that time passed.
    var isReopened = false
    var decisions = 0
    var messages = 0
    var evidence = 0
    /// Keys of the calls whose answers were used.
    var usedCalls: [String] = []
    /// Vendors that gave no answer, and why.
    var unanswered: [String] = []

    init(_ place: CasePlace) { self.place = place }

    /// Whether it went from approved to rejected or back.
    var isFlip: Bool {
        guard let before, let after else { return false }
        let ends = [Outcome.approved.rawValue, Outcome.rejected.rawValue]
        return ends.contains(before.outcome) && ends.contains(after.outcome)
            && before.outcome != after.outcome
    }

    /// Whether it was withdrawn in this run.
    var isWithdrawal: Bool {
        let withdrawn = Outcome.withdrawn.rawValue
        return after?.outcome == withdrawn && before != nil && before?.outcome != withdrawn
    }
}

extension Sequence<CaseResult> {
    /// The results with those of the children, each case before its children.
    var withChildren: [CaseResult] {
        flatMap { result in
            [result]
                + result.children.map { child in
                    var child = child
                    child.isChild = true
                    return child
                }
        }
    }
}
