/// Writes JSON. The same value gives the same bytes on every machine.
///
/// Values can be written whole, or an object and its members one by one for records whose keys have
/// a documented order.
public struct JSONWriter {
    /// How the text is laid out.
    public enum Layout: Sendable {
        /// One line, no spaces.
        case compact
        /// Two spaces of indent a level.
        case indented
    }

    /// The order in which the members of a value are written.
    public enum KeyOrder: Sendable {
        /// As they stand.
        case insertion
        /// By the bytes of the key.
        case sorted
    }

    private let layout: Layout
    private let order: KeyOrder
    private var output: [UInt8]
    private var depth = 0
    private var isFirst = true

    /// Whether a NaN or an infinity was met; it was written as `null`, as ECMAScript does.
    public private(set) var metNonFinite = false

    /// An empty writer.
    public init(_ layout: Layout = .compact, keys order: KeyOrder = .insertion) {
        self.layout = layout
        self.order = order
        output = []
        output.reserveCapacity(1024)
    }

    /// The text written so far.
    public var bytes: [UInt8] { output }

    /// The text written so far, as a string.
    public var string: String { String(decoding: output, as: UTF8.self) }

    /// Forgets the text and keeps the memory.
    public mutating func reset() {
        output.removeAll(keepingCapacity: true)
        depth = 0
        isFirst = true
        metNonFinite = false
    }

    /// The canonical file of a value: sorted keys, two-space indent, one newline at the end.
    public static func canonicalFile(_ value: Value) -> [UInt8] {
        var writer = JSONWriter(.indented, keys: .sorted)
        writer.write(value)
        writer.endLine()
        return writer.output
    }

    /// A value on one line, keys as they stand.
    public static func line(_ value: Value) -> String {
        var writer = JSONWriter()
        writer.write(value)
        return writer.string
    }

    // MARK: Piece by piece

    /// Starts an object; members follow through ``key(_:)``.
    public mutating func beginObject() { open(0x7B) }
    /// Ends the object started last.
    public mutating func endObject() { close(0x7D) }
    /// Starts an array; elements follow through ``element()`` and a write.
    public mutating func beginArray() { open(0x5B) }
    /// Ends the array started last.
    public mutating func endArray() { close(0x5D) }

    /// Writes a key; its value must follow.
    public mutating func key(_ text: Text) {
        separate()
        writeString(text)
        output.append(0x3A)
        if layout == .indented { output.append(0x20) }
    }

    /// Writes a literal key; its value must follow.
    public mutating func key(_ literal: StaticString) { key(Text(literal)) }

    /// Announces the next element of an array.
    public mutating func element() { separate() }

    /// Ends the line: a newline byte.
    public mutating func endLine() {
        output.append(0x0A)
        isFirst = true
    }

    // MARK: Values

    /// Writes a value.
    public mutating func write(_ value: Value) {
        switch value.kind {
        case .null: raw("null")
        case .bool: raw(value.bool == true ? "true" : "false")
        case .integer: write(value.integer ?? 0)
        case .double: writeDouble(value.number ?? 0)
        case .decimal: append(value.spelling.unsafelyUnwrapped)
        case .string: writeString(value.text.unsafelyUnwrapped)
        case .array:
            beginArray()
            for element in value.array.unsafelyUnwrapped {
                separate()
                write(element)
            }
            endArray()
        case .object: writeObject(value)
        }
    }

    /// Writes a whole number.
    public mutating func write(_ value: Int) {
        if value >= 0 && value < 10 {
            output.append(0x30 + UInt8(value))
        } else {
            JSONWriter.spell(UInt64(value.magnitude), decimals: 0, isNegative: value < 0) {
                output.append(contentsOf: $0)
            }
        }
    }

    /// Writes a string.
    public mutating func write(_ string: some StringProtocol) {
        var string = String(string)
        string.withUTF8 { writeString(Text(UnsafeRawBufferPointer($0))) }
    }

    /// Writes `true` or `false`.
    public mutating func write(_ bool: Bool) { raw(bool ? "true" : "false") }

    /// Writes a string of UTF-8 bytes.
    public mutating func write(_ text: Text) { writeString(text) }

    private mutating func writeObject(_ value: Value) {
        let members = value.members.unsafelyUnwrapped
        beginObject()
        if order == .insertion || members.count < 2 {
            for member in members {
                key(member.key)
                write(member.value)
            }
        } else {
            for index in members.indices.sorted(by: { members[$0].key < members[$1].key }) {
                key(members[index].key)
                write(members[index].value)
            }
        }
        endObject()
    }

    private mutating func writeDouble(_ value: Double) {
        if let (digits, decimals) = JSONWriter.decimals(value.magnitude) {
            JSONWriter.spell(digits, decimals: decimals, isNegative: value < 0) {
                output.append(contentsOf: $0)
            }
        } else if value.isFinite {
            output.append(contentsOf: Numbers.spell(value).utf8)
        } else {
            metNonFinite = true
            raw("null")
        }
    }

    private mutating func writeString(_ text: Text) {
        output.append(0x22)
        let bytes = text.bytes
        var from = 0
        var at = 0
        while at < bytes.count {
            at = JSONStringScan.plainEnd(bytes, at)
            guard at < bytes.count else { break }
            let byte = bytes[at]
            if byte < 0x80 {
                append(text[from..<at])
                writeEscape(byte)
                at += 1
                from = at
            } else {
                repeat { at += 1 } while at < bytes.count && bytes[at] >= 0x80
            }
        }
        append(text[from..<bytes.count])
        output.append(0x22)
    }

    private mutating func writeEscape(_ byte: UInt8) {
        output.append(0x5C)
        switch byte {
        case 0x22, 0x5C: output.append(byte)
        case 8: output.append(0x62)
        case 9: output.append(0x74)
        case 10: output.append(0x6E)
        case 12: output.append(0x66)
        case 13: output.append(0x72)
        default:
            raw("u00")
            let digits = Text("0123456789abcdef")
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }

    // MARK: Layout

    private mutating func open(_ bracket: UInt8) {
        output.append(bracket)
        depth += 1
        isFirst = true
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        if !isFirst { indent() }
        output.append(bracket)
        isFirst = false
    }

    @inline(__always)
    private mutating func separate() {
        if isFirst { isFirst = false } else { output.append(0x2C) }
        indent()
    }

    @inline(__always)
    private mutating func indent() {
        guard layout == .indented, depth > 0 || output.last != 0x0A else { return }
        output.append(0x0A)
        for _ in 0..<depth {
            output.append(0x20)
            output.append(0x20)
        }
    }

    private mutating func raw(_ literal: StaticString) { append(Text(literal)) }

    @inline(__always)
    private mutating func append(_ text: Text) { output.append(contentsOf: text.bytes) }
}
