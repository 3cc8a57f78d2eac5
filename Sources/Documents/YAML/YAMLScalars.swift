/// The core schema of YAML 1.2.2 (section 10.3.2): what a plain scalar is.
enum YAMLScalars {
    /// What a plain scalar resolves to.
    enum Resolution {
        /// Text as it stands.
        case string
        /// Null, a boolean or a number.
        case value(Value)
        /// A number with zeros in front, which the value has lost.
        case leadingZeros(Value)
        /// `.inf` or `.nan`, which JSON cannot hold.
        case nonFinite
        /// A `0o` or `0x` integer of more than 64 digits.
        case tooLong
    }

    /// Resolves the text of a plain scalar without a tag.
    static func resolve(_ text: Text, in arena: Arena) -> Resolution {
        if text.isEmpty { return .value(.null) }
        switch text[0] {
        case 0x7E: return text.count == 1 ? .value(.null) : .string
        case 0x6E, 0x4E:
            return text == "null" || text == "Null" || text == "NULL" ? .value(.null) : .string
        case 0x74, 0x54:
            return text == "true" || text == "True" || text == "TRUE" ? .value(.true) : .string
        case 0x66, 0x46:
            return text == "false" || text == "False" || text == "FALSE" ? .value(.false) : .string
        case 0x30...0x39, 0x2B, 0x2D, 0x2E: return number(text, in: arena)
        default: return .string
        }
    }

    private static func number(_ text: Text, in arena: Arena) -> Resolution {
        if text.count > 2, text[0] == 0x30, text[1] == 0x6F || text[1] == 0x78 {
            return based(text, radix: text[1] == 0x6F ? 8 : 16, in: arena)
        }
        let signed = text[0] == 0x2B || text[0] == 0x2D
        guard let parts = NumberParts(text, from: signed ? 1 : 0) else {
            return isNonFinite(text[(signed ? 1 : 0)..<text.count]) ? .nonFinite : .string
        }
        let value = parts.value(isNegative: text[0] == 0x2D, of: text, in: arena)
        return parts.hasLeadingZeros ? .leadingZeros(value) : .value(value)
    }

    private static func isNonFinite(_ text: Text) -> Bool {
        text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN"
            || text == ".NAN"
    }

    /// `0o17` and `0x1F`; past 64 bits the digits are converted exactly.
    private static func based(_ text: Text, radix: UInt32, in arena: Arena) -> Resolution {
        var decimal: [UInt8] = [0]
        if text.count > 66 { return isBased(text, radix) ? .tooLong : .string }
        for index in 2..<text.count {
            guard let digit = JSONStringScan.hexadecimalDigit(text[index]), digit < radix else {
                return .string
            }
            var carry = digit
            for place in decimal.indices {
                carry += UInt32(decimal[place]) * radix
                decimal[place] = UInt8(carry % 10)
                carry /= 10
            }
            while carry > 0 {
                decimal.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        let spelling = decimal.reversed().map { $0 + 0x30 }
        return spelling.withUnsafeBytes { number(Text($0), in: arena) }
    }

    private static func isBased(_ text: Text, _ radix: UInt32) -> Bool {
        text.bytes.dropFirst(2).allSatisfy {
            (JSONStringScan.hexadecimalDigit($0) ?? 99) < radix
        }
    }
}

/// The parts of a decimal number of the core schema, as offsets in its text.
private struct NumberParts {
    var whole: Range<Int>
    var fraction: Range<Int>
    /// After the `e`; empty without one.
    var exponent: Range<Int>
    let hasLeadingZeros: Bool
    let hasPoint: Bool

    /// Nil when the text is no number.
    init?(_ text: Text, from start: Int) {
        var at = start
        func digits() -> Range<Int> {
            let from = at
            while at < text.count, text[at] &- 0x30 <= 9 { at += 1 }
            return from..<at
        }
        whole = digits()
        hasPoint = at < text.count && text[at] == 0x2E
        if hasPoint { at += 1 }
        fraction = hasPoint ? digits() : at..<at
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        exponent = at..<at
        if at < text.count, text[at] | 0x20 == 0x65 {
            at += 1
            let from = at
            if at < text.count, text[at] == 0x2B || text[at] == 0x2D { at += 1 }
            guard !digits().isEmpty else { return nil }
            exponent = from..<at
        }
        guard at == text.count else { return nil }
        hasLeadingZeros = whole.count > 1 && text[whole.lowerBound] == 0x30
        while whole.count > 1, text[whole.lowerBound] == 0x30 {
            whole = (whole.lowerBound + 1)..<whole.upperBound
        }
    }

    func value(isNegative: Bool, of text: Text, in arena: Arena) -> Value {
        if fraction.isEmpty && exponent.isEmpty && whole.count <= 18 {
            var magnitude = 0
            for index in whole { magnitude = magnitude * 10 + Int(text[index] - 0x30) }
            if !isNegative || magnitude != 0 {
                return .integer(isNegative ? -magnitude : magnitude)
            }
        }
        let isJSON =
            !hasLeadingZeros && !whole.isEmpty && (!hasPoint || !fraction.isEmpty)
            && text[0] != 0x2B
        if isJSON { return arena.decimal(spelling: text, nearest: Numbers.double(text)) }
        var spelling: [UInt8] = isNegative ? [0x2D] : []
        if whole.isEmpty { spelling.append(0x30) }
        spelling += text[whole].bytes
        if !fraction.isEmpty {
            spelling.append(0x2E)
            spelling += text[fraction].bytes
        }
        if !exponent.isEmpty {
            spelling.append(0x65)
            spelling += text[exponent].bytes
        }
        return spelling.withUnsafeBytes {
            arena.decimal(spelling: Text($0), nearest: Numbers.double(Text($0)))
        }
    }
}
