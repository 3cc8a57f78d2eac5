import Documents
import GitStorage

/// A run on the ledger, as it is done again: its inputs and what came of them.
struct Replayed {
    let commit: CommitID
    let tree: TreeID
    let source: CommitID
    let ledger: LedgerState
    let clock: Instant
    let select: String?
    let migrate: String?
    let engine: String?

    /// Nil when the revision is no run.
    init?(_ revision: String, in repository: Repository) throws(GitError) {
        commit = try repository.resolve(revision)
        let made = try repository.commit(commit)
        guard made.parents.count == 2 else { return nil }
        let state = try LedgerState(at: commit, in: repository)
        guard let clock = state.lastClock else { return nil }
        tree = made.tree
        source = made.parents[1]
        ledger = try LedgerState(at: made.parents[0], in: repository)
        self.clock = clock
        select = state.lastSelect
        migrate = state.lastMigrate
        engine = made.message.split(separator: "\n").last { $0.hasPrefix("Docket-Engine: ") }
            .map { String($0.dropFirst(15)) }
    }
}

extension BatchRun {
    /// How the outcome of a replay differs from the commit.
    func compare(
        _ replayed: Replayed, _ changes: [TreeChange], to base: TreeID?, _ repository: Repository
    ) throws(GitError) -> ReplayReport {
        let made = try TreeEditor.apply(changes, to: base, in: repository).root
        var report = ReplayReport(
            commit: replayed.commit, expected: replayed.tree, made: made, engine: replayed.engine,
            differences: [])
        guard !report.isSame else { return report }
        var differences: Set<String> = []
        var touched: Set<String> = []
        for change in changes {
            let path = change.path.description
            touched.insert(path)
            let there = try repository.entry(at: Array(path.utf8), in: replayed.tree)
            switch change.action {
            case .remove: if there != nil { differences.insert(path) }
            case .write(let blob): if there?.id != blob.object { differences.insert(path) }
            }
        }
        try collect(base, replayed.tree, "", repository) {
            if !touched.contains($0) { differences.insert($0) }
        }
        report.differences = Array(
            differences.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(1000))
        return report
    }

    /// The files that differ between two trees.
    private func collect(
        _ old: TreeID?, _ new: TreeID, _ path: String, _ repository: Repository,
        _ body: (String) -> Void
    ) throws(GitError) {
        guard old != new else { return }
        let before = try old.map { id throws(GitError) in try repository.tree(id) }
        let after = try repository.tree(new)
        for entry in after {
            let there = before?.entry(named: entry.name)
            if there?.id == entry.id { continue }
            if entry.kind == .tree {
                let below = there.flatMap { $0.kind == .tree ? TreeID($0.id) : nil }
                try collect(below, TreeID(entry.id), path + entry.text + "/", repository, body)
            } else {
                body(path + entry.text)
            }
        }
        for entry in before.map({ Array($0) }) ?? [] where after.entry(named: entry.name) == nil {
            body(path + entry.text)
        }
    }
}
