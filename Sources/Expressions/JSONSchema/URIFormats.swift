internal import Documents

/// `uri`, `uri-reference` (RFC 3986), `iri`, `iri-reference` (RFC 3987), `uri-template` (RFC 6570).
enum URIFormats {
    static func isReference(_ text: Text, international: Bool, needsScheme: Bool) -> Bool {
        var scanner = ByteScanner(text)
        let start = scheme(text)
        if let start { scanner.advance(start) } else if needsScheme { return false }
        let hasAuthority = scanner.peek() == 0x2F && scanner.peek(1) == 0x2F
        if hasAuthority {
            scanner.advance(2)
            guard authority(&scanner, international) else { return false }
        }
        guard path(&scanner, international, start == nil && !hasAuthority) else { return false }
        if scanner.take("?") {
            while query(&scanner, international, isPrivateAllowed: true) {}
        }
        if scanner.take("#") {
            while query(&scanner, international, isPrivateAllowed: false) {}
        }
        return scanner.isAtEnd
    }

    /// Where what follows the scheme and its colon starts.
    private static func scheme(_ text: Text) -> Int? {
        guard text.count > 0, text[0].isLetter else { return nil }
        var scanner = ByteScanner(text)
        _ = scanner.skip { $0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
        return scanner.take(":") ? scanner.at : nil
    }

    // MARK: Parts

    private static func authority(_ scanner: inout ByteScanner, _ international: Bool) -> Bool {
        let mark = scanner
        while scanner.take(":") || character(&scanner, international) {}
        if !scanner.take("@") { scanner = mark }
        if scanner.take("[") {
            let start = scanner.at
            let count = scanner.skip { $0 != 0x5D }
            guard scanner.take("]"), isLiteral(scanner.text[start..<start + count]) else {
                return false
            }
        } else {
            while character(&scanner, international) {}
        }
        if scanner.take(":") { _ = scanner.skip(\.isDigit) }
        switch scanner.peek() {
        case 0x2F, 0x3F, 0x23: return true
        default: return scanner.isAtEnd
        }
    }

    private static func isLiteral(_ text: Text) -> Bool {
        guard text.count > 0, text[0] | 0x20 == 0x76 else { return HostFormats.isIPv6(text) }
        var scanner = ByteScanner(text)
        scanner.advance()
        guard scanner.skip(\.isHexadecimal) > 0, scanner.take(".") else { return false }
        let count = scanner.skip { isUnreserved($0) || isSubDelimiter($0) || $0 == 0x3A }
        return count > 0 && scanner.isAtEnd
    }

    /// The segments; the first of a relative path holds no colon.
    private static func path(
        _ scanner: inout ByteScanner, _ international: Bool, _ isRelative: Bool
    ) -> Bool {
        var isFirst = isRelative
        while true {
            if scanner.peek() == 0x2F {
                isFirst = false
                scanner.advance()
            } else if scanner.peek() == 0x3A {
                if isFirst { return false }
                scanner.advance()
            } else if !scanner.take("@"), !character(&scanner, international) {
                return true
            }
        }
    }

    private static func query(
        _ scanner: inout ByteScanner, _ international: Bool, isPrivateAllowed: Bool
    ) -> Bool {
        scanner.take("/") || scanner.take("?") || scanner.take(":") || scanner.take("@")
            || character(&scanner, international, isPrivateAllowed: isPrivateAllowed)
    }

    /// One unreserved character, sub-delimiter or percent triplet.
    private static func character(
        _ scanner: inout ByteScanner, _ international: Bool, isPrivateAllowed: Bool = false
    ) -> Bool {
        let byte = scanner.peek()
        if scanner.isAtEnd { return false }
        if byte == 0x25 {
            guard scanner.peek(1).isHexadecimal, scanner.peek(2).isHexadecimal else { return false }
            scanner.advance(3)
            return true
        }
        if isUnreserved(byte) || isSubDelimiter(byte) {
            scanner.advance()
            return true
        }
        guard international, byte >= 0x80 else { return false }
        let (scalar, length) = scalar(scanner)
        let isPrivate =
            (0xE000...0xF8FF).contains(scalar) || scalar >= 0xF0000
        guard isPrivate ? isPrivateAllowed : isInternational(scalar) else { return false }
        scanner.advance(length)
        return true
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2E || byte == 0x5F
            || byte == 0x7E
    }

    private static func isSubDelimiter(_ byte: UInt8) -> Bool {
        let marks: StaticString = "!$&'()*+,;="
        return Text(marks).bytes.contains(byte)
    }

    /// The code point that starts here, of text that is valid UTF-8, and its length.
    private static func scalar(_ scanner: ByteScanner) -> (UInt32, Int) {
        let first = UInt32(scanner.peek())
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var scalar = first & (0x7F >> UInt32(length))
        for index in 1..<length { scalar = scalar << 6 | UInt32(scanner.peek(index) & 0x3F) }
        return (scalar, length)
    }

    /// `ucschar` of RFC 3987, 2.2.
    private static func isInternational(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
        case 0x10000...0xEFFFF: scalar & 0xFFFF <= 0xFFFD && !(0xE0000...0xE0FFF).contains(scalar)
        default: false
        }
    }

    // MARK: Templates

    static func isTemplate(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        while !scanner.isAtEnd {
            if scanner.take("{") {
                guard expression(&scanner) else { return false }
            } else if scanner.peek() == 0x25 {
                guard scanner.peek(1).isHexadecimal, scanner.peek(2).isHexadecimal else {
                    return false
                }
                scanner.advance(3)
            } else {
                let excluded: StaticString = "\"<>\\^`{|}"
                let byte = scanner.peek()
                if byte <= 0x20 || byte == 0x7F || Text(excluded).bytes.contains(byte) {
                    return false
                }
                scanner.advance()
            }
        }
        return true
    }

    private static func expression(_ scanner: inout ByteScanner) -> Bool {
        let operators: StaticString = "+#./;?&=,!@|"
        if Text(operators).bytes.contains(scanner.peek()) {
            // The last five are reserved for extensions.
            let reserved: StaticString = "=,!@|"
            if Text(reserved).bytes.contains(scanner.peek()) { return false }
            scanner.advance()
        }
        repeat {
            guard variable(&scanner) else { return false }
        } while scanner.take(",")
        return scanner.take("}")
    }

    private static func variable(_ scanner: inout ByteScanner) -> Bool {
        repeat {
            var count = 0
            while true {
                if scanner.peek() == 0x25, scanner.peek(1).isHexadecimal,
                    scanner.peek(2).isHexadecimal
                {
                    scanner.advance(3)
                } else if scanner.peek().isLetter || scanner.peek().isDigit
                    || scanner.peek() == 0x5F
                {
                    scanner.advance()
                } else {
                    break
                }
                count += 1
            }
            if count == 0 { return false }
        } while scanner.take(".")
        if scanner.take("*") { return true }
        guard scanner.take(":") else { return true }
        if scanner.peek() == 0x30 { return false }
        return (1...4).contains(scanner.skip(\.isDigit))
    }
}
