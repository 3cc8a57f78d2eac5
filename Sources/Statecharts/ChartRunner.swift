public import Documents
internal import Expressions

/// Takes charts through events: the scratch memory of one worker.
///
/// A step changes the configuration it is given only when it succeeds. The lists of what happened
/// belong to the last step and are reused by the next.
public struct ChartRunner: ~Copyable {
    /// Microsteps that one step may take before it fails with ``ChartError/Code/looping``.
    public var microstepLimit: Int

    /// Named actions in the order in which they are to run.
    public internal(set) var executed: [ActionID] = []
    /// States left, in order; a state may be left several times in one step.
    public internal(set) var exited: [StateID] = []
    /// States entered, in order.
    public internal(set) var entered: [StateID] = []
    /// Transitions taken, in order.
    public internal(set) var taken: [TakenTransition] = []
    /// Names of the events that the chart raised or sent to itself, in order.
    public internal(set) var raised: [Text] = []
    /// Timers set and dropped, in order.
    public internal(set) var timers: [TimerChange] = []

    var scratch = Scratch()
    /// Work left in this macrostep; the last is next.
    var pending: [PendingEvent] = []
    /// Events sent, each a macrostep of its own once the current one is over.
    var sent: [PendingEvent] = []
    /// Events raised in this microstep, in order.
    var raising: [PendingEvent] = []
    /// Transitions selected in this microstep.
    var selected: [Int32] = []
    /// Actions of this microstep in order, as numbers of actions.
    var plan: [UInt32] = []
    var memory: ContiguousArray<UInt16> = []
    var context = Value.null
    /// Whether the last microstep of this step that did anything ended the chart.
    var finished: Bool?

    /// A runner.
    public init(microstepLimit: Int = 1000) {
        self.microstepLimit = microstepLimit
    }

    /// Enters the initial states of a chart, or given ones.
    ///
    /// - Parameters:
    ///   - configuration: replaced.
    ///   - states: what to enter instead of the initial states, as a configuration of the chart.
    ///   - context: what guards and assignments see.
    ///   - environment: evaluates them.
    ///   - arena: takes the contexts that assignments make.
    public mutating func start(
        _ chart: Chart, at configuration: inout Configuration,
        entering states: Configuration? = nil,
        context: Value, environment: inout some ChartEnvironment, in arena: Arena
    ) throws(ChartError) -> Step {
        begin(chart, Configuration(), context)
        var step = Step(context: context)
        do throws(ChartError) {
            scratch.selectInitial(chart, or: states.map { Array($0.active) })
            step.changed = true
            step.microsteps = 1
            let start = PendingEvent(id: .other, name: Text("xstate.init"), payload: nil)
            try apply(chart, start, .initial, &environment, arena)
            try settle(chart, &step, &environment, arena)
        } catch {
            forget()
            throw error
        }
        finish(chart, &configuration, &step)
        return step
    }

    /// Sends an event to a chart.
    ///
    /// - Parameters:
    ///   - event: its name.
    ///   - payload: an object that guards see above the context, or nil.
    ///   - configuration: where the case stands; updated in place when the step succeeds.
    /// - Returns: what came of it; the lists of this runner hold what happened on the way.
    public mutating func send(
        _ event: Text, payload: Value? = nil, to chart: Chart,
        at configuration: inout Configuration, context: Value,
        environment: inout some ChartEnvironment, in arena: Arena
    ) throws(ChartError) -> Step {
        begin(chart, configuration, context)
        var step = Step(context: context)
        do throws(ChartError) {
            let first = PendingEvent(id: chart.event(named: event), name: event, payload: payload)
            let inert = try microstep(chart, first, &step, &environment, arena)
            step.accepted = !selected.isEmpty && !inert
            step.forbidden = !selected.isEmpty && inert
            try settle(chart, &step, &environment, arena)
        } catch {
            forget()
            throw error
        }
        finish(chart, &configuration, &step)
        return step
    }

    private mutating func begin(_ chart: Chart, _ configuration: Configuration, _ context: Value) {
        forget()
        finished = nil
        scratch.load(chart, configuration.active)
        if chart.tables.hasHistory {
            memory.removeAll(keepingCapacity: true)
            memory.append(contentsOf: configuration.memory)
        } else if !memory.isEmpty {
            memory.removeAll(keepingCapacity: true)
        }
        self.context = context
    }

    private mutating func forget() {
        executed.clear()
        exited.clear()
        entered.clear()
        taken.clear()
        raised.clear()
        timers.clear()
        pending.clear()
        sent.clear()
        selected.clear()
    }

    /// Runs what the first microstep left to do: raised events depth first, then sent events in
    /// turn, until the chart is stable or done.
    private mutating func settle<Environment: ChartEnvironment>(
        _ chart: Chart, _ step: inout Step, _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) {
        var next = 0
        while true {
            while let event = pending.popLast() {
                _ = try microstep(chart, event, &step, &environment, arena)
            }
            step.done = finished ?? scratch.isDone(chart)
            guard next < sent.count, !step.done else { return }
            pending.append(sent[next])
            next += 1
        }
    }

    private mutating func microstep<Environment: ChartEnvironment>(
        _ chart: Chart, _ event: PendingEvent, _ step: inout Step,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) -> Bool {
        step.microsteps += 1
        if step.microsteps > microstepLimit { throw looping(chart, event) }
        selected.clear()
        _ = try select(chart, 0, event, &environment)
        guard !selected.isEmpty else {
            if scratch.isConsistent, !scratch.isDone(chart) {
                if event.id != .null, scratch.hasTransient(chart) { pending.append(.null) }
            } else {
                scratch.stay()
                try apply(chart, event, .unhandled, &environment, arena)
            }
            return true
        }
        var inert = true
        for index in selected where !chart.tables.transitions[Int(index)].isInert { inert = false }
        if !inert { step.changed = true }
        for index in selected {
            let transition = TransitionID(rawValue: index)
            taken.append(
                TakenTransition(
                    transition: transition, event: event.name, context: context,
                    payload: event.payload))
        }
        target(chart)
        try apply(chart, event, .taken, &environment, arena)
        return inert
    }

    private func looping(_ chart: Chart, _ event: PendingEvent) -> ChartError {
        let last = taken.last.map { chart.reference($0.transition) }
        return ChartError(
            .looping,
            "no stable state after \(microstepLimit) microsteps: events that raise themselves, "
                + "or `always` transitions in a circle",
            place: last ?? String(chart.file))
    }

    private mutating func finish(
        _ chart: Chart, _ configuration: inout Configuration, _ step: inout Step
    ) {
        let active = scratch.current
        if configuration.active.count == active.count {
            for i in 0..<active.count { configuration.active[i] = active[i] }
        } else {
            configuration.active.removeAll(keepingCapacity: true)
            configuration.active.append(contentsOf: active)
        }
        if chart.tables.hasHistory {
            configuration.memory.removeAll(keepingCapacity: true)
            configuration.memory.append(contentsOf: memory)
        }
        step.context = context
    }
}

/// An event waiting to be processed.
struct PendingEvent: BitwiseCopyable {
    var id: EventID
    var name: Text
    var payload: Value?

    static var null: PendingEvent { PendingEvent(id: .null, name: Text(""), payload: nil) }
}
