import Documents

/// Digests of workflows with everything they use: rules and plugin kinds, which their own digests
/// hold, and the forms and child workflows that they lead to, at any depth.
struct Closures {
    private let parts: [String: WorkflowParts]
    private let forms: [String: Source]

    init(_ parts: [WorkflowParts], _ forms: [Source]) {
        self.parts = Dictionary(parts.map { ($0.id, $0) }) { first, _ in first }
        self.forms = Dictionary(
            forms.compactMap { form in form.root["id"]?.value.string.map { ($0, form) } }
        ) { first, _ in first }
    }

    func digest(of workflow: WorkflowParts) -> Digest {
        var reached: [String: WorkflowParts] = [:]
        var usedForms: Set<String> = []
        reach(workflow, &reached, &usedForms)
        if reached.count == 1 && usedForms.isEmpty { return workflow.closure }
        var bytes = Array(workflow.closure.bytes)
        for id in Self.sorted(reached.keys) where !id.utf8.elementsEqual(workflow.id.utf8) {
            guard let child = reached[id] else { continue }
            bytes += Array(id.utf8) + [0] + Array(child.closure.bytes)
        }
        for id in Self.sorted(usedForms) {
            guard let form = forms[id] else { continue }
            bytes += Array(id.utf8) + [0] + JSONWriter.canonicalFile(form.value)
        }
        return Digest(of: bytes)
    }

    private func reach(
        _ workflow: WorkflowParts, _ reached: inout [String: WorkflowParts],
        _ usedForms: inout Set<String>
    ) {
        guard reached.updateValue(workflow, forKey: workflow.id) == nil else { return }
        for plugin in workflow.plugins {
            guard let child = plugin.child.flatMap({ parts[String($0.definition)] }) else {
                continue
            }
            reach(child, &reached, &usedForms)
        }
        for plugin in workflow.source.root["extensions"]?["commonPlugins"]?.elements ?? [] {
            if let form = plugin["uiDefinitionId"]?.value.string { usedForms.insert(form) }
        }
    }

    private static func sorted(_ ids: some Sequence<String>) -> [String] {
        ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
