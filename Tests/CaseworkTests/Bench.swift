import Casework
import Definitions
import Documents
import Statecharts

/// A catalog made of texts, and cases taken through it by hand.
struct CaseBench {
    let catalog: Catalog
    let arena = Arena()

    static let settings = """
        docket: 1
        risk: {levels: {low: 0, high: 50}}
        subscriptions:
          - {type: webhook, url: "https://hooks.example.com/r", events: [workflow.completed, workflow.state.changed]}
        limits: {steps: 50}
        """

    init(_ workflow: String, rules: String? = nil, settings: String = Self.settings) {
        var files = [
            RepositoryFile(path: "docket.yaml", bytes: Array(settings.utf8)),
            RepositoryFile(path: "workflows/w.yaml", bytes: Array(workflow.utf8)),
        ]
        if let rules {
            files.append(RepositoryFile(path: "rules/r.yaml", bytes: Array(rules.utf8)))
        }
        catalog = Catalog(loading: files)
    }

    var workflow: Workflow { catalog.workflows[0] }

    func value(_ json: String) -> Value {
        var parser = JSONParser()
        return (try? parser.parse(json, into: arena)) ?? .null
    }

    func event(
        _ type: String, kind: CaseEvent.Kind = .submission, payload: String? = nil,
        file: String? = nil, expects: (Int?, String?)? = nil
    ) -> CaseEvent {
        var event = CaseEvent(
            type: arena.text(type), kind: kind, payload: payload.map { value($0) })
        if let file { (event.file, event.blob) = (file, "00") }
        if let expects { event.expects = (expects.0, expects.1.map { arena.text($0) }) }
        return event
    }

    func record(_ context: String = "{}") -> CaseRecord {
        CaseRecord(
            id: CaseID("onboarding/acme")!, workflow: workflow.id, version: workflow.version,
            closure: "", input: "", created: Instant(milliseconds: 0), context: value(context),
            config: .emptyObject)
    }

    /// A new case in its initial state, at rest.
    func start(
        _ context: String = "{}",
        answer: (VendorCall) -> VendorAnswer = { _ in .unavailable(reason: "none") }
    ) -> CaseMachine {
        var machine = CaseMachine(
            record(context), workflow: workflow, catalog: catalog, now: Instant(milliseconds: 0),
            in: arena)
        machine.create()
        settle(&machine, answer)
        return machine
    }

    func settle(
        _ machine: inout CaseMachine,
        _ answer: (VendorCall) -> VendorAnswer = { _ in .unavailable(reason: "none") }
    ) {
        while case .call(let call) = machine.run() { machine.resume(with: answer(call), to: call) }
    }

    /// The case read back from its record, as the next run would.
    func next(_ machine: consuming CaseMachine, at milliseconds: Int = 1000) -> CaseMachine {
        CaseMachine(
            machine.record, workflow: workflow, catalog: catalog,
            now: Instant(milliseconds: milliseconds), in: arena)
    }

    func state(_ machine: borrowing CaseMachine) -> String {
        workflow.chart.activeLeaves(machine.record.configuration)
            .map { String(workflow.stateNames[Int($0.rawValue)]) }.joined(separator: ",")
    }

    func json(_ value: Value?) -> String { value.map { JSONWriter.line($0) } ?? "" }
}
