public import Definitions
public import Documents

/// What a case knows of one monitor of its workflow.
public struct MonitorStanding: Sendable {
    /// The monitor.
    public var name: Text
    /// Digest of the result found last, in hexadecimal.
    public var result: Text?
    /// The clock of the run that found this result first.
    public var at: Instant?
    /// When its period is over.
    public var due: Instant?
    /// Why it has to look again: it looked for this and came to nothing.
    public var pending: Monitor.Trigger?

    var isEmpty: Bool { result == nil && at == nil && due == nil && pending == nil }
}

/// One look of a monitor at a case, for the run's counts.
public struct MonitorRun: Sendable {
    /// What came of it.
    public enum Outcome: Sendable {
        /// Another result.
        case changed
        /// The same.
        case unchanged
        /// A vendor has no answer now.
        case waiting
        /// It could not be made out.
        case failed
    }

    /// The monitor.
    public var name: Text
    /// Why it looked.
    public var trigger: Monitor.Trigger
    /// What came of it.
    public var outcome: Outcome
    /// Whether it opened the next episode of a finished case.
    public var reopened: Bool
}

/// What changed in the source that monitors wait for.
public enum MonitorOccasion: Sendable {
    /// Nothing.
    case none
    /// These lists and rule files.
    case changed(lists: Set<String>, rules: Set<String>)
    /// Unknown: the case could not be looked at for a while.
    case anything
}

extension CaseRecord {
    /// Whether a monitor has to look again.
    public var hasPendingMonitor: Bool { monitors.contains { $0.pending != nil } }

    /// What is known of the monitors, as a record has it.
    static func monitors(of record: Value) -> [MonitorStanding] {
        guard let members = record["monitors"]?.members else { return [] }
        return members.map { member in
            let value = member.value
            return MonitorStanding(
                name: member.key, result: value["result"]?.text,
                at: value["at"]?.string.flatMap { Instant(parsing: $0) },
                due: value["due"]?.string.flatMap { Instant(parsing: $0) },
                pending: value["pending"]?.string.flatMap { Monitor.Trigger(rawValue: $0) })
        }
    }
}
