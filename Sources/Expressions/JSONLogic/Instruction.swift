internal import Documents

/// What an instruction does. Arguments are the instructions at ``Instruction/arguments``.
enum Operation: UInt8 {
    /// `literal`.
    case literal
    /// A path known at compile time; its default is the argument, if any, else null.
    case path
    /// `{"var": ""}`.
    case whole
    case variable
    /// An array with logic in it.
    case array
    case equal, notEqual, same, notSame
    case less, lessOrEqual, greater, greaterOrEqual
    /// `<` and `<=` with three arguments.
    case between, betweenOrEqual
    case not, truth, and, or, choice
    case contained
    /// `in` over a literal array of many strings; `literal` has them sorted.
    case containedInStrings
    case add, multiply, subtract, divide, remainder, minimum, maximum
    case concatenate, substring, merge, log
    case map, filter, reduce, all, none, some
    case missing, missingSome
    /// `missing` of names known at compile time: the arguments are their paths, `literal` the names.
    case missingPaths
    /// Whether the argument is in the list at `literal`; its row there, or one cell of it.
    case listed, lookedUp
    /// The first argument's value, once the others are evaluated too.
    case sequence
    /// An operator that does not exist; `literal` is its name.
    case unknown
}

/// One step of a program: forty-eight trivially copyable bytes. A program is one block of them, the
/// arguments of an instruction beside each other.
struct Instruction: BitwiseCopyable {
    var operation: Operation
    var pathCount: UInt32 = 0
    /// Number of arguments.
    var count: UInt32 = 0
    var arguments: UnsafePointer<Instruction>
    var path: UnsafePointer<PathStep>?
    var literal: Value
}

/// One part of a dotted path, ready for every kind of value.
struct PathStep: BitwiseCopyable {
    /// Which variable of `reduce` the part names, where it comes first.
    enum Role: UInt8 { case other, current, accumulator }

    let key: Key
    /// The part as an array index, or -1 when it is none. Past what any array has it stays there.
    let index: Int32
    let role: Role

    init(_ text: Text) {
        key = Key(text)
        index = Int32(clamping: PathStep.index(text))
        role = text == "current" ? .current : text == "accumulator" ? .accumulator : .other
    }

    /// The index that a canonical decimal spells (`01` and `+1` are none), or -1.
    static func index(_ text: Text) -> Int {
        guard text.count > 0, text.count <= 10, text.count == 1 || text[0] != 0x30 else {
            return -1
        }
        var result = 0
        var at = 0
        while at < text.count {
            let digit = text[at] &- 0x30
            guard digit <= 9 else { return -1 }
            result = result &* 10 &+ Int(digit)
            at &+= 1
        }
        return result
    }
}

/// Why an evaluation stops; made into an ``ExpressionError`` where it leaves.
struct Fault: Error, BitwiseCopyable, @unchecked Sendable {
    enum Reason: UInt8 {
        case unknownOperator, emptyProduct, missingOptions, steps, bytes, depth
    }

    let reason: Reason
    let place: UnsafePointer<Instruction>?
}
