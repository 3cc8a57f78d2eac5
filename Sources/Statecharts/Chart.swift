public import Documents

/// The number of an event name in a chart.
public struct EventID: BitwiseCopyable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt16

    init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// The null event, which `always` transitions wait for.
    static let null = EventID(0)
    /// `*`.
    static let wildcard = EventID(1)
    /// Any name that no transition of the chart gives.
    public static let other = EventID(2)
}

/// The number of a state in a chart: document order, the root is 0.
public struct StateID: BitwiseCopyable, Hashable, Sendable, Comparable {
    /// The number.
    public let rawValue: UInt16

    init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// Document order.
    public static func < (a: StateID, b: StateID) -> Bool { a.rawValue < b.rawValue }
}

/// The number of a transition in a chart.
public struct TransitionID: BitwiseCopyable, Hashable, Sendable {
    /// The number.
    public let rawValue: Int32

    /// The transition of a number, below ``Chart/transitionCount``.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// The number of an action in a chart.
public struct ActionID: BitwiseCopyable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt32
}

/// A compiled statechart with the semantics of XState v4 (4.38.3, `predictableActionArguments` on
/// as in Ballerine unless the definition turns it off).
///
/// A trivially copyable handle to flat tables in the arena it was compiled in, which it must not
/// outlive. Any number of workers read it without counting references. Guards and assignments are
/// numbers that a ``ChartEnvironment`` evaluates.
public struct Chart: BitwiseCopyable, @unchecked Sendable {
    let pointer: UnsafePointer<ChartTables>

    @inline(__always) var tables: ChartTables {
        @inline(__always) unsafeAddress { pointer }
    }

    /// The number of states, history states and the root included.
    public var stateCount: Int { tables.stateCount }

    /// The number of transitions.
    public var transitionCount: Int { tables.transitionCount }

    /// The root state.
    public var root: StateID { StateID(0) }

    /// Every state, in document order.
    public var states: some Sequence<StateID> {
        (0..<tables.stateCount).lazy.map { StateID(UInt16($0)) }
    }

    /// Repository path of the file the chart was compiled from.
    public var file: Text { tables.file }

    // MARK: States

    /// The state's id: as given, else its path from the root joined by dots.
    public func id(_ state: StateID) -> Text { self[state].id }

    /// The state's key in its parent.
    public func key(_ state: StateID) -> Text { self[state].key }

    /// The state's `meta`, null when it has none.
    public func meta(_ state: StateID) -> Value { self[state].meta }

    /// The parent; nil of the root.
    public func parent(_ state: StateID) -> StateID? {
        self[state].parent == noState ? nil : StateID(self[state].parent)
    }

    /// What the state is.
    public func kind(_ state: StateID) -> StateKind { self[state].kind }

    /// Whether the state is a deep history.
    public func isDeepHistory(_ state: StateID) -> Bool {
        self[state].kind == .history && self[state].isDeep
    }

    /// The children, history states included, in document order.
    public func children(_ state: StateID) -> [StateID] {
        self[state].children.range.map { StateID(tables.indexes[$0]) }
    }

    /// The states that entering this one leads to: its initial leaves. Of a history state, where it
    /// leads before its parent was ever left.
    public func initial(_ state: StateID) -> [StateID] {
        self[state].initial.range.map { StateID(tables.indexes[$0]) }
    }

    /// Whether the state is another one or stands inside it.
    public func isInside(_ state: StateID, _ other: StateID) -> Bool {
        state.rawValue >= other.rawValue && state.rawValue < self[other].end
    }

    /// Whether the state is final.
    public func isFinal(_ state: StateID) -> Bool { self[state].kind == .final }

    /// Whether the state never has active children.
    public func isLeaf(_ state: StateID) -> Bool { self[state].kind.isLeaf }

    /// Where the state is defined, when known.
    public func position(_ state: StateID) -> Position? { self[state].place.position }

    /// The tags of one state, in order.
    public func tags(of state: StateID) -> [Text] { self[state].tags.range.map { tables.tags[$0] } }

    /// The state with an id, or nil.
    public func state(id: Text) -> StateID? { states.first { self[$0].id == id } }

    @inline(__always) subscript(state: StateID) -> StateRow {
        @inline(__always) unsafeAddress { tables.states + Int(state.rawValue) }
    }

    @inline(__always) func row(_ state: UInt16) -> UnsafePointer<StateRow> {
        tables.states + Int(state)
    }

    // MARK: Transitions

    /// The state a transition leaves from.
    public func source(_ transition: TransitionID) -> StateID {
        StateID(tables.transitions[Int(transition.rawValue)].source)
    }

    /// The states a transition names as targets; none of a targetless one.
    public func targets(_ transition: TransitionID) -> [StateID] {
        tables.transitions[Int(transition.rawValue)].targets.range.map {
            StateID(tables.indexes[$0])
        }
    }

    /// The first state a transition names as its target; nil of a targetless one.
    public func firstTarget(_ transition: TransitionID) -> StateID? {
        let targets = tables.transitions[Int(transition.rawValue)].targets
        return targets.isEmpty ? nil : StateID(tables.indexes[Int(targets.start)])
    }

    /// Whether a transition has neither target nor actions: its event is forbidden there.
    public func isForbidden(_ transition: TransitionID) -> Bool {
        tables.transitions[Int(transition.rawValue)].isInert
    }

    /// The event name a transition waits for: "" for `always`, "*" for a wildcard.
    public func event(_ transition: TransitionID) -> Text {
        tables.events[Int(tables.transitions[Int(transition.rawValue)].event)]
    }

    /// Where a transition is defined, when known.
    public func position(_ transition: TransitionID) -> Position? {
        tables.transitions[Int(transition.rawValue)].place.position
    }

    /// `file:line` of a transition, or the file alone: what history calls `because`.
    public func reference(_ transition: TransitionID) -> String {
        reference(tables.transitions[Int(transition.rawValue)].place)
    }

    func reference(_ place: Place) -> String {
        place.line == 0 ? String(file) : "\(String(file)):\(place.line)"
    }

    /// The leaf conditions of a transition's guard, into ``ChartCompilation/conditions``, in the
    /// order they are evaluated.
    public func conditions(_ transition: TransitionID) -> [Int] {
        var found: [Int] = []
        func visit(_ index: Int32) {
            guard index >= 0 else { return }
            let row = tables.guards[Int(index)]
            switch row.kind {
            case .leaf: found.append(Int(row.operand))
            case .constant, .inState: break
            case .and, .or, .not:
                for i in 0..<Int(row.count) {
                    visit(Int32(tables.guardLists[Int(row.operand) + i]))
                }
            }
        }
        visit(tables.transitions[Int(transition.rawValue)].condition)
        return found
    }

    // MARK: Actions and events

    /// The name of an action: its `type`.
    public func name(_ action: ActionID) -> Text { tables.actions[Int(action.rawValue)].name }

    /// The definition of a named action, into ``ChartCompilation/actions``.
    public func definition(_ action: ActionID) -> Int {
        Int(tables.actions[Int(action.rawValue)].index)
    }

    /// Every event name that a transition waits for, in order of first mention; neither "" nor "*".
    public var eventNames: [Text] {
        var seen = Set<UInt16>([EventID.null.rawValue, EventID.wildcard.rawValue])
        return (0..<tables.transitionCount).compactMap {
            let event = tables.transitions[$0].event
            return seen.insert(event).inserted ? tables.events[Int(event)] : nil
        }
    }

    /// The number of an event name; ``EventID/other`` when no transition gives it.
    public func event(named name: Text) -> EventID {
        let count = tables.eventCount
        if count > 48 { return eventBySearch(name) }
        let hash = name.hash
        var i = 3
        while i < count {
            if tables.eventHashes[i] == hash, tables.events[i] == name { return EventID(UInt16(i)) }
            i &+= 1
        }
        return .other
    }

    private func eventBySearch(_ name: Text) -> EventID {
        var low = 0
        var high = tables.eventCount - 3
        while low < high {
            let middle = (low + high) / 2
            let index = tables.eventOrder[middle]
            let order = Text.compare(tables.events[Int(index)], name)
            if order == 0 { return EventID(index) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return .other
    }
}
