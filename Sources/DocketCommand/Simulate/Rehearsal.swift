import Casework
import Definitions
import Documents
import Statecharts
import Vendors

/// One case taken through a workflow in memory, event by event, with what happened on the way.
///
/// Nothing is written and nothing leaves: answers come from a list, then from the repository's
/// recorded vendors; what neither answers makes the case wait.
struct Rehearsal {
    /// One event, or the start, and what it set off.
    struct Step {
        /// The event's name; nil for the start.
        var event: String?
        /// What the history says, in order.
        var entries: [CaseRecord.HistoryEntry]
        /// Calls to vendors, in order, each with how many of the entries came before it.
        var calls: [(call: VendorCall, answer: VendorAnswer, after: Int)]
        /// The state in which the case came to rest.
        var state: Value
    }

    let workflow: Workflow
    let catalog: Catalog
    let arena: Arena
    /// `[{method?, url? | urlPrefix?, status, body | networkError}]`; first match wins.
    var answers = Value.emptyArray
    /// The state to begin in without entering it.
    var state: Value?
    /// Whether vendors that are not recorded answer from `vendors/NAME.yaml`.
    var usesFixtures = false

    private(set) var steps: [Step] = []
    private(set) var messages: [Message] = []
    private(set) var children: [ChildRequest] = []
    private(set) var record: CaseRecord?

    init(_ workflow: Workflow, of catalog: Catalog, in arena: Arena) {
        self.workflow = workflow
        self.catalog = catalog
        self.arena = arena
    }

    /// Plays events over a context.
    ///
    /// - Throws: ``CommandError`` when the state to begin in does not exist.
    mutating func play(_ events: [CaseEvent], over context: Value, at now: Instant) throws {
        let start = context.count > 0 ? context : workflow.initialContext
        guard let id = CaseID("rehearsal") else { return }
        var record = CaseRecord(
            id: id, workflow: workflow.id,
            version: workflow.version, closure: "", input: "", created: now, context: start,
            config: .emptyObject)
        if let state {
            do throws(ChartError) {
                record.configuration = try workflow.chart.configuration(from: state)
            } catch {
                throw CommandError(.usage, error.message)
            }
        }
        var machine = CaseMachine(
            record, workflow: workflow, catalog: catalog, now: now, in: arena)
        if state == nil { machine.create() }
        let vendors =
            usesFixtures ? RecordedVendors(fixturesOf: catalog) : RecordedVendors(catalog)
        step(nil, &machine, vendors)
        for event in events {
            machine.add(event)
            step(String(event.type), &machine, vendors)
        }
        self.record = machine.record
        messages = machine.messages
        children = machine.children
    }

    private mutating func step(
        _ event: String?, _ machine: inout CaseMachine, _ vendors: RecordedVendors
    ) {
        let before = machine.record.history.count
        var calls: [(VendorCall, VendorAnswer, Int)] = []
        while case .call(let call) = machine.run() {
            let answer = listed(call) ?? vendors.answer(call, in: arena)
            calls.append((call, answer, machine.record.history.count - before))
            machine.resume(with: answer, to: call)
        }
        steps.append(
            Step(
                event: event,
                entries: Array(
                    machine.record.history[min(before, machine.record.history.count)...]),
                calls: calls,
                state: workflow.chart.value(of: machine.record.configuration, in: arena)))
    }

    private func listed(_ call: VendorCall) -> VendorAnswer? {
        for answer in answers.array ?? .init(start: nil, count: 0) {
            if let method = answer["method"]?.text, !(method == call.method) { continue }
            if let url = answer["url"]?.text, !(url == call.url) { continue }
            if let prefix = answer["urlPrefix"]?.text,
                !(call.url.count >= prefix.count && call.url[0..<prefix.count] == prefix)
            {
                continue
            }
            if let message = answer["networkError"] {
                return .failure(message: message.string ?? "network error")
            }
            return .response(
                status: answer["status"]?.integer ?? 200, body: answer["body"] ?? .null)
        }
        return nil
    }
}
