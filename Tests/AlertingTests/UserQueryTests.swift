import Definitions
import Documents
import Testing

@testable import Alerting

@Suite struct UserQueryTests {
    private func answer(
        _ sql: String, _ columns: [String], rowLimit: Int = 100
    ) throws -> [String] {
        var made = Transactions()
        made.business("shop", "retail")
        made.add("a", "shop", "10", at: "2026-11-22T09:00:00Z")
        made.add("b", "shop", "20", at: "2026-11-21T09:00:00Z")
        made.add("b", "other", "5", at: "2026-01-01T09:00:00Z")
        let arena = Arena()
        let rule = AlertRule(
            id: "Q", work: .query(AlertQuery(sql: sql, columns: columns, rowLimit: rowLimit)))
        let now = try #require(Instant(parsing: "2026-11-22T15:30:00Z"))
        return try made.store().rows(of: rule, at: now, in: arena).map { JSONWriter.line($0) }
    }

    private func refusal(_ sql: String, _ columns: [String] = ["n"]) throws -> String {
        let error = #expect(throws: AlertError.self) { try answer(sql, columns) }
        return error?.message ?? ""
    }

    @Test func `a query sees transactions, counterparties and the run's clock`() throws {
        let found = try answer(
            """
            SELECT t.counterpartyBeneficiaryId AS counterpartyId, SUM(transactionBaseAmount) AS total,
              day(:now) AS day
            FROM transactions t JOIN counterparties c ON c.id = t.counterpartyBeneficiaryId
            WHERE transactionDate >= window_start(7, 'days') AND projectId = :projectId
              AND c.type = 'business'
            GROUP BY 1 ORDER BY 1
            """, ["counterpartyId", "total", "day"])
        #expect(found == [#"{"counterpartyId":"shop","total":30,"day":"2026-11-22"}"#])
        let common = try answer(
            """
            WITH large AS (SELECT id FROM transactions WHERE transactionBaseAmount > 7)
            SELECT count(*) AS n FROM large ORDER BY 1
            """, ["n"])
        #expect(common == [#"{"n":2}"#])
    }

    @Test func `a query may only read, and nothing but its views`() throws {
        for sql in [
            "DELETE FROM tx", "PRAGMA table_info(tx)", "ATTACH 'x.db' AS x",
            "SELECT load_extension('x') AS n ORDER BY 1", "DROP VIEW transactions",
            "SELECT name AS n FROM sqlite_master ORDER BY 1",
            "SELECT n FROM counterparty ORDER BY 1", "SELECT base AS n FROM tx ORDER BY 1",
            "SELECT name AS n FROM pragma_database_list ORDER BY 1",
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c ORDER BY 1",
            "SELECT 1 AS n ORDER BY 1; SELECT 2",
        ] {
            #expect(try !refusal(sql).isEmpty, "\(sql)")
        }
    }

    @Test func `a query reads no clock and no chance`() throws {
        for call in [
            "random()", "date('now')", "CURRENT_TIMESTAMP", "datetime('now')", "julianday('now')",
            "strftime('%s','now')", "randomblob(4)", "changes()", "sqlite_version()",
        ] {
            #expect(try !refusal("SELECT \(call) AS n ORDER BY 1").isEmpty, "\(call)")
        }
    }

    @Test func `a query needs an order`() throws {
        let sql = "SELECT id AS n FROM transactions"
        #expect(try refusal(sql).contains("ORDER BY"))
        #expect(try refusal(sql + " -- ORDER BY 1").contains("ORDER BY"))
        #expect(try refusal("SELECT 'order by' AS n FROM transactions").contains("ORDER BY"))
        #expect(
            try refusal("SELECT n FROM (SELECT id AS n FROM transactions ORDER BY 1)")
                .contains("ORDER BY"))
        #expect(try answer(sql + " ORDER BY 1", ["n"]).count == 3)
    }

    @Test func `a query keeps to its columns, rows and steps`() throws {
        let sql = "SELECT id AS n FROM transactions ORDER BY 1"
        #expect(try refusal(sql, ["m"]).contains("declares"))
        let rows = #expect(throws: AlertError.self) { try answer(sql, ["n"], rowLimit: 2) }
        #expect(rows?.message.contains("2 rows") == true)
        #expect(try refusal("SELECT :other AS n ORDER BY 1").contains(":other"))
    }
}
