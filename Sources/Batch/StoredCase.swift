import Casework
import Definitions
import Documents

/// A case's files on the ledger.
struct StoredCase {
    var record: Value
    var recordBytes: [UInt8]
    var data: Value?
    var dataBytes: [UInt8]?

    /// Whether it ever got past its first events.
    var isStarted: Bool { record["started"]?.bool != false && record["state"] != nil }
    var input: String? { record["input"]?.string }
    var stateName: String? { record["state"].map { StateName.text(of: $0) } }
    var fault: Value? { record["fault"] }
    var isWithdrawn: Bool { record["status"]?.text.map { $0 == "withdrawn" } ?? false }
    /// The clock of the run that withdrew it.
    var withdrawnAt: String? {
        guard isWithdrawn else { return nil }
        let entry = record["history"]?.array?.last { $0["event"]?.text == Text("WITHDRAWN") }
        return entry?["at"]?.string
    }
    var isFailed: Bool { record["status"]?.text.map { $0 == "failed" } ?? false }
    /// Whether a monitor of it came to nothing last time.
    var hasPendingMonitor: Bool {
        record["monitors"]?.members?.contains { $0.value["pending"] != nil } ?? false
    }
    var isWaiting: Bool { record["waitingFor"] != nil }

    func hasTimer(dueBy now: Instant) -> Bool {
        CaseWorker.dueTimes(record).contains { $0 <= now }
    }

    var standing: CaseResult.Standing {
        CaseResult.Standing(
            workflow: record["workflow"]?.string ?? "",
            outcome: record["outcome"]?.string ?? "",
            level: record["risk"]?["level"]?.string)
    }
}
