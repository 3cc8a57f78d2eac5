public import Documents
public import Expressions

/// What evaluates the guards and assignments of a chart: numbers of ``ChartCompilation`` that the
/// owner of the expression languages has compiled.
public protocol ChartEnvironment {
    /// Whether a leaf condition holds.
    ///
    /// - Parameters:
    ///   - condition: into ``ChartCompilation/conditions``.
    ///   - scope: the context with the event's payload above it.
    mutating func holds(_ condition: Int, _ scope: Scope) throws(ChartError) -> Bool

    /// The members that an assignment sets, as an object; its expressions all see the same scope.
    ///
    /// - Parameters:
    ///   - assignment: into ``ChartCompilation/assignments``.
    ///   - scope: the context with the event's payload above it.
    mutating func assign(_ assignment: Int, _ scope: Scope) throws(ChartError) -> Value
}

/// What came of an event. The lists that go with it are the runner's until its next step.
public struct Step: BitwiseCopyable, Sendable {
    /// Whether a transition that does something took the event. False for an event that no active
    /// state handles, and for a forbidden one.
    public internal(set) var accepted = false
    /// Whether a transition without target and actions swallowed the event: it is forbidden here.
    public internal(set) var forbidden = false
    /// Whether any transition that does something was taken, `always` ones included.
    public internal(set) var changed = false
    /// Whether the chart has reached a final state of its root.
    public internal(set) var done = false
    /// The context after all assignments.
    public internal(set) var context: Value
    /// Microsteps it took.
    public internal(set) var microsteps = 0
}

/// One transition that was taken.
public struct TakenTransition: BitwiseCopyable, Sendable {
    /// The transition.
    public let transition: TransitionID
    /// The name of the event that it was taken on; "" for an `always` one.
    public let event: Text
    /// The context that its guard saw.
    public let context: Value
    /// The payload that its guard saw above the context.
    public let payload: Value?
}

/// A change to the timers of a case, to be applied in order.
public enum TimerChange: BitwiseCopyable, Sendable {
    /// An event is to be sent after a delay.
    case scheduled(DelayedEvent)
    /// Every pending event with this send id is dropped.
    case cancelled(id: Text)
}

/// An event to be sent later.
public struct DelayedEvent: BitwiseCopyable, Sendable {
    /// The send's id: what cancels it.
    public let id: Text
    /// The event's name, such as `xstate.after(1000)#review`.
    public let event: Text
    /// Its payload, if any.
    public let payload: Value?
    /// Milliseconds from the step that scheduled it.
    public let delayMilliseconds: Int
}
