public import Documents

/// Reads files of transactions and counterparties, NDJSON or CSV, row by row into a store.
///
/// A row with a finding is left out; the others are loaded. Findings name file, line and column; past a
/// number of them a file's findings are counted only.
public struct TransactionFiles {
    /// Sorted as met.
    public private(set) var findings: [Finding] = []
    /// Rows left out.
    public private(set) var faultyRows = 0

    private let rowLimitBytes: Int
    private var seen: Set<SIMD2<UInt64>> = []
    private var inFile = 0
    private static let findingLimit = 20

    /// - Parameter rowLimitBytes: longer rows are findings.
    public init(rowLimitBytes: Int = 1 << 20) { self.rowLimitBytes = rowLimitBytes }

    /// Whether a path holds rows, by its ending.
    public static func isTable(_ path: String) -> Bool {
        [".csv", ".ndjson", ".jsonl"].contains { path.hasSuffix($0) }
    }

    // MARK: Files

    /// Loads a file of `transactions/`.
    public mutating func readTransactions(
        _ path: String, _ bytes: UnsafeRawBufferPointer, into loader: inout TransactionLoader
    ) throws(AlertError) {
        try rows(path, bytes) { files, value, line throws(AlertError) in
            try files.takeTransaction(value, path, line, &loader)
        }
    }

    /// Loads a file of `counterparties/`; load them before the transactions.
    public mutating func readCounterparties(
        _ path: String, _ bytes: UnsafeRawBufferPointer, into loader: inout TransactionLoader
    ) throws(AlertError) {
        try rows(path, bytes) { files, value, line throws(AlertError) in
            try files.takeCounterparty(value, path, line, &loader)
        }
    }

    private mutating func rows(
        _ path: String, _ bytes: UnsafeRawBufferPointer,
        _ take: (inout TransactionFiles, Value, Int) throws(AlertError) -> Void
    ) throws(AlertError) {
        inFile = 0
        if path.hasSuffix(".csv") {
            try csv(path, bytes, take)
        } else {
            try lines(path, bytes, take)
        }
        if inFile > Self.findingLimit {
            findings.append(
                Finding(
                    "AL023", .error,
                    "\(inFile - Self.findingLimit) more findings in this file are not listed",
                    file: path))
        }
    }

    private mutating func lines(
        _ path: String, _ bytes: UnsafeRawBufferPointer,
        _ take: (inout TransactionFiles, Value, Int) throws(AlertError) -> Void
    ) throws(AlertError) {
        var parser = JSONParser(limits: ParseLimits(bytes: rowLimitBytes))
        let arena = Arena()
        for line in NDJSONLines(bytes) {
            let value: Value
            do throws(ParseError) {
                value = try line.parse(with: &parser, into: arena)
            } catch {
                add(error.finding(file: path))
                continue
            }
            try take(&self, value, line.number)
            arena.reset()
        }
    }

    private mutating func csv(
        _ path: String, _ bytes: UnsafeRawBufferPointer,
        _ take: (inout TransactionFiles, Value, Int) throws(AlertError) -> Void
    ) throws(AlertError) {
        let names = Arena()
        let arena = Arena()
        var reader: CSVReader
        do throws(ParseError) {
            reader = try CSVReader(bytes, limits: ParseLimits(bytes: rowLimitBytes), names: names)
        } catch { return add(error.finding(file: path)) }
        while let row = reader.next() {
            let value: Value
            do throws(ParseError) {
                value = try reader.parse(row, into: arena)
            } catch {
                add(row, error.finding(file: path))
                continue
            }
            try take(&self, value, row.line)
            arena.reset()
        }
    }

    /// A quote that is never closed takes the lines after it with it: these are counted, too.
    private mutating func add(_ row: CSVRow, _ finding: Finding) {
        let more = row.bytes.dropLast().count { $0 == 0x0A }
        var finding = finding
        if more > 0 { finding.message += "; \(more + 1) lines are left out with it" }
        add(finding)
        faultyRows += more
    }

    /// Counts a row that is left out, and keeps why as long as a file has few of them.
    public mutating func add(_ finding: Finding) {
        inFile += 1
        faultyRows += 1
        if inFile <= Self.findingLimit { findings.append(finding) }
    }

    /// Keeps what is said of a file of which no row is counted.
    public mutating func note(_ finding: Finding) { findings.append(finding) }

    private mutating func add(_ code: String, _ message: String, _ path: String, _ line: Int) {
        add(Finding(code, .error, message, file: path, at: Position(line: line, column: 1)))
    }

    // MARK: Counterparties

    private mutating func takeCounterparty(
        _ value: Value, _ path: String, _ line: Int, _ loader: inout TransactionLoader
    ) throws(AlertError) {
        guard value.kind == .object, let id = value["id"]?.text ?? value["correlationId"]?.text,
            !id.isEmpty
        else { return add("AL020", "a counterparty needs an id, a text", path, line) }
        guard let type = value["type"]?.text, type == "business" || type == "individual" else {
            return add(
                "AL021", "the type of a counterparty is business or individual", path, line)
        }
        let project = value["projectId"]?.string ?? TransactionStore.defaultProject
        let added = try loader.add(counterparty: value, project: project)
        if !added.isNew {
            add("AL022", "there already is a counterparty '\(id)'", path, line)
        }
    }

    /// A counterparty that stands in its transaction: as Ballerine's interface has it, with the data
    /// of a business or of a person, or with a type.
    private mutating func inline(
        _ value: Value, _ side: String, _ project: String, _ path: String, _ line: Int,
        _ loader: inout TransactionLoader, _ arena: Arena
    ) throws(AlertError) -> Value? {
        guard let id = value["correlationId"] ?? value["id"], let text = id.text, !text.isEmpty
        else {
            add("AL020", "the \(side) needs a correlationId", path, line)
            return nil
        }
        let business = value["businessData"].flatMap { $0.isNull ? nil : $0 }
        let person = value["endUserData"].flatMap { $0.isNull ? nil : $0 }
        var type = value["type"]
        if business != nil || person != nil {
            guard (business == nil) != (person == nil) else {
                add(
                    "AL021", "the \(side) has businessData or endUserData, not both", path, line)
                return nil
            }
            type = .string(business == nil ? "individual" : "business")
        }
        guard let type, type.text == Text("business") || type.text == Text("individual") else {
            add(
                "AL021",
                "the \(side) needs businessData, endUserData, or a type: business or individual",
                path, line)
            return nil
        }
        let standard: Value? = business == nil ? nil : .string("default")
        let party = arena.object([
            "id": id, "type": type,
            "businessType": value["businessType"] ?? business?["businessType"] ?? standard,
        ])
        try loader.add(counterparty: party, project: project)
        return id
    }

    // MARK: Transactions

    private static let enumerations: [(field: Key, values: [StaticString])] = [
        (
            Key("transactionType"),
            ["deposit", "withdrawal", "transfer", "payment", "refund", "chargeback"]
        ),
        (Key("transactionDirection"), ["inbound", "outbound"]),
        (
            Key("paymentMethod"),
            [
                "credit_card", "debit_card", "bank_transfer", "pay_pal", "apple_pay", "google_pay",
                "apm",
            ]
        ),
        (
            Key("transactionStatus"),
            ["new", "pending", "active", "completed", "rejected", "cancelled", "failed"]
        ),
        (Key("paymentType"), ["instant", "scheduled", "recurring", "refund"]),
        (Key("reviewStatus"), ["pending", "reviewed", "flagged", "cleared", "rejected"]),
    ]

    private mutating func takeTransaction(
        _ value: Value, _ path: String, _ line: Int, _ loader: inout TransactionLoader
    ) throws(AlertError) {
        guard value.kind == .object else {
            return add("AL020", "a transaction is an object", path, line)
        }
        guard let id = value["id"]?.text ?? value["transactionCorrelationId"]?.text, !id.isEmpty
        else { return add("AL020", "the transaction needs an id, a text", path, line) }
        guard let date = value["transactionDate"]?.text.flatMap(TransactionDate.parse) else {
            return add(
                "AL020",
                "the transaction needs a transactionDate such as 2026-11-22T09:30:00Z", path, line)
        }
        let scratch = loader.scratch
        scratch.reset()
        guard let amount = number(value, "transactionAmount", path, line, scratch),
            let base = number(value, "transactionBaseAmount", path, line, scratch)
        else { return }
        for field in ["transactionCurrency", "transactionBaseCurrency"] as [StaticString]
        where value[field]?.text?.isEmpty ?? true {
            return add("AL020", "the transaction needs a \(field), a text", path, line)
        }
        for (field, known) in Self.enumerations {
            guard let given = value[field], !given.isNull else { continue }
            guard let text = given.text, known.contains(where: { text == $0 }) else {
                return add(
                    "AL021",
                    "\(field.text) is one of \(known.map { "\($0)" }.joined(separator: ", "))",
                    path, line)
            }
        }
        let project = value["projectId"]?.string ?? TransactionStore.defaultProject
        guard isNew(id, project) else {
            return add("AL022", "there already is a transaction '\(id)'", path, line)
        }
        var row = loader.row(id: .string(id), amount: amount, base: base, of: value)
        for (side, field, object) in Self.sides {
            if let party = value[object], party.kind == .object {
                guard
                    let id = try inline(
                        party, "\(object.text)", project, path, line, &loader, scratch)
                else { return }
                if side == 0 { row.originator = id } else { row.beneficiary = id }
            } else if let id = value[field], id.kind == .string, id.count > 0 {
                if side == 0 { row.originator = id } else { row.beneficiary = id }
            } else {
                return add(
                    "AL020", "the transaction needs \(field.text), or \(object.text)", path, line)
            }
        }
        try loader.add(row, project: project, date: date)
    }

    private static let sides: [(Int, Key, Key)] = [
        (0, Key("counterpartyOriginatorId"), Key("originator")),
        (1, Key("counterpartyBeneficiaryId"), Key("beneficiary")),
    ]

    /// A number, in CSV also one that is a text.
    private mutating func number(
        _ value: Value, _ field: StaticString, _ path: String, _ line: Int, _ arena: Arena
    ) -> Value? {
        let given = value[field] ?? .null
        var result: Value? = given.isNumber ? given : nil
        if let text = given.text, path.hasSuffix(".csv") {
            var parser = JSONParser()
            let parsed = try? parser.parse(text.bytes, into: arena)
            result = parsed.flatMap { $0.isNumber ? $0 : nil }
        }
        guard let result, Millionths.of(result) != nil else {
            add(
                "AL020", "the transaction needs a \(field), a number below nine trillion", path,
                line)
            return nil
        }
        return result
    }

    /// By two hashes of chance keys, so that a million ids take sixteen bytes each.
    private mutating func isNew(_ id: Text, _ project: String) -> Bool {
        func hash(_ salt: Int) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(project)
            hasher.combine(bytes: id.bytes)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return seen.insert(SIMD2(hash(1), hash(2))).inserted
    }
}

/// Dates of transactions: the usual spelling without a detour.
enum TransactionDate {
    static func parse(_ text: Text) -> Instant? {
        quick(text) ?? Instant(parsing: String(text))
    }

    /// `2026-11-22T09:30:00Z` or with three decimals.
    private static func quick(_ text: Text) -> Instant? {
        guard text.count == 20 || text.count == 24, text[4] == 0x2D, text[7] == 0x2D,
            text[10] == 0x54, text[13] == 0x3A, text[16] == 0x3A, text[text.count - 1] == 0x5A
        else { return nil }
        func digits(_ at: Int, _ count: Int) -> Int? {
            var number = 0
            for position in at..<(at + count) {
                guard text[position] &- 0x30 <= 9 else { return nil }
                number = number * 10 + Int(text[position] &- 0x30)
            }
            return number
        }
        guard let year = digits(0, 4), let month = digits(5, 2), let day = digits(8, 2),
            let hour = digits(11, 2), let minute = digits(14, 2), let second = digits(17, 2),
            (1...12).contains(month), day >= 1, day <= CivilTime.days(inMonth: month, ofYear: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var time = CivilTime(year: year, month: month, day: day)
        (time.hour, time.minute, time.second) = (hour, minute, second)
        if text.count == 24 {
            guard text[19] == 0x2E, let fraction = digits(20, 3) else { return nil }
            time.millisecond = fraction
        }
        return time.instant
    }
}
