import Statecharts

/// What a case falls back to when a step fails: its record, and how much had been put out.
///
/// What every step changes (the active states, visits, history) is kept apart from the copy of the
/// record, in memory of its own or as a count. A copy shared with the record would have to be copied
/// again by the step's first change.
struct Checkpoint {
    private var record: CaseRecord?
    private var configuration = Configuration()
    private var visits: [Int] = []
    private var history = 0
    private var messages = 0
    private var decisions = 0
    private var childSets = 0
    private var reports = 0
    private var dispatched = 0

    init() {}

    /// Notes where a case stands.
    mutating func note(_ record: inout CaseRecord, _ output: CaseMachine.Output) {
        configuration.copy(record.configuration)
        visits.removeAll(keepingCapacity: true)
        visits.append(contentsOf: record.visits)
        history = record.history.count
        messages = output.messages.count
        decisions = output.decisions.count
        childSets = output.childSets.count
        reports = output.reports.count
        dispatched = output.dispatched.count
        var moved = Moved()
        moved.swap(with: &record)
        self.record = record
        moved.swap(with: &record)
    }

    /// Puts a case back where it stood.
    mutating func restore(_ record: inout CaseRecord, _ output: inout CaseMachine.Output) {
        guard let kept = self.record.take() else { return }
        var moved = Moved()
        moved.swap(with: &record)
        record = kept
        moved.swap(with: &record)
        record.configuration.copy(configuration)
        record.visits.removeAll(keepingCapacity: true)
        record.visits.append(contentsOf: visits)
        record.history.removeSubrange(min(history, record.history.count)...)
        output.messages.removeSubrange(messages...)
        output.decisions.removeSubrange(decisions...)
        output.childSets.removeSubrange(min(childSets, output.childSets.count)...)
        output.reports.removeSubrange(reports...)
        output.dispatched.removeSubrange(dispatched...)
    }

    mutating func clear() { record = nil }

    /// The parts of a record that a checkpoint does not share with it.
    private struct Moved {
        private var configuration = Configuration()
        private var visits: [Int] = []
        private var history: [CaseRecord.HistoryEntry] = []

        mutating func swap(with record: inout CaseRecord) {
            Swift.swap(&configuration, &record.configuration)
            Swift.swap(&visits, &record.visits)
            Swift.swap(&history, &record.history)
        }
    }
}

extension CaseMachine {
    /// Notes where the case stands now.
    mutating func noteCheckpoint() {
        checkpoint.note(&record, output)
        hasCheckpoint = true
    }

    /// Forgets the checkpoint: what was done since stands.
    mutating func dropCheckpoint() {
        checkpoint.clear()
        hasCheckpoint = false
    }

    /// Puts the case back to the checkpoint, if there is one.
    mutating func rollBack() {
        checkpoint.restore(&record, &output)
        hasCheckpoint = false
    }
}
