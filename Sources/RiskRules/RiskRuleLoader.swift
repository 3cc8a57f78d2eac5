internal import Documents

/// Reads a file of risk rules.
struct RiskRuleLoader {
    let source: Source
    let arena: Arena
    private(set) var findings: [Finding] = []

    init(source: Source, arena: Arena) {
        self.source = source
        self.arena = arena
    }

    mutating func load() -> RiskRuleFile? {
        let root = source.root
        guard let list = root["rules"], list.value.kind == .array else {
            report(root["rules"] ?? root, "RR020", "A rules file needs a list named `rules`.")
            return nil
        }
        version(root)
        warnOfUnknown(root, ["docket", "rules", "tables", "name", "description"])
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
                "minRiskScore", "maxRiskScore", "ruleSet", "description",
            ])
        let id = text(node, "id")
        let domain = text(node, "domain")
        let indicator = text(node, "indicator")
        let level = node["riskLevel"] == nil ? nil : text(node, "riskLevel")
        let base = score(node, "baseRiskScore")
        let additional = score(node, "additionalRiskScore")
        let least = node["minRiskScore"] == nil ? nil : score(node, "minRiskScore")
        let most = node["maxRiskScore"] == nil ? nil : score(node, "maxRiskScore")
        guard let ruleSet = ruleSet(node), let id, let domain, let indicator, let base,
            let additional
        else { return nil }
        return RiskRule(
            id: id, domain: domain, indicator: indicator, riskLevel: level, baseScore: base,
            additionalScore: additional, minScore: least, maxScore: most,
            reference: arena.text("\(source.file)#\(id)"), location: arena.text(node.reference),
            ruleSet: ruleSet,
            output: output(
                [
                    ("id", .string(id)), ("domain", .string(domain)),
                    ("indicator", .string(indicator)), ("riskLevel", level.map { .string($0) }),
                    ("baseRiskScore", base), ("additionalRiskScore", additional),
                    ("minRiskScore", least), ("maxRiskScore", most),
                ], ruleSet))
    }

    private func output(
        _ members: [(StaticString, Value?)], _ ruleSet: RuleSet
    ) -> RiskRule.Output {
        let record = arena.object(
            members.compactMap { key, value in value.map { Member(key, $0) } })
        let passed = arena.object(["status": .string("PASSED")])
        let results = arena.array(ruleSet.topLevel.map { _ in passed })
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

    private mutating func ruleSet(_ node: Node) -> RuleSet? {
        guard let definition = node["ruleSet"] else {
            report(node, "RR022", "The rule has no `ruleSet`.")
            return nil
        }
        let (ruleSet, found) = RuleSet.compile(definition, in: arena)
        findings += found
        if definition["rules"]?.value.count == 0, ruleSet != nil {
            report(
                definition, "RR026",
                "The rule set has no conditions, so that the indicator is raised in every case.",
                .warning)
        }
        return ruleSet
    }
}
