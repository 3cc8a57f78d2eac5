import Definitions
import Documents
import Statecharts

/// Events and what they do to the chart.
extension CaseMachine {
    /// Where an event came from.
    enum Origin {
        case file, plugin, timer, child, monitor
    }

    /// Ballerine's built-in events, which every workflow accepts.
    private static let updateContext: StaticString = "UPDATE_CONTEXT"
    private static let deepMergeContext: StaticString = "DEEP_MERGE_CONTEXT"

    /// Applies an event of a case: checks what it expects, holds or refuses it, or delivers it.
    mutating func apply(_ event: CaseEvent) {
        if let file = event.file, let blob = event.blob,
            !record.applied.contains(where: { $0.file == file })
        {
            record.applied.append(.init(file: file, blob: blob))
        }
        if event.kind == .note { return note(event.type, .noted) }
        if let expects = event.expects, !holds(expects) { return note(event.type, .outdated) }
        if workflow.chart.isDone(record.configuration) || record.status == .withdrawn {
            return refuse(event.type, .refused)
        }
        if event.kind == .callback { return applyCallback(event) }
        deliver(event.type, payload: event.payload, origin: .file)
        if Self.isBuiltIn(event.type) { rereadChildren() }
    }

    private mutating func holds(_ expects: (episode: Int?, state: Text?)) -> Bool {
        if let episode = expects.episode, episode != record.episode { return false }
        guard let state = expects.state else { return true }
        return workflow.chart.activeLeaves(record.configuration).contains {
            workflow.stateNames[Int($0.rawValue)] == state || workflow.chart.key($0) == state
        }
    }

    /// Whether an active state has a transition for an event, guards aside.
    mutating func handles(_ event: Text) -> Bool {
        if workflow.chart.isDone(record.configuration) { return false }
        if Self.isBuiltIn(event) { return true }
        return workflow.chart.handles(event, record.configuration)
    }

    private static func isBuiltIn(_ event: Text) -> Bool {
        event == updateContext || event == deepMergeContext
    }

    /// Sends an event to the chart and queues the plugins of the states it enters.
    ///
    /// - Parameters:
    ///   - context: what the case goes on with if a transition is taken; its own when nil.
    ///   - isKept: whether the caller keeps an event that no transition takes; else it is noted.
    /// - Returns: whether the event was dealt with: false only for one that the caller keeps.
    @discardableResult
    mutating func deliver(
        _ event: Text, payload: Value?, origin: Origin, context: Value? = nil, isKept: Bool = false
    ) -> Bool {
        steps += 1
        // What its children came to is no sign that a case goes round in circles.
        if steps > stepLimit + record.children.count {
            fail(
                code: "RUN005",
                "the case took \(stepLimit) steps in one run and did not come to rest; look for "
                    + "plugins and transitions that start each other, or raise limits.steps",
                place: workflow.file)
            return true
        }
        guard handles(event) else {
            if isKept { return false }
            refuse(event, .refused, isPlugin: origin == .plugin)
            return true
        }
        let before = stateText()
        let new = context ?? builtInContext(event, payload)
        if let new, let problem = schemaProblem(new) {
            lastError = problem
            note(event, .invalid)
            return true
        }
        let context = new ?? record.context
        var environment = guardEnvironment(event: event)
        do throws(ChartError) {
            let step = try runner.send(
                event, payload: payload, to: workflow.chart, at: &record.configuration,
                context: context, environment: &environment, in: arena)
            if !step.changed && !Self.isBuiltIn(event) {
                if isKept { return false }
                note(event, step.forbidden ? .refused : .guarded)
                return true
            }
            guard takeOver(step, madeFrom: context, event) else { return true }
            let isAssigned = workflow.contextSchema != nil && !step.context.isSame(as: context)
            if isAssigned, !keepsSchema() { return true }
            apply(step, event: event, from: before)
        } catch {
            fail(error)
        }
        return true
    }

    /// Goes on with the context of a step, unless assignments made one past the limits: only they
    /// make another than the one that went in.
    mutating func takeOver(_ step: Step, madeFrom context: Value, _ event: Text) -> Bool {
        guard step.context.isSame(as: context) || ContextLimits.allow(step.context) else {
            fail(
                code: "RUN006",
                "the assignments on '\(event)' made a context of more than \(ContextLimits.values) "
                    + "values, \(ContextLimits.bytes >> 20) MiB of text or \(ContextLimits.depth) levels",
                place: runner.taken.last.map { workflow.chart.reference($0.transition) })
            return false
        }
        record.context = step.context
        return true
    }

    /// The context that a built-in event makes; nil for any other.
    private mutating func builtInContext(_ event: Text, _ payload: Value?) -> Value? {
        guard let payload else { return nil }
        if event == Self.updateContext, let new = payload["context"] {
            return record.context.assigning(new, in: arena)
        }
        if event == Self.deepMergeContext, let new = payload["newContext"] {
            let option = payload["arrayMergeOption"]?.string ?? "concat"
            return record.context.deepMerged(
                with: new, arrays: ArrayMerge(rawValue: option) ?? .concat, in: arena)
        }
        return nil
    }

    /// Notes an event that no state takes. One that a plugin sent ends, in Ballerine, all that the
    /// plugins before it had left to do.
    mutating func refuse(
        _ event: Text, _ result: CaseRecord.HistoryEntry.Result, isPlugin: Bool = false
    ) {
        note(event, result)
        lastError =
            "Event \(event) is not allowed in the current state: "
            + JSONWriter.line(workflow.chart.value(of: record.configuration, in: arena))
        guard isPlugin else { return }
        refusals.append(event)
        if workflow.semantics == .ballerine { agenda.removeAll(keepingCapacity: true) }
    }

    /// Input that was edited: a workflow that handles `INPUT_CHANGED` decides, and goes on with the
    /// new context merged in only if it takes a transition; one that forbids it leaves the case as
    /// it is. Else the new context is merged into an active case, and noted on a finished one, whose
    /// context is kept up to date when a monitor looks at it.
    ///
    /// The record names the edited input whatever comes of it: it was seen, and a run that finds
    /// the same input again has nothing to do.
    mutating func change(to input: CaseInput) {
        let event = Text("INPUT_CHANGED")
        record.input = input.digest.hexadecimal
        if record.status == .withdrawn { takeBackUp() }
        let isDone = workflow.chart.isDone(record.configuration)
        if isDone && !watchesEntity { return note(event, .noted) }
        let merged = record.context.deepMerged(with: input.context, arrays: .replace, in: arena)
        if let problem = schemaProblem(merged) {
            lastError = problem
            return note(event, .invalid)
        }
        if isDone {
            // Monitors look at the case as it is now.
            take(input.config)
            record.context = merged
            return note(event, .noted)
        }
        if handles(event) {
            take(input.config)
            let payload = arena.object(["context": input.context])
            deliver(event, payload: payload, origin: .file, context: merged)
            return
        }
        var environment = guardEnvironment(event: event)
        let before = stateText()
        var configuration = record.configuration
        do throws(ChartError) {
            let step = try runner.send(
                event, payload: nil, to: workflow.chart, at: &configuration,
                context: merged, environment: &environment, in: arena)
            if step.forbidden { return note(event, .refused) }
            guard takeOver(step, madeFrom: merged, event) else { return }
            take(input.config)
            record.configuration = configuration
            note(event, .noted)
            if step.changed { apply(step, event: event, from: before) }
        } catch {
            fail(error)
        }
    }

    private mutating func take(_ config: Value) {
        record.config = config
        subscriptions = readSubscriptions()
        runtime = makeRuntime()
    }

    // MARK: Steps

    /// Takes over what a step of the chart did: history, timers, decisions, messages, plugins.
    ///
    /// - Parameter isEntry: whether states were entered without a transition of the chart.
    mutating func apply(_ step: Step, event: Text, from before: Text, isEntry: Bool = false) {
        for action in runner.executed { actions.append(workflow.chart.name(action)) }
        applyTimers()
        let after = stateText()
        let isMove = !runner.taken.isEmpty
        recordTransitions(event, from: before, to: after)
        if !(before == after) {
            decide(event)
            announceState(event)
        }
        if step.done { complete() }
        // Ballerine's initial state runs no plugins.
        let isStart = before.isEmpty && workflow.semantics == .docket
        guard isMove && !before.isEmpty || isStart || isEntry else { return }
        queuePlugins(from: before, to: after)
    }

    private mutating func recordTransitions(_ event: Text, from before: Text, to after: Text) {
        var state = before
        for (index, taken) in runner.taken.enumerated() {
            let isLast = index == runner.taken.count - 1
            let next =
                isLast
                ? after
                : workflow.chart.firstTarget(taken.transition).map {
                    workflow.stateNames[Int($0.rawValue)]
                } ?? state
            record.transitions += 1
            record.history.append(
                .init(
                    at: now, event: taken.event, from: state, to: next,
                    because: workflow.transitionPlaces[Int(taken.transition.rawValue)],
                    result: .transition,
                    reason: Reason(
                        transition: taken.transition, context: taken.context,
                        payload: taken.payload)))
            state = next
        }
    }

    private mutating func applyTimers() {
        for change in runner.timers {
            switch change {
            case .scheduled(let event):
                record.timers.append(
                    .init(
                        id: event.id, event: event.event,
                        due: now.advanced(byMilliseconds: event.delayMilliseconds)))
            case .cancelled(let id): record.timers.removeAll { $0.id == id }
            }
        }
    }

    /// Queues the plugins of the states entered, in the order of their lists.
    private mutating func queuePlugins(from before: Text, to after: Text) {
        if workflow.semantics == .ballerine {
            // As there: only when the state's name is another one, and only plugins of that name.
            if before == after { return }
            var list: [Int] = []
            for index in workflow.plugins.indices
            where workflow.plugins[index].states.contains(where: { $0 == after }) {
                list.append(index)
            }
            if !list.isEmpty { agenda.append(.plugins(Table(list, in: arena), next: 0)) }
            return
        }
        var list = Table<Int>()
        for state in runner.entered where record.configuration.contains(state) {
            let own = statePlugins[Int(state.rawValue)]
            if own.isEmpty { continue }
            list = list.isEmpty ? own : Table(Set(list).union(own).sorted(), in: arena)
        }
        if !list.isEmpty { agenda.append(.plugins(list, next: 0)) }
    }

    private mutating func complete() {
        record.resolved = now
        announceCompletion()
    }

    /// The transition that a decision rests on: a reviewer's own, or the last of those that the rules
    /// took.
    private mutating func reason(isReviewer: Bool) -> Text? {
        let taken = isReviewer ? runner.taken.first : runner.taken.last
        return taken.map { workflow.transitionPlaces[Int($0.transition.rawValue)] }
    }

    /// A decision, when the state just reached stands for one.
    private mutating func decide(_ event: Text) {
        let outcomes = stateOutcomes
        let outcome = workflow.chart.first(
            record.configuration, of: { outcomes[Int($0.rawValue)] })
        guard let outcome, outcome.isDecision else { return }
        record.decisions += 1
        let source = current.event.flatMap { $0.kind == .decision ? $0 : nil }
        output.decisions.append(
            Decision(
                number: record.decisions, episode: record.episode, outcome: outcome,
                state: stateText(), at: now, event: event, by: source?.by,
                because: reason(isReviewer: source != nil),
                evidence: source.flatMap { event in
                    event.file.flatMap { file in event.blob.map { .init(file: file, blob: $0) } }
                },
                risk: record.risk))
    }
}
