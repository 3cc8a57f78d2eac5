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
    /// What it always is, of one without paths.
    let fixed: Text?

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
        return Placeholders(
            segments: Table(segments, in: arena), source: text, fixed: fixed(segments, text, arena))
    }

    private static func fixed(_ segments: [Segment], _ text: Text, _ arena: Arena) -> Text? {
        if segments.contains(where: { $0.kind == .path }) { return nil }
        if !segments.contains(where: { $0.kind == .secret }) { return text }
        var output = TextSpace(text.count, in: arena)
        for segment in segments {
            if segment.kind == .secret {
                SecretSlots.append(segment.text, to: &output)
            } else {
                output.append(segment.text)
            }
        }
        return output.finish()
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

    /// The text over a context, with slots for its secrets.
    ///
    /// - Parameter escape: whether values from the context are percent-encoded for a URL.
    public func fill(_ context: Value, escape: Bool = false, in arena: Arena) -> Value {
        if let fixed { return .string(fixed) }
        var output = TextSpace(source.count + 64, in: arena)
        for segment in segments {
            switch segment.kind {
            case .literal: output.append(segment.text)
            case .secret: SecretSlots.append(segment.text, to: &output)
            case .path:
                if let value = context.at(segment.path) {
                    ECMAScriptText.append(value, to: &output, percentEncoded: escape)
                } else {
                    output.append(segment.text)
                }
            }
        }
        return .string(output.finish())
    }
}

/// Secrets travel through values as slots: a byte that UTF-8 never uses, the name, another such
/// byte. No data can hold a slot, because all data is checked to be UTF-8 when it is parsed.
public enum SecretSlots {
    static let open: UInt8 = 0xFF
    static let close: UInt8 = 0xFE

    static func append(_ name: Text, to output: inout TextSpace) {
        output.append(open)
        output.append(name)
        output.append(close)
    }

    /// A definition's text with each `{secret.NAME}` made a slot, for texts that are no template
    /// themselves, such as a JMESPath mapping. The text itself when it mentions no secret.
    public static func marking(_ text: Text, in arena: Arena) -> Text {
        let compiled = Placeholders.compile(text, in: arena)
        guard !compiled.secrets.isEmpty else { return text }
        var output = TextSpace(text.count, in: arena)
        for segment in compiled.segments {
            if segment.kind == .secret {
                append(segment.text, to: &output)
            } else {
                output.append(segment.text)
            }
        }
        return output.finish()
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
        let arena = Arena(chunkBytes: 1024)
        var output = TextSpace(256, in: arena)
        append(value, to: &output)
        return Array(output.finish().bytes)
    }

    /// Appends the UTF-8 bytes of `String(value)`.
    ///
    /// - Parameter percentEncoded: RFC 3986: everything but unreserved characters is encoded, `/`
    ///   too, so that data cannot change the path or the host of a URL.
    public static func append(
        _ value: Value, to output: inout TextSpace, percentEncoded: Bool = false
    ) {
        switch value.kind {
        case .string:
            let text = value.text.unsafelyUnwrapped
            if percentEncoded { encode(text, to: &output) } else { output.append(text) }
        case .array:
            for (index, element) in value.array.unsafelyUnwrapped.enumerated() {
                if index > 0 { append(.string(","), to: &output, percentEncoded: percentEncoded) }
                if !element.isNull { append(element, to: &output, percentEncoded: percentEncoded) }
            }
        case .object:
            append(.string("[object Object]"), to: &output, percentEncoded: percentEncoded)
        default:
            var line = JSONWriter.line(value)
            line.withUTF8 { bytes in
                let text = Text(UnsafeRawBufferPointer(bytes))
                if percentEncoded { encode(text, to: &output) } else { output.append(text) }
            }
        }
    }

    private static func encode(_ text: Text, to output: inout TextSpace) {
        for byte in text.bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
            default: output.append(percentEncoded: byte)
            }
        }
    }
}
