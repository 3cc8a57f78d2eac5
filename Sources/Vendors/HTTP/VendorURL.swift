import Definitions

/// An absolute URL of `http` or `https`, taken apart strictly and written anew, so that whoever reads
/// it next sees the same host.
struct VendorURL: Hashable, Sendable {
    /// Whether it is `https`.
    var isSecure: Bool
    /// Lower case; an IPv6 address without its brackets.
    var host: String
    /// The scheme's own when none is written.
    var port: Int
    /// Path and query, beginning with `/`, only of characters that need no encoding.
    var target: String

    /// The scheme's own port.
    var schemePort: Int { isSecure ? 443 : 80 }

    /// The URL, in ASCII.
    var text: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

    /// Host, and port where it is not the scheme's own.
    var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == schemePort ? name : "\(name):\(port)"
    }

    /// Nil for what is no such URL: another scheme, a user before the host, a host that is no name.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
            let separator = Self.range(of: "://", in: bytes)
        else { return nil }
        switch String(decoding: bytes[..<separator], as: UTF8.self).lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: return nil
        }
        let rest = bytes[(separator + 3)...]
        let end = rest.firstIndex { [0x2F, 0x3F, 0x23, 0x5C].contains($0) } ?? rest.endIndex
        guard let pattern = Self.authority(rest[..<end]) else { return nil }
        host = pattern.host
        port = pattern.port ?? (isSecure ? 443 : 80)
        target = Self.target(rest[end...])
    }

    /// A URL that is meant from this one (RFC 3986, section 4.2): absolute, or a path of this host.
    init?(_ reference: String, from base: VendorURL) {
        if let absolute = VendorURL(reference) {
            self = absolute
            return
        }
        let bytes = Array(reference.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count < 2 || bytes[1] != UInt8(ascii: "/"),
            !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == 0x5C })
        else { return nil }
        self = base
        target = Self.target(bytes[...])
    }

    /// Whether scheme, host and port are the same.
    func isSameOrigin(as other: VendorURL) -> Bool {
        isSecure == other.isSecure && port == other.port && host.utf8.elementsEqual(other.host.utf8)
    }

    private static func authority(_ bytes: ArraySlice<UInt8>) -> HostPattern? {
        let pattern = HostPattern(String(decoding: bytes, as: UTF8.self))
        guard let pattern, !pattern.isWildcard else { return nil }
        let isAddress = pattern.host.utf8.contains(UInt8(ascii: ":"))
        return isAddress && NetworkAddress(pattern.host) == nil ? nil : pattern
    }

    private static func range(of separator: StaticString, in bytes: [UInt8]) -> Int? {
        let wanted = separator.withUTF8Buffer { Array($0) }
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }

    /// Path and query without a fragment, each byte that may not stand there percent-encoded.
    private static func target(_ bytes: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        if bytes.first != UInt8(ascii: "/") { output.append(UInt8(ascii: "/")) }
        for byte in bytes.prefix(while: { $0 != UInt8(ascii: "#") }) {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: output.append(byte)
            case _ where Array("-._~:/?@!$&'()*+,;=%".utf8).contains(byte): output.append(byte)
            default: output.append(percentEncoded: byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends `%XX`.
    mutating func append(percentEncoded byte: UInt8) {
        let digits = Array("0123456789ABCDEF".utf8)
        append(UInt8(ascii: "%"))
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
    }
}
