import Alerting
import Casework
import Definitions
import Documents
import GitStorage

/// The files of alerts, and messages about new ones.
extension AlertRun {
    mutating func write() throws(GitError) {
        for (path, isNew) in changed.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            guard let stored = alerts[path] else { continue }
            try add(path, stored.bytes)
            if isNew {
                try add(
                    LedgerPath.alertData(stored.alert.rule, stored.alert.id), stored.dataBytes)
            }
        }
        let subscriptions = catalog.settings.subscriptions.filter {
            $0.includes(AlertMessage.event)
        }
        for path in fresh {
            guard let stored = alerts[path] else { continue }
            for subscription in subscriptions { try send(stored, subscription) }
        }
    }

    private mutating func send(
        _ stored: StoredAlert, _ subscription: Subscription
    ) throws(GitError) {
        let arena = Arena()
        let alert = stored.alert
        let subject = arena.object(
            alert.subjects.map { Member(arena.key($0.field), arena.string($0.value)) })
        var body = [
            Member("alertId", arena.string(alert.id)), Member("ruleId", arena.string(alert.rule)),
            Member("projectId", arena.string(alert.project)),
            Member("severity", arena.string(alert.severity.rawValue)),
            Member("state", arena.string(alert.state.rawValue)),
            Member("status", arena.string(alert.state.status.rawValue)),
            Member("subject", subject), Member("executionRow", stored.row(in: arena)),
        ]
        if let id = stored.caseID { body.append(Member("caseId", arena.string(id.path))) }
        let (id, bytes) = AlertMessage.file(
            of: alert.id, to: subscription, body: body, at: now, in: arena)
        try add(LedgerPath.message(id), bytes)
        report.messages += 1
    }

    private mutating func add(_ path: String, _ bytes: [UInt8]) throws(GitError) {
        let object = try PackObject.make(.blob, bytes)
        try pack?.add(object)
        report.writes.append(TreeChange(try RepositoryPath(path), .write(object.blob)))
    }
}
