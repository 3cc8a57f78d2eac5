import Batch
import Casework
import Documents
import Foundation
import Testing
import Vendors

/// Monitors that cannot come to a result, monitors of children, and what a look must not leave behind.
@Suite struct MonitorFaultTests: MonitorSuite {
    // MARK: What goes wrong

    @Test func `a monitor that faults is a fault of its case, which keeps its decision`() throws {
        let repository = try repository()
        try repository.run()
        try repository.write(
            "vendors/sanctions.yaml",
            Self.answers(["Cy"], more: "  - {when: {name: Ada}, status: 500, body: {}}\n"))
        try repository.write("lists/sanctions.csv", "Cy\n")
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.monitors.map(\.failed) == [1])
        #expect(report.monitors.map(\.due) == [3])
        #expect(report.hasNewFaults)
        #expect(report.faults.map { $0.id?.path } == ["people/ada"])
        var ada = try repository.json("results/people/ada.json")
        #expect((ada["fault"] as? [String: String])?["code"] == "RUN030")
        #expect(ada["status"] as? String == "completed")
        #expect(ada["outcome"] as? String == "approved")
        #expect(ada["episode"] as? Int == 1)
        #expect(try standing("screening", of: "people/ada", repository)["pending"] == "list")
        // It looks again in each run; the fault is no news then.
        let second = try repository.run(at: clock.plus(seconds: 2))
        #expect(second.monitors.map(\.failed) == [1])
        #expect(!second.hasNewFaults)
        try repository.write("vendors/sanctions.yaml", Self.answers(["Ada", "Cy"]))
        try repository.commit()
        let third = try repository.run(at: clock.plus(seconds: 3))
        #expect(third.monitors.map(\.reopened) == [1])
        ada = try repository.json("results/people/ada.json")
        #expect(ada["fault"] == nil && ada["episode"] as? Int == 2)
        #expect(try standing("screening", of: "people/ada", repository)["pending"] == nil)
        #expect(try repository.run(at: clock.plus(seconds: 4)).due == 0)
    }

    @Test func `a state that cannot be opened leaves the case decided`() throws {
        let bad = Self.workflow("watched", monitors: Self.period)
            .replacingOccurrences(
                of: "rulesSource: {source",
                with: "persistResponseDestination: risk\n      rulesSource: {source"
            )
            .replacingOccurrences(of: "reopen: review", with: "reopen: decision")
        let repository = try repository("", ["workflows/watched.yaml": bad])
        // Without a risk in pluginsOutput the guard compares nothing: nobody is reviewed for it.
        try repository.run()
        let guarded = bad.replacingOccurrences(
            of: "pluginsOutput.risk.riskScore > `10`", with: "length(entity.data.age) > `10`")
        try repository.write("workflows/watched.yaml", guarded)
        try repository.commit()
        let due = clock.plus(seconds: 90 * Self.day)
        let report = try repository.run(at: due)
        #expect(report.faults.map(\.fault.code) == ["RUN001", "RUN001"])
        let ada = try repository.json("results/people/ada.json")
        #expect(ada["status"] as? String == "completed" && ada["episode"] as? Int == 1)
        #expect(ada["state"] as? String == "approved")
        #expect((ada["history"] as? [Any])?.count == 4)
    }

    @Test func `a vendor without an answer leaves the monitor waiting`() throws {
        let repository = try repository()
        try repository.run()
        try repository.write("lists/sanctions.csv", "x\n")
        try repository.commit()
        var options = RunOptions(
            directory: repository.directory, now: clock.plus(seconds: 1), jobs: 2)
        options.at = clock.plus(seconds: 1)
        let report = try BatchRun(options: options, vendors: Absent()).perform()
        #expect(report.monitors.map(\.waiting) == [2])
        #expect(report.monitors.map(\.unchanged) == [1])
        #expect(report.monitors.map(\.due) == [3])
        let ada = try repository.json("results/people/ada.json")
        #expect(ada["status"] as? String == "completed" && ada["fault"] == nil)
        try repository.write("vendors/sanctions.yaml", Self.answers(["Bo", "Cy"]))
        try repository.commit()
        let later = try repository.run(at: clock.plus(seconds: 2))
        #expect(later.monitors.map(\.due) == [2])
        #expect(later.monitors.map(\.reopened) == [1])
    }

    /// Knows of Bo and has no answer about others now.
    private struct Absent: VendorAnswers {
        func answer(_ call: VendorCall, in arena: Arena) -> VendorAnswer {
            guard call.request["name"]?.string == "Bo" else {
                return .unavailable(reason: "down for the night")
            }
            let hit = arena.object(["list": arena.string("x"), "id": arena.string("Bo")])
            return .response(status: 200, body: arena.object(["hits": arena.array([hit])]))
        }
    }

    /// A vendor outside, which counts how often it is asked about whom.
    private final class Outside: LiveVendors, @unchecked Sendable {
        private let lock = NSLock()
        private var asked: [String: Int] = [:]
        private var absent: Set<String> = []
        let now = clock

        var counts: [String: Int] { lock.withLock { asked } }
        func leave(_ names: Set<String>) { lock.withLock { absent = names } }
        func isLive(_ vendor: String) -> Bool { true }
        func isRepeatable(_ call: OutgoingCall) -> Bool { true }
        func answer(
            _ call: OutgoingCall, leaving: @escaping VendorRequest.Leaving
        ) async -> VendorReply {
            guard await leaving() else { return .unavailable("not noted") }
            let body = String(decoding: call.body ?? [], as: UTF8.self)
            let isAbsent = lock.withLock {
                asked[body, default: 0] += 1
                return absent.contains { body.contains($0) }
            }
            if isAbsent { return .unavailable("closed at night") }
            let hits = body.contains("Bo") ? #"{"hits": [{"id": "Bo"}]}"# : #"{"hits": []}"#
            return .response(
                status: 200, headers: [], body: Array(hits.utf8), at: clock, milliseconds: 1)
        }
    }

    @Test func `a vendor outside is asked once for each look, and once more where it was closed`()
        throws
    {
        let repository = try repository()
        let outside = Outside()
        func run(_ seconds: Int) throws -> RunReport {
            var options = RunOptions(
                directory: repository.directory, now: clock.plus(seconds: seconds), jobs: 2)
            options.at = clock.plus(seconds: seconds)
            return try BatchRun(options: options, live: { _ in outside }).perform()
        }
        func count() -> String {
            ["Ada", "Bo", "Cy"].map { "\(outside.counts[#"{"name":"\#($0)"}"#] ?? 0)" }
                .joined(separator: " ")
        }
        _ = try run(0)
        // Ada's name is that of two cases.
        #expect(count() == "2 1 1")
        try repository.write("lists/sanctions.csv", "1\n")
        try repository.commit()
        outside.leave(["Cy"])
        let first = try run(1)
        #expect(first.monitors.map(\.waiting) == [1])
        #expect(first.monitors.map(\.unchanged) == [2])
        #expect(count() == "3 2 2")
        outside.leave([])
        #expect(try run(2).monitors.map(\.unchanged) == [1])
        #expect(count() == "3 2 3")
        #expect(try run(3).due == 0)
        for revision in ["ledger~2", "ledger~1", "ledger"] {
            var options = RunOptions(directory: repository.directory, now: clock, jobs: 2)
            options.replay = revision
            let replayed = try BatchRun(options: options, live: { _ in outside }).perform()
            #expect(replayed.replay?.isSame == true, "\(revision)")
        }
        #expect(count() == "3 2 3")
    }

    @Test func `a case that was withdrawn while the list changed is looked at when it is back`()
        throws
    {
        let repository = try repository()
        try repository.run()
        try repository.remove("cases/people/ada.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        try list(["Ada", "Bo"], in: repository)
        let without = try repository.run(at: clock.plus(seconds: 2))
        #expect(without.monitors.map(\.due) == [2])
        try repository.write("cases/people/ada.yaml", Self.person("Ada"))
        try repository.commit()
        let back = try repository.run(at: clock.plus(seconds: 3))
        #expect(back.monitors.map(\.reopened) == [1])
        #expect(try repository.json("results/people/ada.json")["episode"] as? Int == 2)
    }

    @Test func `a selection looks at its cases and leaves the rest to the next run`() throws {
        let repository = try repository()
        try repository.run()
        try list(["Ada", "Bo"], in: repository)
        let some = try repository.run(at: clock.plus(seconds: 1)) { $0.select = "people/ada" }
        #expect(some.monitors.map(\.reopened) == [1])
        let rest = try repository.run(at: clock.plus(seconds: 2))
        #expect(rest.monitors.map(\.due) == [3])
        #expect(rest.monitors.map(\.unchanged) == [3])
        #expect(try repository.json("results/people/ada.json")["episode"] as? Int == 2)
    }

    // MARK: Children

    @Test
    func `a child that is opened again tells its parent, which only notes it once it is decided`()
        throws
    {
        let parent = """
            docket: 1
            id: company
            definition:
              initial: idle
              states:
                idle: {on: {START: owners}}
                owners:
                  on: {OWNER_DONE: decision}
                decision: {on: {approve: approved}}
                approved: {type: final, tags: [approved]}
            extensions:
              childWorkflowPlugins:
                - {name: owner, pluginKind: child, definitionId: watched, stateNames: [owners], transformers: [{transformer: jmespath, mapping: "{entity: {id: entity.id, data: entity.data}}"}], initEvent: START}
            config:
              childCallbackResults: [{definitionId: watched, deliverEvent: OWNER_DONE}]
            """
        let repository = try repository(
            Self.screening,
            [
                "workflows/company.yaml": parent,
                "cases/firms/acme.yaml": "workflow: company\nevents: [{type: START}]\n"
                    + Self.person("Ada"),
                "cases/firms/globex.yaml": "workflow: company\nevents: [{type: START}]\n"
                    + Self.person("Ada"),
                "cases/firms/globex.events/1.yaml": "{type: approve, kind: decision, by: a-1}",
            ])
        try repository.run()
        #expect(try repository.json("results/firms/globex.json")["state"] as? String == "approved")
        try list(["Ada"], in: repository)
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.monitors.map(\.reopened) == [3])
        for firm in ["acme", "globex"] {
            let child = try #require(
                try repository.files().first {
                    $0.hasPrefix("results/firms/\(firm)/") && !$0.hasSuffix(".data.json")
                })
            #expect(try repository.json(child)["episode"] as? Int == 2)
        }
        #expect(try history("firms/globex", repository).last?["result"] == "noted")
        #expect(try repository.json("results/firms/globex.json")["episode"] as? Int == 1)
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
    }

    @Test func `personal data stands in data and evidence only, whatever a monitor finds`() throws {
        let repository = try repository()
        try repository.run()
        try list(["Ada", "Bo"], in: repository)
        try repository.run(at: clock.plus(seconds: 1))
        for path in try repository.files()
        where !path.hasSuffix(".data.json") && !path.hasPrefix("evidence/") {
            let text = try repository.git("show", "ledger:\(path)")
            #expect(!text.contains("fullName") && !text.contains("\"Ada\""), "\(path)")
        }
    }
}
