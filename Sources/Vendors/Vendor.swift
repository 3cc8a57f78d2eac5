public import Documents

/// A call as it leaves, with secrets filled in: made at the last moment and never stored.
public struct VendorRequest: Sendable {
    /// The vendor's name in `docket.yaml`.
    public var vendor: String
    /// The call's key, 64 hexadecimal digits: the idempotency key that is sent.
    public var key: String
    /// `GET`, `POST`, …
    public var method: String
    /// Absolute.
    public var url: String
    /// In order.
    public var headers: [(String, String)]
    /// Nil when nothing goes in the body.
    public var body: [UInt8]?

    /// A request.
    public init(
        vendor: String, key: String, method: String, url: String, headers: [(String, String)],
        body: [UInt8]?
    ) {
        self.vendor = vendor
        self.key = key
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What came of a call.
public enum VendorReply: Sendable {
    /// An answer, secrets scrubbed.
    case response(
        status: Int, headers: [(String, String)], body: [UInt8], at: Instant, milliseconds: Int)
    /// It failed for good: the plugin's error action.
    case failure(String, at: Instant)
    /// No answer now: the case waits for a later run.
    case unavailable(String)
    /// It was sent, no answer is known, and it is not safe to repeat: for a person.
    case unknown(String)
}

/// A source of third-party checks.
public protocol Vendor: Sendable {
    /// Asks; returns when there is something to say.
    func answer(_ request: VendorRequest) async -> VendorReply
}
