public import Documents

/// Configurations from what a record holds.
extension Chart {
    /// The configuration that a state value describes: what to resume from, without entry actions.
    ///
    /// - Parameters:
    ///   - value: a key, a dotted path, `#id`, or an object of children. What it leaves open is
    ///     filled with initial states, as XState's `resolve` does.
    ///   - history: what ``history(of:in:)`` gave, or nil.
    public func configuration(
        from value: Value, history: Value? = nil
    ) throws(ChartError) -> Configuration {
        var configuration = Configuration()
        switch value.kind {
        case .string:
            try enter(path(value.text.unsafelyUnwrapped), &configuration.active)
        case .object:
            try enter(0, value, &configuration.active)
        default:
            throw ChartError(
                .stateShape, "a state is a string or an object of states", place: String(file))
        }
        if let history { configuration.memory = try memory(from: history) }
        return configuration
    }

    /// The states from below the root to the one that a path or `#id` names.
    private func path(_ text: Text) throws(ChartError) -> ArraySlice<UInt16> {
        var path: [UInt16] = []
        if text.count > 1, text[0] == 0x23 {
            guard let state = state(id: text[1..<text.count]) else { throw unknown(text) }
            var at = state.rawValue
            while at != 0 {
                path.insert(at, at: 0)
                at = row(at).pointee.parent
            }
            return path[...]
        }
        if let child = child(of: 0, text) { return [child] }
        var parent: UInt16 = 0
        for part in text.bytes.split(separator: 0x2E, omittingEmptySubsequences: false) {
            let key = Text(UnsafeRawBufferPointer(rebasing: part))
            guard let child = child(of: parent, key) else { throw unknown(text) }
            path.append(child)
            parent = child
        }
        return path[...]
    }

    private func unknown(_ text: Text) -> ChartError {
        ChartError(
            .unknownState, "there is no state '\(text)' to resume in; the chart may have changed",
            place: String(file))
    }

    func child(of state: UInt16, _ key: Text) -> UInt16? {
        for at in row(state).pointee.children.range {
            let child = tables.indexes[at]
            if row(child).pointee.key == key, row(child).pointee.kind != .history { return child }
        }
        return nil
    }

    /// Enters a path; what is beside it or below its end gets its initial states.
    private func enter(
        _ path: ArraySlice<UInt16>, _ active: inout ContiguousArray<UInt16>
    ) throws(ChartError) {
        enter(0, path, &active)
    }

    private func enter(
        _ state: UInt16, _ path: ArraySlice<UInt16>, _ active: inout ContiguousArray<UInt16>
    ) {
        active.append(state)
        let row = self.row(state).pointee
        switch row.kind {
        case .compound:
            if let next = path.first {
                enter(next, path.dropFirst(), &active)
            } else {
                enterInitial(of: state, &active)
            }
        case .parallel:
            for at in row.children.range {
                let child = tables.indexes[at]
                if self.row(child).pointee.kind == .history { continue }
                enter(child, child == path.first ? path.dropFirst() : [], &active)
            }
        case .atomic, .final, .history: break
        }
    }

    /// The initial descendants of a state, ancestors first.
    private func enterInitial(of state: UInt16, _ active: inout ContiguousArray<UInt16>) {
        var found: Set<UInt16> = []
        for at in row(state).pointee.initial.range {
            var node = tables.indexes[at]
            while node != state, node != noState, found.insert(node).inserted {
                node = row(node).pointee.parent
            }
        }
        active.append(contentsOf: found.sorted())
    }

    private func enter(
        _ state: UInt16, _ value: Value, _ active: inout ContiguousArray<UInt16>
    ) throws(ChartError) {
        let row = self.row(state).pointee
        if let text = value.text {
            guard let next = child(of: state, text) else { throw unknown(text) }
            return enter(state, [next], &active)
        }
        guard let members = value.members else {
            throw ChartError(
                .stateShape, "the value of state '\(row.id)' is neither a string nor an object",
                place: reference(row.place))
        }
        if members.isEmpty { return enter(state, [], &active) }
        if row.kind != .parallel, members.count > 1 {
            throw ChartError(
                .stateShape, "state '\(row.id)' cannot be in \(members.count) children at once",
                place: reference(row.place))
        }
        active.append(state)
        var given: [UInt16: Value] = [:]
        for member in members {
            guard let next = child(of: state, member.key) else { throw unknown(member.key) }
            given[next] = member.value
        }
        for at in row.children.range {
            let child = tables.indexes[at]
            if let value = given[child] {
                try enter(child, value, &active)
            } else if row.kind == .parallel, self.row(child).pointee.kind != .history {
                enter(child, [], &active)
            }
        }
    }

    /// The remembered children that ``history(of:in:)`` wrote down.
    private func memory(from history: Value) throws(ChartError) -> ContiguousArray<UInt16> {
        guard let members = history.members else {
            throw ChartError(.historyShape, "a history is an object", place: String(file))
        }
        var memory = initialMemory()
        guard !memory.isEmpty else { return memory }
        for member in members {
            guard let state = state(id: member.key) else { throw unknown(member.key) }
            let slots = self[state].memory
            let keys = member.value.array.map { Array($0) } ?? [member.value]
            guard keys.count == Int(slots.count) else {
                throw ChartError(
                    .historyShape, "the history of '\(member.key)' does not fit its children",
                    place: reference(self[state].place))
            }
            for (slot, key) in zip(slots.range, keys) {
                guard let text = key.text, let child = child(of: state.rawValue, text) else {
                    throw ChartError(
                        .historyShape, "the history of '\(member.key)' names no child of it",
                        place: reference(self[state].place))
                }
                memory[slot] = child
            }
        }
        return memory
    }

    /// The memory of a chart whose states were never left: initial children, regions in order.
    func initialMemory() -> ContiguousArray<UInt16> {
        guard tables.hasHistory else { return [] }
        var memory = ContiguousArray<UInt16>(repeating: noState, count: tables.memoryCount)
        for state in states where self[state].kind == .parallel {
            var slot = Int(self[state].memory.start)
            for at in self[state].children.range {
                let child = tables.indexes[at]
                if row(child).pointee.kind == .history { continue }
                memory[slot] = child
                slot += 1
            }
        }
        return memory
    }
}
