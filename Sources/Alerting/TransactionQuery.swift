internal import Documents
internal import GRDB

/// A SELECT over transactions, put together piece by piece. Numbers of our own are written into the text,
/// what comes from a rule is bound.
struct TransactionQuery {
    private(set) var conditions: [String] = []
    private(set) var arguments: [String: (any DatabaseValueConvertible)?] = [:]

    /// A bound value.
    mutating func bind(_ value: (any DatabaseValueConvertible)?) -> String {
        let name = "p\(arguments.count)"
        arguments.updateValue(value, forKey: name)
        return ":\(name)"
    }

    mutating func and(_ condition: String) { conditions.append(condition) }

    /// `column = value`; NULL and an absent value never hold.
    mutating func equals(_ column: String, _ value: String?) {
        and("\(column) = \(bind(value))")
    }

    /// `column IN (…)` or `NOT IN (…)`.
    mutating func among(_ column: String, _ values: [String], not isExcluded: Bool = false) {
        let list = values.map { bind($0) }.joined(separator: ", ")
        and("\(column) \(isExcluded ? "NOT " : "")IN (\(list))")
    }

    /// `{value, operator}` of a payment method.
    mutating func method(_ option: Value?) throws(AlertError) {
        guard let option else {
            throw AlertError(.option, "paymentMethod needs a value and an operator")
        }
        let isSame = option["operator"]?.string ?? "="
        guard ["=", "!="].contains(isSame) else {
            throw AlertError(.option, "the operator of paymentMethod is = or !=, not \(isSame)")
        }
        and("method \(isSame) \(bind(option["value"]?.string))")
    }

    /// The column is a counterparty whose field matches none of the patterns; NULL is no pass.
    mutating func unlike(_ column: String, _ field: String, _ patterns: [String]) {
        guard !patterns.isEmpty else { return }
        let parts = patterns.map { "\(field) NOT LIKE \(bind($0)) ESCAPE '\\'" }
        and(
            "\(column) IN (SELECT n FROM counterparty WHERE \(parts.joined(separator: " AND ")))")
    }

    /// The text of the WHERE clause.
    var filter: String { conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ") }

    /// Each row of the result.
    func forEach(
        _ sql: String, in store: TransactionStore, _ body: (Row) throws(AlertError) -> Void
    ) throws(AlertError) {
        try store.access { db in
            let statement = try db.makeStatement(sql: sql)
            let rows = try Row.fetchCursor(
                statement, arguments: StatementArguments(arguments))
            while let row = try rows.next() { try body(row) }
        }
    }
}
