import Documents
import Statecharts
import Testing

@Suite struct StepTests {
    @Test func `a step tells what was left, entered, run and why`() throws {
        let bench = Bench(
            """
            id: case
            initial: idle
            states:
              idle:
                exit: bye
                on:
                  START:
                    - target: review
                      cond: ready
                      actions: [log]
              review:
                tags: [manual]
                entry: hello
                on: {STOP: idle}
            """,
            context: #"{"ready": true}"#)
        try bench.start()
        let step = try bench.send("START")
        #expect(step.accepted && step.changed && !step.done && step.microsteps == 1)
        #expect(try bench.state == #""review""#)
        #expect(try bench.actions == ["bye", "log", "hello"])
        #expect(try bench.names(bench.runner.exited) == ["case.idle"])
        #expect(try bench.names(bench.runner.entered) == ["case.review"])
        let taken = try #require(bench.runner.taken.first)
        let chart = try bench.chart
        #expect(chart.reference(taken.transition) == "chart.yaml:8")
        #expect(chart.conditions(taken.transition) == [0])
        #expect(bench.compilation.conditions[0].position?.line == 9)
        #expect(chart.tags(bench.configuration).map { String($0) } == ["manual"])
        #expect(chart.nextEvents(bench.configuration).map { String($0) } == ["STOP"])
    }

    @Test func `an event that nothing handles, or that is forbidden, is not accepted`() throws {
        let bench = Bench(
            """
            initial: a
            on: {GO: .b, NO: .b}
            states:
              a: {on: {NO: , MAYBE: {}}}
              b: {type: final}
            """)
        try bench.start()
        let unknown = try bench.send("WHAT")
        #expect(!unknown.accepted && !unknown.forbidden && !unknown.changed)
        let forbidden = try bench.send("NO")
        #expect(!forbidden.accepted && forbidden.forbidden)
        #expect(try bench.state == #""a""#)
        #expect(try bench.send("GO").done)
    }

    @Test func `an always loop ends at the limit and changes nothing`() throws {
        let bench = Bench(
            """
            initial: a
            states:
              a: {on: {GO: b}, exit: never}
              b: {always: c}
              c: {always: b}
            """)
        #expect(bench.findings == ["SC009 4:15"])
        try bench.start()
        let error = #expect(throws: ChartError.self) { try bench.send("GO") }
        #expect(error?.code == .looping)
        #expect(error?.place == "chart.yaml:4" || error?.place == "chart.yaml:5")
        #expect(try bench.state == #""a""#)
        #expect(bench.runner.executed.isEmpty)
    }

    @Test(arguments: ["xstate.raise", "xstate.send"])
    func `events that raise themselves end at the limit`(action: String) throws {
        let bench = Bench(
            """
            initial: a
            states:
              a: {on: {GO: {actions: [{type: \(action), event: GO}]}}}
            """)
        try bench.start()
        #expect(throws: ChartError.self) { try bench.send("GO") }
        #expect(try bench.state == #""a""#)
    }

    @Test func `a guard that fails leaves the configuration and names its place`() throws {
        let bench = Bench(
            """
            initial: a
            states:
              a:
                on:
                  GO: [{target: b, cond: boom}]
              b:
                always: [{target: c, cond: no}, {target: a, cond: {not: boom}}]
              c: {}
            """)
        try bench.start()
        let before = bench.configuration
        let error = #expect(throws: ChartError.self) { try bench.send("GO") }
        #expect(error?.code == .guardFailed)
        #expect(error?.place == "chart.yaml:5")
        #expect(bench.configuration == before)
    }

    @Test func `guards compose`() throws {
        let bench = Bench(
            """
            type: parallel
            states:
              p:
                initial: a
                states:
                  a:
                    on:
                      GO:
                        - target: b
                          cond: {and: [x, {not: y}, {or: [y, z]}, {in: q.on}]}
                  b: {type: final}
              q:
                initial: off
                states:
                  off: {on: {TURN: on}}
                  on: {type: final}
            """,
            context: #"{"x": true, "z": true}"#)
        try bench.start()
        #expect(try !bench.send("GO").accepted)
        try bench.send("TURN")
        #expect(try !bench.send("GO", #"{"y": true}"#).accepted)
        #expect(try bench.send("GO").done)
    }

    @Test func `the data of a final state is the payload of its parent's done event`() throws {
        let bench = Bench(
            """
            initial: work
            states:
              work:
                initial: a
                onDone: [{target: good, cond: passed}, {target: bad}]
                states:
                  a: {on: {END: z}}
                  z: {type: final, data: {passed: true}}
              good: {}
              bad: {}
            """)
        try bench.start()
        try bench.send("END")
        #expect(try bench.state == #""good""#)
    }

    @Test func `delays become timers that leaving the state cancels`() throws {
        let bench = Bench(
            """
            id: m
            initial: a
            states:
              a: {after: {7 days: b, 1000: {actions: remind}}, on: {GO: c}}
              b: {after: {PT1H: c}}
              c: {}
            """)
        var timers = Timers()
        let start = Instant(milliseconds: 0)
        try bench.start()
        timers.apply(bench.runner.timers, at: start)
        #expect(
            timers.entries.map { String($0.event.event) }
                == ["xstate.after(1000)#m.a", "xstate.after(7 days)#m.a"])
        let reminder = timers.popDue(by: Instant(milliseconds: 5000))
        let first = try #require(reminder)
        try bench.send(String(first.event.event))
        #expect(try bench.actions == ["remind"])
        timers.apply(bench.runner.timers, at: first.due)
        let week = 7 * 86_400_000
        #expect(timers.entries.first?.due == Instant(milliseconds: week))
        let late = timers.popDue(by: Instant(milliseconds: week + 50_000_000))
        let second = try #require(late)
        try bench.send(String(second.event.event))
        timers.apply(bench.runner.timers, at: second.due)
        #expect(timers.entries.map(\.due.milliseconds) == [week + 3_600_000])
        try bench.send("GO")
        timers.apply(bench.runner.timers, at: second.due)
        #expect(timers.entries.count == 1)
    }

    @Test func `assignments run in order unless the definition says otherwise`() throws {
        let body = """
            initial: a
            states:
              a:
                on:
                  GO:
                    actions:
                      - {type: xstate.choose, conds: [{cond: x, actions: [late]}, {actions: [early]}]}
                      - {type: assign, assignment: {x: true}}
            """
        let inOrder = Bench(body)
        try inOrder.start()
        try inOrder.send("GO")
        #expect(try inOrder.actions == ["early"])
        let first = Bench("predictableActionArguments: false\n" + body)
        try first.start()
        try first.send("GO")
        #expect(try first.actions == ["late"])
    }

    @Test func `one runner takes many charts in turn`() throws {
        var runner = ChartRunner()
        let large = Bench(
            "initial: a\nstates:\n  a: {on: {GO: {target: b, actions: [x, y, z]}}}\n  b: {}\n"
                + (0..<300).map { "  s\($0): {}\n" }.joined())
        let small = Bench("{initial: a, states: {a: {entry: e, on: {GO: b}}, b: {entry: f}}}")
        for bench in [large, small, large, small, small, large] {
            let chart = try bench.chart
            var configuration = Configuration()
            _ = try runner.start(
                chart, at: &configuration, context: .null, environment: &bench.environment,
                in: bench.arena)
            #expect(runner.executed.count == (chart.stateCount > 9 ? 0 : 1))
            let step = try runner.send(
                Text("GO"), to: chart, at: &configuration, context: .null,
                environment: &bench.environment, in: bench.arena)
            #expect(step.accepted)
            #expect(runner.executed.count == (chart.stateCount > 9 ? 3 : 1))
            #expect(configuration.states.count == 2)
        }
    }
}
