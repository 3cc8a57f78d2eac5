import Casework
import Definitions
import Documents
import Testing

private let checks = """
    docket: 1
    id: checks
    definition:
      initial: collecting
      states:
        collecting: {on: {SUBMIT: checking, RAISE: {actions: raise}}}
        checking:
          on:
            CALLBACK:
              target: review
              cond: {type: json-logic, options: {rule: {">": [{var: amount}, 10]}}}
            OTHER: review
            AGAIN: checking
        review: {on: {OTHER: review, CLOSE: closed}}
        closed: {type: final}
    """

private let settings = """
    docket: 1
    limits: {steps: 50, heldCallbackDays: 2}
    """

private let day = 86_400_000

/// Callbacks that come before a state that accepts them.
@Suite struct HeldCallbackTests {
    let bench = CaseBench(checks, settings: settings)

    private func held(_ names: [String] = ["CALLBACK"]) -> CaseMachine {
        var machine = bench.start(#"{"amount": 1}"#)
        for name in names {
            machine.add(
                bench.event(name, kind: .callback, payload: #"{"p": "\#(name)"}"#, file: name))
        }
        bench.settle(&machine)
        return machine
    }

    private func results(_ machine: borrowing CaseMachine) -> [CaseRecord.HistoryEntry.Result] {
        machine.record.history.map(\.result)
    }

    @Test func `a held callback says since when and until when`() {
        let machine = held()
        #expect(machine.record.held.map(\.since.milliseconds) == [0])
        #expect(machine.record.held.map(\.expires.milliseconds) == [2 * day])
        #expect(results(machine) == [.held])
    }

    @Test func `the time is 30 days unless limits say otherwise`() {
        let usual = CaseBench(checks, settings: "docket: 1")
        #expect(usual.catalog.settings.limits.heldCallbackMilliseconds == 30 * day)
        let short = CaseBench(
            checks, settings: "docket: 1\nlimits: {heldCallbackDays: 0.5}")
        #expect(short.catalog.settings.limits.heldCallbackMilliseconds == day / 2)
        let wrong = CaseBench(checks, settings: "docket: 1\nlimits: {heldCallbackDays: soon}")
        #expect(wrong.catalog.findings.contains { $0.file == "docket.yaml" && $0.level == .error })
    }

    @Test func `it expires at the due time and not a millisecond before`() {
        var early = bench.next(held(), at: 2 * day - 1)
        early.addDueTimers()
        bench.settle(&early)
        #expect(early.record.held.count == 1)
        var late = bench.next(held(), at: 2 * day)
        late.addDueTimers()
        bench.settle(&late)
        #expect(late.record.held.isEmpty)
        #expect(late.record.history.last?.result == .expired)
        #expect(late.record.history.last?.event == Text("CALLBACK"))
    }

    @Test func `the history has the due time, whenever the next run comes`() {
        for run in [2 * day, 9 * day] {
            var machine = bench.next(held(), at: run)
            machine.addDueTimers()
            bench.settle(&machine)
            #expect(machine.record.history.last?.at.milliseconds == 2 * day)
        }
    }

    @Test func `it is taken when its guard holds before it expires`() {
        var machine = bench.next(held(), at: day)
        machine.addDueTimers()
        machine.add(bench.event("SUBMIT"))
        bench.settle(&machine)
        // The state has a transition for it, and the guard fails.
        #expect(bench.state(machine) == "checking" && machine.record.held.count == 1)
        machine.add(changed: input(#"{"amount": 11}"#))
        bench.settle(&machine)
        #expect(bench.state(machine) == "review" && machine.record.held.isEmpty)
        #expect(results(machine) == [.held, .transition, .noted, .transition])
    }

    private func input(_ context: String) -> CaseInput {
        CaseInput(
            workflow: nil, context: bench.value(context), config: .emptyObject,
            digest: Digest(of: context))
    }

    @Test func `one whose guards all fail is held, and noted once`() {
        var machine = bench.start(#"{"amount": 1}"#)
        machine.add(bench.event("SUBMIT"))
        machine.add(bench.event("CALLBACK", kind: .callback))
        for _ in 0..<3 { machine.add(bench.event("AGAIN")) }
        bench.settle(&machine)
        #expect(bench.state(machine) == "checking" && machine.record.held.count == 1)
        #expect(results(machine) == [.transition, .held, .transition, .transition, .transition])
    }

    @Test func `in Ballerine's semantics one whose guards all fail is spent`() {
        let bench = CaseBench(
            checks.replacing("id: checks", with: "id: checks\nsemantics: ballerine"),
            settings: settings)
        var machine = bench.start(#"{"amount": 1}"#)
        machine.add(bench.event("SUBMIT"))
        machine.add(bench.event("CALLBACK", kind: .callback))
        bench.settle(&machine)
        #expect(machine.record.held.isEmpty)
        #expect(results(machine).last == .guarded)
    }

    @Test func `the first that a state accepts goes first, the others keep their order`() {
        var machine = bench.next(held(["CALLBACK", "OTHER", "CALLBACK"]), at: day)
        machine.add(bench.event("SUBMIT"))
        bench.settle(&machine)
        #expect(bench.state(machine) == "review")
        #expect(machine.record.held.map { String($0.event.type) } == ["CALLBACK", "CALLBACK"])
    }

    @Test func `many held callbacks take no steps by being tried`() {
        var machine = bench.start(#"{"amount": 1}"#)
        machine.add(bench.event("SUBMIT"))
        for _ in 0..<40 { machine.add(bench.event("CALLBACK", kind: .callback)) }
        bench.settle(&machine)
        machine = bench.next(machine, at: day)
        for _ in 0..<40 { machine.add(bench.event("AGAIN")) }
        bench.settle(&machine)
        #expect(machine.record.fault == nil)
        #expect(machine.record.held.count == 40)
    }

    @Test func `a fault while one is tried keeps it`() {
        let bench = CaseBench(
            checks.replacing(
                #"{type: json-logic, options: {rule: {">": [{var: amount}, 10]}}}"#,
                with: "{type: jmespath, options: {rule: 'length(amount) > `1`'}}"),
            settings: settings)
        var machine = bench.start(#"{"amount": 1}"#)
        machine.add(bench.event("CALLBACK", kind: .callback))
        machine.add(bench.event("SUBMIT"))
        bench.settle(&machine)
        #expect(machine.record.fault?.code == "RUN001")
        #expect(machine.record.held.count == 1)
    }

    @Test func `a case that finishes refuses what it still held`() {
        var machine = bench.next(held(["CALLBACK", "LATER"]), at: day)
        for name in ["SUBMIT", "OTHER", "CLOSE"] { machine.add(bench.event(name)) }
        bench.settle(&machine)
        #expect(machine.record.status == .completed && machine.record.held.isEmpty)
        #expect(results(machine).suffix(2) == [.refused, .refused])
    }

    @Test func `the record names event and times, the data the payload`() throws {
        let machine = held()
        var writer = RecordWriter()
        let text = String(
            decoding: writer.record(machine.record, of: bench.workflow, in: bench.arena),
            as: UTF8.self)
        let record = bench.value(text)
        #expect(
            bench.json(record["held"])
                == #"[{"event":"CALLBACK","since":"1970-01-01T00:00:00Z","expires":"1970-01-03T00:00:00Z"}]"#
        )
        let bytes = writer.data(machine.record, of: bench.workflow, in: bench.arena)
        let data = bench.value(String(decoding: bytes, as: UTF8.self))
        #expect(bench.json(data["held"]?[0]?["payload"]) == #"{"p":"CALLBACK"}"#)
        let read = try CaseRecord.read(
            record, data: data, id: machine.record.id, workflow: bench.workflow, in: bench.arena)
        #expect(read.held.map(\.expires.milliseconds) == [2 * day])
        #expect(read.held.map { String($0.event.type) } == ["CALLBACK"])
    }

    @Test func `a record whose held callbacks do not match its data is not whole`() {
        let machine = held()
        var writer = RecordWriter()
        let text = String(
            decoding: writer.record(machine.record, of: bench.workflow, in: bench.arena),
            as: UTF8.self)
        let data = bench.value(
            String(
                decoding: writer.data(machine.record, of: bench.workflow, in: bench.arena),
                as: UTF8.self))
        let record = bench.value(text.replacing(#""held""#, with: #""other""#))
        #expect(throws: RecordError.self) {
            try CaseRecord.read(
                record, data: data, id: machine.record.id, workflow: bench.workflow,
                in: bench.arena)
        }
    }

    @Test func `edited input that a state forbids is noted as refused and seen`() {
        let bench = CaseBench(
            """
            docket: 1
            id: closed-to-edits
            definition:
              initial: a
              states:
                a: {on: {INPUT_CHANGED: null, GO: b}}
                b: {}
            """, settings: settings)
        var machine = bench.start(#"{"old": 1}"#)
        let edited = input(#"{"new": 2}"#)
        machine.add(changed: edited)
        bench.settle(&machine)
        #expect(bench.json(machine.record.context) == #"{"old":1}"#)
        #expect(machine.record.input == edited.digest.hexadecimal)
        #expect(results(machine) == [.refused])
        machine.add(bench.event("GO"))
        machine.add(changed: input(#"{"new": 3}"#))
        bench.settle(&machine)
        #expect(bench.json(machine.record.context) == #"{"old":1,"new":3}"#)
    }
}
