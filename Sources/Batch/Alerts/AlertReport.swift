public import Documents
import GitStorage

/// What alert rules came to in a run.
public struct AlertReport: Sendable {
    /// One rule.
    public struct Rule: Sendable, Equatable {
        /// The rule's id.
        public var id: String
        /// Rows found.
        public var rows = 0
        /// Of these, new alerts.
        public var raised = 0
        /// Rows that an alert there is already stands for.
        public var repeated = 0
        /// Rows that name no subject.
        public var rejected = 0
    }

    /// Rules that were evaluated, in the order of their files.
    public var rules: [Rule] = []
    /// Transactions read; 0 when nothing had to be read.
    public var transactions = 0
    /// Rows of files left out.
    public var faultyRows = 0
    /// Event files applied to alerts.
    public var decided = 0
    /// Event files that were refused.
    public var refused = 0
    /// Alerts that are not completed, on the whole ledger.
    public var open = 0
    /// Cases opened for new alerts.
    public var opened = 0
    /// Messages for the outbox.
    public var messages = 0
    /// Rules that could not be evaluated, and why.
    public var faults: [Finding] = []
    /// Whether a fault or a faulty row was not there in the last run.
    public var hasNewFaults = false
    /// Findings in transactions and events.
    public var findings: [Finding] = []

    /// New alerts of all rules.
    public var raised: Int { rules.reduce(0) { $0 + $1.raised } }
    /// Rows that alerts there are stand for.
    public var repeated: Int { rules.reduce(0) { $0 + $1.repeated } }

    var coverage = AlertCoverage()
    var writes: [TreeChange] = []
}

/// What alert rules looked at last: when nothing of it changed, nothing is read.
struct AlertCoverage: Equatable {
    /// The trees.
    var transactions = ""
    var counterparties = ""
    /// A digest of the rules over transactions.
    var rules = ""
    /// A digest of the rules over cases, with the day where one of them reads the clock.
    var cases = ""
    /// The day there, of every zone that a rule has.
    var days = ""
    /// The clock from which the answer may be another although nothing changed.
    var next: Instant?

    init() {}

    init(_ value: Value?) {
        transactions = value?["transactions"]?.string ?? ""
        counterparties = value?["counterparties"]?.string ?? ""
        rules = value?["rules"]?.string ?? ""
        cases = value?["cases"]?.string ?? ""
        days = value?["days"]?.string ?? ""
        next = value?["next"]?.string.flatMap { Instant(parsing: $0) }
    }

    /// Whether rules over transactions see the same.
    func isSame(as other: AlertCoverage) -> Bool {
        transactions == other.transactions && counterparties == other.counterparties
            && rules == other.rules && days == other.days
    }
}

extension AlertReport {
    /// What stands in the manifest.
    func value(in arena: Arena) -> Value {
        arena.object([
            "covered": arena.object([
                "transactions": arena.string(coverage.transactions),
                "counterparties": arena.string(coverage.counterparties),
                "rules": arena.string(coverage.rules), "cases": arena.string(coverage.cases),
                "days": arena.string(coverage.days),
                "next": coverage.next.map { arena.string($0.description) },
            ]),
            "transactions": .integer(transactions), "faultyRows": .integer(faultyRows),
            "decided": .integer(decided), "refused": .integer(refused), "opened": .integer(opened),
            "open": .integer(open),
            "rules": arena.array(
                rules.map { rule in
                    arena.object([
                        "rule": arena.string(rule.id), "rows": .integer(rule.rows),
                        "raised": .integer(rule.raised), "repeated": .integer(rule.repeated),
                        "rejected": .integer(rule.rejected),
                    ])
                }),
            "failed": arena.array(
                faults.map { fault in
                    arena.object([
                        "place": arena.string(fault.file), "code": arena.string(fault.code),
                    ])
                }),
        ])
    }
}
