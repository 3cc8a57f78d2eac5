import Casework
import Definitions
import Documents
import GitStorage

/// What changed since the source that was looked at last, and monitors of cases at rest wait for:
/// lists, rules, and monitors themselves.
///
/// Only when there is something the ledger's records are gone through for cases of the workflows
/// concerned (see `docs/decisions/monitored-cases.md`).
struct SourceChanges: Sendable {
    /// Paths of lists with other bytes, new and removed ones too.
    private(set) var lists: Set<String> = []
    /// Paths of rule files with other values: comments do not count.
    private(set) var rules: Set<String> = []
    /// Workflows with a case at rest that has to be looked at, in the catalog's order.
    private(set) var workflows: [Workflow] = []

    /// - Parameters:
    ///   - base: the source as it was looked at last; nil: not known, so that everything changed.
    ///   - source: the source tree now.
    init(
        from base: TreeID?, to source: TreeID, _ catalog: Catalog, in repository: Repository
    ) throws(GitError) {
        guard catalog.workflows.contains(where: { !$0.monitors.isEmpty }), base != source else {
            return
        }
        try compareLists(base, source, catalog, repository)
        var watched: Set<String> = []
        for workflow in catalog.workflows {
            for monitor in workflow.monitors { watched.formUnion(monitor.rules) }
        }
        for path in watched where try Self.differ(path, base, source, repository, { $0 }) {
            rules.insert(path)
        }
        for workflow in catalog.workflows where !workflow.monitors.isEmpty {
            let isConcerned = workflow.monitors.contains { monitor in
                lists.contains { monitor.concerns(list: $0) }
                    || rules.contains { monitor.concerns(rules: $0) }
            }
            // A period that is new or shorter has to stand in the records.
            let isTimed = workflow.monitors.contains { $0.periodMilliseconds != nil }
            if isConcerned {
                workflows.append(workflow)
            } else if isTimed,
                try Self.differ(workflow.file, base, source, repository, { $0["monitors"] })
            {
                workflows.append(workflow)
            }
        }
    }

    /// Whether anything changed for a workflow.
    func concern(_ workflow: Text) -> Bool { workflows.contains { $0.idText == workflow } }

    private mutating func compareLists(
        _ base: TreeID?, _ source: TreeID, _ catalog: Catalog, _ repository: Repository
    ) throws(GitError) {
        guard let base else {
            lists = Set(catalog.lists.map(\.path))
            return
        }
        let before = try repository.entry(at: Array("lists".utf8), in: base)
        let after = try repository.entry(at: Array("lists".utf8), in: source)
        if before?.id == after?.id { return }
        let old = Set(try SourceCatalog.loadLists(base, in: repository).lists)
        // Of a list with another content both entries differ.
        lists = Set(old.symmetricDifference(catalog.lists).map(\.path))
    }

    /// Whether a file, or a part of it, has another value.
    private static func differ(
        _ path: String, _ base: TreeID?, _ source: TreeID, _ repository: Repository,
        _ part: (Value) -> Value?
    ) throws(GitError) -> Bool {
        guard let base else { return true }
        let before = try repository.entry(at: Array(path.utf8), in: base)
        let after = try repository.entry(at: Array(path.utf8), in: source)
        if before?.id == after?.id { return false }
        guard let before, let after else { return true }
        let old = try canonical(before, path, repository, part)
        let new = try canonical(after, path, repository, part)
        return old == nil || old != new
    }

    private static func canonical(
        _ entry: TreeEntry, _ path: String, _ repository: Repository, _ part: (Value) -> Value?
    ) throws(GitError) -> [UInt8]? {
        guard entry.kind == .file || entry.kind == .executable else { return nil }
        let bytes = try repository.blob(BlobID(entry.id), limitBytes: 16 << 20)
        let source = bytes.withUnsafeBytes { Source.parse(path, $0) }.source
        return source.map { JSONWriter.canonicalFile(part($0.value) ?? $0.value) }
    }
}

extension RunContext {
    /// What a case's monitors have to know.
    func occasion(of planned: PlannedCase, _ stored: StoredCase?) -> MonitorOccasion {
        occasion(isMonitored: planned.isMonitored, stored)
    }

    /// What a case's monitors have to know.
    func occasion(isMonitored: Bool, _ stored: StoredCase?) -> MonitorOccasion {
        // One that had a fault or was withdrawn may have missed changes.
        if let stored, stored.isWithdrawn || stored.isFailed { return .anything }
        return isMonitored ? .changed(lists: changes.lists, rules: changes.rules) : .none
    }
}

extension Ledger {
    /// A case at rest that monitors have to look at.
    struct MonitoredCase {
        let place: CasePlace
        /// Of a child: the case that no other is the parent of.
        let root: String?
    }

    /// The cases at rest of the workflows that something changed for.
    func monitoredCases(_ changes: SourceChanges) throws(GitError) -> [MonitoredCase] {
        var found: [(place: CasePlace, parent: String?)] = []
        func isConcerned(_ record: Value) -> Bool {
            guard let workflow = record["workflow"]?.text, changes.concern(workflow),
                record["started"]?.bool != false, let status = record["status"]?.text
            else { return false }
            return !(status == "withdrawn") && !(status == "failed")
        }
        try forEachRecord(where: isConcerned) { place, record in
            found.append((place, record["parent"]?["case"]?.string))
            return true
        }
        var result: [MonitoredCase] = []
        for entry in found {
            result.append(
                MonitoredCase(
                    place: entry.place,
                    root: try entry.parent.map { id throws(GitError) in try root(of: id) }))
        }
        return result
    }
}
