import Casework
import Definitions

/// Refuses a run that withdraws or flips more cases of a bulk file than the limits allow: a
/// truncated upload, or a rule that turned everything round.
struct MassChangeGate {
    private struct Counts {
        var withdrawn = 0
        var flipped = 0
    }

    let limits: Settings.Limits
    /// Cases of the bulk files before, where known.
    let linesBefore: [String: Int]

    func refusals(_ cases: [PlannedCase], _ results: [CaseResult]) -> [MassChange] {
        var counts: [String: Counts] = [:]
        for (planned, result) in zip(cases, results) {
            guard let file = planned.place.file, result.isWithdrawal || result.isFlip else {
                continue
            }
            if result.isWithdrawal { counts[file, default: Counts()].withdrawn += 1 }
            if result.isFlip { counts[file, default: Counts()].flipped += 1 }
        }
        return counts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap {
            file in
            guard let count = counts[file] else { return nil }
            let before = linesBefore[file] ?? 0
            let share = Int((Double(before) * limits.massChangePercent / 100).rounded(.down))
            let allowed = max(limits.massChangeAtLeast, share)
            guard count.withdrawn + count.flipped > allowed else { return nil }
            return MassChange(
                file: file, withdrawn: count.withdrawn, flipped: count.flipped, cases: before,
                allowed: allowed)
        }
    }
}
