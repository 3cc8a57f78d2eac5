internal import Documents

/// `ipv4`, `ipv6` (RFC 4291, 2.2) and `hostname` (RFC 1123, 2.1).
enum HostFormats {
    static func isIPv4(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        for part in 0..<4 {
            if part > 0, !scanner.take(".") { return false }
            guard octet(&scanner) else { return false }
        }
        return scanner.isAtEnd
    }

    /// A number up to 255 without a leading zero.
    private static func octet(_ scanner: inout ByteScanner) -> Bool {
        let start = scanner.at
        let count = scanner.skip(\.isDigit)
        guard (1...3).contains(count), count == 1 || scanner.text[start] != 0x30 else {
            return false
        }
        var number = 0
        for offset in start..<scanner.at {
            number = number * 10 + Int(scanner.text[offset] &- 0x30)
        }
        return number <= 255
    }

    static func isIPv6(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        var groups = 0
        var isShortened = false
        if scanner.peek() == 0x3A {
            guard scanner.peek(1) == 0x3A else { return false }
            scanner.advance(2)
            isShortened = true
        }
        while !scanner.isAtEnd {
            let start = scanner.at
            let count = scanner.skip(\.isHexadecimal)
            if scanner.peek() == 0x2E {
                groups += 2
                guard isIPv4(text[start..<text.count]) else { return false }
                break
            }
            guard (1...4).contains(count) else { return false }
            groups += 1
            if scanner.isAtEnd { break }
            guard scanner.take(":") else { return false }
            if scanner.take(":") {
                if isShortened { return false }
                isShortened = true
            } else if scanner.isAtEnd {
                return false
            }
        }
        return isShortened ? groups <= 7 : groups == 8
    }

    /// Letters, digits and hyphens in labels of 63 bytes at most; labels that start with `xn--`
    /// stand for an allowed one.
    static func isHostname(_ text: Text) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        var start = 0
        for offset in 0...text.count where offset == text.count || text[offset] == 0x2E {
            guard isLabel(text[start..<offset]) else { return false }
            start = offset + 1
        }
        return true
    }

    private static func isLabel(_ label: Text) -> Bool {
        guard (1...63).contains(label.count), label[0] != 0x2D, label[label.count - 1] != 0x2D
        else { return false }
        for byte in label.bytes where !byte.isLetter && !byte.isDigit && byte != 0x2D {
            return false
        }
        guard InternationalName.isEncoded(label) else { return true }
        return InternationalName.decoded(label) != nil
    }
}

/// `email` (RFC 5321, 4.1.2) and `idn-email` (RFC 6531).
enum MailFormats {
    static func isEmail(_ text: Text, international: Bool) -> Bool {
        var scanner = ByteScanner(text)
        let isLocal =
            scanner.take("\"")
            ? quoted(&scanner, international) : dotted(&scanner, international)
        guard isLocal, scanner.at <= 64, scanner.take("@") else { return false }
        let domain = text[scanner.at..<text.count]
        if domain.count > 2, domain[0] == 0x5B, domain[domain.count - 1] == 0x5D {
            return isAddress(domain[1..<domain.count - 1])
        }
        return international
            ? InternationalName.isHostname(domain) : HostFormats.isHostname(domain)
    }

    private static func dotted(_ scanner: inout ByteScanner, _ international: Bool) -> Bool {
        repeat {
            if scanner.skip({ isAtom($0) || international && $0 >= 0x80 }) == 0 { return false }
        } while scanner.take(".")
        return true
    }

    private static func quoted(_ scanner: inout ByteScanner, _ international: Bool) -> Bool {
        while !scanner.isAtEnd {
            if scanner.take("\"") { return true }
            if scanner.take("\\") {
                guard (0x20...0x7E).contains(scanner.peek()) else { return false }
            } else if !(0x20...0x7E).contains(scanner.peek()) {
                guard international, scanner.peek() >= 0x80 else { return false }
            }
            scanner.advance()
        }
        return false
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        if byte.isLetter || byte.isDigit { return true }
        let marks: StaticString = "!#$%&'*+-/=?^_`{|}~"
        return Text(marks).bytes.contains(byte)
    }

    private static func isAddress(_ text: Text) -> Bool {
        let prefix = Text("IPv6:")
        if text.count > prefix.count, text[0..<prefix.count] == prefix {
            return HostFormats.isIPv6(text[prefix.count..<text.count])
        }
        return HostFormats.isIPv4(text)
    }
}
