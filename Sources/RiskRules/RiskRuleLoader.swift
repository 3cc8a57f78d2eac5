internal import Documents
internal import Expressions

/// Reads a file of risk rules.
struct RiskRuleLoader {
    let source: Source
    let vocabulary: Vocabulary
    private(set) var findings: [Finding] = []

    private var arena: Arena { vocabulary.arena }

    init(source: Source, vocabulary: Vocabulary) {
        self.source = source
        self.vocabulary = vocabulary
    }

    mutating func load() -> RiskRuleFile? {
        let root = source.root
        if root["rules"] == nil, Self.otherLists.contains(where: { root[$0] != nil }) {
            version(root)
            warnOfUnknown(root, Self.known)
            return RiskRuleFile(
                file: arena.text(source.file), rules: UnsafeBufferPointer(start: nil, count: 0))
        }
        guard let list = root["rules"], list.value.kind == .array else {
            report(root["rules"] ?? root, "RR020", "A rules file needs a list named `rules`.")
            return nil
        }
        version(root)
        warnOfUnknown(root, Self.known)
        let nodes = list.elements
        guard nodes.count <= RiskRuleFile.ruleLimit else {
            report(
                list, "RR027",
                "A file may have \(RiskRuleFile.ruleLimit) rules and this has \(nodes.count).")
            return nil
        }
        let rules = nodes.compactMap { rule($0) }
        duplicates(nodes)
        let room = arena.allocate(rules.count * MemoryLayout<RiskRule>.stride)
            .assumingMemoryBound(to: RiskRule.self)
        for (at, rule) in rules.enumerated() { (room + at).initialize(to: rule) }
        return RiskRuleFile(
            file: arena.text(source.file),
            rules: UnsafeBufferPointer(start: room, count: rules.count))
    }

    /// Lists that a file of `rules/` may have beside, or instead of, risk rules.
    private static let otherLists: [StaticString] = [
        "conditions", "scorecards", "tables", "alerts",
    ]
    private static let known: [StaticString] =
        ["docket", "rules", "name", "description"] + otherLists

    private mutating func report(
        _ node: Node, _ code: String, _ message: String, _ level: Finding.Level = .error
    ) {
        findings.append(node.finding(code, level, message))
    }

    private mutating func version(_ root: Node) {
        guard let version = root["docket"] else {
            return report(root, "RR021", "The file needs its format version, `docket: 1`.")
        }
        if version.value.integer != 1 {
            report(version, "RR021", "This Docket reads format version 1 only.")
        }
    }

    private mutating func warnOfUnknown(_ node: Node, _ known: [StaticString]) {
        for member in node.members where !known.contains(where: { member.key == $0 }) {
            findings.append(
                Finding(
                    "RR024", .warning, "`\(member.key)` means nothing here and is ignored.",
                    file: node.file, at: member.keyPosition))
        }
    }

    private mutating func duplicates(_ nodes: [Node]) {
        var first: [Text: Node] = [:]
        for node in nodes {
            guard let id = node["id"], let text = id.value.text, !text.isEmpty else { continue }
            if let earlier = first[text] {
                let line = earlier.position.map { " on line \($0.line)" } ?? ""
                report(id, "RR023", "There already is a rule `\(text)`\(line).")
            } else {
                first[text] = id
            }
        }
    }

    private mutating func rule(_ node: Node) -> RiskRule? {
        guard node.value.kind == .object else {
            report(node, "RR020", "A rule is an object with id, domain, indicator and ruleSet.")
            return nil
        }
        warnOfUnknown(
            node,
            [
                "id", "domain", "indicator", "riskLevel", "baseRiskScore", "additionalRiskScore",
                "minRiskScore", "maxRiskScore", "description",
            ] + ConditionReader.shortForms)
        let id = text(node, "id")
        let domain = text(node, "domain")
        let indicator = text(node, "indicator")
        let level = node["riskLevel"] == nil ? nil : text(node, "riskLevel")
        let base = score(node, "baseRiskScore")
        let additional = score(node, "additionalRiskScore")
        let least = node["minRiskScore"] == nil ? nil : score(node, "minRiskScore")
        let most = node["maxRiskScore"] == nil ? nil : score(node, "maxRiskScore")
        bounds(node, base, least, most)
        guard let condition = condition(node), let id, let domain, let indicator, let base,
            let additional
        else { return nil }
        return RiskRule(
            id: id, domain: domain, indicator: indicator, riskLevel: level, baseScore: base,
            additionalScore: additional, minScore: least, maxScore: most,
            reference: arena.text("\(source.file)#\(id)"), location: arena.text(node.reference),
            condition: condition, rowScoring: rowScoring(node, condition), reads: reads(condition),
            output: output(
                [
                    ("id", .string(id)), ("domain", .string(domain)),
                    ("indicator", .string(indicator)), ("riskLevel", level.map { .string($0) }),
                    ("baseRiskScore", base), ("additionalRiskScore", additional),
                    ("minRiskScore", least), ("maxRiskScore", most),
                ], condition))
    }

    private func output(
        _ members: [(StaticString, Value?)], _ condition: Condition
    ) -> RiskRule.Output {
        let record = arena.object(
            members.compactMap { key, value in value.map { Member(key, $0) } })
        let passed = arena.object(["status": .string("PASSED")])
        var results = arena.array([passed])
        if case .ruleSet(let ruleSet) = condition {
            results = arena.array(ruleSet.topLevel.map { _ in passed })
        }
        let indicator = arena.object([
            "name": record["indicator"], "riskLevel": record["riskLevel"],
            "domain": record["domain"],
        ])
        return RiskRule.Output(
            indicator: indicator, record: record,
            passedRecord: record.setting(Key("result"), to: results, in: arena))
    }

    private mutating func text(_ node: Node, _ key: StaticString) -> Text? {
        guard let member = node[key] else {
            report(node, "RR022", "The rule has no `\(key)`.")
            return nil
        }
        guard let text = member.value.text, !text.isEmpty else {
            report(member, "RR022", "`\(key)` must be a text; quote it if it looks like a number.")
            return nil
        }
        return Text(start: arena.copy(text.bytes), count: text.count)
    }

    private mutating func score(_ node: Node, _ key: StaticString) -> Value? {
        guard let member = node[key] else {
            report(node, "RR022", "The rule has no `\(key)`.")
            return nil
        }
        guard let number = member.value.number, number >= 0 else {
            report(member, "RR022", "`\(key)` must be a number that is not negative.")
            return nil
        }
        if number > 100 {
            report(
                member, "RR025", "`\(key)` is above 100, the highest usual score.", .warning)
        }
        return arena.copy(member.value)
    }

    /// A rule set, or another condition in its short form.
    private mutating func condition(_ node: Node) -> Condition? {
        let forms = ConditionReader.shortForms.filter { node[$0] != nil }
        guard let form = forms.first else {
            report(
                node, "RR022",
                "The rule has no `ruleSet`, nor another condition: jsonLogic, jmespath, condition, "
                    + "scorecard, table.")
            return nil
        }
        if forms.count > 1 {
            report(
                node[forms[1]] ?? node, "RR022",
                "The rule has `\(form)` already; join several conditions with `and` or `or`.")
            return nil
        }
        var reader = ConditionReader(vocabulary, dialect: .standard, rules: nil)
        let condition = reader.read(node)
        findings += reader.findings
        if case .ruleSet(let ruleSet) = condition, ruleSet.topLevel.isEmpty {
            report(
                node["ruleSet"] ?? node, "RR026",
                "The rule set has no conditions, so that the indicator is raised in every case.",
                .warning)
        }
        return condition
    }

    /// What rows of the rule's table give.
    private mutating func rowScoring(_ node: Node, _ condition: Condition) -> RowScoring? {
        guard let table = node["table"], table.value.kind == .object else { return nil }
        warnOfUnknown(table, ["table", "id", "output"] + RowScoring.members)
        let (scoring, problems) = RowScoring.read(table, condition, in: arena)
        findings += problems
        return scoring
    }

    private func reads(_ condition: Condition) -> UnsafeBufferPointer<KeyedPath> {
        if case .ruleSet = condition { return UnsafeBufferPointer(start: nil, count: 0) }
        let paths = condition.paths(in: arena)
        let start = arena.allocate(paths.count * MemoryLayout<KeyedPath>.stride)
            .bindMemory(to: KeyedPath.self, capacity: paths.count)
        for (index, path) in paths.enumerated() {
            (start + index).initialize(
                to: KeyedPath(name: path, path: KeyPath(path, in: arena)))
        }
        return UnsafeBufferPointer(start: start, count: paths.count)
    }

    /// What bounds a score must leave room for the rule's own.
    private mutating func bounds(_ node: Node, _ base: Value?, _ least: Value?, _ most: Value?) {
        guard let most = most?.number else { return }
        if let least = least?.number, least > most {
            report(
                node["minRiskScore"] ?? node, "RR029", "`minRiskScore` is above `maxRiskScore`.")
        } else if let base = base?.number, base > most {
            report(
                node["baseRiskScore"] ?? node, "RR029",
                "`baseRiskScore` is above `maxRiskScore`, so that the score is never reached.",
                .warning)
        }
    }
}
