public import Definitions
public import Documents
import Statecharts

/// One child workflow that a plugin asks for.
public struct ChildRequest: Sendable {
    /// The workflow.
    public var definition: Text
    /// Its context.
    public var context: Value
    /// The event it starts with.
    public var initialEvent: Text?
    /// The own id of the element it is for, if it has one.
    public var key: Text?
}

/// The children that one plugin wants its case to have: all of them, in the order of its list.
public struct ChildSet: Sendable {
    /// The plugin that the states name: the iterative one, or the child plugin itself.
    public var plugin: Text
    /// Whether the plugin ran, and so waits for answers; false when its list was only read again
    /// because the case was edited.
    public var isAsked: Bool
    /// Whether the plugin has one child and no list.
    public var isSingle: Bool
    /// In order.
    public var requests: [ChildRequest]
}

/// What a child is to its parent, as its record says.
public struct ParentLink: Sendable, Hashable {
    /// The parent.
    public var id: CaseID
    /// The plugin that wants the child.
    public var plugin: String
    /// The position that names it, from 1; nil when its element has an id of its own.
    public var position: Int?
    /// What the parent was told of last: the child's episode and how many transitions it had taken.
    public var told: Told?

    /// A point in a child's life.
    public struct Told: Sendable, Hashable {
        /// The episode.
        public var episode: Int
        /// Its transitions so far.
        public var transitions: Int

        /// A point.
        public init(episode: Int, transitions: Int) {
            self.episode = episode
            self.transitions = transitions
        }
    }

    /// A link.
    public init(id: CaseID, plugin: String, position: Int?) {
        self.id = id
        self.plugin = plugin
        self.position = position
    }
}

/// Where a child came to rest, for its parent.
public struct ChildReport {
    /// The child's id in the arena.
    public var id: Text
    /// Its workflow.
    public var workflow: Workflow
    /// As records name it.
    public var state: Text
    /// Its tags.
    public var tags: [Text]
    /// Whether it reached a final state.
    public var isDone: Bool
    /// Its context there.
    public var context: Value
    /// The point in its life.
    public var point: ParentLink.Told
}

extension CaseRecord {
    /// The case's standing as its parent is told of it.
    public func report(in workflow: Workflow, _ arena: Arena) -> ChildReport {
        let chart = workflow.chart
        return ChildReport(
            id: arena.text(id.path), workflow: workflow,
            state: workflow.stateText(configuration, in: arena),
            tags: Array(chart.tags(configuration)), isDone: chart.isDone(configuration),
            context: context, point: .init(episode: episode, transitions: transitions))
    }

    /// Whether it stands in a final state.
    public func isDone(in workflow: Workflow) -> Bool { workflow.chart.isDone(configuration) }

    /// The case as it begins its next episode, on another input: its history is that of the new
    /// episode only, the earlier one stands in git.
    ///
    /// - Parameters:
    ///   - workflow: the one that it goes on with.
    ///   - before: the one that it stood in.
    public mutating func beginEpisode(
        on input: String, context: Value, config: Value, workflow: Workflow,
        after before: Workflow
    ) {
        var next = CaseRecord(
            id: id, workflow: workflow.id, version: workflow.version,
            closure: workflow.closure.hexadecimal, input: input, created: created,
            context: context, config: config)
        next.episode = episode + 1
        next.applied = applied
        next.monitors = monitors
        next.parent = parent
        next.alert = alert
        next.children = children
        next.pin = pin
        // Its evidence stays: calls of this episode are numbered after those before.
        next.visits = workflow.plugins.map { plugin in
            let index = before.plugins.firstIndex { $0.name == plugin.name }
            return index.flatMap { visits.indices.contains($0) ? visits[$0] : nil } ?? 0
        }
        self = next
    }
}
