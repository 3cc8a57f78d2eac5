import Documents
import Foundation
import Testing

@testable import Vendors

/// Real programs, in Python; where there is none these tests skip.
@Suite(.enabled(if: Workshop.hasPython, "there is no /usr/bin/python3"), .timeLimit(.minutes(2)))
struct ExternalVendorTests {
    private static var example: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/examples/external_vendor.py")
            .path
    }

    @Test func `the example in the documentation answers`() async throws {
        var program = ExternalProgram(name: "currencies", path: Workshop.python)
        program.arguments = [Self.example]
        let vendor = ExternalVendor(program)
        #expect(
            await vendor.word(1, body: #"{"country": "JP"}"#)
                == #"200 {"country":"JP","currency":"JPY"}"#)
        #expect(
            await vendor.word(2, body: #"{"country": "XX"}"#)
                == #"404 {"message":"no such country"}"#)
        #expect(await vendor.word(3, body: "{}") == "failure the request has no country")
        await vendor.close()
        #expect(vendor.report.starts == 1)
        #expect(vendor.report.answered == 3)
        #expect(vendor.report.troubles == [])
        #expect(vendor.report.standardError == [])
    }

    @Test func `a request brings key, vendor, method, URL, headers and body, numbers as written`()
        async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program("say({'id': r['id'], 'status': 201, 'body': {'got': 1.50}})"))
        let reply = await vendor.answer(request(7, body: #"{"amount": 1.10}"#))
        guard case .response(201, let headers, _, let at, _) = reply else {
            Issue.record("\(word(reply))")
            return
        }
        #expect(headers.isEmpty)
        #expect(at.milliseconds > 1_700_000_000_000)
        let line = try #require(shop.read("requests"))
        #expect(line.contains(#""body":{"amount":1.10}"#))
        #expect(line.contains(#""key":"0000000"#))
        #expect(line.contains(#""headers":{"X-Trace":"1","Accept":"a, b"}"#))
        #expect(line.contains(#""vendor":"registry""#))
        #expect(line.contains(#""timeoutMilliseconds":30000"#))
        await vendor.close()
    }

    @Test func `thousands of requests wait at once and answers may come in any order`() async throws
    {
        let shop = try Workshop()
        let body = """
            held.append(r)
            if len(held) == 4:
                for h in reversed(held): say({'id': h['id'], 'status': 200, 'body': h['request']['body']})
                held.clear()
            """
        let vendor = ExternalVendor(
            try shop.program(body, greeting: "held = []; say({'docket': 1, 'concurrency': 4})"))
        let words = await withTaskGroup(of: (Int, String).self) { group in
            for number in 0..<8000 { group.addTask { (number, await vendor.word(number)) } }
            var words: [Int: String] = [:]
            for await (number, word) in group { words[number] = word }
            return words
        }
        #expect(words.count == 8000)
        #expect(words.allSatisfy { $0.value == "200 \($0.key)" })
        #expect(vendor.report.answered == 8000)
        #expect(shop.starts == 1)
        await vendor.close()
    }

    @Test func `what a program says of itself is kept out of the reason`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                if n == 1: say({'id': r['id'], 'unavailable': 'Ada Lovelace overslept'})
                else: say({'id': r['id'], 'error': 'no licence'})
                """))
        #expect(
            await vendor.word(1)
                == "unavailable the external program 'checker' says that it is not available")
        #expect(await vendor.word(2) == "failure no licence")
        await vendor.close()
    }

    @Test func `a request without an answer in time is unknown and the others go on`() async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program("if n != 1: say({'id': r['id'], 'status': 200})") {
                $0.limits.timeoutMilliseconds = 4000
            })
        async let silent = vendor.word(1)
        try await Task.sleep(for: .milliseconds(200))
        #expect(await vendor.word(2) == "200 ")
        #expect(
            await silent == "unknown the external program 'checker' did not answer within 4000 ms")
        #expect(await vendor.word(3) == "200 ")
        #expect(shop.starts == 1)
        await vendor.close()
    }

    @Test func `a late answer is not taken for another request's`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                if n == 1: late = r['id']
                elif n == 2: say({'id': r['id'], 'status': 200, 'body': 'two'})
                else:
                    say({'id': late, 'status': 200, 'body': 'late'})
                    say({'id': r['id'], 'status': 200, 'body': 'three'})
                """
            ) { $0.limits.timeoutMilliseconds = 4000 })
        async let first = vendor.word(1)
        try await Task.sleep(for: .milliseconds(200))
        #expect(await vendor.word(2) == #"200 "two""#)
        #expect(await first.hasPrefix("unknown"))
        #expect(await vendor.word(3) == #"200 "three""#)
        #expect(vendor.report.troubles == [])
        await vendor.close()
    }

    @Test func `a program that says nothing for a request's whole time is started again`()
        async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                "if n == 1: time.sleep(60)\nsay({'id': r['id'], 'status': 200})", idempotent: true
            ) { $0.limits.timeoutMilliseconds = 300 })
        #expect(await vendor.word(1).hasPrefix("unavailable"))
        #expect(await vendor.word(2) == "200 ")
        #expect(shop.starts == 2)
        await vendor.close()
    }

    @Test func `a crash leaves what was sent unknown and what was not sent is asked again`()
        async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                "if n == 1: os._exit(3)\nsay({'id': r['id'], 'status': 200, 'body': n})"
            ) { $0.limits.concurrency = 1 })
        async let first = vendor.word(1)
        try await Task.sleep(for: .milliseconds(20))
        async let second = vendor.word(2)
        #expect(await first == "unknown the external program 'checker' ended before it answered")
        #expect(await second == "200 2")
        #expect(shop.starts == 2)
        #expect(vendor.report.troubles.count == 1)
        #expect(vendor.report.troubles[0].hasSuffix("it ended with 3"))
        await vendor.close()
    }

    @Test func `where it is safe, a request is sent once more after a crash`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                if not os.path.exists(HERE + '/crashed'):
                    note('crashed', 'x'); os.kill(os.getpid(), signal.SIGKILL)
                say({'id': r['id'], 'status': 200})
                """, idempotent: true))
        #expect(await vendor.word(1) == "200 ")
        #expect(shop.requests == 2)
        #expect(vendor.report.troubles[0].hasSuffix("it was killed by signal 9"))
        await vendor.close()
    }

    @Test func `a program that keeps crashing is started a limited number of times`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program("os._exit(1)", idempotent: true) { $0.limits.restarts = 2 })
        var words: [String] = []
        for number in 0..<5 { words.append(await vendor.word(number)) }
        #expect(words.allSatisfy { $0.hasPrefix("unavailable the external program 'checker'") })
        #expect(words.last?.hasSuffix("it was started 3 times and ended each time") ?? false)
        #expect(shop.starts == 3)
        await vendor.close()
    }

    @Test(arguments: [
        ("sys.stdout.write('hello?\\n'); sys.stdout.flush()", "a line of its output is no JSON"),
        ("say([1])", "a line of its output is no JSON object"),
        ("say({'status': 200})", "a line of its output has no id"),
        ("say({'id': 999, 'status': 200})", "it answers a request that it does not have"),
        ("say({'id': r['id'], 'status': 9})", "an answer has no status from 100 to 599"),
        ("say({'id': r['id']})", "an answer has no status"),
        ("say({'id': r['id'], 'status': 200, 'headers': {'a': 1}})", "an answer's headers"),
        ("sys.stdout.write('x' * 5000); sys.stdout.flush(); time.sleep(9)", "more than 4096 bytes"),
        (
            "sys.stdout.write('{\\n' + 'x' * 5000 + '\\n'); sys.stdout.flush()",
            "a line of its output"
        ),
        (
            "sys.stdout.write('\\n' * 70000); sys.stdout.flush(); time.sleep(9)",
            "it wrote more than"
        ),
    ])
    func `a line that is none of the protocol stops the program`(
        _ body: String, _ trouble: String
    ) async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(body) {
                $0.limits.lineBytes = 4096
                $0.limits.outputBytes = 65_536
                $0.limits.restarts = 0
            })
        #expect(await vendor.word(1).hasPrefix("unknown"))
        #expect(
            vendor.report.troubles.first?.contains(trouble) ?? false, "\(vendor.report.troubles)")
        #expect(await vendor.word(2).hasPrefix("unavailable"))
        await vendor.close()
    }

    @Test func `the greeting must come in time and speak this version`() async throws {
        let shop = try Workshop()
        let other = ExternalVendor(
            try shop.program("pass", greeting: "say({'docket': 2})"))
        #expect(
            await other.word(1)
                == "unavailable the external program 'checker' does not work: it speaks version 2 of "
                + "the protocol; this Docket speaks 1")
        #expect(shop.starts == 1)
        await other.close()
        let slow = ExternalVendor(
            try shop.program("pass", greeting: "time.sleep(60)") {
                $0.limits.startMilliseconds = 150
                $0.limits.restarts = 0
            })
        #expect(await slow.word(1).hasPrefix("unavailable"))
        #expect(slow.report.troubles[0].contains("did not answer the greeting"))
        await slow.close()
    }

    @Test func `a program that cannot be started is unavailable`() async throws {
        let vendor = ExternalVendor(ExternalProgram(name: "gone", path: "/nonexistent/program"))
        #expect(
            await vendor.word(1)
                == "unavailable the external program 'gone' does not work: it could not be started "
                + "(No such file or directory)")
        await vendor.close()
    }

    @Test func `it gets the environment of its list, its directory and no descriptor of Docket's`()
        async throws
    {
        let shop = try Workshop()
        setenv("DOCKET_TEST_SECRET", "hunter2", 1)
        let kept = try #require(fopen("/etc/hostname", "r"))
        defer { fclose(kept) }
        let vendor = ExternalVendor(
            try shop.program(
                """
                fds = [int(f) for f in os.listdir('/proc/self/fd') if int(f) > 2]
                fds = [f for f in fds if os.path.exists('/proc/self/fd/%d' % f)]
                say({'id': r['id'], 'status': 200, 'body': {'env': dict(os.environ), 'cwd': os.getcwd(),
                     'fds': len(fds), 'leads': os.getsid(0) == os.getpid()}})
                """
            ) {
                $0.environment = [("LANG", "C.UTF-8")]
                $0.workingDirectory = shop.directory
            })
        let word = await vendor.word(1)
        #expect(!word.contains("hunter2"))
        let value = try JSONSerialization.jsonObject(with: Data(word.dropFirst(4).utf8))
        let body = try #require(value as? [String: Any])
        // Python adds LC_CTYPE itself in the C locale.
        #expect((body["env"] as? [String: String]) == ["LANG": "C.UTF-8"])
        #expect(body["cwd"] as? String == shop.directory)
        #expect(body["fds"] as? Int == 0)
        #expect(body["leads"] as? Bool == true)
        await vendor.close()
    }

    @Test func `standard error is kept to a bound and comes into no reply`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                for i in range(300): sys.stderr.write('noise ' * 200)
                sys.stderr.write('the end'); sys.stderr.flush()
                say({'id': r['id'], 'status': 200})
                """))
        #expect(await vendor.word(1) == "200 ")
        await vendor.close()
        let kept = vendor.report.standardError
        #expect(kept.count == 65_536)
        #expect(String(decoding: kept, as: UTF8.self).hasSuffix("the end"))
    }

    @Test func `closing ends the program and what it started, also when it does not want to`()
        async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                child = subprocess.Popen(['/bin/sleep', '300'])
                note('pids', '%d %d' % (os.getpid(), child.pid))
                say({'id': r['id'], 'status': 200})
                time.sleep(300)
                """
            ) { $0.environment = [] })
        #expect(await vendor.word(1) == "200 ")
        let pids = try #require(shop.read("pids")).split(separator: " ").compactMap { Int32($0) }
        #expect(pids.count == 2)
        #expect(pids.allSatisfy { kill($0, 0) == 0 })
        let began = ContinuousClock.now
        await vendor.close()
        #expect(began.duration(to: .now) < .seconds(5))
        #expect(kill(pids[0], 0) != 0)
        try await waitUntil { Self.isGone(pids[1]) }
        #expect(await vendor.word(2).hasPrefix("unavailable"))
        #expect(shop.starts == 1)
    }

    @Test func `what a crashed program started goes with it, although it holds the output`()
        async throws
    {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program(
                """
                child = subprocess.Popen(['/bin/sleep', '300'])
                note('pids', '%d' % child.pid)
                os._exit(0)
                """
            ) { $0.limits.restarts = 0 })
        #expect(await vendor.word(1).hasPrefix("unknown"))
        let child = try #require(shop.read("pids").flatMap { Int32($0) })
        try await waitUntil { Self.isGone(child) }
        await vendor.close()
    }

    @Test func `a request ends when its task is cancelled`() async throws {
        let shop = try Workshop()
        let vendor = ExternalVendor(
            try shop.program("if n != 1: say({'id': r['id'], 'status': 200})"))
        let task = Task { await vendor.word(1) }
        try await waitUntil { shop.requests == 1 }
        task.cancel()
        #expect(await task.value == "unknown the external program 'checker' was called off")
        #expect(await vendor.word(2) == "200 ")
        await vendor.close()
    }

    @Test func `a vendor that is let go ends its program`() async throws {
        let shop = try Workshop()
        do {
            let vendor = ExternalVendor(
                try shop.program(
                    "note('pids', str(os.getpid()))\nsay({'id': r['id'], 'status': 200})"))
            #expect(await vendor.word(1) == "200 ")
        }
        let program = try #require(shop.read("pids").flatMap { Int32($0) })
        try await waitUntil { kill(program, 0) != 0 }
    }

    /// Whether a process is gone, or nobody's zombie.
    private static func isGone(_ id: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else {
            return true
        }
        return status.contains(") Z ")
    }

    private func waitUntil(_ holds: () -> Bool) async throws {
        for _ in 0..<200 {
            if holds() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("it did not come")
    }
}
