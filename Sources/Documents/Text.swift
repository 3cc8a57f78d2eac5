public import Glibc

/// UTF-8 bytes in an arena (or of a literal). Compared and ordered as bytes, never by canonical
/// equivalence; a trivially copyable view that must not outlive its arena.
@frozen
public struct Text: BitwiseCopyable, @unchecked Sendable {
    /// The first byte.
    public let start: UnsafeRawPointer
    @usableFromInline let length: UInt32

    /// - Parameters:
    ///   - start: the first byte, in memory that outlives the view.
    ///   - count: the length in bytes, below 4 GiB.
    @inlinable
    @inline(__always)
    public init(start: UnsafeRawPointer, count: Int) {
        self.start = start
        self.length = UInt32(truncatingIfNeeded: count)
    }

    /// The text of a literal.
    @inlinable
    @inline(__always)
    public init(_ literal: StaticString) {
        self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }

    /// Length in bytes.
    @inlinable
    @inline(__always)
    public var count: Int { Int(length) }

    /// Whether there are no bytes.
    @inlinable
    @inline(__always)
    public var isEmpty: Bool { length == 0 }

    /// The bytes.
    @inlinable
    @inline(__always)
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The byte at an offset below ``count``.
    @inlinable
    @inline(__always)
    public subscript(offset: Int) -> UInt8 {
        start.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Part of the text, by byte offsets that lie within it.
    @inlinable
    public subscript(range: Range<Int>) -> Text {
        Text(start: start + range.lowerBound, count: range.count)
    }

    /// Equal bytes.
    @inlinable
    @inline(__always)
    public static func == (a: Text, b: Text) -> Bool {
        a.length == b.length && (a.start == b.start || memcmp(a.start, b.start, a.count) == 0)
    }

    /// Equal bytes, as `==`, for hot paths: texts of up to sixteen are compared in place, without a
    /// call.
    @inlinable
    @inline(__always)
    public func isSame(as b: Text) -> Bool {
        let a = self
        guard a.length == b.length else { return false }
        let count = a.count
        if count > 16 { return a.start == b.start || memcmp(a.start, b.start, count) == 0 }
        // One word from either end; the two cover the text.
        if count >= 8 { return Text.differences(a, b, count &- 8, UInt64.self) == 0 }
        if count >= 4 { return Text.differences(a, b, count &- 4, UInt32.self) == 0 }
        if count >= 2 { return Text.differences(a, b, count &- 2, UInt16.self) == 0 }
        return count == 0 || a[0] == b[0]
    }

    @inlinable
    @inline(__always)
    static func differences<Word: FixedWidthInteger & BitwiseCopyable>(
        _ a: Text, _ b: Text, _ tail: Int, _: Word.Type
    ) -> Word {
        let head = a.start.loadUnaligned(as: Word.self) ^ b.start.loadUnaligned(as: Word.self)
        let rest =
            a.start.loadUnaligned(fromByteOffset: tail, as: Word.self)
            ^ b.start.loadUnaligned(fromByteOffset: tail, as: Word.self)
        return head | rest
    }

    /// Equal to the bytes of a literal.
    @inlinable
    public static func == (a: Text, b: StaticString) -> Bool { a == Text(b) }

    /// Byte order; a prefix comes first.
    @inlinable
    public static func < (a: Text, b: Text) -> Bool { compare(a, b) < 0 }

    /// Negative, zero or positive as `a` sorts before, equal to or after `b` by bytes.
    @inlinable
    public static func compare(_ a: Text, _ b: Text) -> Int {
        let order = memcmp(a.start, b.start, min(a.count, b.count))
        return order != 0 ? Int(order) : a.count - b.count
    }

    /// A 32-bit digest of the bytes, the same in every process. Used to compare keys quickly; never
    /// to index by, so that chosen collisions slow nothing down.
    @inlinable
    public var hash: UInt32 {
        var h: UInt64 = UInt64(length) &* 0x9E37_79B9_7F4A_7C15
        var i = 0
        while i &+ 8 <= count {
            h =
                (h ^ start.loadUnaligned(fromByteOffset: i, as: UInt64.self))
                &* 0xFF51_AFD7_ED55_8CCD
            h ^= h >> 32
            i &+= 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while i < count {
            tail |= UInt64(self[i]) &<< shift
            shift &+= 8
            i &+= 1
        }
        h = (h ^ tail) &* 0xC4CE_B9FE_1A85_EC53
        return UInt32(truncatingIfNeeded: h ^ (h >> 32))
    }

    /// The number of code points.
    public var codePointCount: Int {
        var n = 0
        for byte in bytes where byte & 0xC0 != 0x80 { n += 1 }
        return n
    }
}

extension Text: Equatable {}

extension Text: Hashable {
    /// Feeds the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}

extension Text: CustomStringConvertible {
    /// The text as a Swift string.
    public var description: String { String(self) }
}

extension String {
    /// The string with the same UTF-8 bytes.
    public init(_ text: Text) {
        self = String(decoding: text.bytes, as: UTF8.self)
    }
}

/// An object key with its hash, ready to be looked up.
@frozen
public struct Key: BitwiseCopyable, Sendable {
    /// The key's bytes.
    public let text: Text
    /// ``Text/hash`` of ``text``.
    public let hash: UInt32

    /// A key over bytes that outlive it.
    @inlinable
    public init(_ text: Text) {
        self.text = text
        self.hash = text.hash
    }

    /// The key of a literal.
    @inlinable
    public init(_ literal: StaticString) { self.init(Text(literal)) }
}
