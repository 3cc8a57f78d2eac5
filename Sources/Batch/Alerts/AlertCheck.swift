import Alerting
import Definitions
import Documents
import GitStorage

/// What can be said of alerts before a run: that queries compile, and that transactions can be read.
enum AlertCheck {
    /// Findings in the queries of alert rules.
    static func findings(_ catalog: Catalog) -> [Finding] {
        catalog.alertRules.compactMap { rule in
            guard case .query(let query) = rule.work, let problem = TransactionStore.check(query)
            else { return nil }
            return Finding(
                "AL013", .error, "the query of '\(rule.id)': \(problem.message)", file: rule.file,
                at: rule.queryPosition)
        }
    }

    /// Findings in `transactions/` and `counterparties/`.
    static func findings(
        _ root: TreeID, in files: any SourceFiles
    ) throws(GitError) -> [Finding] {
        guard try files.entry(at: Array("transactions".utf8), in: root) != nil else { return [] }
        return try TransactionSource(files, root)
            .load([], now: Instant(milliseconds: 0)).findings
    }
}
