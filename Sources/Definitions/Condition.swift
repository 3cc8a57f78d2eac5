public import DecisionTables
public import Documents
public import Expressions
public import RiskRules

/// A compiled condition: what a guard, a monitor or a named condition asks of a case.
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

    /// The type's name in a definition.
    public var kind: String {
        switch self {
        case .jsonLogic: "json-logic"
        case .jmesPath: "jmespath"
        case .ruleSet: "rule-set"
        case .table: "table"
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

extension Condition {
    /// Compiles `{type: json-logic|jmespath|rule-set|rule, options: {rule}}`; a bare string is the
    /// reference of a rule, `rules/FILE.yaml#ID`.
    ///
    /// - Parameter rules: the rule file at a path.
    public static func compile(
        _ node: Node, dialect: JMESPath.Dialect, rules: (String) -> RiskRuleFile?,
        tables: (String) -> DecisionTable? = { _ in nil }, in arena: Arena
    ) -> (Condition?, [Finding]) {
        if let reference = node.value.string { return resolve(reference, node, rules) }
        let type = node["type"]?.value.text
        if let type, type == "table", dialect == .standard {
            let (test, findings) = TableReference.test(node, tables, in: arena)
            return (test.map { .table($0) }, findings)
        }
        guard let type, let rule = node["options"]?["rule"] ?? node["rule"] else {
            return (
                nil,
                [
                    node.finding(
                        "WF020", .error,
                        "a condition needs a type and options.rule; write "
                            + "{type: json-logic, options: {rule: …}}")
                ]
            )
        }
        if type == "json-logic" { return compileLogic(rule, in: arena) }
        if type == "jmespath" { return compilePath(rule, dialect, in: arena) }
        if type == "rule", let reference = rule.value.string {
            return resolve(reference, rule, rules)
        }
        if type == "rule-set" {
            let (program, findings) = RuleSet.compile(
                rule, semantics: dialect == .ballerine ? .ballerine : .docket, in: arena)
            return (program.map { .ruleSet($0) }, findings)
        }
        return (
            nil,
            [
                (node["type"] ?? node).finding(
                    "WF021", .error,
                    "'\(type)' is no type of condition; use json-logic, jmespath, "
                        + "rule-set or rule")
            ]
        )
    }

    private static func compileLogic(_ rule: Node, in arena: Arena) -> (Condition?, [Finding]) {
        var findings = JSONLogic.check(rule)
        do throws(ExpressionError) {
            return (.jsonLogic(try JSONLogic.compile(rule.value, in: arena)), findings)
        } catch {
            findings.append(rule.finding("EX003", .error, error.message))
            return (nil, findings)
        }
    }

    private static func resolve(
        _ reference: String, _ node: Node, _ rules: (String) -> RiskRuleFile?
    ) -> (Condition?, [Finding]) {
        let parts = reference.split(separator: "#", maxSplits: 1)
        if parts.count == 2, let file = rules(String(parts[0])),
            let rule = file.rules.first(where: { String($0.id) == parts[1] })
        {
            return (.ruleSet(rule.ruleSet), [])
        }
        return (
            nil,
            [
                node.finding(
                    "WF022", .error,
                    "there is no rule '\(reference)'; write rules/FILE.yaml#ID of a rule there")
            ]
        )
    }

    private static func compilePath(
        _ rule: Node, _ dialect: JMESPath.Dialect, in arena: Arena
    ) -> (Condition?, [Finding]) {
        guard let text = rule.value.text else {
            return (nil, [rule.finding("EX010", .error, "a JMESPath rule is a string")])
        }
        let findings = JMESPath.check(rule, dialect: dialect)
        do throws(ExpressionError) {
            return (.jmesPath(try JMESPath.compile(text, in: arena, dialect: dialect)), findings)
        } catch {
            return (
                nil, findings.isEmpty ? [rule.finding("EX010", .error, error.message)] : findings
            )
        }
    }
}
