public import Definitions
public import Documents

/// One rule over transactions that stand in a JSON object: `docket eval --language alert`.
public enum AlertRequest {
    /// Answers `{definition, transactions, counterparties, now, projectId, businessReports?,
    /// defaultSeverity?, semantics?}` with `{"rows": […]}` or `{"error": …}`. Rows are Ballerine's unless
    /// `semantics` is `docket`.
    public static func answer(_ request: Value, in arena: Arena) -> Value {
        do throws(AlertError) {
            return arena.object(["rows": arena.array(try rows(request, in: arena))])
        } catch {
            return arena.object(["error": arena.string(error.message)])
        }
    }

    private static func rows(_ request: Value, in arena: Arena) throws(AlertError) -> [Value] {
        guard let definition = request["definition"], definition.kind == .object else {
            throw AlertError(.option, "the request needs a definition, an object")
        }
        guard let now = request["now"]?.string.flatMap({ Instant(parsing: $0) }) else {
            throw AlertError(
                .option, "the request needs now, a time such as 2026-11-22T00:00:00Z")
        }
        var rule = rule(definition)
        rule.semantics = request["semantics"]?.string == "docket" ? .docket : .ballerine
        if let reports = request["businessReports"]?.array, !reports.isEmpty,
            case .function(.merchantReport) = rule.work
        {
            var rows: [Value] = []
            for report in reports {
                if let row = try MerchantReports.check(
                    report, rule, severity: request["defaultSeverity"], in: arena)
                {
                    rows.append(row)
                }
            }
            return rows
        }
        let project = request["projectId"]?.string ?? ""
        let store = try store(request)
        return try store.rows(of: rule, at: now, project: project, in: arena)
    }

    /// The rule of an inline definition, as it stands.
    public static func rule(_ definition: Value) -> AlertRule {
        let name = definition["fnName"]?.string ?? ""
        var rule = AlertRule(
            id: definition["id"]?.string ?? "",
            work: AlertFunction(rawValue: name).map { .function($0) } ?? .unknown(name))
        rule.subjects = definition["subjects"].map(RuleOptions.texts) ?? []
        rule.options = definition["options"] ?? .emptyObject
        rule.semantics = .ballerine
        return rule
    }

    /// A store of the request's counterparties and transactions.
    public static func store(_ request: Value) throws(AlertError) -> TransactionStore {
        let store = try TransactionStore()
        let standard = "project-1"
        try TransactionLoader.load(into: store, byProject: false) {
            (loader: inout TransactionLoader) throws(AlertError) in
            for party in request["counterparties"]?.array.map(Array.init) ?? [] {
                _ = try loader.add(counterparty: party, project: standard)
            }
            for transaction in request["transactions"]?.array.map(Array.init) ?? [] {
                guard let date = Self.date(transaction["transactionDate"]) else {
                    throw AlertError(.option, "a transaction needs a transactionDate")
                }
                try loader.add(
                    transaction: transaction,
                    project: transaction["projectId"]?.string ?? standard, date: date)
            }
        }
        return store
    }

    private static func date(_ value: Value?) -> Instant? {
        if let text = value?.string { return Instant(parsing: text) }
        return value?.integer.map { Instant(milliseconds: $0) }
    }
}
