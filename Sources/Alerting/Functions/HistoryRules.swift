internal import Definitions
internal import Documents
internal import GRDB

extension RuleEvaluation {
    // MARK: evaluateDormantAccount

    func dormant() throws(AlertError) -> [Value] {
        isNative ? try dormantWithGap() : try dormantByCount()
    }

    /// Upstream: one transaction in the window and more than one in all.
    private func dormantByCount() throws(AlertError) -> [Value] {
        let start = try windowStart()
        var query = query()
        query.and("beneficiary IS NOT NULL")
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), SUM(date >= \(start)) AS recent, COUNT(*) AS n
            FROM \(table(windowed: false)) WHERE \(query.filter)
            GROUP BY beneficiary HAVING recent = 1 AND COUNT(*) > 1
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(dormantRow(row, recent: row[1], all: row[2]))
        }
        return rows
    }

    private func dormantRow(_ row: Row, recent: Int64, all: Int64) -> Value {
        arena.object([
            "counterpartyId": text(row[0]),
            "totalTransactionWithinSixMonths": .integer(Int(recent)),
            "totalTransactionAllTime": .integer(Int(all)),
        ])
    }

    /// The first transaction of the window comes the whole period after the one before it.
    private func dormantWithGap() throws(AlertError) -> [Value] {
        let start = try windowStart()
        let (amount, unit) = try options.window()
        var query = query()
        query.and("beneficiary IS NOT NULL")
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), SUM(date >= \(start)) AS recent, COUNT(*) AS n,
              MIN(CASE WHEN date >= \(start) THEN date END),
              MAX(CASE WHEN date < \(start) THEN date END)
            FROM \(table(windowed: false)) WHERE \(query.filter)
            GROUP BY beneficiary HAVING recent > 0 AND COUNT(*) > recent
            """
        var rows: [Value] = []
        try query.forEach(sql, in: store) { (row: Row) throws(AlertError) in
            let (first, last): (Int, Int) = (row[3], row[4])
            let since = try clock.subtracting(amount, unit, from: Instant(milliseconds: first))
            guard last <= since.milliseconds else { return }
            rows.append(dormantRow(row, recent: row[1], all: row[2]))
        }
        return rows
    }

    // MARK: evaluateTransactionAvg

    func average() throws(AlertError) -> [Value] {
        var query = query()
        query.equals("direction", options["transactionDirection"]?.string)
        try query.method(options["paymentMethod"])
        let window = options.openWindow
        if let window {
            query.and("date >= \(try windowStart(window.amount, window.unit))")
        }
        query.and("beneficiary IS NOT NULL")
        let segment = options.text("customerType")
        if let segment {
            query.and(
                "beneficiary IN (SELECT n FROM counterparty WHERE kind = 'business' "
                    + "AND segment = \(query.bind(segment)))")
        }
        guard options["minimumTransactionAmount"] != nil,
            let factor = options.exact("transactionFactor"),
            let least = options.number("minimumCount")
        else { return [] }
        return isNative
            ? try nativeAverage(&query, factor, least, isPeers: segment != nil, window != nil)
            : try ballerineAverage(&query, factor, least, window != nil)
    }

    /// Upstream's trigger is any transaction of the beneficiary, of any project, direction and date.
    private func ballerineAverage(
        _ query: inout TransactionQuery, _ factor: ExactNumber, _ least: Double, _ windowed: Bool
    ) throws(AlertError) -> [Value] {
        let amount = query.bind(options.number("minimumTransactionAmount"))
        let sql = """
            WITH known AS MATERIALIZED (
              SELECT beneficiary AS party, AVG(base) AS mean FROM \(table(windowed: windowed))
              WHERE \(query.filter) GROUP BY beneficiary HAVING COUNT(*) > \(query.bind(least))),
            largest AS MATERIALIZED (
              SELECT beneficiary AS party, MAX(base) AS base FROM tx
              WHERE beneficiary IS NOT NULL AND base > \(amount) GROUP BY beneficiary)
            SELECT \(Self.id("known.party")) FROM known
            JOIN largest ON largest.party = known.party
            WHERE largest.base > \(query.bind(factor.nearest)) * known.mean
            """
        return try subjects(query, sql)
    }

    /// The trigger is one of the transactions that the mean is of; with a customer type the mean is that
    /// of all merchants of the type.
    private func nativeAverage(
        _ query: inout TransactionQuery, _ factor: ExactNumber, _ least: Double, isPeers: Bool,
        _ windowed: Bool
    ) throws(AlertError) -> [Value] {
        let amount = query.bind(options.exact("minimumTransactionAmount")?.millionths)
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), COUNT(*), SUM(units), MAX(units)
            FROM \(table(windowed: windowed)) WHERE \(query.filter) GROUP BY beneficiary
            """
        var found: [(id: String?, count: Int64, sum: Int64, largest: Int64)] = []
        var (count, sum): (Int128, Int128) = (0, 0)
        _ = amount
        try query.forEach(sql, in: store) { row in
            let entry: (String?, Int64, Int64, Int64) = (row[0], row[1], row[2] ?? 0, row[3] ?? 0)
            count += Int128(entry.1)
            sum += Int128(entry.2)
            found.append(entry)
        }
        let floor = options.exact("minimumTransactionAmount")?.millionths ?? .max
        return found.filter { entry in
            let (n, total) = isPeers ? (count, sum) : (Int128(entry.count), Int128(entry.sum))
            return Double(entry.count) > least && entry.largest > floor
                && factor.compare(Int128(entry.largest) * n, times: total) > 0
        }.map { arena.object(["counterpartyId": text($0.id)]) }
    }

    private func subjects(
        _ query: TransactionQuery, _ sql: String
    ) throws(AlertError) -> [Value] {
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            rows.append(arena.object(["counterpartyId": text(row[0])]))
        }
        return rows
    }

    // MARK: evaluateHighVelocityHistoricAverage

    func velocity() throws(AlertError) -> [Value] {
        guard let unit = options["timeUnit"]?.string,
            let active = options["activeUserPeriod"]?["timeAmount"].flatMap(RuleOptions.number),
            let last = options["lastDaysPeriod"]?["timeAmount"].flatMap(RuleOptions.number)
        else {
            throw AlertError(
                .option, "activeUserPeriod, lastDaysPeriod and timeUnit are required")
        }
        let start = try windowStart(active, unit)
        let recent = try windowStart(last, unit)
        let middle = try windowStart(active - last, unit)
        var query = query(from: start)
        query.equals("direction", options["transactionDirection"]?.string)
        try query.method(options["paymentMethod"])
        query.and("beneficiary IS NOT NULL")
        guard let factor = options.exact("transactionFactor") else { return [] }
        let sql = """
            SELECT \(Self.id("tx.beneficiary")), COUNT(*), SUM(date >= \(recent)) AS recent,
              SUM(date >= \(middle))
            FROM \(table(windowed: true)) WHERE \(query.filter)
            GROUP BY beneficiary HAVING recent > \(query.bind(options.number("minimumCount")))
            """
        let periods = (ExactNumber(.number(active - last)), ExactNumber(.number(last)))
        var rows: [Value] = []
        try query.forEach(sql, in: store) { row in
            let (all, recent, middle): (Int64, Int64, Int64) = (row[1], row[2], row[3])
            let fires =
                isNative
                ? Self.isFaster(recent, than: all - recent, factor, periods)
                : factor.compare(Int128(recent) * 60, times: Int128(middle)) > 0
            if fires {
                rows.append(
                    arena.object([
                        "counterpartyId": text(row[0]),
                        "historicalTransactionCount": .integer(Int(all)),
                        "recentDaysTransactionCount": .integer(Int(recent)),
                    ]))
            }
        }
        return rows
    }

    /// Whether the recent count is above so many times the mean count of a period as long before it.
    private static func isFaster(
        _ recent: Int64, than older: Int64, _ factor: ExactNumber,
        _ periods: (before: ExactNumber?, last: ExactNumber?)
    ) -> Bool {
        guard let before = periods.before, let last = periods.last, before.decimal.units > 0 else {
            return false
        }
        // recent × before > factor × older × last, at the same number of places.
        let scale = max(before.decimal.scale, last.decimal.scale)
        guard let x = before.decimal.units(at: scale), let y = last.decimal.units(at: scale),
            case let (left, isLeftTooLong) = x.multipliedReportingOverflow(by: Int128(recent)),
            case let (right, isRightTooLong) = y.multipliedReportingOverflow(by: Int128(older)),
            !isLeftTooLong, !isRightTooLong
        else {
            return Double(recent) * before.nearest > factor.nearest * Double(older) * last.nearest
        }
        return factor.compare(left, times: right) > 0
    }
}
