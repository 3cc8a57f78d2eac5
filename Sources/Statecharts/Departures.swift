internal import Documents

/// Warnings where XState v4, whose semantics charts have, departs from SCXML in a way that surprises.
extension ChartCompiler {
    mutating func checkDepartures() {
        for state in states.indices {
            switch states[state].row.kind {
            case .history: checkHistoryTarget(states[state])
            case .parallel: checkRegions(states[state])
            case .atomic, .compound, .final: break
            }
        }
    }

    /// XState uses the target of a history state only before the first transition of all; after it,
    /// a parent that was never active counts as left in its initial states.
    private mutating func checkHistoryTarget(_ draft: Draft) {
        guard let target = draft.node["target"], !target.value.isNull, draft.row.parent != noState
        else { return }
        let given = draft.row.initial.range.flatMap { at in
            states[Int(indexes[at])].row.initial.range.map { indexes[$0] }
        }
        let initial = states[Int(draft.row.parent)].row.initial.range.map { indexes[$0] }
        if given == initial { return }
        report(
            target, "SC023", .warning,
            "this target is used only before the chart's first transition; afterwards a state that "
                + "was never left is entered at its `initial`, so give both the same")
    }

    /// Two regions that take one event, one of which leaves its region: SCXML takes only the first,
    /// XState both, and the state that results is no valid one.
    private mutating func checkRegions(_ draft: Draft) {
        let regions = draft.children.filter { states[Int($0)].row.kind != .history }
        guard regions.count > 1 else { return }
        var handlers: [UInt16: (region: UInt16, several: Bool)] = [:]
        var leaving: [(event: UInt16, at: Int)] = []
        for region in regions {
            let end = states[Int(region)].row.end
            for state in region..<end {
                for at in states[Int(state)].row.transitions.range where !transitions[at].isInert {
                    let event = transitions[at].event
                    let known = handlers[event] ?? (region, false)
                    handlers[event] = (known.region, known.several || known.region != region)
                    let leaves = transitions[at].targets.range.contains {
                        indexes[$0] < region || indexes[$0] >= end
                    }
                    if leaves { leaving.append((event, at)) }
                }
            }
        }
        for (event, at) in leaving where handlers[event]?.several == true && event > 2 {
            findings.append(
                Finding(
                    "SC022", .warning,
                    "another region of '\(draft.row.id)' takes '\(events[Int(event)])' too: both "
                        + "transitions are taken, and the state may end up in several places",
                    file: root.file, at: transitions[at].place.position))
        }
    }
}
