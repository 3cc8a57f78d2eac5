import Documents
import Statecharts

/// Checks what workflows say of each other's children: what a parent hears, and who starts whom.
struct ChildChecks {
    let workflows: [Workflow]

    func check() -> [Finding] {
        var findings: [Finding] = []
        for workflow in workflows {
            let config = workflow.source.root["config"]
            for entry in config?["childCallbackResults"]?.elements ?? [] {
                findings += checkEntry(entry, of: workflow)
            }
            if let callback = config?["callbackResult"] {
                findings += checkStates(callback, of: workflow)
                findings += checkDelivery(callback, of: workflow)
            }
        }
        return findings + checkEndless()
    }

    private func workflow(_ id: Text) -> Workflow? { workflows.first { $0.idText == id } }

    // MARK: Callbacks

    /// An entry speaks of a workflow that this one starts.
    private func checkEntry(_ entry: Node, of workflow: Workflow) -> [Finding] {
        guard let node = entry["definitionId"], let id = node.value.text else {
            return [
                entry.finding(
                    "WF103", .warning,
                    "the entry names no definitionId, so that it is about no child")
            ]
        }
        let started = Self.started(by: workflow)
        guard started.contains(where: { $0.id == id }) else {
            return [
                node.finding(
                    "WF103", .warning,
                    "no child plugin of this workflow starts '\(id)'"
                        + NearestName.hint(id, among: started.map(\.id)))
            ]
        }
        return self.workflow(id).map { checkStates(entry, of: $0) } ?? []
    }

    /// The states in which a parent is told are states of the child.
    private func checkStates(_ callback: Node, of child: Workflow) -> [Finding] {
        (callback["persistenceStates"]?.elements ?? []).compactMap { node in
            guard let name = node.value.text,
                !child.stateNames.contains(where: { $0 == name })
            else { return nil }
            return node.finding(
                "WF102", .warning,
                "the workflow '\(child.id)' has no state '\(name)' to be told of"
                    + NearestName.hint(name, among: Array(child.stateNames)))
        }
    }

    /// The event that a child's own workflow delivers is one that its parents wait for, unless they
    /// say for themselves what they hear.
    private func checkDelivery(_ callback: Node, of child: Workflow) -> [Finding] {
        guard let node = callback["deliverEvent"], let event = node.value.text else { return [] }
        return workflows.compactMap { parent in
            guard Self.started(by: parent).contains(where: { $0.id == child.idText }),
                !parent.childCallbacks.contains(where: { $0.definition == child.idText }),
                parent.chart.event(named: event) == .other
            else { return nil }
            return node.finding(
                "WF077", .warning,
                "the workflow '\(parent.id)' starts this one as a child and has no transition that "
                    + "waits for '\(event)'"
                    + NearestName.hint(event, among: parent.chart.eventNames))
        }
    }

    // MARK: Who starts whom

    /// A workflow that a child plugin starts.
    private struct Start {
        let id: Text
        let node: Node
        let plugin: Text
        let states: [Text]
    }

    private static func started(by workflow: Workflow) -> [Start] {
        let plugins = workflow.source.root["extensions"]?["childWorkflowPlugins"]?.elements ?? []
        return plugins.compactMap { plugin in
            guard let node = plugin["definitionId"], let id = node.value.text else { return nil }
            return Start(
                id: id, node: node, plugin: plugin["name"]?.value.text ?? Text(""),
                states: plugin["stateNames"]?.elements.compactMap { $0.value.text } ?? [])
        }
    }

    /// A workflow that comes to start itself whatever its data: by a child plugin of a state that it
    /// always enters, and not for the elements of a list, which has an end.
    private func checkEndless() -> [Finding] {
        var sure: [String: [Start]] = [:]
        for workflow in workflows {
            let entered = SureStates(workflow.source.root["definition"]).names
            sure[workflow.id] = Self.started(by: workflow).filter { start in
                start.states.contains { state in entered.contains(String(state)) }
            }
        }
        return workflows.flatMap { workflow in
            (sure[workflow.id] ?? []).compactMap { start in
                guard leads(from: String(start.id), to: workflow.id, sure) else { return nil }
                return start.node.finding(
                    "WF104", .warning,
                    "each case of '\(workflow.id)' starts another one of it, whatever its data, until "
                        + "limits.childDepth; put a guard before the state, or start children for "
                        + "the elements of a list")
            }
        }
    }

    private func leads(from id: String, to goal: String, _ sure: [String: [Start]]) -> Bool {
        var seen: Set<String> = []
        var open = [id]
        while let next = open.popLast() {
            if next.utf8.elementsEqual(goal.utf8) { return true }
            guard seen.insert(next).inserted else { continue }
            open += (sure[next] ?? []).map { String($0.id) }
        }
        return false
    }
}

/// The states that a chart comes to by transitions without a guard: the first of their event.
private struct SureStates {
    private(set) var names: Set<String> = []
    private var states: [String: Node] = [:]

    init(_ definition: Node?) {
        guard let definition else { return }
        collect(definition)
        enter(definition)
    }

    private mutating func collect(_ node: Node) {
        for (key, _, state) in node["states"]?.members ?? [] {
            states[String(key)] = state
            collect(state)
        }
    }

    private mutating func enter(_ node: Node) {
        if let initial = node["initial"]?.value.string { visit(initial) }
        if node["type"]?.value.string == "parallel" {
            for (key, _, _) in node["states"]?.members ?? [] { visit(String(key)) }
        }
        for key in ["always", "onDone"] as [StaticString] { follow(node[key]) }
        for key in ["on", "after"] as [StaticString] {
            for (_, _, transitions) in node[key]?.members ?? [] { follow(transitions) }
        }
    }

    /// Only the first of several transitions can be sure.
    private mutating func follow(_ transitions: Node?) {
        guard let first = transitions?.oneOrMore.first else { return }
        if let target = first.value.string { return visit(target) }
        guard first["cond"] == nil else { return }
        for target in first["target"]?.oneOrMore ?? [] {
            if let name = target.value.string { visit(name) }
        }
    }

    private mutating func visit(_ target: String) {
        let name = String(target.split(separator: ".").last ?? "")
            .replacing("#", with: "")
        guard let state = states[name], names.insert(name).inserted else { return }
        enter(state)
    }
}
