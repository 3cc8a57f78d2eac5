import Documents
import Statecharts

/// Says in words what takes a transition.
struct DiagramLabels {
    private let workflow: Workflow
    /// What a transition of the same state and event before this one had.
    private var before: (state: StateID, event: Text, isGuarded: Bool)?

    init(_ workflow: Workflow) { self.workflow = workflow }

    /// The label; nil of a forbidden event, which leads nowhere. To be asked in order.
    mutating func label(of transition: TransitionID) -> Diagram.Label? {
        let chart = workflow.chart
        let event = chart.event(transition)
        let source = chart.source(transition)
        let node = workflow.transitionNodes[Int(transition.rawValue)]
        var condition = node["description"]?.value.text.map { ConditionText.oneLine($0) }
        let text = ConditionText.ofTransition(node)
        if let text, condition == nil { condition = text }
        let isNext = before.map { $0.state == source && $0.event == event && $0.isGuarded } ?? false
        if condition == nil, isNext { condition = "otherwise" }
        before = (source, event, text != nil)
        if chart.isForbidden(transition) { return nil }
        return Diagram.Label(event: Self.words(event), condition: condition, note: nil)
    }

    /// The name of an event as people say it: `after 7 days`, `done`.
    static func words(_ event: Text) -> String {
        if event == "*" { return "any other event" }
        let name = String(event)
        if name.hasPrefix("done.state.") { return "done" }
        return EventText.after(name).map { "after \($0)" } ?? name
    }
}

/// What the names of built-in events say.
public enum EventText {
    /// The delay in the name of a delayed transition's event, as people write one: of
    /// `xstate.after(604800000)#review` `7 days`; nil of another name.
    public static func after(_ name: String) -> String? {
        guard name.hasPrefix("xstate.after("), let end = name.utf8.firstIndex(of: 0x29) else {
            return nil
        }
        let written = String(name[name.utf8.index(name.startIndex, offsetBy: 13)..<end])
        guard let milliseconds = Delay.milliseconds(written) else { return written }
        return length(milliseconds)
    }

    /// A length of time in the largest unit that divides it.
    public static func length(_ milliseconds: Int) -> String {
        let units = [
            (86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second"),
        ]
        for (size, name) in units where milliseconds >= size && milliseconds % size == 0 {
            let count = milliseconds / size
            return count == 1 ? "1 \(name)" : "\(count) \(name)s"
        }
        return "\(milliseconds) ms"
    }
}
