import Foundation
import TestServers
import Testing

/// `docket run` with an operator's file, as an operator types it.
@Suite(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
struct OperatorRunTests {
    private static func files(_ vendor: String, url: String) -> [String: String] {
        [
            "docket.yaml": """
            docket: 1
            cases: {people: {workflow: w, events: [{type: START}]}}
            vendors: {bureau: \(vendor)}
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
                  url: "\(url)"
                  method: GET
                  headers: {Authorization: "Bearer {secret.KEY}"}
                  stateNames: [asking]
                  successAction: ASKED
                  errorAction: FAILED
            """,
            "cases/people/ann.yaml": "context: {entity: {id: ann}}",
        ]
    }

    /// A file of the operator's; the caller removes it.
    private func file(_ text: String, mode: Int = 0o600) throws -> String {
        let path = NSTemporaryDirectory() + "docket-operator-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private func docket(
        _ repository: TestRepository, _ arguments: String...
    ) throws -> (status: Int32, output: String) {
        try TestRepository.execute(
            ["env", "DOCKET_SECRET_KEY=hunter2-hunter2", try #require(DocketProgram.path)]
                + arguments, in: repository.directory)
    }

    @Test func `the operator says whose certificates are trusted for a vendor`() async throws {
        let certificate = try Certificate(for: "localhost")
        let server = try await LoopbackServer.start(tls: certificate.context) { _, _ in
            .json(#"{"score": 7}"#)
        }
        let repository = try TestRepository(
            Self.files(
                "{kind: http, hosts: [\"localhost:\(server.port)\"], allowPrivate: true, "
                    + "retries: 0, secrets: [KEY]}", url: "https://localhost:\(server.port)/x"))
        let without = try docket(repository, "run", "--at", "\(clock)")
        #expect(without.output.contains("its TLS certificate is not trusted"))
        let path = try file("docket: 1\ntrustRoots: {bureau: \(certificate.file)}\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let with = try docket(
            repository, "run", "--operator", path, "--at", "\(clock.plus(seconds: 1))")
        #expect(with.status == 0, "\(with.output)")
        #expect(
            try repository.json("results/people/ann.json")["outcome"] as? String == "approved")
        #expect(server.requests.map { $0.header("authorization") } == ["Bearer hunter2-hunter2"])
        #expect(
            try docket(repository, "vendor", "list", "--operator", path).output
                .contains("trusts \(certificate.file)"))
        await server.stop()
    }

    @Test func `what goes wrong with a program is on the terminal, without its secrets`() throws {
        let script = try file(
            "#!/bin/sh\necho 'no table; was given hunter2-hunter2' >&2\nexit 1\n", mode: 0o700)
        let path = try file("docket: 1\nexternals: {checker: {path: \(script), restarts: 0}}\n")
        defer {
            for path in [script, path] { try? FileManager.default.removeItem(atPath: path) }
        }
        let repository = try TestRepository(
            Self.files(
                "{kind: external, program: checker, secrets: [KEY]}",
                url: "https://bureau.example.com/x"))
        let run = try docket(repository, "run", "--operator", path, "--at", "\(clock)")
        #expect(run.status == 0)
        #expect(
            run.output.contains("docket: the program checker was in trouble; started once"),
            "\(run.output)")
        #expect(run.output.contains("it wrote: no table; was given {secret.KEY}"))
        #expect(!run.output.contains("hunter2"))
        #expect(try repository.json("results/people/ann.json")["status"] as? String == "waiting")
    }
}
