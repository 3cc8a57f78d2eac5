internal import Documents
public import Statecharts

/// A workflow as a picture shows it: its states, what leads from one to another, and where a case
/// stands. Made once, drawn as Mermaid (``mermaid()``) or as SVG (``svg()``).
public struct Diagram: Sendable {
    /// A state, or one of the two marks that stand for none: "any state in here" and its kind.
    struct State: Sendable {
        enum Kind: Sendable {
            case plain, compound, parallel, final, shallowHistory, deepHistory
            /// Stands for every state of its container: transitions of the container itself.
            case anywhere
        }

        var kind: Kind
        /// The key, as shown.
        var name: String
        /// The path from the root, keys joined by dots.
        var path: String
        /// The container; nil of the root.
        var parent: Int?
        var children: [Int] = []
        /// The child that entering this one enters.
        var initial: Int?
        var tags: [String] = []
        /// What runs on entry: plugins by name with their kind.
        var work: [String] = []
        /// Whether the case is in it.
        var isActive = false
        /// Whether the case is in it and in nothing below it.
        var isCurrent = false
    }

    /// One transition, in words.
    struct Label: Sendable, Equatable {
        /// `START`, `after 7 days`, `done`; empty for one that needs no event.
        var event: String
        /// The guard, or "otherwise" after guarded ones.
        var condition: String?
        /// What the picture cannot show: the inner state it leaves or enters.
        var note: String?
    }

    /// Transitions from one state to another of the same container.
    struct Edge: Sendable {
        var from: Int
        var to: Int
        var labels: [Label]
    }

    /// The workflow's name for people.
    let title: String
    /// Its id and version, and the case whose states are marked.
    let subtitle: String
    /// The root first; containers before what is in them.
    private(set) var states: [State] = []
    /// By container, then in document order.
    private(set) var edges: [Edge] = []

    /// Where ``edges`` has the edge between two states.
    private var edgeNumbers: [Int: Int] = [:]

    /// How many states an SVG drawing may have.
    public static let stateLimit = 600
    /// How many arrows an SVG drawing may have.
    public static let arrowLimit = 2500

    /// The number of arrows: transitions from one state to the same other are one.
    public var arrowCount: Int { edges.count }

    /// The number of states, marks included.
    public var stateCount: Int { states.count }

    /// A diagram.
    ///
    /// - Parameters:
    ///   - workflow: what is drawn.
    ///   - configuration: the active states of a case, if one is to be marked.
    ///   - name: how the case is called under the title.
    public init(
        _ workflow: Workflow, marking configuration: Configuration? = nil, of name: String? = nil
    ) {
        title = workflow.name
        let version = "\(workflow.id), version \(workflow.version)"
        subtitle = name.map { "\(version) · \($0)" } ?? version
        let chart = workflow.chart
        for state in chart.states { add(state, workflow, configuration) }
        for state in chart.states {
            if let first = chart.initial(state).first, chart.kind(state) == .compound,
                let child = step(from: Int(state.rawValue), to: Int(first.rawValue))
            {
                states[Int(state.rawValue)].initial = child
            }
        }
        var labels = DiagramLabels(workflow)
        for index in 0..<chart.transitionCount {
            let transition = TransitionID(rawValue: Int32(index))
            guard let label = labels.label(of: transition) else { continue }
            add(
                label, from: Int(chart.source(transition).rawValue),
                to: chart.targets(transition).map { Int($0.rawValue) })
        }
    }

    private mutating func add(
        _ id: StateID, _ workflow: Workflow, _ configuration: Configuration?
    ) {
        let chart = workflow.chart
        let path = workflow.stateNames[Int(id.rawValue)]
        var state = State(
            kind: Self.kind(id, chart), name: String(chart.key(id)), path: String(path),
            parent: chart.parent(id).map { Int($0.rawValue) })
        state.children = chart.children(id).map { Int($0.rawValue) }
        state.tags = chart.tags(of: id).map { String($0) }
        for plugin in workflow.plugins
        where plugin.states.contains(where: { $0 == path || $0 == chart.key(id) }) {
            state.work.append(
                plugin.writtenKind.isEmpty
                    ? String(plugin.name) : "\(plugin.name) (\(plugin.writtenKind))")
        }
        if let configuration, configuration.contains(id) {
            state.isActive = true
            state.isCurrent = !chart.children(id).contains { configuration.contains($0) }
        }
        states.append(state)
    }

    private static func kind(_ id: StateID, _ chart: Chart) -> State.Kind {
        switch chart.kind(id) {
        case .atomic: .plain
        case .compound: .compound
        case .parallel: .parallel
        case .final: .final
        case .history: chart.isDeepHistory(id) ? .deepHistory : .shallowHistory
        }
    }

    // MARK: Edges

    private func chain(_ state: Int) -> [Int] {
        var chain = [state]
        while let parent = states[chain[chain.count - 1]].parent { chain.append(parent) }
        return chain.reversed()
    }

    /// The child of a container that holds a state below it.
    private func step(from container: Int, to state: Int) -> Int? {
        let chain = chain(state)
        guard let at = chain.firstIndex(of: container), at + 1 < chain.count else { return nil }
        return chain[at + 1]
    }

    private func common(_ list: [Int]) -> Int {
        var shared = chain(list[0])
        for state in list.dropFirst() {
            let other = chain(state)
            let count = zip(shared, other).prefix { $0 == $1 }.count
            shared = Array(shared.prefix(count))
        }
        return shared[shared.count - 1]
    }

    /// Puts a transition between two states of one container, and says in words what that hides.
    private mutating func add(_ label: Label, from source: Int, to targets: [Int]) {
        var label = label
        let target = targets.isEmpty ? source : common(targets)
        let names = targets.count > 1 ? targets.map { states[$0].name } : []
        let chain = chain(source)
        var notes: [String] = []
        var from: Int
        var to: Int
        if source == target, states[source].parent != nil {
            (from, to) = (source, source)
        } else if let inside = step(from: source, to: target) {
            // From a container into itself.
            (from, to) = (anywhere(in: source), inside)
        } else if let inside = chain.contains(target) ? step(from: target, to: source) : nil {
            // From inside a container to that container, which is entered again.
            (from, to) = (inside, states[target].initial ?? inside)
            notes.append("enters \(states[target].name) again")
        } else if source == target {
            from = anywhere(in: source)
            to = from
        } else {
            let container = common([source, target])
            from = step(from: container, to: source) ?? source
            to = step(from: container, to: target) ?? target
        }
        if from != source, states[from].kind != .anywhere, !chain.contains(target) {
            notes.append("from \(states[source].name)")
        }
        if names.isEmpty, to != target, !chain.contains(target) {
            notes.append("to \(states[target].name)")
        }
        if !names.isEmpty { notes.append("to \(names.joined(separator: " and "))") }
        if !notes.isEmpty { label.note = notes.joined(separator: ", ") }
        let key = from << 32 | to
        if let at = edgeNumbers[key] {
            edges[at].labels.append(label)
        } else {
            edgeNumbers[key] = edges.count
            edges.append(Edge(from: from, to: to, labels: [label]))
        }
    }

    private mutating func anywhere(in container: Int) -> Int {
        if let known = states[container].children.first(where: { states[$0].kind == .anywhere }) {
            return known
        }
        let name =
            states[container].parent == nil ? "any state" : "any state in \(states[container].name)"
        states.append(
            State(
                kind: .anywhere, name: name, path: states[container].path + ".*", parent: container)
        )
        states[container].children.append(states.count - 1)
        return states.count - 1
    }
}
