public import Documents

/// The pending delayed events of one chart: what a record's timers are while a case runs.
///
/// Time is the caller's: nothing here reads a clock.
public struct Timers: Sendable {
    /// A delayed event and when it is due.
    public struct Entry: Sendable {
        /// The event.
        public var event: DelayedEvent
        /// When it is due.
        public var due: Instant
    }

    /// What is pending: by due time, then as scheduled.
    public private(set) var entries: [Entry] = []

    /// No timers.
    public init() {}

    /// Applies the changes of a step in order.
    ///
    /// - Parameters:
    ///   - changes: ``ChartRunner/timers`` after the step.
    ///   - time: when the step was taken; of a step that a timer caused, when that was due.
    public mutating func apply(_ changes: [TimerChange], at time: Instant) {
        for change in changes {
            switch change {
            case .scheduled(let event):
                insert(
                    Entry(
                        event: event, due: time.advanced(byMilliseconds: event.delayMilliseconds)))
            case .cancelled(let id): entries.removeAll { $0.event.id == id }
            }
        }
    }

    /// Puts an entry of a record back.
    public mutating func insert(_ entry: Entry) {
        let at = entries.firstIndex { $0.due > entry.due } ?? entries.endIndex
        entries.insert(entry, at: at)
    }

    /// Takes the first entry that is due by a time; nil when none is.
    public mutating func popDue(by time: Instant) -> Entry? {
        guard let first = entries.first, first.due <= time else { return nil }
        return entries.removeFirst()
    }
}
