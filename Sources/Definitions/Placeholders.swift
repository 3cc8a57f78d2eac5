public import Documents

/// Text of a definition with `{path}` and `{secret.NAME}` placeholders, recognised once, when the
/// definition is compiled. Braces in data stay data.
///
/// A path is looked up in the context through objects only; one that leads nowhere stays as it is
/// written. A secret becomes a slot, which only a request that leaves fills in: see ``SecretSlots``.
public struct Placeholders: BitwiseCopyable, Sendable {
    struct Segment: BitwiseCopyable, Sendable {
        /// The text as written; of a secret, its name.
        var text: Text
        var path: MemberPath
        var kind: Kind

        enum Kind: UInt8 { case literal, path, secret }
    }

    let segments: Table<Segment>
    let source: Text

    /// Compiles a text, which must outlive the result (it belongs to the definition).
    public static func compile(_ text: Text, in arena: Arena) -> Placeholders {
        var segments: [Segment] = []
        var from = 0
        var at = 0
        while let found = next(in: text, from: at) {
            if found.lowerBound > from {
                segments.append(
                    .init(text: text[from..<found.lowerBound], path: .init(), kind: .literal))
            }
            let name = text[(found.lowerBound + 1)..<(found.upperBound - 1)]
            segments.append(segment(name, written: text[found], in: arena))
            from = found.upperBound
            at = from
        }
        if from < text.count {
            segments.append(.init(text: text[from..<text.count], path: .init(), kind: .literal))
        }
        return Placeholders(segments: Table(segments, in: arena), source: text)
    }

    /// A brace pair on one line with no brace inside.
    private static func next(in text: Text, from start: Int) -> Range<Int>? {
        var open: Int?
        for at in start..<max(start, text.count) {
            switch text[at] {
            case UInt8(ascii: "{"): open = at
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): open = nil
            case UInt8(ascii: "}"):
                if let open, at > open + 1 { return open..<(at + 1) }
                open = nil
            default: break
            }
        }
        return nil
    }

    private static func segment(_ name: Text, written: Text, in arena: Arena) -> Segment {
        for prefix: StaticString in ["secret.", "secrets."] {
            let prefix = Text(prefix)
            if name.count > prefix.count, name[0..<prefix.count] == prefix {
                return Segment(text: name[prefix.count..<name.count], path: .init(), kind: .secret)
            }
        }
        return Segment(text: written, path: MemberPath(dotted: name, in: arena), kind: .path)
    }

    /// The names of the secrets it mentions.
    public var secrets: [String] {
        segments.filter { $0.kind == .secret }.map { String($0.text) }
    }

    /// Whether it is plain text.
    public var isConstant: Bool { segments.allSatisfy { $0.kind == .literal } }

    /// The text over a context, with slots for its secrets.
    ///
    /// - Parameter escape: whether values from the context are percent-encoded for a URL.
    public func fill(_ context: Value, escape: Bool = false, in arena: Arena) -> Value {
        if segments.count == 1, segments[0].kind == .literal { return .string(source) }
        var output: [UInt8] = []
        for segment in segments {
            switch segment.kind {
            case .literal: output.append(contentsOf: segment.text.bytes)
            case .secret: SecretSlots.append(segment.text, to: &output)
            case .path:
                if let value = context.at(segment.path) {
                    ECMAScriptText.append(value, to: &output, percentEncoded: escape)
                } else {
                    output.append(contentsOf: segment.text.bytes)
                }
            }
        }
        return output.withUnsafeBytes { arena.string($0) }
    }
}

/// Secrets travel through values as slots: a byte that UTF-8 never uses, the name, another such
/// byte. No data can hold a slot, because all data is checked to be UTF-8 when it is parsed.
public enum SecretSlots {
    static let open: UInt8 = 0xFF
    static let close: UInt8 = 0xFE

    static func append(_ name: Text, to output: inout [UInt8]) {
        output.append(open)
        output.append(contentsOf: name.bytes)
        output.append(close)
    }

    /// A definition's text with each `{secret.NAME}` made a slot, for texts that are no template
    /// themselves, such as a JMESPath mapping. The text itself when it mentions no secret.
    public static func marking(_ text: Text, in arena: Arena) -> Text {
        let compiled = Placeholders.compile(text, in: arena)
        guard !compiled.secrets.isEmpty else { return text }
        var output: [UInt8] = []
        for segment in compiled.segments {
            if segment.kind == .secret {
                append(segment.text, to: &output)
            } else {
                output.append(contentsOf: segment.text.bytes)
            }
        }
        return output.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    /// The bytes with each slot replaced by what `secret` gives for its name. Without a value the
    /// slot becomes empty, as in Ballerine.
    public static func filling(_ bytes: [UInt8], with secret: (String) -> [UInt8]?) -> [UInt8] {
        guard bytes.contains(open) else { return bytes }
        var output: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == open, let end = bytes[at...].firstIndex(of: close) {
                let name = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
                output.append(contentsOf: secret(name) ?? [])
                at = end + 1
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return output
    }

    /// The bytes with each slot written as `{secret.NAME}` again: how evidence and messages show it.
    public static func showing(_ bytes: [UInt8]) -> [UInt8] {
        filling(bytes) { Array("{secret.\($0)}".utf8) }
    }
}

/// Values as ECMAScript's `String(value)` writes them.
public enum ECMAScriptText {
    /// The UTF-8 bytes of `String(value)`.
    public static func bytes(of value: Value) -> [UInt8] {
        var output: [UInt8] = []
        write(value, to: &output)
        return output
    }

    static func append(_ value: Value, to output: inout [UInt8], percentEncoded: Bool = false) {
        var text: [UInt8] = []
        write(value, to: &text)
        guard percentEncoded else {
            output.append(contentsOf: text)
            return
        }
        for byte in text { appendEncoded(byte, to: &output) }
    }

    private static func write(_ value: Value, to output: inout [UInt8]) {
        switch value.kind {
        case .string: output.append(contentsOf: value.text.unsafelyUnwrapped.bytes)
        case .object: output.append(contentsOf: "[object Object]".utf8)
        case .array:
            for (index, element) in value.array.unsafelyUnwrapped.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                if !element.isNull { write(element, to: &output) }
            }
        default: output.append(contentsOf: JSONWriter.line(value).utf8)
        }
    }

    /// RFC 3986: everything but unreserved characters is encoded, `/` too, so that data cannot
    /// change the path or the host of a URL.
    static func appendEncoded(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            output.append(UInt8(ascii: "%"))
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }
}
