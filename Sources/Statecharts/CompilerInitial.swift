internal import Documents

/// Finding what entering a state targets, and laying out tables.
extension ChartCompiler {
    /// Sets ``StateRow/initial`` of a state and of those below it that it needs.
    @discardableResult
    mutating func findInitial(_ state: UInt16) -> [UInt16] {
        let draft = states[Int(state)]
        if !draft.row.initial.isEmpty {
            return draft.row.initial.range.map { indexes[$0] }
        }
        guard finding.insert(state).inserted else {
            report(
                draft.node, "SC016", .error,
                "the initial state of '\(draft.row.id)' leads back to itself through a history")
            return [state]
        }
        defer { finding.remove(state) }
        var found: [UInt16] = []
        switch draft.row.kind {
        case .atomic, .final: found = [state]
        case .compound:
            if let child = initialChild(draft, state) { found = findInitial(child) }
        case .parallel:
            for child in draft.children where states[Int(child)].row.kind != .history {
                found.append(contentsOf: findInitial(child))
            }
        case .history: found = historyDefault(draft)
        }
        if found.isEmpty { found = [state] }
        states[Int(state)].row.initial = pool(found)
        return found
    }

    private mutating func initialChild(_ draft: Draft, _ state: UInt16) -> UInt16? {
        guard let initial = draft.node["initial"], !initial.value.isNull else {
            if !draft.children.isEmpty {
                report(
                    draft.node, "SC012", .warning,
                    "state '\(draft.row.id)' has states but no `initial`; entering it enters none")
            }
            return nil
        }
        if let text = initial.value.text, let child = child(of: state, text) {
            if states[Int(child)].row.kind == .history {
                report(
                    initial, "SC021", .warning,
                    "the initial state of '\(draft.row.id)' is a history state: XState would "
                        + "start in that itself, here its default is entered")
            }
            return child
        }
        report(
            initial, "SC002", .error,
            "the initial state of '\(draft.row.id)' is none of its states"
                + (initial.value.text.map { ": '\($0)'" } ?? ""))
        return nil
    }

    /// Where a history state leads before its parent was ever left.
    private mutating func historyDefault(_ draft: Draft) -> [UInt16] {
        let parent = draft.row.parent
        guard parent != noState else {
            report(draft.node, "SC016", .error, "the root cannot be a history state")
            return []
        }
        guard let target = draft.node["target"], !target.value.isNull else {
            return findInitial(parent)
        }
        var found: [UInt16] = []
        for node in target.oneOrMore {
            guard let text = node.value.text, let state = resolve(text, below: parent),
                state > parent, state < states[Int(parent)].row.end,
                states[Int(state)].row.kind != .history
            else {
                report(
                    node, "SC016", .error,
                    "the target of history state '\(draft.row.id)' is a state in its parent")
                continue
            }
            found.append(state)
        }
        return found
    }

    /// Gives each state with children its place in the remembered children.
    mutating func layOutMemory() {
        guard hasHistory else { return }
        for state in states.indices {
            let draft = states[state]
            let count: Int
            switch draft.row.kind {
            case .compound: count = draft.children.isEmpty ? 0 : 1
            case .parallel:
                count = draft.children.count { states[Int($0)].row.kind != .history }
            case .atomic, .final, .history: count = 0
            }
            states[state].row.memory = stretch(memoryCount, memoryCount + count)
            memoryCount += count
        }
    }

    var hasHistory: Bool { states.contains { $0.row.kind == .history } }

    /// The chart over tables in the arena.
    mutating func tables() -> Chart {
        for state in states.indices {
            states[state].row.children = pool(states[state].children)
        }
        let names = events
        let order = (3..<max(3, names.count)).sorted { names[$0] < names[$1] }
        let keepsOrder =
            root["predictableActionArguments"]?.value.bool != false
            || root["preserveActionOrder"]?.value.bool == true
        let tables = ChartTables(
            file: arena.text(root.file), stateCount: states.count, memoryCount: memoryCount,
            hasHistory: hasHistory, keepsActionOrder: keepsOrder,
            states: place(states.map(\.row)), transitions: place(transitions),
            transitionCount: transitions.count, indexes: place(indexes), guards: place(guards),
            guardLists: place(guardLists), actions: place(actions),
            actionLists: place(actionLists), choices: place(choices), tags: place(tags),
            eventCount: names.count, events: place(names),
            eventHashes: place(names.map(\.hash)), eventOrder: place(order.map { UInt16($0) }))
        return Chart(pointer: place([tables]))
    }

    /// A copy of rows in the arena.
    private func place<Row: BitwiseCopyable>(_ rows: [Row]) -> UnsafePointer<Row> {
        let start = arena.allocate(max(1, rows.count) * MemoryLayout<Row>.stride)
            .bindMemory(to: Row.self, capacity: max(1, rows.count))
        for (i, row) in rows.enumerated() { (start + i).initialize(to: row) }
        return UnsafePointer(start)
    }
}
