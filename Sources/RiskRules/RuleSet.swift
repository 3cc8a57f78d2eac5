public import Documents

/// A compiled rule set: conditions under `and` and `or`, as Ballerine's rule engine has them.
///
/// A flat program in the arena it was compiled in; a trivially copyable handle that workers share
/// without counting references, and that must not outlive the arena.
///
/// | operator | holds when the value at `key` |
/// |---|---|
/// | `EQUALS`, `NOT_EQUALS` | is, is not the value: same type and equal |
/// | `GT`, `LT` | is above, below it: two strings by their characters, else both as numbers |
/// | `GTE`, `LTE` | equals it or is above, below it; "35" is neither to 35 |
/// | `BETWEEN` | is `GTE` `min` and `LTE` `max` |
/// | `IN`, `NOT_IN` | equals one, none of the list |
/// | `IN_CASE_INSENSITIVE` | (one element, of a list) equals one of the list, in lower case |
/// | `EXISTS` | is no empty string, array or object, and of a `value.schema.type` if given |
/// | `LAST_YEAR` | is a date, at or after this time of day so many years ago |
/// | `AML_CHECK` | of a hit of a child workflow's AML screening satisfies the inner operator |
///
/// A key without a value, or null, fails every operator, `NOT_EQUALS` and `NOT_IN` too.
public struct RuleSet: BitwiseCopyable, @unchecked Sendable {
    /// Whose rules decide where Ballerine's and Docket's differ.
    public enum Semantics: UInt8, Sendable, BitwiseCopyable {
        /// Numbers compare exactly, strings by bytes; a faulty rule is found when it is compiled.
        case docket
        /// Numbers compare as doubles, strings by UTF-16 code units; a faulty rule fails when it is
        /// evaluated.
        case ballerine
    }

    let start: UnsafePointer<Instruction>
    /// Instructions, groups included.
    let count: Int
    let semantics: Semantics

    /// The indexes of the root's members.
    var topLevel: [Int] {
        var indexes: [Int] = []
        var index = 1
        while index < count {
            indexes.append(index)
            index = Int(start[index].end)
        }
        return indexes
    }

    /// Compiles `{operator: and|or, rules: […]}`.
    ///
    /// - Parameters:
    ///   - node: the definition.
    ///   - semantics: with `ballerine`, a rule that Ballerine refuses only when it runs is compiled
    ///     to one that fails with its message; the findings tell of it all the same.
    ///   - vocabulary: what `list: NAME` leads to, and the time zone of dates; nil where there are no
    ///     lists and dates are UTC, as in Ballerine.
    ///   - arena: holds the program, and copies of all that it needs of the definition.
    /// - Returns: nil when the rule set has no usable shape or, with `docket`, an error; and the
    ///   findings RR001 to RR011.
    public static func compile(
        _ node: Node, semantics: Semantics = .docket, vocabulary: Vocabulary? = nil, in arena: Arena
    ) -> (RuleSet?, [Finding]) {
        var compiler = RuleSetCompiler(
            semantics: semantics, vocabulary: semantics == .docket ? vocabulary : nil, arena: arena)
        let program = compiler.compile(node)
        return (program, compiler.findings)
    }

    /// The keys that its conditions read, in the order they are written, repetitions included.
    public var keys: [Text] {
        (0..<count).lazy.map { start[$0] }.filter { !$0.operation.isGroup }.map(\.evidence)
    }

    /// Nested groups and conditions a rule set may have, and how deep they may nest.
    public static let limits = (conditions: 10_000, depth: 32)
}
