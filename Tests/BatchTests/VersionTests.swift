import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// Workflows edited while cases are in flight on them.
@Suite struct VersionTests {
    private static let event = "20261122T020000123Z-0123456789abcdef0123456789abcdef.yaml"

    private func state(
        _ repository: TestRepository, _ id: String = "people/bo"
    ) throws -> String? {
        try repository.json("results/\(id).json")["state"] as? String
    }

    private func decide(_ repository: TestRepository, _ type: String) throws {
        try repository.write("cases/people/bo.events/\(Self.event)", "type: \(type)\n")
        try repository.commit()
    }

    /// The workflow with other text, at the same version or the next.
    private func edit(
        _ repository: TestRepository, version: Int = 1, _ changes: [(String, String)]
    ) throws {
        var text = workflowFile.replacingOccurrences(
            of: "version: 1", with: "version: \(version)")
        for (old, new) in changes {
            #expect(text.contains(old))
            text = text.replacingOccurrences(of: old, with: new)
        }
        try repository.write("workflows/screening.yaml", text)
        try repository.commit()
    }

    @Test func `an edit under the same version holds from a case's next transition`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        let before = try repository.json("results/people/bo.json")
        try edit(repository, [("approve: approved", "approve: rejected")])
        #expect(try repository.run(at: clock.plus(seconds: 1)).due == 0)
        #expect(
            try repository.json("results/people/bo.json")["closure"] as? String
                == before["closure"] as? String)
        try decide(repository, "approve")
        try repository.run(at: clock.plus(seconds: 2))
        #expect(try state(repository) == "rejected")
        let after = try repository.json("results/people/bo.json")
        #expect(after["closure"] as? String != before["closure"] as? String)
        #expect(
            (after["pin"] as? [String: String])?["commit"]
                == (try repository.git("rev-parse", "main")))
    }

    @Test func `a raised version leaves cases on their pin and starts new ones`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        let pin = try repository.git("rev-parse", "main")
        try edit(
            repository, version: 2,
            [("approve: approved", "approve: rejected"), ("review", "second_review")])
        try repository.write("cases/people/dee.yaml", applicant("dee", score: 50))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try state(repository) == "review")
        #expect(try state(repository, "people/dee") == "second_review")
        try decide(repository, "approve")
        let report = try repository.run(at: clock.plus(seconds: 2))
        #expect(report.faults.isEmpty)
        #expect(try state(repository) == "approved")
        let record = try repository.json("results/people/bo.json")
        #expect(record["version"] as? Int == 1)
        #expect((record["pin"] as? [String: String])?["commit"] == pin)
    }

    @Test func `a pin is read from history by every worker and in a bare clone`() throws {
        var files = baseFiles
        for number in 1...150 {
            files["cases/people/p\(number).yaml"] = applicant("p\(number)", score: 50)
        }
        let repository = try TestRepository(files)
        try repository.run()
        try edit(repository, version: 2, [("INPUT_CHANGED: review", "INPUT_CHANGED: rejected")])
        for number in 1...150 {
            try repository.write("cases/people/p\(number).yaml", applicant("p\(number)", score: 51))
        }
        try repository.commit()
        let bare = repository.directory + ".git"
        try repository.git("clone", "-q", "--bare", repository.directory, bare)
        defer { try? FileManager.default.removeItem(atPath: bare) }
        var options = RunOptions(directory: bare, now: clock.plus(seconds: 1), jobs: 8)
        options.at = clock.plus(seconds: 1)
        let report = try BatchRun(options: options).perform()
        #expect(report.due == 150)
        #expect(report.totals.outcomes["screening"]?["manual review"] == 151)
    }

    @Test func `a pin that is not in a shallow clone is a fault of that case`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try edit(repository, version: 2, [("reject: rejected", "refuse: rejected")])
        try repository.run(at: clock.plus(seconds: 1))
        try decide(repository, "approve")
        let pin = try repository.git("rev-parse", "main~2")
        let object = repository.path(".git/objects/\(pin.prefix(2))/\(pin.dropFirst(2))")
        try FileManager.default.removeItem(atPath: object)
        let report = try repository.run(at: clock.plus(seconds: 2))
        #expect(report.faults.map(\.fault.code) == ["RUN023"])
        #expect(try state(repository) == "review")
    }

    @Test func `check against the ledger finds a state that is gone under the same version`() throws
    {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        func codes() throws -> [String] {
            let git = try Repository.open(repository.directory)
            let tree = try git.tree(of: git.resolve("HEAD"))
            var check = try SourceCheck(tree, in: git)
            try check.check(against: #require(try Ledger.open(repository.directory)))
            return check.findings.map(\.code)
        }
        #expect(try codes() == [])
        try edit(repository, [("review", "second_review")])
        #expect(try codes() == ["WF093"])
        try edit(repository, version: 2, [("review", "second_review")])
        #expect(try codes() == [])
        try repository.remove("workflows/screening.yaml")
        try repository.commit()
        #expect(try codes().contains("WF092"))
    }

    private static let migrations = """

        migrations:
          - from: 1
            states: {review: second_review}
        """

    @Test func `migrate moves what its mapping says, and a dry run only says so`() throws {
        var files = baseFiles
        files["cases/bulk/list.ndjson"] =
            #"{"id": "C-1", "entity": {"id": "C-1", "data": {"score": 50}}}"# + "\n"
        let repository = try TestRepository(files)
        try repository.run()
        try edit(
            repository, version: 2,
            [
                ("review:\n", "second_review:\n"), ("target: review", "target: second_review"),
                ("INPUT_CHANGED: review", "INPUT_CHANGED: second_review"),
                ("tags: [rejected]}", "tags: [rejected]}" + Self.migrations),
            ])
        let tip = try repository.git("rev-parse", "ledger")
        let shown = try repository.run(at: clock.plus(seconds: 1)) {
            ($0.migrate, $0.isDryRun) = ("screening", true)
        }
        #expect(shown.migration?.moving == 2)
        #expect(shown.migration?.groups.map(\.state) == ["review"])
        #expect(shown.migration?.groups.first?.target == "second_review")
        #expect(try repository.git("rev-parse", "ledger") == tip)
        let report = try repository.run(at: clock.plus(seconds: 1)) { $0.migrate = "screening" }
        #expect(report.faults.isEmpty)
        #expect(report.advanced == 2)
        #expect(try state(repository) == "second_review")
        let record = try repository.json("results/people/bo.json")
        #expect(record["version"] as? Int == 2)
        let history = record["history"] as? [[String: String]]
        #expect(history?.last?["event"] == "MIGRATED")
        #expect(history?.last?["from"] == "review")
        #expect(history?.last?["because"]?.hasPrefix("workflows/screening.yaml:") == true)
        #expect(
            (record["pin"] as? [String: String])?["commit"]
                == (try repository.git("rev-parse", "main")))
        // Nothing is left to move, and a run goes on from there.
        let again = try repository.run(at: clock.plus(seconds: 2)) { $0.migrate = "screening" }
        #expect(again.migration?.moving == 0)
        try decide(repository, "approve")
        try repository.run(at: clock.plus(seconds: 3))
        #expect(try state(repository) == "approved")
    }

    @Test func `a state that is entered by a migration goes on from there`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try edit(
            repository, version: 2,
            [
                ("review:\n", "again:\n      always: approved\n    review:\n"),
                (
                    "tags: [rejected]}",
                    "tags: [rejected]}\nmigrations: [{from: 1, states: {review: {to: again, enter: true}}}]"
                ),
            ])
        let report = try repository.run(at: clock.plus(seconds: 1)) { $0.migrate = "screening" }
        #expect(report.faults.isEmpty)
        #expect(try state(repository) == "approved")
        #expect(report.decisions == 1)
    }

    @Test func `a migration to nowhere is an error of the definitions`() throws {
        let repository = try TestRepository(baseFiles)
        try edit(
            repository, version: 2,
            [
                (
                    "tags: [rejected]}",
                    "tags: [rejected]}\nmigrations: [{from: 2}, {from: 1, states: {review: nowhere}}]"
                )
            ])
        #expect(throws: RunError.self) { try repository.run() }
        let git = try Repository.open(repository.directory)
        let check = try SourceCheck(git.tree(of: git.resolve("HEAD")), in: git)
        #expect(check.findings.map(\.code) == ["WF090", "WF091"])
    }
}
