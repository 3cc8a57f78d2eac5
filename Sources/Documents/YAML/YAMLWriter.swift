/// Writes a value as YAML for people: block style, keys in their order, multi-line text as blocks.
///
/// The text reads back to the same value here, and readers of YAML 1.1 see the same strings: what
/// those would take for a boolean, number, date or merge key is quoted. A NaN or an infinity is
/// written as `null`, as in JSON.
public struct YAMLWriter {
    private enum Place { case root, afterKey, afterDash }

    /// libyaml reads a key without `?` only up to 1,024 characters.
    private static let longestImplicitKey = 500

    private var output: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// The text of a document, with a newline at its end.
    public static func file(_ value: Value) -> [UInt8] {
        var writer = YAMLWriter()
        writer.write(value, indent: 0, .root)
        return writer.output
    }

    /// The text of a document as a string.
    public static func text(_ value: Value) -> String {
        String(decoding: file(value), as: UTF8.self)
    }

    // MARK: Nodes

    private mutating func write(_ value: Value, indent: Int, _ place: Place) {
        if let members = value.members, !members.isEmpty {
            if place == .afterKey { newLine() }
            for (index, member) in members.enumerated() {
                if index > 0 || place != .afterDash { spaces(indent) }
                writeKey(member.key, indent)
                write(member.value, indent: indent + 2, .afterKey)
            }
        } else if let elements = value.array, !elements.isEmpty {
            if place == .afterKey { newLine() }
            for (index, element) in elements.enumerated() {
                if index > 0 || place != .afterDash { spaces(indent) }
                raw("- ")
                write(element, indent: indent + 2, .afterDash)
            }
        } else {
            if place == .afterKey { output.append(0x20) }
            writeScalar(value, indent: place == .root ? 2 : indent)
            newLine()
        }
    }

    private mutating func writeKey(_ key: Text, _ indent: Int) {
        if key.count <= Self.longestImplicitKey {
            writeString(key)
            output.append(0x3A)
        } else {
            raw("? ")
            writeString(key)
            newLine()
            spaces(indent)
            output.append(0x3A)
        }
    }

    private mutating func writeScalar(_ value: Value, indent: Int) {
        switch value.kind {
        case .string:
            let text = value.text.unsafelyUnwrapped
            if let chomping = YAMLStyle.literalChomping(text) {
                writeLiteral(text, chomping, indent)
            } else {
                writeString(text)
            }
        case .array: raw("[]")
        case .object: raw("{}")
        default:
            var json = JSONWriter()
            json.write(value)
            output += json.bytes
        }
    }

    // MARK: Strings

    private mutating func writeString(_ text: Text) {
        if YAMLStyle.isPlain(text) {
            output.append(contentsOf: text.bytes)
        } else if YAMLStyle.readsBetterInSingleQuotes(text) {
            output.append(0x27)
            for byte in text.bytes {
                if byte == 0x27 { output.append(byte) }
                output.append(byte)
            }
            output.append(0x27)
        } else {
            writeDoubleQuoted(text)
        }
    }

    private mutating func writeLiteral(_ text: Text, _ chomping: StaticString, _ indent: Int) {
        output.append(0x7C)
        raw(chomping)
        var lines = text.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if text[text.count - 1] == 0x0A { lines.removeLast() }
        for line in lines {
            newLine()
            if line.isEmpty { continue }
            spaces(indent)
            output.append(contentsOf: line)
        }
    }

    private mutating func writeDoubleQuoted(_ text: Text) {
        output.append(0x22)
        let bytes = text.bytes
        var at = 0
        while at < bytes.count {
            let length = max(1, JSONStringScan.characterLength(bytes, at) ?? 1)
            switch bytes[at] {
            case 0x22, 0x5C:
                output.append(0x5C)
                output.append(bytes[at])
            case 0x0A: raw("\\n")
            case 0x09: raw("\\t")
            case 0x0D: raw("\\r")
            default:
                if YAMLStyle.isPrintable(bytes, at, length) {
                    output.append(contentsOf: bytes[at..<(at + length)])
                } else {
                    writeEscape(YAMLStyle.codePoint(bytes, at, length))
                }
            }
            at += length
        }
        output.append(0x22)
    }

    private mutating func writeEscape(_ scalar: UInt32) {
        raw(scalar < 0x100 ? "\\x" : "\\u")
        let digits = Text("0123456789ABCDEF")
        for shift in stride(from: scalar < 0x100 ? 4 : 12, through: 0, by: -4) {
            output.append(digits[Int(scalar >> UInt32(shift) & 15)])
        }
    }

    // MARK: Bytes

    private mutating func raw(_ literal: StaticString) {
        output.append(contentsOf: Text(literal).bytes)
    }

    private mutating func spaces(_ count: Int) {
        output.append(contentsOf: repeatElement(0x20, count: count))
    }

    private mutating func newLine() { output.append(0x0A) }
}
