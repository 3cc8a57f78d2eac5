import Batch
import Definitions
import Documents
import Foundation
import NIOSSL
import Synchronization
import TestServers
import Testing
import Vendors

/// Whole runs whose vendor is a real server on loopback that misbehaves towards one case: what
/// becomes of that case, of the others, and of the next run.
@Suite struct ServerRunTests {
    /// A way to misbehave, and what it comes to.
    struct Trouble: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method = "GET"
        /// Settings of the vendor beside those of all.
        var settings = ""
        var reply: @Sendable (_ elsewhere: Int) -> LoopbackServer.Reply
        /// What becomes of it in the first run.
        var outcome: String
        var status = "completed"
        /// In what the terminal says, of a case that waits.
        var reason = ""
        /// In the evidence, of one that does not.
        var evidence = ""
        /// How often the server is asked about the case in the first run.
        var calls = 1
        /// How often in the next, when the vendor is well again.
        var later = 0
    }

    private static let body = #"{"score": 7}"#
    private static let waits = "waiting for data"

    static let troubles: [Trouble] = [
        Trouble(
            testDescription: "slow, within its time",
            reply: { _ in .late(milliseconds: 300, .json(body)) }, outcome: "approved",
            evidence: #""score":7"#),
        Trouble(
            testDescription: "failing", reply: { _ in .status("500 Oops") }, outcome: waits,
            status: "waiting", reason: "it answered 500", later: 1),
        Trouble(
            testDescription: "overloaded", reply: { _ in .status("503 Later") }, outcome: waits,
            status: "waiting", reason: "it answered 503 (asked 2 times)", calls: 2, later: 1),
        Trouble(
            testDescription: "hanging", settings: "timeoutSeconds: 2,", reply: { _ in .hang },
            outcome: waits, status: "waiting",
            reason: "no whole answer came within 2 s (asked 2 times)", calls: 2, later: 1),
        Trouble(
            testDescription: "hanging on what is not safe to repeat", method: "POST",
            settings: "timeoutSeconds: 2,", reply: { _ in .hang }, outcome: waits,
            status: "waiting", reason: "'docket vendor calls --unknown' lists them"),
        Trouble(
            testDescription: "hanging, known by its key", method: "POST",
            settings: "timeoutSeconds: 2, idempotent: true,", reply: { _ in .hang },
            outcome: waits, status: "waiting", reason: "(asked 2 times)", calls: 2, later: 1),
        Trouble(
            testDescription: "resetting", reply: { _ in .reset(after: "HTTP/1.1 200 OK\r\n") },
            outcome: waits, status: "waiting", reason: "(asked 2 times)", calls: 2, later: 1),
        Trouble(
            testDescription: "resetting what is not safe to repeat", method: "POST",
            reply: { _ in .reset(after: "") }, outcome: waits, status: "waiting",
            reason: "it is not known what came of it"),
        Trouble(
            testDescription: "closing halfway",
            reply: { _ in .close(after: "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{") },
            outcome: waits, status: "waiting", reason: "(asked 2 times)", calls: 2, later: 1),
        Trouble(
            testDescription: "garbage", reply: { _ in .json("{score: oops") },
            outcome: "manual review", status: "active", evidence: "a body that is not JSON"),
        Trouble(
            testDescription: "no HTTP", reply: { _ in .close(after: "SSH-2.0-x\r\n\r\n") },
            outcome: waits, status: "waiting", reason: "what came back is no HTTP (asked 2 times)",
            calls: 2, later: 1),
        Trouble(
            testDescription: "wrong content type",
            reply: { _ in
                .raw("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}")
            },
            outcome: "manual review", status: "active",
            evidence: "a body that is not JSON by its content type"),
        Trouble(
            testDescription: "oversized", settings: "maxResponseBytes: 1000,",
            reply: { _ in .json("\"" + String(repeating: "x", count: 2000) + "\"") },
            outcome: "manual review", status: "active", evidence: "more than 1000 bytes"),
        Trouble(
            testDescription: "without an end", settings: "maxResponseBytes: 100000,",
            reply: { _ in .endless }, outcome: "manual review", status: "active",
            evidence: "more than 100000 bytes"),
        Trouble(
            testDescription: "redirecting to another host",
            reply: { port in
                .status("302 Found", headers: "location: http://127.0.0.1:\(port)/x\r\n")
            }, outcome: "manual review", status: "active",
            evidence: "leads to another host, which is not followed"),
        Trouble(
            testDescription: "429 with a short Retry-After",
            reply: { _ in .status("429 Slow Down", headers: "retry-after: 1\r\n") },
            outcome: waits, status: "waiting", reason: "asks to wait 1 s (asked 2 times)",
            calls: 2, later: 1),
        Trouble(
            testDescription: "429 with a long Retry-After",
            reply: { _ in .status("429 Slow Down", headers: "retry-after: 3000\r\n") },
            outcome: waits, status: "waiting", reason: "asks to wait 3000 s", later: 1),
        Trouble(
            testDescription: "not found, which is an answer",
            reply: { _ in .json(#"{"error": "none"}"#, status: "404 Not Found") },
            outcome: "manual review", status: "active", evidence: #""status":404"#),
    ]

    private static func files(
        port: Int, other: Int, scheme: String = "http", method: String = "GET", settings: String
    ) -> [String: String] {
        func workflow(_ id: String, _ vendor: String, _ url: String) -> String {
            """
            docket: 1
            id: \(id)
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
                  vendor: \(vendor)
                  url: "\(url)/{entity.id}"
                  method: \(method)
                  stateNames: [asking]
                  successAction: ASKED
                  errorAction: FAILED
                  request: {transform: [{transformer: jmespath, mapping: "{id: entity.id}"}]}
            """
        }
        let common = "kind: http, allowPrivate: true, allowPlaintext: true, retries: 1, "
        var files = [
            "docket.yaml": """
            docket: 1
            cases:
              people: {workflow: w, events: [{type: START}]}
              others: {workflow: v, events: [{type: START}]}
            vendors:
              bureau: {\(common) \(settings) backoffSeconds: 0.01, hosts: ["localhost:\(port)"]}
              register: {\(common) hosts: ["localhost:\(other)"]}
            """,
            "workflows/w.yaml": workflow("w", "bureau", "\(scheme)://localhost:\(port)"),
            "workflows/v.yaml": workflow("v", "register", "http://localhost:\(other)"),
        ]
        for (folder, id) in [("people", "bad"), ("people", "good"), ("others", "well")] {
            files["cases/\(folder)/\(id).yaml"] = "context: {entity: {id: \(id)}}"
        }
        return files
    }

    /// A run with the vendors of its settings, on a thread that may wait.
    private func run(
        _ repository: TestRepository, after seconds: Int = 0
    ) async throws -> RunReport {
        var options = RunOptions(
            directory: repository.directory, now: clock.plus(seconds: seconds), jobs: 2)
        options.at = clock.plus(seconds: seconds)
        let made = options
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try BatchRun(
                            options: made, live: { VendorDirectory($0.settings) }
                        ).perform()
                    })
            }
        }
    }

    private func outcome(
        _ repository: TestRepository, _ id: String
    ) throws -> (outcome: String?, status: String?) {
        let record = try repository.json("results/\(id).json")
        return (record["outcome"] as? String, record["status"] as? String)
    }

    /// The answer in a case's evidence, on one line; nil without one.
    private func evidence(_ repository: TestRepository, _ id: String) throws -> String? {
        let path = "evidence/\(id)/p-1-1.json"
        guard try repository.files().contains(path) else { return nil }
        let answer = try #require(try repository.json(path)["answer"])
        let data = try JSONSerialization.data(
            withJSONObject: answer, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    @Test(arguments: troubles)
    func `a vendor in trouble over one case disturbs no other, and the next run goes on`(
        _ trouble: Trouble
    ) async throws {
        let isWell = Mutex(false)
        let elsewhere = try await LoopbackServer.start { _, _ in .json(Self.body) }
        let register = try await LoopbackServer.start { _, _ in .json(Self.body) }
        let server = try await LoopbackServer.start { request, _ in
            if isWell.withLock({ $0 }) || !request.isAbout("bad") { return .json(Self.body) }
            return trouble.reply(elsewhere.port)
        }
        func calls() -> Int { server.requests.count { $0.isAbout("bad") } }
        let repository = try TestRepository(
            Self.files(
                port: server.port, other: register.port, method: trouble.method,
                settings: trouble.settings))
        let report = try await run(repository)
        let name = trouble.testDescription

        #expect(report.faults.isEmpty)
        let first = try outcome(repository, "people/bad")
        #expect(first.outcome == trouble.outcome && first.status == trouble.status, "\(name)")
        #expect(calls() == trouble.calls, "\(name)")
        let reasons = report.unanswered.keys.joined(separator: "\n")
        let stored = try evidence(repository, "people/bad")
        if trouble.status == "waiting" {
            #expect(reasons.contains("bureau: ") && reasons.contains(trouble.reason), "\(reasons)")
            #expect(stored == nil)
        } else {
            #expect(report.unanswered.isEmpty)
            #expect(stored?.contains(trouble.evidence) == true, "\(stored ?? "none")")
        }
        // Others of the same vendor and of another.
        #expect(try outcome(repository, "others/well").outcome == "approved")
        if !name.contains("long Retry-After") {
            #expect(try outcome(repository, "people/good").outcome == "approved")
        }
        #expect(elsewhere.count == 0, "nobody was led elsewhere")

        isWell.withLock { $0 = true }
        let before = calls()
        let next = try await run(repository, after: 1)
        #expect(calls() - before == trouble.later, "\(name)")
        #expect(try outcome(repository, "people/good").outcome == "approved")
        let last = try outcome(repository, "people/bad")
        if trouble.later > 0 {
            #expect(last.outcome == "approved" && next.unanswered.isEmpty)
        } else {
            #expect(last.outcome == trouble.outcome && last.status == trouble.status)
        }
        // Healthy cases were asked about once, in whichever run.
        #expect(server.requests.count { $0.isAbout("good") } == 1)
        #expect(register.count == 1)
        for server in [server, register, elsewhere] { await server.stop() }
    }

    @Test(arguments: [true, false])
    func `a certificate that is not the vendor's leaves its case waiting, nothing is sent`(
        _ isTrusted: Bool
    ) async throws {
        let wrong = try Certificate(for: isTrusted ? "other.test" : "localhost")
        let register = try await LoopbackServer.start { _, _ in .json(Self.body) }
        let server = try await LoopbackServer.start(tls: wrong.context) { _, _ in .json(Self.body) }
        let repository = try TestRepository(
            Self.files(
                port: server.port, other: register.port, scheme: "https",
                settings: isTrusted ? "trustRoots: \(wrong.file)," : ""))
        let report = try await run(repository)
        #expect(try outcome(repository, "people/bad").status == "waiting")
        #expect(try outcome(repository, "others/well").outcome == "approved")
        let reason = try #require(report.unanswered.keys.first)
        #expect(
            reason.contains(
                isTrusted
                    ? "its TLS certificate is for another host"
                    : "its TLS certificate is not trusted"), "\(reason)")
        #expect(server.count == 0)
        // Trusted from now on, the same server is asked.
        let right = try Certificate(for: "localhost")
        let second = try await LoopbackServer.start(tls: right.context) { _, _ in .json(Self.body) }
        let files = Self.files(
            port: second.port, other: register.port, scheme: "https",
            settings: "trustRoots: \(right.file),")
        for (name, text) in files { try repository.write(name, text) }
        try repository.commit()
        _ = try await run(repository, after: 1)
        #expect(try outcome(repository, "people/bad").outcome == "approved")
        #expect(second.count == 2)
    }

    @Test func `a run with answers of a server replays without it, byte for byte`() async throws {
        let register = try await LoopbackServer.start { _, _ in .json(Self.body) }
        let server = try await LoopbackServer.start { request, _ in
            request.isAbout("bad") ? .json("garbage") : .json(Self.body)
        }
        let repository = try TestRepository(
            Self.files(port: server.port, other: register.port, settings: ""))
        _ = try await run(repository)
        await server.stop()
        await register.stop()
        var options = RunOptions(directory: repository.directory, now: clock, jobs: 2)
        options.replay = "ledger"
        let report = try BatchRun(
            options: options, live: { VendorDirectory($0.settings) }
        ).perform()
        #expect(report.replay?.isSame == true, "\(report.replay?.differences ?? [])")
        #expect(server.count == 2 && register.count == 1)
    }
}

extension LoopbackServer.Request {
    /// Whether it asks about a case; a GET has its request in the query.
    fileprivate func isAbout(_ id: String) -> Bool { target.prefix { $0 != "?" } == "/\(id)" }
}
