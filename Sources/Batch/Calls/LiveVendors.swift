public import Casework
import Definitions
public import Documents
public import Vendors

/// Vendors whose answers come from outside the process.
public protocol LiveVendors: Sendable {
    /// Whether calls to a vendor of this name leave the process.
    func isLive(_ vendor: String) -> Bool
    /// Whether a call may be sent twice without harm.
    func isRepeatable(_ call: OutgoingCall) -> Bool
    /// The machine's clock, for the journal.
    var now: Instant { get }
    /// Asks. Called for thousands of calls at once.
    ///
    /// - Parameter leaving: called right before the request leaves, each time it does: it notes that
    ///   in the journal. When it gives false the request must not leave.
    func answer(
        _ call: OutgoingCall, leaving: @escaping VendorRequest.Leaving
    ) async -> VendorReply
    /// Called once the run is over.
    func close() async
}

extension LiveVendors {
    /// Nothing.
    public func close() async {}
}

extension VendorDirectory: LiveVendors {}

/// Who answers the calls of plugins at once, without waiting. Called from many threads at once.
public protocol VendorAnswers: Sendable {
    /// The answer to a call; `.unavailable` when there is none now, and the case waits.
    func answer(_ call: VendorCall, in arena: Arena) -> VendorAnswer
}

extension RecordedVendors: VendorAnswers {}
