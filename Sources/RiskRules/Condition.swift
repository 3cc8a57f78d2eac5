public import DecisionTables
public import Documents
public import Expressions

/// A compiled condition: what a guard, a monitor, a named condition or a risk rule asks of a case.
@frozen
public enum Condition: BitwiseCopyable, Sendable {
    /// JSONLogic, true by its truthiness.
    case jsonLogic(JSONLogic)
    /// JMESPath, true by ECMAScript's truthiness of the result, as in Ballerine.
    case jmesPath(JMESPath)
    /// A rule set, true when it passes.
    case ruleSet(RuleSet)
    /// A decision table, true when a row matches or an output is true.
    case table(TableTest)
    /// `and`, `or` and `not` of other conditions.
    case group(ConditionGroup)
    /// The score of a scorecard against a number.
    case score(ScoreTest)

    /// The type's name in a definition.
    public var kind: String {
        switch self {
        case .jsonLogic: "json-logic"
        case .jmesPath: "jmespath"
        case .ruleSet: "rule-set"
        case .table: "table"
        case .group: "condition"
        case .score: "scorecard"
        }
    }

    /// Whether it holds.
    ///
    /// - Throws: ``ExpressionError`` when the expression cannot be evaluated over this data; a case
    ///   fails with it and a guard is never taken to be false instead.
    public func holds(
        _ scope: Scope, now: Instant, in arena: Arena
    ) throws(ExpressionError) -> Bool {
        switch self {
        case .jsonLogic(let program): try program.holds(scope, in: arena)
        case .jmesPath(let program): Self.isTruthy(try program.evaluate(scope, in: arena))
        case .ruleSet(let program): program.passes(scope.whole(in: arena), now: now)
        case .table(let test): try test.holds(scope, in: arena)
        case .group(let group): try group.holds(scope, now: now, in: arena)
        case .score(let test): try test.holds(scope, in: arena)
        }
    }

    /// ECMAScript's ToBoolean: empty arrays and objects are true.
    public static func isTruthy(_ value: Value) -> Bool {
        switch value.kind {
        case .null: false
        case .bool: value.bool == true
        case .integer, .double, .decimal: value.number.map { $0 != 0 && !$0.isNaN } ?? false
        case .string: value.count > 0
        case .array, .object: true
        }
    }
}

/// Conditions under a connective, evaluated in order until it is decided.
public struct ConditionGroup: BitwiseCopyable, @unchecked Sendable {
    /// How the members are joined.
    public enum Connective: UInt8, BitwiseCopyable, Sendable {
        /// All of them hold; so it is with none.
        case and
        /// One of them holds.
        case or
        /// None of them holds.
        case not
    }

    /// How the members are joined.
    public let connective: Connective
    /// In order.
    public let members: UnsafeBufferPointer<Condition>

    init(_ connective: Connective, _ members: [Condition], in arena: Arena) {
        self.connective = connective
        let start = arena.allocate(members.count * MemoryLayout<Condition>.stride)
            .bindMemory(to: Condition.self, capacity: members.count)
        for (index, member) in members.enumerated() { (start + index).initialize(to: member) }
        self.members = UnsafeBufferPointer(start: start, count: members.count)
    }

    /// Recurses as deep as the groups nest, which the reader bounds.
    func holds(_ scope: Scope, now: Instant, in arena: Arena) throws(ExpressionError) -> Bool {
        let decisive = connective != .and
        for member in members
        where try member.holds(scope, now: now, in: arena) == decisive {
            return connective == .or
        }
        return connective != .or
    }
}
