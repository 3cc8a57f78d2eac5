import Definitions
import Documents
import TestServers
import Testing

@testable import Vendors

/// Limits that hold across calls: the breaker, the gate, the waits.
@Suite struct BreakerTests {
    @Test func `a vendor that fails in a row is not asked until one call finds it well`()
        async throws
    {
        let isWell = Shared(false)
        let server = try await LoopbackServer.start { _, _ in
            isWell.withLock { $0 } ? .json("{}") : .status("500 No")
        }
        let ask = try Asking(server) {
            $0.breakerFailures = 3
            $0.breakerSeconds = 0.3
        }
        for _ in 0..<3 { #expect(await ask().words.hasSuffix("it answered 500")) }
        for _ in 0..<20 { #expect(await ask().words.contains("is not asked for a while")) }
        #expect(server.count == 3)
        try await Task.sleep(for: .milliseconds(320))
        #expect(await ask().words.hasSuffix("it answered 500"), "the probe goes through")
        #expect(await ask().words.contains("is not asked for a while"))
        #expect(server.count == 4)
        isWell.withLock { $0 = true }
        try await Task.sleep(for: .milliseconds(320))
        for _ in 0..<3 { #expect(await ask().words == "200 {}") }
        #expect(server.count == 7)
    }

    @Test func `one call alone finds out whether a vendor is well again`() async throws {
        let server = try await LoopbackServer.start { _, number in
            number == 1 ? .status("500 No") : .late(milliseconds: 100, .json("{}"))
        }
        let ask = try Asking(server) {
            $0.breakerFailures = 1
            $0.breakerSeconds = 0.2
        }
        _ = await ask()
        try await Task.sleep(for: .milliseconds(220))
        let well = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 { group.addTask { await ask().words == "200 {}" } }
            return await group.reduce(0) { $1 ? $0 + 1 : $0 }
        }
        #expect(well == 1 && server.count == 2)
    }

    @Test func `an answer in between and a rate limit do not count as down`() {
        let breaker = CircuitBreaker(failures: 2, seconds: 60)
        breaker.failed()
        breaker.succeeded()
        breaker.failed()
        breaker.abandoned()
        #expect(!breaker.isOpen && breaker.admits())
        breaker.failed()
        #expect(breaker.isOpen && !breaker.admits())
    }

    @Test func `places go to who waits longest, and cancelled ones to the next`() async throws {
        let gate = CallGate(concurrency: 1, ratePerSecond: nil)
        #expect(await gate.enter())
        let order = Shared<[Int]>([])
        var tasks: [Task<Bool, Never>] = []
        for number in 0..<4 {
            tasks.append(
                Task {
                    guard await gate.enter() else { return false }
                    order.withLock { $0.append(number) }
                    gate.leave()
                    return true
                })
            try await Task.sleep(for: .milliseconds(10))
        }
        tasks[1].cancel()
        #expect(await tasks[1].value == false)
        gate.leave()
        for number in [0, 2, 3] { #expect(await tasks[number].value) }
        #expect(order.withLock { $0 } == [0, 2, 3])
        #expect(await gate.enter(), "no place is lost")
    }

    @Test func `waits grow, and Retry-After is seconds or a date`() {
        for attempt in 0..<40 {
            let wait = RetryDelay.backoff(attempt, base: 0.5)
            #expect(wait >= .zero && wait <= .seconds(min(30, 0.5 * Double(1 << min(attempt, 20)))))
        }
        let now = Instant(milliseconds: 784_111_777_000)
        #expect(RetryDelay.asked("120", now: now) == .seconds(120))
        #expect(RetryDelay.asked("Sun, 06 Nov 1994 08:50:07 GMT", now: now) == .seconds(30))
        #expect(RetryDelay.asked("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero)
        for text in ["", "-1", "1.5", "soon", "Sun, 31 Feb 1994 08:50:07 GMT"] {
            #expect(RetryDelay.asked(text, now: now) == nil, "\(text)")
        }
    }
}
