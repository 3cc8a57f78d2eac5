internal import Definitions
internal import Documents
internal import GRDB

/// A column that transactions are grouped by, and how its value is shown.
struct GroupColumn {
    enum Kind { case plain, counterparty, project, date }

    let name: String
    let column: String
    let kind: Kind

    init(_ name: String, in store: TransactionStore) throws(AlertError) {
        self.name = name
        switch name {
        case "counterpartyBeneficiaryId": (column, kind) = ("beneficiary", .counterparty)
        case "counterpartyOriginatorId": (column, kind) = ("originator", .counterparty)
        case "projectId": (column, kind) = ("project", .project)
        case "transactionDate": (column, kind) = ("date", .date)
        case "transactionAmount": (column, kind) = ("amount", .plain)
        case "transactionBaseAmount": (column, kind) = ("base", .plain)
        case "transactionType": (column, kind) = ("type", .plain)
        case "transactionDirection": (column, kind) = ("direction", .plain)
        case "paymentMethod": (column, kind) = ("method", .plain)
        case "id": (column, kind) = ("id", .plain)
        default:
            guard store.columns.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                throw AlertError(.column, "transactions have no column '\(name)'")
            }
            (column, kind) = ("\"\(name)\"", .plain)
        }
    }

    /// The column as it is selected after grouping.
    var shown: String { kind == .counterparty ? RuleEvaluation.id("tx.\(column)") : column }

    func value(_ row: Row, _ at: Int, _ evaluation: RuleEvaluation) -> Value {
        let value: DatabaseValue = row[at]
        switch value.storage {
        case .null: return .null
        case .int64(let number):
            if kind == .project {
                return evaluation.arena.string(evaluation.store.projectNames[Int(number)])
            }
            if kind == .date {
                return evaluation.arena.string(
                    Instant(milliseconds: Int(number)).withMilliseconds)
            }
            return .integer(Int(number))
        case .double(let number): return .number(number)
        case .string(let text): return evaluation.arena.string(text)
        case .blob: return .null
        }
    }
}

extension RuleEvaluation {
    // MARK: evaluateTransactionsAgainstDynamicRules

    func dynamicRules() throws(AlertError) -> [Value] {
        let names = options.texts("groupBy") ?? []
        guard !names.isEmpty else { throw AlertError(.option, "groupBy is required") }
        var groups: [GroupColumn] = []
        for name in names { groups.append(try GroupColumn(name, in: store)) }
        let aggregate = options.text("havingAggregate") ?? "SUM"
        guard ["SUM", "COUNT", "AVG", "MIN", "MAX"].contains(aggregate) else {
            throw AlertError(.option, "Invalid aggregate type: \(aggregate)")
        }
        var query = query(from: try windowStart())
        for group in groups { query.and("\(group.column) IS NOT NULL") }
        if let direction = options.text("direction") { query.equals("direction", direction) }
        if let types = options.texts("transactionType"), !types.isEmpty {
            query.among("type", types)
        }
        filterMethods(&query)
        if let range = options["amountBetween"] {
            query.and(
                "amount BETWEEN \(query.bind(range["min"]?.number)) AND "
                    + query.bind(range["max"]?.number))
        }
        exclude(&query)
        let having = having(aggregate, &query)
        let columns = groups.map(\.shown) + ["COUNT(*)", total]
        let sql =
            "SELECT \(columns.joined(separator: ", ")) FROM \(table(windowed: true)) "
            + "WHERE \(query.filter) "
            + "GROUP BY \(groups.map(\.column).joined(separator: ", "))\(having)"
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(dynamicRow(row, groups, isSum: aggregate == "SUM"))
        }
        return rows
    }

    /// The sum of base amounts: exact, or in doubles as upstream has it.
    private var total: String { isNative ? "SUM(units)" : "SUM(base)" }

    private func totalValue(_ row: Row, _ at: Int) -> Value {
        if isNative { return Millionths.value(row[at] as Int64? ?? 0, in: arena) }
        return .number(row[at] as Double? ?? 0)
    }

    /// Upstream's patterns are held against the database's own ids, which they practically never match.
    private func exclude(_ query: inout TransactionQuery) {
        let field = isNative ? "correlation" : "id"
        query.unlike("beneficiary", field, options.excluded("counterpartyBeneficiaryIds") ?? [])
        query.unlike("originator", field, options.excluded("counterpartyOriginatorIds") ?? [])
    }

    private func having(_ aggregate: String, _ query: inout TransactionQuery) -> String {
        if !isNative {
            switch aggregate {
            case "SUM":
                return " HAVING SUM(base) > \(query.bind(options.number("amountThreshold")))"
            case "COUNT":
                return " HAVING COUNT(*) > \(query.bind(options.number("amountThreshold")))"
            default: return ""
            }
        }
        let threshold = options.exact("amountThreshold")
        switch aggregate {
        case "COUNT": return " HAVING COUNT(*) > \(query.bind(threshold?.nearest))"
        case "AVG":
            // A mean above the threshold is a sum above so many thresholds.
            let limit = query.bind(threshold?.millionths)
            return " HAVING SUM(units) > \(limit) * COUNT(*)"
        default:
            return " HAVING \(aggregate)(units) > \(query.bind(threshold?.millionths))"
        }
    }

    private func dynamicRow(_ row: Row, _ groups: [GroupColumn], isSum: Bool) -> Value {
        var members: [Member] = []
        // Upstream selects each group as counterpartyId, and the last one stays.
        let subject =
            isNative
            ? groups.firstIndex { $0.kind == .counterparty } : groups.count - 1
        if let subject {
            members.append(Member("counterpartyId", groups[subject].value(row, subject, self)))
        }
        for (at, group) in groups.enumerated() {
            let key = arena.key(group.name)
            if members.contains(where: { $0.key == key.text }) { continue }
            members.append(Member(key, group.value(row, at, self)))
        }
        if isSum { members.append(Member("totalAmount", totalValue(row, groups.count + 1))) }
        members.append(Member("transactionCount", .integer(row[groups.count])))
        return arena.object(members)
    }

    // MARK: evaluateHighTransactionTypePercentage

    func typePercentage() throws(AlertError) -> [Value] {
        let subject = try GroupColumn(options.text("subjectColumn") ?? "", in: store)
        var query = query(from: try windowStart())
        let type = query.bind(options["transactionType"]?.string)
        guard let percentage = options.exact("minimumPercentage") else { return [] }
        if isNative { query.and("\(subject.column) IS NOT NULL") }
        let least = query.bind(options.number("minimumCount"))
        let sql = """
            SELECT \(subject.shown), COUNT(CASE WHEN type = \(type) THEN 1 END) AS matching, COUNT(*)
            FROM \(table(windowed: true)) WHERE \(query.filter)
            GROUP BY \(subject.column) HAVING matching >= \(least)
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            let (matching, all): (Int64, Int64) = (row[1], row[2])
            if percentage.compare(Int128(matching) * 100, times: Int128(all)) >= 0 {
                rows.append(arena.object(["counterpartyId": subject.value(row, 0, self)]))
            }
        }
        return rows
    }

    // MARK: evaluateDailySingleTransactionAmount

    func daily() throws(AlertError) -> [Value] {
        guard options["paymentMethods"]?.array != nil || isNative else {
            throw AlertError(.option, "paymentMethods is required, a list")
        }
        let (amount, unit) = try options.window()
        let start =
            isNative
            ? try windowStart(amount, unit)
            : try clock.setterStart(amount, unit).milliseconds
        let ruleType = options["ruleType"]?.string ?? ""
        guard ["amount", "count"].contains(ruleType) else {
            throw AlertError(.option, "Invalid rule type: \(ruleType)")
        }
        var query = query(from: start)
        if let direction = options.text("direction") { query.equals("direction", direction) }
        filterMethods(&query)
        if let types = options.texts("transactionType"), !types.isEmpty {
            query.among("type", types)
        }
        if isNative { query.and("beneficiary IS NOT NULL") }
        let threshold = query.bind(options.number("amountThreshold"))
        if ruleType == "amount" { query.and("base > \(threshold)") }
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), COUNT(*) FROM \(table(windowed: true))
            WHERE \(query.filter) GROUP BY beneficiary
            \(ruleType == "count" ? "HAVING COUNT(*) > \(threshold)" : "")
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(
                arena.object([
                    "counterpartyId": text(row[0]),
                    "transactionCount": ruleType == "count" ? .integer(row[1]) : nil,
                ]))
        }
        return rows
    }

    // MARK: evaluateCustomersTransactionType

    /// Upstream's query is no SQL; this reads its options as they seem meant: per business, and per
    /// card brand when asked, the sum or count of the given types in the window.
    func customersType() throws(AlertError) -> [Value] {
        let types = options.texts("transactionType") ?? []
        guard !types.isEmpty else { throw AlertError(.option, "transactionType is required") }
        let aggregate = options.text("havingAggregate") ?? "SUM"
        guard ["SUM", "COUNT"].contains(aggregate) else {
            throw AlertError(.option, "Invalid aggregate type: \(aggregate)")
        }
        guard isNative else {
            throw AlertError(
                .database, "evaluateCustomersTransactionType is no valid SQL in Ballerine")
        }
        var query = query(from: try windowStart())
        query.among("type", types)
        filterMethods(&query)
        query.and("beneficiary IN (SELECT n FROM counterparty WHERE kind = 'business')")
        let isPerBrand = options["isPerBrand"]?.bool == true
        let brand = isPerBrand ? try GroupColumn("cardBrand", in: store) : nil
        if brand != nil { query.and("\"cardBrand\" IS NOT NULL") }
        let threshold = options.exact("threshold") ?? ExactNumber(.integer(5000))
        let limit =
            aggregate == "SUM"
            ? "SUM(units) > \(query.bind(threshold?.millionths))"
            : "COUNT(*) > \(query.bind(threshold?.nearest))"
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), COUNT(*), SUM(units)\(brand.map { ", \($0.column)" } ?? "")
            FROM \(table(windowed: true)) WHERE \(query.filter)
            GROUP BY beneficiary\(brand.map { ", \($0.column)" } ?? "") HAVING \(limit)
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(
                arena.object([
                    "counterpartyId": text(row[0]),
                    "cardBrand": brand.map { $0.value(row, 3, self) },
                    "totalAmount": aggregate == "SUM" ? totalValue(row, 2) : nil,
                    "transactionCount": .integer(row[1]),
                ]))
        }
        return rows
    }
}
