import Documents
import Foundation
import RiskRules
import Testing

/// `ballerine/rules.jsonl`: rule sets with what Ballerine's own rule engine answered.
private enum RuleSuite {
    static let root = URL(
        fileURLWithPath: ProcessInfo.processInfo.environment["DOCKET_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared").path
    ).appendingPathComponent("ballerine")

    /// The suites are no part of the package; without them these tests are skipped.
    static let isPresent = FileManager.default.fileExists(
        atPath: root.appendingPathComponent("rules.jsonl").path)

    /// Operators that Ballerine declares and cannot run: here Docket goes its own way.
    static let ownOperators = ["EXISTS", "IN_CASE_INSENSITIVE"]

    static func lines(_ name: String) throws -> [String] {
        let text = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    static func document(_ text: String) throws -> Document {
        try Document { arena in
            var parser = JSONParser(limits: ParseLimits(bytes: 64 << 20))
            return try parser.parse(text, into: arena)
        }
    }

    static func fixtures() throws -> Document {
        try document(
            String(contentsOf: root.appendingPathComponent("rules-fixtures.json"), encoding: .utf8))
    }
}

/// One line of the suite and Docket's answer to it.
private struct RuleCase {
    let name: String
    let text: String
    let isSkipped: Bool
    let expected: [(status: String, message: String?)]
    var results: [RuleResult]?
    var findings: [Finding] = []

    init(_ line: String, _ fixtures: Value, _ semantics: RuleSet.Semantics) throws {
        let document = try RuleSuite.document(line)
        let root = document.root
        name = root["name"]?.string ?? ""
        text = JSONWriter.line(root["ruleSet"] ?? .null)
        isSkipped = root["skip"]?.bool == true
        expected = (root["expected"]?.array.map(Array.init) ?? []).map {
            ($0["status"]?.string ?? "", $0["message"]?.string)
        }
        let reference = root["dataRef"]?.string
        let data = reference.flatMap { fixtures["contexts"]?[$0] } ?? root["data"] ?? .null
        let now = try #require(Instant(parsing: root["now"]?.string ?? ""))
        let node = Source(
            file: "rules.jsonl", arena: document.arena, value: root["ruleSet"] ?? .null
        ).root
        let arena = Arena()
        let (ruleSet, findings) = RuleSet.compile(node, semantics: semantics, in: arena)
        self.findings = findings
        let outcome = ruleSet?.evaluate(data, now: now, in: arena)
        results = outcome?.results
        if let ruleSet, let outcome { #expect(ruleSet.passes(data, now: now) == outcome.passed) }
        withExtendedLifetime((document, arena)) {}
    }

    var usesOwnOperator: Bool { RuleSuite.ownOperators.contains { text.contains("\"\($0)\"") } }

    /// Statuses agree, and messages where one of them is about a missing field.
    var agrees: Bool {
        guard let results, results.count == expected.count else { return false }
        return zip(results, expected).allSatisfy { mine, theirs in
            let missing = [mine.message, theirs.message].contains {
                $0?.hasPrefix("Field ") == true
            }
            return "\(mine.status.name)" == theirs.status
                && (!missing || mine.message == theirs.message)
                && (mine.message == nil) == (theirs.message == nil)
        }
    }
}

@Suite(.enabled(if: RuleSuite.isPresent, "the shared suites are not beside this package"))
struct RuleSetConformanceTests {
    @Test func `rule sets answer as Ballerine's engine does`() throws {
        let fixtures = try RuleSuite.fixtures()
        var (run, skipped, own) = (0, 0, 0)
        for line in try RuleSuite.lines("rules.jsonl") {
            let test = try RuleCase(line, fixtures.root, .ballerine)
            if test.isSkipped {
                skipped += 1
            } else if test.usesOwnOperator {
                own += 1
            } else {
                run += 1
                #expect(
                    test.agrees,
                    "\(test.name): \(test.text) gives \(test.results ?? []), not \(test.expected)")
            }
        }
        #expect(run == 652)
        // The condition holds a Zod schema, which JSON cannot express.
        #expect(skipped == 7)
        #expect(own == 31)
    }

    @Test func `sound rule sets answer the same under Docket's semantics`() throws {
        let fixtures = try RuleSuite.fixtures()
        var (run, refused) = (0, 0)
        for line in try RuleSuite.lines("rules.jsonl") {
            let test = try RuleCase(line, fixtures.root, .docket)
            if test.isSkipped || test.usesOwnOperator { continue }
            if test.results == nil {
                refused += 1
                #expect(test.findings.contains { $0.level == .error }, "\(test.name)")
                #expect(test.expected.contains { $0.message?.contains("'rule'") == true })
            } else {
                run += 1
                #expect(test.agrees, "\(test.name): \(test.text)")
            }
        }
        #expect(run == 538)
        #expect(refused == 114)
    }

    /// Known deviations. Ballerine cannot run these two operators (`Unknown operator
    /// IN_CASE_INSENSITIVE`; EXISTS wants a Zod object), so every case expects FAILED; Docket gives
    /// them the meaning of their names.
    @Test func `operators that Ballerine cannot run deviate exactly where they hold`() throws {
        let fixtures = try RuleSuite.fixtures()
        var deviations: [String] = []
        for line in try RuleSuite.lines("rules.jsonl") {
            let test = try RuleCase(line, fixtures.root, .ballerine)
            guard !test.isSkipped, test.usesOwnOperator, let results = test.results else {
                continue
            }
            let statuses = results.map { "\($0.status.name)" }
            if statuses != test.expected.map(\.status) { deviations.append(test.name) }
        }
        let reached = ["str", "strB", "neg", "t", "f", "dt", "numStr", "arr[0]"]
        #expect(
            deviations == [
                #"oracle IN_CASE_INSENSITIVE ["us","GB"] on str"#,
                #"oracle IN_CASE_INSENSITIVE ["us","GB"] on arr[0]"#,
            ] + reached.map { "oracle EXISTS {} on \($0)" })
    }
}

@Suite(.enabled(if: RuleSuite.isPresent, "the shared suites are not beside this package"))
struct RiskScoreConformanceTests {
    @Test func `results of rules add up as in Ballerine's plugin`() throws {
        var run = 0
        for line in try RuleSuite.lines("helpers.jsonl") where line.contains(#""riskRules""#) {
            let document = try RuleSuite.document(line)
            guard document.root["kind"]?.string == "riskRules" else { continue }
            run += 1
            let arena = Arena()
            let results = try #require(document.root["input"]?["rulesetResult"])
            let value = RiskScore.value(ofResults: results, in: arena)
            let expected = try #require(document.root["expected"]?["response"])
            #expect(JSONWriter.line(value) == JSONWriter.line(expected))
        }
        #expect(run == 2)
    }
}
