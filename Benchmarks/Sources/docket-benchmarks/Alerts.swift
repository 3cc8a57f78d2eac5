import Alerting
import Definitions
import Documents
import Foundation

/// A million transactions through twelve alert rules: loading, indexing, each rule, and the peak of memory.
func alertBenchmark(count: Int = 1_000_000) throws {
    print("alerts: \(count) transactions, twelve rules")
    let rules = AlertBench.rules()
    var clock = ContinuousClock.now
    func lap() -> Double {
        let now = ContinuousClock.now
        defer { clock = now }
        let parts = (now - clock).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
    let text = AlertBench.transactions(count)
    let people = AlertBench.counterparties()
    let before = AlertBench.peakKilobytes()
    _ = lap()
    let store = try TransactionStore(columns: TransactionStore.columns(neededBy: rules))
    var files = TransactionFiles()
    try TransactionLoader.load(into: store) {
        (loader: inout TransactionLoader) throws(AlertError) in
        try AlertBench.withBytes(people) { bytes throws(AlertError) in
            try files.readCounterparties("counterparties/all.csv", bytes, into: &loader)
        }
        for (number, part) in text.enumerated() {
            try AlertBench.withBytes(part) { bytes throws(AlertError) in
                try files.readTransactions("transactions/\(number).csv", bytes, into: &loader)
            }
        }
    }
    let loading = lap()
    try store.index(for: rules)
    let indexing = lap()
    print(
        AlertBench.line("load", loading)
            + "  \(store.transactionCount) rows, \(files.findings.count) findings")
    print(AlertBench.line("index", indexing))
    var sum = loading + indexing
    let now = Instant(parsing: "2026-11-22T02:00:00Z") ?? Instant(milliseconds: 0)
    for rule in rules {
        let arena = Arena()
        let rows = try store.rows(of: rule, at: now, in: arena).count
        let seconds = lap()
        sum += seconds
        print(AlertBench.line(rule.id, seconds) + "  \(rows) rows")
    }
    let peak = AlertBench.peakKilobytes()
    print(
        AlertBench.line("all", sum)
            + "  peak memory \(peak / 1024) MiB, of it \(before / 1024) MiB for the files themselves\n"
    )
}

private enum AlertBench {
    static func line(_ name: String, _ seconds: Double) -> String {
        let padded = name + String(repeating: " ", count: max(1, 30 - name.count))
        return "  " + padded + String(format: "%7.2f s", seconds)
    }

    /// The most memory that was resident so far.
    static func peakKilobytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }

    static func withBytes(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(AlertError) -> Void
    ) throws(AlertError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try body(UnsafeRawBufferPointer(memory))
    }

    private struct Chance: RandomNumberGenerator {
        var state: UInt64 = 42
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static func counterparties() -> [UInt8] {
        var text = "id,type,businessType\n"
        for number in 0..<20_000 {
            text += "merchant-\(number),business,\(["retail", "travel", "games"][number % 3])\n"
        }
        return Array(text.utf8)
    }

    /// A year of payments by 200,000 cards at 20,000 merchants, in files of a hundred thousand.
    static func transactions(_ count: Int) -> [[UInt8]] {
        var chance = Chance()
        let methods = ["credit_card", "credit_card", "credit_card", "debit_card", "apm"]
        let types = ["payment", "payment", "payment", "payment", "refund", "chargeback"]
        let start = Instant(parsing: "2025-11-22T00:00:00Z")?.milliseconds ?? 0
        let header =
            "id,transactionDate,transactionAmount,transactionCurrency,transactionBaseAmount,"
            + "transactionBaseCurrency,transactionType,transactionDirection,paymentMethod,"
            + "counterpartyOriginatorId,counterpartyBeneficiaryId\n"
        var files: [[UInt8]] = []
        var text = header
        for number in 0..<count {
            let at = start + Int.random(in: 0..<31_536_000, using: &chance) * 1000
            let amount = Int.random(in: 100..<50_000, using: &chance)
            let card = Int.random(in: 0..<200_000, using: &chance)
            text +=
                "t\(number),\(Instant(milliseconds: at)),\(amount / 100).\(amount % 100 + 100),EUR,"
            text += "\(amount / 100),EUR,\(types[Int.random(in: 0..<6, using: &chance)]),"
            text += number % 5 == 0 ? "outbound," : "inbound,"
            text += "\(methods[Int.random(in: 0..<5, using: &chance)]),4000****\(card),"
            text += "merchant-\(Int.random(in: 0..<20_000, using: &chance))\n"
            if number % 100_000 == 99_999 || number == count - 1 {
                files.append(Array(text.utf8))
                text = header
            }
        }
        return files
    }

    static func rules() -> [AlertRule] {
        let text = """
            docket: 1
            alerts:
              - {id: sum-week, fnName: evaluateTransactionsAgainstDynamicRules, options: {groupBy: [counterpartyBeneficiaryId], timeAmount: 7, timeUnit: days, amountThreshold: 1000, direction: inbound, paymentMethods: [credit_card]}}
              - {id: count-month, fnName: evaluateTransactionsAgainstDynamicRules, options: {groupBy: [counterpartyBeneficiaryId], havingAggregate: COUNT, timeAmount: 1, timeUnit: months, amountThreshold: 12, direction: inbound}}
              - {id: pairs-quarter, fnName: evaluateTransactionsAgainstDynamicRules, options: {groupBy: [counterpartyBeneficiaryId, counterpartyOriginatorId], timeAmount: 3, timeUnit: months, amountThreshold: 1500}}
              - {id: chargebacks, fnName: evaluateHighTransactionTypePercentage, options: {transactionType: chargeback, subjectColumn: counterpartyBeneficiaryId, minimumCount: 5, minimumPercentage: 50, timeAmount: 60, timeUnit: days}}
              - {id: average-all, fnName: evaluateTransactionAvg, options: {transactionDirection: inbound, paymentMethod: {value: credit_card, operator: "="}, minimumCount: 2, minimumTransactionAmount: 490, transactionFactor: 3}}
              - {id: average-peers, fnName: evaluateTransactionAvg, options: {transactionDirection: inbound, paymentMethod: {value: credit_card, operator: "="}, minimumCount: 2, minimumTransactionAmount: 490, transactionFactor: 1.98, customerType: retail, timeAmount: 30, timeUnit: days}}
              - {id: dormant, fnName: evaluateDormantAccount, options: {timeAmount: 60, timeUnit: days}}
              - {id: velocity, fnName: evaluateHighVelocityHistoricAverage, options: {transactionDirection: inbound, paymentMethod: {value: credit_card, operator: "="}, minimumCount: 2, transactionFactor: 6, activeUserPeriod: {timeAmount: 180}, lastDaysPeriod: {timeAmount: 3}, timeUnit: days}}
              - {id: card-many-merchants, fnName: evaluateMultipleMerchantsOneCounterparty, options: {minimumCount: 12}}
              - {id: segment, fnName: evaluateMerchantGroupAverage, options: {paymentMethod: {value: credit_card, operator: "="}, transactionFactor: 5, minimumCount: 1, timeAmount: 7, timeUnit: days}}
              - {id: single-day, fnName: evaluateDailySingleTransactionAmount, options: {ruleType: amount, amountThreshold: 499, timeAmount: 1, timeUnit: days, paymentMethods: []}}
              - {id: sql-month, subjects: [counterpartyBeneficiaryId], columns: [counterpartyBeneficiaryId, days], sql: "SELECT counterpartyBeneficiaryId, count(DISTINCT day(transactionDate)) AS days FROM transactions WHERE transactionDate >= window_start(1, 'months') GROUP BY 1 HAVING days > 14 ORDER BY 1"}
            """
        let files = [
            ("docket.yaml", "docket: 1\nproject: bench\n"), ("rules/bench.yaml", text),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        let catalog = Catalog(loading: files)
        for finding in catalog.findings { print(finding) }
        AlertBench.kept.append(catalog)
        return catalog.alertRules
    }

    /// Rules live as long as their catalog.
    nonisolated(unsafe) static var kept: [Catalog] = []
}
