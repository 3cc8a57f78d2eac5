/// A text put together in its arena, without an array in between.
public struct TextSpace {
    private let arena: Arena
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    /// Bytes so far.
    public private(set) var count = 0

    /// Room for so many bytes; more is made as it is needed.
    public init(_ capacity: Int, in arena: Arena) {
        self.arena = arena
        self.capacity = max(capacity, 16)
        start = arena.allocate(self.capacity)
    }

    /// Appends a byte.
    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        if count == capacity { grow(1) }
        start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Appends a text.
    public mutating func append(_ text: Text) {
        if text.isEmpty { return }
        if capacity - count < text.count { grow(text.count) }
        (start + count).copyMemory(from: text.start, byteCount: text.count)
        count += text.count
    }

    /// Appends `%` and the byte's two upper-case hexadecimal digits.
    public mutating func append(percentEncoded byte: UInt8) {
        let digits = Text("0123456789ABCDEF")
        append(UInt8(ascii: "%"))
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
    }

    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = arena.allocate(capacity)
        larger.copyMemory(from: start, byteCount: count)
        start = larger
    }

    /// The text, which must be UTF-8 but for the slots of secrets.
    public func finish() -> Text { Text(start: UnsafeRawPointer(start), count: count) }
}
