import Definitions
import Documents
import Expressions
import Statecharts

/// A monitor at work.
struct Monitoring {
    /// Its number in the workflow.
    var index: Int
    var trigger: Monitor.Trigger
    /// Whether its plugins run now; after that, what their result leads to.
    var isLooking = true
    var reopened = false
    /// The digest of the result before, and the result itself.
    var before: Text
    var known: Value
    /// Where the case stood.
    var status: CaseRecord.Status
    var nextInput: Int
    var evidence: Int
}

/// Monitors: looking at a case at rest, and what another result leads to.
///
/// A monitor's plugins run over the case as it stands. Their result is compared with the one that the
/// context holds already; when it is the same, all that they did is taken back. What goes wrong in
/// a monitor stops it alone: the case stands as it did, with the fault beside it, and the monitor
/// looks again in the next run.
extension CaseMachine {
    // MARK: Triggers

    /// Queues the monitors whose trigger came: periods that are over, what a run before could not
    /// finish, and what changed in the source. To be called after everything else is queued.
    public mutating func addMonitors(_ occasion: MonitorOccasion) {
        for index in workflow.monitors.indices {
            guard let trigger = trigger(of: index, occasion) else { continue }
            inbox.append(.monitor(index, trigger, since: nil))
        }
    }

    private func trigger(of index: Int, _ occasion: MonitorOccasion) -> Monitor.Trigger? {
        let monitor = workflow.monitors[index]
        let standing = record.monitors.first { $0.name == monitor.name }
        if let pending = standing?.pending { return pending }
        if monitor.periodMilliseconds != nil, let due = standing?.due, due <= now { return .period }
        switch occasion {
        case .none: return nil
        case .changed(let lists, let rules):
            if lists.contains(where: { monitor.concerns(list: $0) }) { return .list }
            return rules.contains { monitor.concerns(rules: $0) } ? .rule : nil
        case .anything:
            // What has no plugins would take the trigger itself for a change.
            if monitor.run.isEmpty { return nil }
            if monitor.lists != nil { return .list }
            return monitor.rules.isEmpty ? nil : .rule
        }
    }

    /// Whether the workflow looks at edited input of a case that is finished.
    var watchesEntity: Bool { workflow.monitors.contains { $0.entity != nil } }

    /// Queues the monitors of the members that edited input changed.
    mutating func addEntityMonitors(since before: Value) {
        for (index, monitor) in workflow.monitors.enumerated() {
            guard let paths = monitor.entity, hasChanged(paths, since: before) else { continue }
            inbox.removeAll {
                if case .monitor(index, _, _) = $0 { true } else { false }
            }
            inbox.append(.monitor(index, .entity, since: before))
        }
    }

    private func hasChanged(_ paths: [MemberPath], since before: Value) -> Bool {
        if paths.isEmpty { return !(before == record.context) }
        return paths.contains { path in
            switch (before.at(path), record.context.at(path)) {
            case (nil, nil): false
            case (let old?, let new?): !(old == new)
            default: true
            }
        }
    }

    // MARK: Looking

    /// Begins to look; each monitor looks once a run at most.
    mutating func beginMonitor(_ index: Int, _ trigger: Monitor.Trigger, since: Value?) {
        let monitor = workflow.monitors[index]
        // A case that was decided a moment ago needs no review.
        let isFresh = trigger == .period && record.resolved == now
        guard record.status != .withdrawn, !isFresh, !monitored.contains(index) else { return }
        monitored.append(index)
        monitoring = Monitoring(
            index: index, trigger: trigger, before: Text(""), known: .null, status: record.status,
            nextInput: nextInput, evidence: evidence.count)
        do throws(ExpressionError) {
            let known = try result(of: monitor, over: since ?? record.context)
            let standing = record.monitors.first { $0.name == monitor.name }
            let kept = standing?.pending == nil ? nil : standing?.result
            let before = kept ?? digest(known, monitor)
            monitoring?.known = known
            monitoring?.before = before
        } catch { return failMonitor(monitor, error.message) }
        if !monitor.run.isEmpty {
            agenda.append(.plugins(Table(monitor.run, in: arena), next: 0))
        }
    }

    /// Compares when the plugins are done.
    mutating func endLooking() {
        guard let look = monitoring else { return }
        monitoring?.isLooking = false
        let monitor = workflow.monitors[look.index]
        do throws(ExpressionError) {
            let found = try result(of: monitor, over: record.context)
            let digest = digest(found, monitor)
            // Without plugins there is nothing to compare, but for members that were edited.
            let isCompared =
                !monitor.run.isEmpty || look.trigger == .entity && monitor.result != nil
            if isCompared && digest == look.before {
                takeBack(look)
                keep(look, result: digest)
                monitoring = nil
                note(look, .unchanged)
            } else {
                keep(look, result: isCompared ? digest : nil, isNew: true)
                act(on: monitor, look, found)
            }
        } catch { failMonitor(monitor, error.message) }
    }

    /// What of a context is compared.
    private func result(
        of monitor: Monitor, over context: Value
    ) throws(ExpressionError) -> Value {
        if let program = monitor.result {
            return Self.something(try program.evaluate(Scope(context), in: arena))
        }
        return arena.array(monitor.outputs.map { Self.something(context.at($0) ?? .null) })
    }

    /// Empty lists and texts, false, zero and no value at all are the same: nothing was found.
    private static func something(_ value: Value) -> Value {
        switch value.kind {
        case .array, .object, .string: value.count == 0 ? .null : value
        case .bool: value.bool == true ? value : .null
        case .integer, .double, .decimal: value.number == 0 ? .null : value
        case .null: value
        }
    }

    /// The digest that stands in the record, of another value for every case.
    private func digest(_ value: Value, _ monitor: Monitor) -> Text {
        var bytes = Array(caseText.bytes) + [0] + Array(monitor.name.bytes) + [0]
        bytes += JSONWriter.canonicalFile(value)
        return arena.text(Digest(of: bytes).hexadecimal)
    }

    // MARK: What comes of it

    private mutating func act(on monitor: Monitor, _ look: Monitoring, _ found: Value) {
        let before = record.history.count
        lead(on: monitor, look, found)
        // Only the first entry: what follows from it has reasons of its own.
        if record.history.count > before {
            record.history[before].monitor = (monitor.name, look.trigger)
        }
    }

    private mutating func lead(on monitor: Monitor, _ look: Monitoring, _ found: Value) {
        if workflow.chart.isDone(record.configuration) {
            guard let target = monitor.reopen else {
                return note(monitor.event ?? monitor.name, .noted)
            }
            return beginEpisode(in: target, monitor)
        }
        guard let event = monitor.event else { return note(monitor.name, .noted) }
        let payload = arena.object([
            "monitor": .string(monitor.name), "trigger": arena.string(look.trigger.rawValue),
            "result": found, "before": look.known,
        ])
        deliver(event, payload: payload, origin: .monitor)
    }

    /// Opens the next episode. What this run did before stands in its history too: nowhere else.
    private mutating func beginEpisode(in target: Value, _ monitor: Monitor) {
        let (before, event) = (stateText(), Text("REOPENED"))
        do throws(ChartError) {
            let configuration = try workflow.chart.configuration(from: target)
            monitoring?.reopened = true
            record.beginEpisode(by: workflow)
            record.configuration = configuration
            record.history.append(
                .init(
                    at: now, event: event, from: before, to: stateText(), because: monitor.place,
                    result: .reopened))
            var environment = guardEnvironment(event: event)
            let step = try runner.start(
                workflow.chart, at: &record.configuration, entering: configuration,
                context: record.context, environment: &environment, in: arena)
            guard takeOver(step, madeFrom: record.context, event) else { return }
            apply(step, event: event, from: before, isEntry: true)
        } catch { fail(error) }
    }

    /// Takes back what a look did, but for the numbers of the calls that it made.
    private mutating func takeBack(_ look: Monitoring) {
        rollBack()
        keepVisits(look)
    }

    /// Evidence stays: the next call has another number.
    private mutating func keepVisits(_ look: Monitoring) {
        for entry in evidence[look.evidence...] {
            let index = workflow.plugins.firstIndex { $0.name == entry.call.plugin }
            guard let index, record.visits[index] < entry.call.visit else { continue }
            record.visits[index] = entry.call.visit
        }
    }

    private mutating func keep(_ look: Monitoring, result: Text?, isNew: Bool = false) {
        let index = standing(of: workflow.monitors[look.index])
        record.monitors[index].pending = nil
        if isNew || record.monitors[index].result.map({ !($0 == result ?? Text("")) }) ?? true {
            record.monitors[index].result = result
            record.monitors[index].at = now
        }
        if look.trigger == .period, let period = workflow.monitors[look.index].periodMilliseconds {
            record.monitors[index].due = now.advanced(byMilliseconds: period)
        }
    }

    /// The place of what is known of a monitor.
    private mutating func standing(of monitor: Monitor) -> Int {
        if let index = record.monitors.firstIndex(where: { $0.name == monitor.name }) {
            return index
        }
        record.monitors.append(MonitorStanding(name: monitor.name))
        return record.monitors.count - 1
    }

    private mutating func note(_ look: Monitoring, _ outcome: MonitorRun.Outcome) {
        monitorRuns.append(
            MonitorRun(
                name: workflow.monitors[look.index].name, trigger: look.trigger, outcome: outcome,
                reopened: look.reopened && outcome == .changed))
    }

    /// Says that the look is over, once all that it led to is done.
    mutating func endMonitor() {
        guard let look = monitoring, !look.isLooking else { return }
        monitoring = nil
        note(look, .changed)
    }

    // MARK: What goes wrong

    /// A look that came to nothing.
    mutating func failMonitor(_ monitor: Monitor, _ reason: String) {
        fail(
            code: "RUN030", "the monitor '\(monitor.name)' could not be made out: \(reason)",
            place: String(monitor.place))
    }

    /// Stands the case where it stood before the look, keeps its fault for later and goes on.
    mutating func setFaultAside() {
        guard let look = monitoring, let fault = record.fault else { return }
        record.fault = nil
        record.status = look.status
        nextInput = look.nextInput
        keepVisits(look)
        postpone(look)
        if monitorFault == nil { monitorFault = fault }
        monitoring = nil
        note(look, .failed)
    }

    /// The vendor has no answer now.
    mutating func postponeMonitor() {
        guard let look = monitoring else { return }
        agenda.removeAll(keepingCapacity: true)
        rollBack()
        // What was answered stays: the next look asks with the same numbers and finds it.
        postpone(look)
        monitoring = nil
        note(look, .waiting)
    }

    private mutating func postpone(_ look: Monitoring) {
        let monitor = workflow.monitors[look.index]
        let index = standing(of: monitor)
        record.monitors[index].pending = look.trigger
        // The next look compares with what was known before this one.
        let isKnown = record.monitors[index].result.map { $0 == look.before } ?? false
        if look.before.count > 0, !isKnown {
            record.monitors[index].result = look.before
            record.monitors[index].at = now
        }
        if look.trigger == .period, let period = monitor.periodMilliseconds {
            record.monitors[index].due = now.advanced(byMilliseconds: period)
        }
    }

    // MARK: Periods

    /// Sets when each period is over: counted from the decision or, until there is one, from the
    /// creation; after a look from that. A period that was shortened holds at once. What monitors
    /// are gone is forgotten.
    mutating func setPeriods() {
        if workflow.monitors.isEmpty && record.monitors.isEmpty { return }
        var standings: [MonitorStanding] = []
        for monitor in workflow.monitors {
            var standing =
                record.monitors.first { $0.name == monitor.name }
                ?? MonitorStanding(name: monitor.name)
            standing.due = due(monitor, standing)
            if record.status == .withdrawn { standing.pending = nil }
            if !standing.isEmpty { standings.append(standing) }
        }
        record.monitors = standings
        // What had a fault in this run says so.
        if let monitorFault { record.fault = monitorFault }
    }

    private func due(_ monitor: Monitor, _ standing: MonitorStanding) -> Instant? {
        guard let period = monitor.periodMilliseconds, record.status != .withdrawn else {
            return nil
        }
        let latest = now.advanced(byMilliseconds: period)
        if record.resolved == now { return latest }
        if let due = standing.due { return min(due, latest) }
        return (record.resolved ?? record.created).advanced(byMilliseconds: period)
    }
}

extension CaseRecord {
    /// The case as it begins its next episode because a monitor found something. History and plugin
    /// runs of the run that opens it go with it.
    mutating func beginEpisode(by workflow: Workflow) {
        let (past, history, runs) = (pastHistory.count, history, pluginRuns)
        let (risk, monitors, visits) = (risk, monitors, visits)
        beginEpisode(
            on: input, context: context, config: config, workflow: workflow, after: workflow)
        self.risk = risk
        self.monitors = monitors
        self.visits = visits
        self.history = history
        pluginRuns = runs.map { run in
            var run = run
            run.after = max(0, run.after - past)
            return run
        }
    }
}
