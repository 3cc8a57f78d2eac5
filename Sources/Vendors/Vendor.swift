/// A source of third-party checks that is asked over the network or in another process.
public protocol Vendor: Sendable {
    /// The answer to a request; never throws, and ends when the task is cancelled.
    func answer(_ request: VendorRequest) async -> VendorReply
}
