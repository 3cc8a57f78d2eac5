import AsyncHTTPClient
import Definitions
import NIOCore
import NIOHTTP1

/// Why a request is not sent at all.
struct RefusedRequest: Error {
    /// Part of a sentence; without anything of the request that could be secret.
    let reason: String
}

/// A request that was checked against the settings of its vendor.
struct PreparedRequest: Sendable {
    private(set) var url: VendorURL
    let method: String
    let headers: [(String, String)]
    let body: [UInt8]?
    /// Whether it may be sent a second time when the fate of the first is not known.
    let isRepeatable: Bool
    /// Called before each time it leaves.
    let leaving: VendorRequest.Leaving

    private static let methods: Set<String> = [
        "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH",
    ]
    private static let safeToRepeat: Set<String> = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]
    /// Headers about the connection or the length, which the client writes.
    private static let left: Set<String> = [
        "connection", "keep-alive", "content-length", "accept-encoding", "te",
    ]
    /// Headers that would lead a request elsewhere, or break it into two.
    private static let refused: Set<String> = [
        "host", "transfer-encoding", "upgrade", "trailer", "expect", "idempotency-key",
    ]

    init(
        _ request: VendorRequest, _ settings: HTTPVendorSettings, _ hosts: [HostPattern]
    ) throws(RefusedRequest) {
        guard let url = VendorURL(request.url) else {
            throw RefusedRequest(reason: "its URL is no absolute URL of a host over http or https")
        }
        guard url.isSecure || settings.allowPlaintext else {
            throw RefusedRequest(
                reason: "its URL is not https, and allowPlaintext is not set for it")
        }
        let isListed = hosts.contains {
            $0.matches(host: url.host, port: url.port, schemePort: url.schemePort)
        }
        guard isListed else {
            throw RefusedRequest(
                reason: "the host \(url.authority) is none of its hosts in docket.yaml")
        }
        guard Self.methods.contains(request.method) else {
            throw RefusedRequest(reason: "the method is none of those that are sent")
        }
        self.url = url
        method = request.method
        leaving = request.leaving
        body = request.body
        isRepeatable = Self.isRepeatable(request.method, settings)
        headers = try Self.headers(request, settings)
    }

    /// Whether a request of this method may be sent twice without harm.
    static func isRepeatable(_ method: String, _ settings: HTTPVendorSettings) -> Bool {
        settings.idempotent || safeToRepeat.contains(method)
    }

    private static func headers(
        _ request: VendorRequest, _ settings: HTTPVendorSettings
    ) throws(RefusedRequest) -> [(String, String)] {
        var headers: [(String, String)] = []
        for (name, value) in request.headers {
            let lower = name.lowercased()
            guard isToken(name) else {
                throw RefusedRequest(reason: "the name of a header is none")
            }
            guard !refused.contains(lower), !lower.hasPrefix("proxy-") else {
                throw RefusedRequest(reason: "the header '\(name)' is not a definition's to set")
            }
            guard isFieldValue(value) else {
                throw RefusedRequest(
                    reason: "the header '\(name)' would hold a line break or another control "
                        + "character")
            }
            if !left.contains(lower) { headers.append((name, value)) }
        }
        func setDefault(_ name: String, _ value: String) {
            if headers.contains(where: { $0.0.lowercased() == name }) { return }
            headers.append((name, value))
        }
        setDefault("accept", "application/json")
        setDefault("user-agent", "docket")
        if request.body != nil { setDefault("content-type", "application/json") }
        if settings.idempotent { headers.append(("idempotency-key", request.key)) }
        return headers
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
                }
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// As the client takes it.
    var outgoing: HTTPClient.Request? {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name: name, value: value) }
        return try? HTTPClient.Request(
            url: url.text, method: HTTPMethod(rawValue: method), headers: fields,
            body: body.map { .byteBuffer(ByteBuffer(bytes: $0)) })
    }

    /// The request at the place where an answer sends it: only a GET or HEAD, only at its own host.
    func redirected(
        _ headers: [(String, String)], mayFollow: Bool
    ) throws(RefusedRequest) -> PreparedRequest {
        guard let location = headers.first(where: { $0.0 == "location" })?.1 else {
            throw RefusedRequest(reason: "does not say where else to ask")
        }
        guard method == "GET" || method == "HEAD" else {
            throw RefusedRequest(reason: "a \(method) does not follow redirects")
        }
        guard let target = VendorURL(location, from: url), target.isSameOrigin(as: url) else {
            throw RefusedRequest(reason: "leads to another host, which is not followed")
        }
        guard mayFollow else { throw RefusedRequest(reason: "has led on too often") }
        var request = self
        request.url = target
        return request
    }
}
