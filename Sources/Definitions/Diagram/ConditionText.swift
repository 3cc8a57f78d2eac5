public import Documents
import RiskRules

/// Writes guards the way a person says them, for diagrams and explanations: JSONLogic as
/// `pluginsOutput.risk.riskScore >= 85`, JMESPath as it is, rules by their reference.
public enum ConditionText {
    private static let depthLimit = 16

    /// The guard of a transition: its `cond` (or `guard`) and its `in`; nil when it has none.
    ///
    /// - Parameter places: where named conditions stand, `file:line`.
    public static func ofTransition(_ node: Node, places: [String: String] = [:]) -> String? {
        var parts: [String] = []
        if let within = node["in"], !within.value.isNull {
            parts.append("in \(within.value.string ?? JSONWriter.line(within.value))")
        }
        if let cond = node["cond"] ?? node["guard"], !cond.value.isNull {
            parts.append(of(cond.value, 0, places))
        }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }

    /// A guard: a rule's reference, `{type, options: {rule}}`, or a composition of guards.
    public static func of(_ cond: Value) -> String { of(cond, 0, [:]) }

    private static func of(_ cond: Value, _ depth: Int, _ places: [String: String]) -> String {
        guard depth < depthLimit else { return "…" }
        if let text = cond.text { return named(text, places) }
        guard let type = cond["type"]?.text else {
            guard let only = cond.members?.first, cond.members?.count == 1 else {
                return JSONWriter.line(cond)
            }
            return composed(String(only.key), only.value, depth, places)
        }
        let rule = cond["options"]?["rule"] ?? cond["rule"]
        if type == "json-logic" { return rule.map { logic($0, depth + 1) } ?? "json-logic" }
        if type == "table" { return "table " + (TableReference.name(cond)?.string ?? "?") }
        if type == "rule-set" { return rule.map { ruleSet($0, depth + 1) } ?? "rule-set" }
        if type == "jmespath" || type == "rule" {
            return rule.map { $0.text.map(oneLine) ?? JSONWriter.line($0) } ?? String(type)
        }
        if type == "condition" {
            let name = cond["condition"] ?? cond["options"]?["condition"] ?? rule
            return name?.text.map { named($0, places) } ?? "condition"
        }
        if type == "scorecard" {
            let test = cond["options"] ?? cond
            let card = (test["scorecard"] ?? test["id"])?.string ?? "scorecard"
            let value = test["value"].map { JSONWriter.line($0) } ?? "?"
            return "\(card) \(test["operator"]?.string ?? "?") \(value)"
        }
        let operand = cond["guards"] ?? cond["guard"] ?? cond["state"] ?? cond["in"]
        if let operand { return composed(String(type), operand, depth, places) }
        return oneLine(type)
    }

    /// The name of a condition or rule, with the place of a condition.
    private static func named(_ name: Text, _ places: [String: String]) -> String {
        let name = oneLine(name)
        return places[name].map { "\(name) (\($0))" } ?? name
    }

    private static func composed(
        _ name: String, _ operand: Value, _ depth: Int, _ places: [String: String]
    ) -> String {
        let name = name.hasPrefix("xstate.") ? String(name.dropFirst(7)) : name
        let list = operand.kind == .array ? operand.array.map { Array($0) } ?? [] : [operand]
        switch name {
        case "and", "or":
            return list.map { inParentheses(of($0, depth + 1, places), unless: name) }
                .joined(separator: " \(name) ")
        case "not":
            return "not (\(list.map { of($0, depth + 1, places) }.joined(separator: " or ")))"
        case "in": return "in \(operand.string ?? JSONWriter.line(operand))"
        default: return "\(name) \(JSONWriter.line(operand))"
        }
    }

    /// Brackets around a part that holds another connective.
    private static func inParentheses(_ text: String, unless own: String) -> String {
        let other = own == "and" ? " or " : " and "
        return contains(text, other) ? "(\(text))" : text
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let (bytes, part) = (Array(text.utf8), Array(part.utf8))
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains {
            bytes[$0..<($0 + part.count)].elementsEqual(part)
        }
    }

    /// White space runs as one space.
    public static func oneLine(_ text: Text) -> String {
        String(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    // MARK: JSONLogic

    private static let signs: Set<String> = [
        "==", "===", "!=", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/", "%",
    ]

    /// A JSONLogic expression.
    public static func logic(_ rule: Value) -> String { logic(rule, 0) }

    private static func logic(_ rule: Value, _ depth: Int) -> String {
        guard depth < depthLimit else { return "…" }
        if rule.kind == .array {
            let parts = rule.array.map { Array($0) } ?? []
            return "[\(parts.map { logic($0, depth + 1) }.joined(separator: ", "))]"
        }
        guard let only = rule.members?.first, rule.members?.count == 1 else {
            return JSONWriter.line(rule)
        }
        let name = String(only.key)
        let list =
            only.value.kind == .array ? only.value.array.map { Array($0) } ?? [] : [only.value]
        let parts = list.map { logic($0, depth + 1) }
        if name == "var" { return variable(list, parts) }
        if name == "and" || name == "or" {
            return parts.map { inParentheses($0, unless: name) }.joined(separator: " \(name) ")
        }
        if name == "!", parts.count == 1 { return negated(list[0], parts[0]) }
        if name == "!!", parts.count == 1 { return parts[0] }
        if signs.contains(name), parts.count > 1 { return parts.joined(separator: " \(name) ") }
        if name == "in", parts.count == 2 { return "\(parts[0]) in \(parts[1])" }
        if name == "missing" || name == "missing_some" { return missing(name, list) }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }

    private static func variable(_ list: [Value], _ parts: [String]) -> String {
        guard let first = list.first else { return "data" }
        guard let name = first.string else { return "var(\(parts.joined(separator: ", ")))" }
        let path = name.isEmpty ? "data" : name
        return parts.count > 1 ? "\(path) (or \(parts[1]))" : path
    }

    private static func negated(_ operand: Value, _ text: String) -> String {
        if operand.members?.count == 1, let missing = operand["missing"] {
            let names = missing.array?.map { $0.string ?? logic($0) } ?? [logic(missing)]
            return names.count == 1
                ? "\(names[0]) is there" : "all there: \(names.joined(separator: ", "))"
        }
        return "not (\(text))"
    }

    private static func missing(_ name: String, _ list: [Value]) -> String {
        let names = list.map { $0.string ?? logic($0) }.joined(separator: ", ")
        return name == "missing" ? "missing: \(names)" : "some missing: \(names)"
    }

    // MARK: Rule sets

    private static func ruleSet(_ set: Value, _ depth: Int) -> String {
        guard depth < depthLimit else { return "…" }
        if let key = set["key"]?.string {
            let sign = set["operator"]?.string ?? "?"
            if let list = set["list"]?.string {
                let rows = set["where"].map { " where \(JSONWriter.line($0))" } ?? ""
                return "\(key) \(sign) \(list)\(rows)"
            }
            return "\(key) \(sign) \(set["value"].map { JSONWriter.line($0) } ?? "")"
        }
        let sign = set["operator"]?.string == "or" ? "or" : "and"
        let parts = (set["rules"]?.array).map { Array($0) } ?? []
        return parts.map { inParentheses(ruleSet($0, depth + 1), unless: sign) }
            .joined(separator: " \(sign) ")
    }
}
