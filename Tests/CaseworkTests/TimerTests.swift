import Casework
import Definitions
import Documents
import Testing

private let day = 86_400_000

/// Delays: due dates in the record, fired by the first run past them.
@Suite struct TimerTests {
    private static func workflow(_ states: String) -> String {
        """
        docket: 1
        id: w
        definition:
          initial: a
          states:
        \(states.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        """
    }

    private func machine(_ bench: CaseBench, at milliseconds: Int) -> CaseMachine {
        var machine = bench.next(bench.start(), at: milliseconds)
        machine.addDueTimers()
        bench.settle(&machine)
        return machine
    }

    private func steps(_ machine: borrowing CaseMachine) -> [String] {
        machine.record.history.map { "\($0.at.milliseconds / day) \($0.from) -> \($0.to)" }
    }

    @Test func `a delay is milliseconds, an ISO duration or words`() {
        let bench = CaseBench(
            Self.workflow(
                """
                a: {after: {86400000: b}}
                b: {after: {P1DT12H: c}}
                c: {after: {12 hours: d}}
                d: {type: final}
                """))
        #expect(bench.catalog.findings == [])
        let start = bench.start()
        #expect(start.record.timers.map(\.due.milliseconds) == [day])
        let end = machine(bench, at: 10 * day)
        #expect(bench.state(end) == "d")
    }

    @Test func `a chain of delays that are all past is taken in one run, each from its due time`() {
        let bench = CaseBench(
            Self.workflow(
                """
                a: {after: {7 days: b}}
                b: {after: {7 days: c}}
                c: {after: {7 days: d}}
                d: {type: final}
                """))
        #expect(steps(machine(bench, at: 20 * day)) == ["7 a -> b", "14 b -> c"])
        let late = machine(bench, at: 400 * day)
        #expect(steps(late) == ["7 a -> b", "14 b -> c", "21 c -> d"])
        #expect(late.record.resolved?.milliseconds == 21 * day)
        let mid = machine(bench, at: 10 * day)
        #expect(mid.record.timers.map(\.due.milliseconds) == [14 * day])
    }

    @Test func `timers that a fired one sets take their turn among the others by due time`() {
        let bench = CaseBench(
            Self.workflow(
                """
                a:
                  type: parallel
                  states:
                    p: {initial: p0, states: {p0: {after: {5 days: p1}}, p1: {after: {5 days: p2}}, p2: {}}}
                    q: {initial: q0, states: {q0: {after: {7 days: q1}}, q1: {after: {1 day: q2}}, q2: {}}}
                """))
        let end = machine(bench, at: 30 * day)
        #expect(end.record.history.map { $0.at.milliseconds / day } == [5, 7, 8, 10])
        #expect(bench.state(end) == "a.p.p2,a.q.q2")
    }

    @Test func `a timer that an earlier one takes back does not fire`() {
        let bench = CaseBench(
            Self.workflow(
                """
                a: {after: {1 day: b, 2 days: wrong}}
                b: {on: {GO: c}}
                c: {type: final}
                wrong: {type: final}
                """))
        let end = machine(bench, at: 3 * day)
        #expect(bench.state(end) == "b")
        #expect(end.record.timers.isEmpty)
    }

    @Test func `due timers come before the events of the run`() {
        let bench = CaseBench(
            Self.workflow(
                """
                a: {on: {GO: late}, after: {1 day: b}}
                b: {on: {GO: c}, after: {10 days: gone}}
                c: {type: final}
                late: {type: final}
                gone: {type: final}
                """))
        var next = bench.next(bench.start(), at: 2 * day)
        next.addDueTimers()
        next.add(bench.event("GO"))
        bench.settle(&next)
        #expect(bench.state(next) == "c")
    }

    @Test func `a delay of nothing is over in the same run`() {
        let bench = CaseBench(
            Self.workflow("a: {on: {GO: b}}\nb: {after: {0: c}}\nc: {type: final}"))
        var next = bench.next(bench.start(), at: day)
        next.add(bench.event("GO"))
        bench.settle(&next)
        #expect(bench.state(next) == "c")
    }

    @Test func `a circle of delays ends at the limit of steps, and that case fails alone`() {
        let bench = CaseBench(Self.workflow("a: {after: {0: b}}\nb: {after: {0: a}}"))
        let end = machine(bench, at: day)
        #expect(end.record.fault?.code == "RUN005")
        let slow = CaseBench(Self.workflow("a: {after: {1 hour: {target: a, internal: false}}}"))
        #expect(machine(slow, at: day).record.history.count == 24)
        #expect(machine(slow, at: 1000 * day).record.fault?.code == "RUN005")
    }

    @Test func `a month is 30 days and a year 365, whenever it starts`() {
        let bench = CaseBench(
            Self.workflow("a: {after: {P1M: b}}\nb: {after: {1 year: c}}\nc: {type: final}"))
        #expect(steps(machine(bench, at: 500 * day)) == ["30 a -> b", "395 b -> c"])
    }
}

/// What actions and guards may say beyond events.
@Suite struct ActionTests {
    @Test func `assign takes JSONLogic, JMESPath and literals, all over the same scope`() {
        let bench = CaseBench(
            """
            docket: 1
            id: w
            definition:
              initial: a
              states:
                a:
                  on:
                    GO:
                      target: b
                      actions:
                        - type: assign
                          assignment:
                            sum: {"+": [{var: n}, {var: more}]}
                            names: {type: jmespath, options: {rule: "people[].name"}}
                            logic: {type: json-logic, options: {rule: {var: n}}}
                            kept: {type: literal, options: {value: {var: n}}}
                            plain: [1, two]
                            n: 5
                        - {type: xstate.raise, event: NEXT}
                b: {on: {NEXT: {target: c, cond: {type: jmespath, options: {rule: "sum == `3`"}}}}}
                c: {type: final}
            """)
        #expect(bench.catalog.findings == [])
        var machine = bench.next(bench.start(#"{"n": 1, "people": [{"name": "x"}]}"#))
        machine.add(bench.event("GO", payload: #"{"more": 2}"#))
        bench.settle(&machine)
        #expect(bench.state(machine) == "c")
        #expect(
            bench.json(machine.record.context)
                == #"{"n":5,"people":[{"name":"x"}],"sum":3,"names":["x"],"logic":1,"#
                + #""kept":{"var":"n"},"plain":[1,"two"]}"#)
    }

    @Test func `an assignment that does not compile is an error with its place`() {
        let bench = CaseBench(
            """
            docket: 1
            id: w
            definition:
              initial: a
              states:
                a:
                  on:
                    GO:
                      actions:
                        - {type: assign, assignment: {x: {type: jmespath, options: {rule: "a["}}}}
            """)
        let error = bench.catalog.findings.first { $0.level == .error }
        #expect(error?.code.hasPrefix("EX") == true && error?.position?.line == 10)
    }

    @Test func `in, several targets and data of a final state work together`() {
        let bench = CaseBench(
            """
            docket: 1
            id: w
            definition:
              initial: idle
              states:
                idle: {on: {GO: [{target: [both.x.x1, both.y.y1]}]}}
                both:
                  type: parallel
                  states:
                    x: {initial: x0, states: {x0: {}, x1: {on: {CHECK: {target: xf, in: "#(machine).both.y.y1"}}}, xf: {type: final}}}
                    y: {initial: y0, states: {y0: {}, y1: {on: {END: yf}}, yf: {type: final, data: {score: {var: s}}}}}
                  onDone: done
                done: {type: final}
            """)
        #expect(bench.catalog.findings.filter { $0.level == .error } == [])
        var machine = bench.next(bench.start(#"{"s": 9}"#))
        for name in ["GO", "CHECK", "END"] { machine.add(bench.event(name)) }
        bench.settle(&machine)
        #expect(bench.state(machine) == "done")
    }
}
