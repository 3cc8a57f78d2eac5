/// The bytes that YAML may hold (YAML 1.2.2, section 5.1, as libyaml reads it).
///
/// libyaml names no line for bytes it cannot read, and takes time that grows with the square of the
/// number of `%TAG` lines; so both are looked for first.
enum YAMLBytes {
    /// `%TAG` lines in a stream; nobody needs more.
    private static let tagLines = 100

    /// Refuses what is not UTF-8, control characters, and too many `%TAG` lines.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(ParseError) {
        var at = 0
        var directives = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x25, startsTagLine(bytes, at) {
                directives += 1
                if directives > tagLines {
                    throw ParseError(
                        .unsupported, "more than \(tagLines) %TAG lines; remove them",
                        at: Position(of: at, in: bytes))
                }
            }
            if byte &- 0x20 <= 0x5E || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                at &+= 1
                continue
            }
            guard let length = JSONStringScan.characterLength(bytes, at) else {
                throw ParseError(
                    .encoding, "the bytes here are not UTF-8; save the file as UTF-8",
                    at: Position(of: at, in: bytes))
            }
            if isOldLineBreak(bytes, at, length) {
                throw ParseError(
                    .unsupported,
                    "this character is a line break in YAML 1.1 and text in 1.2; write it as an "
                        + "escape (\\N, \\L or \\P) in double quotes",
                    at: Position(of: at, in: bytes))
            }
            if !isAllowed(bytes, at, length) {
                throw ParseError(
                    .syntax,
                    "a control character cannot stand in YAML; write it as an escape in "
                        + "double quotes",
                    at: Position(of: at, in: bytes))
            }
            at += length
        }
    }

    private static func startsTagLine(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        (at == 0 || bytes[at - 1] == 0x0A || bytes[at - 1] == 0x0D || bytes[at - 1] == 0xBF)
            && Text(UnsafeRawBufferPointer(rebasing: bytes[at...].prefix(4))) == "%TAG"
    }

    /// NEL, LS and PS, which libyaml would fold away.
    private static func isOldLineBreak(
        _ bytes: UnsafeRawBufferPointer, _ at: Int, _ length: Int
    ) -> Bool {
        if length == 2 { return bytes[at] == 0xC2 && bytes[at + 1] == 0x85 }
        return length == 3 && bytes[at] == 0xE2 && bytes[at + 1] == 0x80
            && bytes[at + 2] & 0xFE == 0xA8
    }

    /// Whether a well-formed character other than printable ASCII may stand in the text.
    private static func isAllowed(
        _ bytes: UnsafeRawBufferPointer, _ at: Int, _ length: Int
    ) -> Bool {
        switch length {
        case 1: false
        case 2: bytes[at] != 0xC2 || bytes[at + 1] >= 0xA0
        case 3: !(bytes[at] == 0xEF && bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE)
        default: true
        }
    }

    /// The UTF-8 of UTF-16 with a byte order mark; nil for anything else.
    static func decodeUTF16(_ bytes: UnsafeRawBufferPointer) throws(ParseError) -> [UInt8]? {
        guard bytes.count >= 2 else { return nil }
        let isLittle = bytes[0] == 0xFF && bytes[1] == 0xFE
        guard isLittle || bytes[0] == 0xFE && bytes[1] == 0xFF else { return nil }
        func unit(_ at: Int) -> UInt32 {
            let (first, second) = (UInt32(bytes[at]), UInt32(bytes[at + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var at = 2
        while at + 1 < bytes.count {
            var scalar = unit(at)
            at += 2
            if scalar & 0xFC00 == 0xD800, at + 1 < bytes.count, unit(at) & 0xFC00 == 0xDC00 {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (unit(at) - 0xDC00)
                at += 2
            }
            guard let character = UnicodeScalar(scalar) else { throw malformed(result) }
            result.append(contentsOf: UTF8.encode(character).unsafelyUnwrapped)
        }
        if at < bytes.count { throw malformed(result) }
        return result
    }

    private static func malformed(_ decoded: [UInt8]) -> ParseError {
        ParseError(
            .encoding, "the bytes here are not UTF-16; save the file as UTF-8",
            at: decoded.withUnsafeBytes { Position(of: $0.count, in: $0) })
    }
}
