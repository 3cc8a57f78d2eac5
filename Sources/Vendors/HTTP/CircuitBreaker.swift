import Synchronization

/// Stops asking a vendor that fails every time, and tries again with one call after a while.
final class CircuitBreaker: Sendable {
    private enum State {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant)
        /// One call is out to see.
        case probing(since: ContinuousClock.Instant)
    }

    private let state = Mutex(State.closed(failures: 0))
    private let limit: Int
    private let rest: Duration

    init(failures: Int, seconds: Double) {
        limit = failures
        rest = .seconds(seconds)
    }

    /// Whether a call would be let through now; takes nothing.
    var isOpen: Bool {
        state.withLock { state in
            switch state {
            case .closed: false
            case .open(let until): until > .now
            case .probing(let since): since + rest > .now
            }
        }
    }

    /// Whether this call may go. The first after the rest is the probe, and no other goes until it is
    /// back (or is given up for lost after another rest).
    func admits() -> Bool {
        state.withLock { state in
            switch state {
            case .closed: return true
            case .open(let until) where until > .now: return false
            case .probing(let since) where since + rest > .now: return false
            case .open, .probing:
                state = .probing(since: .now)
                return true
            }
        }
    }

    /// The vendor answered.
    func succeeded() { state.withLock { $0 = .closed(failures: 0) } }

    /// The vendor did not answer, or that it cannot.
    func failed() {
        state.withLock { state in
            switch state {
            case .closed(let failures):
                state =
                    failures + 1 >= limit
                    ? .open(until: .now + rest) : .closed(failures: failures + 1)
            case .probing: state = .open(until: .now + rest)
            case .open: break
            }
        }
    }

    /// The vendor asks not to be asked for so long.
    func rest(for duration: Duration) { state.withLock { $0 = .open(until: .now + duration) } }

    /// A call that was let through says nothing about the vendor: a probe is free again.
    func abandoned() {
        state.withLock { state in
            if case .probing = state { state = .open(until: .now) }
        }
    }
}
