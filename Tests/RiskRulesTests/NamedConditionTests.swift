import Documents
import Expressions
import Testing

@testable import RiskRules

/// A vocabulary over files of `rules/`, never freed.
private struct Files {
    let arena = Arena()
    let vocabulary: Vocabulary
    let loaded: [RiskRuleFile?]
    let findings: [Finding]

    init(_ texts: String..., lists: [String: String] = [:]) throws {
        _ = Unmanaged.passRetained(arena)
        vocabulary = RiskRulesTests.vocabulary(lists: lists, in: arena)
        _ = Unmanaged.passRetained(vocabulary)
        var sources: [Source] = []
        for (index, text) in texts.enumerated() {
            let bytes = Array(text.utf8)
            let parsed = bytes.withUnsafeBytes { Source.parse("rules/\(index).yaml", $0) }
            let source = try #require(parsed.source)
            _ = Unmanaged.passRetained(source)
            sources.append(source)
            vocabulary.collect(source.root)
        }
        var findings: [Finding] = []
        var loaded: [RiskRuleFile?] = []
        for source in sources {
            let (file, problems) = RiskRuleFile.load(source, vocabulary: vocabulary)
            findings += problems
            loaded.append(file)
        }
        vocabulary.finish()
        self.loaded = loaded
        self.findings = (findings + vocabulary.findings).sorted()
    }

    var problems: [String] {
        findings.map { "\($0.code) \($0.file):\($0.position?.line ?? 0)" }
    }

    func holds(_ name: String, _ data: String) throws -> Bool {
        let condition = try #require(vocabulary.condition(arena.text(name)))
        var parser = JSONParser()
        let value = try parser.parse(data, into: arena)
        return try condition.holds(Scope(value), now: Instant(milliseconds: 0), in: arena)
    }

    func score(_ data: String) throws -> RiskScore {
        var parser = JSONParser()
        return try RiskScore.evaluate(
            try #require(loaded.first ?? nil).rules, over: try parser.parse(data, into: arena),
            now: Instant(milliseconds: 0), in: arena)
    }
}

@Suite struct NamedConditionTests {
    @Test func `a condition is JSONLogic, JMESPath, a rule set, or made of others`() throws {
        let files = try Files(
            """
            docket: 1
            conditions:
              - {id: logic, jsonLogic: {">": [{var: a}, 1]}}
              - {id: path, description: More than one, jmespath: "a > `1`"}
              - {id: set, ruleSet: {operator: and, rules: [{key: a, operator: GT, value: 1}]}}
              - {id: typed, type: json-logic, rule: {">": [{var: a}, 1]}}
              - {id: all, and: [logic, path, {condition: set}, {not: {jmespath: b}}]}
              - {id: either, or: [{not: [all, typed]}, never]}
              - {id: never, or: []}
              - {id: always, and: []}
            """)
        #expect(files.problems == [])
        for name in ["logic", "path", "set", "typed"] {
            #expect(
                try files.holds(name, #"{"a":2}"#) && !files.holds(name, #"{"a":1}"#), "\(name)")
        }
        #expect(try files.holds("all", #"{"a":2}"#) && !files.holds("all", #"{"a":2,"b":true}"#))
        #expect(try files.holds("either", #"{"a":1}"#) && !files.holds("either", #"{"a":2}"#))
        #expect(try !files.holds("never", "{}") && files.holds("always", "{}"))
    }

    @Test func `conditions of one file are used by others, which the closure knows`() throws {
        let files = try Files(
            "docket: 1\nconditions: [{id: far, and: [near]}]",
            "docket: 1\nconditions: [{id: near, jsonLogic: {in_list: [l, {var: c}]}}]",
            lists: ["l": "[A]"])
        #expect(try files.holds("far", #"{"c":"A"}"#))
        files.vocabulary.used = []
        _ = files.vocabulary.condition(Text("far"))
        #expect(files.vocabulary.used == ["rules/0.yaml", "rules/1.yaml", "lists/l.yaml"])
        #expect(files.vocabulary.conditionPlaces["near"] == "rules/1.yaml:2")
    }

    @Test func `circles, unknown names and names that stand twice are found`() throws {
        let files = try Files(
            """
            conditions:
              - {id: a, and: [b]}
              - {id: b, or: [{not: c}]}
              - {id: c, condition: a}
              - {id: d, and: [nearby]}
              - {id: nearbi, jmespath: x}
              - {id: d, jmespath: x}
              - {id: e}
              - {id: f, jmespath: x, ruleSet: {operator: and, rules: []}}
              - {jmespath: x}
              - {id: g, jmespath: x, operater: y}
              - {id: h, and: ["rules/r.yaml#x"]}
            """)
        #expect(
            files.problems == [
                "RR021 rules/0.yaml:1", "CN004 rules/0.yaml:4", "CN002 rules/0.yaml:5",
                "CN003 rules/0.yaml:7", "CN001 rules/0.yaml:8", "CN001 rules/0.yaml:9",
                "CN001 rules/0.yaml:10", "CN006 rules/0.yaml:11", "CN002 rules/0.yaml:12",
            ])
        #expect(files.findings.contains { $0.message.hasSuffix("did you mean 'nearbi'?") })
    }

    @Test func `conditions nested too deep are refused`() throws {
        let deep = String(repeating: "{not: ", count: 40) + "x" + String(repeating: "}", count: 40)
        let files = try Files("docket: 1\nconditions: [{id: a, and: [\(deep)]}]")
        #expect(files.problems == ["CN005 rules/0.yaml:2"])
    }

    @Test func `a chain of names is bounded, whatever the order they stand in`() throws {
        func chain(_ count: Int, isReversed: Bool = false) throws -> Files {
            var lines = (0..<count).map { index in
                index == count - 1
                    ? "  - {id: c\(index), jmespath: x}" : "  - {id: c\(index), not: c\(index + 1)}"
            }
            if isReversed { lines.reverse() }
            return try Files("docket: 1\nconditions:\n" + lines.joined(separator: "\n"))
        }
        let longest = try chain(32)
        #expect(longest.problems == [])
        #expect(try longest.holds("c0", "{}") && !longest.holds("c0", #"{"x":true}"#))
        #expect(try chain(40).problems == ["CN005 rules/0.yaml:34"])
        #expect(try chain(40, isReversed: true).problems == ["CN005 rules/0.yaml:35"])
        #expect(try chain(20_000).problems.allSatisfy { $0.hasPrefix("CN005") })
    }

    @Test func `a risk rule is raised by any condition, with what it read as evidence`() throws {
        let files = try Files(
            """
            docket: 1
            rules:
              - {id: a, domain: D, indicator: A, baseRiskScore: 10, additionalRiskScore: 1, jsonLogic: {">": [{var: x.y}, {var: [z, 0]}]}}
              - {id: b, domain: D, indicator: B, baseRiskScore: 20, additionalRiskScore: 2, jmespath: "x.y > `1`"}
              - {id: c, domain: D, indicator: C, baseRiskScore: 30, additionalRiskScore: 3, condition: big}
              - {id: d, domain: D, indicator: D, baseRiskScore: 40, additionalRiskScore: 4, scorecard: {id: card, operator: GTE, value: 7}}
              - {id: e, domain: D, indicator: E, baseRiskScore: 50, additionalRiskScore: 5, ruleSet: {operator: and, rules: [{key: x.y, operator: IN, list: l}]}}
            conditions: [{id: big, jsonLogic: {">": [{var: x.y}, 1]}}]
            scorecards:
              - {id: card, attributes: [{id: a, key: x.y, bins: [{missing: true, points: 0}, {below: 2, points: 3}, {from: 2, points: 7}]}]}
            """, lists: ["l": "[2]"])
        #expect(files.problems == [])
        let score = try files.score(#"{"x":{"y":2}}"#)
        #expect(score.raised.map { String($0.rule.id) } == ["e", "d", "c", "b", "a"])
        #expect(score.score == .integer(60))
        #expect(score.raised.allSatisfy { $0.evidence.map { String($0) } == ["x.y"] })
        #expect(try files.score(#"{"x":{"y":1}}"#).raised.map { String($0.rule.id) } == ["a"])
        let output = score.value(in: files.arena)
        #expect(
            output["rulesResults"]?.array?.allSatisfy {
                $0["result"]?[0]?["status"] == .string("PASSED")
            } == true)
    }

    @Test func `a rule whose condition cannot be evaluated is an error with its place`() throws {
        let files = try Files(
            """
            docket: 1
            rules:
              - {id: a, domain: D, indicator: A, baseRiskScore: 10, additionalRiskScore: 1, jmespath: "abs(x) > `1`"}
            """)
        let error = #expect(throws: ExpressionError.self) { try files.score(#"{"x":"y"}"#) }
        #expect(error?.message.hasPrefix("rules/0.yaml:3: ") == true)
    }

    @Test func `a rule has one condition`() throws {
        let start =
            "docket: 1\nrules: [{id: a, domain: D, indicator: A, baseRiskScore: 1, additionalRiskScore: 1"
        #expect(try Files(start + "}]").problems == ["RR022 rules/0.yaml:2"])
        #expect(
            try Files(start + ", jmespath: x, condition: y}]").problems == ["RR022 rules/0.yaml:2"])
        #expect(
            try Files(start + ", scorecard: {id: x, operator: GTE, value: 1}}]").problems == [
                "SD011 rules/0.yaml:2"
            ])
        #expect(try Files(start + ", scorecard: {id: x}}]").problems == ["SD011 rules/0.yaml:2"])
    }

    @Test func `IN and NOT_IN look into lists`() throws {
        let lists = [
            "risk": #"{"values":{"AA":{"level":"high"},"BB":{"level":"low"}}}"#, "set": "[a, B]",
        ]
        func answer(_ rule: String, _ data: String) throws -> Answer {
            try Answer(#"{"operator":"and","rules":[\#(rule)]}"#, on: data, lists: lists)
        }
        let high = #"{"key":"c","operator":"IN","list":"risk","where":{"level":"high"}}"#
        #expect(try answer(high, #"{"c":"AA"}"#).passed && !answer(high, #"{"c":"BB"}"#).passed)
        let out = #"{"key":"c","operator":"NOT_IN","list":"risk"}"#
        #expect(try answer(out, #"{"c":"ZZ"}"#).passed && !answer(out, #"{"c":"AA"}"#).passed)
        #expect(try !answer(out, "{}").passed)
        let any = #"{"key":"c","operator":"IN_CASE_INSENSITIVE","list":"set"}"#
        #expect(try answer(any, #"{"c":"A"}"#).passed && answer(any, #"{"c":["b"]}"#).passed)
        #expect(try answer(#"{"key":"c","operator":"IN","list":"rsk"}"#, "{}").codes == ["LS010"])
        #expect(
            try answer(#"{"key":"c","operator":"IN","list":"risk","where":{"levl":1}}"#, "{}").codes
                == ["LS011"])
        #expect(
            try answer(#"{"key":"c","operator":"IN","list":"risk","where":{"level":"x"}}"#, "{}")
                .codes == ["LS013"])
        #expect(
            try answer(#"{"key":"c","operator":"IN","list":"set","where":{"level":"x"}}"#, "{}")
                .codes == ["LS011"])
        #expect(
            try answer(#"{"key":"c","operator":"IN","list":"set","value":[]}"#, "{}").codes == [
                "RR004"
            ])
        #expect(try answer(#"{"key":"c","operator":"IN","list":3}"#, "{}").codes == ["LS012"])
        #expect(
            try Answer(
                #"{"operator":"and","rules":[{"key":"c","operator":"IN","list":"set"}]}"#,
                .ballerine, lists: lists
            ).codes == ["RR004", "RR007"])
    }
}
