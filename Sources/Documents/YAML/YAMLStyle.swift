/// How a string can be written so that YAML 1.2 and 1.1 both read it as that string.
enum YAMLStyle {
    /// Whether the text can stand without quotes in block context.
    static func isPlain(_ text: Text) -> Bool {
        guard text.count > 0, mayStart(text[0]), text[text.count - 1] != 0x20 else { return false }
        if text[0] &- 0x30 <= 9 && looksLikeNumber(text) { return false }
        if text.count <= 5 && isWord(text) { return false }
        let bytes = text.bytes
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte >= 0x80 {
                let length = JSONStringScan.characterLength(bytes, at) ?? 1
                if !isPrintable(bytes, at, length) { return false }
                at += length
                continue
            }
            if byte < 0x20 || byte == 0x7F { return false }
            if byte == 0x3A, at + 1 == bytes.count || bytes[at + 1] == 0x20 { return false }
            if byte == 0x23, at > 0, bytes[at - 1] == 0x20 { return false }
            at += 1
        }
        return true
    }

    /// Letters, digits, `_`, `/`, `$`, `(` and characters beyond ASCII; all else is quoted.
    private static func mayStart(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2F, 0x24, 0x28: true
        default: byte >= 0x80
        }
    }

    /// Whether text that starts with a digit might be a number, a time or a date of YAML 1.1 or 1.2.
    private static func looksLikeNumber(_ text: Text) -> Bool {
        text.bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
            case 0x2B, 0x2C, 0x2D, 0x2E, 0x3A, 0x5F, 0x20, 0x09: true
            case 0x78, 0x58, 0x6F, 0x4F, 0x54, 0x74, 0x5A, 0x7A: true
            default: false
            }
        }
    }

    /// The words that YAML 1.1 or 1.2 reads as a boolean or null, in any case.
    private static func isWord(_ text: Text) -> Bool {
        let word = text.bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        return word.withUnsafeBytes { bytes in
            let word = Text(bytes)
            return words.contains { word == $0 }
        }
    }

    private static let words: [StaticString] = [
        "y", "n", "no", "on", "yes", "off", "true", "null", "false",
    ]

    /// The chomping indicator when text of several lines can be a literal block, else nil.
    static func literalChomping(_ text: Text) -> StaticString? {
        let bytes = text.bytes
        guard bytes.count > 1, bytes[0] > 0x20, bytes.contains(0x0A) else { return nil }
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            let length = JSONStringScan.characterLength(bytes, at) ?? 1
            if byte != 0x0A && byte != 0x09 && !isPrintable(bytes, at, length) { return nil }
            at += length
        }
        for line in bytes.split(separator: 0x0A)
        where line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
            return nil
        }
        guard bytes[bytes.count - 1] == 0x0A else { return "-" }
        return bytes[bytes.count - 2] == 0x0A ? "+" : ""
    }

    /// Whether single quotes spare escapes: a quote or backslash within, and nothing to escape.
    static func readsBetterInSingleQuotes(_ text: Text) -> Bool {
        let bytes = text.bytes
        var spares = false
        var at = 0
        while at < bytes.count {
            let length = JSONStringScan.characterLength(bytes, at) ?? 1
            if !isPrintable(bytes, at, length) { return false }
            if bytes[at] == 0x22 || bytes[at] == 0x5C { spares = true }
            at += length
        }
        return spares
    }

    /// Whether a character can stand unescaped on a line: no control, no line or paragraph
    /// separator, no byte order mark, nothing that YAML forbids.
    static func isPrintable(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ length: Int) -> Bool {
        switch length {
        case 1: return bytes[at] >= 0x20 && bytes[at] < 0x7F
        case 2: return bytes[at] != 0xC2 || bytes[at + 1] >= 0xA0
        case 3:
            let scalar = codePoint(bytes, at, length)
            return scalar != 0x2028 && scalar != 0x2029 && scalar != 0xFEFF && scalar < 0xFFFE
        default: return true
        }
    }

    /// The scalar of a well-formed character.
    static func codePoint(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ length: Int) -> UInt32 {
        if length == 1 { return UInt32(bytes[at]) }
        var scalar = UInt32(bytes[at]) & (0x7F >> UInt32(length))
        for offset in 1..<length { scalar = scalar << 6 | UInt32(bytes[at + offset] & 0x3F) }
        return scalar
    }
}
