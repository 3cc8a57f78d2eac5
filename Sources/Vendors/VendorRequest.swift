public import Documents

/// A request that leaves for a vendor, with its secrets filled in.
///
/// It exists from the moment a call leaves until its answer is there. It is never stored, logged or
/// shown: its description names the vendor and the method only.
public struct VendorRequest: Sendable {
    /// The vendor's name in `docket.yaml`.
    public var vendor: String
    /// 64 hexadecimal digits: the same call has the same key in every run. Sent as
    /// `Idempotency-Key` where the vendor is `idempotent`.
    public var key: String
    /// Upper case.
    public var method: String
    /// Absolute.
    public var url: String
    /// In order.
    public var headers: [(String, String)]
    /// Nil when nothing is in the body.
    public var body: [UInt8]?
    /// Called right before the request leaves, each time it does: see ``Leaving``.
    public var leaving: Leaving

    /// Notes that a request is about to leave; false when that could not be noted, and then it must
    /// not leave.
    public typealias Leaving = @Sendable () async -> Bool

    /// A request.
    public init(
        vendor: String, key: String, method: String, url: String, headers: [(String, String)],
        body: [UInt8]?, leaving: @escaping Leaving = { true }
    ) {
        self.leaving = leaving
        self.vendor = vendor
        self.key = key
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension VendorRequest: CustomStringConvertible, CustomReflectable {
    /// The vendor and the method; never the URL, the headers or the body.
    public var description: String { "a \(method) request to the vendor '\(vendor)'" }

    /// Nothing: so that no dump shows a secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What came of a request.
public enum VendorReply: Sendable {
    /// An answer of HTTP's shape: when it was there, and after how long.
    case response(
        status: Int, headers: [(String, String)], body: [UInt8], at: Instant, milliseconds: Int)
    /// A definite answer that is none: the plugin's `errorAction` follows.
    case failure(String, at: Instant)
    /// No answer now, and nothing was done: the case waits for a later run, with this reason.
    case unavailable(String)
    /// The request was sent, its fate is not known and it is not safe to repeat: for a person.
    case unknown(String)
}
