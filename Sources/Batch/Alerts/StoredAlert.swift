import Alerting
import Casework
import Definitions
import Documents

/// An alert as it stands on the ledger: `alerts/<rule>/<2 hex>/<id>.json`, with the row that was found
/// beside it in `.data.json`, as rows hold what rules select.
struct StoredAlert {
    /// One thing that happened to it.
    struct Change {
        var at: String
        var event: String
        var from: String
        var to: String
        var by: String?
        var result: String
    }

    var alert: Alert
    /// Which of the alerts with its rule and subject, from 1.
    var number: Int
    /// `rules/alerts.yaml#R`.
    var place: String
    /// The workflow of the case it opens.
    var opens: String?
    /// That case, where a run opened it by itself.
    var caseID: CaseID?
    /// Event files dealt with, in order.
    var events: [(file: String, blob: String)] = []
    var history: [Change] = []

    /// Names an alert by rule, project, subjects and number: the same in every replay.
    static func id(
        _ rule: String, _ project: String, _ subjects: [Alert.Subject], _ number: Int
    ) -> String {
        let parts =
            [rule, project] + subjects.flatMap { [$0.field, $0.value] } + ["\(number)"]
        let text = parts.map(escaped).joined(separator: "\n")
        return String(Digest(of: text).hexadecimal.prefix(40))
    }

    /// Line ends part the names: none in a value may make it look like others.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// Subjects as they may stand in a file without personal data: ids as they are, of anything else
    /// a digest.
    static func shown(_ subjects: [Alert.Subject]) -> [Alert.Subject] {
        subjects.map { subject in
            let isID =
                ["case", "id", "cardBrand"].contains(subject.field)
                || subject.field.hasSuffix("Id")
            if isID, looksLikeID(subject.value) { return subject }
            let digest = Digest(of: subject.value).hexadecimal.prefix(16)
            return Alert.Subject(field: subject.field, value: "sha256:\(digest)")
        }
    }

    /// Whether a text is made as identifiers are: a name with spaces or a mail address is not.
    private static func looksLikeID(_ text: String) -> Bool {
        text.utf8.count <= 200
            && text.utf8.allSatisfy { byte in
                (byte >= 0x2A && byte <= 0x3A) && byte != 0x2C
                    || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F
            }
    }

    // MARK: Writing

    /// The canonical file.
    var bytes: [UInt8] {
        let arena = Arena()
        let subject = arena.object(
            alert.subjects.map { Member(arena.key($0.field), arena.string($0.value)) })
        let events = self.events.map { event in
            arena.object(["file": arena.string(event.file), "blob": arena.string(event.blob)])
        }
        let history = self.history.map { change in
            arena.object([
                "at": arena.string(change.at), "event": arena.string(change.event),
                "from": arena.string(change.from), "to": arena.string(change.to),
                "by": change.by.map { arena.string($0) }, "result": arena.string(change.result),
            ])
        }
        var json = JSONWriter(.indented)
        json.write(
            arena.object([
                "format": .integer(1), "alert": arena.string(alert.id),
                "rule": arena.string(alert.rule), "place": arena.string(place),
                "project": arena.string(alert.project), "subject": subject,
                "number": .integer(number), "severity": arena.string(alert.severity.rawValue),
                "state": arena.string(alert.state.rawValue),
                "status": arena.string(alert.state.status.rawValue),
                "created": arena.string(alert.createdAt.description),
                "updated": arena.string(alert.updatedAt.description),
                "assignee": alert.assignee.map { arena.string($0) },
                "row": arena.string(alert.hash), "opens": opens.map { arena.string($0) },
                "case": caseID.map { arena.string($0.path) },
                "events": arena.array(events), "history": arena.array(history),
            ]))
        json.endLine()
        return json.bytes
    }

    /// The row's file.
    var dataBytes: [UInt8] {
        let arena = Arena()
        var json = JSONWriter(.indented)
        json.write(
            arena.object([
                "format": .integer(1), "alert": arena.string(alert.id),
                "row": row(in: arena),
            ]))
        json.endLine()
        return json.bytes
    }

    /// The row that was found, of an alert of this run.
    func row(in arena: Arena) -> Value {
        var parser = JSONParser()
        return (try? parser.parse(arena.text(alert.row).bytes, into: arena)) ?? .null
    }

    // MARK: Reading

    /// Nil when the bytes are no alert of this format.
    init?(reading bytes: [UInt8]) {
        let arena = Arena()
        var parser = JSONParser()
        guard let value = try? parser.parse(bytes, into: arena), value["format"]?.integer == 1,
            let id = value["alert"]?.string, let rule = value["rule"]?.string,
            let state = value["state"]?.string.flatMap({ AlertState(rawValue: $0) }),
            let created = value["created"]?.string.flatMap({ Instant(parsing: $0) })
        else { return nil }
        alert = Alert(
            id: id, rule: rule, project: value["project"]?.string ?? "",
            subjects: value["subject"]?.members?.map {
                Alert.Subject(field: String($0.key), value: $0.value.string ?? "")
            } ?? [],
            severity: value["severity"]?.string.flatMap { AlertSeverity(rawValue: $0) } ?? .low,
            at: created, row: "", hash: value["row"]?.string ?? "")
        alert.state = state
        alert.updatedAt =
            value["updated"]?.string.flatMap { Instant(parsing: $0) } ?? created
        alert.assignee = value["assignee"]?.string
        number = value["number"]?.integer ?? 1
        place = value["place"]?.string ?? ""
        opens = value["opens"]?.string
        caseID = value["case"]?.string.flatMap { CaseID($0) }
        events =
            value["events"]?.array?.map { ($0["file"]?.string ?? "", $0["blob"]?.string ?? "") }
            ?? []
        history =
            value["history"]?.array?.map { entry in
                Change(
                    at: entry["at"]?.string ?? "", event: entry["event"]?.string ?? "",
                    from: entry["from"]?.string ?? "", to: entry["to"]?.string ?? "",
                    by: entry["by"]?.string, result: entry["result"]?.string ?? "")
            } ?? []
    }

    init(_ alert: Alert, number: Int, place: String, opens: String?) {
        self.alert = alert
        self.number = number
        self.place = place
        self.opens = opens
    }
}

extension LedgerPath {
    static func alert(_ rule: String, _ id: String) -> String {
        "alerts/\(rule)/\(id.prefix(2))/\(id).json"
    }

    static func alertData(_ rule: String, _ id: String) -> String {
        "alerts/\(rule)/\(id.prefix(2))/\(id).data.json"
    }
}
