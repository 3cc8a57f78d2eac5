/// Why a chart could not take a step or resume in a state. Nothing changes when one is thrown.
public struct ChartError: Error, Hashable, Sendable {
    /// What kind of problem it is.
    public enum Code: String, Sendable {
        /// A guard could not be evaluated.
        case guardFailed = "guard-failed"
        /// An assignment or the data of a final state could not be evaluated.
        case assignmentFailed = "assignment-failed"
        /// The limit of microsteps was reached: events that raise themselves, or `always` cycles.
        case looping
        /// A state to resume in is not in the chart.
        case unknownState = "unknown-state"
        /// A state value has not the shape of one.
        case stateShape = "state-shape"
        /// A remembered history does not fit the chart.
        case historyShape = "history-shape"
    }

    /// What kind of problem it is.
    public var code: Code
    /// One sentence.
    public var message: String
    /// `file:line` of the transition or state concerned, when known.
    public var place: String?

    /// An error.
    public init(_ code: Code, _ message: String, place: String? = nil) {
        self.code = code
        self.message = message
        self.place = place
    }
}
