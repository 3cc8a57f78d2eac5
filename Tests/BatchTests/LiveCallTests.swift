import Batch
import Casework
import Definitions
import Documents
import Foundation
import GitStorage
import Synchronization
import Testing
import Vendors

/// Calls to vendors outside the process: journal, waiting, evidence, replay.
@Suite struct LiveCallTests {
    /// Answers in its own time, and counts.
    final class Bureau: LiveVendors {
        struct State {
            var calls: [String: Int] = [:]
            var active = 0
            var most = 0
        }
        enum Mood: Sendable { case answering, down, lost }

        let state = Mutex(State())
        let milliseconds: Int
        let mood: Mood
        let repeatable: Bool
        let filler: Int

        init(
            milliseconds: Int = 1, _ mood: Mood = .answering, repeatable: Bool = true,
            filler: Int = 0
        ) {
            self.filler = filler
            self.milliseconds = milliseconds
            self.mood = mood
            self.repeatable = repeatable
        }

        var now: Instant { clock }
        var counts: [Int] { state.withLock { Array($0.calls.values) } }
        func isLive(_ vendor: String) -> Bool { vendor == "bureau" }
        func isRepeatable(_ call: OutgoingCall) -> Bool { repeatable }

        func answer(
            _ call: OutgoingCall, leaving: @escaping VendorRequest.Leaving
        ) async -> VendorReply {
            guard await leaving() else { return .unavailable("not noted") }
            state.withLock {
                $0.calls[call.key, default: 0] += 1
                $0.active += 1
                $0.most = max($0.most, $0.active)
            }
            try? await Task.sleep(for: .milliseconds(milliseconds))
            state.withLock { $0.active -= 1 }
            switch mood {
            case .down: return .unavailable("503 for the third time")
            case .lost: return .unknown("the connection was reset after the request had left")
            case .answering:
                let url = String(decoding: call.url, as: UTF8.self)
                let score = url.hasSuffix("bad") ? 99 : 10
                return .response(
                    status: 200, headers: [("content-type", "application/json")],
                    body: Array(
                        #"{"score": \#(score), "filler": "\#(String(repeating: "x", count: filler))"}"#
                            .utf8), at: clock, milliseconds: 7)
            }
        }
    }

    private static let workflow = """
        docket: 1
        id: screening
        version: 1
        definition:
          initial: idle
          states:
            idle: {on: {START: first}}
            first: {on: {DONE: second, FAILED: review}}
            second:
              on:
                DONE:
                  - target: rejected
                    cond: {type: jmespath, options: {rule: "pluginsOutput.second.score > `50`"}}
                  - target: approved
                FAILED: review
            review: {tags: [manual_review]}
            approved: {type: final, tags: [approved]}
            rejected: {type: final, tags: [rejected]}
        extensions:
          apiPlugins:
            - &plugin
              name: first
              pluginKind: api
              vendor: bureau
              url: "https://bureau.example.com/{entity.id}"
              method: POST
              stateNames: [first]
              successAction: DONE
              errorAction: FAILED
              request: {transform: [{transformer: jmespath, mapping: "{id: entity.id}"}]}
              response: {transform: [{transformer: jmespath, mapping: "{score: score}"}]}
            - <<: *plugin
              name: second
              stateNames: [second]
        """

    private static func files(_ ids: [String]) -> [String: String] {
        var files = baseFiles.filter { !$0.key.hasPrefix("cases/") }
        files["docket.yaml"] =
            settingsFile + "\nvendors: {bureau: {kind: recorded, answers: vendors/none.yaml}}\n"
        files["vendors/none.yaml"] = "answers: []\n"
        files["workflows/screening.yaml"] = workflow
        for id in ids { files["cases/people/\(id).yaml"] = applicant(id, score: 0) }
        return files
    }

    private func run(
        _ repository: TestRepository, _ bureau: Bureau?, at time: Instant = clock,
        _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> RunReport {
        var options = RunOptions(directory: repository.directory, now: time, jobs: 2)
        options.at = time
        change(&options)
        return try BatchRun(options: options, live: { _ in bureau }).perform()
    }

    private func journal(_ repository: TestRepository) throws -> String {
        try String(contentsOfFile: repository.path(".git/docket/calls.ndjson"), encoding: .utf8)
    }

    @Test func `every call is asked once, its answer is evidence, the journal is empty again`()
        throws
    {
        let repository = try TestRepository(Self.files(["ada", "bad"]))
        let bureau = Bureau()
        let report = try run(repository, bureau)
        #expect(report.faults.isEmpty)
        #expect(report.evidence == 4)
        #expect(bureau.counts == [1, 1, 1, 1])
        #expect(try repository.json("results/people/ada.json")["state"] as? String == "approved")
        #expect(try repository.json("results/people/bad.json")["state"] as? String == "rejected")
        let evidence = try repository.json("evidence/people/ada/first-1-1.json")
        let answer = try #require(evidence["answer"] as? [String: Any])
        #expect(answer["status"] as? Int == 200)
        #expect(answer["milliseconds"] as? Int == 7)
        #expect(answer["received"] as? String == clock.withMilliseconds)
        #expect((answer["sha256"] as? String)?.count == 64)
        #expect((answer["headers"] as? [String: String])?["content-type"] == "application/json")
        #expect(try journal(repository) == "")
    }

    @Test func `cases wait for vendors together, without a thread each`() throws {
        let ids = (0..<600).map { "p\($0)" }
        let repository = try TestRepository(Self.files(ids))
        let bureau = Bureau(milliseconds: 50)
        let report = try run(repository, bureau)
        #expect(report.totals.outcomes["screening"]?["approved"] == 600)
        #expect(bureau.counts.count == 1200)
        #expect(bureau.counts.allSatisfy { $0 == 1 })
        #expect(bureau.state.withLock { $0.most } > 100)
    }

    @Test func `a vendor that is down leaves its cases waiting, and the next run asks again`()
        throws
    {
        let repository = try TestRepository(Self.files(["ada"]))
        let report = try run(repository, Bureau(.down))
        #expect(report.faults.isEmpty)
        #expect(report.unanswered == ["bureau: 503 for the third time": 1])
        let record = try repository.json("results/people/ada.json")
        #expect(record["status"] as? String == "waiting")
        #expect(record["waitingFor"] as? String == "the vendor 'bureau' has given no answer")
        let next = Bureau()
        _ = try run(repository, next, at: clock.plus(seconds: 1))
        #expect(next.counts == [1, 1])
        #expect(try repository.json("results/people/ada.json")["state"] as? String == "approved")
    }

    @Test func `a call whose fate is unknown and that is not safe to repeat is not repeated`()
        throws
    {
        let repository = try TestRepository(Self.files(["ada"]))
        _ = try run(repository, Bureau(.lost, repeatable: false))
        let next = Bureau(repeatable: false)
        let report = try run(repository, next, at: clock.plus(seconds: 1))
        #expect(next.counts.isEmpty)
        #expect(report.unanswered.keys.first?.contains("is not known") == true)
        #expect(
            try repository.json("results/people/ada.json")["status"] as? String == "waiting")
        guard let program = DocketProgram.path else { return }
        let page = try TestRepository.execute(
            [program, "case", "show", "people/ada"], in: repository.directory
        ).output
        #expect(page.contains("\ncall       "))
        #expect(page.contains("what came of it is not known: ask the vendor, then 'docket vendor"))
    }

    @Test func `a case that still waits has the record it had`() throws {
        let repository = try TestRepository(Self.files(["ada"]))
        _ = try run(repository, Bureau(.down))
        let report = try run(repository, Bureau(.down), at: clock.plus(seconds: 1))
        #expect(report.due == 1)
        let changes = try repository.changes("ledger~1", "ledger")
        #expect(changes.count == 1 && changes.first?.hasPrefix("runs/") == true)
        let answered = try run(repository, Bureau(), at: clock.plus(seconds: 2))
        #expect(answered.decisions == 1)
    }

    @Test func `answers of a run that committed nothing are used by the next`() throws {
        let repository = try TestRepository(Self.files(["ada", "bad"]))
        let bureau = Bureau()
        // The ledger cannot be written, as if the run had been killed before its commit.
        let nothing = try repository.git("hash-object", "-w", "-t", "tree", "/dev/null")
        let beginning = try repository.git("commit-tree", "-m", "beginning", nothing)
        try repository.git("branch", "ledger", beginning)
        try repository.git("checkout", "-q", "ledger")
        #expect(throws: RunError.self) { try run(repository, bureau) { $0.source = "main" } }
        try repository.git("checkout", "-q", "main")
        try repository.git("branch", "-D", "ledger")
        #expect(bureau.counts == [1, 1, 1, 1])
        #expect(try journal(repository).split(separator: "\n").count == 8)
        let next = Bureau()
        let report = try run(repository, next)
        #expect(next.counts.isEmpty)
        #expect(report.evidence == 4)
        #expect(try journal(repository) == "")
    }

    @Test func `a line of the journal that a crash cut off never counted`() throws {
        let repository = try TestRepository(Self.files(["ada"]))
        try FileManager.default.createDirectory(
            atPath: repository.path(".git/docket"), withIntermediateDirectories: true)
        try repository.write(".git/docket/calls.ndjson", #"{"answer": "00", "status": 2"#)
        let bureau = Bureau()
        _ = try run(repository, bureau)
        #expect(bureau.counts == [1, 1])
        try repository.write(".git/docket/calls.ndjson", "no json\n")
        #expect(throws: RunError.self) { try run(repository, bureau, at: clock.plus(seconds: 1)) }
    }

    @Test func `a dry run and an offline run ask nobody`() throws {
        let repository = try TestRepository(Self.files(["ada"]))
        let bureau = Bureau()
        _ = try run(repository, bureau) { $0.isDryRun = true }
        let report = try run(repository, bureau) { $0.isOffline = true }
        #expect(bureau.counts.isEmpty)
        #expect(report.unanswered.count == 1)
    }

    @Test
    func `large answers stand outside of git where a repository wants it, and are read through`()
        throws
    {
        var files = Self.files(["ada"])
        files["docket.yaml"]? += "\nevidence: {outsideAbove: 2000}\n"
        let repository = try TestRepository(files)
        let bureau = Bureau(filler: 3000)
        _ = try run(repository, bureau)
        let path = "evidence/people/ada/first-1-1.json"
        let answer = try #require(try repository.json(path)["answer"] as? [String: Any])
        let content = try #require(answer["content"] as? [String: Any])
        let digest = try #require(content["sha256"] as? String)
        #expect(answer["body"] == nil && content["mediaType"] as? String == "application/json")
        #expect((content["size"] as? Int ?? 0) > 3000)
        let file = repository.path(".git/docket/contents/\(digest.prefix(2))/\(digest)")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try run(repository, bureau) { $0.replay = "ledger" }.replay?.isSame == true)
        // Read through, for fixtures, too.
        let arena = Arena()
        let ledger = try #require(try Ledger.open(repository.directory, branch: "ledger"))
        var sizes: [Int] = []
        try ledger.forEachEvidence(into: arena) { _, value in
            sizes.append(value["answer"]?["body"]?["filler"]?.text?.bytes.count ?? 0)
        }
        #expect(sizes == [3000, 3000])
        // Changed, or gone: said, and never another outcome.
        try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
        #expect { try run(repository, bureau) { $0.replay = "ledger" } } throws: {
            "\($0)".contains("has another hash")
        }
        try FileManager.default.removeItem(atPath: file)
        #expect { try run(repository, bureau) { $0.replay = "ledger" } } throws: {
            "\($0)".contains(path) && "\($0)".contains("is not in")
        }
    }

    @Test func `every run of a ledger replays to the same bytes, offline`() throws {
        let repository = try TestRepository(Self.files(["ada", "bad"]))
        _ = try run(repository, Bureau())
        try repository.write("cases/people/cy.yaml", applicant("cy", score: 0))
        try repository.commit()
        _ = try run(repository, Bureau(.down), at: clock.plus(seconds: 1))
        _ = try run(repository, Bureau(), at: clock.plus(seconds: 2))
        for revision in ["ledger", "ledger~1", "ledger~2"] {
            let bureau = Bureau()
            let report = try run(repository, bureau) { $0.replay = revision }
            #expect(report.replay?.isSame == true, "\(report.replay?.differences ?? [])")
            #expect(bureau.counts.isEmpty)
        }
    }

    @Test func `a run that was tampered with does not replay`() throws {
        let repository = try TestRepository(Self.files(["ada"]))
        _ = try run(repository, Bureau())
        try repository.git("checkout", "-q", "-b", "other", "ledger")
        let path = "results/people/ada.json"
        let text = try repository.git("show", "ledger:\(path)")
        try repository.write(path, text.replacingOccurrences(of: "approved", with: "rejected"))
        try repository.git("commit", "-qam", "tampered", "--amend")
        let report = try run(repository, Bureau()) { $0.replay = "other" }
        #expect(report.replay?.isSame == false)
        #expect(report.replay?.differences == [path])
    }
}
