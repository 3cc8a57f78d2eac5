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
    /// The case, and the call's place in it, as in `first-1-1`: plugin, visit, position.
    public let subject: (id: String, place: String)
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
        subject = (id.path, "\(call.plugin)-\(call.visit)-\(call.call)")
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

    /// A call of parts.
    init(
        key: String, vendor: String, method: String, url: [UInt8],
        headers: [(name: String, value: [UInt8])], body: [UInt8]?
    ) {
        self.key = key
        self.vendor = vendor
        subject = ("", "")
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension OutgoingCall {
    /// Why a slot could not be filled.
    enum Unfillable: Error {
        case notGranted(String)
        case noValue(String)
    }

    /// The request with its secrets: in a URL percent-encoded, but for one with which it begins, which
    /// is the address itself; in a body as JSON writes them within a text; in a header as they are.
    func filled(with secrets: GrantedSecrets) throws(Unfillable) -> VendorRequest {
        var problem: Unfillable?
        func fill(_ bytes: [UInt8], _ write: (_ value: [UInt8], _ slot: Int) -> [UInt8]) -> [UInt8]
        {
            var slot = -1
            return SecretSlots.filling(bytes) { name in
                slot += 1
                if let value = secrets.values[name] { return write(value, slot) }
                let isGranted = secrets.names.contains(name)
                problem = problem ?? (isGranted ? .noValue(name) : .notGranted(name))
                return nil
            }
        }
        let beginsWithSlot = url.first == 0xFF
        let filledURL = fill(url) { value, slot in
            slot == 0 && beginsWithSlot ? value : Self.percentEncoded(value)
        }
        let filledHeaders = headers.map { header in
            (header.name, String(decoding: fill(header.value) { value, _ in value }, as: UTF8.self))
        }
        let filledBody = body.map { body in fill(body) { value, _ in Self.escaped(value) } }
        if let problem { throw problem }
        return VendorRequest(
            vendor: vendor, key: key, method: method,
            url: String(decoding: filledURL, as: UTF8.self), headers: filledHeaders,
            body: filledBody)
    }

    private static func percentEncoded(_ value: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for byte in value {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
            default: output.append(percentEncoded: byte)
            }
        }
        return output
    }

    /// As JSON writes a text, without its quotes.
    private static func escaped(_ value: [UInt8]) -> [UInt8] {
        var json = JSONWriter(.compact)
        json.write(String(decoding: value, as: UTF8.self))
        return Array(json.bytes.dropFirst().dropLast())
    }
}
