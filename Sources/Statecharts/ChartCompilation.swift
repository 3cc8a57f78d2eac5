public import Documents

/// What compiling a definition gives: a chart unless a finding is an error, and the definitions of
/// the conditions, assignments and actions that the chart knows by number.
public struct ChartCompilation: Sendable {
    /// The chart; nil when a finding is an error.
    public var chart: Chart?
    /// What is wrong or doubtful, in document order.
    public var findings: [Finding]
    /// Leaf conditions: the object with its `type` and `options`, or the name of a rule.
    public var conditions: [Node]
    /// The `assignment` objects of assign actions, and the `data` of final states.
    public var assignments: [Node]
    /// Named actions: a string, or an object with a `type`.
    public var actions: [Node]
    /// The definitions of the states, by number.
    public var stateNodes: [Node]
    /// The definitions of the transitions, by number: a target, an object, or null.
    public var transitionNodes: [Node]
}

extension Chart {
    /// Compiles a statechart definition (XState v4's configuration as data). Never throws: what is
    /// wrong is a finding with its place.
    ///
    /// Beyond XState, a guard may be `{and: […]}`, `{or: […]}`, `{not: …}`, `{in: state}` or a
    /// boolean, `guard` stands for `cond`, and delays may be durations (``Delay``).
    ///
    /// - Parameters:
    ///   - node: the root state.
    ///   - arena: takes the tables and must live as long as the chart.
    public static func compile(_ node: Node, in arena: Arena) -> ChartCompilation {
        var compiler = ChartCompiler(root: node, arena: arena)
        return compiler.compile()
    }
}

/// The limits of a definition.
enum ChartLimits {
    static let states = 20_000
    static let depth = 120
    static let transitions = 500_000
}
