import Documents
import Expressions
import RiskRules
import Statecharts

/// Reads and checks one workflow definition.
struct WorkflowReader {
    let vocabulary: Vocabulary
    let rules: (String) -> RiskRuleFile?
    /// The digest of the values of a rule file, of a list or of a file of `plugins/`.
    let ruleDigest: (String) -> Digest
    let kinds: PluginKinds
    private(set) var findings: [Finding] = []

    private var arena: Arena { vocabulary.arena }

    init(
        vocabulary: Vocabulary, kinds: PluginKinds = PluginKinds(),
        ruleDigest: @escaping (String) -> Digest, rules: @escaping (String) -> RiskRuleFile?
    ) {
        self.vocabulary = vocabulary
        self.kinds = kinds
        self.ruleDigest = ruleDigest
        self.rules = rules
    }

    private static let shape = Shape(
        whole: "a workflow",
        members: [
            ("docket", .number), ("id", .string), ("name", .string), ("description", .string),
            ("version", .number), ("semantics", .string), ("definitionType", .string),
            ("definition", .object), ("extensions", .object), ("config", .object),
            ("contextSchema", .object), ("documentsSchema", .list), ("monitors", .list),
            ("migrations", .list),
            // Fields of Ballerine's own files.
            ("variant", .string), ("crossEnvKey", .string), ("isPublic", .bool),
            ("projectId", .string), ("persistStates", .list), ("submitStates", .list),
            ("reviewMachineId", .string), ("backend", .any), ("supportedPlatforms", .any),
        ],
        unknown: "WF003", type: "WF008")

    /// The workflow; nil when it is too broken to be one. Findings say what is wrong either way. Its
    /// closure is of what it names itself; ``Closures`` adds what that leads to.
    ///
    /// - Parameter semantics: what holds when the file does not say.
    mutating func read(_ source: Source, default semantics: Semantics) -> WorkflowParts? {
        let root = source.root
        vocabulary.used = []
        guard root.value.kind == .object, let definition = root["definition"] else {
            findings.append(
                root.finding("WF001", .error, "a workflow needs a definition with states"))
            return nil
        }
        findings += Self.shape.check(root)
        checkType(root)
        guard let id = root["id"]?.value.string, !id.isEmpty else {
            findings.append(root.finding("WF002", .error, "a workflow needs an id"))
            return nil
        }
        let semantics = readSemantics(root, default: semantics)
        let compilation = Chart.compile(definition, in: arena)
        findings += compilation.findings
        guard let chart = compilation.chart else { return nil }
        if let extensions = root["extensions"], !extensions.value.isNull {
            findings += PluginChecks(semantics: semantics, kinds: kinds).check(extensions)
        }
        findings += EventChecks(chart: chart).check(root["config"])
        findings += checkSubscriptions(root)
        var plugins = PluginReader(
            vocabulary: vocabulary, semantics: semantics, kinds: kinds, rules: rules)
        plugins.read(root["extensions"])
        findings += plugins.findings
        checkPlugins(plugins, chart, semantics, root["monitors"])
        let conditions = compilation.conditions.map { compile($0, semantics) }
        let assignments = compilation.assignments.map {
            compile(assignment: $0, semantics)
        }
        for file in plugins.usedFiles { vocabulary.note(file) }
        var monitors = MonitorReader(
            vocabulary: vocabulary, chart: chart, semantics: semantics, plugins: plugins.plugins)
        let monitored = monitors.read(root)
        findings += monitors.findings
        let (subscriptions, problems) = Subscription.read(
            root["config"]?["subscriptions"], in: arena)
        findings += problems
        var callbacks = ChildCallbackReader(
            TransformReader(
                arena: arena, dialect: semantics == .ballerine ? .ballerine : .standard,
                lists: vocabulary.lists)
        )
        var childCallbacks: [ChildCallback] = []
        for entry in root["config"]?["childCallbackResults"]?.elements ?? [] {
            childCallbacks.append(callbacks.read(entry))
        }
        let ownCallback = root["config"]?["callbackResult"].map { callbacks.read($0) }
        findings += callbacks.transforms.findings
        let patterns = plugins.patterns + callbacks.transforms.patterns
        let version = readVersion(root)
        var migrations = MigrationReader(arena: arena, chart: chart, version: version)
        let moves = migrations.read(root["migrations"])
        findings += migrations.findings
        let states = chart.states.map { name($0, chart) }
        let config: Value = root["config"]?.value ?? .emptyObject
        let context: Value = definition["context"]?.value ?? .emptyObject
        return WorkflowParts(
            id: id, idText: arena.text(id), name: root["name"]?.value.string ?? id,
            version: version,
            semantics: semantics, source: source, chart: chart,
            conditions: Table(conditions.map(\.condition), in: arena),
            conditionErrors: conditions.map(\.error),
            assignments: Table(assignments, in: arena),
            plugins: Table(plugins.plugins, in: arena),
            patterns: patterns,
            initialContext: context,
            config: config,
            stateNames: Table(states, in: arena),
            transitionPlaces: places(chart), stateNodes: compilation.stateNodes,
            transitionNodes: compilation.transitionNodes,
            guardPlaces: guardPlaces(compilation),
            reads: reads(chart, compilation, semantics),
            contextSchema: readContextSchema(root["contextSchema"]),
            contextSchemaPlace: root["contextSchema"]?.reference,
            contextSchemaMembers: contextSchemaMembers(root["contextSchema"]?["schema"]),
            initialEvent: root["config"]?["initialEvent"]?.value.text,
            subscriptions: subscriptions,
            childCallbacks: Table(childCallbacks, in: arena), ownCallback: ownCallback,
            migrations: moves, monitors: monitored,
            closure: closure(root, plugins), conditionPlaces: vocabulary.conditionPlaces,
            uses: vocabulary.used)
    }

    private mutating func checkType(_ root: Node) {
        if let type = root["definitionType"],
            !(type.value.text.map { $0 == "statechart-json" } ?? false)
        {
            findings.append(
                type.finding("WF004", .error, "definitionType is statechart-json, or left out"))
        }
    }

    private mutating func readSemantics(_ root: Node, default value: Semantics) -> Semantics {
        guard let node = root["semantics"] else { return value }
        if let text = node.value.string, let semantics = Semantics(rawValue: text) {
            return semantics
        }
        findings.append(node.finding("WF005", .error, "semantics is docket or ballerine"))
        return value
    }

    private mutating func readVersion(_ root: Node) -> Int {
        guard let node = root["version"] else { return 1 }
        if let version = node.value.integer, version >= 0 { return version }
        findings.append(node.finding("WF006", .error, "version is a whole number from 0"))
        return 1
    }

    /// `{type: json-schema, schema}`, as in Ballerine: draft 7 unless the schema says otherwise.
    private mutating func readContextSchema(_ node: Node?) -> JSONSchema? {
        guard let node, node.value.kind == .object, node.value.count > 0 else { return nil }
        let isKnown = node["type"]?.value.text.map { $0 == "json-schema" } ?? true
        guard isKnown, let schema = node["schema"] else {
            findings.append(
                (node["type"] ?? node).finding(
                    "WF083", .error, "contextSchema is {type: json-schema, schema: …}"))
            return nil
        }
        return SchemaReading.compile(schema, into: &findings, in: arena)
    }

    /// The members that a schema looks at; nil when it may look at any: only of a schema that says no
    /// more than which members there must be and of what shape.
    private func contextSchemaMembers(_ schema: Node?) -> Table<Key>? {
        guard let schema, schema.value.kind == .object else { return nil }
        var keys: [Key] = []
        for (key, _, node) in schema.members {
            let plain: [StaticString] = [
                "type", "required", "$schema", "title", "description", "default", "examples",
            ]
            if plain.contains(where: { key == $0 }) { continue }
            if key == "additionalProperties", node.value.bool == true { continue }
            guard key == "properties" else { return nil }
            keys = node.members.map { Key($0.key) }
        }
        return Table(keys, in: arena)
    }

    /// Subscriptions may also name the events that the workflow's own plugins dispatch.
    private func checkSubscriptions(_ root: Node) -> [Finding] {
        let dispatched = root["extensions"]?["dispatchEventPlugins"]?.elements ?? []
        return EventChecks.check(
            subscriptions: root["config"]?["subscriptions"],
            alsoKnown: dispatched.compactMap { $0["eventName"]?.value.text })
    }

    // MARK: Guards and assignments

    private mutating func compile(
        _ node: Node, _ semantics: Semantics
    ) -> (condition: Condition?, error: String?) {
        let before = findings.count
        var reader = ConditionReader(
            vocabulary, dialect: semantics == .ballerine ? .ballerine : .standard, rules: rules)
        let condition = reader.read(node)
        findings += reader.findings
        guard condition == nil else { return (condition, nil) }
        return (nil, findings[before...].first?.message ?? "the condition does not compile")
    }

    private mutating func compile(assignment node: Node, _ semantics: Semantics) -> Assignment {
        let (assignment, problems) = Assignment.compile(
            node, dialect: semantics == .ballerine ? .ballerine : .standard,
            lists: semantics == .ballerine ? nil : vocabulary.lists, in: arena)
        findings += problems
        return assignment
    }

    // MARK: Plugins against the chart

    private mutating func checkPlugins(
        _ reader: PluginReader, _ chart: Chart, _ semantics: Semantics, _ monitors: Node?
    ) {
        let plugins = reader.plugins
        let monitored = monitors?.elements.flatMap { $0["run"]?.elements ?? [] } ?? []
        for (plugin, node) in zip(plugins, reader.nodes) {
            let isRun =
                plugins.contains { other in
                    other.action >= 0 && plugins[other.action].name == plugin.name
                } || monitored.contains { $0.value.text.map { $0 == plugin.name } ?? false }
            if plugin.states.isEmpty && !isRun && plugin.kind != .child {
                findings.append(
                    node.finding(
                        "WF070", .warning,
                        "the plugin '\(plugin.name)' names no states and never runs"))
            }
            for (index, state) in plugin.states.enumerated()
            where !chart.states.contains(where: { chart.key($0) == state || chart.id($0) == state })
            {
                let states = node["stateNames"]?.elements ?? []
                let place = index < states.count ? states[index] : node
                findings.append(
                    place.finding(
                        "WF071", semantics == .ballerine ? .warning : .error,
                        "the plugin '\(plugin.name)' runs in the state '\(state)', which the "
                            + "definition does not have"))
            }
            for (key, action) in [
                ("successAction" as StaticString, plugin.successAction),
                ("errorAction", plugin.errorAction),
            ] {
                guard let action, chart.event(named: action) == .other else { continue }
                findings.append(
                    (node[key] ?? node).finding(
                        "WF072", .warning,
                        "no transition waits for the event '\(action)' of the plugin "
                            + "'\(plugin.name)'; it will be refused"))
            }
        }
    }

    /// The keys from below the root, joined by dots.
    private func name(_ state: StateID, _ chart: Chart) -> Text {
        guard let parent = chart.parent(state) else { return Text("") }
        guard chart.parent(parent) != nil else { return chart.key(state) }
        return arena.text("\(name(parent, chart)).\(chart.key(state))")
    }

    private func places(_ chart: Chart) -> Table<Text> {
        let places = (0..<chart.transitionCount).map {
            arena.text(chart.reference(TransitionID(rawValue: Int32($0))))
        }
        return Table(places, in: arena)
    }

    private func guardPlaces(_ compilation: ChartCompilation) -> Table<Text?> {
        let places = compilation.transitionNodes.map { node in
            (node["cond"] ?? node["guard"] ?? node["in"]).map { arena.text($0.reference) }
        }
        return Table(places, in: arena)
    }

    /// What each transition's guard reads, and those of the candidates before it.
    private func reads(
        _ chart: Chart, _ compilation: ChartCompilation, _ semantics: Semantics
    ) -> Table<Table<ReadPath>> {
        var finder = ReadPathFinder(
            vocabulary: vocabulary,
            dialect: semantics == .ballerine ? .ballerine : .standard, rules: rules)
        var tables: [Table<ReadPath>] = []
        var candidates: [Node] = []
        for index in compilation.transitionNodes.indices {
            let transition = TransitionID(rawValue: Int32(index))
            if index > 0 {
                let before = TransitionID(rawValue: Int32(index - 1))
                let isNext =
                    chart.source(before) == chart.source(transition)
                    && chart.event(before) == chart.event(transition)
                if !isNext { candidates = [] }
            }
            let node = compilation.transitionNodes[index]
            if node["cond"] != nil || node["guard"] != nil { candidates.append(node) }
            tables.append(finder.paths(of: candidates))
        }
        return Table(tables, in: arena)
    }

    // MARK: Closure

    /// The digest of the definition, the rule files, lists and plugin kinds it uses, by their values:
    /// comments and layout do not count, but in lists.
    private func closure(_ root: Node, _ plugins: PluginReader) -> Digest {
        var bytes = JSONWriter.canonicalFile(root.value)
        let byPath: (String, String) -> Bool = { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for path in vocabulary.used.sorted(by: byPath) {
            bytes += Array(path.utf8)
            bytes += Array(ruleDigest(path).bytes)
        }
        for kind in plugins.usedKinds.sorted(by: { byPath($0.source.file, $1.source.file) }) {
            bytes += Array(kind.source.file.utf8)
            bytes += Array(kind.digest.bytes)
        }
        return Digest(of: bytes)
    }
}
