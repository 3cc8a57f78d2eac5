import Definitions
import Documents
import Statecharts

/// System webhooks, in Ballerine's payload shape, for the subscriptions of the case, the workflow and
/// the repository.
extension CaseMachine {
    /// In place of a subscription's number, of messages that a webhook plugin sends.
    static let ofPlugin = 0xFFFF

    /// `workflow.state.changed`.
    mutating func announceState(_ event: Text) {
        if subscriptions.isEmpty { return }
        let state = workflow.chart.value(of: record.configuration, in: arena)
        announce(Text("workflow.state.changed"), .state(state))
    }

    /// `workflow.completed`.
    mutating func announceCompletion() {
        announce(Text("workflow.completed"), .completion(stateText()))
    }

    /// `workflow.context.changed`, and `workflow.context.document.changed` when a decision on a
    /// document changed.
    mutating func announceContextChange(before: Value) {
        guard !subscriptions.isEmpty, !(before == record.context) else { return }
        announce(Text("workflow.context.changed"), .contextChange)
        if DocumentDecisions.changed(from: before["documents"], to: record.context["documents"]) {
            announce(Text("workflow.context.document.changed"), .contextChange)
        }
    }

    /// An event of a dispatch-event plugin, for those who subscribed to its name.
    mutating func announce(_ name: Text, payload: Value) {
        announce(name, .dispatched(payload, state: stateText()))
    }

    /// A webhook plugin: a message, and no answer is awaited.
    ///
    /// - Parameter element: of an iteration, which sends its own event at its end.
    mutating func sendWebhook(_ plugin: Plugin, for element: Value? = nil) {
        do throws(CallError) {
            let call = try CallBuilder(plugin, of: workflow, now: now, in: arena)
                .build(over: element.map { withRuntime($0) } ?? pluginContext())
            if let call {
                webhookCalls.append(call)
                send(plugin.name, .request(webhookCalls.count - 1), url: call.url)
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

    private mutating func announce(_ event: Text, _ payload: SentMessage.Payload) {
        for index in subscriptions.indices where subscriptions[index].includes(event) {
            send(
                event, payload, subscription: index, url: subscriptions[index].url,
                withChildren: subscriptions[index].withChildWorkflows)
        }
    }

    private mutating func send(
        _ event: Text, _ payload: SentMessage.Payload, subscription: Int = ofPlugin, url: Text,
        withChildren: Bool = false
    ) {
        record.messages += 1
        output.messages.append(
            SentMessage(
                event: event, payload: payload, url: url, subscription: subscription,
                withChildren: withChildren, number: record.messages,
                transitions: record.transitions, episode: record.episode, at: now,
                resolved: record.resolved, context: record.context))
    }

    // MARK: Subscriptions

    /// Who may be told; worked out once a case.
    mutating func readSubscriptions() -> [Subscription] {
        let own = caseSubscriptions()
        return own.isEmpty
            ? usualSubscriptions : subscriptions(beside: own + workflow.subscriptions, in: arena)
    }

    /// A subscription of the case or the workflow to an event takes the place of the repository's
    /// subscriptions to it.
    func subscriptions(beside own: [Subscription], in arena: Arena) -> [Subscription] {
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

    private mutating func caseSubscriptions() -> [Subscription] {
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
