import Casework
import Definitions
import Documents
import Testing

/// Risk rules and scorecards as plugins of a case.
@Suite struct ScoreWorkTests {
    private static let workflow = """
        docket: 1
        id: w
        definition:
          initial: scoring
          states:
            scoring: {on: {SCORED: decision}}
            decision:
              always:
                - {target: high, cond: {type: scorecard, scorecard: card, operator: GTE, value: 5}}
                - {target: low}
            high: {type: final}
            low: {type: final}
        extensions:
          commonPlugins:
            - {name: risk, pluginKind: riskRules, stateNames: [scoring], rulesSource: {file: rules/r.yaml}}
            - {name: points, pluginKind: scorecard, scorecard: card, stateNames: [scoring], successAction: SCORED}
        """
    private static let rules = """
        docket: 1
        rules:
          - {id: a, domain: D, indicator: A, baseRiskScore: 40, additionalRiskScore: 1, maxRiskScore: 45, jmespath: "x > `1`"}
          - {id: b, domain: D, indicator: B, baseRiskScore: 30, additionalRiskScore: 20, minRiskScore: 10, jsonLogic: {">": [{var: x}, 1]}}
        scorecards:
          - id: card
            base: 0.1
            attributes:
              - {id: x, key: x, weight: 0.1, bins: [{missing: true, points: 0}, {below: 5, points: 3, reason: Low}, {from: 5, points: 49}]}
        """

    @Test func `a scorecard's result stands where plugins' output stands, and guards ask for it`() {
        let bench = CaseBench(Self.workflow, rules: Self.rules)
        #expect(bench.catalog.findings == [])
        let machine = bench.start(#"{"x":7}"#)
        #expect(bench.state(machine) == "high")
        #expect(bench.json(machine.record.context["pluginsOutput"]?["points"]?["score"]) == "5")
        let low = bench.start(#"{"x":2}"#)
        #expect(bench.state(low) == "low")
        let output = low.record.context["pluginsOutput"]?["points"]
        #expect(
            bench.json(output?["score"]) == "0.4" && bench.json(output?["reasons"]) == #"["Low"]"#)
    }

    @Test func `what bounded a score is on the record, and read back from it`() {
        let bench = CaseBench(Self.workflow, rules: Self.rules)
        let machine = bench.start(#"{"x":7}"#)
        #expect(bench.json(machine.record.risk?.score) == "45")
        #expect(
            bench.json(machine.record.risk?.bounds)
                == #"[{"by":"maxRiskScore","rule":"rules/r.yaml#a","to":45}]"#)
        #expect(bench.json(bench.start(#"{"x":1}"#).record.risk?.bounds) == "")
        let imported = CaseBench(
            Self.workflow.replacing("id: w\n", with: "id: w\nsemantics: ballerine\n"),
            rules: Self.rules)
        #expect(imported.catalog.findings.contains { $0.code == "WF020" })
    }

    @Test func `a value that falls into no bin fails the case, with the place`() {
        let bench = CaseBench(Self.workflow, rules: Self.rules)
        let machine = bench.start(#"{"x":"seven"}"#)
        #expect(machine.record.fault?.code == "RUN010")
        #expect(machine.record.fault?.message.contains("rules/r.yaml:9") == true)
    }
}
