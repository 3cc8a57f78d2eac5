public import Documents
public import RiskRules

/// An alert rule as read from an `alerts:` list.
public struct AlertRule: Sendable {
    /// What a rule looks at.
    public enum Work: Sendable {
        /// Transactions, or merchant reports, by a function of Ballerine's.
        case function(AlertFunction)
        /// A function that there is not; evaluating it is an error.
        case unknown(String)
        /// Transactions, by a query of one's own.
        case query(AlertQuery)
        /// Cases: their record and data.
        case cases(AlertCaseCondition)
    }

    /// Unique among all files of rules.
    public var id: String
    /// The file.
    public var file = ""
    /// `rules/alerts.yaml:12`.
    public var location = ""
    /// Where its query stands, of a rule with one.
    public var queryPosition: Position?
    /// For people.
    public var description = ""
    /// Whether runs evaluate it.
    public var isEnabled = true
    /// Of the alerts made.
    public var severity = AlertSeverity.medium
    /// What it looks at.
    public var work: Work
    /// Fields of a row that say whom the alert is about.
    public var subjects: [String] = []
    /// The function's options, in the arena of the catalog.
    public var options = Value.emptyObject
    /// Nil: never a repetition.
    public var dedupe: AlertDedupe? = AlertDedupe()
    /// Whether upstream's rows are kept, fault by fault.
    public var semantics = Semantics.docket
    /// Whose transactions it sees; nil is the default project.
    public var projectID: String?
    /// Minutes east of UTC at which its days begin.
    public var offsetMinutes = 0
    /// The workflow of the case that an alert opens.
    public var opens: String?
    /// Whether a run opens that case itself.
    public var opensByItself = false

    /// A rule.
    public init(id: String, work: Work) {
        self.id = id
        self.work = work
    }

    /// What it is known by: `rules/alerts.yaml#PAY_HCA_CC`.
    public var reference: String { "\(file)#\(id)" }
}

/// A query of one's own over `transactions` and `counterparties`.
public struct AlertQuery: Sendable {
    /// One SELECT with an ORDER BY.
    public var sql: String
    /// The names of its result's columns, in order.
    public var columns: [String]
    /// Rows past this are an error.
    public var rowLimit: Int

    /// A query.
    public init(sql: String, columns: [String], rowLimit: Int = 10_000) {
        self.sql = sql
        self.columns = columns
        self.rowLimit = rowLimit
    }
}

/// An alert over cases: which, and what holds of them.
public struct AlertCaseCondition: Sendable {
    /// Workflows concerned; empty is all.
    public var workflows: [String]
    /// Over `{case, workflow, state, status, outcome, risk, context}`; nil always holds.
    public var condition: Condition?
    /// The condition as written, on one line.
    public var text: String
    /// A digest of the rule files, lists and tables that the condition names, in hexadecimal.
    public var uses: String

    /// A condition.
    public init(
        workflows: [String], condition: Condition?, text: String = "", uses: String = ""
    ) {
        self.workflows = workflows
        self.condition = condition
        self.text = text
        self.uses = uses
    }

    /// Whether it may hold on another day although nothing changed.
    public var readsClock: Bool { condition?.readsClock ?? false }
}

extension Condition {
    /// Rule sets compare dates with the run's clock; nothing else knows it.
    fileprivate var readsClock: Bool {
        switch self {
        case .ruleSet: true
        case .group(let group): group.members.contains { $0.readsClock }
        case .jsonLogic, .jmesPath, .table, .score: false
        }
    }
}
