/// Lets so many calls in at once and so many start in a second, in the order in which they come.
///
/// A call that waits is a continuation: thousands wait without a thread each.
actor CallGate {
    private let concurrency: Int
    private let interval: Duration
    private var inside = 0
    private var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var firstTicket = 0
    private var nextTicket = 0
    private var nextStart = ContinuousClock.now
    /// The most that were inside at once.
    private(set) var highest = 0

    init(concurrency: Int, ratePerSecond: Double?) {
        self.concurrency = concurrency
        interval = ratePerSecond.map { .seconds(1 / $0) } ?? .zero
    }

    /// Waits for a place and for the rate; false when the task was cancelled, and then no place is
    /// held.
    func enter() async -> Bool {
        if inside < concurrency {
            inside += 1
            highest = max(highest, inside)
        } else {
            let ticket = nextTicket
            nextTicket += 1
            let got = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if Task.isCancelled {
                        continuation.resume(returning: false)
                    } else {
                        waiting[ticket] = continuation
                    }
                }
            } onCancel: {
                Task { await self.giveUp(ticket) }
            }
            guard got else { return false }
        }
        if await waitForRate() { return true }
        leave()
        return false
    }

    /// Gives the place to who waits longest.
    func leave() {
        while firstTicket < nextTicket {
            let next = waiting.removeValue(forKey: firstTicket)
            firstTicket += 1
            if let next {
                next.resume(returning: true)
                return
            }
        }
        inside -= 1
    }

    /// Starts no call before then: what a vendor asks for with `Retry-After`.
    func pause(for duration: Duration) { nextStart = max(nextStart, .now + duration) }

    private func giveUp(_ ticket: Int) {
        waiting.removeValue(forKey: ticket)?.resume(returning: false)
    }

    private func waitForRate() async -> Bool {
        let start = max(nextStart, .now)
        if interval > .zero { nextStart = start + interval }
        guard start > .now else { return true }
        return (try? await Task.sleep(until: start, clock: .continuous)) != nil
    }
}
