import Documents
import Statecharts

/// Checks events that something outside the chart sends against those the chart waits for.
struct EventChecks {
    let chart: Chart

    /// The system webhooks that a subscription can name.
    static let webhooks: [StaticString] = [
        "workflow.completed", "workflow.state.changed", "workflow.context.changed",
        "workflow.context.document.changed", "alert.triggered",
    ]

    /// What a parent hears of its children; in a child's own workflow without `definitionId`.
    private static let callback = Shape(
        whole: "a callback",
        members: [
            ("definitionId", .string), ("transformers", .list), ("persistenceStates", .names),
            ("deliverEvent", .string),
        ],
        unknown: "WF100", type: "WF101")

    /// The first event of a case, and what is said of its children and of it as a child.
    func check(_ config: Node?) -> [Finding] {
        guard let config else { return [] }
        var findings = checkCallbacks(config)
        if let node = config["initialEvent"], !node.value.isNull {
            findings += check(
                node, code: "WF073",
                "config.initialEvent is the event that starts a case; no transition waits for")
        }
        for result in config["childCallbackResults"]?.elements ?? [] {
            guard let node = result["deliverEvent"], !node.value.isNull else { continue }
            findings += check(
                node, code: "WF077",
                "a finished child delivers deliverEvent; no transition waits for")
        }
        return findings
    }

    private func checkCallbacks(_ config: Node) -> [Finding] {
        var findings: [Finding] = []
        if let list = config["childCallbackResults"], !list.value.isNull {
            if list.value.kind != .array {
                findings.append(
                    list.finding("WF101", .error, "childCallbackResults is a list of callbacks"))
            }
            for entry in list.elements { findings += Self.callback.check(entry) }
        }
        if let own = config["callbackResult"], !own.value.isNull {
            if own.value.kind != .object {
                findings.append(own.finding("WF101", .error, "callbackResult is an object"))
            }
            var shape = Self.callback
            shape.members.removeFirst()
            findings += shape.check(own)
        }
        return findings
    }

    private func check(_ node: Node, code: String, _ sentence: String) -> [Finding] {
        guard let name = node.value.text else {
            return [node.finding(code, .error, "an event's name is a text")]
        }
        guard chart.event(named: name) == .other else { return [] }
        let hint = NearestName.hint(name, among: chart.eventNames)
        return [node.finding(code, .warning, "\(sentence) '\(name)'\(hint)")]
    }

    /// Names in a list of subscriptions that are no system webhook and no event of a plugin.
    static func check(subscriptions: Node?, alsoKnown: [Text] = []) -> [Finding] {
        var findings: [Finding] = []
        for entry in subscriptions?.elements ?? [] {
            for node in entry["events"]?.elements ?? [] {
                guard let name = node.value.text else {
                    findings.append(node.finding("WF062", .error, "an event's name is a text"))
                    continue
                }
                if webhooks.contains(where: { name == $0 })
                    || alsoKnown.contains(where: { $0 == name })
                {
                    continue
                }
                let known = webhooks.map { Text($0) } + alsoKnown
                findings.append(
                    node.finding(
                        "WF062", .warning,
                        "nothing sends the event '\(name)'"
                            + NearestName.hint(name, among: known)))
            }
        }
        return findings
    }
}
