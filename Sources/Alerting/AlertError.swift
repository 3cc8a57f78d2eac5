/// Why a rule could not be evaluated. Its alerts stay as they are; other rules go on.
public struct AlertError: Error, Sendable, Equatable {
    /// What kind of problem it is.
    public enum Code: String, Sendable {
        /// The rule names a function that there is not.
        case unknownFunction
        /// An option is missing or makes no sense.
        case option
        /// A column that transactions do not have.
        case column
        /// A unit of time that there is not.
        case unit
        /// The database refused, or a limit was passed.
        case database
        /// The query is not allowed.
        case query
    }

    /// What kind of problem it is.
    public var code: Code
    /// One sentence.
    public var message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
