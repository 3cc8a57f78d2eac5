import Documents
import Statecharts
import Testing

@Suite struct ShapeTests {
    @Test func `an empty definition is a chart of one state`() throws {
        for text in ["{}", "id: x", "states: {}"] {
            let bench = Bench(text)
            let step = try bench.start()
            #expect(!step.done)
            #expect(try bench.state == "{}")
            #expect(try !bench.send("GO").accepted)
            #expect(try bench.chart.nextEvents(bench.configuration).isEmpty)
        }
    }

    @Test func `a definition that is no object is a finding`() {
        #expect(Bench("[]").findings == ["SC001 1:1"])
        #expect(Bench("states: 3").findings == ["SC001 1:9"])
    }

    @Test func `one state is enough`() throws {
        let bench = Bench("{initial: only, states: {only: {type: final}}}")
        #expect(try bench.start().done)
        #expect(try bench.state == #""only""#)
    }

    @Test func `state names may be in any script`() throws {
        let bench = Bench(
            """
            id: прием
            initial: 受付
            states:
              受付: {on: {承認: "#прием.é", "🚀": é}}
              é: {tags: [ü]}
            """)
        try bench.start()
        try bench.send("🚀")
        #expect(try bench.state == #""é""#)
        #expect(try bench.names(bench.runner.entered) == ["прием.é"])
        // Bytes are compared: the decomposed spelling is another event.
        #expect(try !bench.send("e\u{301}").accepted)
    }

    @Test func `a thousand states work`() throws {
        var text = "initial: s0\nstates:\n"
        for i in 0..<1000 {
            text += "  s\(i): {on: {NEXT: s\((i + 1) % 1000), E\(i): s0}}\n"
        }
        let bench = Bench(text)
        try bench.start()
        for _ in 0..<2500 { #expect(try bench.send("NEXT").accepted) }
        #expect(try bench.state == #""s500""#)
        #expect(try bench.send("E500").accepted)
        #expect(try !bench.send("E500").accepted)
    }

    @Test func `a thousand regions work`() throws {
        var text = "type: parallel\nstates:\n"
        for i in 0..<1000 {
            text += "  r\(i): {initial: a, states: {a: {on: {GO: b}}, b: {type: final}}}\n"
        }
        let bench = Bench(text)
        try bench.start()
        let step = try bench.send("GO")
        #expect(step.accepted && step.done)
        #expect(bench.runner.taken.count == 1000)
    }

    @Test func `states may be nested fifty deep`() throws {
        var text = ""
        for i in 0..<50 {
            let indent = String(repeating: " ", count: i * 2)
            text += "\(indent)initial: s\n\(indent)states:\n\(indent) s:\n"
        }
        text += String(repeating: " ", count: 100) + "on: {UP: '#(machine)'}\n"
        let bench = Bench(text)
        try bench.start()
        #expect(bench.configuration.states.count == 51)
        try bench.send("UP")
        #expect(bench.runner.exited.count == 51)
        #expect(bench.runner.entered.count == 51)
    }

    @Test func `a chart nested deeper than the limit is a finding`() {
        let arena = Arena()
        var state = Value.emptyObject
        for _ in 0..<5000 {
            let states = arena.object(["s": state])
            state = arena.object(["initial": .string("s"), "states": states])
        }
        let source = Source(file: "deep", arena: arena, value: state)
        let compilation = Chart.compile(source.root, in: Arena())
        #expect(compilation.chart == nil)
        #expect(compilation.findings.map(\.code) == ["SC017"])
    }

    // MARK: Resuming

    static let regions = """
        id: m
        initial: p
        states:
          p:
            type: parallel
            states:
              a: {initial: a1, states: {a1: {on: {N: a2}}, a2: {}}}
              b: {initial: b1, states: {b1: {on: {N: b2}}, b2: {}, h: {type: history}}}
            on: {OUT: q}
          q: {on: {BACK: p.b.h}}
        """

    @Test func `a state value resumes where it was written`() throws {
        let bench = Bench(Self.regions)
        try bench.start()
        try bench.send("N")
        let chart = try bench.chart
        let value = chart.value(of: bench.configuration, in: bench.arena)
        let resumed = try chart.configuration(from: value)
        #expect(chart.activeLeaves(resumed) == chart.activeLeaves(bench.configuration))
        #expect(chart.value(of: resumed, in: bench.arena) == value)
    }

    @Test(arguments: [
        (#""p""#, #"{"p":{"a":"a1","b":"b1"}}"#), (#""p.b.b2""#, #"{"p":{"a":"a1","b":"b2"}}"#),
        (##""#m.p.a.a2""##, #"{"p":{"a":"a2","b":"b1"}}"#), (#""q""#, #""q""#),
        (#"{"p":{"b":"b2"}}"#, #"{"p":{"a":"a1","b":"b2"}}"#),
        ("{}", #"{"p":{"a":"a1","b":"b1"}}"#),
    ])
    func `what a state value leaves open is initial`(given: String, expected: String) throws {
        let bench = Bench(Self.regions)
        var parser = JSONParser()
        let value = try parser.parse(given, into: bench.arena)
        bench.configuration = try bench.chart.configuration(from: value)
        #expect(try bench.state == expected)
    }

    @Test(arguments: [
        ("\"gone\"", ChartError.Code.unknownState), (#"{"p":{"c":"x"}}"#, .unknownState),
        ("3", .stateShape), (#"{"p":{"a":3}}"#, .stateShape), (#"{"p":{},"q":{}}"#, .stateShape),
    ])
    func `a state that does not fit is refused`(given: String, code: ChartError.Code) throws {
        let bench = Bench(Self.regions)
        var parser = JSONParser()
        let value = try parser.parse(given, into: bench.arena)
        let error = #expect(throws: ChartError.self) {
            try bench.chart.configuration(from: value)
        }
        #expect(error?.code == code)
    }

    @Test func `history survives a record`() throws {
        let bench = Bench(Self.regions)
        try bench.start()
        try bench.send("N")
        try bench.send("OUT")
        let chart = try bench.chart
        let value = chart.value(of: bench.configuration, in: bench.arena)
        let history = try #require(chart.history(of: bench.configuration, in: bench.arena))
        bench.configuration = try chart.configuration(from: value, history: history)
        try bench.send("BACK")
        #expect(try bench.state == #"{"p":{"b":"b2","a":"a1"}}"#)
    }
}
