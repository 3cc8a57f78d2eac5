public import Documents
public import Expressions
public import RiskRules
public import Statecharts

/// Whose choices a definition follows where Ballerine's are not the best.
public enum Semantics: String, Sendable {
    /// Docket's own: the initial state is entered like any other, risk rules send their actions,
    /// plugins run for every state entered.
    case docket
    /// Ballerine's, fault by fault: what `import` writes and `simulate` follows.
    case ballerine
}

/// One workflow, compiled: its chart, guards, plugins and settings.
public final class Workflow: Sendable {
    /// Unique in the catalog.
    public let id: String
    /// ``id``, in the catalog's memory.
    public let idText: Text
    /// For people.
    public let name: String
    /// The version of the definition.
    public let version: Int
    /// Whose choices it follows.
    public let semantics: Semantics
    /// Repository path of its file.
    public let file: String
    /// The statechart.
    public let chart: Chart
    /// The chart's guards by number; nil where one does not compile.
    public let conditions: Table<Condition?>
    /// What a guard that does not compile says when it is reached, by the same numbers.
    public let conditionErrors: [String?]
    /// The chart's assignments by number.
    public let assignments: Table<Assignment>
    /// In the order in which a state runs them.
    public let plugins: Table<Plugin>
    /// The context of a case that brings none.
    public let initialContext: Value
    /// `config`, as written.
    public let config: Value
    /// The states' paths from the root, keys joined by dots, by number: how records name them.
    public let stateNames: Table<Text>
    /// `file:line` of the transitions, by number.
    public let transitionPlaces: Table<Text>
    /// The definitions of the chart's states, by number.
    public let stateNodes: [Node]
    /// The definitions of the chart's transitions, by number.
    public let transitionNodes: [Node]
    /// `file:line` of the transitions' guards, by number; nil of one without.
    public let guardPlaces: Table<Text?>
    /// What was read to decide for a transition, by number: by its guard and by those of the
    /// transitions of the same state and event that stand before it.
    public let reads: Table<Table<ReadPath>>
    /// What every context of the workflow must satisfy, if anything.
    public let contextSchema: JSONSchema?
    /// `file:line` of it.
    public let contextSchemaPlace: String?
    /// The members of the context that its schema looks at, when what it says of the others does not
    /// depend on them: setting another member breaks nothing. Nil when any may matter.
    public let contextSchemaMembers: Table<Key>?
    /// The event of a new case that brings none.
    public let initialEvent: Text?
    /// Its own subscriptions.
    public let subscriptions: [Subscription]
    /// How its children's standing reaches it, as written.
    public let childCallbacks: Table<ChildCallback>
    /// How its cases' standing reaches their parents that do not say themselves.
    public let ownCallback: ChildCallback?
    /// How cases of earlier versions move to this one.
    public let migrations: [Migration]
    /// What looks at its cases at rest, in order.
    public let monitors: [Monitor]
    /// Where the repository's named conditions stand, `file:line` by name.
    public let conditionPlaces: [String: String]
    /// Digest of the workflow and everything it uses.
    public let closure: Digest
    /// The whole definition.
    public let source: Source

    /// Paths of the rule files it uses.
    let uses: Set<String>
    private let patterns: [Pattern]

    init(_ parts: WorkflowParts) {
        id = parts.id
        idText = parts.idText
        name = parts.name
        version = parts.version
        semantics = parts.semantics
        file = parts.source.file
        chart = parts.chart
        conditions = parts.conditions
        conditionErrors = parts.conditionErrors
        assignments = parts.assignments
        plugins = parts.plugins
        initialContext = parts.initialContext
        config = parts.config
        stateNames = parts.stateNames
        transitionPlaces = parts.transitionPlaces
        stateNodes = parts.stateNodes
        transitionNodes = parts.transitionNodes
        guardPlaces = parts.guardPlaces
        reads = parts.reads
        contextSchema = parts.contextSchema
        contextSchemaPlace = parts.contextSchemaPlace
        contextSchemaMembers = parts.contextSchemaMembers
        initialEvent = parts.initialEvent
        subscriptions = parts.subscriptions
        childCallbacks = parts.childCallbacks
        ownCallback = parts.ownCallback
        migrations = parts.migrations
        monitors = parts.monitors
        closure = parts.closure
        conditionPlaces = parts.conditionPlaces
        source = parts.source
        patterns = parts.patterns
        uses = parts.uses
    }
}

/// What a workflow is made of, while it is read.
struct WorkflowParts {
    var id: String
    var idText: Text
    var name: String
    var version: Int
    var semantics: Semantics
    var source: Source
    var chart: Chart
    var conditions: Table<Condition?>
    var conditionErrors: [String?]
    var assignments: Table<Assignment>
    var plugins: Table<Plugin>
    var patterns: [Pattern]
    var initialContext: Value
    var config: Value
    var stateNames: Table<Text>
    var transitionPlaces: Table<Text>
    var stateNodes: [Node]
    var transitionNodes: [Node]
    var guardPlaces: Table<Text?>
    var reads: Table<Table<ReadPath>>
    var contextSchema: JSONSchema?
    var contextSchemaPlace: String?
    var contextSchemaMembers: Table<Key>?
    var initialEvent: Text?
    var subscriptions: [Subscription]
    var childCallbacks: Table<ChildCallback>
    var ownCallback: ChildCallback?
    var migrations: [Migration]
    var monitors: [Monitor]
    var closure: Digest
    var conditionPlaces: [String: String]
    var uses: Set<String>
}
