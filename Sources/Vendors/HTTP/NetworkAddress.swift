import Glibc

/// An address of IPv4 or IPv6, and whether a vendor may have it.
struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16, in network order.
    let bytes: [UInt8]

    /// Four or sixteen bytes.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// As `inet_pton` reads it: no zone, no octal or missing parts.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    var description: String {
        var buffer = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Who can be behind an address.
    enum Reach: Sendable {
        /// Anybody's host on the Internet.
        case global
        /// A host of one's own network or machine: only with `allowPrivate`.
        case `private`
        /// Nothing that could be a vendor: link-local (with the metadata services of clouds),
        /// multicast, unspecified, reserved, or a form that hides another address.
        case never
    }

    /// By the registries of special-purpose addresses (RFC 6890 and what was added since).
    var reach: Reach {
        bytes.count == 4 ? Self.reach(ofFour: bytes[...]) : reachOfSix
    }

    private static func reach(ofFour bytes: ArraySlice<UInt8>) -> Reach {
        let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        for entry in neverFour where entry.contains(address) { return .never }
        for entry in privateFour where entry.contains(address) { return .private }
        return .global
    }

    private struct Block {
        var start: UInt32
        var bits: UInt32

        init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ bits: UInt32) {
            start = a << 24 | b << 16 | c << 8 | d
            self.bits = bits
        }

        func contains(_ address: UInt32) -> Bool { (address ^ start) >> (32 - bits) == 0 }
    }

    private static let neverFour = [
        Block(0, 0, 0, 0, 8), Block(169, 254, 0, 0, 16), Block(224, 0, 0, 0, 4),
        Block(240, 0, 0, 0, 4),
        // The machine's own services at three clouds, outside the link-local range.
        Block(168, 63, 129, 16, 32), Block(100, 100, 100, 200, 32), Block(192, 0, 0, 192, 32),
    ]
    private static let privateFour = [
        Block(10, 0, 0, 0, 8), Block(100, 64, 0, 0, 10), Block(127, 0, 0, 0, 8),
        Block(172, 16, 0, 0, 12), Block(192, 0, 0, 0, 24), Block(192, 0, 2, 0, 24),
        Block(192, 88, 99, 0, 24), Block(192, 168, 0, 0, 16), Block(198, 18, 0, 0, 15),
        Block(198, 51, 100, 0, 24), Block(203, 0, 113, 0, 24),
    ]

    private var reachOfSix: Reach {
        let zeros = bytes.prefix { $0 == 0 }.count
        // ::1
        if zeros == 15 && bytes[15] == 1 { return .private }
        // ::ffff:a.b.c.d, and 64:ff9b::a.b.c.d of a NAT64: whatever the address within is.
        if zeros == 10 && bytes[10] == 0xFF && bytes[11] == 0xFF {
            return Self.reach(ofFour: bytes[12...])
        }
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B]) && bytes[4..<12].allSatisfy({ $0 == 0 }) {
            return Self.reach(ofFour: bytes[12...])
        }
        // fd00:ec2::/32 is a cloud's metadata service within fc00::/7.
        if bytes.starts(with: [0xFD, 0x00, 0x0E, 0xC2]) { return .never }
        if bytes[0] & 0xFE == 0xFC { return .private }
        // Global unicast is 2000::/3; in it Teredo, ORCHID, 6to4 and documentation are not.
        guard bytes[0] & 0xE0 == 0x20 else { return .never }
        if bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] & 0xFE == 0 { return .never }
        if bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8]) { return .private }
        if bytes.starts(with: [0x20, 0x02]) { return .never }
        if bytes.starts(with: [0x3F, 0xFF]) && bytes[2] & 0xF0 == 0 { return .private }
        return .global
    }
}
