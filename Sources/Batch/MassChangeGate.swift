import Casework
import Definitions
import GitStorage

/// Refuses a run that withdraws, flips or opens again more cases of a bulk file than the limits
/// allow: a truncated upload, a rule or a list that turned everything round. Cases whose review
/// was due by time do not count: it was known that they come.
struct MassChangeGate {
    private struct Counts {
        var withdrawn = 0
        var flipped = 0
        var reopened = 0

        var all: Int { withdrawn + flipped + reopened }
    }

    let limits: Settings.Limits
    let plan: Plan

    func refusals(
        _ cases: [PlannedCase], _ results: [CaseResult]
    ) throws(GitError) -> [MassChange] {
        var counts: [String: Counts] = [:]
        for (planned, result) in zip(cases, results) {
            guard let file = planned.place.file,
                result.isWithdrawal || result.isFlip || result.isReopened
            else {
                continue
            }
            if result.isWithdrawal {
                counts[file, default: Counts()].withdrawn += 1
            } else if result.isFlip {
                counts[file, default: Counts()].flipped += 1
            } else {
                counts[file, default: Counts()].reopened += 1
            }
        }
        var refusals: [MassChange] = []
        for file in counts.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let count = counts[file], count.all > limits.massChangeAtLeast else { continue }
            let before = try plan.lineCount(file)
            let share = Int((Double(before) * limits.massChangePercent / 100).rounded(.down))
            let allowed = max(limits.massChangeAtLeast, share)
            guard count.all > allowed else { continue }
            refusals.append(
                MassChange(
                    file: file, withdrawn: count.withdrawn, flipped: count.flipped,
                    reopened: count.reopened, cases: before, allowed: allowed))
        }
        return refusals
    }
}
