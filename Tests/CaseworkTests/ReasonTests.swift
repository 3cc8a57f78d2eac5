import Casework
import Definitions
import Documents
import Testing

/// Why a case went where it did: what guards read, which plugins ran.
@Suite struct ReasonTests {
    private func paths(_ cond: String) -> [String] {
        let bench = CaseBench(
            """
            docket: 1
            id: w
            definition: {initial: a, states: {a: {on: {GO: {target: b, cond: \(cond)}}}, b: {type: final}}}
            """, rules: Self.rules)
        #expect(!bench.catalog.hasErrors, "\(bench.catalog.findings)")
        return bench.workflow.reads[0].map { String($0.name) }
    }

    private static let rules = """
        docket: 1
        rules:
          - id: young
            domain: d
            indicator: i
            baseRiskScore: 1
            additionalRiskScore: 1
            ruleSet: {operator: and, rules: [{key: company.age, operator: LT, value: 2}, {key: "owners[0].name", operator: EXISTS, value: {}}]}
        """

    @Test(
        arguments: [
            ("a.b.c", ["a.b.c"]), ("a.b == `1` && !c", ["a.b", "c"]),
            ("length(x.y) > `0`", ["x.y"]),
            ("docs[?type == 'a'].name | [0]", ["docs"]), ("a[0].b", ["a.0.b"]), ("a[*].b", ["a"]),
            ("not_null(a, `[]`)[?b.c].d", ["a"]), ("x.{k: y, z: w}", ["x"]),
            ("[a, b.c]", ["a", "b.c"]),
            ("{k: a, l: b}", ["a", "b"]), ("(a || b).c", ["a", "b"]), ("@.a", ["a"]),
            ("sort_by(people, &age)[0].name", ["people"]), ("a | b", ["a"]),
            ("\"odd key\".x", ["odd key.x"]),
            ("starts_with(p.error, 'x: y')", ["p.error"]), ("max_by(a, &b) > c", ["a", "c"]),
        ] as [(String, [String])])
    func `a JMESPath guard reads these members`(text: String, names: [String]) {
        let quoted = text.replacing("'", with: "''")
        #expect(paths("{type: jmespath, options: {rule: '\(quoted)'}}") == names)
    }

    @Test(
        arguments: [
            (#"{">": [{var: a.b}, {var: [c, 1]}]}"#, ["a.b", "c"]),
            (#"{"!": {missing: [a, b.c]}}"#, ["a", "b.c"]),
            (#"{some: [{var: docs}, {"==": [{var: status}, x]}]}"#, ["docs"]),
            (#"{and: [{var: x}, {or: [{var: y}, {var: x}]}]}"#, ["x", "y"]),
        ] as [(String, [String])])
    func `a JSONLogic guard reads these members`(rule: String, names: [String]) {
        #expect(paths("{type: json-logic, options: {rule: \(rule)}}") == names)
    }

    @Test func `rules by name and compositions read what their parts read`() {
        #expect(
            paths("{type: rule, options: {rule: 'rules/r.yaml#young'}}") == [
                "company.age", "owners.0.name",
            ])
        #expect(
            paths("{and: [{not: {type: jmespath, options: {rule: a}}}, 'rules/r.yaml#young']}") == [
                "a", "company.age", "owners.0.name",
            ])
    }

    private static let workflow = """
        docket: 1
        id: w
        definition:
          initial: a
          states:
            a:
              on:
                GO:
                  - {target: c, cond: {type: json-logic, options: {rule: {">": [{var: score}, 50]}}}}
                  - target: b
            b: {on: {DONE: {target: c, cond: {type: jmespath, options: {rule: "ok && long"}}}, BAD: c}}
            c: {}
        extensions:
          apiPlugins:
            - {name: ask, pluginKind: api, url: "https://example.com/", method: GET, stateNames: [b], successAction: DONE, errorAction: BAD, response: {transform: [{transformer: jmespath, mapping: "{x: x}"}]}}
        """

    private func files(_ machine: borrowing CaseMachine, _ bench: CaseBench) -> (Value, Value) {
        var writer = RecordWriter()
        let record = writer.record(machine.record, of: bench.workflow, in: bench.arena)
        let data = writer.data(machine.record, of: bench.workflow, in: bench.arena)
        return (
            bench.value(String(decoding: record, as: UTF8.self)),
            bench.value(String(decoding: data, as: UTF8.self))
        )
    }

    @Test func `the data file holds what was read to decide, the record where the guard stands`() {
        let bench = CaseBench(Self.workflow)
        let long = String(repeating: "y", count: 2000)
        var machine = bench.next(bench.start(#"{"score": 7, "ok": true}"#))
        machine.add(bench.event("GO"))
        bench.settle(&machine)
        #expect(bench.state(machine) == "b")
        machine.add(bench.event("DONE", payload: #"{"long": "\#(long)", "ok": 1}"#))
        bench.settle(&machine)
        let (record, data) = files(machine, bench)
        #expect(
            bench.json(data["reads"])
                == #"[{"history":1,"values":{"score":7}},{"history":2,"values":{"long":{"count":2000,"#
                + #""omitted":"text"},"ok":1}}]"#)
        // The first transition has no guard of its own; what stood before it was read all the same.
        #expect(record["history"]?[0]?["guard"] == nil)
        #expect(record["history"]?[1]?["guard"]?.string == "workflows/w.yaml:11")
    }

    @Test func `the record tells which plugins ran, when and what came of it`() throws {
        let bench = CaseBench(Self.workflow)
        var machine = bench.next(bench.start(#"{"score": 7}"#))
        machine.add(bench.event("GO"))
        bench.settle(&machine)
        let (waiting, data) = files(machine, bench)
        #expect(
            bench.json(waiting["plugins"])
                == #"[{"at":"1970-01-01T00:00:01Z","plugin":"ask","visit":1,"after":1,"result":"waiting"}]"#
        )
        let read = try CaseRecord.read(
            waiting, data: data, id: machine.record.id, workflow: bench.workflow, in: bench.arena)
        var later = CaseMachine(
            read, workflow: bench.workflow, catalog: bench.catalog,
            now: Instant(milliseconds: 5000), in: bench.arena)
        bench.settle(&later) { _ in .response(status: 500, body: .null) }
        #expect(bench.state(later) == "c")
        let (record, after) = files(later, bench)
        #expect(
            bench.json(record["plugins"]?[1])
                == #"{"at":"1970-01-01T00:00:05Z","plugin":"ask","visit":1,"after":1,"calls":1,"result":"failed"}"#
        )
        #expect(after["reads"]?.count == 1)
    }
}
