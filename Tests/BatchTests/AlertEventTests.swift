import Batch
import Documents
import Foundation
import GitStorage
import Testing

/// Event files of alerts that somebody got wrong, and what else the source may do to alerts.
@Suite struct AlertEventTests {
    private func repository(_ more: [String: String] = [:]) throws -> TestRepository {
        var files = baseFiles
        files["rules/alerts.yaml"] = sumRule()
        files["transactions/2026-11.ndjson"] = payment("t1", "shop-a", 1800, "21")
        return try TestRepository(files.merging(more) { $1 })
    }

    private func check(_ repository: TestRepository, ledger: Bool = false) throws -> [Finding] {
        let git = try Repository.open(repository.directory)
        var check = try SourceCheck(try git.tree(of: try git.resolve("HEAD")), in: git)
        if ledger {
            let opened = try Ledger.open(repository.directory)
            try check.check(against: #require(opened))
        }
        return check.findings
    }

    @Test func `a broken event is a fault until it is mended, then it is applied`() throws {
        let repository = try repository()
        try repository.run()
        let alert = try repository.alerts()[0]
        try repository.decide(alert, 0, "type: [cleared\n")
        try repository.decide(alert, 1, "type: escalated\nkind: decision\n")
        let broken = try repository.run(at: clock.plus(seconds: 10))
        #expect(broken.alerts?.faults.count == 1 && broken.hasNewFaults)
        let again = try repository.run(at: clock.plus(seconds: 20))
        #expect(again.alerts?.faults.count == 1 && !again.hasNewFaults)
        #expect(try repository.json(alert)["state"] as? String == "triggered")
        try repository.decide(alert, 0, "type: under_review\nkind: decision\n")
        let mended = try repository.run(at: clock.plus(seconds: 30)).alerts
        #expect(mended?.faults.isEmpty == true && mended?.decided == 2)
        #expect(try repository.json(alert)["state"] as? String == "escalated")
    }

    @Test func `events of an alert that is not there yet wait for it`() throws {
        let repository = try repository()
        try repository.run()
        let alert = try repository.alerts()[0]
        let other = try self.repository()
        try other.remove("transactions/2026-11.ndjson")
        try other.decide(alert, 0, "type: cleared\nkind: decision\n")
        let early = try other.run()
        #expect(early.alerts?.faults.map(\.code) == ["AL012"] && early.hasNewFaults)
        try other.write("transactions/2026-11.ndjson", payment("t1", "shop-a", 1800, "21"))
        try other.commit()
        try other.run(at: clock.plus(seconds: 10))
        let late = try other.run(at: clock.plus(seconds: 20)).alerts
        #expect(late?.decided == 1 && late?.faults.isEmpty == true && late?.open == 0)
    }

    @Test func `of two decisions on one state the second is refused`() throws {
        let repository = try repository()
        try repository.run()
        let alert = try repository.alerts()[0]
        let expects = "kind: decision\nexpects: {state: triggered}\n"
        try repository.decide(alert, 0, "type: cleared\nby: analyst-1\n" + expects)
        try repository.decide(alert, 1, "type: escalated\nby: analyst-2\n" + expects)
        let report = try repository.run(at: clock.plus(seconds: 10)).alerts
        #expect(report?.decided == 1 && report?.refused == 1)
        let file = try repository.json(alert)
        #expect(file["state"] as? String == "cleared" && file["assignee"] as? String == "analyst-1")
        let history = file["history"] as? [[String: Any]]
        #expect(history?.map { $0["result"] as? String } == ["applied", "refused"])
    }

    @Test func `a decision that means nothing is refused, said in the run and found by a check`()
        throws
    {
        let repository = try repository()
        try repository.run()
        let alert = try repository.alerts()[0]
        try repository.decide(alert, 0, "type: closed\nkind: decision\n")
        try repository.decide(
            alert, 1, "type: cleared\nkind: decision\nexpects: {sate: triggered}\n")
        try repository.decide(alert, 2, "type: assign\npayload:\n  assignee: Ann Other\n")
        let report = try repository.run(at: clock.plus(seconds: 10))
        #expect(report.alerts?.refused == 3 && report.alerts?.decided == 0)
        #expect(try repository.json(alert)["assignee"] == nil)
        let found = report.findings.filter { $0.code == "AL015" }
        #expect(found.map { $0.position?.line } == [1, 3, 3])
        #expect(try check(repository).filter { $0.code == "AL015" } == found)
    }

    @Test func `a check reads events of alerts, with a ledger their alerts too`() throws {
        let id = String(repeating: "0", count: 40)
        let name = "20261122T030000000Z-\(String(repeating: "a", count: 32)).yaml"
        let repository = try repository([
            "alerts/large-sum/\(id).events/\(name)": "type: cleared\nkind: decided\n",
            "alerts/gone-rule/\(id).events/\(name)": "type: cleared\n",
            "alerts/large-sum/\(id)/\(name)": "type: cleared\n", "alerts/README.md": "Events\n",
        ])
        try repository.git("symbolic-ref", "HEAD")
        let found = try check(repository)
        let places = found.map { "\($0.code) \($0.file):\($0.position?.line ?? 0)" }
        #expect(
            places
                == [
                    "AL012 alerts/gone-rule/\(id).events:0",
                    "CS021 alerts/large-sum/\(id).events/\(name):2",
                    "AL014 alerts/large-sum/\(id):0",
                ].sorted { $0.dropFirst(6) < $1.dropFirst(6) } || places.count == 3, "\(places)")
        #expect(Set(found.map(\.code)) == ["AL012", "AL014", "CS021"])
        try repository.run()
        let withLedger = try check(repository, ledger: true).filter { $0.level == .error }
        #expect(Set(withLedger.map(\.code)) == ["AL012", "CS021"])
    }

    @Test func `removing a directory of applied events is an integrity finding`() throws {
        let repository = try repository()
        try repository.run()
        try repository.decide(try repository.alerts()[0], 0, "type: cleared\nkind: decision\n")
        try repository.run(at: clock.plus(seconds: 10))
        try repository.remove("alerts")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 20)).hasIntegrityFindings)
    }

    @Test func `alerts outlive their rule and their transactions`() throws {
        let repository = try repository()
        try repository.run()
        let alert = try repository.alerts()[0]
        try repository.remove("rules/alerts.yaml")
        try repository.remove("transactions")
        try repository.decide(alert, 0, "type: escalated\nkind: decision\n")
        let report = try repository.run(at: clock.plus(seconds: 10)).alerts
        #expect(report?.decided == 1 && report?.open == 1)
        #expect(try repository.json(alert)["state"] as? String == "escalated")
        // What it looked at is gone with it, and came back: the alert is the same.
        try repository.write("rules/alerts.yaml", sumRule())
        try repository.write("transactions/2026-11.ndjson", payment("t1", "shop-a", 1800, "21"))
        try repository.commit()
        let back = try repository.run(at: clock.plus(seconds: 20)).alerts
        #expect(back?.raised == 0 && back?.repeated == 1)
    }

    @Test func `a list, a named condition and a rule set that changed are looked at in all cases`()
        throws
    {
        let rules = """
            docket: 1
            conditions:
              - id: is-bo
                type: json-logic
                options: {rule: {"==": [{var: context.entity.id}, bo]}}
            alerts:
              - id: listed
                cases:
                  when: {type: json-logic, options: {rule: {in_list: [watch, {var: context.entity.id}]}}}
              - id: named
                cases: {when: is-bo}
            """
        let repository = try repository([
            "rules/alerts.yaml": rules, "lists/watch.csv": "name\nada\n",
        ])
        #expect(try repository.run().alerts?.raised == 2)
        try repository.write("lists/watch.csv", "name\nada\ncy\n")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 10)).alerts?.raised == 1)
        try repository.write("rules/alerts.yaml", rules.replacing(", bo]", with: ", cy]"))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 20)).alerts?.raised == 1)
        #expect(try repository.run(at: clock.plus(seconds: 30)).alerts?.rules.isEmpty == true)
    }

    @Test func `a rule that compares dates with the clock looks at all cases each day`() throws {
        let rules = """
            docket: 1
            alerts:
              - id: overdue
                cases:
                  when:
                    and:
                      - {type: json-logic, options: {rule: {"!!": {var: context.entity.data.since}}}}
                      - not:
                          type: rule-set
                          options:
                            rule: {operator: and, rules: [{key: context.entity.data.since, operator: LAST_YEAR, value: {years: 1}}]}
            """
        let repository = try repository([
            "rules/alerts.yaml": rules,
            "cases/people/ada.yaml": applicant("ada", score: 1)
                .replacing("score: 1", with: "score: 1, since: '2025-11-22T12:00:00Z'"),
        ])
        #expect(try repository.run().alerts?.raised == 0)
        #expect(try repository.run(at: clock.plus(seconds: 60)).alerts?.rules.isEmpty == true)
        let next = try repository.run(at: clock.plus(seconds: 86_400))
        #expect(next.due == 0 && next.alerts?.raised == 1)
    }

    @Test func `a case that fails or is withdrawn is looked at`() throws {
        let rules = """
            docket: 1
            alerts:
              - id: gone-wrong
                cases: {when: {type: json-logic, options: {rule: {in: [{var: outcome}, [failed, withdrawn]]}}}}
            """
        let repository = try repository(["rules/alerts.yaml": rules])
        #expect(try repository.run().alerts?.raised == 0)
        try repository.write("cases/people/bo.yaml", "context: [\n")
        try repository.remove("cases/people/ada.yaml")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 10)).alerts?.raised == 2)
    }

    @Test func `what stands in transactions and is not read is said`() throws {
        let repository = try repository([
            "transactions/2026-10.CSV": "id\n1\n", "transactions/README.md": "Daily\n",
            "transactions/lfs.csv":
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 9\n",
        ])
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("transactions/old"), withDestinationPath: "../cases")
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("counterparties"), withDestinationPath: "cases")
        try repository.commit()
        let report = try repository.run()
        let places = report.findings.map { "\($0.code) \($0.file)" }
        #expect(
            places.sorted() == [
                "AL020 counterparties", "AL020 transactions/old", "AL024 transactions/2026-10.CSV",
                "CS034 transactions/lfs.csv",
            ], "\(places)")
        #expect(report.alerts?.faultyRows == 3 && report.alerts?.raised == 1)
        #expect(try check(repository) == report.findings)
    }

    @Test func `an id with line ends in it does not pass for another`() throws {
        let rules = """
            docket: 1
            alerts:
              - id: pairs
                subjects: [counterpartyOriginatorId, counterpartyBeneficiaryId]
                columns: [counterpartyOriginatorId, counterpartyBeneficiaryId]
                sql: SELECT counterpartyOriginatorId, counterpartyBeneficiaryId FROM transactions
                  ORDER BY 1, 2
            """
        let name = #"\ncounterpartyBeneficiaryId\n"#
        let first = payment("t1", "z", 1, "21").replacing(#""payer""#, with: #""x\#(name)y""#)
        let second = payment("t2", #"y\#(name)z"#, 1, "21").replacing(
            #""payer""#, with: #""x""#)
        let repository = try repository([
            "rules/alerts.yaml": rules, "transactions/2026-11.ndjson": first + second,
        ])
        #expect(try repository.run().alerts?.raised == 2)
    }

    @Test func `the id of a rule names a directory`() throws {
        for id in ["..", ".git", "-x", "a/b"] {
            let repository = try repository([
                "rules/alerts.yaml": sumRule().replacing("id: large-sum", with: "id: '\(id)'")
            ])
            #expect(try check(repository).map(\.code) == ["AL001"], "\(id)")
            #expect(throws: RunError.self) { try repository.run() }
            #expect(try repository.run { $0.toleratesErrors = true }.alerts?.raised ?? 0 == 0)
        }
    }
}
