import Audit
import Batch
import Casework
import Documents
import Foundation
import Testing

private let start = Instant(milliseconds: 1_795_312_800_000)  // 2026-11-22T02:00:00Z
private let day = 86_400_000

/// `docket explain`. What it says of the example stands in `Tests/Golden/explain/`; `UPDATE_GOLDEN=1` writes it.
@Suite struct ExplanationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func run(_ repository: TemporaryRepository, days: Int = 0) throws {
        var options = RunOptions(
            directory: repository.directory, now: start.advanced(byMilliseconds: days * day),
            jobs: 2)
        options.at = options.now
        _ = try BatchRun(options: options).perform()
    }

    private func explain(_ id: String, _ repository: TemporaryRepository) throws -> Explanation {
        let ledger = try #require(try Ledger.open(repository.directory))
        let caseID = try #require(CaseID(id))
        return try #require(
            try Explanation.load(caseID, from: ledger, in: repository.directory))
    }

    // MARK: The example

    @Test func `the example's cases are told as their golden files say`() throws {
        let repository = try TemporaryRepository()
        for name in ["docket.yaml", "workflows", "rules", "forms", "vendors", "lists", "cases"] {
            try FileManager.default.copyItem(
                atPath: Self.root.appendingPathComponent(name).path,
                toPath: "\(repository.directory)/\(name)")
        }
        for bulk in ["cases/reviews"] {
            try? FileManager.default.removeItem(atPath: "\(repository.directory)/\(bulk)")
        }
        try repository.commit()
        try run(repository)
        for id in [
            "onboarding/fjord-sjomat", "onboarding/delta-logistics",
            "onboarding/planted-documents-number", "individuals/jean-exemple",
        ] {
            let explanation = try explain(id, repository)
            let text = explanation.text.replacing(
                explanation.ledger.prefix(12), with: "0123456789ab")
            let name = id.replacing("/", with: "-") + ".txt"
            let url = Self.root.appendingPathComponent("Tests/Golden/explain/\(name)")
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: url, atomically: true, encoding: .utf8)
            }
            let golden = try? String(contentsOf: url, encoding: .utf8)
            #expect(golden == text, "run the tests once with UPDATE_GOLDEN=1 to write \(name)")
            #expect(explanation.gaps == [])
        }
    }

    // MARK: Small cases

    private static let settings = """
        docket: 1
        cases: {people: {workflow: flow, events: [{type: START}]}}
        """

    private static let flow = """
        docket: 1
        id: flow
        definition:
          initial: idle
          states:
            idle: {on: {START: [{target: review, cond: {type: json-logic, options: {rule: {">": [{var: score}, 50]}}}}, ok]}}
            review:
              tags: [manual_review]
              after: {30 days: expired}
              on:
                approve: {target: ok, cond: {type: jmespath, options: {rule: "not_null(documents, `[]`)[0].seen"}}}
                reject: "no"
            ok: {type: final, tags: [approved]}
            "no": {type: final, tags: [rejected]}
            expired: {on: {REOPEN: review}}
        """

    private func repository(_ flow: String = Self.flow, score: Int = 80) throws
        -> TemporaryRepository
    {
        let repository = try TemporaryRepository()
        try repository.write("docket.yaml", Self.settings)
        try repository.write("workflows/flow.yaml", flow)
        try repository.write(
            "cases/people/ada.yaml", "context: {score: \(score), documents: [{seen: true}]}")
        try repository.commit()
        try run(repository)
        return repository
    }

    @Test func `a score is told line by line, with what bounded it and the condition's place`()
        throws
    {
        let repository = try TemporaryRepository()
        try repository.write(
            "docket.yaml", Self.settings + "\nrisk: {levels: {low: 0, high: 50}, cap: 55}\n")
        try repository.write(
            "workflows/flow.yaml",
            """
            docket: 1
            id: flow
            definition:
              initial: idle
              states:
                idle: {on: {START: scoring}}
                scoring: {always: [{target: "no", cond: too-high}, {target: ok}]}
                ok: {type: final, tags: [approved]}
                "no": {type: final, tags: [rejected]}
            extensions:
              commonPlugins:
                - {name: risk, pluginKind: riskRules, stateNames: [idle], rulesSource: {file: rules/r.yaml}}
            """)
        try repository.write("lists/places.csv", "place,level\nAA,high\n")
        try repository.write(
            "rules/r.yaml",
            """
            docket: 1
            rules:
              - {id: a, domain: D, indicator: From afar, baseRiskScore: 40, additionalRiskScore: 5, maxRiskScore: 60, ruleSet: {operator: and, rules: [{key: place, operator: IN, list: places, where: {level: high}}]}}
              - {id: b, domain: D, indicator: Large, baseRiskScore: 30, additionalRiskScore: 25, jsonLogic: {">": [{var: score}, 50]}}
            conditions:
              - {id: too-high, jmespath: "pluginsOutput.risk.riskScore > `50`"}
            """)
        try repository.write("cases/people/ada.yaml", "context: {score: 80, place: AA}")
        try repository.commit()
        try run(repository)
        let told = try explain("people/ada", repository)
        #expect(told.steps.contains { $0.condition == "too-high (rules/r.yaml:6)" })
        #expect(told.steps.last?.values.map(\.path) == ["pluginsOutput.risk.riskScore"])
        let score = try #require(told.text.split(separator: "Risk score ").last)
            .split(separator: "\n\n")[0]
        #expect(
            score == """
                55 (high)
                     40  From afar (D), highest base score  [rules/r.yaml#a]
                          found in place
                  +  25  Large (D), additional score  [rules/r.yaml#b]
                          found in score
                  = 65
                     60  at most, the maxRiskScore of the highest rule  [rules/r.yaml#a]
                     55  at most, risk.cap of docket.yaml
                  = 55
                """)
        // The list is a part of what the workflow is made of.
        let before = told.record["closure"]
        try repository.write("lists/places.csv", "place,level\nAA,high\nBB,high\n")
        try repository.write("cases/people/bob.yaml", "context: {score: 1, place: BB}")
        try repository.commit()
        try run(repository, days: 1)
        #expect(try explain("people/ada", repository).record["closure"] == before)
        #expect(try explain("people/bob", repository).record["closure"] != before)
    }

    @Test func `what a case waits for and what may come next is said`() throws {
        let told = try explain("people/ada", try repository())
        #expect(told.waits == ["the delay of 30 days, due 2026-12-22T02:00:00Z"])
        #expect(told.choices.map(\.event) == ["approve", "reject"])
        #expect(told.choices[0].leads[0].condition == "not_null(documents, `[]`)[0].seen")
        #expect(told.since == "2026-11-22T02:00:00Z")
        #expect(told.steps[0].condition == "score > 50")
        #expect(told.steps[0].conditionPlace == "workflows/flow.yaml:6")
        #expect(told.steps[0].values.map(\.path) == ["score"])
    }

    @Test func `a step that no guard decided names those that did not hold`() throws {
        let told = try explain("people/ada", try repository(score: 3))
        #expect(told.steps[0].condition == nil)
        #expect(told.steps[0].failed == ["score > 50"])
        #expect(told.steps[0].determinations.map(\.outcome) == ["approved"])
        #expect(told.choices.isEmpty && told.closed?.contains("finished") == true)
    }

    @Test func `a delay that passed is told with its due time, and the definitions of then`() throws
    {
        let repository = try repository()
        try repository.write("workflows/flow.yaml", "# moved down\n\n\n" + Self.flow)
        try repository.commit()
        try run(repository, days: 45)
        let told = try explain("people/ada", repository)
        #expect(told.steps.count == 2)
        #expect(told.steps[0].conditionPlace == "workflows/flow.yaml:6")
        #expect(told.steps[0].condition == "score > 50")
        #expect(told.steps[1].at == "2026-12-22T02:00:00Z")
        #expect(told.text.contains("30 days had passed: from review to expired"))
        #expect(told.gaps == [])
    }

    @Test func `a reviewer's reason and what it was made on come from the event file`() throws {
        let repository = try repository()
        try repository.write(
            "cases/people/ada.events/20261123T000000000Z-00000000000000000000000000000001.yaml",
            """
            type: reject
            kind: decision
            by: r-7
            reason: "not \\e[31mconvincing\\e[0m"
            expects: {episode: 1, state: review}
            """)
        try repository.commit()
        try run(repository, days: 2)
        let told = try explain("people/ada", repository)
        let found = try #require(told.steps.last?.determinations.first)
        #expect(found.by == "r-7" && found.expects == "episode 1, state review")
        #expect(!told.text.contains("\u{1B}"))
        #expect(told.text.contains("rejected by r-7, made on episode 1, state review: \"not"))
    }

    @Test func `an explanation for programs has the same steps`() throws {
        let told = try explain("people/ada", try repository())
        let json = told.json()
        withExtendedLifetime(told) {
            #expect(json["steps"]?[0]?["guard"]?.string == "score > 50")
            #expect(json["steps"]?[0]?["read"]?["score"]?.integer == 80)
            #expect(json["next"]?[0]?["event"]?.string == "approve")
        }
    }

    @Test func `a case that stays on its version is told by the definitions it stands on`() throws {
        let repository = try repository()
        let raised = Self.flow.replacing("id: flow", with: "id: flow\nversion: 2")
            .replacing("reject: \"no\"", with: "refuse: \"no\"")
        try repository.write("workflows/flow.yaml", raised)
        try repository.commit()
        try run(repository, days: 1)
        let told = try explain("people/ada", repository)
        #expect(told.choices.map(\.event) == ["approve", "reject"])
        #expect(told.steps[0].condition == "score > 50")
        #expect(told.gaps == [])
    }

    @Test func `a case that is not there is none`() throws {
        let repository = try repository()
        let ledger = try #require(try Ledger.open(repository.directory))
        let id = try #require(CaseID("people/nobody"))
        #expect(try Explanation.load(id, from: ledger, in: repository.directory) == nil)
    }
}
