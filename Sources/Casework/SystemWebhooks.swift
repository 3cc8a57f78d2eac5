import Definitions
import Documents
import Statecharts

/// System webhooks, in Ballerine's payload shape, for the subscriptions of the case, the workflow and
/// the repository.
extension CaseMachine {
    /// The version of the payloads.
    private static let apiVersion = Text("1")
    /// In place of a subscription's number, of messages that a webhook plugin sends.
    private static let ofPlugin = 0xFFFF

    /// `workflow.state.changed`.
    mutating func announceState(_ event: Text) {
        announce("workflow.state.changed") { machine, _ in
            [
                Member(
                    "state",
                    machine.workflow.chart.value(
                        of: machine.record.configuration, in: machine.arena))
            ]
        }
    }

    /// `workflow.completed`.
    mutating func announceCompletion() {
        announce("workflow.completed") { machine, _ in
            [
                Member("workflowStatus", .string("completed")),
                Member("workflowFinalState", .string(machine.stateText())),
            ]
        }
    }

    /// `workflow.context.changed`, and `workflow.context.document.changed` when a decision on a
    /// document changed.
    mutating func announceContextChange(before: Value) {
        guard !subscriptions.isEmpty, !(before == record.context) else { return }
        let assignee: (borrowing CaseMachine, Subscription) -> [Member] = { _, _ in
            [Member("assignee", .null), Member("assignedAt", .null)]
        }
        announce("workflow.context.changed", with: assignee)
        if DocumentDecisions.changed(from: before["documents"], to: record.context["documents"]) {
            announce("workflow.context.document.changed", with: assignee)
        }
    }

    /// An event of a dispatch-event plugin, for those who subscribed to its name.
    mutating func announce(_ name: Text, payload: Value) {
        for index in subscriptions.indices where subscriptions[index].includes(name) {
            let id = nextMessageID(name, index)
            let body = arena.object([
                "id": .string(id), "eventName": .string(name), "state": .string(stateText()),
                "workflowRuntimeId": .string(caseText), "payload": payload,
            ])
            add(body, id, event: name, to: subscriptions[index].url)
        }
    }

    /// A webhook plugin: a message, and no answer is awaited.
    ///
    /// - Parameter element: of an iteration, which sends its own event at its end.
    mutating func sendWebhook(_ plugin: Plugin, for element: Value? = nil) {
        do throws(CallError) {
            let call = try CallBuilder(plugin, of: workflow, now: now, in: arena)
                .build(over: element.map { withRuntime($0) } ?? pluginContext())
            if let call {
                output.messages.append(
                    Message(
                        id: nextMessageID(plugin.name, Self.ofPlugin), event: plugin.name,
                        method: call.method,
                        url: call.url, headers: call.headers, body: call.request))
            }
            if let action = plugin.successAction, element == nil {
                deliver(action, payload: nil, origin: .plugin)
            }
        } catch {
            fail(
                code: "RUN010", "the plugin '\(plugin.name)' failed: \(error.message)",
                place: String(plugin.place))
        }
    }

    // MARK: Subscriptions

    /// Who may be told; worked out once a case. A subscription of the case or the workflow to an
    /// event takes the place of the repository's subscriptions to it.
    func readSubscriptions() -> [Subscription] {
        let own = caseSubscriptions() + workflow.subscriptions
        if own.isEmpty { return catalog.settings.subscriptions }
        var result: [Subscription] = []
        for subscription in catalog.settings.subscriptions {
            let events = subscription.events.filter { event in
                !own.contains { $0.includes(event) }
            }
            if events.isEmpty && !subscription.events.isEmpty { continue }
            var kept = subscription
            kept.events = Table(events, in: arena)
            result.append(kept)
        }
        return result + own
    }

    private func caseSubscriptions() -> [Subscription] {
        guard let list = record.config["subscriptions"]?.array else { return [] }
        return list.compactMap { entry in
            guard let url = entry["url"]?.text, let events = entry["events"]?.array,
                entry["type"]?.text.map({ $0 == "webhook" }) ?? true
            else { return nil }
            return Subscription(
                url: url, events: Table(events.compactMap { $0.text }, in: arena),
                withChildWorkflows: entry["config"]?["withChildWorkflows"]?.bool ?? false)
        }
    }

    // MARK: Payloads

    private mutating func announce(
        _ name: StaticString, with members: (borrowing CaseMachine, Subscription) -> [Member]
    ) {
        let event = Text(name)
        for index in subscriptions.indices where subscriptions[index].includes(event) {
            let id = nextMessageID(event, index)
            let body = payload(
                event, id, subscriptions[index], members(self, subscriptions[index]))
            add(body, id, event: event, to: subscriptions[index].url)
        }
    }

    private func payload(
        _ event: Text, _ id: Text, _ subscription: Subscription, _ own: [Member]
    ) -> Value {
        let entity = record.context["entity"]
        var members: [Member] = []
        members.reserveCapacity(16)
        members.append(Member("id", .string(id)))
        members.append(Member("eventName", .string(event)))
        if event == "workflow.state.changed" { members += own }
        members.append(Member("apiVersion", .string(Self.apiVersion)))
        members.append(Member("timestamp", time(now)))
        if event == "workflow.context.changed" || event == "workflow.context.document.changed" {
            members += own
        }
        members.append(Member("workflowCreatedAt", time(record.created)))
        members.append(Member("workflowResolvedAt", record.resolved.map { time($0) } ?? .null))
        members.append(Member("workflowDefinitionId", .string(workflow.idText)))
        members.append(Member("workflowRuntimeId", .string(caseText)))
        if event == "workflow.completed" { members += own }
        members.append(
            Member("ballerineEntityId", entity?["ballerineEntityId"] ?? entity?["id"] ?? .null))
        members.append(Member("correlationId", entity?["id"] ?? .emptyString))
        members.append(Member("environment", arena.string(catalog.settings.environment)))
        members.append(Member("data", data(subscription)))
        return arena.object(members)
    }

    private func data(_ subscription: Subscription) -> Value {
        guard subscription.withChildWorkflows else { return record.context }
        return record.context.setting(
            Key("childWorkflowsRuntimeData"), to: .emptyArray, in: arena)
    }

    /// Most times of a case are the run's clock, which is written once a case.
    private func time(_ instant: Instant) -> Value {
        instant == clockText.instant
            ? .string(clockText.text) : arena.string(instant.withMilliseconds)
    }

    private mutating func add(_ body: Value, _ id: Text, event: Text, to url: Text) {
        output.messages.append(
            Message(
                id: id, event: event, method: Text("POST"), url: url,
                headers: [(Text("Content-Type"), Text("application/json"))], body: body))
    }

    /// The first 160 bits of the hash of case, episode, the message's number in it, the transition
    /// number, event and subscription.
    private mutating func nextMessageID(_ event: Text, _ subscription: Int) -> Text {
        record.messages += 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        bytes.append(contentsOf: caseText.bytes)
        for number in [record.episode, record.messages, record.transitions, subscription] {
            bytes.append(0x0A)
            withUnsafeBytes(of: UInt64(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: event.bytes)
        if subscription != Self.ofPlugin {
            bytes.append(contentsOf: subscriptions[subscription].url.bytes)
        }
        return bytes.withUnsafeBytes { Digest.text(of: $0, first: 20, in: arena) }
    }
}

/// Decisions on the documents of a context.
enum DocumentDecisions {
    /// Whether a document that stood before got a decision, or another one.
    static func changed(from old: Value?, to new: Value?) -> Bool {
        guard let old = old?.array, let new = new?.array else { return false }
        for document in old {
            guard let id = document["id"],
                let later = new.first(where: { $0["id"].map { $0 == id } ?? false })
            else { continue }
            let before = document["decision"]?["status"]
            let after = later["decision"]?["status"]
            switch (before, after) {
            case (nil, _?): return true
            case (let before?, let after?) where !(before == after): return true
            default: continue
            }
        }
        return false
    }
}
