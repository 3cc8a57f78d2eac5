internal import Documents

/// Values as numbers, by ECMAScript's `ToNumber` (ECMA-262, 7.1.4).
enum ECMAScriptNumber {
    /// The number that a number, string or bool stands for; NaN for other strings and values.
    static func of(_ value: Value) -> Double {
        if let number = value.number { return number }
        if let bool = value.bool { return bool ? 1 : 0 }
        return value.text.map { parse($0) } ?? .nan
    }

    /// `StringToNumber`: white space around it is ignored, an empty string is 0.
    static func parse(_ text: Text) -> Double {
        let body = trimmed(text)
        guard body.count > 0 else { return 0 }
        if body.count > 2, body[0] == 0x30, let radix = radix(body[1]) {
            return whole(body[2..<body.count], radix)
        }
        let isSigned = body[0] == 0x2B || body[0] == 0x2D
        let digits = body[(isSigned ? 1 : 0)..<body.count]
        let magnitude = digits == "Infinity" ? .infinity : decimal(digits)
        return body[0] == 0x2D ? -magnitude : magnitude
    }

    private static func radix(_ byte: UInt8) -> Double? {
        switch byte | 0x20 {
        case 0x78: 16
        case 0x6F: 8
        case 0x62: 2
        default: nil
        }
    }

    private static func whole(_ digits: Text, _ radix: Double) -> Double {
        var value = 0.0
        for byte in digits.bytes {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: return .nan
            }
            guard Double(digit) < radix else { return .nan }
            value = value * radix + Double(digit)
        }
        return value
    }

    /// Digits, a point, an exponent; digits on one side of the point at least.
    private static func decimal(_ text: Text) -> Double {
        var at = 0
        var digits = 0
        func skipDigits() {
            while at < text.count, text[at] &- 0x30 <= 9 {
                at += 1
                digits += 1
            }
        }
        skipDigits()
        if at < text.count, text[at] == 0x2E {
            at += 1
            skipDigits()
        }
        guard digits > 0 else { return .nan }
        if at < text.count, text[at] | 0x20 == 0x65 {
            at += 1
            if at < text.count, text[at] == 0x2B || text[at] == 0x2D { at += 1 }
            let before = digits
            skipDigits()
            guard digits > before else { return .nan }
        }
        return at == text.count ? Numbers.double(text) : .nan
    }

    /// Without ECMAScript's white space and line ends on either side.
    static func trimmed(_ text: Text) -> Text {
        var (start, end) = (0, text.count)
        while start < end {
            let size = spaceSize(text, at: start, end)
            if size == 0 { break }
            start += size
        }
        while end > start {
            var lead = end - 1
            while lead > start, text[lead] & 0xC0 == 0x80 { lead -= 1 }
            guard spaceSize(text, at: lead, end) == end - lead else { break }
            end = lead
        }
        return text[start..<end]
    }

    /// Bytes of the white space character here, or 0.
    static func spaceSize(_ text: Text, at: Int, _ end: Int) -> Int {
        let byte = text[at]
        if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) { return 1 }
        if byte == 0xC2, at + 1 < end, text[at + 1] == 0xA0 { return 2 }
        guard byte >= 0xE1, byte <= 0xEF, at + 2 < end else { return 0 }
        let scalar =
            UInt32(byte & 0x0F) << 12 | UInt32(text[at + 1] & 0x3F) << 6
            | UInt32(text[at + 2] & 0x3F)
        switch scalar {
        case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: return 3
        default: return 0
        }
    }
}
