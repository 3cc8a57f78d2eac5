internal import Documents
internal import Expressions

/// Running the actions of a microstep: in order; where the definition turns
/// `predictableActionArguments` off, every assignment first and the others with what results.
extension ChartRunner {
    /// The context after the assignments in a list of actions.
    func assignments<Environment: ChartEnvironment>(
        _ chart: Chart, _ list: ArraySlice<UInt32>, _ context: Value, _ event: PendingEvent,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) -> Value {
        var context = context
        for index in list {
            let row = chart.tables.actions + Int(index)
            guard row.pointee.kind == .assign else { continue }
            context = try assigned(chart, row, context, event, &environment, arena)
        }
        return context
    }

    private func assigned<Environment: ChartEnvironment>(
        _ chart: Chart, _ row: UnsafePointer<ActionRow>, _ context: Value, _ event: PendingEvent,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) -> Value {
        do throws(ChartError) {
            let members = try environment.assign(
                Int(row.pointee.index), Scope(context, under: event.payload))
            return context.assigning(members, in: arena)
        } catch {
            throw placed(error, chart, row.pointee.place)
        }
    }

    /// Runs the actions of a list that are no assignments.
    mutating func run<Environment: ChartEnvironment>(
        _ chart: Chart, _ list: ArraySlice<UInt32>, _ event: PendingEvent,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) {
        for index in list {
            let row = chart.tables.actions + Int(index)
            switch row.pointee.kind {
            case .named: executed.append(ActionID(rawValue: index))
            case .assign:
                guard chart.tables.keepsActionOrder else { continue }
                context = try assigned(chart, row, context, event, &environment, arena)
            case .raise:
                raised.append(row.pointee.name)
                raising.append(row.pointee.pending)
            case .send:
                if row.pointee.delay < 0 {
                    raised.append(row.pointee.name)
                    sent.append(row.pointee.pending)
                } else {
                    timers.append(.scheduled(row.pointee.delayed))
                }
            case .cancel: timers.append(.cancelled(id: row.pointee.name))
            case .choose: try choose(chart, row, event, &environment, arena)
            }
        }
    }

    /// Runs the actions of the first branch that holds, as a list of its own.
    private mutating func choose<Environment: ChartEnvironment>(
        _ chart: Chart, _ row: UnsafePointer<ActionRow>, _ event: PendingEvent,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) {
        for at in row.pointee.choices.range {
            let choice = chart.tables.choices[at]
            guard try guardHolds(chart, choice.condition, event.payload, &environment) else {
                continue
            }
            let list = choice.actions.range.map { chart.tables.actionLists[$0] }[...]
            if !chart.tables.keepsActionOrder {
                context = try assignments(chart, list, context, event, &environment, arena)
            }
            return try run(chart, list, event, &environment, arena)
        }
    }
}

extension ActionRow {
    /// The event of a raise or send.
    var pending: PendingEvent {
        PendingEvent(id: EventID(event), name: name, payload: payload.isNull ? nil : payload)
    }

    /// The event of a send with a delay.
    var delayed: DelayedEvent {
        DelayedEvent(
            id: sendID, event: name, payload: payload.isNull ? nil : payload,
            delayMilliseconds: delay)
    }
}
