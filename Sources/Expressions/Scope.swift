public import Documents

/// What an expression sees: a case's context, with the members of an event's payload above it.
///
/// The two are looked up in turn and never merged, unless an expression asks for the whole.
@frozen
public struct Scope: BitwiseCopyable, Sendable {
    /// The value below; any JSON value.
    public let context: Value
    /// The object whose members hide those of the context, if any.
    public let payload: Value?

    /// A scope of one value.
    @inlinable
    public init(_ context: Value) {
        self.context = context
        payload = nil
    }

    /// A context with a payload above it; a payload that is no object is left out.
    @inlinable
    public init(_ context: Value, under payload: Value?) {
        self.context = context
        self.payload = payload.flatMap { $0.count > 0 && $0.kind == .object ? $0 : nil }
    }

    /// A member of the payload, else of the context.
    @inlinable
    public subscript(key: Key) -> Value? {
        if let payload, let value = payload[key] { return value }
        return context[key]
    }

    /// Both as one value; the context itself when there is no payload.
    public func whole(in arena: Arena) -> Value {
        guard let payload else { return context }
        return context.assigning(payload, in: arena)
    }
}

/// Why an expression could not be compiled or evaluated.
public struct ExpressionError: Error, Hashable, Sendable {
    /// What kind of problem it is.
    public enum Code: String, Sendable {
        /// The text or rule does not follow the grammar.
        case syntax
        /// JMESPath's error kinds.
        case invalidType = "invalid-type"
        case invalidValue = "invalid-value"
        case invalidArity = "invalid-arity"
        case unknownFunction = "unknown-function"
        /// JSONLogic: an operator that does not exist was reached.
        case unknownOperator = "unknown-operator"
        /// A list that there is not, a column that it does not have, a list whose name is computed.
        case unknownList = "unknown-list"
        case unknownColumn = "unknown-column"
        case unnamedList = "unnamed-list"
        /// Nesting, result size, steps of a pattern or time spent pass a limit.
        case limit
    }

    /// What kind of problem it is.
    public var code: Code
    /// One sentence.
    public var message: String
    /// Byte offset in the expression's text, when it has one.
    public var offset: Int?

    /// Whether a list or a column that was named is not there.
    public var isAboutLists: Bool {
        code == .unknownList || code == .unknownColumn || code == .unnamedList
    }

    /// An error.
    public init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}
