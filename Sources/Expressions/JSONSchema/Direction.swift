/// The direction of a code point in text (Unicode's Bidi_Class), told by its block.
enum Direction {
    /// L: left to right. R: right to left, Arabic letters among them. AN, EN: Arabic and European
    /// digits. NSM: marks. Neutral: the rest that host names have.
    case left, right, arabicDigit, digit, mark, neutral

    init(_ scalar: UInt32) {
        if CodePoint(scalar).properties.generalCategory == .nonspacingMark {
            self = .mark
            return
        }
        switch scalar {
        case 0x30...0x39, 0x6F0...0x6F9: self = .digit
        case 0x2D: self = .neutral
        case 0x600...0x605, 0x660...0x669, 0x66B...0x66C, 0x6DD: self = .arabicDigit
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF,
            0x1E800...0x1EFFF:
            self = .right
        case 0x200C...0x200D, 0x30FB, 0xB7, 0x375: self = .neutral
        default: self = .left
        }
    }

    /// Whether a label with this code point is one of a bidirectional name.
    var isRightToLeft: Bool { self == .right || self == .arabicDigit }

    /// The rule for the labels of bidirectional names (RFC 5893, 2).
    static func isAllowed(_ label: [UInt32]) -> Bool {
        let directions = label.map { Direction($0) }
        guard let first = directions.first, let last = directions.last(where: { $0 != .mark })
        else { return false }
        switch first {
        case .right:
            let mixesDigits = directions.contains(.digit) && directions.contains(.arabicDigit)
            return !directions.contains(.left) && !mixesDigits && last != .neutral
        case .left:
            return !directions.contains(where: \.isRightToLeft) && last != .neutral
        default: return false
        }
    }
}

/// Scripts and joining types that the rules in context ask for, told by their blocks.
enum Script {
    static func isGreek(_ scalar: UInt32) -> Bool {
        (0x370...0x3FF).contains(scalar) || (0x1F00...0x1FFF).contains(scalar)
    }

    static func isHebrew(_ scalar: UInt32) -> Bool {
        (0x591...0x5F4).contains(scalar) || (0xFB1D...0xFB4F).contains(scalar)
    }

    /// Hiragana, Katakana or Han.
    static func isJapanese(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x3005, 0x3007, 0x3021...0x3029, 0x3041...0x309F, 0x30A1...0x30FA,
            0x30FD...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0xFF66...0xFF9D, 0x1B000...0x1B16F, 0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// Whether a zero-width non-joiner stands between letters that would join (RFC 5892, A.1).
    static func joins(_ label: [UInt32], at index: Int) -> Bool {
        let isTransparent = { (scalar: UInt32) in CodePoint(scalar).isMark }
        guard let before = label[..<index].last(where: { !isTransparent($0) }),
            let after = label[(index + 1)...].first(where: { !isTransparent($0) })
        else { return false }
        return isArabicLetter(before) && !joinsOnlyBefore(before) && isArabicLetter(after)
    }

    private static func isArabicLetter(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x620, 0x622...0x64A, 0x66E...0x673, 0x675...0x6D3, 0x6D5, 0x6EE...0x6EF,
            0x6FA...0x6FC, 0x6FF, 0x750...0x77F, 0x8A0...0x8AC:
            true
        default: false
        }
    }

    /// Letters that join the one before them and not the one after.
    private static func joinsOnlyBefore(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x622...0x625, 0x627, 0x629, 0x62F...0x632, 0x648, 0x671...0x673, 0x675...0x677,
            0x688...0x699, 0x6C0, 0x6C3...0x6CB, 0x6CD, 0x6CF, 0x6D2...0x6D3, 0x6D5,
            0x6EE...0x6EF, 0x759...0x75B, 0x76B...0x76C, 0x771, 0x773...0x774, 0x778...0x779:
            true
        default: false
        }
    }
}
