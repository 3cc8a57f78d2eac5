import Definitions
import Foundation
import TestServers
import Testing

@testable import Vendors

/// Secrets: who gets them, and where they must not turn up.
@Suite struct SecretsTests {
    private static let key = "s3cr\"t/+key&value"
    private static let environment = [
        "DOCKET_SECRET_KEY": key, "DOCKET_SECRET_OTHER": "another-one", "PATH": "/bin",
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
    ]

    private func filled(
        url: [UInt8] = [], header: [UInt8] = [], body: [UInt8]? = nil, names: [String] = ["KEY"]
    ) throws -> VendorRequest {
        let secrets = try Secrets.load(environment: Self.environment).granted(names)
        return try OutgoingCall(
            key: "k", vendor: "v", method: "POST", url: url, headers: [("Authorization", header)],
            body: body
        ).filled(with: secrets)
    }

    @Test func `a secret is filled in as its place needs it`() throws {
        let request = try filled(
            url: Array("https://a/?k=".utf8) + slot("KEY"),
            header: Array("Bearer ".utf8) + slot("KEY"),
            body: Array("{\"k\":\"".utf8) + slot("KEY") + Array("\"}".utf8))
        #expect(request.url == "https://a/?k=s3cr%22t%2F%2Bkey%26value")
        #expect(request.headers[0].1 == "Bearer \(Self.key)")
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) }
                == #"{"k":"s3cr\"t/+key&value"}"#)
        #expect(try filled(url: slot("KEY") + Array("/x".utf8)).url == Self.key + "/x")
    }

    @Test func `a vendor gets the secrets it is granted and no variable of the environment`()
        async throws
    {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        let ask = try Asking(server, environment: Self.environment) {
            $0.secrets = ["KEY", "PATH", "AWS_SECRET_ACCESS_KEY"]
        }
        func words(_ name: String) async -> String {
            await ask("POST", headers: [("X-Key", slot(name))], body: []).words
        }
        #expect(await words("KEY") == "200 {}")
        #expect(
            await words("OTHER")
                == "unavailable the vendor 'v' is not given the secret OTHER; its secrets in docket.yaml would have to name it"
        )
        for name in ["PATH", "AWS_SECRET_ACCESS_KEY"] {
            #expect(
                await words(name)
                    == "unavailable the secret \(name) of the vendor 'v' has no value here")
        }
        #expect(server.count == 1)
    }

    @Test func `answers that repeat a secret are scrubbed of it`() async throws {
        let raw = Self.key
        let base64 = Data(raw.utf8).base64EncodedString()
        let basic = Data("user:\(raw)".utf8).base64EncodedString()
        let longer = Data("ab\(raw)cd".utf8).base64EncodedString()
        let percent = "s3cr%22t%2F%2Bkey%26value"
        let hex = raw.utf8.map { String(format: "%02x", $0) }.joined()
        let unicode = raw.unicodeScalars.map { String(format: "\\u%04x", $0.value) }.joined()
        let escaped = raw.replacingOccurrences(of: "\"", with: "\\\"")
        let server = try await LoopbackServer.start { _, _ in
            .json(
                #"{"a":"x \#(escaped) y","b":"\#(base64)","c":"Basic \#(basic)","d":"\#(longer)","#
                    + #""e":"\#(percent)","f":"\#(percent.lowercased())","g":"\#(hex)","#
                    + #""h":"\#(unicode)","\#(escaped)":[1.50,true,null],"z":"\#(base64.replacingOccurrences(of: "/", with: "\\/"))"}"#,
                headers: "x-request-id: \(raw)\r\n")
        }
        let ask = try Asking(server, environment: Self.environment) { $0.secrets = ["KEY"] }
        let reply = await ask("POST", headers: [("X-Key", slot("KEY"))], body: [])
        guard case .response(200, let headers, let body, _, _) = reply else {
            Issue.record("\(reply)")
            return
        }
        let text = String(decoding: body, as: UTF8.self)
        for form in [raw, escaped, percent, percent.lowercased(), hex, unicode] {
            #expect(!text.contains(form), "\(form)")
        }
        #expect(
            !text.contains(base64.dropLast(4)) && !text.contains(basic.dropFirst(8).dropLast(4)))
        #expect(text.contains(#""a":"x {secret.KEY} y""#) && text.contains(#""e":"{secret.KEY}""#))
        #expect(text.contains(#""h":"{secret.KEY}","{secret.KEY}":[1.50,true,null]"#))
        #expect(headers.contains { $0.0 == "x-request-id" && $0.1 == "{secret.KEY}" })
    }

    @Test func `a number that is a secret is a text afterwards`() throws {
        let secrets = try Secrets.load(environment: ["DOCKET_SECRET_PIN": "48151623"])
        let scrubber = Scrubber(secrets.granted(["PIN"]))
        #expect(
            String(decoding: scrubber.scrub(json: Array(#"{"a":48151623}"#.utf8)), as: UTF8.self)
                == #"{"a":"{secret.PIN}"}"#)
        let untouched = Array(#"{ "a" : 1.50, "b": "\u0041" }"#.utf8)
        #expect(scrubber.scrub(json: untouched) == untouched)
    }

    @Test func `errors that name a place hold no secret`() async throws {
        let environment = ["DOCKET_SECRET_HOST": "secret-host.test"]
        let ask = Asking(port: 1, environment: environment) { $0.secrets = ["HOST"] }
        let reply = await ask.directory.answer(
            OutgoingCall(
                key: "k", vendor: "v", method: "GET",
                url: Array("http://".utf8) + slot("HOST") + Array("/".utf8), headers: [], body: nil)
        )
        #expect(
            reply.words
                == "failure the vendor 'v' was not asked: the host {secret.HOST} is none of its hosts in docket.yaml"
        )
    }

    @Test func `what holds secrets shows none`() throws {
        let secrets = try Secrets.load(environment: Self.environment)
        let request = try filled(header: slot("KEY"))
        var dumped = ""
        dump(secrets, to: &dumped)
        dump(secrets.granted(["KEY"]), to: &dumped)
        dump(request, to: &dumped)
        dumped += "\(secrets) \(secrets.granted(["KEY"])) \(request)"
        dumped += String(reflecting: secrets) + String(reflecting: request)
        #expect(!dumped.contains("s3cr") && dumped.contains("secrets KEY"))
    }

    // MARK: The file

    private func load(
        _ text: String, mode: mode_t = 0o600, inRepository: Bool = false, link: Bool = false
    ) throws -> Result<GrantedSecrets, SecretsError> {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("docket-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var file = folder.appendingPathComponent("secrets.yaml")
        try Data(text.utf8).write(to: file)
        chmod(file.path, mode)
        if link {
            let elsewhere = FileManager.default.temporaryDirectory
                .appendingPathComponent("docket-\(UUID().uuidString).yaml")
            try FileManager.default.createSymbolicLink(at: elsewhere, withDestinationURL: file)
            file = elsewhere
        }
        defer { if link { try? FileManager.default.removeItem(at: file) } }
        return Result { () throws(SecretsError) in
            try Secrets.load(
                environment: ["DOCKET_SECRET_B": "from-environment"], file: file.path,
                repository: inRepository ? [folder.path] : []
            ).granted(["A", "B"])
        }
    }

    @Test func `a file of one's own gives secrets, and the environment stands before it`() throws {
        let secrets = try load("A: \"0123\"\nB: from-file\n").get()
        #expect(secrets.values["A"] == Array("0123".utf8))
        #expect(secrets.values["B"] == Array("from-environment".utf8))
        #expect(secrets.missing == [])
    }

    @Test func `a file that others can read, or in the repository, is refused`() throws {
        func message(_ result: Result<GrantedSecrets, SecretsError>) -> String {
            if case .failure(let error) = result { error.message } else { "" }
        }
        let sound = "A: secret\n"
        #expect(message(try load(sound, mode: 0o640)).contains("is open to others; 'chmod 600"))
        #expect(message(try load(sound, mode: 0o604)).contains("is open to others"))
        #expect(message(try load(sound, inRepository: true)).contains("is in the repository"))
        #expect(
            message(try load(sound, inRepository: true, link: true))
                .contains("is in the repository"))
        #expect(message(try load("A: 1234\n")).hasSuffix(":1: write the value of A in quotes"))
        #expect(message(try load("A: abc\n")).contains("A is shorter than 4 bytes"))
        let broken = message(try load("A: [topsecret\n"))
        #expect(broken.contains("is not a mapping") && !broken.contains("topsecret"))
        #expect(message(try load("9A: topsecret\n")).contains(":1: a name is letters"))
    }
}
