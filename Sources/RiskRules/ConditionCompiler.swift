internal import Documents
internal import Expressions

/// Compiles one condition: `{key, operator, value, isPathComparison?}`.
struct ConditionCompiler {
    let semantics: RuleSet.Semantics
    let vocabulary: Vocabulary?
    let arena: Arena
    private(set) var findings: [Finding] = []

    init(semantics: RuleSet.Semantics, vocabulary: Vocabulary?, arena: Arena) {
        self.semantics = semantics
        self.vocabulary = vocabulary
        self.arena = arena
    }

    /// The condition; `.malformed` with the reason as its first value when it is faulty.
    mutating func compile(_ node: Node) -> Instruction {
        var condition = Instruction(operation: .malformed)
        let name = node["operator"]?.value.text
        condition.name = name.map { copy($0) } ?? Text("")
        if let key = node["key"]?.value.text {
            condition.path = KeyPath(copy(key), in: arena)
        } else {
            report(node["key"] ?? node, "RR005", "A rule needs a `key`: a path in the context.")
        }
        if let name, let operation = Operation(named: name) {
            condition.operation = operation
            condition.evidence = condition.path.key.text
            value(of: &condition, node)
        } else {
            let known = Operation.names.map { "\($0.0)" }.joined(separator: ", ")
            let what = name.map { "There is no operator `\($0)`" } ?? "A rule needs an `operator`"
            report(node["operator"] ?? node, "RR003", "\(what); it is one of \(known).")
        }
        if let first = findings.first(where: { $0.level == .error }) {
            condition.operation = .malformed
            condition.first = arena.string(first.message)
        }
        return condition
    }

    private mutating func report(_ node: Node, _ code: String, _ message: String) {
        findings.append(node.finding(code, .error, message))
    }

    private func copy(_ text: Text) -> Text {
        Text(start: arena.copy(text.bytes), count: text.count)
    }

    // MARK: The value to compare with

    private mutating func value(of condition: inout Instruction, _ node: Node) {
        let value = node["value"]
        switch condition.operation {
        case .lastYears: years(of: &condition, value, node)
        case .amlCheck: amlCheck(&condition, value, node)
        case .exists: schema(of: &condition, value)
        default:
            operand(of: &condition, condition.operation, value, node)
            comparison(of: &condition, node)
        }
    }

    /// The value of an operator that needs a primitive, a list of them or two bounds.
    private mutating func operand(
        of condition: inout Instruction, _ operation: Operation, _ value: Node?, _ node: Node
    ) {
        switch operation {
        case .between:
            guard let low = primitive(value?["min"]), let high = primitive(value?["max"]) else {
                return report(
                    value ?? node, "RR004",
                    "BETWEEN needs `value: {min, max}`, each a number, string or boolean.")
            }
            (condition.first, condition.firstNumber) = low
            (condition.second, condition.secondNumber) = high
        case .isIn, .isNotIn, .isInIgnoringCase:
            if let vocabulary, node["list"] != nil { return list(&condition, node, vocabulary) }
            guard let list = value?.value.array, list.allSatisfy({ Comparison.isPrimitive($0) })
            else {
                return report(
                    value ?? node, "RR004",
                    "\(condition.name) needs a list of numbers, strings and booleans as `value`.")
            }
            condition.first = arena.copy(value?.value ?? .emptyArray)
        default:
            guard let operand = primitive(value) else {
                return report(
                    value ?? node, "RR004",
                    "\(condition.name) needs a number, string or boolean as `value`.")
            }
            (condition.first, condition.firstNumber) = operand
        }
    }

    /// `list: NAME` in place of `value`.
    private mutating func list(
        _ condition: inout Instruction, _ node: Node, _ vocabulary: Vocabulary
    ) {
        if let value = node["value"] {
            return report(
                value, "RR004", "\(condition.name) takes a `value` or a `list`, not both.")
        }
        var reader = ListReader(vocabulary.lists, in: arena)
        let list = reader.read(node)
        findings += reader.findings
        guard let list else {
            condition.operation = .malformed
            return
        }
        if condition.operation == .isInIgnoringCase {
            condition.first = list.keys
        } else {
            condition.list = list
        }
    }

    private func primitive(_ node: Node?) -> (Value, Double)? {
        guard let value = node?.value, Comparison.isPrimitive(value) else { return nil }
        return (arena.copy(value), ECMAScriptNumber.of(value))
    }

    /// `isPathComparison: true`: the value is the path of what to compare with.
    private mutating func comparison(of condition: inout Instruction, _ node: Node) {
        guard let flag = node["isPathComparison"], condition.operation != .between else { return }
        guard let isPath = flag.value.bool else {
            return report(flag, "RR004", "`isPathComparison` must be true or false.")
        }
        guard isPath else { return }
        guard condition.operation.comparesPrimitive, let path = condition.first.text else {
            return report(
                flag, "RR004",
                "`isPathComparison` needs an operator that compares, and a path as `value`.")
        }
        condition.comparesPaths = true
        condition.other = KeyPath(path, in: arena)
    }

    private mutating func years(
        of condition: inout Instruction, _ value: Node?, _ node: Node
    ) {
        guard let years = value?["years"]?.value.number, years > 0 else {
            return report(
                value?["years"] ?? value ?? node, "RR004",
                "LAST_YEAR needs `value: {years}`, a number above 0.")
        }
        condition.firstNumber = years
        guard let vocabulary else { return }
        condition.secondNumber = Double(vocabulary.timeZone.minutes)
        guard let zone = value?["timeZone"] else { return }
        guard let text = zone.value.text, let offset = ZoneOffset(text) else {
            let text = zone.value.text ?? Text("")
            return report(zone, "RR028", "`timeZone`: \(ZoneOffset.problem(text)).")
        }
        condition.secondNumber = Double(offset.minutes)
    }

    private mutating func amlCheck(
        _ condition: inout Instruction, _ value: Node?, _ node: Node
    ) {
        let key = condition.path.key.text
        if !Self.amlKeys.contains(where: { key == $0 }) {
            let known = Self.amlKeys.map { "\($0)" }.joined(separator: ", ")
            report(node["key"] ?? node, "RR008", "The key of AML_CHECK is one of \(known).")
        }
        guard let workflow = value?["childWorkflowName"]?.value.text,
            let name = value?["operator"]?.value.text,
            let inner = Operation(named: name),
            inner.comparesPrimitive || inner == .between || inner == .isIn || inner == .isNotIn
        else {
            return report(
                value ?? node, "RR004",
                "AML_CHECK needs `value: {childWorkflowName, operator, value}` with an operator "
                    + "that compares numbers or looks them up in a list.")
        }
        condition.inner = inner
        condition.other = KeyPath(copy(workflow), in: arena)
        condition.evidence = arena.text(
            "childWorkflows.\(workflow).*.result.vendorResult.aml.hits.*.\(key)")
        operand(of: &condition, inner, value?["value"], node)
    }

    private static let amlKeys: [StaticString] = [
        "countries.length", "matchTypes.length", "warnings.length", "sanctions.length",
        "fitnessProbity.length", "pep.length", "adverseMedia.length",
    ]

    // MARK: EXISTS

    /// `value` may be left out or an object; of `value.schema` only `type` is understood so far.
    private mutating func schema(of condition: inout Instruction, _ value: Node?) {
        guard let value, !value.value.isNull else { return }
        guard value.value.kind == .object else {
            return report(
                value, "RR004", "The `value` of EXISTS is left out, `{}` or `{schema: {type}}`.")
        }
        guard let schema = value["schema"] else { return }
        guard schema.value.kind == .object else {
            return report(schema, "RR009", "The `schema` of EXISTS must be an object.")
        }
        for member in schema.members where !(member.key == "type") {
            report(member.node, "RR009", "EXISTS understands `type` in a schema and nothing else.")
        }
        guard let types = schema["type"] else { return }
        condition.kinds = 0
        for type in types.oneOrMore {
            guard let kinds = type.value.text.flatMap({ Self.kinds(of: $0) }) else {
                report(type, "RR009", "There is no such JSON Schema type.")
                continue
            }
            condition.kinds |= kinds
        }
    }

    private static func kinds(of type: Text) -> UInt8? {
        let bit = { (kind: Value.Kind) in UInt8(1) << kind.rawValue }
        if type == "string" { return bit(.string) }
        if type == "number" { return bit(.integer) | bit(.double) | bit(.decimal) }
        if type == "boolean" { return bit(.bool) }
        if type == "array" { return bit(.array) }
        if type == "object" { return bit(.object) }
        return type == "null" ? 0 : nil
    }
}
