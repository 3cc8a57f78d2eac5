internal import Documents
internal import Expressions

/// What an instruction of a rule set does.
enum Operation: UInt8 {
    case all, any
    case equals, notEquals, greater, greaterOrEqual, less, lessOrEqual
    case between, isIn, isNotIn, isInIgnoringCase, exists, lastYears, amlCheck
    /// A condition that can never be checked; it fails when it is reached.
    case malformed

    @inline(__always)
    var isGroup: Bool { rawValue <= Operation.any.rawValue }

    /// The operators that compare with one number, string or bool.
    @inline(__always)
    var comparesPrimitive: Bool {
        rawValue >= Operation.equals.rawValue && rawValue <= Operation.lessOrEqual.rawValue
    }

    /// The operator of a condition by its name in a definition.
    init?(named name: Text) {
        for (candidate, operation) in Self.names where name == candidate {
            self = operation
            return
        }
        return nil
    }

    static let names: [(StaticString, Operation)] = [
        ("EQUALS", .equals), ("NOT_EQUALS", .notEquals), ("GT", .greater),
        ("GTE", .greaterOrEqual), ("LT", .less), ("LTE", .lessOrEqual), ("BETWEEN", .between),
        ("IN", .isIn), ("NOT_IN", .isNotIn), ("IN_CASE_INSENSITIVE", .isInIgnoringCase),
        ("EXISTS", .exists), ("LAST_YEAR", .lastYears), ("AML_CHECK", .amlCheck),
    ]
}

/// One step of a rule set: a group followed by its members, or a condition. In preorder.
struct Instruction: BitwiseCopyable, @unchecked Sendable {
    var operation: Operation
    /// The operator that `AML_CHECK` applies to each hit.
    var inner = Operation.malformed
    /// `EXISTS`: a bit for each ``Value/Kind`` that is accepted.
    var kinds: UInt8 = 0xFF
    /// Whether ``other`` is the path of the value to compare with.
    var comparesPaths = false
    /// The index after the last instruction of this one's members.
    var end: UInt32 = 0
    /// What the condition reads.
    var path = KeyPath.empty
    /// The path to compare with; of `AML_CHECK` the name of the child workflow.
    var other = KeyPath.empty
    /// The value to compare with, the list, or the lower bound.
    var first = Value.null
    /// The list to look in instead of ``first``.
    var list: NamedList?
    /// The upper bound.
    var second = Value.null
    /// ``first`` as a number in ECMAScript's sense; the years of `LAST_YEAR`.
    var firstNumber = 0.0
    /// ``second`` as a number in ECMAScript's sense; the minutes of the time zone of `LAST_YEAR`.
    var secondNumber = 0.0
    /// The path that stands as evidence when the condition holds.
    var evidence = Text("")
    /// The operator's name as written.
    var name = Text("")
}

/// What came of one instruction.
struct ConditionResult: BitwiseCopyable {
    var status: RuleStatus
    var fault = RuleFault.none
    /// What the data had.
    var kind = Value.Kind.null

    @inline(__always)
    static func checked(_ holds: Bool) -> ConditionResult {
        ConditionResult(status: holds ? .passed : .failed)
    }

    static func faulty(_ fault: RuleFault, _ kind: Value.Kind = .null) -> ConditionResult {
        ConditionResult(status: .failed, fault: fault, kind: kind)
    }
}
