import Definitions
import Documents
import Testing

@testable import Alerting

/// Transactions of a test, as lines of NDJSON.
struct Transactions {
    private(set) var lines: [String] = []
    var parties: [String] = []

    mutating func add(
        _ from: String, _ to: String, _ amount: String, at date: String,
        method: String = "credit_card", type: String = "payment", direction: String = "inbound",
        more: String = ""
    ) {
        lines.append(
            """
            {"id":"t\(lines.count)","transactionDate":"\(date)","transactionAmount":\(amount),\
            "transactionCurrency":"EUR","transactionBaseAmount":\(amount),\
            "transactionBaseCurrency":"EUR","transactionType":"\(type)",\
            "transactionDirection":"\(direction)","paymentMethod":"\(method)",\
            "counterpartyOriginatorId":"\(from)","counterpartyBeneficiaryId":"\(to)"\(more)}
            """)
    }

    mutating func business(_ id: String, _ segment: String) {
        parties.append(#"{"id":"\#(id)","type":"business","businessType":"\#(segment)"}"#)
    }

    func store(for rules: [AlertRule] = []) throws -> TransactionStore {
        let store = try TransactionStore()
        var files = TransactionFiles()
        let text = Array(lines.joined(separator: "\n").utf8)
        let people = Array(parties.joined(separator: "\n").utf8)
        try TransactionLoader.load(into: store) {
            (loader: inout TransactionLoader) throws(AlertError) in
            try Self.read(people) { bytes throws(AlertError) in
                try files.readCounterparties("counterparties/a.ndjson", bytes, into: &loader)
            }
            try Self.read(text) { bytes throws(AlertError) in
                try files.readTransactions("transactions/a.ndjson", bytes, into: &loader)
            }
        }
        #expect(files.findings.isEmpty, "\(files.findings)")
        try store.index(for: rules)
        return store
    }

    static func read(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(AlertError) -> Void
    ) throws(AlertError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try body(UnsafeRawBufferPointer(memory))
    }
}

/// What a rule finds, a line a row.
func rows(
    _ function: AlertFunction, _ options: String, _ store: TransactionStore,
    _ semantics: Semantics = .docket, now: String = "2026-11-22T15:30:00Z"
) throws -> [String] {
    let arena = Arena()
    var parser = JSONParser()
    var rule = AlertRule(id: "R", work: .function(function))
    rule.options = try parser.parse(options, into: arena)
    rule.semantics = semantics
    let clock = try #require(Instant(parsing: now))
    return try store.rows(of: rule, at: clock, in: arena).map { JSONWriter.line($0) }
}
