public import Documents

/// The active states of a case, and the children its states remember for history.
///
/// The order of active states is XState's and matters: parallel regions take their transitions, and
/// next events and tags are listed, in it. Kept in place by a worker, stepping allocates nothing.
public struct Configuration: Sendable, Equatable {
    /// State numbers in XState's configuration order.
    var active: ContiguousArray<UInt16> = []
    /// Last active children, laid out by ``StateRow/memory``; empty before the first transition and
    /// in charts without history states.
    var memory: ContiguousArray<UInt16> = []

    /// No active state: what a chart starts from.
    public init() {}

    /// Whether no state is active: the chart was not started.
    public var isEmpty: Bool { active.isEmpty }

    /// The active states, ancestors included, in XState's order.
    public var states: [StateID] { active.map { StateID($0) } }

    /// Takes over another's states into the memory it has, sharing none: neither is copied when the
    /// other changes.
    public mutating func copy(_ other: Configuration) {
        active.removeAll(keepingCapacity: true)
        active.append(contentsOf: other.active)
        if memory.isEmpty && other.memory.isEmpty { return }
        memory.removeAll(keepingCapacity: true)
        memory.append(contentsOf: other.memory)
    }

    /// Whether a state is active.
    public func contains(_ state: StateID) -> Bool { active.contains(state.rawValue) }
}

/// What can be asked of a configuration.
extension Chart {
    /// The active states without active children, in document order.
    public func activeLeaves(_ configuration: Configuration) -> [StateID] {
        configuration.active.filter { state in
            !configuration.active.contains { row($0).pointee.parent == state }
        }.sorted().map { StateID($0) }
    }

    /// The first of the active states without active children, in document order.
    public func firstLeaf(_ configuration: Configuration) -> StateID? {
        var first: UInt16?
        for state in configuration.active where first.map({ state < $0 }) ?? true {
            let isParent = configuration.active.contains { row($0).pointee.parent == state }
            if !isParent { first = state }
        }
        return first.map { StateID($0) }
    }

    /// The one active state without active children; nil when there are several.
    public func onlyLeaf(_ configuration: Configuration) -> StateID? {
        var found: UInt16?
        for state in configuration.active where row(state).pointee.kind.isLeaf {
            if found != nil { return nil }
            found = state
        }
        return found.map { StateID($0) }
    }

    /// The events that the active states have transitions for, in XState's order of `nextEvents`:
    /// forbidden events left out, "" for `always`, delayed and done events by their names.
    public func nextEvents(_ configuration: Configuration) -> [Text] {
        var seen = [Bool](repeating: false, count: tables.eventCount)
        var names: [Text] = []
        for state in configuration.active {
            for at in row(state).pointee.ownEvents.range {
                let event = Int(tables.indexes[at])
                if seen[event] { continue }
                seen[event] = true
                names.append(tables.events[event])
            }
        }
        return names
    }

    /// Whether an active state has a transition for an event, whatever its guard says: by name or
    /// by a wildcard, and not a forbidden one. What Ballerine asks before it sends an event.
    public func handles(_ event: Text, _ configuration: Configuration) -> Bool {
        handles(self.event(named: event), configuration)
    }

    /// Whether an active state has a transition for an event.
    public func handles(_ event: EventID, _ configuration: Configuration) -> Bool {
        let number = event.rawValue
        for state in configuration.active {
            for at in row(state).pointee.ownEvents.range {
                let own = tables.indexes[at]
                if own == EventID.wildcard.rawValue || own == number { return true }
            }
        }
        return false
    }

    /// The tags of the active states, each once, in XState's order.
    public func tags(_ configuration: Configuration) -> [Text] {
        var tags: [Text] = []
        for state in configuration.active {
            for at in row(state).pointee.tags.range where !tags.contains(self.tables.tags[at]) {
                tags.append(self.tables.tags[at])
            }
        }
        return tags
    }

    /// The first thing that a tag of the active states stands for, in XState's order.
    public func first<Meaning>(
        _ configuration: Configuration, where meaning: (Text) -> Meaning?
    ) -> Meaning? {
        for state in configuration.active {
            if let found = first(of: StateID(state), where: meaning) { return found }
        }
        return nil
    }

    /// The first thing that an active state stands for, in XState's order.
    public func first<Meaning>(
        _ configuration: Configuration, of meaning: (StateID) -> Meaning?
    ) -> Meaning? {
        for state in configuration.active {
            if let found = meaning(StateID(state)) { return found }
        }
        return nil
    }

    /// The first thing that a state's own tags stand for.
    public func first<Meaning>(
        of state: StateID, where meaning: (Text) -> Meaning?
    ) -> Meaning? {
        for at in row(state.rawValue).pointee.tags.range {
            if let found = meaning(tables.tags[at]) { return found }
        }
        return nil
    }

    /// Whether the chart has reached a final state of its root.
    public func isDone(_ configuration: Configuration) -> Bool {
        guard row(0).pointee.kind == .compound else {
            return isInFinalState(0) { configuration.active.contains($0) }
        }
        for state in configuration.active {
            let row = row(state)
            if row.pointee.kind == .final, row.pointee.parent == 0 { return true }
        }
        return false
    }

    /// SCXML's `isInFinalState`: a final child of a compound state, every region of a parallel one.
    func isInFinalState(_ state: UInt16, _ isActive: (UInt16) -> Bool) -> Bool {
        let row = self.row(state).pointee
        switch row.kind {
        case .compound:
            for at in row.children.range {
                let child = tables.indexes[at]
                if self.row(child).pointee.kind == .final, isActive(child) { return true }
            }
            return false
        case .parallel:
            for at in row.children.range {
                let child = tables.indexes[at]
                if self.row(child).pointee.kind == .history { continue }
                if !isInFinalState(child, isActive) { return false }
            }
            return true
        case .atomic, .final, .history: return false
        }
    }

    // MARK: To values

    /// The state value as XState writes it: the key of a leaf, an object of children else.
    public func value(of configuration: Configuration, in arena: Arena) -> Value {
        let active = configuration.active
        if active.count == 2 {
            let leaf = row(active[0] == 0 ? active[1] : active[0])
            if leaf.pointee.kind.isLeaf, row(0).pointee.kind == .compound {
                return .string(leaf.pointee.key)
            }
        }
        guard !configuration.isEmpty else { return .emptyObject }
        if let leaf = onlyLeaf(configuration), row(leaf.rawValue).pointee.parent == 0 {
            return .string(row(leaf.rawValue).pointee.key)
        }
        return value(0, configuration.active, in: arena)
    }

    private func value(
        _ state: UInt16, _ active: ContiguousArray<UInt16>, in arena: Arena
    ) -> Value {
        let children = active.filter { row($0).pointee.parent == state }
        guard let first = children.first else { return .emptyObject }
        if row(state).pointee.kind == .compound, row(first).pointee.kind.isLeaf {
            return .string(row(first).pointee.key)
        }
        return arena.object(
            children.map { Member(Key(row($0).pointee.key), value($0, active, in: arena)) })
    }

    /// What history states would return to, for the record: an object from the id of a state to the
    /// key of its last active child, or to its regions' keys in order; nil without history.
    public func history(of configuration: Configuration, in arena: Arena) -> Value? {
        guard tables.hasHistory, !configuration.memory.isEmpty else { return nil }
        var members: [Member] = []
        for state in states {
            let row = self[state]
            guard !row.memory.isEmpty else { continue }
            let children = row.memory.range.map { configuration.memory[$0] }
            if row.kind == .compound {
                if children[0] == noState { continue }
                members.append(Member(Key(row.id), .string(self.row(children[0]).pointee.key)))
            } else {
                members.append(
                    Member(
                        Key(row.id),
                        arena.array(children.map { .string(self.row($0).pointee.key) })))
            }
        }
        return arena.object(members)
    }
}
