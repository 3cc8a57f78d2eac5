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
        var bytes = url.bytes[...].drop { $0 <= 0x20 }
        let start = bytes.startIndex
        while let byte = bytes.first, Self.isSchemeByte(byte) { bytes = bytes.dropFirst() }
        guard bytes.first == 0x3A, bytes.startIndex > start,
            !(0x30...0x39).contains(url.bytes[start]),
            !(bytes.dropFirst().first.map { (0x30...0x39).contains($0) } ?? false)
        else {
            self = .none
            return
        }
        let name = url.bytes[start..<bytes.startIndex].map { $0 | 0x20 }
        self =
            name.elementsEqual("http".utf8) || name.elementsEqual("https".utf8)
            ? .web : .other(String(decoding: name, as: UTF8.self))
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }
}
