import Definitions
import Documents
import NIOCore
import TestServers
import Testing

@testable import Vendors

/// A vendor over HTTP, asked on loopback: what each behaviour of a server comes to.
@Suite struct HTTPVendorTests {
    @Test func `an answer has its status, the headers that matter and its body`() async throws {
        let server = try await LoopbackServer.start { _, _ in
            .json(#"{"ok":true}"#, status: "201 Created", headers: "set-cookie: a=b\r\nETag: x\r\n")
        }
        let ask = try Asking(server)
        let reply = await ask(
            "POST", "/check?q=1", headers: [("X-Mine", Array("1".utf8))], body: Array("{}".utf8))
        guard case .response(let status, let headers, let body, let at, let took) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(status == 201 && String(decoding: body, as: UTF8.self) == #"{"ok":true}"#)
        #expect(headers.map(\.0) == ["content-type", "etag"])
        #expect(at.milliseconds > 1_700_000_000_000 && took >= 0)
        let sent = try #require(server.requests.first)
        #expect(sent.method == "POST" && sent.target == "/check?q=1")
        #expect(sent.header("host") == "vendor.test:\(server.port)")
        #expect(sent.header("x-mine") == "1" && sent.header("user-agent") == "docket")
        #expect(sent.header("content-type") == "application/json")
        #expect(sent.header("idempotency-key") == nil && sent.body == Array("{}".utf8))
    }

    @Test func `a definite answer of another status is an answer`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            request.target == "/none"
                ? .status("404 Not Found") : .json("{}", status: "422 Unprocessable")
        }
        let ask = try Asking(server) { $0.retries = 3 }
        #expect(await ask("GET", "/none").words == "404 ")
        #expect(await ask("POST", "/bad").words == "422 {}")
        #expect(server.count == 2)
    }

    // MARK: Down

    @Test func `a vendor that nobody listens for is not available`() async throws {
        let server = try await LoopbackServer.start { _, _ in .hang }
        let port = server.port
        await server.stop()
        let ask = Asking(port: port) { $0.retries = 1 }
        let reply = await ask("POST", body: [])
        #expect(
            reply.words
                == "unavailable the vendor 'v' is not available: the connection was refused (asked 2 times)"
        )
    }

    @Test func `a host without an address is not available`() async throws {
        let ask = Asking(port: 1, names: .to())
        #expect(
            await ask().words
                == "unavailable the vendor 'v' is not available: its host vendor.test has no address"
        )
    }

    @Test(arguments: [429, 502, 503, 504])
    func `what passes is asked again`(status: Int) async throws {
        let server = try await LoopbackServer.start { _, number in
            number < 3 ? .status("\(status) No") : .json("[1]")
        }
        let ask = try Asking(server) { $0.retries = 2 }
        #expect(await ask().words == "200 [1]")
        #expect(server.count == 3)
    }

    @Test func `a vendor that answers with failures is not available`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            .status("\(request.target.dropFirst()) No")
        }
        let ask = try Asking(server) { $0.retries = 1 }
        #expect(
            await ask("GET", "/503").words
                == "unavailable the vendor 'v' is not available: it answered 503 (asked 2 times)")
        #expect(
            await ask("GET", "/500").words
                == "unavailable the vendor 'v' is not available: it answered 500")
        #expect(server.count == 3)
    }

    @Test func `a hanging vendor is given up in time`() async throws {
        let server = try await LoopbackServer.start { _, _ in .hang }
        let ask = try Asking(server) {
            $0.timeoutSeconds = 0.5
            $0.retries = 1
        }
        #expect(
            await ask().words
                == "unavailable the vendor 'v' is not available: no whole answer came within 0.5 s "
                + "(asked 2 times)")
        // On a busy machine the time may be over before a request has left.
        #expect((1...2).contains(server.count))
    }

    @Test func `a slow vendor is waited for`() async throws {
        let server = try await LoopbackServer.start { _, _ in
            .late(milliseconds: 150, .json("{}"))
        }
        let reply = await (try Asking(server))()
        guard case .response(200, _, _, _, let took) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(took >= 140)
    }

    // MARK: Not safe to repeat

    @Test func `a POST whose fate is not known is for a person`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            switch request.target {
            case "/hang": .hang
            case "/reset": .reset(after: "")
            case "/half": .reset(after: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[1,")
            case "/closed": .close(after: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[1,")
            default: .status("504 Gateway Timeout")
            }
        }
        let ask = try Asking(server) {
            $0.timeoutSeconds = 3
            $0.retries = 3
            $0.breakerFailures = 100
        }
        for path in ["/hang", "/reset", "/half", "/closed", "/504"] {
            let words = await ask("POST", path, body: Array("{}".utf8)).words
            #expect(
                words.hasPrefix("unknown the vendor 'v' was asked and it is not known"), "\(words)")
        }
        #expect((1...5).contains(server.count))
    }

    @Test func `a PUT and a GET are asked again after a reset`() async throws {
        let server = try await LoopbackServer.start { _, number in
            number % 2 == 1
                ? .reset(after: "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[1,") : .json("[2]")
        }
        let ask = try Asking(server) { $0.retries = 1 }
        #expect(await ask("GET").words == "200 [2]")
        #expect(await ask("PUT", body: Array("{}".utf8)).words == "200 [2]")
        #expect(server.count == 4)
    }

    @Test func `an idempotent vendor gets the same key with every attempt`() async throws {
        let server = try await LoopbackServer.start { _, number in
            number < 3 ? .reset(after: "") : .json("{}")
        }
        let ask = try Asking(server) {
            $0.retries = 2
            $0.idempotent = true
        }
        #expect(await ask("POST", body: Array("{}".utf8)).words == "200 {}")
        let keys = server.requests.map { $0.header("idempotency-key") }
        #expect(keys == Array(repeating: String(repeating: "0a", count: 32), count: 3))
    }

    @Test func `a POST that was turned away for its rate is asked again`() async throws {
        let server = try await LoopbackServer.start { _, number in
            number == 1 ? .status("429 Slow") : .json("{}")
        }
        let ask = try Asking(server) { $0.retries = 1 }
        #expect(await ask("POST", body: []).words == "200 {}")
        let other = try await LoopbackServer.start { _, _ in .status("503 No") }
        let askOther = try Asking(other) { $0.retries = 1 }
        #expect(await askOther("POST", body: []).words.hasPrefix("unavailable"))
        #expect(other.count == 1)
    }

    // MARK: Retry-After

    @Test func `the time a vendor asks for is waited`() async throws {
        let server = try await LoopbackServer.start { _, number in
            number == 1 ? .status("429 Slow", headers: "retry-after: 1\r\n") : .json("{}")
        }
        let ask = try Asking(server) { $0.retries = 1 }
        let start = ContinuousClock.now
        #expect(await ask().words == "200 {}")
        #expect(ContinuousClock.now - start >= .milliseconds(950))
    }

    @Test func `a vendor that asks for more than is waited is left alone`() async throws {
        let server = try await LoopbackServer.start { _, _ in
            .status("503 Later", headers: "retry-after: Fri, 01 Jan 2100 00:00:00 GMT\r\n")
        }
        let ask = try Asking(server) { $0.retries = 5 }
        let first = await ask().words
        #expect(first.contains("it answered 503 and asks to wait"))
        #expect(await ask().words.contains("is not asked for a while"))
        #expect(server.count == 1)
    }

    // MARK: Answers that are none

    @Test func `what is not JSON is a definite failure`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            switch request.target {
            case "/html":
                .raw("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}")
            case "/garbage": .json("{\"a\": ]")
            case "/gzip": .json("{}", headers: "content-encoding: gzip\r\n")
            case "/deep": .json(String(repeating: "[", count: 100_000))
            case "/bytes":
                .raw("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n\u{1}\u{2}\u{3}")
            default:
                .raw(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/problem+json; charset=utf-8\r\n"
                        + "content-length: 2\r\n\r\n{}")
            }
        }
        let ask = try Asking(server) { $0.retries = 2 }
        let none = "failure the vendor 'v' gave no usable answer: it answered 200 with"
        #expect(
            await ask("GET", "/html").words
                == "\(none) a body that is not JSON by its content type")
        #expect(await ask("GET", "/garbage").words == "\(none) a body that is not JSON")
        #expect(await ask("GET", "/deep").words == "\(none) a body that is not JSON")
        #expect(await ask("GET", "/bytes").words == "\(none) a body that is not JSON")
        #expect(
            await ask("GET", "/gzip").words
                == "\(none) a compressed body, which was not asked for")
        #expect(await ask("GET", "/problem").words == "200 {}")
        #expect(server.count == 6)
    }

    @Test func `what is no HTTP is not available`() async throws {
        let server = try await LoopbackServer.start { _, _ in .close(after: "SSH-2.0-hello\r\n\r\n")
        }
        let ask = try Asking(server)
        #expect(await ask().words.hasPrefix("unavailable"))
    }

    @Test func `a body past the limit is not read`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            request.target == "/long"
                ? .json("[\(String(repeating: " ", count: 100_000))]") : .endless
        }
        let ask = try Asking(server) { $0.maxResponseBytes = 20_000 }
        let expected =
            "failure the vendor 'v' gave no usable answer: it answered 200 with more than 20000 bytes"
        #expect(await ask("POST", "/long", body: []).words == expected)
        #expect(await ask("GET", "/endless").words == expected)
        try await Task.sleep(for: .milliseconds(50))
        let written = server.bytesWritten
        try await Task.sleep(for: .milliseconds(50))
        #expect(server.bytesWritten == written, "the connection is closed")
        let exact = try await LoopbackServer.start { _, _ in .json("[1]") }
        #expect(await (try Asking(exact) { $0.maxResponseBytes = 3 })().words == "200 [1]")
    }

    // MARK: Redirects

    @Test func `a redirect is followed at its own host only`() async throws {
        let server = try await LoopbackServer.start { request, _ in
            switch request.target {
            case "/old": .status("302 Found", headers: "location: /new?a=1\r\n")
            case "/new?a=1": .json("[1]")
            case "/round": .status("301 Moved", headers: "location: /round\r\n")
            case "/nowhere": .status("302 Found")
            case "/file": .status("302 Found", headers: "location: file:///etc/passwd\r\n")
            default: .status("307 No", headers: "location: http://other.test/x?key=abc\r\n")
            }
        }
        let ask = try Asking(server)
        let start = "failure the vendor 'v' gave no usable answer: it answered"
        #expect(await ask("GET", "/old").words == "200 [1]")
        #expect(await ask("GET", "/round").words == "\(start) 301 and has led on too often")
        #expect(
            await ask("GET", "/nowhere").words == "\(start) 302 and does not say where else to ask")
        let away = "leads to another host, which is not followed"
        #expect(await ask("GET", "/away").words == "\(start) 307 and \(away)")
        #expect(await ask("GET", "/file").words == "\(start) 302 and \(away)")
        #expect(
            await ask("POST", "/old", body: []).words
                == "\(start) 302 and a POST does not follow redirects")
        #expect(server.count == 2 + 4 + 4)
    }

    // MARK: Many

    @Test func `five thousand calls of 200 ms, 500 at once`() async throws {
        let server = try await LoopbackServer.start(keeping: false) { _, _ in
            .late(milliseconds: 200, .json("{}"))
        }
        let ask = try Asking(server) { $0.concurrency = 500 }
        let clock = ContinuousClock()
        var answered = 0
        let took = await clock.measure {
            answered = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<5000 {
                    group.addTask { await ask("GET", "/\(number)").words == "200 {}" }
                }
                return await group.reduce(0) { $1 ? $0 + 1 : $0 }
            }
        }
        #expect(answered == 5000 && server.count == 5000)
        #expect(server.mostOpen <= 500 && server.mostOpen > 100)
        #expect(ask.directory.http(named: "v")?.gate.highest == 500)
        print("5,000 calls of 200 ms, 500 at once: \(took)")
        await ask.directory.shutdown()
    }

    @Test func `calls start at the rate that is allowed`() async throws {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        let ask = try Asking(server) { $0.ratePerSecond = 50 }
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<11 { group.addTask { _ = await ask() } }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(195))
        #expect(server.count == 11)
    }

    @Test func `a run that is interrupted ends its calls`() async throws {
        let server = try await LoopbackServer.start { _, _ in .hang }
        let ask = try Asking(server) { $0.concurrency = 2 }
        let calls = (0..<6).map { number in
            Task { await ask(number % 2 == 0 ? "GET" : "POST", body: []).words }
        }
        while server.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        for call in calls { call.cancel() }
        for call in calls {
            #expect(await call.value.contains("the run was interrupted"))
        }
        #expect(server.count == 2)
    }
}
