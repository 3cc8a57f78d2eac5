import Documents
import Expressions
import RiskRules

/// Reads the `extensions` of a workflow.
struct PluginReader {
    let arena: Arena
    let dialect: JMESPath.Dialect
    let semantics: Semantics
    /// The risk rules of a file in `rules/`, by its path.
    let rules: (String) -> RiskRuleFile?
    private(set) var plugins: [Plugin] = []
    private(set) var findings: [Finding] = []
    private(set) var patterns: [Pattern] = []
    /// Paths of the rule files used.
    private(set) var usedFiles: Set<String> = []

    init(
        arena: Arena, semantics: Semantics, rules: @escaping (String) -> RiskRuleFile?
    ) {
        self.arena = arena
        self.semantics = semantics
        self.dialect = semantics == .ballerine ? .ballerine : .standard
        self.rules = rules
    }

    /// The kinds of Ballerine that this version knows by name and does not run.
    static let laterKinds: Set<String> = [
        "email", "template-email", "kyb", "kyc", "kyc-session", "individual-sanctions",
        "company-sanctions", "ubo", "registry-information", "merchant-monitoring",
        "mastercard-merchant-screening",
    ]

    private static let lists: [(key: StaticString, phase: Plugin.Phase)] = [
        ("dispatchEventPlugins", .dispatchEvent), ("childWorkflowPlugins", .childWorkflow),
        ("commonPlugins", .common), ("apiPlugins", .api),
    ]

    /// Reads all lists; plugins end up in the order in which a state runs them.
    mutating func read(_ extensions: Node?) {
        guard let extensions else { return }
        for (key, _, node) in extensions.members
        where !Self.lists.contains(where: { key == $0.key }) && !(key == "statePlugins") {
            findings.append(
                node.finding(
                    "WF040", .warning,
                    "'\(key)' is no list of plugins; use apiPlugins, commonPlugins, "
                        + "childWorkflowPlugins or dispatchEventPlugins"))
        }
        for list in Self.lists {
            for node in extensions[list.key]?.elements ?? [] { readPlugin(node, list.phase) }
        }
        resolveActions(extensions)
    }

    private mutating func readPlugin(_ node: Node, _ phase: Plugin.Phase) {
        guard let name = node["name"]?.value.text, !name.isEmpty else {
            findings.append(node.finding("WF041", .error, "a plugin needs a name"))
            return
        }
        if plugins.contains(where: { $0.name == name }) {
            findings.append(
                (node["name"] ?? node).finding(
                    "WF042", semantics == .ballerine ? .warning : .error,
                    "the plugin name '\(name)' stands twice; outputs would overwrite each other"))
        }
        let written = node["pluginKind"]?.value.text ?? Text("")
        var plugin = Plugin(
            name: name, kind: kind(written, node, phase), phase: phase, writtenKind: written,
            states: Table(
                (node["stateNames"]?.elements ?? []).compactMap { $0.value.text }, in: arena),
            successAction: node["successAction"]?.value.text,
            errorAction: node["errorAction"]?.value.text,
            output: Table([Key("pluginsOutput"), Key(name)], in: arena),
            destination: destination(node), place: arena.text(node.reference), call: .none,
            transforms: .identity, action: -1, eventName: nil, payload: nil,
            child: nil, rules: .init(start: nil, count: 0))
        readDetails(node, into: &plugin)
        plugins.append(plugin)
    }

    private func destination(_ node: Node) -> MemberPath? {
        guard let path = node["persistResponseDestination"]?.value.text, !path.isEmpty else {
            return nil
        }
        return MemberPath(dotted: path, in: arena)
    }

    private mutating func kind(
        _ written: Text, _ node: Node, _ phase: Plugin.Phase
    ) -> Plugin.Kind {
        let place = node["pluginKind"] ?? node
        switch phase {
        case .dispatchEvent: return .dispatchEvent
        case .childWorkflow: return .child
        case .common:
            if written == "riskRules" { return .riskRules }
            if written == "transformer" { return .transformer }
            if written == "attach-ui-definition" { return .attachForm }
            if !(written == "iterative") {
                findings.append(
                    place.finding(
                        "WF043", semantics == .ballerine ? .warning : .error,
                        "'\(written)' is no kind of common plugin; use riskRules, transformer, "
                            + "iterative or attach-ui-definition"))
            }
            return .iterative
        case .api: return apiKind(written, node, place)
        }
    }

    private mutating func apiKind(_ written: Text, _ node: Node, _ place: Node) -> Plugin.Kind {
        if written == "api" { return .api }
        if written == "webhook" { return .webhook }
        if Self.laterKinds.contains(String(written)) {
            findings.append(
                place.finding(
                    "WF044", .warning,
                    "plugins of kind '\(written)' are not run by this version; cases wait in "
                        + "the state"))
            return .unsupported
        }
        let hasBoth = node["successAction"] != nil && node["errorAction"] != nil
        if !written.isEmpty {
            findings.append(
                place.finding(
                    "WF045", semantics == .ballerine ? .warning : .error,
                    "'\(written)' is no kind of API plugin; use api or webhook"))
        }
        return hasBoth ? .api : .webhook
    }

    private mutating func readDetails(_ node: Node, into plugin: inout Plugin) {
        switch plugin.kind {
        case .api, .webhook: plugin.call = readCall(node)
        case .iterative: plugin.transforms = readTransforms(node["iterateOn"])
        case .transformer: plugin.transforms = readTransforms(node["transformers"])
        case .dispatchEvent:
            plugin.transforms = readTransforms(node["transformers"])
            plugin.eventName = node["eventName"]?.value.text
            plugin.payload = node["payload"]?.value
            if plugin.eventName == nil {
                findings.append(
                    node.finding("WF046", .error, "a dispatch-event plugin needs eventName"))
            }
        case .child:
            plugin.transforms = readTransforms(node["transformers"])
            if let definition = node["definitionId"]?.value.text {
                plugin.child = (definition, node["initEvent"]?.value.text)
            } else {
                findings.append(node.finding("WF047", .error, "a child plugin needs definitionId"))
            }
        case .riskRules: plugin.rules = readRules(node)
        case .attachForm, .unsupported: break
        }
    }

    private mutating func readTransforms(_ node: Node?, sent: Bool = false) -> Transforms {
        var reader = TransformReader(arena: arena, dialect: dialect)
        reader.acceptsSecrets = sent
        let transforms = reader.read(node)
        findings += reader.findings
        patterns += reader.patterns
        return transforms
    }

    private mutating func readRules(_ node: Node) -> UnsafeBufferPointer<RiskRule> {
        let none = UnsafeBufferPointer<RiskRule>(start: nil, count: 0)
        let place = node["rulesSource"] ?? node
        guard let file = node["rulesSource"]?["file"] ?? node["rules"], let path = file.value.string
        else {
            findings.append(
                place.finding(
                    "WF048", semantics == .ballerine ? .warning : .error,
                    "riskRules needs rulesSource.file, a path such as rules/kyb_risk.yaml"))
            return none
        }
        guard let found = rules(path) else {
            findings.append(
                file.finding("WF049", .error, "there is no rule file '\(path)' in this repository"))
            return none
        }
        usedFiles.insert(path)
        return found.rules
    }

    private mutating func readCall(_ node: Node) -> CallDefinition {
        let request = node["request"]
        let response = node["response"]
        return CallDefinition(
            vendor: node["vendor"]?.value.text, method: method(node), url: readURL(node["url"]),
            headers: readHeaders(node["headers"]),
            hasRequest: request?["transform"] != nil,
            request: readTransforms(request?["transform"], sent: true),
            requestSchema: readSchema(request),
            response: readTransforms(response?["transform"]),
            responseSchema: readSchema(response))
    }

    /// The schema of a request or response; as in Ballerine it counts only beside a transform.
    private mutating func readSchema(_ node: Node?) -> JSONSchema? {
        guard let schema = node?["schema"], node?["transform"] != nil else { return nil }
        do throws(ExpressionError) {
            return try JSONSchema.compile(schema, draft: .draft7, formats: true, in: arena)
        } catch {
            findings.append(schema.finding("EX030", .error, error.message))
            return nil
        }
    }

    private func method(_ node: Node) -> Text {
        guard let method = node["method"]?.value.string else { return Text("GET") }
        return arena.text(method.uppercased())
    }

    private mutating func readURL(_ node: Node?) -> Placeholders? {
        guard let node else { return nil }
        if let text = node.value.text { return Placeholders.compile(text, in: arena) }
        guard let text = node["url"]?.value.text, let options = node["options"] else {
            findings.append(
                node.finding("WF051", .error, "url is a string, or {url: …, options: {…}}"))
            return nil
        }
        return Placeholders.compile(substitute(options, into: text), in: arena)
    }

    /// The options of a URL are text substituted for `{key}` before anything else.
    private func substitute(_ options: Node, into text: Text) -> Text {
        var result = String(text)
        for (key, _, node) in options.members {
            guard let value = node.value.string else { continue }
            result = replace("{\(key)}", in: result, with: value)
        }
        return arena.text(result)
    }

    private func replace(_ part: String, in text: String, with new: String) -> String {
        let text = Array(text.utf8)
        let part = Array(part.utf8)
        var output: [UInt8] = []
        var at = 0
        while at < text.count {
            if text[at...].starts(with: part) {
                output += Array(new.utf8)
                at += part.count
            } else {
                output.append(text[at])
                at += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func readHeaders(_ node: Node?) -> Table<CallDefinition.Header> {
        var headers: [CallDefinition.Header] = [
            .init(
                name: Text("Content-Type"),
                value: Placeholders.compile(Text("application/json"), in: arena)),
            .init(
                name: Text("accept"),
                value: Placeholders.compile(Text("application/json"), in: arena)),
        ]
        for (key, _, value) in node?.members ?? [] {
            guard let text = value.value.text else {
                findings.append(value.finding("WF052", .error, "a header's value is a string"))
                continue
            }
            let header = CallDefinition.Header(
                name: key, value: Placeholders.compile(text, in: arena))
            if let at = headers.firstIndex(where: { $0.name == key }) {
                headers[at] = header
            } else {
                headers.append(header)
            }
        }
        return Table(headers, in: arena)
    }

    /// The plugin that each iterative plugin runs.
    private mutating func resolveActions(_ extensions: Node) {
        for node in extensions["commonPlugins"]?.elements ?? [] {
            guard let at = plugins.firstIndex(where: { $0.name == node["name"]?.value.text }),
                plugins[at].kind == .iterative
            else { continue }
            let action = node["actionPluginName"]
            let target = plugins.firstIndex {
                $0.name == action?.value.text && ($0.phase == .api || $0.phase == .childWorkflow)
            }
            if let target {
                plugins[at].action = target
            } else {
                findings.append(
                    (action ?? node).finding(
                        "WF053", semantics == .ballerine ? .warning : .error,
                        "an iterative plugin runs the API or child plugin that actionPluginName "
                            + "names; there is none of that name"))
            }
        }
    }
}
