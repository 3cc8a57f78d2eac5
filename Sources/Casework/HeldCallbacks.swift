import Definitions
public import Documents

/// A callback that came before a state that accepts it.
public struct HeldCallback: Sendable {
    /// The callback.
    public var event: CaseEvent
    /// The clock of the run that held it.
    public var since: Instant
    /// When it is given up, if no state accepted it before: `since` and `limits.heldCallbackDays` as
    /// they were then.
    public var expires: Instant
}

/// Holding callbacks: a vendor may answer before the case is ready for it.
extension CaseMachine {
    /// A callback: taken, or held. Where Ballerine's semantics are asked for, one whose guards all
    /// fail is spent, as there.
    ///
    /// One from a vendor that `docket.yaml` does not have is refused: nobody can say where its payload
    /// belongs.
    mutating func applyCallback(_ event: CaseEvent) {
        if let name = event.vendor, event.resultDestination == nil, vendor(name) == nil {
            lastError = "docket.yaml has no vendor '\(name)', whose callback '\(event.type)' is"
            return note(event.type, .invalid)
        }
        guard !isAccepted(event) else { return }
        note(event.type, .held)
        let milliseconds = catalog.settings.limits.heldCallbackMilliseconds
        record.held.append(
            HeldCallback(
                event: event, since: now, expires: now.advanced(byMilliseconds: milliseconds)))
    }

    private func vendor(_ name: Text) -> VendorSettings? {
        catalog.settings.vendors.first { name.bytes.elementsEqual($0.name.utf8) }
    }

    /// Where a callback's payload is kept: where it says itself, else where its vendor's are.
    private func destination(of event: CaseEvent) -> Text? {
        if let path = event.resultDestination { return path }
        return event.vendor.flatMap { vendor($0)?.resultDestination }.map { arena.text($0) }
    }

    private mutating func isAccepted(_ event: CaseEvent) -> Bool {
        guard handles(event.type) else { return false }
        var context: Value?
        if let path = destination(of: event), let payload = event.payload {
            let merged = CallbackResult.merge(payload, into: record.context, at: path, in: arena)
            context = merged
            // Ballerine keeps the result whatever becomes of the event.
            if workflow.semantics == .ballerine, schemaProblem(merged) == nil {
                record.context = merged
            }
        }
        return deliver(
            event.type, payload: event.payload, origin: .file, context: context,
            isKept: workflow.semantics == .docket)
    }

    /// The next held callback that the state may accept now is the next input. Those that were tried
    /// since something happened are not tried again.
    mutating func releaseHeld() {
        for place in record.held.indices.dropFirst(heldTried)
        where handles(record.held[place].event.type) {
            inbox.insert(.held(place), at: nextInput)
            return
        }
    }

    /// Tries a held callback; one that is not accepted keeps its place.
    mutating func deliverHeld(_ place: Int) {
        let held = record.held.remove(at: place)
        current = (held.event, record.context)
        if isAccepted(held.event) {
            heldTried = 0
        } else if !record.hasFault {
            record.held.insert(held, at: place)
            heldTried = place + 1
            // Trying is no step: a case with many held callbacks does not come nearer its limit.
            steps -= 1
        }
    }

    /// Gives up the callbacks whose time is over at an instant.
    mutating func expireHeld(at instant: Instant) {
        let clock = now
        now = max(instant, record.created)
        for held in record.held where held.expires <= instant { note(held.event.type, .expired) }
        record.held.removeAll { $0.expires <= instant }
        now = clock
    }

    /// A finished case accepts nothing, held callbacks neither.
    mutating func refuseHeld() {
        for held in record.held { note(held.event.type, .refused) }
        record.held = []
    }
}
