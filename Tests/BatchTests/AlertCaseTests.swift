import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// Cases that a run opens for alerts by itself.
@Suite struct AlertCaseTests {
    static let settings = settingsFile.replacing(
        "cases:\n", with: "cases:\n  alerts: {workflow: triage, events: [{type: START}]}\n"
    ).replacing("[workflow.completed]", with: "[workflow.completed, alert.triggered]")

    static let triage = """
        docket: 1
        id: triage
        version: 1
        definition:
          initial: idle
          states:
            idle: {on: {START: open}}
            open:
              tags: [manual_review]
              on: {clear: cleared, escalate: escalated}
              after: {86400000: overdue}
            overdue: {tags: [manual_review], on: {clear: cleared}}
            cleared: {type: final, tags: [approved]}
            escalated: {type: final, tags: [rejected]}
        """

    private func repository(
        _ rules: String = sumRule("    opens: {workflow: triage, automatically: true}"),
        _ more: [String: String] = [:]
    ) throws -> TestRepository {
        var files = baseFiles
        files["docket.yaml"] = Self.settings
        files["workflows/triage.yaml"] = Self.triage
        files["rules/alerts.yaml"] = rules
        files["transactions/2026-11.ndjson"] =
            payment("t1", "shop-a", 1800, "21") + payment("t2", "shop-b", 2900, "21")
            + payment("t3", "shop-c", 10, "21", more: #","cardHolderName":"Zebediah Person""#)
        return try TestRepository(files.merging(more) { $1 })
    }

    private func cases(_ repository: TestRepository) throws -> [String] {
        try repository.files().filter {
            $0.hasPrefix("results/alerts/") && !$0.hasSuffix(".data.json")
        }
    }

    @Test func `an alert opens its case in the same run, once`() throws {
        let repository = try repository()
        let report = try repository.run()
        #expect(report.alerts?.opened == 2 && report.created == 5)
        #expect(report.totals.outcomes["triage"] == ["manual review": 2])
        let paths = try cases(repository)
        #expect(paths.count == 2)
        let record = try repository.json(paths[0])
        let alert = try #require(record["alert"] as? [String: String])
        let id = try #require(alert["id"])
        #expect(alert["rule"] == "large-sum" && record["state"] as? String == "open")
        #expect(record["case"] as? String == "alerts/large-sum/\(id)")
        #expect((record["pin"] as? [String: String])?["commit"] != nil)
        let file = try repository.json("alerts/large-sum/\(id.prefix(2))/\(id).json")
        #expect(file["case"] as? String == "alerts/large-sum/\(id)")
        let data = try repository.json(String(paths[0].dropLast(5)) + ".data.json")
        let entity = (data["context"] as? [String: Any])?["entity"] as? [String: Any]
        let row = (entity?["data"] as? [String: Any])?["row"] as? [String: Any]
        #expect(entity?["id"] as? String == id && row?["totalAmount"] as? Int ?? 0 > 1000)
        // Its message says which case it is.
        let messages = try repository.files().filter { $0.hasPrefix("outbox/") }
            .compactMap { try repository.json($0)["body"] as? [String: Any] }
        #expect(messages.contains { $0["caseId"] as? String == "alerts/large-sum/\(id)" })

        let second = try repository.run(at: clock.plus(seconds: 60))
        #expect(second.alerts?.opened == 0 && second.due == 0)
        #expect(try repository.run(at: clock.plus(seconds: 3600)) { $0.source = "main~0" }.due == 0)
    }

    @Test func `one worker, eight and a replay give the same bytes`() throws {
        let repository = try repository()
        for (jobs, ledger) in [(1, "ledger-a"), (8, "ledger-b")] {
            try repository.run {
                $0.jobs = jobs
                $0.ledger = ledger
            }
        }
        #expect(
            try repository.git("rev-parse", "ledger-a^{tree}")
                == repository.git("rev-parse", "ledger-b^{tree}"))
        let first = try repository.run { $0.replay = "ledger-a" }.replay
        #expect(first?.isSame == true, "\(first?.differences ?? [])")
        try repository.run(at: clock.plus(seconds: 90_000)) { $0.ledger = "ledger-a" }
        let second = try repository.run { $0.replay = "ledger-a" }.replay
        #expect(second?.isSame == true, "\(second?.differences ?? [])")
        // A run that writes nothing opens nothing.
        #expect(
            try repository.run {
                $0.isDryRun = true; $0.ledger = "none"
            }.alerts?.opened == 2)
        #expect(throws: (any Error).self) { try repository.git("rev-parse", "none") }
    }

    @Test func `a reviewer's event of the case is written where the run finds it`() throws {
        let repository = try repository()
        try repository.run()
        let id = try #require(CaseID(String(cases(repository)[0].dropFirst(8).dropLast(5))))
        var event = EventFile(id, type: "clear", kind: .decision, at: clock.plus(seconds: 10))
        event.expects = (1, "open")
        let path = try event.write(in: repository.directory, random: (1, 2))
        #expect(path.hasPrefix("cases/\(id).events/"))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 20)).decisions == 1)
        // Of a case that is in no file and of no alert there is no such place.
        event.id = try #require(CaseID("alerts/large-sum/somebody"))
        #expect(throws: EventFileError.self) {
            try event.write(in: repository.directory, random: (1, 2))
        }
    }

    @Test func `events and timers of the case work as for any other`() throws {
        let repository = try repository()
        try repository.run()
        let paths = try cases(repository)
        let id = String(paths[0].dropFirst(8).dropLast(5))
        let events = "cases/\(id).events/20261122T030000000Z-\(String(repeating: "a", count: 32))"
        try repository.write(
            "\(events).yaml",
            "type: clear\nkind: decision\nby: analyst-7\nexpects: {state: open, episode: 1}\n")
        try repository.commit()
        let decided = try repository.run(at: clock.plus(seconds: 600))
        #expect(decided.due == 1 && decided.decisions == 1 && decided.findings.isEmpty)
        #expect(try repository.json(paths[0])["outcome"] as? String == "approved")
        #expect(try repository.json(paths[0])["alert"] != nil)

        let late = try repository.run(at: clock.plus(seconds: 90_000))
        #expect(late.advanced == 1 && late.alerts?.raised == 0)
        #expect(try repository.json(paths[1])["state"] as? String == "overdue")
        let checked = try SourceCheck(
            repository.git("rev-parse", "HEAD^{tree}").tree,
            in: Repository.open(repository.directory))
        #expect(checked.findings.isEmpty, "\(checked.findings)")
    }

    @Test func `personal data stands in the row and in the case's data only`() throws {
        let rules = """
            docket: 1
            alerts:
              - id: payer-names
                subjects: [cardHolderName]
                columns: [cardHolderName, payments]
                sql: SELECT cardHolderName, count(*) AS payments FROM transactions
                  WHERE cardHolderName IS NOT NULL GROUP BY 1 ORDER BY 1
                opens: {workflow: triage, automatically: true}
            """
        let repository = try repository(rules)
        #expect(try repository.run().alerts?.opened == 1)
        for path in try repository.files() {
            guard try repository.git("show", "ledger:\(path)").contains("Zebediah Person") else {
                continue
            }
            #expect(
                path.hasSuffix(".data.json") || path.hasPrefix("outbox/"), "\(path) names a person")
        }
    }

    @Test func `a child of an alert's case gets its events`() throws {
        let family =
            Self.triage + """

                extensions:
                  commonPlugins:
                    - name: looks
                      pluginKind: iterative
                      stateNames: [open]
                      actionPluginName: look
                      iterateOn: [{transformer: jmespath, mapping: "[{id: 'kyc'}]"}]
                  childWorkflowPlugins:
                    - name: look
                      definitionId: screening
                      initEvent: START
                      transformers: [{transformer: jmespath, mapping: "{entity: {data: {score: `50`}}}"}]
                """
        let repository = try repository(
            sumRule("    opens: {workflow: triage, automatically: true}"),
            ["workflows/triage.yaml": family])
        let report = try repository.run()
        #expect(report.alerts?.opened == 2 && report.children == 2, "\(report.faults)")
        let child = try #require(
            try cases(repository).first { $0.split(separator: "/").count == 5 })
        let events = "cases/\(child.dropFirst(8).dropLast(5)).events"
        try repository.write(
            "\(events)/20261122T030000000Z-\(String(repeating: "a", count: 32)).yaml",
            "type: approve\nkind: decision\n")
        try repository.commit()
        let decided = try repository.run(at: clock.plus(seconds: 60))
        #expect(decided.findings.isEmpty, "\(decided.findings)")
        #expect(try repository.json(child)["outcome"] as? String == "approved")
    }

    @Test func `a case that failed at its start is tried again with mended definitions`() throws {
        let repository = try repository()
        let broken = Self.triage.replacing(
            "definition:",
            with: "contextSchema: {type: json-schema, schema: {required: [nothing]}}\ndefinition:")
        try repository.write("workflows/triage.yaml", broken)
        try repository.commit()
        let failed = try repository.run()
        #expect(failed.alerts?.opened == 2 && failed.faults.count == 2)
        #expect(try repository.json(cases(repository)[0])["alert"] != nil)
        try repository.write("workflows/triage.yaml", Self.triage)
        try repository.commit()
        let mended = try repository.run(at: clock.plus(seconds: 60))
        #expect(mended.faults.isEmpty && mended.advanced == 2 && mended.alerts?.opened == 0)
        #expect(mended.totals.outcomes["triage"] == ["manual review": 2])
        #expect(try repository.json(cases(repository)[1])["alert"] != nil)
    }

    @Test func `rules over cases that open cases do not look at the cases of alerts`() throws {
        let rules = """
            docket: 1
            alerts:
              - id: anything
                cases: {}
                opens: {workflow: triage, automatically: true}
              - id: everything
                cases: {}
            """
        let repository = try repository(rules)
        let report = try #require(try repository.run().alerts)
        // Three people; and the three cases of these alerts.
        #expect(report.rules.map(\.raised) == [3, 6] && report.opened == 3)
        let later = try repository.run(at: clock.plus(seconds: 90_000)).alerts
        #expect(later?.raised == 0 && later?.opened == 0)
    }

    @Test func `a file that took the id of an alert's case is a fault`() throws {
        let first = try repository()
        try first.run()
        let id = String(try cases(first)[0].dropFirst(8).dropLast(5))
        let repository = try repository(
            sumRule("    opens: {workflow: triage, automatically: true}"),
            ["cases/\(id).yaml": "workflow: screening\ncontext: {entity: {data: {score: 1}}}\n"])
        let report = try #require(try repository.run().alerts)
        #expect(report.raised == 2 && report.opened == 1)
        #expect(report.faults.map(\.code) == ["AL016"] && report.hasNewFaults)
        let parts = id.split(separator: "/")
        let alert = try repository.json("alerts/large-sum/\(parts[2].prefix(2))/\(parts[2]).json")
        #expect(alert["case"] == nil && alert["opens"] as? String == "triage")
    }

    @Test func `a rule that raises too many alerts stops the run until somebody accepts it`() throws
    {
        let repository = try repository()
        let settings = try String(
            contentsOfFile: repository.path("docket.yaml"), encoding: .utf8)
        try repository.write(
            "docket.yaml", settings.replacing("limits: {", with: "limits: {alerts: 1, "))
        try repository.commit()
        let refused = try repository.run()
        #expect(refused.floods.map { [$0.raised, $0.allowed] } == [[2, 1]])
        #expect(refused.isRefused && refused.commit == nil && refused.created == 3)
        let accepted = try repository.run { $0.acceptsMassChange = true }
        #expect(accepted.alerts?.raised == 2 && accepted.commit != nil)
        #expect(try repository.run { $0.replay = "ledger" }.replay?.isSame == true)
    }
}

extension String {
    fileprivate var tree: TreeID {
        get throws { TreeID(try #require(ObjectID(hex: self))) }
    }
}
