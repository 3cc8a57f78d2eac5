/// The hosts that a vendor's URLs may name: `host`, `host:port`, `*.example.com`, `[v6]:port`.
public struct HostPattern: Sendable {
    /// Lower case, without the `*.` of a pattern; an IPv6 address without its brackets.
    public var host: String
    /// Nil for the scheme's own.
    public var port: Int?
    /// Whether it stands for the hosts below it, and not for itself.
    public var isWildcard: Bool

    /// Nil when it is no such pattern.
    public init?(_ text: String) {
        guard Self.problem(text) == nil else { return nil }
        var bytes = Array(text.utf8).map { 0x41...0x5A ~= $0 ? $0 + 0x20 : $0 }
        isWildcard = bytes.starts(with: "*.".utf8)
        if isWildcard { bytes.removeFirst(2) }
        let (host, port) = Self.split(bytes[...])
        self.host = String(decoding: host, as: UTF8.self)
        self.port = port.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// Whether a URL's host (lower case) and port are meant.
    public func matches(host other: String, port otherPort: Int, schemePort: Int) -> Bool {
        guard otherPort == port ?? schemePort else { return false }
        let (own, other) = (Array(host.utf8), Array(other.utf8))
        guard isWildcard else { return own == other }
        return other.count > own.count + 1 && other.suffix(own.count).elementsEqual(own)
            && other[other.count - own.count - 1] == UInt8(ascii: ".")
    }

    /// What is wrong with a pattern, to follow it in a sentence; nil when it is sound.
    static func problem(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        if bytes.contains(where: { $0 >= 0x80 }) {
            return "is to be written as its ASCII form (xn--…)"
        }
        if bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: "@")) {
            return "is no host: write the name alone, without scheme, user or path"
        }
        let isWildcard = bytes.starts(with: "*.".utf8)
        let (host, port) = split(isWildcard ? bytes[2...] : bytes[...])
        if let port {
            let number = Int(String(decoding: port, as: UTF8.self)) ?? 0
            guard (1...65_535).contains(number), port.allSatisfy({ 0x30...0x39 ~= $0 }) else {
                return "has no port from 1 to 65535 after its colon"
            }
        }
        if bytes.first == UInt8(ascii: "[") {
            return host.isEmpty || !host.allSatisfy(isAddressByte)
                ? "is no IPv6 address in brackets" : nil
        }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard host.count <= 253, labels.allSatisfy(isLabel) else {
            return "is no host name; '*.' may only stand before one"
        }
        if isWildcard && labels.count < 2 {
            return "stands for too many hosts: at least two labels follow '*.'"
        }
        return nil
    }

    private static func split(
        _ bytes: ArraySlice<UInt8>
    ) -> (ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return ([], nil) }
            let rest = bytes[(close + 1)...]
            let host = bytes[(bytes.startIndex + 1)..<close]
            if rest.isEmpty { return (host, nil) }
            return rest.first == UInt8(ascii: ":") ? (host, rest.dropFirst()) : ([], nil)
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return (bytes, nil) }
        return (bytes[..<colon], bytes[(colon + 1)...])
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x66, 0x41...0x46, 0x3A, 0x2E: true
        default: false
        }
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard (1...63).contains(label.count), label.first != 0x2D, label.last != 0x2D else {
            return false
        }
        return label.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x61...0x7A, 0x41...0x5A, 0x2D, 0x5F: true
            default: false
            }
        }
    }
}

/// Names of secrets.
public enum SecretName {
    /// Letters of ASCII, digits and `_`, not beginning with a digit; 100 at most.
    public static func isSound(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 100, !(0x30...0x39 ~= first) else {
            return false
        }
        return name.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
            default: false
            }
        }
    }
}
