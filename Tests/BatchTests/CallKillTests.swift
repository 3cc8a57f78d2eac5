import Foundation
import TestServers
import Testing

/// The real program, killed while it asks vendors.
@Suite(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
struct CallKillTests {
    private static func files(port: Int, cases: Int, settings: String) -> [String: String] {
        var files = [
            "docket.yaml": """
            docket: 1
            cases: {people: {workflow: w, events: [{type: START}]}}
            vendors:
              bureau: {kind: http, hosts: ["localhost:\(port)"], allowPrivate: true, allowPlaintext: true, \(settings)}
            """,
            "workflows/w.yaml": """
            docket: 1
            id: w
            definition:
              initial: idle
              states:
                idle: {on: {START: asking}}
                asking: {on: {ASKED: done, FAILED: unclear}}
                unclear: {tags: [manual_review]}
                done: {tags: [approved], type: final}
            extensions:
              apiPlugins:
                - name: p
                  pluginKind: api
                  vendor: bureau
                  url: "http://localhost:\(port)/{entity.id}"
                  method: POST
                  stateNames: [asking]
                  successAction: ASKED
                  errorAction: FAILED
                  request: {transform: [{transformer: jmespath, mapping: "{id: entity.id}"}]}
            """,
        ]
        for number in 0..<cases {
            files["cases/people/p\(number).yaml"] = "context: {entity: {id: p\(number)}}"
        }
        return files
    }

    private func docket(
        _ repository: TestRepository, _ arguments: String...
    ) throws -> (status: Int32, output: String) {
        try TestRepository.execute(
            [try #require(DocketProgram.path)] + arguments, in: repository.directory)
    }

    private func answers(_ repository: TestRepository) -> Int {
        let path = repository.path(".git/docket/calls.ndjson")
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count { $0.hasPrefix(#"{"answer""#) }
    }

    @Test func `killed ten times between an answer and the commit, each request is sent once`()
        async throws
    {
        let program = try #require(DocketProgram.path)
        let server = try await LoopbackServer.start { _, _ in .json(#"{"score": 7}"#) }
        // The calls are not safe to repeat, and one leaves every four seconds: each killed run gets
        // the answer to its first, while the others wait for their turn and the commit for them.
        let repository = try TestRepository(
            Self.files(port: server.port, cases: 11, settings: "ratePerSecond: 0.25"))
        for round in 1...10 {
            let process = try DocketProgram.run(program, repository.directory)
            let deadline = ContinuousClock.now + .seconds(60)
            while answers(repository) < round, ContinuousClock.now < deadline { usleep(1000) }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal, "round \(round)")
            #expect(answers(repository) == round)
            #expect(try repository.git("branch", "--list", "ledger") == "")
        }
        let calls = try docket(repository, "vendor", "calls")
        #expect(calls.output.hasSuffix("10 calls"), "\(calls.output)")
        #expect(try docket(repository, "vendor", "calls", "--unknown").output == "0 calls")
        #expect(try DocketProgram.run(program, repository.directory).wait() == 0)
        let targets = server.requests.map(\.target).sorted()
        #expect(targets == (0..<11).map { "/p\($0)" }.sorted())
        for number in 0..<11 {
            let record = try repository.json("results/people/p\(number).json")
            #expect(record["outcome"] as? String == "approved")
        }
        #expect(try docket(repository, "vendor", "calls").output == "0 calls")
        await server.stop()
    }

    @Test func `a person settles calls whose fate a killed run left unknown`() async throws {
        let program = try #require(DocketProgram.path)
        let isWell = Shared(false)
        let server = try await LoopbackServer.start { _, _ in
            isWell.value ? .json(#"{"score": 7}"#) : .hang
        }
        let repository = try TestRepository(
            Self.files(port: server.port, cases: 3, settings: "timeoutSeconds: 60"))
        let process = try DocketProgram.run(program, repository.directory)
        let deadline = ContinuousClock.now + .seconds(60)
        while server.count < 3, ContinuousClock.now < deadline { usleep(1000) }

        // While the run is at work nothing is settled.
        let key = try #require(try calls(repository).first { $0["case"] == "people/p0" }?["call"])
        let busy = try docket(repository, "vendor", "settle", key, "--failed", "--reason", "x")
        #expect(busy.status == 5 && busy.output.contains("another run is at work"))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()

        isWell.value = true
        let waiting = try docket(repository, "run", "--at", "\(clock)")
        #expect(waiting.status == 0)
        #expect(waiting.output.contains("'docket vendor calls --unknown' lists them"))
        #expect(server.count == 3, "none is sent again")
        let unknown = try calls(repository, "--unknown")
        #expect(unknown.map { $0["case"] ?? "" }.sorted() == (0..<3).map { "people/p\($0)" })
        #expect(unknown.allSatisfy { $0["place"] == "p-1-1" && $0["fate"] == "unknown" })

        func settle(_ id: String, _ arguments: String...) throws -> String {
            let key = try #require(unknown.first { $0["case"] == id }?["call"])
            let result = try TestRepository.execute(
                [
                    try #require(DocketProgram.path), "vendor", "settle", String(key.prefix(12)),
                    "--by", "analyst-7", "--reason", "Asked their desk",
                ] + arguments, in: repository.directory)
            #expect(result.status == 0, "\(result.output)")
            return result.output
        }
        try repository.write("answer.json", #"{"score": 1}"#)
        #expect(try settle("people/p0", "--answer", "answer.json").hasSuffix("goes on with it"))
        #expect(try settle("people/p1", "--failed").hasSuffix("goes on with it"))
        #expect(try settle("people/p2", "--resend").hasSuffix("sends it again"))
        let none = try docket(
            repository, "vendor", "settle", "ffffffffffff", "--resend", "--reason", "x")
        #expect(none.status == 2 && none.output.contains("there is no call 'ffffffffffff'"))
        let twice = try docket(
            repository, "vendor", "settle", key, "--resend", "--reason", "x")
        #expect(twice.status == 2 && twice.output.contains("the vendor's answer is known"))
        #expect(
            try docket(repository, "vendor", "settle", key, "--reason", "x").output
                .contains("say one of --resend, --failed and --answer FILE"))

        let last = try docket(repository, "run", "--at", "\(clock.plus(seconds: 1))")
        #expect(last.status == 0, "\(last.output)")
        #expect(server.count == 4)
        let outcomes = try (0..<3).map {
            try repository.json("results/people/p\($0).json")["outcome"] as? String
        }
        #expect(outcomes == ["approved", "manual review", "approved"])
        let answered = try repository.git("show", "ledger:evidence/people/p0/p-1-1.json")
        #expect(answered.contains("analyst-7") && answered.contains("Asked their desk"))
        let failed = try repository.git("show", "ledger:evidence/people/p1/p-1-1.json")
        #expect(failed.contains("analyst-7: Asked their desk"))
        #expect(try docket(repository, "vendor", "calls").output == "0 calls")
        #expect(try docket(repository, "replay").status == 0)
        await server.stop()
    }

    private func calls(
        _ repository: TestRepository, _ arguments: String...
    ) throws -> [[String: String]] {
        let result = try TestRepository.execute(
            [try #require(DocketProgram.path), "vendor", "calls", "-o", "json"] + arguments,
            in: repository.directory)
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return (value as? [String: Any])?["calls"] as? [[String: String]] ?? []
    }
}

/// A flag that a server's thread reads.
private final class Shared: @unchecked Sendable {
    private let lock = NSLock()
    private var content: Bool
    init(_ content: Bool) { self.content = content }
    var value: Bool {
        get { lock.withLock { content } }
        set { lock.withLock { content = newValue } }
    }
}
