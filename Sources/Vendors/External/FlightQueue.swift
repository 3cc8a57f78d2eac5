/// Requests that wait to be sent, in order; taking one and putting one back cost the same however
/// many there are.
struct FlightQueue {
    /// The first is last.
    private var front: [ExternalDriver.Flight] = []
    private var back: [ExternalDriver.Flight] = []

    var isEmpty: Bool { front.isEmpty && back.isEmpty }

    mutating func append(_ flight: ExternalDriver.Flight) { back.append(flight) }

    /// Puts one back before all others.
    mutating func prepend(_ flight: ExternalDriver.Flight) { front.append(flight) }

    mutating func popFirst() -> ExternalDriver.Flight? {
        if front.isEmpty {
            front = back.reversed()
            back = []
        }
        return front.popLast()
    }

    /// Takes out the one with a ticket.
    mutating func remove(ticket: Int) -> ExternalDriver.Flight? {
        if let at = front.firstIndex(where: { $0.asked.ticket == ticket }) {
            return front.remove(at: at)
        }
        return back.firstIndex { $0.asked.ticket == ticket }.map { back.remove(at: $0) }
    }

    /// Takes out all.
    mutating func removeAll() -> [ExternalDriver.Flight] {
        defer { (front, back) = ([], []) }
        return front.reversed() + back
    }
}
