import Documents
import Expressions
import RiskRules
import Testing

/// A vocabulary of lists, each written as a YAML file of `lists/`.
func vocabulary(
    lists: [String: String] = [:], zone: ZoneOffset = .utc, in arena: Arena
) -> Vocabulary {
    let loaded = lists.compactMap { name, text in
        NamedList.load(file: "lists/\(name).yaml", bytes: Array(text.utf8), in: arena).0
    }
    return Vocabulary(lists: ListLibrary(loaded, in: arena), timeZone: zone, in: arena)
}

/// A rule set's answer on some data, both as JSON.
struct Answer {
    var passed = false
    var results: [RuleResult] = []
    var evidence: [String] = []
    var findings: [Finding] = []
    var isCompiled = false

    var statuses: [String] { results.map { "\($0.status.name)" } }
    var codes: [String] { findings.map(\.code) }

    init(
        _ ruleSet: String, on data: String = "{}", at now: String = "2026-11-22T02:00:00Z",
        _ semantics: RuleSet.Semantics = .docket, lists: [String: String] = [:],
        zone: ZoneOffset = .utc
    ) throws {
        let arena = Arena()
        var parser = JSONParser()
        let source = Source(
            file: "rules.json", arena: arena, value: try parser.parse(ruleSet, into: arena))
        let value = try parser.parse(data, into: arena)
        let now = try #require(Instant(parsing: now))
        let (program, findings) = RuleSet.compile(
            source.root, semantics: semantics,
            vocabulary: vocabulary(lists: lists, zone: zone, in: arena), in: arena)
        self.findings = findings
        guard let program else { return }
        isCompiled = true
        let outcome = program.evaluate(value, now: now, in: arena)
        passed = outcome.passed
        results = outcome.results
        evidence = outcome.evidence(in: arena).map { String($0) }
        #expect(program.passes(value, now: now) == outcome.passed)
        withExtendedLifetime(arena) {}
    }
}

/// Whether one condition, `"key","operator",value` without the names, holds.
func holds(
    _ key: String, _ operation: String, _ value: String?, on data: String,
    at now: String = "2026-11-22T02:00:00Z", _ semantics: RuleSet.Semantics = .docket
) throws -> Bool {
    let operand = value.map { ",\"value\":\($0)" } ?? ""
    let rule = "{\"key\":\"\(key)\",\"operator\":\"\(operation)\"\(operand)}"
    let answer = try Answer(
        "{\"operator\":\"and\",\"rules\":[\(rule)]}", on: data, at: now, semantics)
    #expect(answer.isCompiled, "\(answer.findings)")
    return answer.passed
}

/// A rule set of one condition, given by its members.
func only(_ members: String) -> String {
    "{\"operator\":\"and\",\"rules\":[{" + members + "}]}"
}
