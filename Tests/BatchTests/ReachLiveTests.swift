import Batch
import Definitions
import Documents
import Foundation
import TestServers
import Testing
import Vendors

private let secret = "s3cr3t-hunter2"

/// An applicant's data, a vendor's answer and a definition that each reach for a secret, a private
/// address and a file, with vendors that are really asked: nine times nothing.
@Suite struct ReachLiveTests {
    /// Who decides on the URL of the second call.
    enum Actor: String, CaseIterable, Sendable { case applicant, answer, definition }

    /// What the URL leads to.
    enum Target: String, CaseIterable, Sendable {
        case secret, ungranted, privateAddress, metadata, file
    }

    /// A run in which the actor's URL is asked second, after a call that is in order.
    private struct Scene {
        let server: LoopbackServer
        /// What must never be asked.
        let inner: LoopbackServer
        let repository: TestRepository
        private(set) var report: RunReport?
        private(set) var findings: [Finding] = []

        init(_ actor: Actor, _ target: Target, semantics: String) async throws {
            let inner = try await LoopbackServer.start { _, _ in .json(#"{"root": "x"}"#) }
            self.inner = inner
            let url = Scene.url(target, inner.port)
            server = try await LoopbackServer.start { request, _ in
                if request.target.hasPrefix("/again") {
                    return .status("302 Found", headers: "location: \(url)\r\n")
                }
                let link = url.replacing("SERVER", with: request.header("host") ?? "")
                return .json(#"{"link": "\#(link)"}"#)
            }
            let own = url.replacing("SERVER", with: "localhost:\(server.port)")
            let second =
                switch actor {
                case .applicant: "{entity.link}"
                case .answer: "{pluginsOutput.first.link}"
                case .definition: own
                }
            repository = try TestRepository([
                "docket.yaml": """
                docket: 1
                cases: {people: {workflow: w, events: [{type: START}]}}
                vendors:
                  bureau:
                    kind: http
                    hosts: ["localhost:\(server.port)", "169.254.169.254"]
                    allowPrivate: true
                    allowPlaintext: true
                    retries: 0
                    secrets: [TOKEN]
                """,
                "workflows/w.yaml": """
                docket: 1
                id: w
                semantics: \(semantics)
                definition:
                  initial: idle
                  states:
                    idle: {on: {START: asking}}
                    asking: {on: {ASKED: telling, FAILED: unclear}}
                    telling: {on: {TOLD: done, FAILED: unclear}}
                    unclear: {tags: [manual_review]}
                    done: {tags: [approved], type: final}
                extensions:
                  apiPlugins:
                    - name: first
                      pluginKind: api
                      vendor: bureau
                      url: "http://localhost:\(server.port)/first"
                      method: GET
                      headers: {Authorization: "Bearer {secret.TOKEN}"}
                      stateNames: [asking]
                      successAction: ASKED
                      errorAction: FAILED
                      response: {transform: [{transformer: jmespath, mapping: "{link: link}"}]}
                    - name: second
                      pluginKind: api
                      vendor: bureau
                      url: "\(second)"
                      method: GET
                      stateNames: [telling]
                      successAction: TOLD
                      errorAction: FAILED
                """,
                "cases/people/ann.json": #"{"context": {"entity": {"link": "\#(own)"}}}"#,
            ])
            let directory = repository.directory
            var options = VendorOptions()
            options.secrets = try Secrets.load(environment: [
                "DOCKET_SECRET_TOKEN": secret, "DOCKET_SECRET_OTHER": "0ther-s3cr3t",
            ])
            let made = options
            let outcome: Result<RunReport, any Error> = await withCheckedContinuation { done in
                Thread.detachNewThread {
                    var run = RunOptions(directory: directory, now: clock, jobs: 2)
                    run.at = clock
                    let sealed = run
                    done.resume(
                        returning: Result {
                            try BatchRun(
                                options: sealed,
                                live: { VendorDirectory($0.settings, options: made) }
                            ).perform()
                        })
                }
            }
            do {
                report = try outcome.get()
            } catch RunError.definitions(let found) {
                findings = found.filter { $0.level == .error }
            }
        }

        private static func url(_ target: Target, _ port: Int) -> String {
            switch target {
            case .secret: "http://SERVER/{secret.TOKEN}/{secrets.TOKEN}"
            case .ungranted: "http://SERVER/{secret.OTHER}"
            case .privateAddress: "http://127.0.0.1:\(port)/x"
            case .metadata: "http://169.254.169.254/latest/meta-data/"
            case .file: "file:///etc/passwd"
            }
        }

        /// Everything that the server was sent but for the one header that may hold the secret.
        var sent: String {
            server.requests.map { request in
                let headers = request.headers.filter { $0.0.lowercased() != "authorization" }
                return "\(request.target) \(headers) "
                    + String(decoding: request.body, as: UTF8.self)
            }.joined(separator: "\n")
        }

        func ledger() throws -> String {
            guard report != nil else { return "" }
            return try repository.files().map {
                try repository.git("show", "ledger:\($0)")
            }.joined()
        }

        func stop() async {
            await server.stop()
            await inner.stop()
        }
    }

    private func answer(_ scene: Scene) throws -> String {
        let path = "evidence/people/ann/second-1-1.json"
        guard try scene.repository.files().contains(path) else { return "" }
        return "\(try scene.repository.json(path)["answer"] ?? "")"
    }

    @Test(arguments: [Actor.applicant, .answer], Target.allCases)
    func `data that would be a URL reaches nothing`(_ actor: Actor, _ target: Target) async throws {
        for semantics in ["docket", "ballerine"] {
            let scene = try await Scene(actor, target, semantics: semantics)
            let place = "\(actor) \(target) \(semantics)"
            let report = try #require(scene.report, "\(place): \(scene.findings)")
            #expect(scene.inner.count == 0, "\(place)")
            #expect(!scene.sent.contains(secret) && !scene.sent.contains("0ther"), "\(place)")
            let ledger = try scene.ledger()
            #expect(!ledger.contains(secret) && !ledger.contains("root:"), "\(place)")
            let outcomes = report.totals.outcomes["w"] ?? [:]
            switch target {
            case .secret where semantics == "ballerine", .ungranted where semantics == "ballerine":
                // A text like any other: the host may be asked, and gets the braces.
                #expect(outcomes["approved"] == 1, "\(place)")
                #expect(scene.sent.contains("/%7Bsecret."), "\(place): \(scene.sent)")
            case .metadata where semantics == "ballerine":
                // Even listed and with allowPrivate.
                #expect(outcomes["waiting for data"] == 1, "\(place)")
                let why = report.unanswered.keys.first ?? ""
                #expect(why.contains("169.254.169.254, which is not public"), "\(place): \(why)")
            case .privateAddress where semantics == "ballerine":
                #expect(outcomes["manual review"] == 1, "\(place)")
                #expect(try answer(scene).contains("is none of its hosts in docket.yaml"))
            default:
                // No URL at all: percent-encoded, or of another scheme.
                #expect(outcomes["manual review"] == 1, "\(place)")
                #expect(scene.server.count == 1, "\(place)")
            }
            await scene.stop()
        }
    }

    @Test(arguments: Target.allCases)
    func `a definition reaches no secret, address or file that it is not given`(
        _ target: Target
    ) async throws {
        for semantics in ["docket", "ballerine"] {
            let scene = try await Scene(.definition, target, semantics: semantics)
            let place = "\(target) \(semantics)"
            #expect(scene.inner.count == 0, "\(place)")
            #expect(!scene.sent.contains("0ther"), "\(place)")
            #expect(try !scene.ledger().contains(secret), "\(place)")
            let outcomes = scene.report?.totals.outcomes["w"] ?? [:]
            switch target {
            case .secret:
                // Its vendor's own secret goes to its vendor's host, and nowhere else.
                #expect(outcomes["approved"] == 1, "\(place): \(scene.findings)")
                #expect(scene.server.requests.last?.target == "/\(secret)/\(secret)")
            case .ungranted: #expect(scene.findings.map(\.code) == ["WF079"], "\(place)")
            case .file: #expect(scene.findings.map(\.code) == ["WF058"], "\(place)")
            case .privateAddress:
                #expect(outcomes["manual review"] == 1, "\(place)")
                #expect(try answer(scene).contains("is none of its hosts in docket.yaml"))
            case .metadata:
                #expect(outcomes["waiting for data"] == 1, "\(place)")
                #expect(
                    scene.report?.unanswered.keys.first?.contains("which is not public") == true)
            }
            await scene.stop()
        }
    }

    @Test func `a host on the list with a private address is not asked without leave`() async throws
    {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        let scene = try await Scene(.definition, .secret, semantics: "docket")
        let settings = try String(
            contentsOfFile: scene.repository.path("docket.yaml"), encoding: .utf8)
        try scene.repository.write(
            "docket.yaml", settings.replacing("allowPrivate: true", with: "allowPrivate: false"))
        try scene.repository.write("cases/people/bo.json", #"{"context": {"entity": {}}}"#)
        try scene.repository.commit()
        let before = scene.server.count
        let result = try TestRepository.execute(
            [
                "env", "DOCKET_SECRET_TOKEN=\(secret)", DocketProgram.path ?? "false", "run",
                "--at",
                "\(clock.plus(seconds: 1))",
            ], in: scene.repository.directory)
        #expect(result.output.contains("which is not public; allowPrivate would let it"))
        #expect(scene.server.count == before && server.count == 0)
        await scene.stop()
        await server.stop()
    }
}
