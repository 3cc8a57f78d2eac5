public import Definitions
public import Documents
internal import GRDB

/// One rule over the transactions of a store.
struct RuleEvaluation {
    let store: TransactionStore
    let rule: AlertRule
    let options: RuleOptions
    let clock: AlertClock
    /// The number of the project.
    let project: Int
    let arena: Arena

    /// Whether the rule does what its description says, and not what upstream's query does.
    var isNative: Bool { rule.semantics == .docket }

    /// Where the rule's window begins.
    func windowStart() throws(AlertError) -> Int {
        let (amount, unit) = try options.window()
        return try windowStart(amount, unit)
    }

    func windowStart(_ amount: Double, _ unit: String) throws(AlertError) -> Int {
        isNative
            ? try clock.nativeWindowStart(amount, unit).milliseconds
            : try clock.windowStart(amount, unit).milliseconds
    }

    /// A query over the project's transactions up to now.
    func query(from start: Int? = nil) -> TransactionQuery {
        var query = TransactionQuery()
        query.and("project = \(project)")
        if let start {
            query.and("date BETWEEN \(start) AND \(clock.now.milliseconds)")
        } else {
            query.and("date <= \(clock.now.milliseconds)")
        }
        return query
    }

    /// The index for a window, or for all history of a side.
    func table(windowed: Bool, _ other: TransactionIndex = .byBeneficiary) -> String {
        store.table(windowed ? .byDate : other)
    }

    /// `paymentMethods` with `excludePaymentMethods`.
    func filterMethods(_ query: inout TransactionQuery) {
        guard let methods = options.texts("paymentMethods"), !methods.isEmpty else { return }
        query.among("method", methods, not: options["excludePaymentMethods"]?.bool == true)
    }

    func text(_ string: String?) -> Value { string.map { arena.string($0) } ?? .null }

    /// The id of a counterparty by its number.
    static func id(_ column: String) -> String {
        "(SELECT id FROM counterparty WHERE n = \(column))"
    }

    /// What the rule finds.
    func rows(_ function: AlertFunction) throws(AlertError) -> [Value] {
        switch function {
        case .dynamicRules: try dynamicRules()
        case .typePercentage: try typePercentage()
        case .customersType: try customersType()
        case .average: try average()
        case .dormant: try dormant()
        case .velocity: try velocity()
        case .manyMerchants: try manyMerchants()
        case .merchantGroup: try merchantGroup()
        case .daily: try daily()
        case .merchantReport: throw Self.unknown(rule.id)
        }
    }

    static func unknown(_ id: String) -> AlertError {
        AlertError(.unknownFunction, "No evaluation function found for rule name: \(id)")
    }
}

extension TransactionStore {
    /// The project of transactions and rules that name none.
    public static let defaultProject = "default"

    /// What a rule finds among the transactions: rows, sorted by their text so that nothing depends on
    /// the order in which the database meets them.
    ///
    /// - Parameters:
    ///   - now: the run's clock; no other is read.
    ///   - project: whose transactions the rule sees.
    ///   - arena: holds the rows.
    /// - Throws: ``AlertError`` when the rule cannot be evaluated.
    public func rows(
        of rule: AlertRule, at now: Instant, project: String = TransactionStore.defaultProject,
        in arena: Arena
    ) throws(AlertError) -> [Value] {
        let clock = AlertClock(now: now, offsetMinutes: rule.offsetMinutes)
        var rows: [Value]
        switch rule.work {
        case .unknown: throw RuleEvaluation.unknown(rule.id)
        case .cases: return []
        case .query(let query):
            rows = try answer(query, clock: clock, project: project, in: arena)
        case .function(let function):
            if project.isEmpty, function != .typePercentage, function != .merchantReport {
                throw AlertError(.option, "projectId is required")
            }
            let evaluation = RuleEvaluation(
                store: self, rule: rule, options: RuleOptions(value: rule.options), clock: clock,
                project: self.project(project), arena: arena)
            rows = try evaluation.rows(function)
        }
        var lines = rows.map { (JSONWriter.line($0), $0) }
        lines.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        return lines.map(\.1)
    }
}
