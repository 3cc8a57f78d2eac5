public import Documents

/// A compiled JMESPath expression (jmespath.org; measured against its compliance suite).
///
/// The program lies in the arena given to ``compile(_:in:dialect:)`` and must not outlive it. It is
/// a trivially copyable handle that never changes, so workers may share it. Evaluation reads no
/// clock and keeps no state; a payload above the context hides fields of the same name, and the two
/// become one value only where an expression takes the whole (`@`, `*`, `[…]` at the root).
public struct JMESPath: BitwiseCopyable, @unchecked Sendable {
    /// Which of two meanings an expression has.
    public enum Dialect: UInt8, BitwiseCopyable, Sendable {
        /// The specification.
        case standard
        /// jmespath.js 0.16, Ballerine's engine: commas may be missing in hashes, lists and
        /// arguments; a literal that is no JSON is a string; `<` and its like compare as ECMAScript
        /// does (a missing number counts as 0); `sort` orders numbers by their spelling; unknown
        /// functions fail only when they are reached.
        case ballerine
    }

    /// Bounds on an expression and on one evaluation; past them is ``ExpressionError/Code/limit``.
    public enum Limits {
        /// Bytes of an expression.
        public static let expressionBytes = 65_536
        /// Nesting of an expression, and levels it can add to the data.
        public static let depth = 256
        /// Elements visited and made in one evaluation; sixteen bytes of made text count as one.
        public static let work = 8_000_000
        /// Values in a result, shared parts counted every time.
        public static let resultValues = 2_000_000
    }

    let program: UnsafePointer<Program>

    /// Compiles an expression.
    ///
    /// - Parameters:
    ///   - expression: the text; copied where the program needs it.
    ///   - arena: holds the program.
    ///   - dialect: the meaning.
    ///   - lists: what `in_list` and `lookup` find lists in; nil where there are no such functions.
    /// - Throws: `syntax`, `limit`; in the standard dialect also `unknownFunction`, `invalidArity`
    ///   and `invalidValue` (a slice with step 0). Messages are those of jmespath.js.
    public static func compile(
        _ expression: Text, in arena: Arena, dialect: Dialect = .standard,
        lists: ListLibrary? = nil
    ) throws(ExpressionError) -> JMESPath {
        var parser = try Parser(
            expression, dialect: dialect, lists: dialect == .standard ? lists : nil, arena: arena)
        let root = try parser.parse()
        if dialect == .standard, let first = parser.problems.first { throw first }
        let program = try parser.draft.finish(root: root, dialect: dialect, in: arena)
        return JMESPath(program: program)
    }

    /// Compiles an expression from a Swift string.
    public static func compile(
        _ expression: String, in arena: Arena, dialect: Dialect = .standard,
        lists: ListLibrary? = nil
    ) throws(ExpressionError) -> JMESPath {
        try compile(arena.text(expression), in: arena, dialect: dialect, lists: lists)
    }

    /// The value of the expression; parts of it may lie in the scope's arenas and the program's.
    ///
    /// - Throws: `invalidType`, `limit`; in Ballerine's dialect also `unknownFunction`,
    ///   `invalidArity` and `invalidValue`.
    public func evaluate(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Value {
        let instructions = program.pointee.instructions
        let root = program.pointee.root
        let first = instructions + Int(root)
        if first.pointee.operation == .rootPath {
            return JMESPath.look(
                up: program.pointee.keys + Int(first.pointee.b), Int(first.pointee.count), scope)
        }
        var machine = Machine(program.pointee, scope)
        let result = try machine.value(of: root, .null, arena)
        if program.pointee.mayExplode {
            machine.work = Limits.resultValues
            try machine.measure(result)
        }
        return result
    }

    /// Whether a value counts as true: all but null, false and what is empty.
    public static func isTruthy(_ value: Value) -> Bool {
        switch value.kind {
        case .null: false
        case .bool: value.bool.unsafelyUnwrapped
        case .string, .array, .object: value.count > 0
        case .integer, .double, .decimal: true
        }
    }

    @inline(__always)
    static func look(
        up keys: UnsafePointer<Key>, _ count: Int, _ scope: Scope
    ) -> Value {
        guard var value = scope.member(keys[0]) else { return .null }
        var i = 1
        while i < count {
            guard let next = value.member(keys[i]) else { return .null }
            value = next
            i &+= 1
        }
        return value
    }
}

extension JMESPath {
    /// The field paths that the expression reads from the root, in the order they stand.
    public var referencedPaths: [[Text]] {
        let program = program.pointee
        return (0..<program.instructionCount).compactMap { index in
            let instruction = program.instructions[index]
            guard instruction.operation == .rootPath else { return nil }
            return (0..<Int(instruction.count)).map { program.keys[Int(instruction.b) + $0].text }
        }
    }

    /// Whether the expression takes the root as a whole, so that it may read any field.
    public var readsWhole: Bool {
        let program = program.pointee
        return (0..<program.instructionCount).contains {
            program.instructions[$0].operation == .whole
        }
    }
}
