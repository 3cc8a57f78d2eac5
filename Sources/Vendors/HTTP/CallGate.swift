import Synchronization

/// Lets so many calls in at once and so many start in a second, in the order in which they come.
///
/// A call that waits is a continuation: thousands wait without a thread each.
final class CallGate: Sendable {
    private struct State {
        var inside = 0
        var highest = 0
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var firstTicket = 0
        var nextTicket = 0
        var nextStart = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let concurrency: Int
    private let interval: Duration

    init(concurrency: Int, ratePerSecond: Double?) {
        self.concurrency = concurrency
        interval = ratePerSecond.map { .seconds(1 / $0) } ?? .zero
    }

    /// The most that were inside at once.
    var highest: Int { state.withLock { $0.highest } }

    /// Waits for a place and for the rate; false when the task was cancelled, and then no place is
    /// held.
    func enter() async -> Bool {
        guard await takePlace() else { return false }
        if await waitForRate() { return true }
        leave()
        return false
    }

    /// Gives the place to who waits longest.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            while state.firstTicket < state.nextTicket {
                let next = state.waiting.removeValue(forKey: state.firstTicket)
                state.firstTicket += 1
                if let next { return next }
            }
            state.inside -= 1
            return nil
        }
        next?.resume(returning: true)
    }

    /// Starts no call before then: what a vendor asks for with `Retry-After`.
    func pause(for duration: Duration) {
        state.withLock { $0.nextStart = max($0.nextStart, .now + duration) }
    }

    /// A place in the queue of one call.
    private final class Ticket: Sendable {
        /// Its number once it waits; `givenUp` when it was cancelled before.
        let number = Mutex<Int?>(nil)
    }

    private func takePlace() async -> Bool {
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let now = place(continuation, ticket) { continuation.resume(returning: now) }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    /// Whether there is a place; nil when the continuation waits for one.
    private func place(
        _ continuation: CheckedContinuation<Bool, Never>, _ ticket: Ticket
    ) -> Bool? {
        state.withLock { state in
            if ticket.number.withLock({ $0 }) != nil { return false }
            if state.inside < concurrency {
                state.inside += 1
                state.highest = max(state.highest, state.inside)
                return true
            }
            ticket.number.withLock { $0 = state.nextTicket }
            state.waiting[state.nextTicket] = continuation
            state.nextTicket += 1
            return nil
        }
    }

    private func giveUp(_ ticket: Ticket) {
        let waiting = state.withLock { state in
            ticket.number.withLock { number -> CheckedContinuation<Bool, Never>? in
                guard let own = number else {
                    number = Self.givenUp
                    return nil
                }
                return state.waiting.removeValue(forKey: own)
            }
        }
        waiting?.resume(returning: false)
    }

    private static let givenUp = -1

    private func waitForRate() async -> Bool {
        let start = state.withLock { state in
            let start = max(state.nextStart, .now)
            if interval > .zero { state.nextStart = start + interval }
            return start
        }
        guard start > .now else { return !Task.isCancelled }
        return (try? await Task.sleep(until: start, clock: .continuous)) != nil
    }
}
