internal import Documents

/// `idn-hostname`: host names in Unicode (RFC 5890 to 5893).
///
/// The properties of code points are those of Swift's standard library, which has no joining types,
/// scripts and directions: those are told by their blocks, joining types for Arabic only. Whether a
/// label is in normal form C is not asked.
enum InternationalName {
    /// Whether labels, separated by any of the four full stops, are allowed on their own and next
    /// to each other.
    static func isHostname(_ text: Text) -> Bool {
        guard text.count <= 4 * 253 else { return false }
        let scalars = String(text).unicodeScalars.map(\.value)
        let separators: Set<UInt32> = [0x2E, 0x3002, 0xFF0E, 0xFF61]
        var labels: [[UInt32]] = []
        var length = -1
        for label in scalars.split(
            omittingEmptySubsequences: false, whereSeparator: { separators.contains($0) })
        {
            guard let (decoded, size) = checked(Array(label)) else { return false }
            labels.append(decoded)
            length += size + 1
        }
        guard length <= 253 else { return false }
        let isBidirectional = labels.contains { $0.contains { Direction($0).isRightToLeft } }
        return !isBidirectional || labels.allSatisfy(Direction.isAllowed)
    }

    /// A label in Unicode with the length of its ASCII form; nil when it is not allowed.
    private static func checked(_ label: [UInt32]) -> ([UInt32], Int)? {
        guard !label.isEmpty else { return nil }
        if label.allSatisfy({ $0 < 128 }) {
            let bytes = label.map { UInt8($0) }
            guard bytes.count <= 63 else { return nil }
            let isEncoded =
                bytes.count >= 4 && bytes[2] == 0x2D && bytes[3] == 0x2D
                && bytes[0] | 0x20 == 0x78 && bytes[1] | 0x20 == 0x6E
            if isEncoded { return decoded(bytes).map { ($0, bytes.count) } }
            return isAllowed(label.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
                ? (label, bytes.count) : nil
        }
        let size = Punycode.encode(label).count + 4
        return size <= 63 && isAllowed(label) ? (label, size) : nil
    }

    /// Whether a label of a host name starts with `xn--`.
    static func isEncoded(_ label: Text) -> Bool {
        label.count >= 4 && label[0] | 0x20 == 0x78 && label[1] | 0x20 == 0x6E
            && label[2] == 0x2D && label[3] == 0x2D
    }

    /// The label that a label with `xn--` stands for, when it is allowed.
    static func decoded(_ label: Text) -> [UInt32]? {
        guard let scalars = decoded(Array(label.bytes)) else { return nil }
        let isBidirectional = scalars.contains { Direction($0).isRightToLeft }
        return !isBidirectional || Direction.isAllowed(scalars) ? scalars : nil
    }

    private static func decoded(_ label: [UInt8]) -> [UInt32]? {
        let encoded = label.dropFirst(4).map { $0.isLetter ? $0 | 0x20 : $0 }
        guard let scalars = Punycode.decode(encoded), scalars.contains(where: { $0 >= 128 }),
            Punycode.encode(scalars) == encoded, isAllowed(scalars)
        else { return nil }
        return scalars
    }

    /// The rules for one label (RFC 5891, 4.2.3).
    private static func isAllowed(_ label: [UInt32]) -> Bool {
        guard let first = label.first, first != 0x2D, label.last != 0x2D else { return false }
        if label.count >= 4, label[2] == 0x2D, label[3] == 0x2D { return false }
        if CodePoint(first).isMark { return false }
        return label.indices.allSatisfy { CodePoint.isAllowed(label, at: $0) }
    }
}

/// What RFC 5892 says of a code point.
struct CodePoint {
    let value: UInt32
    let properties: Unicode.Scalar.Properties

    init(_ value: UInt32) {
        self.value = value
        properties = (Unicode.Scalar(value) ?? "\u{FFFD}").properties
    }

    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private var isVirama: Bool { properties.canonicalCombiningClass == .virama }

    /// Whether a code point may stand at a place of a label.
    static func isAllowed(_ label: [UInt32], at index: Int) -> Bool {
        let value = label[index]
        let before = index > 0 ? label[index - 1] : 0
        let after = index + 1 < label.count ? label[index + 1] : 0
        switch value {
        case 0x2D, 0x30...0x39, 0x61...0x7A: return true
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        case 0xB7: return before == 0x6C && after == 0x6C
        case 0x375: return Script.isGreek(after)
        case 0x5F3, 0x5F4: return Script.isHebrew(before)
        case 0x30FB: return label.contains(where: Script.isJapanese)
        case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0) }
        case 0x6F0...0x6F9: return !label.contains { (0x660...0x669).contains($0) }
        case 0x200D: return CodePoint(before).isVirama
        case 0x200C: return CodePoint(before).isVirama || Script.joins(label, at: index)
        // Old Hangul Jamo, and characters that lay out text or music.
        case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7FB: return false
        case 0x20D0...0x20FF, 0x1D100...0x1D24F: return false
        default: return CodePoint(value).isLetterOrDigit
        }
    }

    /// A letter, digit or mark that stays as it is when folded and normalised.
    private var isLetterOrDigit: Bool {
        guard value >= 0x80, !properties.changesWhenNFKCCaseFolded,
            !properties.isDefaultIgnorableCodePoint, !properties.isNoncharacterCodePoint,
            !properties.isWhitespace
        else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber,
            .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }
}
