internal import Documents

/// Part of one of the pools of ``ChartTables``.
struct Stretch: BitwiseCopyable {
    var start: UInt32 = 0
    var count: UInt32 = 0

    @inline(__always) var range: Range<Int> { Int(start)..<Int(start &+ count) }
    @inline(__always) var isEmpty: Bool { count == 0 }
}

/// What a state is (XState v4's `type`).
public enum StateKind: UInt8, BitwiseCopyable, Sendable {
    case atomic, compound, parallel, final, history

    /// Whether XState calls it a leaf: it never has active children.
    @inline(__always) var isLeaf: Bool { self == .atomic || self == .final }
}

/// One state. States are numbered in document order, parents before their children.
struct StateRow: BitwiseCopyable {
    var key: Text
    var id: Text
    var meta: Value
    var place: Place
    var kind: StateKind
    /// Has `always` transitions (or `on: {"": …}`).
    var isTransient = false
    /// Of a history state.
    var isDeep = false
    var parent: UInt16
    /// One past the last descendant.
    var end: UInt16
    /// The event `done.state.<id>`.
    var doneEvent: UInt16
    /// Of a final state: the assignment that makes the data of its parent's done event, or -1.
    var data: Int32 = -1
    /// Into `indexes`: every child, history states included.
    var children = Stretch()
    /// Into `indexes`: the states that entering this one targets. Of a history state: its default.
    var initial = Stretch()
    /// Into the remembered children; one for a compound state, one a region for a parallel one.
    var memory = Stretch()
    var transitions = Stretch()
    var entry = Stretch()
    var exit = Stretch()
    var tags = Stretch()
    /// Into `indexes`: the events of its transitions, inert ones left out, in order.
    var ownEvents = Stretch()
}

/// A line and column; 0 when unknown.
struct Place: BitwiseCopyable {
    var line: UInt32 = 0
    var column: UInt32 = 0

    init(_ position: Position?) {
        line = UInt32(clamping: position?.line ?? 0)
        column = UInt32(clamping: position?.column ?? 0)
    }

    var position: Position? {
        line == 0 ? nil : Position(line: Int(line), column: Int(column))
    }
}

/// One transition of a state.
struct TransitionRow: BitwiseCopyable {
    var source: UInt16
    var event: UInt16
    var isInternal: Bool
    /// Neither target nor actions: a forbidden event.
    var isInert: Bool
    /// Into `guards`, or -1.
    var condition: Int32
    /// Into `indexes`.
    var targets: Stretch
    /// Into `actionLists`.
    var actions: Stretch
    var place: Place
}

/// A node of a guard tree.
struct GuardRow: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable { case leaf, and, or, not, inState, constant }

    var kind: Kind
    /// Leaf: the condition. In: the state. Constant: 0 or 1. Else the first child in `guardLists`.
    var operand: UInt32
    var count: UInt32 = 0
    var place: Place
}

/// One action.
struct ActionRow: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable { case named, assign, raise, send, cancel, choose }

    var kind: Kind
    /// Named: its name. Raise and send: the event's name. Cancel: the id of the send.
    var name: Text
    /// Raise and send: the event.
    var event: UInt16 = EventID.other.rawValue
    /// Named: into the compilation's actions. Assign: into its assignments.
    var index: Int32 = -1
    /// Send: milliseconds, or -1 for at once.
    var delay: Int = -1
    /// Send: its id.
    var sendID: Text
    /// Raise and send: the event's payload, null for none.
    var payload: Value = .null
    /// Choose: into `choices`.
    var choices = Stretch()
    var place: Place
}

/// One branch of a choose action.
struct ChoiceRow: BitwiseCopyable {
    /// Into `guards`, or -1.
    var condition: Int32
    /// Into `actionLists`.
    var actions: Stretch
}

/// A compiled chart: flat tables in an arena, read by any number of workers.
struct ChartTables: BitwiseCopyable, @unchecked Sendable {
    var file: Text
    var stateCount: Int
    var memoryCount: Int
    var hasHistory: Bool
    /// Assignments run among the other actions (`predictableActionArguments`, which Ballerine sets
    /// and a definition has to turn off); else before them.
    var keepsActionOrder: Bool
    var states: UnsafePointer<StateRow>
    var transitions: UnsafePointer<TransitionRow>
    var transitionCount: Int
    var indexes: UnsafePointer<UInt16>
    var guards: UnsafePointer<GuardRow>
    var guardLists: UnsafePointer<UInt32>
    var actions: UnsafePointer<ActionRow>
    var actionLists: UnsafePointer<UInt32>
    var choices: UnsafePointer<ChoiceRow>
    var tags: UnsafePointer<Text>
    var eventCount: Int
    var events: UnsafePointer<Text>
    var eventHashes: UnsafePointer<UInt32>
    /// Events by bytes, for charts with many.
    var eventOrder: UnsafePointer<UInt16>
}

/// "No state" in tables of states.
let noState = UInt16.max
