import Documents
import Expressions
import RiskRules
import Statecharts

/// Reads `monitors` of a workflow.
struct MonitorReader {
    let vocabulary: Vocabulary
    let chart: Chart
    let semantics: Semantics
    let plugins: [Plugin]
    private(set) var findings: [Finding] = []

    private var arena: Arena { vocabulary.arena }

    init(vocabulary: Vocabulary, chart: Chart, semantics: Semantics, plugins: [Plugin]) {
        self.vocabulary = vocabulary
        self.chart = chart
        self.semantics = semantics
        self.plugins = plugins
    }

    /// Shorter than any run: a typing error, not a period.
    private static let shortestPeriod = 60_000

    private static let shape = Shape(
        whole: "a monitor",
        members: [
            ("name", .string), ("description", .string), ("trigger", .any), ("run", .names),
            ("result", .string), ("sends", .string), ("reopen", .any),
        ],
        unknown: "WF003", type: "WF008")
    private static let triggerShape = Shape(
        whole: "a trigger",
        members: [("entity", .any), ("list", .any), ("rule", .any), ("period", .any)],
        unknown: "WF111", type: "WF008")

    /// - Parameter root: the workflow.
    mutating func read(_ root: Node) -> [Monitor] {
        var result: [Monitor] = []
        for entry in root["monitors"]?.elements ?? [] {
            findings += Self.shape.check(entry)
            guard let name = entry["name"]?.value.text, !name.isEmpty,
                !result.contains(where: { $0.name == name })
            else {
                findings.append(
                    (entry["name"] ?? entry).finding(
                        "WF110", .error,
                        "a monitor needs a name that no other monitor of the workflow has"))
                continue
            }
            result.append(read(entry, name, root))
        }
        return result
    }

    private mutating func read(_ node: Node, _ name: Text, _ root: Node) -> Monitor {
        let triggers = self.triggers(of: node)
        var monitor = Monitor(
            name: arena.copy(.string(name)).text ?? name, entity: nil, lists: nil, rules: [],
            periodMilliseconds: nil, run: [], outputs: [], result: nil, event: nil, reopen: nil,
            place: arena.text(node.reference))
        for (trigger, details) in triggers {
            let paths = Self.paths(details)
            switch trigger {
            case .entity:
                monitor.entity = paths.map { path in
                    MemberPath(dotted: arena.text(path.value.string ?? ""), in: arena)
                }
            case .list: monitor.lists = paths.map { $0.value.string ?? "" }
            case .rule:
                monitor.rules = paths.map { $0.value.string ?? "" }
                if paths.isEmpty { monitor.rules = ruleFiles(root.value) }
            case .period: monitor.periodMilliseconds = period(details ?? node)
            }
        }
        readRun(node["run"], &monitor)
        monitor.result = compile(node["result"])
        readEnds(node, name, &monitor)
        return monitor
    }

    // MARK: Triggers

    /// `trigger: list`, `trigger: [list, rule]`, or by name with what it is about:
    /// `trigger: {list: lists/x.csv, period: 90 days}`.
    private mutating func triggers(of node: Node) -> [(Monitor.Trigger, Node?)] {
        var result: [(Monitor.Trigger, Node?)] = []
        let written = node["trigger"]
        switch written?.value.kind {
        case .string: result = known(written).map { [($0, nil)] } ?? []
        case .array:
            for entry in written?.elements ?? [] {
                if let trigger = known(entry) { result.append((trigger, nil)) }
            }
        case .object:
            if let written { findings += Self.triggerShape.check(written) }
            for (key, _, details) in written?.members ?? [] {
                guard let trigger = Monitor.Trigger(rawValue: String(key)) else { continue }
                let isPlain = details.value.isNull || details.value.bool == true
                result.append((trigger, isPlain ? nil : details))
                if trigger != .period { checkPaths(trigger, details) }
            }
        default: break
        }
        if result.isEmpty {
            findings.append(
                (written ?? node).finding(
                    "WF111", .error,
                    "a monitor needs a trigger: entity, list, rule or period, or several of them"))
        }
        return result
    }

    private mutating func known(_ node: Node?) -> Monitor.Trigger? {
        guard let node else { return nil }
        if let trigger = node.value.string.flatMap({ Monitor.Trigger(rawValue: $0) }) {
            return trigger
        }
        findings.append(
            node.finding("WF111", .error, "a trigger is entity, list, rule or period"))
        return nil
    }

    private mutating func checkPaths(_ trigger: Monitor.Trigger, _ details: Node) {
        if details.value.isNull || details.value.bool == true { return }
        let start: String =
            switch trigger {
            case .list: "lists/"
            case .rule: "rules/"
            case .entity, .period: ""
            }
        let paths = Self.paths(details)
        let isList = details.value.kind == .array || details.value.kind == .string
        for path in paths where !(path.value.string ?? "").hasPrefix(start) || path.value.count == 0
        {
            findings.append(
                path.finding(
                    "WF112", .error,
                    start.isEmpty
                        ? "entity names members of the context, such as entity.data.country"
                        : "\(trigger.rawValue) names files such as \(start)NAME"))
        }
        if !isList || paths.isEmpty {
            findings.append(
                details.finding(
                    "WF112", .error,
                    "\(trigger.rawValue) is true, a path or a list of paths"))
        }
    }

    /// The paths that a trigger's details name.
    static func paths(_ details: Node?) -> [Node] {
        guard let details else { return [] }
        switch details.value.kind {
        case .string: return [details]
        case .array: return details.elements
        default: return []
        }
    }

    private mutating func period(_ node: Node) -> Int? {
        let period = node.value.string.flatMap { Delay.milliseconds($0) }
        if let period, period >= Self.shortestPeriod { return period }
        findings.append(
            node.finding(
                "WF113", .error,
                "period is a length of time of a minute or more, such as 90 days, 1 year or P6M: "
                    + "write trigger: {period: 90 days}"))
        return nil
    }

    /// The rule files that a workflow names anywhere, and those that its conditions stand in.
    private func ruleFiles(_ value: Value) -> [String] {
        var found = vocabulary.used.filter { $0.hasPrefix("rules/") }
        func visit(_ value: Value) {
            switch value.kind {
            case .string:
                guard let text = value.string, text.hasPrefix("rules/") else { return }
                found.insert(String(text.prefix { $0 != "#" }))
            case .array:
                for element in value.array ?? .init(start: nil, count: 0) { visit(element) }
            case .object:
                for member in value.members ?? .init(start: nil, count: 0) { visit(member.value) }
            default: return
            }
        }
        visit(value)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // MARK: What it does

    private mutating func readRun(_ node: Node?, _ monitor: inout Monitor) {
        for entry in node?.elements ?? [] {
            guard let name = entry.value.text else { continue }
            guard let index = plugins.firstIndex(where: { $0.name == name }) else {
                findings.append(
                    entry.finding(
                        "WF114", .error,
                        "the workflow has no plugin '\(name)' to run"
                            + NearestName.hint(name, among: plugins.map(\.name))))
                continue
            }
            let plugin = plugins[index]
            guard looks(plugin) else {
                findings.append(
                    entry.finding(
                        "WF114", .error,
                        "a monitor runs plugins that look and change nothing else: API plugins, "
                            + "risk rules, tables and iterations over API plugins; '\(name)' is none"
                    ))
                continue
            }
            let kept = plugin.kind == .iterative ? plugins[plugin.action] : plugin
            monitor.run.append(index)
            monitor.outputs.append(kept.destination ?? kept.output)
        }
        monitor.run.sort()
    }

    private func looks(_ plugin: Plugin) -> Bool {
        switch plugin.kind {
        case .api, .riskRules, .scorecard, .table: true
        case .iterative:
            semantics == .docket && plugin.action >= 0 && plugins[plugin.action].kind == .api
        case .dispatchEvent, .child, .transformer, .attachForm, .webhook: false
        }
    }

    private mutating func compile(_ node: Node?) -> JMESPath? {
        guard let node, let text = node.value.text else { return nil }
        let problems = JMESPath.check(node, dialect: .standard, lists: vocabulary.lists)
        findings += problems
        do throws(ExpressionError) {
            return try JMESPath.compile(
                text, in: arena, dialect: .standard, lists: vocabulary.lists)
        } catch {
            if problems.isEmpty { findings.append(node.finding("EX010", .error, error.message)) }
            return nil
        }
    }

    private mutating func readEnds(_ node: Node, _ name: Text, _ monitor: inout Monitor) {
        if let event = node["sends"]?.value.text, !event.isEmpty {
            monitor.event = event
            if chart.event(named: event) == .other {
                findings.append(
                    (node["sends"] ?? node).finding(
                        "WF116", .warning,
                        "no transition waits for the event '\(event)' of the monitor '\(name)'"
                            + NearestName.hint(event, among: chart.eventNames)))
            }
        }
        if let reopen = node["reopen"], !reopen.value.isNull { readTarget(reopen, &monitor) }
        if monitor.event == nil && node["reopen"] == nil {
            findings.append(
                node.finding(
                    "WF117", .error,
                    "the monitor '\(name)' has nothing to do with another result: write sends, the "
                        + "event of an active case, reopen, the state of a finished one, or both"))
        }
        let mayEnd = chart.states.contains {
            chart.isFinal($0) && chart.parent($0).map { chart.parent($0) == nil } ?? false
        }
        if mayEnd && node["reopen"] == nil && monitor.event != nil {
            findings.append(
                node.finding(
                    "WF118", .warning,
                    "the monitor '\(name)' has no reopen: another result of a case that is decided "
                        + "is noted and nothing else"))
        }
    }

    private mutating func readTarget(_ node: Node, _ monitor: inout Monitor) {
        do throws(ChartError) {
            let configuration = try chart.configuration(from: node.value)
            guard !chart.isDone(configuration) else {
                findings.append(
                    node.finding(
                        "WF115", .error,
                        "reopen names a final state; a case goes on in a state that is not"))
                return
            }
            monitor.reopen = arena.copy(node.value)
        } catch {
            findings.append(
                node.finding(
                    "WF115", .error, "there is no state to reopen in: \(error.message)"))
        }
    }
}
