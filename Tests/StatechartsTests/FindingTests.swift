import Documents
import Statecharts
import Testing

@Suite struct FindingTests {
    @Test func `a target that does not exist is shown with its place`() {
        let bench = Bench(
            """
            initial: a
            states:
              a:
                on:
                  GO: nowhere
                  IN: .child
                  ID: {target: "#gone"}
                  OK: b
              b: {type: final}
            """)
        #expect(bench.findings == ["SC003 5:11", "SC003 6:11", "SC003 7:20"])
        #expect(bench.compilation.chart == nil)
        #expect(bench.compilation.findings[0].message.contains("'nowhere'"))
    }

    @Test(arguments: [
        ("{initial: x, states: {a: {}}}", "SC002"),
        ("{initial: a, states: {a: {id: z}, b: {id: z}}}", "SC004"),
        ("{initial: a, states: {a: 3}}", "SC001"),
        ("{initial: a, states: {a: {on: 3}}}", "SC005"),
        ("{initial: a, states: {a: {on: {E: 3}}}}", "SC005"),
        ("{initial: a, states: {a: {type: big}}}", "SC006"),
        ("{initial: a, states: {a: {type: final}, b: {type: final}}}", "SC007"),
        ("{initial: a, states: {a: {}}}", "SC008"),
        ("{initial: a, states: {a: {always: {actions: x}}}}", "SC009"),
        ("{initial: a, states: {a: {type: final, onEnter: x}}}", "SC010"),
        ("{initial: a, states: {a: {on: {E: {taget: a}}}}}", "SC010"),
        ("{initial: a, states: {a: {type: final, invoke: x}}}", "SC010"),
        ("{initial: a, states: {a: {after: {soon: a}}}}", "SC011"),
        ("{states: {a: {type: final}}}", "SC012"),
        ("{initial: a, states: {a: {on: {E: {target: a, cond: 3}}}}}", "SC013"),
        ("{initial: a, states: {a: {on: {E: {target: a, cond: {rule: 3}}}}}}", "SC013"),
        ("{initial: a, states: {a: {on: {E: {actions: 3}}}}}", "SC014"),
        ("{initial: a, states: {a: {on: {E: [a, a]}}}}", "SC015"),
        ("{initial: h, states: {h: {type: history, target: x}, a: {on: {E: h}}}}", "SC016"),
        ("{initial: h, states: {h: {type: history}}}", "SC016"),
        ("{initial: a, states: {a: {type: final, states: {b: {}}}}}", "SC018"),
        ("{initial: a, states: {a: {on: {E: {target: a, in: q}}}}}", "SC020"),
        ("{initial: h, states: {h: {type: history, target: a}, a: {on: {E: h}}}}", "SC021"),
        (
            "{initial: p, states: {o: {}, p: {type: parallel, states: "
                + "{q: {on: {E: '#(machine).o'}}, r: {on: {E: {actions: x}}}}}}}", "SC022"
        ),
        (
            "{initial: a, states: {a: {on: {E: c}}, b: {}, h: {type: history, target: b}, "
                + "c: {on: {E: [h]}}}}", "SC023"
        ),
        ("{initial: a, states: {a: {on: {'pay.*': a}}}}", "SC024"),
        ("{initial: a, states: {a: {on: {pay: a, pay.late: a}}}}", "SC024"),
        (
            "{initial: a, states: {a: {initial: f, onDone: b, on: {'*': b}, states: "
                + "{f: {type: final}}}, b: {type: final}}}", "SC026"
        ),
        (
            "{initial: a, states: {a: {initial: b, on: {E: .b}, states: {b: {entry: x}}}}}",
            "SC025"
        ),
        (
            "{initial: p, states: {p: {type: parallel, states: {q: {initial: a, on: {E: '#(machine).p.q'}"
                + ", states: {a: {}}}, r: {on: {E: {actions: x}}}}}}}", "SC022"
        ),
    ])
    func `each problem has its code`(text: String, code: String) {
        let bench = Bench(text)
        #expect(bench.findings.contains { $0.hasPrefix(code) }, "\(bench.findings)")
    }

    @Test func `a sound chart has no findings`() {
        let bench = Bench(ShapeTests.regions)
        #expect(bench.findings == [])
    }

    @Test func `whole number keys come first as in JavaScript`() throws {
        let bench = Bench("{initial: b, states: {b: {on: {10: b, x: b, 2: b}}}}")
        try bench.start()
        let names = try bench.chart.nextEvents(bench.configuration).map { String($0) }
        #expect(names == ["2", "10", "x"])
    }
}
