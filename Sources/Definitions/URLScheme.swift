public import Documents

/// How a URL begins (RFC 3986, section 3.1).
public enum URLScheme: Sendable {
    /// `http:` or `https:`.
    case web
    /// Another scheme, such as `file`.
    case other(String)
    /// None: a path, a host, or a placeholder.
    case none

    /// The scheme of a URL; a host with a port, such as `localhost:3000`, has none.
    public init(of url: Text) {
        // A URL that a program reads leniently may have spaces or control characters before it.
        var start = 0
        while start < url.count, url[start] <= 0x20 { start += 1 }
        var end = start
        while end < url.count, Self.isSchemeByte(url[end]) { end += 1 }
        guard end < url.count, url[end] == 0x3A, end > start, !Self.isDigit(url[start]),
            end + 1 == url.count || !Self.isDigit(url[end + 1])
        else {
            self = .none
            return
        }
        let name = url[start..<end]
        self = Self.isWeb(name) ? .web : .other(String(name).lowercased())
    }

    /// Whether a scheme is `http` or `https`, in any case.
    private static func isWeb(_ name: Text) -> Bool {
        let isLong = name.count == 5 && name[4] | 0x20 == 0x73
        guard name.count == 4 || isLong else { return false }
        return name[0] | 0x20 == 0x68 && name[1] | 0x20 == 0x74 && name[2] | 0x20 == 0x74
            && name[3] | 0x20 == 0x70
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }
}
