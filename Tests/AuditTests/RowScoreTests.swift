import Audit
import Batch
import Casework
import Definitions
import Documents
import Foundation
import Testing

/// Risk rules whose scores and indicator come from the row of a decision table.
@Suite struct RowScoreTests {
    private static let flow = """
        docket: 1
        id: flow
        definition:
          initial: idle
          states:
            idle: {on: {START: scoring}}
            scoring: {type: final}
        extensions:
          commonPlugins:
            - {name: risk, pluginKind: riskRules, stateNames: [scoring], rulesSource: {file: rules/r.yaml}}
        """
    private static let outputs =
        "baseRiskScore: score, additionalRiskScore: adds, indicator: reason"

    private static func rules(
        _ names: String = outputs, policy: String = "first",
        outputs: String =
            "[{name: score, type: number}, {name: adds, type: number}, {name: reason}]"
    ) -> String {
        """
        docket: 1
        rules:
          - {id: size, domain: D, indicator: Large, baseRiskScore: 0.2, additionalRiskScore: 0.1, jsonLogic: {">": [{var: size}, 5]}}
          - id: country
            domain: Geography
            indicator: Country
            baseRiskScore: 7
            additionalRiskScore: 0.2
            maxRiskScore: 95
            table: {id: places, \(names)}
        tables:
          - id: places
            hitPolicy: \(policy)
            inputs: [{name: place}]
            outputs: \(outputs)
            file: places.csv
        """
    }

    private static let rows = """
        place,score,adds,reason
        XX,90,40,Far away
        YY,,,Not so far
        ZZ,0.1,,
        """

    private func catalog(_ rules: String, _ rows: String = rows) -> Catalog {
        Catalog(
            loading: [
                ("docket.yaml", "docket: 1\nproject: t\n"), ("workflows/flow.yaml", Self.flow),
                ("rules/r.yaml", rules), ("rules/places.csv", rows),
            ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) })
    }

    private func codes(_ rules: String, _ rows: String = rows) -> [String] {
        catalog(rules, rows).findings.filter { $0.code != "DT021" }
            .map { "\($0.code) \($0.file):\($0.position?.line ?? 0)" }
    }

    /// What `docket explain` tells of a case's score, line by line.
    private func score(
        _ context: String, _ rules: String = rules(), _ rows: String = rows
    ) throws -> [String] {
        let repository = try TemporaryRepository()
        try repository.write(
            "docket.yaml",
            "docket: 1\nproject: t\ncases: {people: {workflow: flow, events: [{type: START}]}}\n")
        try repository.write("workflows/flow.yaml", Self.flow)
        try repository.write("rules/r.yaml", rules)
        try repository.write("rules/places.csv", rows)
        try repository.write("cases/people/ada.yaml", "context: \(context)")
        try repository.commit()
        var options = RunOptions(
            directory: repository.directory, now: Instant(milliseconds: 1_795_312_800_000), jobs: 1)
        options.at = options.now
        _ = try BatchRun(options: options).perform()
        let ledger = try #require(try Ledger.open(repository.directory))
        let id = try #require(CaseID("people/ada"))
        let told = try #require(try Explanation.load(id, from: ledger, in: repository.directory))
        let text = try #require(told.text.components(separatedBy: "Risk score ").last)
        return text.components(separatedBy: "\n\n")[0].components(separatedBy: "\n")
    }

    @Test func `the row gives scores and indicator, and is named`() throws {
        #expect(codes(Self.rules()).isEmpty)
        #expect(
            try score("{place: XX, size: 9}") == [
                "90.1",
                "     90  Far away (Geography), highest base score  [rules/r.yaml#country]",
                "          by row rules/places.csv:2", "          found in place",
                "  + 0.1  Large (D), additional score  [rules/r.yaml#size]",
                "          found in size", "  = 90.1",
            ])
    }

    @Test func `what a row leaves empty is the rule's own`() throws {
        #expect(
            try score("{place: YY}") == [
                "7", "      7  Not so far (Geography), highest base score  [rules/r.yaml#country]",
                "          by row rules/places.csv:3", "          found in place", "  = 7",
            ])
    }

    @Test func `the order of rules is that of the rows' scores, and sums are exact`() throws {
        // 0.2 of the one and 0.2 of the other are 0.4; as doubles 0.1 + 0.2 would not be 0.3.
        #expect(try score("{place: ZZ, size: 9}").first == "0.4")
        #expect(try score("{place: ZZ, size: 9}")[1].contains("Large"))
        let own = Self.rules().replacing(
            "additionalRiskScore: 0.2", with: "additionalRiskScore: 0.1")
        #expect(try score("{place: ZZ, size: 9}", own).first == "0.3")
    }

    @Test func `without a row the rule is not raised`() throws {
        #expect(try score("{place: QQ}") == ["0", "  No rule was raised."])
    }

    @Test func `a table that collects scores by its sum`() throws {
        let rules = Self.rules(
            "baseRiskScore: score", policy: "collect\n    aggregation: sum",
            outputs: "[{name: score, type: number}]")
        let rows = "place,score\nXX,30\n-,12.5\n"
        #expect(codes(rules, rows).isEmpty)
        #expect(
            try score("{place: XX}", rules, rows) == [
                "42.5", "   42.5  Country (Geography), highest base score  [rules/r.yaml#country]",
                "          by row rules/places.csv:2 and 1 more", "          found in place",
                "  = 42.5",
            ])
    }

    @Test func `outputs that cannot score are findings at their places`() {
        #expect(codes(Self.rules("baseRiskScore: reason")) == ["DT032 rules/r.yaml:10"])
        #expect(codes(Self.rules("additionalRiskScore: nothing")) == ["DT032 rules/r.yaml:10"])
        #expect(codes(Self.rules("indicator: score")) == ["DT032 rules/r.yaml:10"])
        #expect(codes(Self.rules(policy: "rule order")) == ["DT032 rules/r.yaml:10"])
        #expect(codes(Self.rules("baseScore: score")) == ["RR024 rules/r.yaml:10"])
        let below = Self.rows.replacing("XX,90,40", with: "XX,90,-4")
        let found = catalog(Self.rules(), below).findings.first { $0.code == "DT032" }
        #expect(found?.message.contains("rules/places.csv:2 gives -4") == true)
    }
}
