import Batch
import Documents
import Foundation
import Testing

/// Alert rules of a repository, run after run.
@Suite struct AlertRunTests {
    static let rules = """
        docket: 1
        alerts:
          - id: large-sum
            defaultSeverity: high
            fnName: evaluateTransactionsAgainstDynamicRules
            options:
              groupBy: [counterpartyBeneficiaryId]
              timeAmount: 7
              timeUnit: days
              amountThreshold: 1000
            dedupeStrategy: {mute: false, cooldownTimeframeInMinutes: 1440}
            opens: {workflow: screening}
          - id: payer-names
            subjects: [cardHolderName]
            columns: [cardHolderName, payments]
            sql: SELECT cardHolderName, count(*) AS payments FROM transactions
              WHERE cardHolderName IS NOT NULL GROUP BY 1 ORDER BY 1
          - id: rejected-person
            cases:
              workflows: [screening]
              when: {type: json-logic, options: {rule: {"==": [{var: outcome}, rejected]}}}
        """

    private static func payment(
        _ id: String, _ to: String, _ amount: Int, _ day: String, more: String = ""
    ) -> String {
        """
        {"id":"\(id)","transactionDate":"2026-11-\(day)T09:00:00Z","transactionAmount":\(amount),\
        "transactionCurrency":"EUR","transactionBaseAmount":\(amount),\
        "transactionBaseCurrency":"EUR","counterpartyOriginatorId":"payer",\
        "counterpartyBeneficiaryId":"\(to)"\(more)}

        """
    }

    private func repository() throws -> TestRepository {
        var files = baseFiles
        files["docket.yaml"] = settingsFile.replacing(
            "events: [workflow.completed]", with: "events: [workflow.completed, alert.triggered]")
        files["rules/alerts.yaml"] = Self.rules
        files["transactions/2026/11.ndjson"] =
            Self.payment("t1", "shop-a", 900, "20") + Self.payment("t2", "shop-a", 900, "21")
            + Self.payment(
                "t3", "shop-b", 10, "21", more: #","cardHolderName":"Zebediah Person""#)
        return try TestRepository(files)
    }

    private func alerts(_ repository: TestRepository) throws -> [String] {
        try repository.files().filter { $0.hasPrefix("alerts/") && !$0.hasSuffix(".data.json") }
    }

    @Test func `alerts are files on the ledger, found once and told of once`() throws {
        let repository = try repository()
        let report = try #require(try repository.run().alerts)
        #expect(report.rules.map(\.id) == ["large-sum", "payer-names", "rejected-person"])
        #expect(report.raised == 3 && report.open == 3 && report.transactions == 3)
        #expect(report.messages == 3)
        let paths = try alerts(repository)
        #expect(paths.count == 3)
        let sum = try repository.json(paths[0])
        #expect(sum["rule"] as? String == "large-sum" && sum["severity"] as? String == "high")
        #expect((sum["subject"] as? [String: String]) == ["counterpartyBeneficiaryId": "shop-a"])
        #expect(sum["state"] as? String == "triggered" && sum["opens"] as? String == "screening")
        let data = try repository.json(String(paths[0].dropLast(5)) + ".data.json")
        #expect((data["row"] as? [String: Any])?["totalAmount"] as? Int == 1800)

        // Nothing changed: nothing is read.
        let second = try #require(try repository.run(at: clock.plus(seconds: 60)).alerts)
        #expect(second.transactions == 0 && second.rules.isEmpty && second.open == 3)
        let changed = try repository.changes("ledger~1", "ledger")
        #expect(changed.allSatisfy { $0.hasPrefix("runs/") })

        // The next day the windows are others, the alerts are the same.
        let third = try #require(try repository.run(at: clock.plus(seconds: 86_400)).alerts)
        #expect(third.transactions == 3 && third.raised == 0 && third.repeated == 2)
    }

    @Test func `what a rule selects stands beside the alert, never in it`() throws {
        let repository = try repository()
        try repository.run()
        for path in try repository.files() {
            let text = try repository.git("show", "ledger:\(path)")
            guard text.contains("Zebediah Person") else { continue }
            #expect(
                path.hasSuffix(".data.json") || path.hasPrefix("outbox/"), "\(path) names a person")
        }
    }

    @Test func `a decision completes an alert, a cooldown keeps it away, then it is raised again`()
        throws
    {
        let repository = try repository()
        try repository.run()
        let path = try alerts(repository)[0]
        let id = try #require(path.split(separator: "/").last?.dropLast(5))
        let directory = "alerts/large-sum/\(id).events"
        func event(_ name: String, _ text: String) throws {
            try repository.write(
                "\(directory)/20261122T03000000\(name)Z-\(String(repeating: "a", count: 32)).yaml",
                text)
            try repository.commit()
        }
        try event(
            "0", "type: cleared\nkind: decision\nby: analyst-7\nexpects: {state: triggered}\n")
        let decided = try repository.run(at: clock.plus(seconds: 3600))
        #expect(decided.alerts?.decided == 1 && decided.alerts?.open == 2)
        let file = try repository.json(path)
        #expect(file["state"] as? String == "cleared" && file["status"] as? String == "completed")
        #expect(file["assignee"] as? String == "analyst-7")

        try event("1", "type: escalated\nkind: decision\nexpects: {state: triggered}\n")
        try event("2", "type: assign\npayload: {assignee: analyst-9}\n")
        let refused = try repository.run(at: clock.plus(seconds: 7200)).alerts
        #expect(refused?.refused == 1 && refused?.decided == 1)
        #expect(try repository.json(path)["assignee"] as? String == "analyst-9")

        // A day after the alert was made its cooldown is over.
        let again = try repository.run(at: clock.plus(seconds: 86_400)).alerts
        #expect(again?.raised == 1 && again?.open == 3)
        #expect(try alerts(repository).count == 4)

        try event("3", "type: triggered\nkind: decision\n")
        #expect(try repository.run(at: clock.plus(seconds: 86_500)).alerts?.open == 4)
    }

    @Test func `an applied event that was edited is an integrity finding`() throws {
        let repository = try repository()
        try repository.run()
        let path = try alerts(repository)[0]
        let id = try #require(path.split(separator: "/").last?.dropLast(5))
        let file =
            "alerts/large-sum/\(id).events/20261122T030000000Z-\(String(repeating: "a", count: 32)).yaml"
        try repository.write(file, "type: cleared\nkind: decision\n")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 10))
        try repository.write(file, "type: escalated\nkind: decision\n")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 20)).hasIntegrityFindings)
    }

    @Test func `faulty rows are left out and said, a broken query stops the run`() throws {
        let repository = try repository()
        try repository.write("transactions/2026/12.ndjson", "{\"id\": \"t9\"}\n")
        try repository.commit()
        let report = try repository.run()
        #expect(report.alerts?.faultyRows == 1 && report.hasNewFaults)
        #expect(report.findings.contains { $0.code == "AL020" })
        #expect(try !repository.run(at: clock.plus(seconds: 10)).hasNewFaults)
        try repository.write(
            "rules/alerts.yaml", Self.rules.replacing("ORDER BY 1", with: "ORDER BY random()"))
        try repository.commit()
        let error = #expect(throws: RunError.self) {
            try repository.run(at: clock.plus(seconds: 20))
        }
        guard case .definitions(let findings) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let finding = try #require(findings.first { $0.code == "AL013" })
        #expect(finding.position?.line == 16)
    }

    @Test func `a new transaction and a new rule are looked at in the next run`() throws {
        let repository = try repository()
        try repository.run()
        try repository.write(
            "transactions/2026/12.ndjson", Self.payment("t8", "shop-c", 5000, "22"))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 10)).alerts?.transactions == 4)
        // Nine in the morning is later than the clock: the run after it sees the payment.
        let later = try repository.run(at: clock.plus(seconds: 36_000)).alerts
        #expect(later?.raised == 1)
        try repository.write(
            "rules/more.yaml",
            """
            docket: 1
            alerts:
              - id: approved-person
                cases: {when: {type: json-logic, options: {rule: {"==": [{var: outcome}, approved]}}}}
            """)
        try repository.commit()
        let more = try repository.run(at: clock.plus(seconds: 36_010)).alerts
        #expect(more?.rules.first { $0.id == "approved-person" }?.raised == 1)
    }

    @Test func `one worker and eight write the same alerts, and a replay too`() throws {
        let repository = try repository()
        try repository.run {
            $0.jobs = 1
            $0.ledger = "ledger-a"
        }
        try repository.run {
            $0.jobs = 8
            $0.ledger = "ledger-b"
        }
        #expect(
            try repository.git("rev-parse", "ledger-a^{tree}")
                == repository.git("rev-parse", "ledger-b^{tree}"))
        let replay = try repository.run { $0.replay = "ledger-a" }.replay
        #expect(replay?.isSame == true, "\(replay?.differences ?? [])")
        try repository.run(at: clock.plus(seconds: 86_400)) { $0.ledger = "ledger-a" }
        let second = try repository.run { $0.replay = "ledger-a" }.replay
        #expect(second?.isSame == true, "\(second?.differences ?? [])")
    }

    @Test func `a run of some cases keeps what alerts looked at`() throws {
        let repository = try repository()
        try repository.run()
        try repository.run(at: clock.plus(seconds: 10)) { $0.select = "people/ada" }
        let after = try repository.run(at: clock.plus(seconds: 20)).alerts
        #expect(after?.transactions == 0 && after?.open == 3)
    }
}
