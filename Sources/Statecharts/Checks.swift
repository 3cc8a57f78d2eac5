internal import Documents

/// Findings about definitions that compile but are doubtful.
extension ChartCompiler {
    private static let stateKeys: Set<String> = [
        "id", "key", "initial", "type", "states", "on", "always", "after", "onDone", "entry",
        "exit", "onEntry", "onExit", "tags", "meta", "history", "target", "data", "description",
        "order", "parallel", "strict",
    ]
    private static let rootKeys: Set<String> = [
        "context", "version", "predictableActionArguments", "preserveActionOrder", "schema",
        "tsTypes", "name", "title", "$schema",
    ]
    private static let transitionKeys: Set<String> = [
        "target", "cond", "guard", "in", "internal", "actions", "description", "meta", "event",
        "delay",
    ]

    mutating func checkKeys(_ node: Node, isRoot: Bool) {
        for member in node.members {
            let key = String(member.key)
            if Self.stateKeys.contains(key) || isRoot && Self.rootKeys.contains(key) { continue }
            let message =
                key.utf8.elementsEqual("invoke".utf8) || key.utf8.elementsEqual("activities".utf8)
                ? "`\(key)` is not run here; use a plugin of the state instead"
                : "`\(key)` means nothing in a state"
            findings.append(
                Finding("SC010", .warning, message, file: node.file, at: member.keyPosition))
        }
    }

    mutating func checkTransitionKeys(_ node: Node) {
        for member in node.members where !Self.transitionKeys.contains(String(member.key)) {
            findings.append(
                Finding(
                    "SC010", .warning, "`\(member.key)` means nothing in a transition",
                    file: node.file, at: member.keyPosition))
        }
    }

    /// What does not fit the type of a state.
    mutating func checkShape(_ state: UInt16) {
        let draft = states[Int(state)]
        let isRoot = draft.row.parent == noState
        if draft.row.kind.isLeaf || draft.row.kind == .history, !draft.children.isEmpty {
            report(
                draft.node["states"] ?? draft.node, "SC018", .error,
                "state '\(draft.row.id)' is \(draft.row.kind) and cannot have states")
        }
        if draft.row.kind == .final {
            for key: StaticString in ["on", "always", "after", "onDone"] {
                guard let node = draft.node[key], node.value.count > 0 else { continue }
                report(
                    node, "SC018", isRoot ? .error : .warning,
                    "state '\(draft.row.id)' is final; `\(key)` is not expected in one")
            }
        }
        if isRoot, draft.row.kind == .final || draft.row.kind == .history {
            report(draft.node, "SC018", .error, "the root cannot be \(draft.row.kind)")
        }
        if isRoot, let done = draft.node["onDone"], !done.value.isNull {
            report(done, "SC018", .warning, "the root's `onDone` is never taken")
        }
    }

    /// Candidates that stand after one that always matches.
    mutating func checkShadowed(_ rows: ArraySlice<TransitionRow>) {
        var closed: [UInt16: TransitionRow] = [:]
        for row in rows {
            if closed[row.event] != nil {
                findings.append(
                    Finding(
                        "SC015", .warning,
                        "this transition is never taken: one before it has no guard",
                        file: root.file, at: row.place.position))
            } else if row.condition < 0 {
                closed[row.event] = row
            }
        }
    }

    // MARK: Reach

    /// Warns of states that nothing leads to, notes states that nothing leads out of, and warns of
    /// `always` transitions that go in a circle whatever the context.
    mutating func checkReach() {
        var reached = [Bool](repeating: false, count: states.count)
        var queue: [UInt16] = []
        func enter(_ state: UInt16) {
            var at = state
            while at != noState, !reached[Int(at)] {
                reached[Int(at)] = true
                queue.append(at)
                at = states[Int(at)].row.parent
            }
        }
        enter(0)
        while let state = queue.popLast() {
            let draft = states[Int(state)]
            draft.row.initial.range.forEach { enter(indexes[$0]) }
            if draft.row.kind == .parallel { draft.children.forEach { enter($0) } }
            for at in draft.row.transitions.range {
                transitions[at].targets.range.forEach { enter(indexes[$0]) }
            }
            if draft.row.kind == .history {
                // A history leads to whatever its parent was in, which was reached otherwise.
                enter(draft.row.parent)
            }
        }
        for state in states.indices.dropFirst() where !reached[state] {
            let draft = states[state]
            let parent = Int(draft.row.parent)
            guard reached[parent], draft.row.kind != .history else { continue }
            report(
                draft.node, "SC007", .warning, "nothing leads to state '\(draft.row.id)'")
        }
        checkExits(reached)
        checkCircles()
    }

    private mutating func checkExits(_ reached: [Bool]) {
        for state in states.indices where reached[state] && states[state].row.kind == .atomic {
            var at = UInt16(state)
            var hasExit = false
            while at != noState, !hasExit {
                hasExit = states[Int(at)].row.transitions.range.contains {
                    !transitions[$0].isInert
                }
                at = states[Int(at)].row.parent
            }
            if !hasExit {
                report(
                    states[state].node, "SC008", .note,
                    "nothing leads out of state '\(states[state].row.id)'; mark it final if it is")
            }
        }
    }

    /// The `always` transition that a state takes whatever the context.
    private func forced(_ state: UInt16) -> TransitionRow? {
        for at in states[Int(state)].row.transitions.range
        where transitions[at].event == EventID.null.rawValue {
            return transitions[at].condition < 0 ? transitions[at] : nil
        }
        return nil
    }

    private mutating func checkCircles() {
        // The start from which a state was first met; 0 for none.
        var met = [Int](repeating: 0, count: states.count)
        for start in states.indices {
            var at: UInt16? = UInt16(start)
            while let state = at, met[Int(state)] == 0 {
                met[Int(state)] = start + 1
                at = nextForced(state)
            }
            guard let state = at, met[Int(state)] == start + 1, let row = forced(holder(state))
            else { continue }
            findings.append(
                Finding(
                    "SC009", .warning,
                    "`always` transitions without a guard go in a circle here and never end",
                    file: root.file, at: row.place.position))
        }
    }

    /// The state, of this one and its ancestors, whose `always` transition is taken.
    private func holder(_ state: UInt16) -> UInt16 {
        var at = state
        while at != noState {
            if forced(at) != nil { return at }
            at = states[Int(at)].row.parent
        }
        return state
    }

    private func nextForced(_ state: UInt16) -> UInt16? {
        guard let row = forced(holder(state)) else { return nil }
        guard let target = row.targets.range.first else { return state }
        return states[Int(indexes[target])].row.initial.range.first.map { indexes[$0] }
    }
}
