internal import Documents

/// Warnings where XState v4, whose semantics charts have, departs from SCXML in a way that surprises.
extension ChartCompiler {
    mutating func checkDepartures() {
        checkEventNames()
        checkDoneEvents()
        for state in states.indices {
            checkInnerTargets(states[state])
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

    /// SCXML takes `foo` for `foo.bar` too, and `foo.*` for both; XState v4 compares whole names.
    private mutating func checkEventNames() {
        for at in transitions.indices {
            let name = events[Int(transitions[at].event)]
            let place = transitions[at].place.position
            if name.count > 2, name[(name.count - 2)..<name.count] == ".*" {
                findings.append(
                    Finding(
                        "SC024", .warning,
                        "'\(name)' waits for an event of just this name: only '*' alone stands for "
                            + "any event", file: root.file, at: place))
                continue
            }
            guard transitions[at].event > 2, !isInternalName(name),
                let longer = events.first(where: { isPrefix(name, of: $0) })
            else { continue }
            findings.append(
                Finding(
                    "SC024", .note,
                    "'\(name)' does not take '\(longer)': names of events are compared whole, where "
                        + "SCXML would take the longer one too", file: root.file, at: place))
        }
    }

    /// XState raises `done.state.F` for a final state F itself before that of its parent, and a
    /// wildcard of the parent takes it, ahead of `onDone`.
    private mutating func checkDoneEvents() {
        var told: Set<Int> = []
        for state in states.indices where states[state].row.kind == .final {
            var at = states[state].row.parent
            guard at != noState, states[Int(at)].row.parent != noState else { continue }
            while at != noState {
                let wildcard = states[Int(at)].row.transitions.range.first {
                    transitions[$0].event == EventID.wildcard.rawValue
                }
                if let wildcard, told.insert(wildcard).inserted {
                    findings.append(
                        Finding(
                            "SC026", .warning,
                            "`*` also takes the event that reaching the final state "
                                + "'\(states[state].row.id)' raises, before `onDone` is asked",
                            file: root.file, at: transitions[wildcard].place.position))
                }
                at = states[Int(at)].row.parent
            }
        }
    }

    private func isInternalName(_ name: Text) -> Bool {
        for prefix: StaticString in ["done.", "xstate.", "error."] {
            let prefix = Text(prefix)
            if name.count >= prefix.count, name[0..<prefix.count] == prefix { return true }
        }
        return false
    }

    /// Whether a name is the first words of another, at a dot.
    private func isPrefix(_ name: Text, of other: Text) -> Bool {
        other.count > name.count && other[name.count] == 0x2E && other[0..<name.count] == name
            && !(other[name.count..<other.count] == ".*")
    }

    /// An internal transition to a child that is active already: SCXML leaves and enters it again,
    /// XState leaves it as it is, so that its actions do not run and its delays go on.
    private mutating func checkInnerTargets(_ draft: Draft) {
        for at in draft.row.transitions.range where transitions[at].isInternal {
            let row = transitions[at]
            for index in row.targets.range {
                let target = indexes[index]
                guard target >= row.source, target < states[Int(row.source)].row.end,
                    states[Int(target)].row.kind != .history, hasEffects(target)
                else { continue }
                findings.append(
                    Finding(
                        "SC025", .note,
                        "when '\(states[Int(target)].row.id)' is active already it is not entered "
                            + "again: its actions do not run and its delays go on, unlike in SCXML; "
                            + "write `internal: false` to enter it again", file: root.file,
                        at: row.place.position))
                break
            }
        }
    }

    private func hasEffects(_ state: UInt16) -> Bool {
        let row = states[Int(state)].row
        if !row.entry.isEmpty || !row.exit.isEmpty { return true }
        return row.kind == .compound
            && row.initial.range.contains {
                let leaf = states[Int(indexes[$0])].row
                return !leaf.entry.isEmpty || !leaf.exit.isEmpty
            }
    }

    /// Two regions that take one event, one of which leaves its region or enters it anew: SCXML takes
    /// only the first, XState both. When one leaves, the state that results is no valid one.
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
                    if takesMore(transitions[at], than: region, end) { leaving.append((event, at)) }
                }
            }
        }
        for (event, at) in leaving where handlers[event]?.several == true && event > 2 {
            findings.append(
                Finding(
                    "SC022", .warning,
                    "another region of '\(draft.row.id)' takes '\(events[Int(event)])' too: both "
                        + "transitions are taken, where SCXML takes one; "
                        + (leaves(transitions[at], draft)
                            ? "the state may end up in several places"
                            : "an inner transition (`target: .child`) says that both are meant"),
                    file: root.file, at: transitions[at].place.position))
        }
    }

    /// Whether a transition in a region exits more than what is in it, by SCXML's rules: its targets
    /// are elsewhere, or are the region itself, or it is an external one of the region.
    private func takesMore(_ row: TransitionRow, than region: UInt16, _ end: UInt16) -> Bool {
        row.targets.range.contains { at in
            let target = indexes[at]
            if target < region || target >= end || target == region { return true }
            return row.source == region && !row.isInternal
        }
    }

    private func leaves(_ row: TransitionRow, _ parallel: Draft) -> Bool {
        let own = ids[parallel.row.id] ?? 0
        return row.targets.range.contains {
            indexes[$0] <= own || indexes[$0] >= states[Int(own)].row.end
        }
    }
}
