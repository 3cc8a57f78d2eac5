internal import Definitions
internal import Documents
internal import GRDB

extension RuleEvaluation {
    // MARK: evaluateMultipleMerchantsOneCounterparty

    func manyMerchants() throws(AlertError) -> [Value] {
        var query = TransactionQuery()
        query.and("project = \(project)")
        let window = options.openWindow
        if let window {
            query.and("date >= \(try windowStart(window.amount, window.unit))")
        }
        query.and("date <= \(clock.now.milliseconds)")
        // A masked card.
        query.and(
            "originator IN (SELECT n FROM counterparty WHERE correlation LIKE '%****%')")
        if isNative, options["paymentMethod"] != nil { try query.method(options["paymentMethod"]) }
        try excludeMerchants(&query)
        let least = query.bind(options.number("minimumCount"))
        let sql = """
            SELECT \(Self.id("tx.originator")), COUNT(DISTINCT beneficiary) AS merchants
            FROM \(table(windowed: window != nil, .byOriginator)) WHERE \(query.filter)
            GROUP BY originator HAVING merchants > \(least)
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(
                arena.object([
                    "counterpartyId": text(row[0]),
                    "counterpertyInManyBusinessesCount": .integer(row[1]),
                ]))
        }
        return rows
    }

    /// Upstream joins all patterns of both sides by OR, so that who matches one of two stays.
    private func excludeMerchants(_ query: inout TransactionQuery) throws(AlertError) {
        guard let excluded = options["excludedCounterparty"] else { return }
        let beneficiaries = options.excluded("counterpartyBeneficiaryIds")
        let originators = options.excluded("counterpartyOriginatorIds")
        if isNative {
            query.unlike("beneficiary", "correlation", beneficiaries ?? [])
            query.unlike("originator", "correlation", originators ?? [])
            return
        }
        guard excluded.kind == .object, let beneficiaries, let originators else {
            throw AlertError(.option, "excludedCounterparty needs both of its lists")
        }
        var parts: [String] = []
        func correlation(_ column: String) -> String {
            "(SELECT correlation FROM counterparty WHERE n = tx.\(column))"
        }
        for (column, patterns) in [("beneficiary", beneficiaries), ("originator", originators)] {
            for pattern in patterns {
                parts.append(
                    "\(correlation(column)) NOT LIKE \(query.bind(pattern)) ESCAPE '\\'")
            }
        }
        if !beneficiaries.isEmpty { query.and("beneficiary IS NOT NULL") }
        if !parts.isEmpty { query.and("(" + parts.joined(separator: " OR ") + ")") }
    }

    // MARK: evaluateMerchantGroupAverage

    private struct Merchant {
        let id: String?
        let segment: String
        let older: Int64
        let recent: Int64
    }

    func merchantGroup() throws(AlertError) -> [Value] {
        let start = try windowStart()
        // Upstream asks for activity before the last seven days, whatever the window is.
        let active = isNative ? start : try windowStart(7, "days")
        var query = query()
        try query.method(options["paymentMethod"])
        query.and("beneficiary IS NOT NULL")
        let segment = options.text("customerType")
        let parties =
            "kind = 'business' AND segment IS NOT NULL"
            + (segment.map { " AND segment = \(query.bind($0))" } ?? "")
        query.and("beneficiary IN (SELECT n FROM counterparty WHERE \(parties))")
        let sql = """
            SELECT \(Self.id("tx.beneficiary")),
              (SELECT segment FROM counterparty WHERE n = tx.beneficiary),
              SUM(date < \(start)), SUM(date >= \(start)),
              SUM(date < \(active)) AS before, SUM(date >= \(active)) AS within
            FROM \(table(windowed: false)) WHERE \(query.filter)
            GROUP BY beneficiary HAVING before > within
            """
        var merchants: [Merchant] = []
        try query.forEach(sql, in: store) { row in
            merchants.append(
                Merchant(id: row[0], segment: row[1] ?? "", older: row[2], recent: row[3]))
        }
        guard let factor = options.exact("transactionFactor"),
            let least = options.number("minimumCount")
        else { return [] }
        return outstanding(merchants, factor, least)
    }

    private func outstanding(
        _ merchants: [Merchant], _ factor: ExactNumber, _ least: Double
    ) -> [Value] {
        var segments: [String: (total: Int64, count: Int64)] = [:]
        for merchant in merchants where Double(merchant.recent) > least {
            let known = segments[merchant.segment] ?? (0, 0)
            segments[merchant.segment] = (known.total + merchant.recent, known.count + 1)
        }
        return merchants.compactMap { merchant in
            guard let (total, count) = segments[merchant.segment], count > 1, total > 1 else {
                return nil
            }
            // Upstream judges merchants that are not among those counted, too.
            if isNative && Double(merchant.recent) <= least { return nil }
            let others = Double(total - merchant.recent) / Double(count - 1)
            let fires =
                isNative
                ? factor.compare(
                    Int128(merchant.recent) * Int128(count - 1),
                    times: Int128(total - merchant.recent)) > 0
                : Double(merchant.recent) > factor.nearest * others
            guard fires else { return nil }
            return arena.object([
                "counterpartyId": text(merchant.id), "businessType": text(merchant.segment),
                "transactionCount": .integer(Int(merchant.older)),
                "recentDaysTransactionCount": .integer(Int(merchant.recent)),
                "avg_tx_excluding_current": .number(others),
            ])
        }
    }
}
