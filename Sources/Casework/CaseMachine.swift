public import Definitions
public import Documents
import Expressions
import RiskRules
import Statecharts

/// Takes one case forward: the core of Docket, a pure function in steps.
///
/// Give it a case and its inputs in order, then call ``run()`` until it rests; when it asks for a
/// vendor's answer, call ``resume(with:)`` and go on. It reads no clock, file, network, randomness or
/// environment: the same inputs give the same record, messages and decisions.
///
/// A worker keeps one machine and one arena for many cases. Methods on the hot path are `mutating` even
/// where they change nothing: else the compiler copies the whole machine for each call.
public struct CaseMachine: ~Copyable {
    /// Work that is left to do, as plain data: what a record keeps while it waits.
    public enum Frame: BitwiseCopyable, Sendable {
        /// Plugins of a state that was entered: their numbers, and the next of them.
        case plugins(Table<Int>, next: Int)
        /// An iteration: the plugin's number, its elements, the next of them.
        case iteration(plugin: Int, elements: Value, next: Int)
        /// A call that has no answer yet: the plugin's number, the element it is for, its visit and
        /// position.
        case call(plugin: Int, element: Value?, visit: Int, position: Int)
    }

    /// What ``run()`` came to.
    public enum Effect {
        /// Nothing is left to do.
        case rest
        /// An answer is needed.
        case call(VendorCall)
    }

    /// One thing to apply, in order.
    enum Input {
        case event(CaseEvent)
        /// All that is due when its turn comes, timers included that the first ones set.
        case due
        case changedInput(CaseInput)
        case child(ChildReport)
        /// A child's id, its workflow and the event that tells of it.
        case goneChild(Text, Text, Text?)
        /// A move to this version of the workflow, from a state of the earlier one.
        case migration(Migration.Move, from: Text)
        /// A held callback, by its place, that the state may accept now.
        case held(Int)
        /// A monitor's number, why it looks, and of edited input the context before.
        case monitor(Int, Monitor.Trigger, since: Value?)
    }

    /// What was done besides the record.
    struct Output {
        var messages: [SentMessage] = []
        var decisions: [Decision] = []
        var childSets: [ChildSet] = []
        var reports: [ChildReport] = []
        var dispatched: [DispatchedEvent] = []

        mutating func clear() {
            messages.clear()
            decisions.clear()
            childSets.clear()
            reports.clear()
            dispatched.clear()
        }
    }

    let catalog: Catalog
    let workflow: Workflow
    /// The settings that risk is scored by: those of the commit that the workflow is of.
    let risk: Settings
    /// The run's clock; `simulate` advances it.
    public var now: Instant
    let arena: Arena
    let stepLimit: Int

    /// The case.
    public internal(set) var record: CaseRecord
    /// Answers that were used in this run.
    public internal(set) var evidence: [Evidence] = []
    /// Names of the actions that ran, in order.
    public internal(set) var actions: [Text] = []
    /// Events of plugins that no state accepted, in order.
    public internal(set) var refusals: [Text] = []
    /// What a refused or failed event says, in Ballerine's words; of the last input only.
    public internal(set) var lastError: String?

    /// Who may be told of this case.
    var subscriptions: [Subscription] = []
    /// The case's id in the arena.
    var caseText = Text("")
    /// What plugins see beside the context.
    var runtime = Value.emptyObject
    /// The run's clock as messages write it.
    var clockText: (instant: Instant, text: Text)
    var runner = ChartRunner()
    var output = Output()
    var inbox: [Input] = []
    var nextInput = 0
    var agenda: [Frame] = []
    var steps = 0
    /// How many ancestors the case has.
    var depth = 0
    /// Held callbacks before this place were tried since something happened.
    var heldTried = 0
    var current: (event: CaseEvent?, contextBefore: Value)
    /// What to fall back to when a step fails.
    var checkpoint = Checkpoint()
    /// Whether there is something to fall back to: not between inputs.
    var hasCheckpoint = false
    /// The monitor at work.
    var monitoring: Monitoring?
    /// Monitors that looked in this run.
    var monitored: [Int] = []
    /// The first fault of a monitor in this run.
    var monitorFault: CaseRecord.Fault?
    /// What monitors came to, in order.
    public internal(set) var monitorRuns: [MonitorRun] = []
    /// Requests of webhook plugins, by number.
    var webhookCalls: [VendorCall] = []
    /// The plugins that entering a state runs, by the state's number.
    let statePlugins: Table<Table<Int>>
    /// What reaching a state comes to, by its tags, by the state's number.
    let stateOutcomes: Table<Outcome?>
    /// Who is told of cases that name no subscriptions of their own.
    var usualSubscriptions: [Subscription] = []
    /// The repository's environment, for messages.
    let environmentText: Text
    /// Outlives the case: what is worked out once.
    private let memory = Arena(chunkBytes: 1024)

    /// A machine at a case that is on record, or at a new one that ``create(_:)`` will start.
    ///
    /// - Parameters:
    ///   - record: as read, or as made by `CaseRecord.init`.
    ///   - workflow: by the record's workflow.
    ///   - catalog: what holds now: limits, subscriptions, environment.
    ///   - definitions: what the workflow is of, when the case is pinned to an earlier commit: its
    ///     risk levels go with it.
    ///   - now: the run's clock.
    ///   - arena: takes everything the case makes.
    public init(
        _ record: CaseRecord, workflow: Workflow, catalog: Catalog,
        definitions: Catalog? = nil, now: Instant, in arena: Arena
    ) {
        self.record = record
        risk = (definitions ?? catalog).settings
        self.workflow = workflow
        self.catalog = catalog
        self.now = now
        self.arena = arena
        stepLimit = catalog.settings.limits.steps
        current = (nil, record.context)
        clockText = (now, Text(""))
        statePlugins = Self.pluginsOfStates(workflow, in: memory)
        stateOutcomes = Table(
            workflow.chart.states.map { state in
                workflow.chart.first(of: state) { Outcome(tag: $0) }
            }, in: memory)
        environmentText = memory.text(catalog.settings.environment)
        usualSubscriptions = subscriptions(beside: workflow.subscriptions, in: memory)
        takeUp()
    }

    private static func pluginsOfStates(
        _ workflow: Workflow, in arena: Arena
    ) -> Table<Table<Int>> {
        let lists = workflow.chart.states.map { state in
            let (name, key) = (
                workflow.stateNames[Int(state.rawValue)], workflow.chart.key(state)
            )
            let plugins = workflow.plugins.indices.filter {
                workflow.plugins[$0].states.contains { $0 == name || $0 == key }
            }
            return Table(plugins, in: arena)
        }
        return Table(lists, in: arena)
    }

    /// Work that waited for a vendor comes first.
    private mutating func takeUp(parkedToo: Bool = true) {
        subscriptions = readSubscriptions()
        caseText = arena.text(record.id.path)
        runtime = makeRuntime()
        if clockText.instant != now || clockText.text.isEmpty {
            clockText = (now, memory.text(now.withMilliseconds))
        }
        if record.visits.count != workflow.plugins.count {
            record.visits = [Int](repeating: 0, count: workflow.plugins.count)
        }
        guard parkedToo, !record.hasFault, !record.parked.isEmpty,
            record.status != .withdrawn
        else { return }
        noteCheckpoint()
        agenda = record.parked
        record.parked = []
        record.waitingFor = nil
    }

    /// Takes up the next case with the same scratch memory.
    ///
    /// - Parameters:
    ///   - depth: how many ancestors it has.
    ///   - steps: those that it took in this run already, when it is taken up again; work that waits
    ///     for a vendor then goes on waiting.
    public mutating func reset(
        _ record: consuming CaseRecord, depth: Int = 0, resumingAfter steps: Int? = nil
    ) {
        self.depth = depth
        var (visits, history) = ([Int](), [CaseRecord.HistoryEntry]())
        var runs: [PluginRun] = []
        var configuration = Configuration()
        swap(&visits, &self.record.visits)
        swap(&history, &self.record.history)
        swap(&runs, &self.record.pluginRuns)
        swap(&configuration, &self.record.configuration)
        self.record = record
        // A new case takes the memory of the last.
        if self.record.visits.isEmpty, visits.count == workflow.plugins.count {
            for index in visits.indices { visits[index] = 0 }
            swap(&visits, &self.record.visits)
        }
        if self.record.history.isEmpty {
            history.clear()
            swap(&history, &self.record.history)
        }
        if self.record.pluginRuns.isEmpty {
            runs.clear()
            swap(&runs, &self.record.pluginRuns)
        }
        if self.record.configuration.isEmpty {
            configuration.copy(Configuration())
            swap(&configuration, &self.record.configuration)
        }
        evidence.clear()
        actions.clear()
        refusals.clear()
        webhookCalls.clear()
        lastError = nil
        output.clear()
        inbox.clear()
        nextInput = 0
        agenda.clear()
        self.steps = steps ?? 0
        monitoring = nil
        monitored.clear()
        monitorRuns.clear()
        monitorFault = nil
        heldTried = 0
        current = (nil, self.record.context)
        dropCheckpoint()
        takeUp(parkedToo: steps == nil)
    }

    /// Messages for the outbox, in order: their ids and payloads are made when they are asked for.
    public var messages: [Message] { output.messages.map { message($0) } }
    /// How many messages there are for the outbox.
    public var messageCount: Int { output.messages.count }
    /// Decisions, in order.
    public var decisions: [Decision] { output.decisions }
    /// Children asked for, in order.
    public var children: [ChildRequest] { output.childSets.flatMap(\.requests) }
    /// Where a case that has a parent came to rest, in order: what the parent may be told.
    public var reports: [ChildReport] { output.reports }
    /// How many steps it took.
    public var stepsTaken: Int { steps }
    /// Events for the host, in order.
    public var dispatched: [DispatchedEvent] { output.dispatched }

    // MARK: Inputs

    /// Enters the initial state of a new case.
    public mutating func create() {
        guard checkIntake() else { return }
        var environment = guardEnvironment(event: Text("xstate.init"))
        do throws(ChartError) {
            let step = try runner.start(
                workflow.chart, at: &record.configuration, context: record.context,
                environment: &environment, in: arena)
            guard takeOver(step, madeFrom: record.context, Text("xstate.init")) else { return }
            apply(step, event: Text(""), from: Text(""))
        } catch { fail(error) }
    }

    /// Queues an event.
    public mutating func add(_ event: CaseEvent) { inbox.append(.event(event)) }

    /// Queues what is due, in due order: timers, and the ends of held callbacks' time. A timer comes
    /// before an end at the same instant, so that the state it leads to may still accept. A state that
    /// a timer enters counts its own delays from when that was due, so that a chain of delays which
    /// have all passed is taken whole in one run, each in its turn.
    public mutating func addDueTimers() {
        if isDue { inbox.append(.due) }
    }

    private var isDue: Bool {
        if record.status == .withdrawn { return false }
        return record.timers.contains { $0.due <= now }
            || record.held.contains { $0.expires <= now }
    }

    /// Queues input that was edited since the case was created.
    public mutating func add(changed input: CaseInput) { inbox.append(.changedInput(input)) }

    /// Marks a case whose input is gone. What it waits for stays on record: when the input is back,
    /// delays that passed meanwhile are over at once, and what a vendor did not answer is asked again.
    public mutating func withdraw() {
        record.parked += agenda
        agenda = []
        record.status = .withdrawn
        dropCheckpoint()
        note(Text("WITHDRAWN"), .noted)
    }

    /// Takes up a case that was withdrawn with its parent, which is back.
    public mutating func comeBack() {
        noteCheckpoint()
        note(Text("RETURNED"), .noted)
        takeBackUp()
        addDueTimers()
    }

    /// Goes on with what a case waited for when it was withdrawn.
    mutating func takeBackUp() {
        record.status = .active
        agenda += record.parked
        record.parked = []
        record.waitingFor = nil
    }

    // MARK: Running

    /// Goes on until the case rests or needs a vendor's answer.
    public mutating func run() -> Effect {
        while !record.hasFault || !hasCheckpoint {
            if monitoring != nil, record.hasFault { setFaultAside() }
            if let frame = agenda.popLast() {
                if let call = work(on: frame) { return .call(call) }
            } else if monitoring?.isLooking == true {
                endLooking()
            } else if nextInput < inbox.count {
                beginInput()
            } else {
                endInput()
                // A delay of nothing is over at once.
                if nextInput >= inbox.count, !record.hasFault, isOpen { addDueTimers() }
                if nextInput >= inbox.count && agenda.isEmpty { break }
            }
        }
        finish()
        return .rest
    }

    private var isOpen: Bool {
        record.status != .withdrawn && !workflow.chart.isDone(record.configuration)
    }

    private mutating func beginInput() {
        endInput()
        guard record.status != .failed || !record.hasFault else {
            nextInput = inbox.count
            return
        }
        noteCheckpoint()
        lastError = nil
        let input = inbox[nextInput]
        nextInput += 1
        if case .held = input {} else { heldTried = 0 }
        switch input {
        case .event(let event):
            current = (event, record.context)
            apply(event)
        case .due:
            current = (nil, record.context)
            takeDue()
        case .changedInput(let input):
            current = (nil, record.context)
            let transitions = record.transitions
            change(to: input)
            rereadChildren()
            if !record.hasFault, record.transitions == transitions {
                addEntityMonitors(since: current.contextBefore)
            }
        case .child(let report):
            current = (nil, record.context)
            take(report)
        case .goneChild(let id, let definition, let event):
            current = (nil, record.context)
            takeGone(id, of: definition, event: event)
        case .migration(let move, let state):
            current = (nil, record.context)
            migrate(move, from: state)
        case .held(let place): deliverHeld(place)
        case .monitor(let index, let trigger, let since):
            current = (nil, record.context)
            beginMonitor(index, trigger, since: since)
        }
    }

    /// Does the first thing that is due, by due time, and looks again after it: what it sets may be
    /// due before the next.
    private mutating func takeDue() {
        let timer = record.timers.indices.min {
            (record.timers[$0].due, $0) < (record.timers[$1].due, $1)
        }
        let end = record.held.map(\.expires).min()
        if let timer, record.timers[timer].due <= now, record.timers[timer].due <= end ?? now {
            nextInput -= 1
            let timer = record.timers.remove(at: timer)
            let clock = now
            now = max(timer.due, record.created)
            deliver(timer.event, payload: nil, origin: .timer)
            now = clock
        } else if let end, end <= now {
            nextInput -= 1
            expireHeld(at: end)
        }
    }

    /// Says what the input just dealt with changed, and gives held callbacks another chance.
    private mutating func endInput() {
        if !record.hasFault { endMonitor() }
        guard hasCheckpoint, !record.hasFault else { return }
        dropCheckpoint()
        announceContextChange(before: current.contextBefore)
        report()
        releaseHeld()
    }

    /// Says where a case that has a parent came to rest, once for each of its transitions.
    private mutating func report() {
        guard let parent = record.parent, record.status != .withdrawn else { return }
        let point = ParentLink.Told(episode: record.episode, transitions: record.transitions)
        guard point != output.reports.last?.point ?? parent.told else { return }
        output.reports.append(record.report(in: workflow, arena))
    }

    private mutating func finish() {
        if record.hasFault { return }
        defer { setPeriods() }
        report()
        if workflow.chart.isDone(record.configuration) {
            record.status = record.status == .withdrawn ? .withdrawn : .completed
            record.timers = []
            refuseHeld()
        } else if record.status != .withdrawn {
            let isWaiting = !record.parked.isEmpty || !record.timers.isEmpty
            record.status = isWaiting ? .waiting : .active
        }
    }

    // MARK: Faults

    /// Rolls back to the step before and keeps the fault beside it.
    mutating func fail(code: String, _ message: String, place: String?) {
        rollBack()
        agenda.removeAll()
        nextInput = inbox.count
        record.status = .failed
        record.fault = CaseRecord.Fault(code: code, message: message, place: place)
        lastError = message
    }

    mutating func fail(_ error: ChartError) {
        let code =
            switch error.code {
            case .guardFailed: "RUN001"
            case .assignmentFailed: "RUN002"
            case .looping: "RUN003"
            case .unknownState, .stateShape, .historyShape: "RUN004"
            }
        fail(code: code, error.message, place: error.place)
    }

    /// Adds to the history an event that led to no transition.
    mutating func note(_ event: Text, _ result: CaseRecord.HistoryEntry.Result) {
        let state = stateText()
        let event = workflow.shownName(of: event)
        record.history.append(
            .init(at: now, event: event, from: state, to: state, because: nil, result: result))
    }

    mutating func guardEnvironment(event: Text) -> GuardEnvironment {
        GuardEnvironment(
            workflow: workflow, now: now, arena: arena, event: event,
            leaf: workflow.chart.firstLeaf(record.configuration))
    }

    /// The state as history and decisions name it: the active leaves' paths, joined by a comma.
    mutating func stateText() -> Text { workflow.stateText(record.configuration, in: arena) }
}

/// Evaluates the guards and assignments of a chart for a case.
struct GuardEnvironment: ChartEnvironment {
    let workflow: Workflow
    let now: Instant
    let arena: Arena
    let event: Text
    /// Where the case stands, for messages.
    let leaf: StateID?

    func holds(_ condition: Int, _ scope: Scope) throws(ChartError) -> Bool {
        guard let compiled = workflow.conditions[condition] else {
            throw failed(workflow.conditionErrors[condition] ?? "the condition does not compile")
        }
        do throws(ExpressionError) {
            return try compiled.holds(scope, now: now, in: arena)
        } catch {
            throw failed(error.message, kind: compiled.kind)
        }
    }

    func assign(_ assignment: Int, _ scope: Scope) throws(ChartError) -> Value {
        let entries = workflow.assignments[assignment].entries
        var members = MemberSpace(count: entries.count, in: arena)
        for entry in entries {
            do throws(ExpressionError) {
                members.add(entry.key, try entry.program.evaluate(scope, in: arena))
            } catch {
                throw ChartError(.assignmentFailed, error.message)
            }
        }
        return members.finish()
    }

    /// JMESPath's type errors carry ECMAScript's name for them, which says nothing here.
    private static func withoutErrorName(_ reason: String) -> String {
        reason.hasPrefix("TypeError: ") ? String(reason.dropFirst(11)) : reason
    }

    private func failed(_ reason: String, kind: String = "jmespath") -> ChartError {
        let state = leaf.map { String(workflow.chart.id($0)) } ?? ""
        if workflow.semantics == .docket {
            let name = leaf.map { String(workflow.stateNames[Int($0.rawValue)]) } ?? ""
            return ChartError(
                .guardFailed,
                "the \(kind) guard for '\(event)' in the state '\(name)' cannot be evaluated: "
                    + Self.withoutErrorName(reason))
        }
        return ChartError(
            .guardFailed,
            "Unable to evaluate guard '\(kind)' in transition for event '\(event)' in state node "
                + "'\(state)':\n\(reason)")
    }
}
