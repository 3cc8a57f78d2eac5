import Definitions
import Documents
import Statecharts

/// System webhooks, in Ballerine's payload shape, for the subscriptions of the case, the workflow and
/// the repository.
extension CaseMachine {
    /// The version of the payloads.
    private static let apiVersion = Text("1")

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
        for (index, subscription) in subscriptions.enumerated() where subscription.includes(name) {
            let body = arena.object([
                "eventName": .string(name), "state": .string(stateText()),
                "workflowRuntimeId": arena.string(record.id.path), "payload": payload,
            ])
            add(body, event: name, to: subscription.url, number: index)
        }
    }

    /// A webhook plugin: a message, and no answer is awaited.
    mutating func sendWebhook(_ plugin: Plugin) {
        do throws(CallError) {
            let call = try CallBuilder(plugin: plugin, now: now, arena: arena)
                .build(over: pluginContext())
            output.messages.append(
                Message(
                    id: messageID(plugin.name, "plugin"), event: plugin.name, method: call.method,
                    url: call.url, headers: call.headers, body: call.request))
            if let action = plugin.successAction { deliver(action, payload: nil, origin: .plugin) }
        } catch {
            fail(
                code: "RUN010", "the plugin '\(plugin.name)' failed: \(error.message)",
                place: String(plugin.place))
        }
    }

    // MARK: Subscriptions

    /// Who may be told. A subscription of the case or the workflow to an event takes the place of
    /// the repository's subscriptions to it.
    var subscriptions: [Subscription] {
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
        for (index, subscription) in subscriptions.enumerated() where subscription.includes(name) {
            let body = payload(name, subscription, members(self, subscription), number: index)
            add(body, event: Text(name), to: subscription.url, number: index)
        }
    }

    private func payload(
        _ name: StaticString, _ subscription: Subscription, _ own: [Member], number: Int
    ) -> Value {
        let entity = record.context["entity"]
        var members: [Member] = [
            Member("id", arena.string(messageID(Text(name), "\(subscription.url)#\(number)"))),
            Member("eventName", .string(name)),
        ]
        if Text(name) == "workflow.state.changed" { members += own }
        members += [
            Member("apiVersion", .string(Self.apiVersion)),
            Member("timestamp", time(now)),
        ]
        if Text(name) == "workflow.context.changed"
            || Text(name) == "workflow.context.document.changed"
        {
            members += own
        }
        members += [
            Member("workflowCreatedAt", time(record.created)),
            Member("workflowResolvedAt", record.resolved.map { time($0) } ?? .null),
            Member("workflowDefinitionId", arena.string(workflow.id)),
            Member("workflowRuntimeId", arena.string(record.id.path)),
        ]
        if Text(name) == "workflow.completed" { members += own }
        members += [
            Member("ballerineEntityId", entity?["ballerineEntityId"] ?? entity?["id"] ?? .null),
            Member("correlationId", entity?["id"] ?? .emptyString),
            Member("environment", arena.string(catalog.settings.environment)),
            Member("data", data(subscription)),
        ]
        return arena.object(members)
    }

    private func data(_ subscription: Subscription) -> Value {
        guard subscription.withChildWorkflows else { return record.context }
        return record.context.setting(
            Key("childWorkflowsRuntimeData"), to: .emptyArray, in: arena)
    }

    private func time(_ instant: Instant) -> Value { arena.string(instant.withMilliseconds) }

    private mutating func add(_ body: Value, event: Text, to url: Text, number: Int) {
        output.messages.append(
            Message(
                id: messageID(event, "\(url)#\(number)"), event: event, method: Text("POST"),
                url: url,
                headers: [(Text("Content-Type"), Text("application/json"))], body: body))
    }

    /// The hash of case, episode, transition number, event and subscription.
    private func messageID(_ event: Text, _ subscription: String) -> String {
        let parts = [
            record.id.path, String(record.episode), String(record.transitions), String(event),
            subscription, String(output.messages.count),
        ]
        return String(Digest(of: parts.joined(separator: "\n")).hexadecimal.prefix(40))
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
