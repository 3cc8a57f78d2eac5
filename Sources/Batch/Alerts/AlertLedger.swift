import Alerting
public import Casework
import Definitions
public import Documents
public import GitStorage

/// An alert in a listing.
public struct AlertEntry: Sendable {
    /// The alert's id.
    public var id: String
    /// Its rule's id.
    public var rule: String
    /// low, medium, high or critical.
    public var severity: String
    /// Where it stands.
    public var state: String
    /// new, pending or completed.
    public var status: String
    /// Whom it is about: `field value`, joined by commas.
    public var subject: String
    /// When it was made.
    public var created: String
    /// Who looks after it.
    public var assignee: String?
    /// The workflow of the case it opens.
    public var opens: String?
    /// That case, where a run opened it by itself.
    public var caseID: CaseID?
    /// The file on the ledger.
    public var path: String
}

extension Ledger {
    /// Calls `body` with each alert in the order of the ledger's paths, until it returns false.
    ///
    /// - Parameters:
    ///   - rule: only those of this rule.
    ///   - prefix: only those whose id begins so.
    public func forEachAlert(
        of rule: String? = nil, beginning prefix: String = "", _ body: (AlertEntry) -> Bool
    ) throws(GitError) {
        let path = rule.map { "alerts/\($0)" } ?? "alerts"
        guard let entry = try repository.entry(at: Array(path.utf8), in: root), entry.kind == .tree
        else { return }
        var walker = try TreeWalker(TreeID(entry.id), in: repository)
        while let found = try walker.next() {
            let name = found.text
            let file = name.split(separator: "/").last ?? ""
            guard found.kind == .file, file.hasPrefix(prefix), name.hasSuffix(".json"),
                !name.hasSuffix(".data.json"),
                let stored = StoredAlert(
                    reading: try repository.blob(BlobID(found.id), limitBytes: 1 << 24))
            else { continue }
            if !body(Self.entry(stored, "\(path)/\(name)")) { return }
        }
    }

    private static func entry(_ stored: StoredAlert, _ path: String) -> AlertEntry {
        let alert = stored.alert
        return AlertEntry(
            id: alert.id, rule: alert.rule, severity: alert.severity.rawValue,
            state: alert.state.rawValue, status: alert.state.status.rawValue,
            subject: alert.subjects.map { "\($0.field) \($0.value)" }.joined(separator: ", "),
            created: alert.createdAt.description, assignee: alert.assignee, opens: stored.opens,
            caseID: stored.caseID, path: path)
    }

    /// The alerts whose id begins so.
    public func alerts(beginning prefix: String) throws(GitError) -> [AlertEntry] {
        var result: [AlertEntry] = []
        try forEachAlert(beginning: prefix) { entry in
            result.append(entry)
            return true
        }
        return result
    }

    /// Whether there is a file.
    func has(_ path: String) throws(GitError) -> Bool {
        try repository.entry(at: Array(path.utf8), in: root)?.kind == .file
    }

    /// The file of an alert, or the row beside it.
    public func alertFile(_ entry: AlertEntry, row: Bool = false) throws(GitError) -> File? {
        let path = row ? String(entry.path.dropLast(5)) + ".data.json" : entry.path
        guard let found = try repository.entry(at: Array(path.utf8), in: root), found.kind == .file
        else { return nil }
        return File(
            path: path, bytes: try repository.blob(BlobID(found.id), limitBytes: 1 << 24))
    }
}

/// A new event of an alert, written into the work tree for a person to commit.
public struct AlertEventFile: Sendable {
    /// The alert.
    public var alert: AlertEntry
    /// A state, or `assign`.
    public var type: String
    /// Who.
    public var by: String?
    /// Why.
    public var reason: String?
    /// Of `assign`: to whom; nil is nobody.
    public var assignee: String?
    /// When: the file is named by it.
    public var at: Instant

    /// An event.
    public init(_ alert: AlertEntry, type: String, at: Instant) {
        self.alert = alert
        self.type = type
        self.at = at
    }

    /// Whether there is such a decision.
    public static func isDecision(_ text: String) -> Bool { AlertState(rawValue: text) != nil }

    /// The decisions there are.
    public static let decisions = AlertState.allCases.map(\.rawValue)

    /// Writes the file and returns its path below the work tree.
    public func write(
        in workTree: String, random: (UInt64, UInt64)
    ) throws(EventFileError) -> String {
        guard let id = CaseID("alerts/\(alert.rule)") else {
            throw EventFileError(description: "the rule '\(alert.rule)' names no directory")
        }
        var event = EventFile(
            id, type: type, kind: type == "assign" ? .submission : .decision, at: at)
        event.by = by
        event.reason = reason
        if type == "assign" {
            event.payload = Document { arena in
                arena.object(["assignee": assignee.map { arena.string($0) } ?? .null])
            }
        } else {
            event.expects = (1, alert.state)
        }
        let directory = "alerts/\(alert.rule)/\(alert.id).events"
        try SafeFiles.makeDirectories(directory, in: workTree)
        let path = "\(directory)/\(event.name(random)).yaml"
        try SafeFiles.create("\(workTree)/\(path)", event.content)
        return path
    }

    /// Writes the case that the alert opens, unless its file is there: `cases/alerts/<rule>/<id>.yaml`.
    ///
    /// - Returns: the path, or nil when it is there.
    public static func openCase(
        of alert: AlertEntry, row: Document, in workTree: String
    ) throws(EventFileError) -> String? {
        let directory = "cases/alerts/\(alert.rule)"
        let path = "\(directory)/\(alert.id).yaml"
        guard let workflow = alert.opens, !SafeFiles.isFile("\(workTree)/\(path)") else {
            return nil
        }
        let arena = Arena()
        let text = YAMLWriter.file(
            AlertCase.value(
                workflow, alert: alert.id, rule: alert.rule, severity: alert.severity,
                created: alert.created, row: row.root, in: arena))
        try SafeFiles.makeDirectories(directory, in: workTree)
        try SafeFiles.create("\(workTree)/\(path)", text)
        return path
    }
}
