import Documents
import Testing

@testable import RiskRules

@Suite struct ConditionTests {
    @Test(arguments: [
        ("a.b", #"{"a":{"b":7}}"#), ("a[0].b", #"{"a":[{"b":7}]}"#), ("a.0", #"{"a":[7]}"#),
        ("a[1]", #"{"a":{"1":7}}"#), ("a.b", #"{"a.b":7,"a":{"b":8}}"#), ("", #"{"":7}"#),
        ("a['b.c']", #"{"a":{"b.c":7}}"#), (".a", #"{"":{"a":7}}"#),
        ("a..b", #"{"a":{"":{"b":7}}}"#),
        ("a.length", #"{"a":[0,0,0,0,0,0,0]}"#), ("a.length", #"{"a":"😀😀😀x"}"#),
        ("größe.Ünit", #"{"größe":{"Ünit":7}}"#), ("a[b].c", #"{"a":{"b":{"c":7}}}"#),
        ("a.length", #"{"a":{"length":7}}"#), ("a]b", #"{"a]b":7}"#),
    ])
    func `keys are read as lodash paths`(key: String, data: String) throws {
        #expect(try holds(key, "EQUALS", "7", on: data))
    }

    @Test(arguments: [
        ("a[01]", #"{"a":[1,7]}"#), ("a[-1]", #"{"a":[7]}"#), ("a[2]", #"{"a":[7]}"#),
        ("a.b", #"{"a":null}"#), ("a.b", #"{"a":7}"#), ("a", "[]"), ("a", "null"),
        ("constructor", "{}"), ("a[99999999999999999999]", #"{"a":[7]}"#),
    ])
    func `a key that leads nowhere is a missing field`(key: String, data: String) throws {
        let rules =
            only("\"key\":\"\(key)\",\"operator\":\"EQUALS\",\"value\":7")
        let answer = try Answer(rules, on: data)
        #expect(answer.results.map(\.message) == ["Field \(key) is missing or null"])
        #expect(!answer.passed)
    }

    @Test(arguments: ["EQUALS", "NOT_EQUALS", "GT", "LT", "GTE", "LTE"])
    func `null and missing fail every comparison with the same message`(name: String) throws {
        let rules =
            only("\"key\":\"a\",\"operator\":\"\(name)\",\"value\":0")
        for data in ["{}", #"{"a":null}"#] {
            let answer = try Answer(rules, on: data)
            #expect(answer.statuses == ["FAILED"])
            #expect(answer.results[0].message == "Field a is missing or null")
        }
    }

    @Test func `characters of strings are numbered as UTF-16 units`() throws {
        #expect(try holds("a[2]", "EQUALS", #""x""#, on: #"{"a":"😀x"}"#))
        #expect(try !holds("a[0]", "EQUALS", #""😀""#, on: #"{"a":"😀x"}"#))
    }

    @Test(arguments: [
        ("\"35\"", "GT", "34", true), ("\"35\"", "GTE", "35", false),
        ("35", "LTE", "\"35\"", false),
        ("\"35\"", "LTE", "36", true), ("\" 0x1F \"", "GT", "30", true), ("\"\"", "LT", "1", true),
        ("\"abc\"", "LT", "1", false), ("\"abc\"", "GT", "1", false), ("true", "GT", "0", true),
        ("true", "GTE", "true", true), ("\"10\"", "LT", "\"9\"", true),
        ("\"1e3\"", "GT", "999", true),
        ("\"1_000\"", "GT", "1", false), ("\"+5.\"", "GT", "4", true),
        ("\"Infinity\"", "GT", "1e300", true),
        ("\"35\"", "EQUALS", "35", false), ("1", "EQUALS", "true", false),
        ("35.0", "EQUALS", "35", true),
    ])
    func `numbers as strings count as numbers only for order`(
        data: String, name: String, value: String, expected: Bool
    ) throws {
        for semantics in [RuleSet.Semantics.docket, .ballerine] {
            #expect(try holds("a", name, value, on: "{\"a\":\(data)}", semantics) == expected)
        }
    }

    @Test(arguments: [
        ("9007199254740993", "GT", "9007199254740992"),
        ("100000000000000000000.01", "GT", "100000000000000000000.00"),
        ("0.1000000000000000000001", "GT", "0.1"), ("1e500", "LT", "1e501"),
        ("-1e-400", "LT", "0"), ("1.50e2", "EQUALS", "150"), ("1e500", "EQUALS", "10e499"),
        ("-100000000000000000001", "LT", "-100000000000000000000"),
    ])
    func `big numbers compare exactly, and as doubles under Ballerine's semantics`(
        data: String, name: String, value: String
    ) throws {
        #expect(try holds("a", name, value, on: "{\"a\":\(data)}"))
        let differs = name != "EQUALS"
        #expect(try holds("a", name, value, on: "{\"a\":\(data)}", .ballerine) == !differs)
    }

    @Test func `strings are their bytes, never canonically equivalent ones`() throws {
        let data = #"{"a":"Zoe\u0308"}"#
        #expect(try !holds("a", "EQUALS", #""Zoë""#, on: data))
        #expect(try holds("a", "NOT_IN", #"["Zoë"]"#, on: data))
    }

    @Test func `characters past U+FFFF sort last, and before U+E000 under Ballerine's semantics`()
        throws
    {
        let data = #"{"a":"😀"}"#
        #expect(try holds("a", "GT", #""\uffee""#, on: data))
        #expect(try holds("a", "LT", #""\uffee""#, on: data, .ballerine))
        #expect(try holds("a", "GT", #""\u4e00""#, on: data, .ballerine))
    }

    @Test(arguments: [
        ("\"gb\"", true), ("\"GB\"", true), ("\"G\"", false), ("\"GBR\"", false),
        ("[\"x\",\"Gb\"]", true),
        ("[]", false), ("7", true), ("\"7\"", false), ("\"STRASSE\"", false), ("\"ÉIRE\"", true),
    ])
    func `IN_CASE_INSENSITIVE looks for the whole value, or one of a list, in any case`(
        data: String, expected: Bool
    ) throws {
        let list = #"["GB","Straße",7,"éire"]"#
        #expect(try holds("a", "IN_CASE_INSENSITIVE", list, on: "{\"a\":\(data)}") == expected)
    }

    @Test(arguments: [
        ("0", true), ("false", true), ("\"x\"", true), ("[1]", true), ("{\"b\":1}", true),
        ("\"\"", false), ("[]", false), ("{}", false), ("null", false),
    ])
    func `EXISTS wants a value that is not empty`(data: String, expected: Bool) throws {
        #expect(try holds("a", "EXISTS", nil, on: "{\"a\":\(data)}") == expected)
        #expect(try holds("a", "EXISTS", "{}", on: "{\"a\":\(data)}") == expected)
        #expect(try !holds("b", "EXISTS", "{}", on: "{\"a\":\(data)}"))
    }

    @Test func `EXISTS checks the type that its schema names`() throws {
        #expect(try holds("a", "EXISTS", #"{"schema":{"type":"number"}}"#, on: #"{"a":1.5}"#))
        #expect(try !holds("a", "EXISTS", #"{"schema":{"type":"string"}}"#, on: #"{"a":1.5}"#))
        let either = #"{"schema":{"type":["string","number"]}}"#
        #expect(try holds("a", "EXISTS", either, on: #"{"a":1.5}"#))
    }

    @Test func `a value is compared with another path`() throws {
        let rule = #"{"key":"a","operator":"GT","value":"b.c","isPathComparison":true}"#
        let rules = "{\"operator\":\"and\",\"rules\":[\(rule)]}"
        #expect(try Answer(rules, on: #"{"a":5,"b":{"c":4}}"#).passed)
        #expect(try !Answer(rules, on: #"{"a":5,"b":{"c":6}}"#).passed)
        let missing = try Answer(rules, on: #"{"a":5}"#)
        #expect(missing.results[0].message == "Field b.c is missing or null")
    }

    @Test func `BETWEEN includes its bounds and IN keeps types apart`() throws {
        for (data, expected) in [("10", true), ("20", true), ("9.99", false), ("20.01", false)] {
            let range = #"{"min":10,"max":20}"#
            #expect(try holds("a", "BETWEEN", range, on: "{\"a\":\(data)}") == expected)
        }
        #expect(try !holds("a", "IN", #"["1"]"#, on: #"{"a":1}"#))
        #expect(try holds("a", "IN", "[true,1.0]", on: #"{"a":1}"#))
    }
}

@Suite struct AMLCheckTests {
    private func data(_ hits: String) -> String {
        #"{"childWorkflows":{"kyc":{"c1":{"result":{"vendorResult":{"aml":{"hits":"#
            + hits + "}}}}}}}"
    }

    private func rule(_ operation: String, _ value: String) -> String {
        let inner =
            "{\"childWorkflowName\":\"kyc\",\"operator\":\"\(operation)\",\"value\":\(value)}"
        return
            only("\"key\":\"pep.length\",\"operator\":\"AML_CHECK\",\"value\":\(inner)")
    }

    @Test func `one hit of any child is enough, and counts of zero are passed over`() throws {
        let hits = data(#"[{"pep":[]},{"pep":[1,2]}]"#)
        #expect(try Answer(rule("GTE", "2"), on: hits).passed)
        #expect(try !Answer(rule("LT", "1"), on: hits).passed)
        #expect(try Answer(rule("BETWEEN", #"{"min":0,"max":2}"#), on: hits).passed)
        #expect(
            try Answer(rule("GTE", "2"), on: hits).evidence
                == ["childWorkflows.kyc.*.result.vendorResult.aml.hits.*.pep.length"])
    }

    @Test func `no hits are a missing field, and no children say so`() throws {
        let none = try Answer(rule("GTE", "1"), on: data("[]"))
        #expect(none.results[0].message == "Field pep.length is missing or null")
        let children = try Answer(rule("GTE", "1"), on: "{}")
        #expect(children.results[0].message == "The data has no childWorkflows")
        #expect(try Answer(rule("GTE", "1"), on: "[]").statuses == ["FAILED"])
    }
}
