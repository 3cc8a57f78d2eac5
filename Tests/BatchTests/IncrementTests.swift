import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// What comes in between runs.
@Suite struct IncrementTests {
    private static let event = "20261122T020000123Z-0123456789abcdef0123456789abcdef.yaml"

    private func decision(_ type: String, state: String = "review") -> String {
        """
        type: \(type)
        kind: decision
        by: analyst-7
        at: 2026-11-22T02:00:00.123Z
        reason: Zebediah is known to us.
        expects: {episode: 1, state: \(state)}
        """
    }

    @Test func `an event is applied in the next run, once, with its decision`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.write("cases/people/bo.events/\(Self.event)", decision("approve"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 1)
        #expect(report.decisions == 1)
        let record = try repository.json("results/people/bo.json")
        #expect(record["state"] as? String == "approved")
        #expect((record["events"] as? [[String: String]])?.first?["file"] == Self.event)
        let made = try repository.json("decisions/people/bo/1-1.json")
        #expect(made["by"] as? String == "analyst-7")
        #expect(made["outcome"] as? String == "approved")
        #expect((made["eventFile"] as? [String: String])?["file"] == Self.event)
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
    }

    @Test func `a decision on a state that no longer holds is refused and noted`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.write(
            "cases/people/bo.events/\(Self.event)", decision("approve", state: "idle"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        let record = try repository.json("results/people/bo.json")
        #expect(record["state"] as? String == "review")
        let history = record["history"] as? [[String: String]]
        #expect(history?.last?["result"] == "outdated")
        #expect((record["events"] as? [Any])?.count == 1)
    }

    @Test func `an applied event that is edited or removed is an integrity finding`() throws {
        let repository = try TestRepository(baseFiles)
        let path = "cases/people/bo.events/\(Self.event)"
        try repository.write(path, decision("approve"))
        try repository.commit()
        try repository.run()
        try repository.write(path, decision("reject"))
        try repository.commit()
        let edited = try repository.run(at: clock.plus(seconds: 1))
        #expect(edited.findings.map(\.code) == ["CS050"])
        #expect(edited.hasIntegrityFindings)
        #expect(edited.advanced == 0)
        try repository.remove(path)
        try repository.commit()
        let removed = try repository.run(at: clock.plus(seconds: 2))
        #expect(removed.findings.map(\.code) == ["CS051"])
    }

    @Test func `edited input arrives as INPUT_CHANGED`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.write("cases/people/bo.yaml", applicant("bo", score: 60))
        try repository.write("cases/people/ada.yaml", applicant("ada", score: 60))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 2)
        let active = try repository.json("results/people/bo.json")["history"] as? [[String: String]]
        #expect(active?.last?["event"] == "INPUT_CHANGED")
        let finished = try repository.json("results/people/ada.json")
        #expect(finished["state"] as? String == "approved")
        let noted = finished["history"] as? [[String: String]]
        #expect(noted?.last?["result"] == "noted")
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
    }

    @Test func `a case whose file is gone is withdrawn, and comes back with it`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.remove("cases/people/bo.yaml")
        try repository.commit()
        let gone = try repository.run(at: clock.plus(seconds: 1))
        #expect(gone.withdrawn == 1)
        #expect(
            try repository.json("results/people/bo.json")["status"] as? String == "withdrawn")
        try repository.write("cases/people/bo.yaml", applicant("bo", score: 50))
        try repository.commit()
        let back = try repository.run(at: clock.plus(seconds: 2))
        #expect(back.advanced == 1)
        #expect(try repository.json("results/people/bo.json")["status"] as? String == "active")
    }

    @Test func `a selection leaves the rest to the next run`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run { $0.select = "people/a*" }
        #expect(try repository.files().filter { $0.hasPrefix("results/") }.count == 2)
        let rest = try repository.run(at: clock.plus(seconds: 1))
        #expect(rest.due == 2)
        #expect(rest.totals.outcomes["screening"]?.values.reduce(0, +) == 3)
        try repository.write("cases/people/bo.yaml", applicant("bo", score: 60))
        try repository.write("cases/people/ada.yaml", applicant("ada", score: 2))
        try repository.commit()
        #expect(
            try repository.run(at: clock.plus(seconds: 2)) { $0.select = "people/ada" }.due == 1)
        #expect(try repository.run(at: clock.plus(seconds: 3)).due == 1)
        #expect(try repository.run(at: clock.plus(seconds: 4)).due == 0)
    }

    @Test func `a dry run leaves nothing behind`() throws {
        let repository = try TestRepository(baseFiles)
        func everything() throws -> [String] {
            let names = FileManager.default.enumerator(atPath: repository.directory)
            return (names?.allObjects ?? []).compactMap { $0 as? String }.sorted()
        }
        let before = try everything()
        let report = try repository.run { $0.isDryRun = true }
        #expect(report.commit == nil)
        #expect(report.created == 3)
        #expect(report.totals.outcomes["screening"]?["approved"] == 1)
        #expect(try everything() == before)
    }

    @Test func `with only-if-changed a run without changes commits nothing`() throws {
        let repository = try TestRepository(baseFiles)
        let first = try repository.run { $0.onlyIfChanged = true }
        #expect(first.commit != nil)
        let second = try repository.run(at: clock.plus(seconds: 1)) { $0.onlyIfChanged = true }
        #expect(second.commit == nil)
        #expect(try repository.git("rev-parse", "ledger") == first.commit?.description)
    }

    @Test func `the clock never goes back`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        #expect(throws: RunError.self) { try repository.run(at: clock.plus(seconds: -1)) }
        let report = try repository.run(at: clock.plus(seconds: -1)) { $0.at = nil }
        #expect(report.clock == clock)
    }

    @Test func `event files are written once and never over another`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write("cases/bulk/list.ndjson", #"{"id":"L-1","context":{}}"#)
        let id = try #require(CaseID("people/bo"))
        var file = EventFile(id, type: "approve", kind: .decision, at: clock)
        file.by = "analyst-7"
        file.reason = "Extract matches.\nSecond line: yes"
        file.expects = (1, "review")
        let path = try file.write(in: repository.directory, random: (1, 2))
        #expect(
            path == "cases/people/bo.events/"
                + "20261122T020203456Z-00000000000000010000000000000002.yaml")
        #expect(throws: EventFileError.self) {
            try file.write(in: repository.directory, random: (1, 2))
        }
        let line = try #require(CaseID("bulk/list/L-1"))
        let other = EventFile(line, type: "note", kind: .note, at: clock)
        #expect(
            try other.write(in: repository.directory, random: (3, 4))
                .hasPrefix("cases/bulk/list.events/L-1/"))
        let unknown = try #require(CaseID("people/nobody"))
        #expect(throws: EventFileError.self) {
            try EventFile(unknown, type: "x", kind: .note, at: clock)
                .write(in: repository.directory, random: (5, 6))
        }
        try repository.commit()
        try repository.run()
        #expect(try repository.json("results/people/bo.json")["state"] as? String == "approved")
    }

    @Test func `the ledger lists and shows cases`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write(
            "cases/bulk/list.ndjson", #"{"id":"L-1","entity":{"data":{"score":1}}}"#)
        try repository.commit()
        #expect(try Ledger.open(repository.directory).map(\.commit) == nil)
        try repository.run()
        let ledger = try #require(try Ledger.open(repository.directory))
        #expect(
            try ledger.cases().map(\.id.path) == [
                "bulk/list/L-1", "people/ada", "people/bo", "people/cy",
            ])
        #expect(try ledger.cases(matching: CaseGlob("people/*")).count == 3)
        #expect(try ledger.cases(matching: CaseGlob("bulk/**")).count == 1)
        #expect(try ledger.cases(matching: CaseGlob("bulk/list/L-1")).count == 1)
        #expect(try ledger.cases(matching: CaseGlob("*")).isEmpty)
        let line = try #require(CaseID("bulk/list/L-1"))
        #expect(try ledger.record(line) != nil)
        #expect(try ledger.data(line) != nil)
        #expect(try ledger.decisions(line).count == 1)
        #expect(try ledger.manifest() != nil)
    }
}
