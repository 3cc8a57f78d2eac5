public import Definitions
import Documents
import Statecharts

/// Moving a case to another version of its workflow.
extension CaseMachine {
    /// Queues the move that the case was read by.
    ///
    /// - Parameter state: where it stood in the earlier version, as its record names it.
    public mutating func add(_ move: Migration.Move, from state: String) {
        inbox.append(.migration(move, from: arena.text(state)))
    }

    /// Notes the move; natively a state that is only stood in goes on with the transitions that need
    /// no event, one that is entered runs its entry actions and plugins.
    mutating func migrate(_ move: Migration.Move, from before: Text) {
        let event = Text("MIGRATED")
        let entry = CaseRecord.HistoryEntry(
            at: now, event: event, from: before, to: stateText(), because: move.place,
            result: .migrated)
        guard move.enters else {
            record.history.append(entry)
            if !(before == entry.to) { announceState(event) }
            if workflow.semantics == .docket { settleWithoutEvent(event) }
            return
        }
        var environment = guardEnvironment(event: event)
        do throws(ChartError) {
            let step = try runner.start(
                workflow.chart, at: &record.configuration, entering: record.configuration,
                context: record.context, environment: &environment, in: arena)
            record.context = step.context
            record.history.append(entry)
            apply(step, event: event, from: before, isEntry: true)
        } catch { fail(error) }
    }
}
