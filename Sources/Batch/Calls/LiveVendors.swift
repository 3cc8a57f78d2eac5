public import Casework
import Definitions
public import Documents
public import Vendors

/// Vendors whose answers come from outside the process.
public protocol LiveVendors: Sendable {
    /// Whether calls to a vendor of this name leave the process.
    func isLive(_ vendor: String) -> Bool
    /// Whether a call may be sent twice without harm.
    func isRepeatable(_ call: UnfilledRequest) -> Bool
    /// The machine's clock, for the journal.
    var now: Instant { get }
    /// Asks. Called for thousands of calls at once.
    func answer(_ call: UnfilledRequest) async -> VendorReply
    /// Called once the run is over.
    func close() async
}

extension LiveVendors {
    /// Nothing.
    public func close() async {}
}

extension VendorDirectory: LiveVendors {
    /// Whether it is asked over HTTP or is a program.
    public func isLive(_ vendor: String) -> Bool { self.vendor(named: vendor) != nil }
}

/// Who answers the calls of plugins at once, without waiting. Called from many threads at once.
public protocol VendorAnswers: Sendable {
    /// The answer to a call; `.unavailable` when there is none now, and the case waits.
    func answer(_ call: VendorCall, in arena: Arena) -> VendorAnswer
}

extension RecordedVendors: VendorAnswers {}

extension UnfilledRequest {
    /// The call of a case. Its key is a hash of case, episode, plugin, visit, position and request:
    /// the same call has the same key in every run.
    init(_ call: VendorCall, of id: CaseID, episode: Int) {
        self.init(call, key: "")
        var bytes: [UInt8] = []
        for part in [
            id.path, "\(episode)", String(call.plugin), "\(call.visit)", "\(call.call)", method,
        ] {
            bytes += Array(part.utf8) + [0]
        }
        key = Digest(of: bytes + url + [0] + (body ?? [])).hexadecimal
    }
}
