internal import Documents

/// A compiled key of a condition: `pluginsOutput.registry.data[0].name`.
///
/// Read as lodash's `get` does, which Ballerine uses: a member named by the whole key comes first;
/// else dots and brackets part the steps, an array or string has `length` and indexes without
/// leading zeros, and an empty key is a member named "". Inherited members of ECMAScript objects do
/// not exist.
struct KeyPath: BitwiseCopyable, @unchecked Sendable {
    struct Step: BitwiseCopyable {
        var key: Key
        /// The index that the key spells, or -1.
        var index: Int
        var isLength: Bool
    }

    /// The key as written.
    let key: Key
    let steps: UnsafePointer<Step>
    let count: Int

    static let empty = KeyPath(key: Key(""), steps: noSteps, count: 0)

    private static var noSteps: UnsafePointer<Step> {
        UnsafePointer(bitPattern: 16).unsafelyUnwrapped
    }

    private init(key: Key, steps: UnsafePointer<Step>, count: Int) {
        self.key = key
        self.steps = steps
        self.count = count
    }

    /// A key over bytes that live as long as the arena.
    init(_ text: Text, in arena: Arena) {
        var scan = KeyScan(text: text, arena: arena)
        let parts = scan.isDeep ? scan.parts() : [text]
        let room = arena.allocate(parts.count * MemoryLayout<Step>.stride)
            .assumingMemoryBound(to: Step.self)
        for (at, part) in parts.enumerated() {
            (room + at).initialize(
                to: Step(key: Key(part), index: Self.index(part), isLength: part == "length"))
        }
        self.init(key: Key(text), steps: UnsafePointer(room), count: parts.count)
    }

    /// The value at the path; nil when there is none.
    @inline(__always)
    func resolve(in data: Value) -> Value? {
        if count != 1, let whole = data[key] { return whole }
        var value = data
        var at = 0
        while at < count {
            guard let next = Self.step(steps + at, from: value) else { return nil }
            value = next
            at &+= 1
        }
        return count == 0 ? nil : value
    }

    @inline(__always)
    private static func step(_ step: UnsafePointer<Step>, from value: Value) -> Value? {
        if value.kind == .object { return value[step.pointee.key] }
        return element(step, of: value)
    }

    @inline(never)
    private static func element(_ step: UnsafePointer<Step>, of value: Value) -> Value? {
        if let array = value.array {
            if step.pointee.isLength { return .integer(array.count) }
            return value[step.pointee.index]
        }
        guard let text = value.text else { return nil }
        return step.pointee.isLength
            ? .integer(text.utf16Count) : text.utf16Unit(at: step.pointee.index)
    }

    /// A canonical array index, or -1.
    private static func index(_ text: Text) -> Int {
        guard text.count > 0, text.count <= 10, text.count == 1 || text[0] != 0x30 else {
            return -1
        }
        var index = 0
        for byte in text.bytes {
            guard byte >= 0x30, byte <= 0x39 else { return -1 }
            index = index * 10 + Int(byte - 0x30)
        }
        return index
    }
}

/// Parts a key into steps by the grammar of lodash's property paths.
private struct KeyScan {
    let text: Text
    let arena: Arena
    var at = 0

    init(text: Text, arena: Arena) {
        self.text = text
        self.arena = arena
    }

    /// Whether the key is more than one plain name: it has a dot, or a bracket that is closed.
    var isDeep: Bool {
        var open = false
        for byte in text.bytes {
            if byte == 0x2E { return true }
            if byte == 0x5B { open = true }
            if byte == 0x5D, open { return true }
        }
        return false
    }

    mutating func parts() -> [Text] {
        var parts: [Text] = []
        if text[0] == 0x2E { parts.append(Text("")) }
        while at < text.count {
            if !isMark(text[at]) {
                let start = at
                while at < text.count, !isMark(text[at]) { at += 1 }
                parts.append(text[start..<at])
            } else if text[at] == 0x5B, let part = bracketed() {
                parts.append(part)
            } else {
                if isEmptyStep { parts.append(Text("")) }
                at += 1
            }
        }
        return parts
    }

    private func isMark(_ byte: UInt8) -> Bool { byte == 0x2E || byte == 0x5B || byte == 0x5D }

    /// `[3]`, `[-1.5]`, `["quoted"]`; moves past it.
    private mutating func bracketed() -> Text? {
        var end = at + 1
        guard end < text.count else { return nil }
        if text[end] == 0x22 || text[end] == 0x27 { return quoted() }
        if text[end] == 0x2D { end += 1 }
        let digits = end
        while end < text.count, text[end] &- 0x30 <= 9 { end += 1 }
        guard end > digits else { return nil }
        if end + 1 < text.count, text[end] == 0x2E, text[end + 1] &- 0x30 <= 9 {
            end += 1
            while end < text.count, text[end] &- 0x30 <= 9 { end += 1 }
        }
        guard end < text.count, text[end] == 0x5D else { return nil }
        defer { at = end + 1 }
        return text[(at + 1)..<end]
    }

    private mutating func quoted() -> Text? {
        let quote = text[at + 1]
        var end = at + 2
        var bytes: [UInt8] = []
        while end < text.count, text[end] != quote {
            if text[end] == 0x5C, end + 1 < text.count { end += 1 }
            bytes.append(text[end])
            end += 1
        }
        guard end + 1 < text.count, text[end + 1] == 0x5D else { return nil }
        at = end + 2
        return bytes.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    /// Whether an empty name stands here: two separators in a row, or one at the end.
    private var isEmptyStep: Bool {
        guard let first = separator(at) else { return false }
        return first == text.count || separator(first) != nil
    }

    private func separator(_ position: Int) -> Int? {
        guard position < text.count else { return nil }
        if text[position] == 0x2E { return position + 1 }
        guard position + 1 < text.count, text[position] == 0x5B, text[position + 1] == 0x5D else {
            return nil
        }
        return position + 2
    }
}

extension Text {
    /// The length in UTF-16 code units.
    var utf16Count: Int {
        var n = 0
        for byte in bytes where byte & 0xC0 != 0x80 { n += byte >= 0xF0 ? 2 : 1 }
        return n
    }

    /// The character at a UTF-16 position, nil outside and within a surrogate pair.
    func utf16Unit(at position: Int) -> Value? {
        guard position >= 0 else { return nil }
        var unit = 0
        var offset = 0
        while offset < count {
            let size =
                self[offset] < 0x80 ? 1 : self[offset] < 0xE0 ? 2 : self[offset] < 0xF0 ? 3 : 4
            if unit == position {
                return size == 4 ? nil : .string(self[offset..<(offset + size)])
            }
            unit += size == 4 ? 2 : 1
            offset += size
        }
        return nil
    }
}
