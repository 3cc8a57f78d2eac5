public import DecisionTables
import Definitions
public import Documents
import Statecharts

/// What a transition was taken on: the data that its guards saw. Contexts never change in place, so
/// keeping one is keeping a handle; values are looked up when the case is written.
struct Reason: BitwiseCopyable, Sendable {
    var transition: TransitionID
    var context: Value
    var payload: Value?
}

/// One run of a plugin, for the record.
public struct PluginRun: BitwiseCopyable, Sendable {
    /// What came of it.
    public enum Outcome: UInt8, BitwiseCopyable, Sendable {
        /// It did its work.
        case done
        /// It ended in an error, which its error action tells of.
        case failed
        /// It waits for an answer.
        case waiting
    }

    /// The run's clock.
    public var at: Instant
    /// Its number in the workflow.
    public var plugin: Int
    /// How often it has run in this episode, this time included.
    public var visit: Int
    /// How many entries the history had.
    public var after: Int
    /// Answers of vendors that were used; each is an evidence file.
    public var calls = 0
    /// What came of it.
    public var outcome = Outcome.done
    /// Of a decision table, which it was and the rows that matched; they live as long as the step.
    public var table: DecisionTable.Outcome?

    var outcomeName: StaticString {
        switch outcome {
        case .done: "done"
        case .failed: "failed"
        case .waiting: "waiting"
        }
    }
}

extension CaseMachine {
    /// Notes that a plugin begins.
    mutating func begin(_ plugin: Int) {
        record.pluginRuns.append(
            PluginRun(
                at: now, plugin: plugin, visit: record.visits[plugin],
                after: record.pastHistory.count + record.history.count))
    }

    /// The run that a call belongs to; a new one where an earlier run of Docket began it.
    private mutating func runOfCall(_ plugin: Int, visit: Int) -> Int {
        let known = record.pluginRuns.lastIndex { $0.plugin == plugin && $0.visit == visit }
        if let known { return known }
        record.pluginRuns.append(
            PluginRun(
                at: now, plugin: plugin, visit: visit,
                after: record.pastHistory.count + record.history.count))
        return record.pluginRuns.count - 1
    }

    /// Whether the record says already that a call waits: a vendor that is down for a month does not
    /// make the records of its cases longer every night.
    private func isWaitingStill(_ plugin: Int, visit: Int) -> Bool {
        let isKnown = record.pluginRuns.contains { $0.plugin == plugin && $0.visit == visit }
        let name = workflow.plugins[plugin].name
        let last = record.pastPluginRuns.array?.last { run in
            run["plugin"]?.text == name && run["visit"]?.integer == visit
        }
        return !isKnown && last?["result"]?.text == Text("waiting")
    }

    /// Notes what came of a call, or of a request that could not be made.
    mutating func note(
        _ plugin: Int, visit: Int, isAnswered: Bool, _ outcome: PluginRun.Outcome
    ) {
        if outcome == .waiting && isWaitingStill(plugin, visit: visit) { return }
        let index = runOfCall(plugin, visit: visit)
        if isAnswered { record.pluginRuns[index].calls += 1 }
        // Of several calls the worst counts.
        if outcome != .done || record.pluginRuns[index].outcome == .waiting {
            record.pluginRuns[index].outcome = outcome
        }
    }
}

/// Values that guards read, as the data file shows them.
enum ReadValues {
    /// Bytes of a value as JSON; a longer one is told of and left out.
    static let limit = 1024

    /// `{path: value}` of a reason; nil when its guards read nothing.
    static func shown(_ reason: Reason, _ workflow: Workflow, in arena: Arena) -> Value? {
        let paths = workflow.reads[Int(reason.transition.rawValue)]
        guard !paths.isEmpty else { return nil }
        return arena.object(
            paths.map { path in
                let value = path.value(context: reason.context, payload: reason.payload)
                return Member(Key(path.name), shortened(value, in: arena))
            })
    }

    private static func shortened(_ value: Value, in arena: Arena) -> Value {
        var room = limit
        if fits(value, &room, depth: 0) { return value }
        let kind: StaticString =
            switch value.kind {
            case .array: "list"
            case .object: "object"
            default: "text"
            }
        return arena.object(["omitted": .string(kind), "count": .integer(value.count)])
    }

    private static func fits(_ value: Value, _ room: inout Int, depth: Int) -> Bool {
        room -= 2
        guard room >= 0, depth < 16 else { return false }
        switch value.kind {
        case .string: room -= value.count
        case .array:
            for element in value.array ?? .init(start: nil, count: 0) {
                if !fits(element, &room, depth: depth + 1) { return false }
            }
        case .object:
            for member in value.members ?? .init(start: nil, count: 0) {
                room -= member.key.count
                if !fits(member.value, &room, depth: depth + 1) { return false }
            }
        default: room -= 8
        }
        return room >= 0
    }
}
