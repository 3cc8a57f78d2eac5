import Documents

/// Checks names that lead from one definition to another: vendors, child workflows, forms, answer
/// files. Rules are looked up where they are compiled.
struct ReferenceChecks {
    let settings: Source?
    let vendors: [String]
    /// The vendors that are sound.
    let vendorSettings: [VendorSettings]
    let workflows: [Workflow]
    let unreadWorkflows: Set<String>
    let forms: [Source]
    let answers: [String: Source]
    let lists: [ListFile]
    let rules: Set<String>

    /// Codes of findings that only a whole repository can decide.
    static let codes: Set<String> = [
        "CFG000", "CFG005", "CFG011", "DT006", "DT013", "DT030", "FM003", "FM007", "WF007", "WF022",
        "WF049", "WF074", "WF075",
        "WF076", "WF079", "WF119", "CN002", "SD011",
    ]

    func check() -> [Finding] {
        var findings = checkSettings() + checkFormNames()
        for workflow in workflows { findings += check(workflow) }
        return findings + ChildChecks(workflows: workflows).check()
    }

    private func isKnown(workflow id: String) -> Bool {
        workflows.contains { $0.id.utf8.elementsEqual(id.utf8) } || unreadWorkflows.contains(id)
    }

    private func checkSettings() -> [Finding] {
        guard let settings else { return [] }
        var findings: [Finding] = []
        for (_, _, entry) in settings.root["cases"]?.members ?? [] {
            guard let node = entry["workflow"], let id = node.value.string, !isKnown(workflow: id)
            else { continue }
            findings.append(
                node.finding("CFG005", .error, "there is no workflow '\(id)' in workflows/"))
        }
        for (_, _, entry) in settings.root["vendors"]?.members ?? [] {
            let environments = entry["environments"]?.members.map(\.node) ?? []
            for entry in [entry] + environments {
                guard let node = entry["answers"], let path = node.value.string,
                    answers[path] == nil
                else { continue }
                findings.append(
                    node.finding(
                        "CFG011", .error, "there is no file '\(path)' with recorded answers"))
            }
        }
        return findings
    }

    private func checkFormNames() -> [Finding] {
        var findings: [Finding] = []
        var first: [String: Source] = [:]
        for form in forms {
            guard let node = form.root["id"], let id = node.value.string else { continue }
            if let other = first[id] {
                findings.append(
                    node.finding(
                        "FM007", .error,
                        "the form id '\(id)' stands in \(other.file) too; ids are unique"))
            } else {
                first[id] = form
            }
        }
        return findings
    }

    // MARK: Workflows

    private func check(_ workflow: Workflow) -> [Finding] {
        let extensions = workflow.source.root["extensions"]
        let readPlugins = Dictionary(
            workflow.plugins.map { (String($0.place), $0) }, uniquingKeysWith: { first, _ in first }
        )
        let isNative = workflow.semantics == .docket
        var findings: [Finding] = []
        for plugin in extensions?["apiPlugins"]?.elements ?? [] {
            findings += checkVendor(plugin, readPlugins, isNative: isNative)
            findings += checkSecrets(plugin)
        }
        for plugin in extensions?["childWorkflowPlugins"]?.elements ?? [] {
            guard let node = plugin["definitionId"], let id = node.value.string,
                !isKnown(workflow: id)
            else { continue }
            findings.append(
                node.finding(
                    "WF075", isNative ? .error : .warning,
                    "there is no workflow '\(id)' in workflows/ to start as a child"))
        }
        for plugin in extensions?["commonPlugins"]?.elements ?? [] {
            guard let node = plugin["uiDefinitionId"], let id = node.value.string,
                !forms.contains(where: { $0.root["id"]?.value.string == id })
            else { continue }
            findings.append(
                node.finding(
                    "WF076", isNative ? .error : .warning, "there is no form '\(id)' in forms/"))
        }
        return findings + checkMonitors(workflow)
    }

    /// Lists and rule files that monitors wait for.
    private func checkMonitors(_ workflow: Workflow) -> [Finding] {
        var findings: [Finding] = []
        for monitor in workflow.source.root["monitors"]?.elements ?? [] {
            for node in MonitorReader.paths(monitor["trigger"]?["list"]) {
                guard let path = node.value.string, path.hasPrefix("lists/"),
                    !lists.contains(where: { Monitor.path(path, includes: $0.path) })
                else { continue }
                findings.append(
                    node.finding(
                        "WF119", .error, "there is no list '\(path)' in this repository"))
            }
            for node in MonitorReader.paths(monitor["trigger"]?["rule"]) {
                guard let path = node.value.string, path.hasPrefix("rules/"),
                    !rules.contains(path)
                else { continue }
                findings.append(
                    node.finding(
                        "WF119", .error, "there is no rule file '\(path)' in this repository"))
            }
        }
        return findings
    }

    /// A native API plugin needs a vendor of `docket.yaml`; without one its case waits for ever. One
    /// of another kind that names none asks the vendor of its kind's name.
    private func checkVendor(
        _ plugin: Node, _ readPlugins: [String: Plugin], isNative: Bool
    ) -> [Finding] {
        guard let kind = plugin["pluginKind"]?.value.text else { return [] }
        guard kind == "api" else {
            return checkKindVendor(plugin, kind, readPlugins, isNative: isNative)
        }
        guard let node = plugin["vendor"], node.value.text != nil else {
            guard isNative else { return [] }
            return [
                plugin.finding(
                    "WF078", .warning,
                    "the plugin names no vendor of docket.yaml; cases wait in its states until it does"
                )
            ]
        }
        return checkName(node, isNative: isNative)
    }

    private func checkKindVendor(
        _ plugin: Node, _ kind: Text, _ readPlugins: [String: Plugin], isNative: Bool
    ) -> [Finding] {
        guard isNative, let read = readPlugins[plugin.reference], read.kind == .api,
            read.call.kind != nil
        else {
            return []
        }
        if let node = plugin["vendor"] { return checkName(node, isNative: isNative) }
        let name = read.call.vendor ?? kind
        if vendors.contains(where: { name.bytes.elementsEqual($0.utf8) }) { return [] }
        return [
            plugin.finding(
                "WF078", .warning,
                "docket.yaml has no vendor '\(name)', which plugins of this kind ask when they name "
                    + "none; cases wait in its states until it does")
        ]
    }

    /// Secrets that a plugin's request would hold and its vendor is not given: the request would never
    /// leave.
    private func checkSecrets(_ plugin: Node) -> [Finding] {
        guard let name = plugin["vendor"]?.value.string,
            let vendor = vendorSettings.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { return [] }
        let reaches = [(nil, vendor.reach)] + vendor.environments.map { ($0.name, $0.reach) }
        var findings: [Finding] = []
        var slots: [(name: String, node: Node)] = []
        for part in [plugin["url"], plugin["headers"], plugin["request"]] {
            if let part { Self.secrets(in: part, &slots) }
        }
        for slot in slots {
            let lacking = reaches.first { reach in
                reach.1.secrets.map { names in
                    !names.contains { $0.utf8.elementsEqual(slot.name.utf8) }
                } ?? false
            }
            guard let lacking else { continue }
            let place = lacking.0.map { " in the environment '\($0)'" } ?? ""
            findings.append(
                slot.node.finding(
                    "WF079", .error,
                    "the vendor '\(name)' is not given the secret '\(slot.name)'\(place): name it in "
                        + "its secrets in docket.yaml"))
        }
        return findings
    }

    /// `{secret.NAME}` and `{secrets.NAME}` in the texts of a node, each once.
    private static func secrets(in node: Node, _ found: inout [(name: String, node: Node)]) {
        for (_, _, member) in node.members { secrets(in: member, &found) }
        for element in node.elements { secrets(in: element, &found) }
        guard let text = node.value.string else { return }
        for part in text.split(separator: "{").dropFirst(text.hasPrefix("{") ? 0 : 1) {
            guard let end = part.firstIndex(of: "}"), let dot = part.firstIndex(of: "."), dot < end,
                part[..<dot] == "secret" || part[..<dot] == "secrets"
            else { continue }
            let name = String(part[part.index(after: dot)..<end])
            if SecretName.isSound(name), !found.contains(where: { $0.name == name }) {
                found.append((name, node))
            }
        }
    }

    private func checkName(_ node: Node, isNative: Bool) -> [Finding] {
        guard let name = node.value.text else { return [] }
        if vendors.contains(where: { name.bytes.elementsEqual($0.utf8) }) { return [] }
        let arena = Arena(chunkBytes: 1024)
        let hint = NearestName.hint(name, among: vendors.map { arena.text($0) })
        return [
            node.finding(
                "WF074", isNative ? .error : .warning,
                "docket.yaml has no vendor '\(name)'\(hint)")
        ]
    }
}
