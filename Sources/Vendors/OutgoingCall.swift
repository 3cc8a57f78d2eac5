public import Casework
import Definitions
public import Documents

/// A call that has no answer yet, with slots where secrets go: what a case waits for.
public struct OutgoingCall: Sendable {
    /// A hash of case, episode, plugin, visit, position and request, 64 hexadecimal digits: the same
    /// call has the same key in every run, and the key is sent with it.
    public let key: String
    /// The vendor's name in `docket.yaml`.
    public let vendor: String
    /// `GET`, `POST`, …
    public let method: String
    /// With slots.
    public let url: [UInt8]
    /// In order, values with slots.
    public let headers: [(name: String, value: [UInt8])]
    /// JSON with slots; nil when nothing goes in the body.
    public let body: [UInt8]?

    /// The call of a case.
    public init(_ call: VendorCall, to vendor: Text, of id: CaseID, episode: Int) {
        self.vendor = String(vendor)
        method = String(call.method)
        url = Array(call.url.bytes)
        headers = call.headers.map { (String($0.name), Array($0.value.bytes)) }
        if call.hasBody {
            var json = JSONWriter(.compact)
            json.write(call.request)
            body = json.bytes
        } else {
            body = nil
        }
        var bytes: [UInt8] = []
        for part in [
            id.path, "\(episode)", String(call.plugin), "\(call.visit)", "\(call.call)", method,
        ] {
            bytes += Array(part.utf8) + [0]
        }
        key = Digest(of: bytes + url + [0] + (body ?? [])).hexadecimal
    }
}

extension OutgoingCall {
    /// The request as it leaves.
    ///
    /// - Parameter secret: the value of a secret by its name; one without a value is left out. In the
    ///   body, which is JSON, it is escaped as such.
    public func request(filling secret: (String) -> [UInt8]?) -> VendorRequest {
        func text(_ bytes: [UInt8]) -> String {
            String(decoding: SecretSlots.filling(bytes, with: secret), as: UTF8.self)
        }
        return VendorRequest(
            vendor: vendor, key: key, method: method, url: text(url),
            headers: headers.map { ($0.name, text($0.value)) },
            body: body.map { body in
                SecretSlots.filling(body) { name in
                    secret(name).map { Self.escaped($0) }
                }
            })
    }

    /// As a part of a string in JSON.
    private static func escaped(_ value: [UInt8]) -> [UInt8] {
        var json = JSONWriter(.compact)
        json.write(String(decoding: value, as: UTF8.self))
        return Array(json.bytes.dropFirst().dropLast())
    }
}
