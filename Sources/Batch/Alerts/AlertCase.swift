import Alerting
import Casework
import Definitions
import Documents
import GitStorage

/// The case that a run opens for an alert. It has no file in the source: its input is made of the
/// alert and its row, which stand on the ledger.
struct AlertCase: Sendable {
    let alert: AlertLink
    let id: CaseID
    /// The case, as a file would say it.
    let content: [UInt8]

    /// The row's file on the ledger.
    var path: String { LedgerPath.alertData(alert.rule, alert.id) }

    /// Nil when no case is opened for the alert.
    init?(_ stored: StoredAlert, row: Value, in arena: Arena) {
        guard let workflow = stored.opens, let id = stored.caseID else { return nil }
        let alert = stored.alert
        self.alert = AlertLink(rule: alert.rule, id: alert.id)
        self.id = id
        content = JSONWriter.canonicalFile(
            Self.value(
                workflow, alert: alert.id, rule: alert.rule, severity: alert.severity.rawValue,
                created: alert.createdAt.description, row: row, in: arena))
    }

    /// The case that an earlier run opened; nil when it opened none with this id.
    init?(_ id: CaseID, on ledger: LedgerState) throws(GitError) {
        guard let alert = AlertLink(caseID: id),
            let bytes = try ledger.file(LedgerPath.alert(alert.rule, alert.id)),
            let stored = StoredAlert(reading: bytes), stored.caseID == id,
            let data = try ledger.file(LedgerPath.alertData(alert.rule, alert.id))
        else { return nil }
        let arena = Arena()
        var parser = JSONParser()
        guard let row = try? parser.parse(data, into: arena)["row"] else { return nil }
        self.init(stored, row: row, in: arena)
    }

    /// What stands in a case file of an alert.
    static func value(
        _ workflow: String, alert: String, rule: String, severity: String, created: String,
        row: Value, in arena: Arena
    ) -> Value {
        arena.object([
            "workflow": arena.string(workflow),
            "context": arena.object([
                "entity": arena.object([
                    "type": .string("alert"), "id": arena.string(alert),
                    "data": arena.object([
                        "rule": arena.string(rule), "severity": arena.string(severity),
                        "created": arena.string(created), "row": row,
                    ]),
                ]),
                "documents": .emptyArray,
            ]),
        ])
    }
}
