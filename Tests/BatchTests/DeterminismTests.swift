import Batch
import Documents
import Foundation
import GitStorage
import Testing

/// The same inputs give the same bytes, and nothing is lost whatever happens.
@Suite struct DeterminismTests {
    private func manyCases() throws -> TestRepository {
        var files = baseFiles
        var lines = ""
        for number in 0..<700 {
            lines +=
                #"{"id":"L-\#(number)","entity":{"id":"L-\#(number)","data":{"score":\#(number % 100)}}}"#
            lines += "\n"
        }
        files["cases/bulk/list.ndjson"] = lines
        return try TestRepository(files)
    }

    @Test func `one worker and eight give the same trees, run after run`() throws {
        let repository = try manyCases()
        for (time, jobs) in [(0, 1), (0, 8), (5, 8), (5, 1)] {
            try repository.run(at: clock.plus(seconds: time)) {
                $0.jobs = jobs
                $0.ledger = (jobs == 1) == (time == 0) ? "ledger-a" : "ledger-b"
            }
            // Between the rounds one case changes.
            if time == 0 && jobs == 8 {
                try repository.write("cases/people/bo.yaml", applicant("bo", score: 3))
                try repository.commit()
            }
        }
        let trees = try ["ledger-a", "ledger-b"].map {
            try repository.git("rev-parse", "\($0)^{tree}")
        }
        #expect(trees[0] == trees[1])
        let commits = try ["ledger-a", "ledger-b"].map { try repository.git("rev-parse", $0) }
        #expect(commits[0] == commits[1])
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
    }

    @Test func `a ledger commit has the ledger before it and the source as parents`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        let source = try repository.git("rev-parse", "main")
        #expect(try repository.git("rev-parse", "ledger^2") == source)
        #expect(try repository.git("ls-tree", "-r", "ledger^1") == "")
        #expect(try repository.git("rev-list", "--first-parent", "--count", "ledger") == "2")
        let first = try repository.git("rev-parse", "ledger")
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try repository.git("rev-parse", "ledger^@") == "\(first)\n\(source)")
        let message = try repository.git("log", "-1", "--format=%(trailers:only)", "ledger")
        for trailer in [
            "Docket-Run: ", "Docket-Source: \(source)", "Docket-Clock: 2026-11-22T02:02:04.456Z",
            "Docket-Engine: docket", "Docket-Outcomes: approved=1",
        ] { #expect(message.contains(trailer)) }
    }

    @Test func `personal data stands only in data, evidence and messages`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write(
            "cases/people/bo.events/20261122T010000000Z-00.yaml",
            "{type: reject, kind: decision, by: a-1, reason: Zebediah lied, payload: {n: Zebediah}}"
        )
        try repository.write("cases/people/di.yaml", "context: {entity: {name: Zebediah di}")
        try repository.write(
            "cases/people/ed.yaml",
            "context: {entity: {data: {score: {Zebediah: 1}, fullName: Zebediah}}}")
        try repository.commit()
        try repository.run()
        for path in try repository.files() {
            let isAllowed =
                path.hasSuffix(".data.json") || path.hasPrefix("evidence/")
                || path.hasPrefix("outbox/")
            let text = try repository.git("show", "ledger:\(path)")
            #expect(isAllowed || !text.contains("Zebediah"), "\(path)")
        }
        let messages = try repository.git("log", "--format=%B", "ledger", "^main")
        #expect(!messages.contains("Zebediah"))
    }

    @Test func `a bare repository runs`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.git("config", "core.bare", "true")
        #expect(try repository.run().created == 3)
    }

    @Test func `of two runs at once one is told that another is at work`() throws {
        let repository = try TestRepository(baseFiles)
        let lock = try RunLock.acquire(in: RepositoryLocation(discovering: repository.directory))
        do {
            try repository.run()
            Issue.record("the second run took the lock")
        } catch RunError.git(let error) {
            #expect(error.code == .locked)
        }
        _ = consume lock
        #expect(try repository.run().created == 3)
    }

    /// Moves the ledger while a run is at work.
    private struct Meddler: RunProgress {
        let repository: TestRepository
        let onlyOnce: Counter

        final class Counter: @unchecked Sendable {
            private let lock = NSLock()
            private var count = 0
            let limit: Int
            init(limit: Int) { self.limit = limit }
            func next() -> Bool {
                lock.withLock {
                    count += 1
                    return count <= limit
                }
            }
        }

        func advanced(to done: Int, of due: Int) {}
        func began(_ phase: RunPhase) {
            guard phase == .committing, onlyOnce.next() else { return }
            // Another machine's run: the same ledger, moved by git itself.
            let tip = try? repository.git("rev-parse", "ledger")
            let made = try? repository.git(
                "commit-tree", "-p", tip ?? "", "-m", "moved", "\(tip ?? "")^{tree}")
            _ = try? repository.git("update-ref", "refs/heads/ledger", made ?? "")
        }
    }

    @Test func `a run whose ledger moved plans again and nothing is lost`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.write("cases/people/di.yaml", applicant("di", score: 5))
        try repository.commit()
        var options = RunOptions(
            directory: repository.directory, now: clock.plus(seconds: 1), jobs: 2)
        options.at = clock.plus(seconds: 1)
        let run = BatchRun(options: options)
        let report = try run.perform(
            progress: Meddler(repository: repository, onlyOnce: .init(limit: 1)))
        #expect(report.created == 1)
        let subjects = try repository.git("log", "--first-parent", "--format=%s", "-3", "ledger")
        #expect(subjects.split(separator: "\n")[1] == "moved")
        do {
            _ = try run.perform(
                progress: Meddler(repository: repository, onlyOnce: .init(limit: 9)))
            Issue.record("a ledger that keeps moving was written")
        } catch RunError.conflict {}
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
    }
}
