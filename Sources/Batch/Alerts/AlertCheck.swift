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
        var transactions = TransactionSource(files, root)
        return try transactions.load([], now: Instant(milliseconds: 0)).findings
    }

    /// Events without an alert.
    static func noAlert(_ directory: AlertEventScan.Directory) -> Finding {
        Finding(
            "AL012", .error,
            "the ledger has no alert '\(directory.alert)' of the rule '\(directory.rule)'; its events "
                + "wait for one", file: directory.path)
    }

    /// Events of a rule that there is not, or not any more.
    static func noRule(_ directory: AlertEventScan.Directory) -> Finding {
        Finding(
            "AL012", .warning,
            "there is no alert rule '\(directory.rule)'; a rule that is done with stays, with "
                + "'enabled: false'", file: directory.path)
    }
}
