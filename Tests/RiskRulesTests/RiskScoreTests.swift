import Documents
import Testing

@testable import RiskRules

private let now = Instant(milliseconds: 1_795_000_000_000)

private func rule(
    _ id: String, _ base: String, _ additional: String, key: String = "on", domain: String = "d",
    least: String = "0", most: String = "100"
) -> String {
    """
    {"id":"\(id)","domain":"\(domain)","indicator":"I \(id)","riskLevel":"high",
     "baseRiskScore":\(base),"additionalRiskScore":\(additional),"minRiskScore":\(least),
     "maxRiskScore":\(most),"ruleSet":{"operator":"and","rules":[
       {"key":"\(key)","operator":"EQUALS","value":true}]}}
    """
}

/// Loaded rules with their arena, which is never freed: scores point into it.
private struct Loaded {
    let arena = Arena()
    let file: RiskRuleFile?
    let findings: [Finding]

    init(_ text: String) throws {
        _ = Unmanaged.passRetained(arena)
        var parser = JSONParser()
        let source = Source(
            file: "rules/kyb.yaml", arena: arena, value: try parser.parse(text, into: arena))
        (file, findings) = RiskRuleFile.load(source, in: arena)
    }

    init(rules: String...) throws {
        try self.init("{\"docket\":1,\"rules\":[\(rules.joined(separator: ","))]}")
    }

    func value(_ text: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(text, into: arena)
    }

    func score(
        _ data: String = #"{"on":true}"#, levels: String? = nil, cap: Double? = nil,
        semantics: RuleSet.Semantics = .docket
    ) throws -> RiskScore {
        var thresholds = RiskLevels.none
        if let levels {
            let source = Source(file: "docket.yaml", arena: arena, value: try value(levels))
            thresholds = try #require(RiskLevels.compile(source.root, in: arena).0)
        }
        return try RiskScore.evaluate(
            try #require(file).rules, over: try value(data), levels: thresholds, cap: cap,
            semantics: semantics, now: now, in: arena)
    }
}

@Suite struct RiskScoreTests {
    @Test func `the highest base score counts, and of the others the additional ones`() throws {
        let loaded = try Loaded(
            rules: rule("a", "20", "5"), rule("b", "40", "10"), rule("c", "20", "7"),
            rule("off", "90", "90", key: "other"))
        let score = try loaded.score()
        #expect(score.score == .integer(52))
        #expect(score.raised.map { String($0.rule.id) } == ["b", "a", "c"])
        #expect(score.raised.map { String($0.rule.reference) }.first == "rules/kyb.yaml#b")
        #expect(score.raised.allSatisfy { $0.evidence.map { String($0) } == ["on"] })
    }

    @Test func `nothing raised is a score of 0`() throws {
        let score = try Loaded(rules: rule("a", "20", "5")).score("{}")
        #expect(score.score == .integer(0))
        #expect(score.raised.isEmpty)
    }

    @Test func `the outermost operator counts; in Ballerine's semantics all must pass`()
        throws
    {
        let loaded = try Loaded(
            """
            {"docket": 1, "rules": [{"id": "a", "domain": "D", "indicator": "I",
             "baseRiskScore": 20, "additionalRiskScore": 5, "minRiskScore": 0, "maxRiskScore": 100,
             "riskLevel": "moderate", "ruleSet": {"operator": "or", "rules": [
              {"key": "on", "operator": "EQUALS", "value": true},
              {"key": "on", "operator": "EQUALS", "value": false}]}}]}
            """)
        #expect(try loaded.score().score == .integer(20))
        #expect(try loaded.score(semantics: .ballerine).score == .integer(0))
        #expect(try loaded.score(#"{"on":1}"#).score == .integer(0))
    }

    @Test func `in Ballerine's semantics scores are not bounded, except by the repository's cap`()
        throws
    {
        let loaded = try Loaded(rules: rule("a", "90", "5"), rule("b", "80", "20.5"))
        #expect(try loaded.score(semantics: .ballerine).score.number == 110.5)
        #expect(try loaded.score(cap: 100, semantics: .ballerine).score == .integer(100))
    }

    @Test func `the highest rule bounds the sum from above`() throws {
        let loaded = try Loaded(
            rules: rule("a", "40", "5", most: "60"), rule("b", "30", "15"), rule("c", "10", "10"))
        let score = try loaded.score(cap: 100)
        #expect(score.score == .integer(60))
        #expect(score.sum == .integer(65))
        #expect(score.bounds.most == .integer(60))
        #expect(score.bounds.least == nil && score.bounds.cap == nil)
    }

    @Test func `every rule raised bounds the sum from below, and the cap is last`() throws {
        let loaded = try Loaded(
            rules: rule("a", "40", "5"), rule("b", "10", "5", least: "70"))
        let score = try loaded.score()
        #expect(score.score == .integer(70))
        #expect(score.bounds.leastRule == 1)
        #expect(String(score.raised[score.bounds.leastRule].rule.id) == "b")
        let capped = try loaded.score(cap: 65)
        #expect(capped.score == .integer(65))
        #expect(capped.bounds.least == .integer(70) && capped.bounds.cap == .integer(65))
    }

    @Test func `bounds that leave no room are found`() throws {
        let crossed = try Loaded(rules: rule("a", "40", "5", least: "70", most: "60"))
        #expect(crossed.findings.map(\.code) == ["RR029"])
        #expect(crossed.findings.first?.level == .error)
        let low = try Loaded(rules: rule("a", "80", "5", most: "60"))
        #expect(low.findings.map(\.code) == ["RR029"])
        #expect(low.findings.first?.level == .warning)
    }

    @Test func `a level starts at its threshold`() throws {
        let levels = #"{"low":0,"medium":30,"high":60,"critical":85}"#
        for (base, level) in [
            ("0", "low"), ("29.99", "low"), ("30", "medium"), ("84", "high"), ("85", "critical"),
        ] {
            let score = try Loaded(rules: rule("a", base, "0")).score(levels: levels)
            #expect(score.level.map { String($0) } == level)
        }
        #expect(try Loaded(rules: rule("a", "5", "0")).score(levels: #"{"x":10}"#).level == nil)
    }

    @Test func `the value has the shape of Ballerine's plugin output`() throws {
        let loaded = try Loaded(
            rules: rule("a", "20", "5"), rule("b", "40", "10", domain: "e"), rule("c", "1", "0"))
        let value = try loaded.score().value(in: loaded.arena)
        let indicators =
            #"{"e":[{"name":"I b","riskLevel":"high","domain":"e"}],"#
            + #""d":[{"name":"I a","riskLevel":"high","domain":"d"},"#
            + #"{"name":"I c","riskLevel":"high","domain":"d"}]}"#
        #expect(JSONWriter.line(value["riskIndicatorsByDomain"] ?? .null) == indicators)
        let first =
            #"{"id":"b","domain":"e","indicator":"I b","riskLevel":"high","baseRiskScore":40,"#
            + #""additionalRiskScore":10,"minRiskScore":0,"maxRiskScore":100,"#
            + #""result":[{"status":"PASSED"}]}"#
        #expect(JSONWriter.line(value["rulesResults"]?[0] ?? .null) == first)
        #expect(value.members?.map { String($0.key) }.count == 4)
        #expect(value["success"] == .true)
    }

    @Test(arguments: [
        ("[]", "RR030"), ("{}", "RR030"), (#"{"low":"0"}"#, "RR031"),
        (#"{"low":0,"high":50,"medium":30}"#, "RR032"), (#"{"low":0,"high":0}"#, "RR032"),
        (#"{"medium":10}"#, "RR033"),
    ])
    func `faulty levels are found`(text: String, code: String) throws {
        let loaded = try Loaded(rules: rule("a", "1", "1"))
        let source = Source(file: "docket.yaml", arena: loaded.arena, value: try loaded.value(text))
        #expect(RiskLevels.compile(source.root, in: loaded.arena).1.map(\.code) == [code])
    }
}

@Suite struct RiskRuleFileTests {
    @Test func `a sound file loads without findings`() throws {
        let loaded = try Loaded(rules: rule("a", "20", "5"), rule("b", "20", "5"))
        #expect(loaded.findings.isEmpty)
        #expect(loaded.file?.rules.count == 2)
        #expect(loaded.file?.rule(Text("b"))?.indicator == Text("I b"))
    }

    @Test(arguments: [
        ("[]", ["RR020"]), (#"{"docket":1,"rules":{}}"#, ["RR020"]), (#"{"rules":[]}"#, ["RR021"]),
        (#"{"docket":2,"rules":[]}"#, ["RR021"]),
        (#"{"docket":1,"rules":[],"rule":[]}"#, ["RR024"]),
        (#"{"docket":1,"rules":[7]}"#, ["RR020"]),
        (#"{"docket":1,"rules":[{}]}"#, Array(repeating: "RR022", count: 6)),
        (
            "{\"docket\":1,\"rules\":[\(rule("a", "1", "1")),\(rule("a", "1", "1"))]}", ["RR023"]
        ),
        ("{\"docket\":1,\"rules\":[\(rule("a", "-1", "\"1\""))]}", ["RR022", "RR022"]),
        ("{\"docket\":1,\"rules\":[\(rule("a", "101", "1"))]}", ["RR025", "RR029"]),
    ])
    func `faults of a file are found`(text: String, codes: [String]) throws {
        #expect(try Loaded(text).findings.map(\.code) == codes)
    }

    @Test func `sound rules of a faulty file are kept`() throws {
        let loaded = try Loaded(rules: rule("a", "20", "5"), rule("b", "null", "5"))
        #expect(loaded.findings.map(\.code) == ["RR022"])
        #expect(loaded.file?.rules.map { String($0.id) } == ["a"])
    }
}
