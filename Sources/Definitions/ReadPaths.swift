import DecisionTables
public import Documents
import Expressions
import RiskRules

/// A member of the context (or of an event's payload) that a guard reads.
public struct ReadPath: BitwiseCopyable, Sendable {
    /// As a person writes it: `pluginsOutput.risk.riskScore`.
    public var name: Text
    /// The keys; of an array an index in digits.
    public var keys: Table<Key>

    /// The value over a context with a payload above it; null when there is none.
    public func value(context: Value, payload: Value?) -> Value {
        guard let first = keys.first else { return .null }
        guard var value = payload?[first] ?? context[first] else { return .null }
        for key in keys.dropFirst() {
            guard let next = Self.step(key, of: value) else { return .null }
            value = next
        }
        return value
    }

    private static func step(_ key: Key, of value: Value) -> Value? {
        guard value.kind == .array else { return value[key] }
        return Int(String(key.text)).flatMap { $0 >= 0 && $0 < value.count ? value[$0] : nil }
    }
}

/// Finds what guards read, from their text.
struct ReadPathFinder {
    let vocabulary: Vocabulary
    let dialect: JMESPath.Dialect
    let rules: (String) -> RiskRuleFile?
    private var found: [[Text]] = []
    private var arena: Arena { vocabulary.arena }
    private static let depthLimit = 64
    private static let pathLimit = 64

    init(
        vocabulary: Vocabulary, dialect: JMESPath.Dialect,
        rules: @escaping (String) -> RiskRuleFile?
    ) {
        self.vocabulary = vocabulary
        self.dialect = dialect
        self.rules = rules
    }

    /// What the guards of transitions read, in order and once each.
    mutating func paths(of transitions: [Node]) -> Table<ReadPath> {
        found = []
        for node in transitions {
            if let cond = node["cond"] ?? node["guard"] { visit(cond.value, 0) }
        }
        let paths = found.prefix(Self.pathLimit).map { keys in
            ReadPath(
                name: arena.text(keys.map { String($0) }.joined(separator: ".")),
                keys: Table(keys.map { Key(copy($0)) }, in: arena))
        }
        return Table(paths, in: arena)
    }

    private func copy(_ text: Text) -> Text {
        Text(start: arena.copy(text.bytes), count: text.count)
    }

    private mutating func add(_ path: [Text]) {
        if !path.isEmpty, !found.contains(where: { $0 == path }) { found.append(path) }
    }

    private mutating func add(dotted text: Text) {
        var parts: [Text] = []
        var from = 0
        for at in 0...text.count {
            let isEnd = at == text.count || text[at] == 0x2E || text[at] == 0x5B || text[at] == 0x5D
            guard isEnd else { continue }
            if at > from { parts.append(text[from..<at]) }
            from = at + 1
        }
        add(parts)
    }

    private mutating func visit(_ cond: Value, _ depth: Int) {
        guard depth < Self.depthLimit else { return }
        if let reference = cond.string {
            if dialect == .standard, !reference.utf8.contains(0x23) {
                return add(cond.text.flatMap { vocabulary.condition($0) })
            }
            return addRule(reference)
        }
        guard let type = cond["type"]?.text else {
            for member in cond.members ?? .init(start: nil, count: 0)
            where !(member.key == "in") { visitAll(member.value, depth) }
            return
        }
        let rule = cond["options"]?["rule"] ?? cond["rule"]
        if type == "table" {
            let name = TableReference.name(cond)
            let table = name?.string.flatMap { vocabulary.table($0) }
            for path in table?.inputs.flatMap(\.expression.referencedPaths) ?? [] {
                add(path)
            }
            return
        }
        if type == "json-logic" {
            if let rule { logic(rule, 0) }
        } else if type == "jmespath" {
            guard let text = rule?.text else { return }
            for path in JMESPath.paths(readBy: text, dialect: dialect, in: arena) { add(path) }
        } else if type == "rule" {
            if let reference = rule?.string { addRule(reference) }
        } else if type == "rule-set" {
            if let rule { ruleSet(rule, 0) }
        } else if type == "condition" {
            let options = cond["options"]
            let name = cond["condition"] ?? options?["condition"] ?? rule
            add(name?.text.flatMap { vocabulary.condition($0) })
        } else if type == "scorecard" {
            let id = (cond["options"] ?? cond)["scorecard"] ?? (cond["options"] ?? cond)["id"]
            for path in id?.text.flatMap({ vocabulary.scorecard($0) })?.evidence ?? [] {
                add(dotted: path)
            }
        } else if let guards = cond["guards"] ?? cond["guard"] {
            visitAll(guards, depth)
        }
    }

    private mutating func visitAll(_ value: Value, _ depth: Int) {
        guard let list = value.array else { return visit(value, depth + 1) }
        for element in list { visit(element, depth + 1) }
    }

    private mutating func addRule(_ reference: String) {
        let parts = reference.split(separator: "#", maxSplits: 1)
        guard parts.count == 2, let file = rules(String(parts[0])),
            let rule = file.rules.first(where: { String($0.id) == parts[1] })
        else { return }
        for key in rule.keys { add(dotted: key) }
    }

    private mutating func add(_ named: Condition?) {
        for path in named?.paths(in: arena) ?? [] { add(dotted: path) }
    }

    private mutating func ruleSet(_ set: Value, _ depth: Int) {
        guard depth < Self.depthLimit else { return }
        if let key = set["key"]?.text { add(dotted: key) }
        if set["isPathComparison"]?.bool == true, let other = set["value"]?.text {
            add(dotted: other)
        }
        for rule in set["rules"]?.array ?? .init(start: nil, count: 0) { ruleSet(rule, depth + 1) }
    }

    /// In the bodies of `map`, `filter` and their like `var` means the element.
    private static let iterating: [StaticString] = [
        "map", "filter", "reduce", "all", "none", "some",
    ]

    private mutating func logic(_ rule: Value, _ depth: Int) {
        guard depth < Self.depthLimit else { return }
        if let list = rule.array {
            for element in list { logic(element, depth + 1) }
            return
        }
        guard let only = rule.members?.first, rule.members?.count == 1 else { return }
        let operand = only.value
        if only.key == "var" {
            let name = operand.array?.first ?? operand
            if let text = name.text { add(dotted: text) }
        } else if only.key == "missing" || only.key == "missing_some" {
            let list = only.key == "missing" ? operand : operand[1] ?? .null
            for name in list.array ?? .init(start: nil, count: 0) {
                if let text = name.text { add(dotted: text) } else { logic(name, depth + 1) }
            }
            if let text = list.text { add(dotted: text) }
        } else if Self.iterating.contains(where: { only.key == $0 }) {
            if let list = operand[0] { logic(list, depth + 1) }
        } else {
            logic(operand, depth + 1)
        }
    }
}
