internal import Documents

/// Numbers read from strings as ECMAScript reads them.
enum NumberText {
    /// `Number(text)` (ECMA-262, 7.1.4.1): blank is 0, anything but one whole number is NaN.
    static func number(_ text: Text) -> Double {
        let text = trimmed(text)
        if text.isEmpty { return 0 }
        if text.count > 2, text[0] == 0x30, let radix = radix(text[1]) {
            return digits(text[2..<text.count], radix)
        }
        let (value, end) = decimal(text)
        return end == text.count ? value : .nan
    }

    /// `parseFloat(text)` (ECMA-262, 19.2.4): the longest number the text starts with, else NaN.
    static func prefix(_ text: Text) -> Double { decimal(trimmed(text)).value }

    private static func radix(_ byte: UInt8) -> Double? {
        switch byte {
        case 0x78, 0x58: 16
        case 0x6F, 0x4F: 8
        case 0x62, 0x42: 2
        default: nil
        }
    }

    private static func digits(_ text: Text, _ radix: Double) -> Double {
        var result = 0.0
        for byte in text.bytes {
            let digit: Double
            switch byte {
            case 0x30...0x39: digit = Double(byte - 0x30)
            case 0x41...0x46: digit = Double(byte - 0x41 + 10)
            case 0x61...0x66: digit = Double(byte - 0x61 + 10)
            default: return .nan
            }
            if digit >= radix { return .nan }
            result = result * radix + digit
        }
        return result
    }

    /// The longest decimal number at the start and where it ends; NaN at 0 when there is none.
    private static func decimal(_ text: Text) -> (value: Double, end: Int) {
        var at = 0
        let negative = text.count > 0 && text[0] == 0x2D
        if text.count > 0, text[0] == 0x2D || text[0] == 0x2B { at = 1 }
        let start = at
        let infinity = Text("Infinity")
        if text.count - at >= infinity.count, text[at..<(at + infinity.count)] == infinity {
            return (negative ? -.infinity : .infinity, at + infinity.count)
        }
        var count = skipDigits(text, &at)
        if at < text.count, text[at] == 0x2E {
            at += 1
            let fraction = skipDigits(text, &at)
            count += fraction
        }
        guard count > 0 else { return (.nan, 0) }
        var end = at
        if at < text.count, text[at] | 0x20 == 0x65 {
            at += 1
            if at < text.count, text[at] == 0x2B || text[at] == 0x2D { at += 1 }
            if skipDigits(text, &at) > 0 { end = at }
        }
        let magnitude = Numbers.double(text[start..<end])
        return (negative ? -magnitude : magnitude, end)
    }

    private static func skipDigits(_ text: Text, _ at: inout Int) -> Int {
        let start = at
        while at < text.count, text[at] &- 0x30 <= 9 { at += 1 }
        return at - start
    }

    /// Without the white space and line ends of ECMA-262, 12.2 and 12.3, on both sides.
    private static func trimmed(_ text: Text) -> Text {
        var start = 0
        var end = text.count
        while start < end, let width = spaceWidth(text, at: start) { start += width }
        while end > start {
            if let width = spaceWidth(text, at: end - 1), width == 1 {
                end -= 1
            } else if end - start >= 2, spaceWidth(text, at: end - 2) == 2 {
                end -= 2
            } else if end - start >= 3, spaceWidth(text, at: end - 3) == 3 {
                end -= 3
            } else {
                break
            }
        }
        return text[start..<end]
    }

    /// The bytes of the white space at an offset, or nil when there is none.
    private static func spaceWidth(_ text: Text, at: Int) -> Int? {
        let first = text[at]
        if first == 0x20 || (first >= 0x09 && first <= 0x0D) { return 1 }
        if first == 0xC2 { return at + 1 < text.count && text[at + 1] == 0xA0 ? 2 : nil }
        guard first >= 0xE1, first <= 0xEF, at + 2 < text.count else { return nil }
        let scalar =
            UInt32(first & 0x0F) << 12 | UInt32(text[at + 1] & 0x3F) << 6
            | UInt32(text[at + 2] & 0x3F)
        switch scalar {
        case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: return 3
        default: return nil
        }
    }
}
