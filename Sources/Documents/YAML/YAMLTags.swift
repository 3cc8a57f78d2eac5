/// Tags: those of the core schema are honoured, others ignored with a warning.
extension YAMLBuilder {
    private static let standard = Text("tag:yaml.org,2002:")

    /// The part of a tag after YAML's own prefix, or nil for other tags.
    private func standardName(_ tag: Text) -> Text? {
        let prefix = Self.standard
        guard tag.count > prefix.count, tag[0..<prefix.count] == prefix else { return nil }
        return tag[prefix.count..<tag.count]
    }

    /// The value of a scalar.
    mutating func resolve(
        _ text: Text, isPlain: Bool, tag: Text?, isKey: Bool, at position: Position
    ) throws(ParseError) -> Value {
        guard let tag else {
            return isPlain ? try resolvePlain(text, isKey: isKey, at: position) : string(text)
        }
        guard let name = standardName(tag) else {
            if tag != Text("!") { warnIgnored(tag, at: position) }
            return string(text)
        }
        if name == "str" || name == "merge" { return string(text) }
        guard name == "int" || name == "float" || name == "bool" || name == "null" else {
            if name == "map" || name == "seq" { throw mismatch(tag, at: position) }
            warnIgnored(tag, at: position)
            return string(text)
        }
        let value = try resolvePlain(text, isKey: isKey, at: position)
        let fits =
            switch value.kind {
            case .null: name == "null"
            case .bool: name == "bool"
            case .integer: name == "int" || name == "float"
            case .decimal: name == "float" || name == "int" && value.isSpelledWhole
            default: false
            }
        if !fits { throw mismatch(tag, at: position) }
        return value
    }

    private mutating func resolvePlain(
        _ text: Text, isKey: Bool, at position: Position
    ) throws(ParseError) -> Value {
        switch YAMLScalars.resolve(text, in: arena) {
        case .string: return string(text)
        case .value(let value): return value
        case .leadingZeros(let value):
            if !isKey {
                warn(
                    "DOC010",
                    "\(text) reads as the number \(JSONWriter.line(value)); put it in quotes if "
                        + "it is an identifier",
                    at: position)
            }
            return value
        case .nonFinite:
            throw ParseError(
                .unsupported,
                "\(text) is not a number that JSON has; put it in quotes if it is text",
                at: position)
        case .tooLong:
            throw ParseError(
                .unsupported, "an integer of more than 64 digits; put it in quotes", at: position)
        }
    }

    /// Refuses a core tag on the wrong kind of collection.
    mutating func check(
        _ tag: Text?, of kind: Collection, at position: Position
    ) throws(ParseError) {
        guard let tag, tag != Text("!") else { return }
        guard let name = standardName(tag) else { return warnIgnored(tag, at: position) }
        if name == (kind == .mapping ? "map" : "seq") { return }
        for other in ["map", "seq", "str", "int", "float", "bool", "null"] as [StaticString]
        where name == other {
            throw mismatch(tag, at: position)
        }
        warnIgnored(tag, at: position)
    }

    private func string(_ text: Text) -> Value {
        text.isEmpty ? .emptyString : arena.string(text.bytes)
    }

    private mutating func warnIgnored(_ tag: Text, at position: Position) {
        warn("DOC011", "the tag '\(tag)' is ignored; remove it", at: position)
    }

    private func mismatch(_ tag: Text, at position: Position) -> ParseError {
        ParseError(
            .unsupported, "the value does not fit its tag '\(tag)'; remove the tag", at: position)
    }
}

extension Value {
    /// Whether a number kept as text has only digits.
    var isSpelledWhole: Bool {
        spelling?.bytes.allSatisfy { $0 == 0x2D || $0 &- 0x30 <= 9 } ?? false
    }
}
