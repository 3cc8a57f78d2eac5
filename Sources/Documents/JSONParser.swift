/// Parses JSON (RFC 8259) into an arena in one pass, keeping order and the spelling of numbers.
///
/// Keep one parser a worker and reuse it: its scratch memory stays. Strings without escapes point
/// into the input, so the input must live as long as the values, which ``parse(copying:into:)``
/// sees to.
public struct JSONParser {
    /// What happens to a key that an object has twice.
    public enum DuplicateKeys: Sendable {
        /// The text is refused.
        case refused
        /// The last value stands, in the place of the first, as in ECMAScript.
        case lastWins
    }

    /// Bounds on the input.
    public var limits: ParseLimits
    /// What happens to a key that an object has twice.
    public var duplicateKeys: DuplicateKeys

    private var values: [Value] = []
    private var members: [Member] = []
    private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private var at = 0
    private var depth = 0
    private var nodes = 0
    private var places: PlaceRecorder?

    /// A parser with its limits.
    public init(limits: ParseLimits = ParseLimits(), duplicateKeys: DuplicateKeys = .refused) {
        self.limits = limits
        self.duplicateKeys = duplicateKeys
    }

    /// Parses a copy of the bytes, which the arena keeps.
    public mutating func parse(
        copying bytes: UnsafeRawBufferPointer, into arena: Arena
    ) throws(ParseError) -> Value {
        guard bytes.count <= limits.bytes else { throw tooLarge(bytes.count) }
        let copy = arena.copy(bytes)
        return try parse(UnsafeRawBufferPointer(start: copy, count: bytes.count), into: arena)
    }

    /// Parses a copy of the bytes, which the arena keeps.
    public mutating func parse(
        _ bytes: [UInt8], into arena: Arena
    ) throws(ParseError) -> Value {
        let result = bytes.withUnsafeBytes { raw -> Result<Value, ParseError> in
            do throws(ParseError) {
                return .success(try parse(copying: raw, into: arena))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Parses a copy of a Swift string's UTF-8.
    public mutating func parse(
        _ string: String, into arena: Arena
    ) throws(ParseError) -> Value {
        try parse(Array(string.utf8), into: arena)
    }

    /// Parses bytes that outlive the arena's values.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer, into arena: Arena
    ) throws(ParseError) -> Value {
        guard bytes.count <= limits.bytes else { throw tooLarge(bytes.count) }
        self.bytes = bytes
        at = 0
        depth = 0
        nodes = 0
        values.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { at = 3 }
        skipSpace()
        let value = try parseValue(arena)
        skipSpace()
        if at < bytes.count { throw error("expected the end of the text") }
        return value
    }

    /// Parses a copy of the bytes into an arena of its own, with the place of every value and key.
    /// A key that stands twice is refused, since its value would have two places.
    public mutating func parseSource(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(ParseError) -> Source {
        guard bytes.count <= limits.bytes else { throw tooLarge(bytes.count) }
        let kept = duplicateKeys
        duplicateKeys = .refused
        places = PlaceRecorder()
        defer {
            duplicateKeys = kept
            places = nil
        }
        let arena = Arena(chunkBytes: max(1024, min(bytes.count * 2, 4 << 20)))
        let value = try parse(copying: bytes, into: arena)
        return Source(file: file, arena: arena, value: value, places: places?.places ?? [])
    }

    // MARK: Values

    private mutating func parseValue(_ arena: Arena) throws(ParseError) -> Value {
        guard at < bytes.count else { throw error("the text ends where a value is expected") }
        guard places != nil else { return try parseUnplaced(arena) }
        let entry = places?.begin(at, in: bytes) ?? 0
        let value = try parseUnplaced(arena)
        places?.end(entry)
        return value
    }

    @inline(__always)
    private mutating func parseUnplaced(_ arena: Arena) throws(ParseError) -> Value {
        nodes += 1
        if nodes > limits.nodes {
            throw error(.tooManyNodes, "more than \(limits.nodes) values; split the file")
        }
        switch bytes[at] {
        case 0x22: return .string(try parseString(arena))
        case 0x7B: return try parseObject(arena)
        case 0x5B: return try parseArray(arena)
        case 0x74:
            try expect("true")
            return .true
        case 0x66:
            try expect("false")
            return .false
        case 0x6E:
            try expect("null")
            return .null
        case 0x2D, 0x30...0x39: return try parseNumber(arena)
        default: throw error("expected a value")
        }
    }

    private mutating func parseArray(_ arena: Arena) throws(ParseError) -> Value {
        try descend()
        let base = values.count
        skipSpace()
        if !take(0x5D) {
            while true {
                let value = try parseValue(arena)
                values.append(value)
                skipSpace()
                if take(0x2C) {
                    skipSpace()
                    continue
                }
                guard take(0x5D) else { throw error("expected ',' or ']'") }
                break
            }
        }
        depth -= 1
        let result = arena.array(values[base...])
        values.removeSubrange(base...)
        return result
    }

    private mutating func parseObject(_ arena: Arena) throws(ParseError) -> Value {
        try descend()
        let base = members.count
        skipSpace()
        if !take(0x7D) {
            while true {
                guard at < bytes.count, bytes[at] == 0x22 else {
                    throw error("expected a key in double quotes")
                }
                let keyStart = at
                if places != nil { _ = places?.begin(at, in: bytes) }
                let key = Key(try parseString(arena))
                skipSpace()
                guard take(0x3A) else { throw error("expected ':' after the key") }
                skipSpace()
                let value = try parseValue(arena)
                try add(Member(key, value), from: base, keyStart: keyStart)
                skipSpace()
                if take(0x2C) {
                    skipSpace()
                    continue
                }
                guard take(0x7D) else { throw error("expected ',' or '}'") }
                break
            }
        }
        depth -= 1
        var result = arena.object(members[base...])
        if result.hasRepeatedKeys {
            try resolveDuplicates(from: base)
            result = arena.object(members[base...])
        }
        members.removeSubrange(base...)
        return result
    }

    /// Adds a member; small objects look for the same key at once, large ones when they end.
    private mutating func add(
        _ member: Member, from base: Int, keyStart: Int
    ) throws(ParseError) {
        if members.count - base <= Member.indexThreshold {
            var index = base
            while index < members.count {
                if members[index].keyHash == member.keyHash, members[index].key == member.key {
                    if duplicateKeys == .refused {
                        at = keyStart
                        throw duplicate(member.key)
                    }
                    members[index] = member
                    return
                }
                index += 1
            }
        }
        members.append(member)
    }

    /// Refuses the first key that stands again, or lets its last value stand in the first place.
    private mutating func resolveDuplicates(from base: Int) throws(ParseError) {
        var positions: [Text: Int] = [:]
        var kept: [Member] = []
        for member in members[base...] {
            guard let position = positions[member.key] else {
                positions[member.key] = kept.count
                kept.append(member)
                continue
            }
            if duplicateKeys == .refused {
                at = offset(ofKey: member.key)
                throw duplicate(member.key)
            }
            kept[position] = Member(member.lookup, member.value)
        }
        members.replaceSubrange(base..., with: kept)
    }

    /// Where a key stands; a key with escapes was written anew, and its object's end has to do.
    private func offset(ofKey key: Text) -> Int {
        guard let base = bytes.baseAddress, key.start > base, key.start < base + bytes.count else {
            return at
        }
        return key.start - base - 1
    }

    private mutating func descend() throws(ParseError) {
        depth += 1
        if depth > limits.depth {
            throw error(.tooDeep, "nested deeper than \(limits.depth) levels")
        }
        at += 1
    }

    // MARK: Scalars

    private mutating func parseNumber(_ arena: Arena) throws(ParseError) -> Value {
        let start = at
        let negative = take(0x2D)
        var magnitude: UInt64 = 0
        let firstDigit = at
        while at < bytes.count, bytes[at] &- 0x30 <= 9 {
            magnitude = magnitude &* 10 &+ UInt64(bytes[at] &- 0x30)
            at += 1
        }
        let digits = at - firstDigit
        if digits == 0 { throw error("expected a digit") }
        if digits > 1 && bytes[firstDigit] == 0x30 {
            at = firstDigit
            throw error("a number does not start with 0")
        }
        var plain = digits <= 18 && !(negative && magnitude == 0)
        if take(0x2E) {
            plain = false
            try digitsExpected()
        }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            plain = false
            at += 1
            if at < bytes.count, bytes[at] == 0x2B || bytes[at] == 0x2D { at += 1 }
            try digitsExpected()
        }
        if plain { return .integer(negative ? -Int(magnitude) : Int(magnitude)) }
        let spelling = Text(UnsafeRawBufferPointer(rebasing: bytes[start..<at]))
        return arena.decimal(spelling: spelling, nearest: Numbers.double(spelling))
    }

    private mutating func digitsExpected() throws(ParseError) {
        let start = at
        while at < bytes.count, bytes[at] &- 0x30 <= 9 { at += 1 }
        if at == start { throw error("expected a digit") }
    }

    private mutating func parseString(_ arena: Arena) throws(ParseError) -> Text {
        at += 1
        let start = at
        while true {
            at = JSONStringScan.plainEnd(bytes, at)
            guard at < bytes.count else { throw error("the text ends inside a string") }
            let byte = bytes[at]
            if byte == 0x22 {
                let text = Text(UnsafeRawBufferPointer(rebasing: bytes[start..<at]))
                at += 1
                return text
            }
            if byte == 0x5C { return try parseEscapedString(from: start, arena) }
            if byte < 0x20 { throw error("a control character in a string must be escaped") }
            at = JSONStringScan.wideEnd(bytes, at)
            if at < bytes.count, bytes[at] >= 0x80 { try skipCharacter() }
        }
    }

    /// Continues a string at its first escape, writing it anew.
    private mutating func parseEscapedString(
        from start: Int, _ arena: Arena
    ) throws(ParseError) -> Text {
        var end = at
        while end < bytes.count, bytes[end] != 0x22 { end += bytes[end] == 0x5C ? 2 : 1 }
        guard end < bytes.count else {
            at = bytes.count
            throw error("the text ends inside a string")
        }
        let target = arena.allocate(end - start)
        target.copyMemory(from: bytes.baseAddress! + start, byteCount: at - start)
        var size = at - start
        while at < end {
            let byte = bytes[at]
            if byte == 0x5C {
                let scalar = try parseEscape()
                size += JSONStringScan.encode(scalar, at: target + size)
            } else if byte < 0x20 {
                throw error("a control character in a string must be escaped")
            } else {
                let from = at
                if byte < 0x80 { at += 1 } else { try skipCharacter() }
                (target + size).copyMemory(from: bytes.baseAddress! + from, byteCount: at - from)
                size += at - from
            }
        }
        at = end + 1
        return Text(start: UnsafeRawPointer(target), count: size)
    }

    private mutating func parseEscape() throws(ParseError) -> UInt32 {
        at += 2
        switch bytes[at - 1] {
        case 0x22: return 0x22
        case 0x5C: return 0x5C
        case 0x2F: return 0x2F
        case 0x62: return 8
        case 0x66: return 12
        case 0x6E: return 10
        case 0x72: return 13
        case 0x74: return 9
        case 0x75: break
        default:
            at -= 2
            throw error("unknown escape in a string")
        }
        let high = try hexadecimal()
        guard high & 0xF800 == 0xD800 else { return high }
        guard high < 0xDC00, at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 else {
            throw error(.encoding, "half of a surrogate pair stands alone in a string")
        }
        at += 2
        let low = try hexadecimal()
        guard low & 0xFC00 == 0xDC00 else {
            throw error(.encoding, "half of a surrogate pair stands alone in a string")
        }
        return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
    }

    private mutating func hexadecimal() throws(ParseError) -> UInt32 {
        var result: UInt32 = 0
        for _ in 0..<4 {
            guard at < bytes.count, let digit = JSONStringScan.hexadecimalDigit(bytes[at]) else {
                throw error("expected four hexadecimal digits after \\u")
            }
            result = result << 4 | digit
            at += 1
        }
        return result
    }

    private mutating func skipCharacter() throws(ParseError) {
        guard let length = JSONStringScan.characterLength(bytes, at) else {
            throw error(.encoding, "the bytes here are not UTF-8; save the file as UTF-8")
        }
        at += length
    }

    private mutating func expect(_ literal: StaticString) throws(ParseError) {
        let word = Text(literal)
        guard at + word.count <= bytes.count,
            Text(UnsafeRawBufferPointer(rebasing: bytes[at..<(at + word.count)])) == word
        else { throw error("expected a value") }
        at += word.count
    }

    // MARK: Bytes

    @inline(__always)
    private mutating func skipSpace() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at &+= 1
        }
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at &+= 1
        return true
    }

    // MARK: Errors

    private func error(_ message: String) -> ParseError { error(.syntax, message) }

    private func error(_ code: ParseError.Code, _ message: String) -> ParseError {
        ParseError(code, message, at: Position(of: at, in: bytes))
    }

    private func duplicate(_ key: Text) -> ParseError {
        error(.duplicateKey, "the key '\(key)' stands twice in one object; remove one")
    }

    private func tooLarge(_ count: Int) -> ParseError {
        ParseError(
            .tooLarge, "\(count) bytes, more than the limit of \(limits.bytes)",
            at: Position(line: 1, column: 1))
    }
}
