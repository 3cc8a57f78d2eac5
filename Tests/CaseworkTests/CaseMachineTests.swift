import Casework
import Definitions
import Documents
import Testing

private let review = """
    docket: 1
    id: review
    definition:
      initial: collecting
      states:
        collecting: {tags: [collection_flow], on: {SUBMIT: checking}}
        checking:
          on:
            DONE: [{target: manual, cond: {type: json-logic, options: {rule: {">": [{var: amount}, 10]}}}}]
            CALLBACK: manual
        manual:
          tags: [manual_review]
          on: {approve: approved, reject: rejected, revision: asked}
          always: {target: approved, cond: {type: jmespath, options: {rule: "fastTrack == `true`"}}}
        asked: {tags: [revision], on: {SUBMIT: manual}}
        approved: {tags: [approved], type: final}
        rejected: {tags: [rejected], type: final}
    """

@Suite struct EventTests {
    let bench = CaseBench(review)

    @Test func `the definition is sound`() {
        #expect(bench.catalog.findings == [])
    }

    @Test func `an event takes the case on and is noted with its transition's line`() {
        var machine = bench.start()
        machine.add(bench.event("SUBMIT"))
        bench.settle(&machine)
        #expect(bench.state(machine) == "checking")
        #expect(machine.record.history.map { String($0.event) } == ["SUBMIT"])
        #expect(machine.record.history[0].because.map { String($0) } == "workflows/w.yaml:6")
    }

    @Test func `an event that no state takes changes nothing and is noted`() {
        var machine = bench.start()
        machine.add(bench.event("approve", file: "a"))
        bench.settle(&machine)
        #expect(bench.state(machine) == "collecting")
        #expect(machine.record.history.map(\.result) == [.refused])
        #expect(machine.record.applied.map(\.file) == ["a"])
    }

    @Test func `a guard that does not hold is told from an event that is not taken`() {
        var machine = bench.start()
        for name in ["SUBMIT", "DONE"] { machine.add(bench.event(name)) }
        bench.settle(&machine)
        #expect(bench.state(machine) == "checking")
        #expect(machine.record.history.map(\.result) == [.transition, .guarded])
    }

    @Test func `a guard sees the payload above the context`() {
        var machine = bench.start(#"{"amount": 1}"#)
        machine.add(bench.event("SUBMIT"))
        machine.add(bench.event("DONE", payload: #"{"amount": 11}"#))
        bench.settle(&machine)
        #expect(bench.state(machine) == "manual")
        #expect(bench.json(machine.record.context) == #"{"amount":1}"#)
    }

    @Test func `a callback waits for the state that takes it`() {
        var machine = bench.start()
        machine.add(bench.event("CALLBACK", kind: .callback, file: "c"))
        bench.settle(&machine)
        #expect(machine.record.held.count == 1 && bench.state(machine) == "collecting")
        var later = bench.next(machine)
        later.add(bench.event("SUBMIT"))
        bench.settle(&later)
        #expect(later.record.held.isEmpty && bench.state(later) == "manual")
    }

    @Test func `a decision on another state or episode is refused`() {
        var machine = bench.start()
        for name in ["SUBMIT", "CALLBACK"] { machine.add(bench.event(name)) }
        machine.add(bench.event("approve", kind: .decision, expects: (1, "checking")))
        machine.add(bench.event("approve", kind: .decision, expects: (2, "manual")))
        bench.settle(&machine)
        #expect(bench.state(machine) == "manual")
        #expect(machine.record.history.suffix(2).map(\.result) == [.outdated, .outdated])
        machine.add(bench.event("approve", kind: .decision, expects: (1, "manual")))
        bench.settle(&machine)
        #expect(bench.state(machine) == "approved" && machine.record.status == .completed)
    }

    @Test func `a finished case accepts nothing`() {
        var machine = bench.start()
        for name in ["SUBMIT", "CALLBACK", "reject", "approve"] { machine.add(bench.event(name)) }
        bench.settle(&machine)
        #expect(bench.state(machine) == "rejected")
        #expect(machine.record.history.last?.result == .refused)
        #expect(machine.record.status == .completed)
    }

    @Test func `a note is kept and moves nothing`() {
        var machine = bench.start()
        machine.add(bench.event("SUBMIT", kind: .note))
        bench.settle(&machine)
        #expect(bench.state(machine) == "collecting" && machine.record.history[0].result == .noted)
    }

    @Test func `decisions say who, on what and why`() {
        var machine = bench.start()
        for name in ["SUBMIT", "CALLBACK", "revision", "SUBMIT"] { machine.add(bench.event(name)) }
        var decision = bench.event("approve", kind: .decision, file: "d")
        decision.by = bench.arena.text("analyst-7")
        machine.add(decision)
        bench.settle(&machine)
        #expect(machine.decisions.map(\.outcome) == [.revision, .approved])
        #expect(machine.decisions.map(\.number) == [1, 2])
        #expect(machine.decisions[1].by.map { String($0) } == "analyst-7")
        #expect(machine.decisions[1].evidence?.file == "d")
    }
}

@Suite struct InputTests {
    let bench = CaseBench(review)

    private func input(_ context: String) -> CaseInput {
        CaseInput(
            workflow: nil, context: bench.value(context), config: .emptyObject,
            digest: Digest(of: context))
    }

    @Test func `edited input is merged into an active case and may move it`() {
        var machine = bench.start(#"{"a": {"b": 1}, "list": [1, 2]}"#)
        for name in ["SUBMIT", "CALLBACK"] { machine.add(bench.event(name)) }
        bench.settle(&machine)
        machine.add(changed: input(#"{"a": {"c": 2}, "list": [3], "fastTrack": true}"#))
        bench.settle(&machine)
        #expect(
            bench.json(machine.record.context)
                == #"{"a":{"b":1,"c":2},"list":[3],"fastTrack":true}"#)
        #expect(bench.state(machine) == "approved")
    }

    @Test func `a workflow that handles edited input takes it with a transition or leaves it`() {
        let bench = CaseBench(
            """
            docket: 1
            id: strict
            definition:
              initial: a
              states:
                a:
                  on:
                    INPUT_CHANGED:
                      target: b
                      cond: {type: json-logic, options: {rule: {"==": [{var: context.good}, true]}}}
                b: {}
            """)
        for (text, state, kept) in [
            (#"{"good":false}"#, "a", #"{"old":1}"#),
            (#"{"good":true}"#, "b", #"{"old":1,"good":true}"#),
        ] {
            var machine = bench.start(#"{"old":1}"#)
            machine.add(
                changed: CaseInput(
                    workflow: nil, context: bench.value(text), config: .emptyObject,
                    digest: Digest(of: text)))
            bench.settle(&machine)
            #expect(bench.state(machine) == state)
            #expect(bench.json(machine.record.context) == kept)
        }
    }

    @Test func `edited input of a finished case is noted and changes nothing`() {
        var machine = bench.start(#"{"fastTrack": true}"#)
        for name in ["SUBMIT", "CALLBACK"] { machine.add(bench.event(name)) }
        machine.add(changed: input(#"{"fastTrack": false}"#))
        bench.settle(&machine)
        #expect(bench.json(machine.record.context) == #"{"fastTrack":true}"#)
        #expect(machine.record.input == Digest(of: #"{"fastTrack": false}"#).hexadecimal)
        #expect(machine.record.history.last?.result == .noted)
    }

    @Test func `a withdrawn case keeps its record and takes nothing more`() {
        var machine = bench.start()
        machine.withdraw()
        machine.add(bench.event("SUBMIT"))
        bench.settle(&machine)
        #expect(machine.record.status == .withdrawn && bench.state(machine) == "collecting")
    }
}

@Suite struct FaultTests {
    private let faulty = """
        docket: 1
        id: faulty
        definition:
          initial: a
          states:
            a: {on: {GO: b, BAD: {target: b, cond: {type: jmespath, options: {rule: "length(missing) > `0`"}}}, SPIN: spin}}
            b: {on: {BACK: a}}
            spin: {always: {target: spun}}
            spun: {always: {target: spin}}
        """

    @Test func `a guard that cannot be evaluated fails the case and rolls back to the step before`()
    {
        let bench = CaseBench(faulty)
        var machine = bench.start()
        machine.add(bench.event("GO", file: "1"))
        machine.add(bench.event("BACK", file: "2"))
        machine.add(bench.event("BAD", file: "3"))
        machine.add(bench.event("GO", file: "4"))
        bench.settle(&machine)
        #expect(machine.record.status == .failed && machine.record.fault?.code == "RUN001")
        #expect(bench.state(machine) == "a")
        #expect(machine.record.applied.map(\.file) == ["1", "2"])
        #expect(machine.record.history.count == 2)
    }

    @Test func `a chart that never comes to rest fails its case alone`() {
        let bench = CaseBench(faulty)
        var machine = bench.start()
        machine.add(bench.event("SPIN"))
        bench.settle(&machine)
        #expect(machine.record.fault?.code == "RUN003" && bench.state(machine) == "a")
    }

    @Test func `plugins that start each other without end run into the limit of steps`() {
        let bench = CaseBench(
            """
            docket: 1
            id: loop
            definition: {initial: i, states: {i: {on: {GO: a}}, a: {on: {NEXT: b}}, b: {on: {NEXT: a}}}}
            extensions:
              commonPlugins:
                - {pluginKind: transformer, name: t, stateNames: [a, b], successAction: NEXT, transformers: []}
            """)
        var machine = bench.start()
        machine.add(bench.event("GO"))
        bench.settle(&machine)
        #expect(machine.record.fault?.code == "RUN005" && bench.state(machine) == "i")
    }
}
