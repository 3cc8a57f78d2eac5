import Definitions
import Documents
import Testing

@testable import Alerting

@Suite struct TransactionFileTests {
    private func findings(_ path: String, _ text: String) throws -> [String] {
        let store = try TransactionStore()
        var files = TransactionFiles()
        try TransactionLoader.load(into: store) {
            (loader: inout TransactionLoader) throws(AlertError) in
            try Transactions.read(Array(text.utf8)) { bytes throws(AlertError) in
                if path.hasPrefix("counterparties") {
                    try files.readCounterparties(path, bytes, into: &loader)
                } else {
                    try files.readTransactions(path, bytes, into: &loader)
                }
            }
        }
        return files.findings.map(\.description) + ["\(store.transactionCount)"]
    }

    private static let header =
        "id,transactionDate,transactionAmount,transactionCurrency,transactionBaseAmount,"
        + "transactionBaseCurrency,transactionType,counterpartyOriginatorId,"
        + "counterpartyBeneficiaryId\n"

    @Test func `rows of CSV are loaded, faulty ones are named and left out`() throws {
        let found = try findings(
            "transactions/2026/11.csv",
            Self.header + """
                t1,2026-11-22T09:00:00Z,10.5,EUR,10.5,EUR,payment,a,b
                t1,2026-11-22T09:00:00Z,10.5,EUR,10.5,EUR,payment,a,b
                t2,yesterday,10,EUR,10,EUR,payment,a,b
                t3,2026-11-22,much,EUR,10,EUR,payment,a,b
                t4,2026-11-22,10,EUR,10,EUR,gift,a,b
                t5,2026-11-22,10,EUR,10,EUR,,a,
                t6,2026-11-22 09:00:00+02:00,10,EUR,10,EUR,,a,b
                """)
        #expect(found.count == 6)
        #expect(found[0].contains(":3:1: error AL022"))
        #expect(found[1].contains(":4:1: error AL020"))
        #expect(found[2].contains(":5:1: error AL020"))
        #expect(found[3].contains(":6:1: error AL021"))
        #expect(found[4].contains(":7:1: error AL020"))
        #expect(found[5] == "2")
    }

    @Test func `counterparties stand in a transaction as Ballerine's interface has them`() throws {
        let line = """
            {"id":"t1","transactionDate":"2026-11-22T09:00:00.250Z","transactionAmount":1,\
            "transactionCurrency":"EUR","transactionBaseAmount":1,"transactionBaseCurrency":"EUR",\
            "originator":{"correlationId":"p","endUserData":{}},\
            "beneficiary":{"correlationId":"m","businessData":{"businessType":"retail"}}}
            """
        #expect(try findings("transactions/a.ndjson", line) == ["1"])
        let both = line.replacing(
            #""endUserData":{}"#, with: #""endUserData":{},"businessData":{}"#)
        #expect(try findings("transactions/a.ndjson", both).first?.contains("AL021") == true)
    }

    @Test func `counterparties have a type and an id of their own`() throws {
        let found = try findings(
            "counterparties/a.ndjson",
            """
            {"id":"a","type":"business"}
            {"id":"a","type":"business"}
            {"id":"b","type":"bank"}
            {"type":"business"}
            not json
            """)
        #expect(found.count == 5)
        #expect(found[0].contains(":2:1: error AL022"))
        #expect(found[1].contains(":3:1: error AL021"))
        #expect(found[2].contains(":4:1: error AL020"))
        #expect(found[3].contains("DOC001"))
    }

    @Test func `spreadsheets' line ends and byte order marks are no faults, NUL and quotes are`()
        throws
    {
        let row = "t1,2026-11-22,10,EUR,10,EUR,,a,b"
        let windows = "\u{FEFF}" + (Self.header + row + "\n").replacing("\n", with: "\r\n")
        #expect(try findings("transactions/a.csv", windows) == ["1"])
        let open = Self.header + row + "\n\"t2,x\nt3,y\nt4,z\n"
        let found = try findings("transactions/a.csv", open)
        #expect(found.count == 2 && found[1] == "1")
        #expect(found[0].contains(":3:1: ") && found[0].contains("3 lines are left out"))
        #expect(
            try findings("transactions/a.csv", Self.header + row.replacing("t1", with: "t\u{0}1"))
                .first?.contains("UTF-16 or no text") == true)
        #expect(try findings("transactions/a.csv", "").first?.contains("no header") == true)
        let long = row.replacing("t1", with: String(repeating: "x", count: 2 << 20))
        #expect(try findings("transactions/a.csv", Self.header + long).last == "0")
    }

    @Test func `an id is unique in its project, over all files`() throws {
        let store = try TransactionStore()
        var files = TransactionFiles()
        try TransactionLoader.load(into: store) {
            (loader: inout TransactionLoader) throws(AlertError) in
            for (path, project) in [("a", "one"), ("b", "two"), ("c", "one")] {
                let line = #"""
                    {"id":"t1","projectId":"\#(project)","transactionDate":"2026-11-22","transactionAmount":1,\#
                    "transactionCurrency":"EUR","transactionBaseAmount":1,"transactionBaseCurrency":"EUR",\#
                    "counterpartyOriginatorId":"a","counterpartyBeneficiaryId":"b"}
                    """#
                try Transactions.read(Array(line.utf8)) { bytes throws(AlertError) in
                    try files.readTransactions("transactions/\(path).ndjson", bytes, into: &loader)
                }
            }
        }
        #expect(files.findings.map(\.description).count == 1 && store.transactionCount == 2)
        #expect(files.findings[0].file == "transactions/c.ndjson")
    }

    @Test func `after twenty findings a file's others are counted`() throws {
        let lines = String(repeating: "{}\n", count: 50)
        let found = try findings("transactions/a.ndjson", lines)
        #expect(found.count == 22)
        #expect(found[20].contains("30 more"))
    }
}
