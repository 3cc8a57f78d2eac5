import Documents
import Testing

@testable import RiskRules

private let one = #"{"key":"a","operator":"EQUALS","value":1}"#
private let two = #"{"key":"b","operator":"EQUALS","value":2}"#

private func group(_ operation: String, _ rules: String...) -> String {
    "{\"operator\":\"\(operation)\",\"rules\":[\(rules.joined(separator: ","))]}"
}

@Suite struct RuleSetTests {
    @Test(arguments: ["and", "or"])
    func `an empty rule list passes`(operation: String) throws {
        let answer = try Answer(group(operation))
        #expect(answer.passed)
        #expect(answer.results.isEmpty)
    }

    @Test func `nested empty sets pass under and, and are skipped under or`() throws {
        let answer = try Answer(group("or", group("and"), group("or"), group("or", group("and"))))
        #expect(answer.statuses == ["PASSED", "SKIPPED", "PASSED"])
        #expect(answer.passed)
    }

    @Test func `the operator combines the results, and a skipped set did not pass`() throws {
        let data = #"{"a":1,"b":3}"#
        #expect(try Answer(group("or", one, two), on: data).passed)
        #expect(try !Answer(group("and", one, two), on: data).passed)
        let nested = try Answer(group("and", one, group("and", two)), on: data)
        #expect(nested.statuses == ["PASSED", "SKIPPED"])
        #expect(!nested.passed)
    }

    @Test func `evidence names the keys of the conditions that held`() throws {
        let rules = group("or", one, group("and", one, two), two)
        #expect(try Answer(rules, on: #"{"a":1,"b":3}"#).evidence == ["a"])
        #expect(try Answer(rules, on: #"{"a":1,"b":2}"#).evidence == ["a", "b"])
        #expect(try Answer(rules, on: #"{"a":3,"b":2}"#).evidence == ["b"])
    }

    @Test(arguments: [
        ("[]", "RR001"), (#"{"operator":"and"}"#, "RR001"),
        (#"{"operator":"and","rules":{}}"#, "RR001"),
        (#"{"operator":"and","rules":[1]}"#, "RR001"), (#"{"operator":"xor","rules":[]}"#, "RR002"),
        (#"{"rules":[]}"#, "RR002"),
        (group("and", #"{"key":"a","operator":"LIKE","value":1}"#), "RR003"),
        (group("and", #"{"key":"a","value":1}"#), "RR003"),
        (group("and", #"{"key":"a","operator":"EQUALS"}"#), "RR004"),
        (group("and", #"{"key":"a","operator":"EQUALS","value":null}"#), "RR004"),
        (group("and", #"{"key":"a","operator":"IN","value":"x"}"#), "RR004"),
        (group("and", #"{"key":"a","operator":"BETWEEN","value":{"min":1}}"#), "RR004"),
        (group("and", #"{"key":"a","operator":"LAST_YEAR","value":{"years":0}}"#), "RR004"),
        (group("and", #"{"key":"a","operator":"EXISTS","value":true}"#), "RR004"),
        (group("and", #"{"key":"pep.length","operator":"AML_CHECK","value":{}}"#), "RR004"),
        (group("and", #"{"operator":"EQUALS","value":1}"#), "RR005"),
        (group("and", #"{"key":7,"operator":"EQUALS","value":1}"#), "RR005"),
        (
            group(
                "and",
                #"{"key":"x","operator":"AML_CHECK","value":"#
                    + #"{"childWorkflowName":"k","operator":"GT","value":1}}"#
            ), "RR008"
        ),
        (
            group("and", #"{"key":"a","operator":"EXISTS","value":{"schema":{"minimum":1}}}"#),
            "RR009"
        ),
    ])
    func `faulty rule sets are found when they are compiled`(rules: String, code: String) throws {
        let answer = try Answer(rules)
        #expect(answer.codes == [code])
        #expect(!answer.isCompiled)
    }

    @Test func `under Ballerine's semantics a faulty rule fails alone, with a message`() throws {
        let faulty = #"{"key":"a","operator":"LIKE","value":1}"#
        let answer = try Answer(group("or", faulty, one), on: #"{"a":1}"#, .ballerine)
        #expect(answer.statuses == ["FAILED", "PASSED"])
        let message = try #require(answer.results[0].message)
        #expect(message.hasPrefix("Validation failed for 'rule', message: parsing failed"))
        #expect(answer.passed)
    }

    @Test func `members without a meaning are warned about`() throws {
        let answer = try Answer(group("and", #"{"key":"a","operator":"GT","value":1,"note":""}"#))
        #expect(answer.codes == ["RR007"])
        #expect(answer.isCompiled)
    }

    @Test func `hostile nesting is refused before it harms`() throws {
        let arena = Arena()
        var rules = Value.emptyArray
        for _ in 0..<100_000 {
            let set = arena.object(["operator": .string("or"), "rules": rules])
            rules = arena.array([set])
        }
        let source = Source(file: "deep.yaml", arena: arena, value: rules[0] ?? .null)
        for semantics in [RuleSet.Semantics.docket, .ballerine] {
            let (program, findings) = RuleSet.compile(
                source.root, semantics: semantics, in: arena)
            #expect(findings.map(\.code) == ["RR006"])
            #expect(program.map { _ in true } == nil)
        }
        var deepest = one
        for _ in 0..<RuleSet.limits.depth { deepest = group("or", deepest) }
        #expect(try Answer(deepest, on: #"{"a":1}"#).passed)
    }

    @Test func `too many conditions are refused`() throws {
        let rules = Array(repeating: one, count: RuleSet.limits.conditions + 1)
        let answer = try Answer(group("and", rules.joined(separator: ",")))
        #expect(answer.codes == ["RR011"])
    }

    @Test func `a program does not need the definition it was compiled from`() throws {
        let arena = Arena()
        var program: RuleSet?
        do {
            let other = Arena(chunkBytes: 1 << 16)
            var parser = JSONParser()
            let list = #"{"key":"größe","operator":"IN","value":["x","yy"]}"#
            let value = try parser.parse(group("and", list), into: other)
            let source = Source(file: "r", arena: other, value: value)
            program = RuleSet.compile(source.root, in: arena).0
            other.reset()
            _ = other.array(Array(repeating: .true, count: 2_000))
        }
        var parser = JSONParser()
        let data = try parser.parse(#"{"größe":"yy"}"#, into: arena)
        #expect(try #require(program).passes(data, now: Instant(milliseconds: 0)))
        #expect(program?.keys.map { String($0) } == ["größe"])
    }
}
