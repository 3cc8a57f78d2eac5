internal import Documents

/// Values as ECMAScript's `String(value)` writes them.
enum Spelling {
    /// The text of a value; a view of the value's own bytes where it is a string.
    static func text(_ value: Value, in arena: Arena) -> Text {
        if let text = value.text { return text }
        let space = arena.allocate(room(value))
        return Text(start: UnsafeRawPointer(space), count: write(value, at: space))
    }

    /// An upper bound on the bytes that ``write(_:at:)`` takes.
    static func room(_ value: Value) -> Int {
        switch value.kind {
        case .null, .bool: return 5
        case .integer, .double, .decimal: return 32
        case .string: return value.count
        case .array:
            var total = 0
            for element in value.array.unsafelyUnwrapped { total += 1 + room(element) }
            return total
        case .object: return 15
        }
    }

    /// Writes the text of a value and returns its length in bytes.
    static func write(_ value: Value, at target: UnsafeMutableRawPointer) -> Int {
        switch value.kind {
        case .null: return put(Text("null"), target)
        case .bool: return put(value.bool.unsafelyUnwrapped ? Text("true") : Text("false"), target)
        case .integer, .double, .decimal: return writeNumber(value, target)
        case .string: return put(value.text.unsafelyUnwrapped, target)
        case .array:
            var size = 0
            var first = true
            for element in value.array.unsafelyUnwrapped {
                if !first { size += put(Text(","), target + size) }
                first = false
                size += writeJoined(element, at: target + size)
            }
            return size
        case .object: return put(Text("[object Object]"), target)
        }
    }

    /// As an element of `join`: null and undefined are empty.
    static func writeJoined(_ value: Value, at target: UnsafeMutableRawPointer) -> Int {
        value.isNull || ECMAScript.isUndefined(value) ? 0 : write(value, at: target)
    }

    private static func put(_ text: Text, _ target: UnsafeMutableRawPointer) -> Int {
        target.copyMemory(from: text.start, byteCount: text.count)
        return text.count
    }

    private static func writeNumber(_ value: Value, _ target: UnsafeMutableRawPointer) -> Int {
        if ECMAScript.isUndefined(value) { return put(Text("undefined"), target) }
        let number = value.number.unsafelyUnwrapped
        if let whole = Int(exactly: number), whole > -1 << 53, whole < 1 << 53 {
            return writeWhole(whole, target)
        }
        var size = 0
        for byte in Numbers.spell(number).utf8 {
            target.storeBytes(of: byte, toByteOffset: size, as: UInt8.self)
            size += 1
        }
        return size
    }

    private static func writeWhole(_ whole: Int, _ target: UnsafeMutableRawPointer) -> Int {
        var rest = whole.magnitude
        var count = 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        let sign = whole < 0 ? 1 : 0
        if sign == 1 { target.storeBytes(of: 0x2D, as: UInt8.self) }
        rest = whole.magnitude
        for offset in stride(from: count - 1, through: 0, by: -1) {
            target.storeBytes(
                of: 0x30 + UInt8(rest % 10), toByteOffset: sign + offset, as: UInt8.self)
            rest /= 10
        }
        return sign + count
    }
}
