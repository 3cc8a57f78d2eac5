import Definitions
public import Documents
import Statecharts

/// Runs a workflow on events and HTTP answers that are all given: `docket simulate`.
///
/// A request is `{definition, extensions?, config?, rules?, context?, state?, events, http?, env?,
/// runtimeId?, at?, semantics?}`; the result is `{initial, steps, requests, children, messages}` or
/// `{error}`. It follows Ballerine unless the request says `semantics: docket`.
public struct Simulation {
    let arena: Arena
    let request: Value
    private var requests: [Value] = []

    /// A simulation of a request.
    public init(_ request: Value, in arena: Arena) {
        self.request = request
        self.arena = arena
    }

    /// The result of a request.
    public static func run(_ request: Value, in arena: Arena) -> Value {
        var simulation = Simulation(request, in: arena)
        return simulation.run()
    }

    private mutating func run() -> Value {
        let semantics =
            request["semantics"]?.string.flatMap { Semantics(rawValue: $0) } ?? .ballerine
        guard request["definition"]?.kind == .object else {
            return error("the request needs a definition, a statechart")
        }
        if semantics == .ballerine, let message = BallerineConstruction.error(request) {
            return error(message)
        }
        let definition = arena.object([
            "id": .string("simulation"), "semantics": arena.string(semantics.rawValue),
            "definition": request["definition"], "extensions": request["extensions"],
            "config": request["config"],
        ])
        let catalog = Catalog(
            simulating: Source(file: "definition", arena: arena, value: definition),
            rules: request["rules"])
        guard let workflow = catalog.workflows.first else {
            return error(
                catalog.findings.first { $0.level == .error }?.message
                    ?? "the definition is no workflow")
        }
        // The result names states and plugins in the catalog's memory, which ends here.
        return withExtendedLifetime(catalog) { arena.copy(play(workflow, catalog)) }
    }

    private func error(_ message: String) -> Value {
        arena.object(["error": arena.string(message)])
    }

    private mutating func play(_ workflow: Workflow, _ catalog: Catalog) -> Value {
        let start =
            request["at"]?.string.flatMap { Instant(parsing: $0) } ?? Instant(milliseconds: 0)
        var machine = CaseMachine(
            record(workflow, at: start), workflow: workflow, catalog: catalog, now: start, in: arena
        )
        if let state = resumedState(workflow) {
            if let message = machine.resume(in: state) { return error(message) }
        } else {
            machine.create()
        }
        finish(&machine)
        if let message = machine.lastError { return error(message) }
        let initial = snapshot(machine, since: 0)
        var steps: [Value] = []
        for event in request["events"]?.array ?? .init(start: nil, count: 0) {
            steps.append(step(event, &machine))
        }
        return arena.object([
            "initial": arena.object(initial), "steps": arena.array(steps),
            "requests": arena.array(requests), "children": children(machine),
            "messages": messages(machine),
        ])
    }

    /// The state to stand in without entering it. A request with a `runtimeId` is about a stored
    /// runtime of Ballerine's, which resumes in its initial state and never enters it; without one
    /// the chart is started.
    private func resumedState(_ workflow: Workflow) -> Value? {
        if let state = request["state"], !state.isNull { return state }
        guard workflow.semantics == .ballerine, request["runtimeId"] != nil else { return nil }
        return request["definition"]?["initial"]
    }

    private func record(_ workflow: Workflow, at start: Instant) -> CaseRecord {
        let given = request["context"].flatMap { $0.kind == .object && $0.count > 0 ? $0 : nil }
        let id = request["runtimeId"]?.string ?? ""
        return CaseRecord(
            id: CaseID(unchecked: id), workflow: workflow.id, version: workflow.version,
            closure: "",
            input: "", created: start, context: given ?? workflow.initialContext,
            config: .emptyObject)
    }

    // MARK: Steps

    private mutating func step(_ event: Value, _ machine: inout CaseMachine) -> Value {
        let actionsBefore = machine.actions.count
        let refusalsBefore = machine.refusals.count
        machine.clearError()
        var accepted = true
        if let milliseconds = event["advance"]?.integer {
            machine.now = machine.now.advanced(byMilliseconds: milliseconds)
            machine.addDueTimers()
        } else {
            let type = event["type"]?.text ?? Text("")
            accepted = machine.accepts(type)
            machine.add(CaseEvent(type: type, payload: event["payload"]))
        }
        finish(&machine)
        var members = [
            Member("event", event["type"] ?? event),
            Member("accepted", .bool(accepted)),
            Member(
                "refused",
                arena.array(machine.refusals[refusalsBefore...].map { .string($0) })),
        ]
        if let error = machine.lastError { members.append(Member("error", arena.string(error))) }
        return arena.object(members + snapshot(machine, since: actionsBefore))
    }

    private mutating func finish(_ machine: inout CaseMachine) {
        while case .call(let call) = machine.run() {
            machine.resume(with: answer(call), to: call)
        }
        machine.clearFault()
    }

    private func snapshot(_ machine: borrowing CaseMachine, since actions: Int) -> [Member] {
        let chart = machine.workflow.chart
        let configuration = machine.record.configuration
        let events = chart.isDone(configuration) ? [] : chart.nextEvents(configuration)
        return [
            Member("state", chart.value(of: configuration, in: arena)),
            Member(
                "configuration",
                arena.array(chart.activeLeaves(configuration).map { .string(chart.id($0)) })),
            Member("done", .bool(chart.isDone(configuration))),
            Member("tags", arena.array(chart.tags(configuration).map { .string($0) })),
            Member("nextEvents", arena.array(events.sorted { $0 < $1 }.map { .string($0) })),
            Member("actions", arena.array(machine.actions[actions...].map { .string($0) })),
            Member("context", machine.record.context),
        ]
    }

    // MARK: HTTP

    /// The first answer that matches; none is a 404.
    private mutating func answer(_ call: VendorCall) -> VendorAnswer {
        let url = fill(call.url)
        requests.append(describe(call, url: url))
        for answer in request["http"]?.array ?? .init(start: nil, count: 0) {
            if let method = answer["method"]?.text, !(method == call.method) { continue }
            if let exact = answer["url"]?.text, !(exact == url) { continue }
            if let prefix = answer["urlPrefix"]?.text, !url.starts(with: prefix) { continue }
            if let message = answer["networkError"] {
                return .failure(message: message.string ?? "network error")
            }
            return .response(
                status: answer["status"]?.integer ?? 200, body: answer["body"] ?? .null)
        }
        return .response(status: 404, body: arena.object(["message": .string("not found")]))
    }

    private func describe(_ call: VendorCall, url: Text) -> Value {
        var members = [
            Member("method", .string(call.method)), Member("url", .string(url)),
            Member(
                "headers",
                arena.object(
                    call.headers.map { Member(Key($0.name), .string(fill($0.value))) })),
        ]
        if call.hasBody { members.append(Member("body", fill(call.request))) }
        return arena.object(members)
    }

    private func fill(_ text: Text) -> Text {
        let filled = SecretSlots.filling(Array(text.bytes)) { name in
            request["env"]?[name].map { ECMAScriptText.bytes(of: $0) }
        }
        return filled.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    private func fill(_ value: Value) -> Value {
        switch value.kind {
        case .string: .string(fill(value.text.unsafelyUnwrapped))
        case .array: arena.array(value.array.unsafelyUnwrapped.map { fill($0) })
        case .object:
            arena.object(
                value.members.unsafelyUnwrapped.map { Member($0.lookup, fill($0.value)) })
        default: value
        }
    }

    // MARK: Children and messages

    private func children(_ machine: borrowing CaseMachine) -> Value {
        let language = request["config"]?["language"]
        let parent = request["runtimeId"] ?? .emptyString
        return arena.array(
            machine.children.map { child in
                let options = arena.object([
                    "context": child.context,
                    "event": child.initialEvent.map { .string($0) },
                    "config": arena.object(["language": language]),
                ])
                return arena.object([
                    "parentWorkflowRuntimeId": parent,
                    "definitionId": .string(child.definition), "initOptions": options,
                ])
            })
    }

    private func messages(_ machine: borrowing CaseMachine) -> Value {
        var result = machine.dispatched.map { event in
            arena.object([
                "type": .string(event.name), "payload": event.payload,
                "state": .string(event.state),
            ])
        }
        for message in machine.messages {
            result.append(
                arena.object([
                    "event": .string(message.event), "method": .string(message.method),
                    "url": .string(fill(message.url)),
                    "headers": arena.object(
                        message.headers.map { Member(Key($0.name), .string(fill($0.value))) }),
                    "body": fill(message.body),
                ]))
        }
        return arena.array(result)
    }
}

extension CaseMachine {
    /// Stands the case in a state without entering it; a message when there is no such state.
    mutating func resume(in state: Value) -> String? {
        do throws(ChartError) {
            record.configuration = try workflow.chart.configuration(from: state)
            return nil
        } catch {
            return error.message
        }
    }

    /// Whether the case would take an event now, guards aside.
    mutating func accepts(_ event: Text) -> Bool { handles(event) }

    mutating func clearError() { lastError = nil }

    /// Goes on after a fault, as a host that catches an exception does.
    mutating func clearFault() {
        record.fault = nil
        if record.status == .failed { record.status = .active }
    }
}

extension Text {
    func starts(with prefix: Text) -> Bool {
        count >= prefix.count && self[0..<prefix.count] == prefix
    }
}

/// What Ballerine's engine refuses to construct.
enum BallerineConstruction {
    static func error(_ request: Value) -> String? {
        for plugin in request["extensions"]?["apiPlugins"]?.array ?? .init(start: nil, count: 0) {
            if let kind = refusedKind(plugin) { return "Unknown plugin kind: \(kind)" }
        }
        let states = request["definition"]?["states"]
        for plugin in request["extensions"]?["statePlugins"]?.array ?? .init(start: nil, count: 0)
        where plugin["isBlocking"]?.bool != true {
            for name in plugin["stateNames"]?.array ?? .init(start: nil, count: 0) {
                if let text = name.text, states?[text] == nil {
                    return "\(text) is not defined within the workflow definition's states"
                }
            }
        }
        return nil
    }

    /// Webhook plugins, and API plugins without a kind and both actions, throw there.
    private static func refusedKind(_ plugin: Value) -> String? {
        let isCallable = isSet(plugin["successAction"]) && isSet(plugin["errorAction"])
        guard let kind = plugin["pluginKind"]?.string else { return isCallable ? nil : "undefined" }
        if kind == "webhook" || kind == "kyc" { return kind }
        return Catalog.hasPluginKind(kind) || isCallable ? nil : kind
    }

    private static func isSet(_ value: Value?) -> Bool { (value?.count ?? 0) > 0 }
}
