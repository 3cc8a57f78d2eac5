import DecisionTables
import Documents
import Testing

/// What comes of the rows that match.
@Suite struct PolicyTests {
    private func table(_ policy: String, _ more: String = "", outputs: String = "") -> Trial {
        Trial(
            """
            id: trial
            hitPolicy: \(policy)
            \(more)
            inputs: [{name: x, type: integer}]
            outputs:
              - {name: tier, type: string, values: [high, middle, low]}
              - {name: score, type: number\(outputs)}
            rows:
              - {x: ">= 10", tier: low, score: 0.1}
              - {x: ">= 20", tier: high, score: 0.2}
              - {x: ">= 30", tier: middle, score: 0.30}
            """)
    }

    @Test func `unique takes the one row, and two are an error with their numbers`() throws {
        let trial = table("unique")
        #expect(try trial.outputs("{\"x\": 15}") == #"{"tier":"low","score":0.1}"#)
        #expect(try trial.outputs("{\"x\": 5}") == "null")
        #expect(
            trial.failure("{\"x\": 25}")
                == "the rows 1 (rules/trial.yaml:9) and 2 (rules/trial.yaml:10) of the table 'trial' "
                + "match, and its hit policy unique allows one")
        #expect(trial.codes.contains("DT020"))
    }

    @Test func `first takes the first row of the table`() throws {
        let outcome = try table("first").outcome("{\"x\": 35}")
        #expect(outcome.rows.map { $0 } == [0])
    }

    @Test func `priority takes the best output, whatever the order of rows`() throws {
        let trial = table("priority")
        #expect(try trial.outputs("{\"x\": 35}") == #"{"tier":"high","score":0.2}"#)
        #expect(try trial.rows("{\"x\": 15}") == [0])
    }

    @Test func `any takes rows with equal outputs, and others are an error`() throws {
        let trial = Trial(
            """
            id: trial
            hitPolicy: any
            inputs: [{name: x, type: integer}]
            outputs: [{name: ok, type: boolean}]
            rows: [{x: "> 1", ok: true}, {x: "> 2", ok: true}, {x: "> 3", ok: false}]
            """)
        #expect(try trial.outputs("{\"x\": 3}") == #"{"ok":true}"#)
        #expect(trial.failure("{\"x\": 4}").contains("with different outputs"))
        #expect(trial.codes.filter { $0 == "DT020" }.count == 2)
    }

    @Test func `rule order and collect give all rows in the order of the table`() throws {
        let all = #"[{"tier":"low","score":0.1},{"tier":"high","score":0.2}]"#
        for policy in ["rule order", "ruleOrder", "collect"] {
            let trial = table(policy)
            #expect(try trial.outputs("{\"x\": 25}") == all)
            #expect(try trial.outputs("{\"x\": 1}") == "[]")
        }
    }

    @Test(arguments: [
        ("sum", "0.6", "0"), ("min", "0.1", "null"), ("max", "0.30", "null"), ("count", "3", "0"),
    ])
    func `collect adds up exactly`(aggregation: String, all: String, none: String) throws {
        let trial = Trial(
            """
            id: trial
            hitPolicy: collect
            aggregation: \(aggregation)
            inputs: [{name: x, type: integer}]
            outputs: [{name: score, type: number}]
            rows: [{x: "> 1", score: 0.1}, {x: "> 2", score: 0.2}, {x: "> 3", score: 0.30}]
            """)
        #expect(try trial.outputs("{\"x\": 4}") == "{\"score\":\(all)}")
        #expect(try trial.outputs("{\"x\": 0}") == "{\"score\":\(none)}")
        #expect(try trial.rows("{\"x\": 3}") == [0, 1])
    }

    @Test func `a default comes when nothing matches`() throws {
        let whole = table("first", "default: {tier: middle}")
        #expect(try whole.outputs("{\"x\": 1}") == #"{"tier":"middle","score":null}"#)
        #expect(try whole.rows("{\"x\": 1}") == [])
        let single = table("collect", outputs: ", default: 7")
        #expect(try single.outputs("{\"x\": 1}") == #"[{"tier":null,"score":7}]"#)
    }

    @Test func `policies that do not fit are findings`() {
        #expect(Trial("integer", cells: ["1"], policy: "best").codes.contains("DT004"))
        #expect(Trial("integer", cells: ["1"], policy: "priority").codes.contains("DT004"))
        #expect(
            Trial("integer", cells: ["1"], policy: "first\naggregation: sum").codes.contains(
                "DT004"))
        #expect(table("collect", "aggregation: sum").codes.contains("DT004"))
        #expect(table("collect", "aggregation: mean").codes.contains("DT004"))
    }

    @Test func `sums refuse numbers that they cannot add exactly`() {
        let trial = Trial(
            """
            id: trial
            hitPolicy: collect
            aggregation: sum
            inputs: [{name: x, type: integer}]
            outputs: [{name: score, type: number}]
            rows: [{x: 1, score: 1e19}, {x: 2, score: 1234567890123456789}]
            """)
        #expect(trial.codes.filter { $0 == "DT014" }.count == 2)
    }
}
