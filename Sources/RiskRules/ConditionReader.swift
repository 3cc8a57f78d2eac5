internal import DecisionTables
public import Documents
public import Expressions

/// Reads and compiles conditions out of definitions.
///
/// The forms, all but the first two in native definitions only:
/// - `{type: json-logic|jmespath|rule-set, options: {rule: …}}`, or `rule` beside `type`;
/// - `rules/FILE.yaml#ID`, also as `{type: rule, …}`: a risk rule's condition;
/// - the name of a condition, also as `{type: condition, condition: NAME}`;
/// - `{type: scorecard, scorecard: ID, operator: GTE, value: 60}`;
/// - `{type: table, table: ID, output: NAME}`;
/// - `{table: ID}`, `{table: {table: ID, output: NAME}}`, `{jsonLogic: …}`, `{jmespath: …}`, `{ruleSet: …}`, `{condition: …}`, `{scorecard: {…}}`;
/// - `{and: […]}`, `{or: […]}`, `{not: …}` of these.
public struct ConditionReader {
    let vocabulary: Vocabulary
    let dialect: JMESPath.Dialect
    let rules: ((String) -> RiskRuleFile?)?
    /// What was wrong with what was read so far.
    public private(set) var findings: [Finding] = []

    private static let depthLimit = 32

    /// A reader.
    ///
    /// - Parameters:
    ///   - vocabulary: what the definitions may name; its arena holds the programs.
    ///   - dialect: Ballerine's for imported definitions, which know no lists and no names.
    ///   - rules: the rule file at a path; nil where risk rules cannot be named.
    public init(
        _ vocabulary: Vocabulary, dialect: JMESPath.Dialect,
        rules: ((String) -> RiskRuleFile?)?
    ) {
        self.vocabulary = vocabulary
        self.dialect = dialect
        self.rules = rules
    }

    private var arena: Arena { vocabulary.arena }
    private var isNative: Bool { dialect == .standard }
    private var lists: ListLibrary? { isNative ? vocabulary.lists : nil }

    private mutating func refuse(_ node: Node, _ code: String, _ message: String) -> Condition? {
        findings.append(node.finding(code, .error, message))
        return nil
    }

    mutating func add(_ finding: Finding) { findings.append(finding) }

    /// The condition; nil, with a finding, when it does not compile.
    public mutating func read(_ node: Node) -> Condition? { read(node, depth: 0) }

    private mutating func read(_ node: Node, depth: Int) -> Condition? {
        guard depth < Self.depthLimit else {
            return refuse(
                node, "CN005", "conditions nest deeper than \(Self.depthLimit); name parts of them")
        }
        if let text = node.value.text {
            let isReference = !isNative || text.bytes.contains(UInt8(ascii: "#"))
            return isReference ? rule(String(text), node) : named(text, node)
        }
        if let type = node["type"]?.value.text { return typed(type, node) }
        if isNative, let condition = short(node, depth) { return condition.value }
        return refuse(
            node, "WF020",
            "a condition needs a type and options.rule; write "
                + "{type: json-logic, options: {rule: …}}")
    }

    // MARK: {type: …}

    private mutating func typed(_ type: Text, _ node: Node) -> Condition? {
        if isNative {
            if type == "condition" {
                let name =
                    node["condition"] ?? node["options"]?["condition"]
                    ?? node["options"]?["rule"] ?? node["rule"]
                guard let name, let text = name.value.text else {
                    return refuse(
                        node, "WF020",
                        "name the condition; write {type: condition, condition: NAME}")
                }
                return named(text, name)
            }
            if type == "scorecard" { return score(node["options"] ?? node) }
            if type == "table" { return table(node) }
        }
        guard let rule = node["options"]?["rule"] ?? node["rule"] else {
            return refuse(
                node, "WF020",
                "a condition needs a type and options.rule; write "
                    + "{type: json-logic, options: {rule: …}}")
        }
        if type == "json-logic" { return logic(rule) }
        if type == "jmespath" { return path(rule) }
        if type == "rule", let reference = rule.value.string { return self.rule(reference, rule) }
        if type == "rule-set" { return ruleSet(rule) }
        return refuse(
            node["type"] ?? node, "WF021",
            "'\(type)' is no type of condition; use json-logic, jmespath, "
                + (isNative ? "rule-set, rule, condition, scorecard or table" : "rule-set or rule"))
    }

    // MARK: Short forms

    /// The one member of `node` that is a condition; nil when there is none. The outer optional
    /// tells that there was one.
    private mutating func short(_ node: Node, _ depth: Int) -> (value: Condition?, Void)? {
        for (key, _, member) in node.members {
            if key == "jsonLogic" { return (logic(member), ()) }
            if key == "jmespath" { return (path(member), ()) }
            if key == "ruleSet" { return (ruleSet(member), ()) }
            if key == "scorecard" { return (score(member), ()) }
            if key == "table" { return (table(member.value.kind == .object ? member : node), ()) }
            if key == "condition" {
                guard let name = member.value.text else {
                    return (refuse(member, "CN002", "`condition` is the name of a condition"), ())
                }
                return (named(name, member), ())
            }
            if key == "and" { return (group(.and, member, depth), ()) }
            if key == "or" { return (group(.or, member, depth), ()) }
            if key == "not" { return (group(.not, member, depth), ()) }
        }
        return nil
    }

    /// The names of the members that hold a condition in its short form.
    static let shortForms: [StaticString] = [
        "jsonLogic", "jmespath", "ruleSet", "scorecard", "table", "condition", "and", "or", "not",
    ]

    private mutating func group(
        _ connective: ConditionGroup.Connective, _ node: Node, _ depth: Int
    ) -> Condition? {
        var members: [Condition] = []
        var isSound = true
        for part in node.oneOrMore {
            if let member = read(part, depth: depth + 1) {
                members.append(member)
            } else {
                isSound = false
            }
        }
        return isSound ? .group(ConditionGroup(connective, members, in: arena)) : nil
    }

    // MARK: What they are made of

    private mutating func logic(_ rule: Node) -> Condition? {
        findings += JSONLogic.check(rule, lists: lists)
        do throws(ExpressionError) {
            return .jsonLogic(try JSONLogic.compile(rule.value, lists: lists, in: arena))
        } catch {
            return refuse(rule, "EX003", error.message)
        }
    }

    private mutating func path(_ rule: Node) -> Condition? {
        guard let text = rule.value.text else {
            return refuse(rule, "EX010", "a JMESPath rule is a string")
        }
        let problems = JMESPath.check(rule, dialect: dialect, lists: lists)
        findings += problems
        do throws(ExpressionError) {
            return .jmesPath(
                try JMESPath.compile(text, in: arena, dialect: dialect, lists: lists))
        } catch {
            return problems.isEmpty ? refuse(rule, "EX010", error.message) : nil
        }
    }

    private mutating func ruleSet(_ rule: Node) -> Condition? {
        let (program, problems) = RuleSet.compile(
            rule, semantics: isNative ? .docket : .ballerine,
            vocabulary: isNative ? vocabulary : nil, in: arena)
        findings += problems
        return program.map { .ruleSet($0) }
    }

    private mutating func rule(_ reference: String, _ node: Node) -> Condition? {
        guard let rules else {
            return refuse(
                node, "CN002",
                "a risk rule cannot be named here; name a condition that it uses too")
        }
        let parts = reference.split(separator: "#", maxSplits: 1)
        if parts.count == 2, let file = rules(String(parts[0])),
            let rule = file.rules.first(where: { $0.id.bytes.elementsEqual(parts[1].utf8) })
        {
            vocabulary.note(String(parts[0]))
            return rule.condition
        }
        return refuse(
            node, "WF022",
            "there is no rule '\(reference)'; write rules/FILE.yaml#ID of a rule there")
    }

    private mutating func named(_ name: Text, _ node: Node) -> Condition? {
        if let problem = vocabulary.problem(withCondition: name) {
            return refuse(node, problem.code, problem.message)
        }
        return vocabulary.condition(name)
    }

    private mutating func table(_ node: Node) -> Condition? {
        let (test, problems) = TableReference.test(
            node, { vocabulary.table($0) }, in: arena)
        findings += problems
        return test.map { .table($0) }
    }

    /// `{scorecard: ID, operator: GTE, value: 60}`, in which `id` may stand for `scorecard`.
    private mutating func score(_ node: Node) -> Condition? {
        guard let name = node["scorecard"] ?? node["id"], let id = name.value.text else {
            return refuse(
                node, "SD010",
                "name the scorecard, an operator and a number; write "
                    + "{scorecard: ID, operator: GTE, value: 60}")
        }
        if let problem = vocabulary.problem(withScorecard: id) {
            return refuse(name, "SD011", problem)
        }
        guard let written = node["operator"], let text = written.value.text,
            let operation = Operation(named: text), operation.comparesPrimitive
        else {
            return refuse(
                node["operator"] ?? node, "SD010",
                "the operator is one of EQUALS, NOT_EQUALS, GT, GTE, LT, LTE")
        }
        guard let value = node["value"], value.value.isNumber else {
            return refuse(node["value"] ?? node, "SD010", "a score is compared with a number")
        }
        guard let card = vocabulary.scorecard(id) else { return nil }
        return .score(
            ScoreTest(card: card, operation: operation, value: arena.copy(value.value)))
    }
}
