import DecisionTables
import Documents
import Expressions
import RiskRules

/// Reads the `extensions` of a workflow.
struct PluginReader {
    let vocabulary: Vocabulary
    let dialect: JMESPath.Dialect
    let semantics: Semantics
    /// The risk rules of a file in `rules/`, by its path.
    let rules: (String) -> RiskRuleFile?
    /// The plugin kinds that may be named.
    let kinds: PluginKinds
    private(set) var plugins: [Plugin] = []
    /// Where each plugin stands, by the same numbers.
    private(set) var nodes: [Node] = []
    private(set) var findings: [Finding] = []
    private(set) var patterns: [Pattern] = []
    /// Paths of the rule files used, and of the files of plugin kinds.
    private(set) var usedFiles: Set<String> = []
    /// The kinds used that a repository cannot change.
    private(set) var usedKinds: [PluginKind] = []

    init(
        vocabulary: Vocabulary, semantics: Semantics, kinds: PluginKinds = PluginKinds(),
        rules: @escaping (String) -> RiskRuleFile?
    ) {
        self.vocabulary = vocabulary
        self.kinds = kinds
        self.semantics = semantics
        self.dialect = semantics == .ballerine ? .ballerine : .standard
        self.rules = rules
    }

    private var arena: Arena { vocabulary.arena }

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
        let written = node["pluginKind"]?.value.text ?? Text("")
        let before = findings.count
        let (kind, expanded) = kind(written, node, phase)
        let fields = PluginFields(node, expanded, in: arena)
        guard let name = fields["name"]?.value.text, !name.isEmpty else {
            findings.append(node.finding("WF041", .error, "a plugin needs a name"))
            return
        }
        if plugins.contains(where: { $0.name == name }) {
            findings.append(
                (node["name"] ?? node).finding(
                    "WF042", semantics == .ballerine ? .warning : .error,
                    "the plugin name '\(name)' stands twice; outputs would overwrite each other"))
        }
        var plugin = Plugin(
            name: name, kind: kind, phase: phase, writtenKind: written,
            states: Table(
                (fields["stateNames"]?.elements ?? []).compactMap { $0.value.text }, in: arena),
            successAction: fields["successAction"]?.value.text,
            errorAction: fields["errorAction"]?.value.text,
            output: Table([Key("pluginsOutput"), Key(name)], in: arena),
            destination: destination(fields), place: arena.text(node.reference), call: .none,
            transforms: .identity, action: -1, eventName: nil, payload: nil,
            form: nil, child: nil, rules: .init(start: nil, count: 0), scorecard: nil)
        if expanded?.isMessageWithoutErrorAction ?? false, plugin.errorAction == nil {
            plugin.kind = .webhook
        }
        readDetails(fields, into: &plugin)
        if let expanded { findings += overruled(node, expanded) }
        for at in before..<findings.count {
            findings[at] = fields.placed(findings[at], semantics)
        }
        plugins.append(plugin)
        nodes.append(node)
    }

    /// Fields that the plugin writes and its kind decides otherwise.
    private func overruled(_ node: Node, _ kind: ExpandedKind) -> [Finding] {
        guard semantics == .docket else { return [] }
        return (kind.fields.members.map { Array($0) } ?? []).compactMap { member in
            guard let own = node[member.key], !own.value.isNull, !(own.value == member.value)
            else { return nil }
            return own.finding(
                "WF082", .warning,
                "the plugin's kind decides '\(member.key)'; what stands here is not read")
        }
    }

    private func destination(_ node: PluginFields) -> MemberPath? {
        guard let path = node["persistResponseDestination"]?.value.text, !path.isEmpty else {
            return nil
        }
        return MemberPath(dotted: path, in: arena)
    }

    private mutating func kind(
        _ written: Text, _ node: Node, _ phase: Plugin.Phase
    ) -> (Plugin.Kind, ExpandedKind?) {
        let place = node["pluginKind"] ?? node
        switch phase {
        case .dispatchEvent: return (.dispatchEvent, nil)
        case .childWorkflow: return (.child, nil)
        case .common: return (commonKind(written, place), nil)
        case .api: return apiKind(written, node, place)
        }
    }

    private static let commonKinds: [StaticString] = [
        "riskRules", "scorecard", "table", "transformer", "iterative", "attach-ui-definition",
    ]

    private mutating func commonKind(_ written: Text, _ place: Node) -> Plugin.Kind {
        if written == "riskRules" { return .riskRules }
        if written == "table", semantics == .docket { return .table }
        if written == "transformer" { return .transformer }
        if written == "attach-ui-definition" { return .attachForm }
        if written == "scorecard", semantics == .docket { return .scorecard }
        if !(written == "iterative") {
            findings.append(
                place.finding(
                    "WF043", semantics == .ballerine ? .warning : .error,
                    "'\(written)' is no kind of common plugin; use riskRules, scorecard, table, transformer, "
                        + "iterative or attach-ui-definition"
                        + NearestName.hint(written, among: Self.commonKinds)))
        }
        return .iterative
    }

    private mutating func apiKind(
        _ written: Text, _ node: Node, _ place: Node
    ) -> (Plugin.Kind, ExpandedKind?) {
        if written == "api" { return (.api, nil) }
        if written == "webhook" { return (.webhook, nil) }
        let name = String(written)
        if let kind = kinds.find(name, semantics) {
            do throws(KindProblem) {
                let expanded = try KindExpansion(kinds: kinds, semantics: semantics, arena: arena)
                    .expand(kind, for: node)
                for kind in expanded.kinds {
                    usedFiles.formUnion(kind.isOwn ? [kind.source.file] : [])
                    if !kind.isOwn { usedKinds.append(kind) }
                }
                return (expanded.isWebhook ? .webhook : .api, expanded)
            } catch {
                let at = node[arena.text(error.member)] ?? place
                findings.append(at.finding(error.code, .error, error.message))
                return (.api, nil)
            }
        }
        let hasBoth = node["successAction"] != nil && node["errorAction"] != nil
        let isRefused = written == "kyc" && semantics == .ballerine
        if !written.isEmpty && !isRefused {
            findings.append(
                place.finding(
                    "WF045", semantics == .ballerine && hasBoth ? .warning : .error,
                    "there is no plugin kind '\(written)' (there are "
                        + kinds.names(semantics).joined(separator: ", ")
                        + ")\(kinds.hint(name, semantics))"))
        }
        return (hasBoth ? .api : .webhook, nil)
    }

    /// Compiles what a kind makes of a plugin, for the findings.
    mutating func read(_ kind: ExpandedKind, as node: Node) {
        let fields = PluginFields(node, kind, in: arena)
        _ = readCall(fields)
        for at in findings.indices { findings[at].file = node.file }
    }

    private mutating func readDetails(_ node: PluginFields, into plugin: inout Plugin) {
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
                    node.node.finding("WF046", .error, "a dispatch-event plugin needs eventName"))
            }
        case .child:
            plugin.transforms = readTransforms(node["transformers"])
            if let definition = node["definitionId"]?.value.text {
                plugin.child = (definition, node["initEvent"]?.value.text)
            } else {
                findings.append(
                    node.node.finding("WF047", .error, "a child plugin needs definitionId"))
            }
        case .riskRules: plugin.rules = readRules(node.node)
        case .scorecard: plugin.scorecard = readScorecard(node.node)
        case .table: plugin.table = readTable(node.node)
        case .attachForm:
            plugin.form = node["uiDefinitionId"]?.value.text.map { id in
                (id, node["expireInMinutes"]?.value.integer)
            }
        }
    }

    private mutating func readTransforms(
        _ node: Node?, of fields: PluginFields? = nil, sent: Bool = false
    ) -> Transforms {
        let dialect = node.flatMap { fields?.dialect(of: $0) } ?? dialect
        var reader = TransformReader(
            arena: arena, dialect: dialect, lists: vocabulary.lists)
        reader.acceptsSecrets = sent
        let transforms = reader.read(node)
        findings += reader.findings
        patterns += reader.patterns
        return transforms
    }

    private mutating func readTable(_ node: Node) -> DecisionTable? {
        let (table, problems) = TableReference.table(
            node, { vocabulary.table($0) }, in: arena)
        findings += problems
        return table
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

    private mutating func readScorecard(_ node: Node) -> Scorecard? {
        guard let name = node["scorecard"], let id = name.value.text else {
            findings.append(
                node.finding("WF059", .error, "a scorecard plugin names its card: scorecard: ID"))
            return nil
        }
        if let problem = vocabulary.problem(withScorecard: id) {
            findings.append(name.finding("SD011", .error, problem))
        }
        return vocabulary.scorecard(id)
    }

    private mutating func readCall(_ fields: PluginFields) -> CallDefinition {
        let request = fields["request"]
        let response = fields["response"]
        return CallDefinition(
            vendor: fields["vendor"]?.value.text ?? fields.kindName,
            kind: fields.kindName, method: method(fields),
            url: readURL(fields["url"]), headers: readHeaders(fields["headers"]),
            hasRequest: request?["transform"] != nil,
            request: readTransforms(request?["transform"], of: fields, sent: true),
            requestSchema: readSchema(request),
            response: readTransforms(response?["transform"], of: fields),
            responseSchema: readSchema(response), sending: readSending(fields))
    }

    private mutating func readSending(_ fields: PluginFields) -> Sending? {
        guard let send = fields.send, send.value.count > 0 else { return nil }
        var requirements: [Sending.Requirement] = []
        for entry in send["require"]?.elements ?? [] {
            guard let rule = readPath(entry["rule"], fields) else { continue }
            requirements.append(
                .init(rule: rule, message: entry["message"]?.value.text ?? Text("")))
        }
        return Sending(
            prepare: readTransforms(send["prepare"], of: fields),
            requirements: Table(requirements, in: arena), skip: readPath(send["skip"], fields),
            path: send["path"]?.value.text.map { Placeholders.compile($0, in: arena) },
            body: readTransforms(send["body"], of: fields, sent: true))
    }

    private mutating func readPath(_ node: Node?, _ fields: PluginFields) -> JMESPath? {
        guard let node, let text = node.value.text else { return nil }
        do throws(ExpressionError) {
            return try JMESPath.compile(
                text, in: arena, dialect: fields.dialect(of: node) ?? dialect,
                lists: vocabulary.lists)
        } catch {
            findings.append(node.finding("EX010", .error, error.message))
            return nil
        }
    }

    /// The schema of a request or response; as in Ballerine it counts only beside a transform.
    private mutating func readSchema(_ node: Node?) -> JSONSchema? {
        guard let schema = node?["schema"], node?["transform"] != nil else { return nil }
        return SchemaReading.compile(schema, into: &findings, in: arena)
    }

    private func method(_ node: PluginFields) -> Text {
        guard let method = node["method"]?.value.string else { return Text("GET") }
        return arena.text(method.uppercased())
    }

    private mutating func readURL(_ node: Node?) -> Placeholders? {
        guard let node else { return nil }
        if let text = node.value.text { return readURL(text, at: node) }
        guard let text = node["url"]?.value.text, let options = node["options"] else {
            findings.append(
                node.finding("WF051", .error, "url is a string, or {url: …, options: {…}}"))
            return nil
        }
        return readURL(substitute(options, into: text), at: node)
    }

    private mutating func readURL(_ text: Text, at node: Node) -> Placeholders {
        let scheme = URLScheme(of: text)
        if case .other(let name) = scheme {
            findings.append(
                node.finding(
                    "WF058", .error,
                    "a URL begins with https:// or http://, not '\(name):'; Docket reads no files "
                        + "and asks over nothing else"))
        }
        return Placeholders.compile(text, in: arena)
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
            guard isToken(key), value.value.text.map({ !holdsControl($0) }) ?? true else {
                findings.append(
                    value.finding(
                        "WF085", .error,
                        "the header '\(key)' cannot be sent: names are letters, digits and "
                            + "hyphens, values have no line breaks"))
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

    /// A token of HTTP (RFC 9110, section 5.6.2).
    private func isToken(_ name: Text) -> Bool {
        !name.isEmpty
            && name.bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: Text("!#$%&'*+-.^_`|~").bytes.contains(byte)
                }
            }
    }

    private func holdsControl(_ text: Text) -> Bool {
        text.bytes.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }
    }

    /// The plugin that each iterative plugin runs.
    private mutating func resolveActions(_ extensions: Node) {
        for node in extensions["commonPlugins"]?.elements ?? [] {
            guard let at = plugins.firstIndex(where: { $0.name == node["name"]?.value.text }),
                plugins[at].kind == .iterative
            else { continue }
            let action = node["actionPluginName"]
            // A kind may give its plugin another name than the one written.
            let target = plugins.indices.first { at in
                let isCallable = plugins[at].phase == .api || plugins[at].phase == .childWorkflow
                let names = [plugins[at].name, nodes[at]["name"]?.value.text]
                return isCallable
                    && action?.value.text.map { name in names.contains { $0 == name } } ?? false
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
