import Casework
import Definitions
import Documents
import Testing

/// Definitions that are meant to do harm: each a finding, or a bounded failure of its case alone.
@Suite(.timeLimit(.minutes(1))) struct HostileWorkflowTests {
    private func bench(_ states: String, _ rest: String = "") -> CaseBench {
        CaseBench(
            """
            docket: 1
            id: w
            definition:
              initial: a
              states:
            \(states.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
            \(rest)
            """)
    }

    private func fault(
        _ bench: CaseBench, _ context: String = "{}", event: String = "GO"
    ) -> String? {
        #expect(!bench.catalog.hasErrors, "\(bench.catalog.findings)")
        var machine = bench.start(context)
        if machine.record.fault == nil {
            machine = bench.next(machine)
            machine.add(bench.event(event))
            bench.settle(&machine) { _ in .response(status: 200, body: .emptyObject) }
        }
        return machine.record.fault?.code
    }

    @Test func `an event that raises itself`() {
        let raising = "a: {on: {GO: {actions: [{type: xstate.raise, event: GO}]}}}"
        #expect(fault(bench(raising)) == "RUN003")
        let two = """
            a: {on: {GO: {actions: [{type: xstate.send, event: HI}]}, HI: {actions: [{type: xstate.send, event: GO}]}}}
            """
        #expect(fault(bench(two)) == "RUN003")
        let choosing = """
            a: {on: {GO: {actions: [{type: xstate.choose, conds: [{actions: [{type: xstate.raise, event: GO}, {type: xstate.raise, event: GO}]}]}]}}}
            """
        #expect(fault(bench(choosing)) == "RUN003")
    }

    @Test func `always transitions in a circle`() {
        let plain = bench("a: {on: {GO: b}}\nb: {always: c}\nc: {always: b}")
        #expect(plain.catalog.findings.map(\.code).contains("SC009"))
        #expect(fault(plain) == "RUN003")
        let guarded = """
            a: {on: {GO: b}}
            b: {always: {target: c, cond: {type: json-logic, options: {rule: {"==": [1, 1]}}}}}
            c: {always: {target: b, cond: {type: jmespath, options: {rule: "`true`"}}}}
            """
        #expect(fault(bench(guarded)) == "RUN003")
        #expect(
            fault(bench("a: {always: {actions: [{type: assign, assignment: {x: 1}}]}}")) == "RUN003"
        )
    }

    @Test func `plugins that start each other`() {
        let states = "a: {on: {GO: b}}\nb: {on: {AGAIN: c}}\nc: {on: {AGAIN: b}}"
        let plugins = """
            extensions:
              commonPlugins:
                - {name: t, pluginKind: transformer, stateNames: [b, c], successAction: AGAIN, transformers: [{transformer: jmespath, mapping: "@"}]}
            """
        #expect(fault(bench(states, plugins)) == "RUN005")
    }

    @Test func `a pattern that backtracks without end`() {
        let plugins = """
            extensions:
              commonPlugins:
                - name: t
                  pluginKind: transformer
                  stateNames: [b]
                  transformers: [{transformer: helpers, mapping: [{source: entity.x, target: entity.y, method: regex, value: "^(a+)+$"}]}]
            """
        let text = String(repeating: "a", count: 5000) + "!"
        let found = fault(
            bench("a: {on: {GO: b}}\nb: {}", plugins), #"{"entity": {"x": "\#(text)"}}"#)
        #expect(found == "RUN010")
    }

    @Test func `an assignment that doubles what it finds`() {
        let states = """
            a: {on: {GO: {target: b, actions: [{type: assign, assignment: {x: [1], n: 0}}]}}}
            b:
              always:
                - target: b
                  internal: false
                  cond: {type: json-logic, options: {rule: {"<": [{var: n}, 60]}}}
                  actions: [{type: assign, assignment: {x: [{var: x}, {var: x}], n: {"+": [{var: n}, 1]}}}]
            """
        #expect(fault(bench(states)) == "RUN006")
    }

    @Test func `a guard that doubles a text`() {
        let rule =
            #"{">": [{"reduce": [{"var": "list"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "x"]}, 0]}"#
        let states =
            "a: {on: {GO: {target: b, cond: {type: json-logic, options: {rule: \(rule)}}}}}\nb: {}"
        let list = Array(repeating: "0", count: 64).joined(separator: ",")
        #expect(fault(bench(states), "{\"list\": [\(list)]}") == "RUN001")
    }

    @Test func `a guard nested very deep`() {
        var rule = "{var: x}"
        for _ in 0..<400 { rule = "{and: [\(rule), \(rule.count < 100 ? "true" : "1")]}" }
        let deep = bench(
            "a: {on: {GO: {target: b, cond: {type: json-logic, options: {rule: \(rule)}}}}}\nb: {}")
        #expect(deep.catalog.hasErrors || fault(deep, #"{"x": true}"#) == nil)
    }

    @Test func `delays longer than the calendar`() {
        let late = bench("a: {after: {1000 years: b}}\nb: {after: {365000 days: a}}")
        #expect(!late.catalog.hasErrors)
        #expect(late.start().record.timers.first?.due.description.hasPrefix("2969") == true)
        let longer = bench("a: {after: {1001 years: b}}\nb: {}")
        #expect(longer.catalog.findings.map(\.code).contains("SC011"))
    }
}
