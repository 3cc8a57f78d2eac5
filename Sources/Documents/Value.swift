/// A JSON value: sixteen trivially copyable bytes that point into an ``Arena``.
///
/// Objects keep insertion order. Numbers keep their spelling: whole numbers of up to eighteen digits
/// are `integer`, other spelled numbers `decimal` (the text and its nearest double), computed ones
/// `double`. A value never changes; updates make new values that share what stayed the same.
@frozen
public struct Value: BitwiseCopyable, @unchecked Sendable {
    /// What a value is. The three number kinds are one JSON type.
    @frozen
    public enum Kind: UInt8, Sendable {
        case null, bool, integer, double, decimal, string, array, object
    }

    @usableFromInline let payload: UInt64
    @usableFromInline let length: UInt32
    /// What the value is.
    public let kind: Kind

    @inlinable
    @inline(__always)
    init(kind: Kind, payload: UInt64, length: UInt32 = 0) {
        self.payload = payload
        self.length = length
        self.kind = kind
    }

    @inlinable
    @inline(__always)
    init(kind: Kind, pointer: UnsafeRawPointer, count: Int) {
        self.init(
            kind: kind, payload: UInt64(UInt(bitPattern: pointer)),
            length: UInt32(truncatingIfNeeded: count))
    }

    @inlinable
    @inline(__always)
    var pointer: UnsafeRawPointer { UnsafeRawPointer(bitPattern: UInt(payload)).unsafelyUnwrapped }

    /// Whether another value is this very one: of the same bytes in the same arena.
    @inlinable
    @inline(__always)
    public func isSame(as other: Value) -> Bool {
        payload == other.payload && length == other.length && kind == other.kind
    }

    // MARK: Values that need no arena

    /// `null`.
    public static let null = Value(kind: .null, payload: 0)
    /// `true`.
    public static let `true` = Value(kind: .bool, payload: 1)
    /// `false`.
    public static let `false` = Value(kind: .bool, payload: 0)
    /// `[]`.
    public static let emptyArray = Value(kind: .array, pointer: noBytes, count: 0)
    /// `{}`.
    public static let emptyObject = Value(kind: .object, pointer: noBytes, count: 0)
    /// `""`.
    public static let emptyString = Value(kind: .string, pointer: noBytes, count: 0)

    @inlinable static var noBytes: UnsafeRawPointer {
        UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
    }

    /// `true` or `false`.
    @inlinable
    @inline(__always)
    public static func bool(_ value: Bool) -> Value {
        Value(kind: .bool, payload: value ? 1 : 0)
    }

    /// A whole number.
    @inlinable
    @inline(__always)
    public static func integer(_ value: Int) -> Value {
        Value(kind: .integer, payload: UInt64(bitPattern: Int64(value)))
    }

    /// A computed number, which prints as ECMAScript prints it. May be NaN or infinite; the writer
    /// reports those.
    @inlinable
    @inline(__always)
    public static func number(_ value: Double) -> Value {
        Value(kind: .double, payload: value.bitPattern)
    }

    /// The string of a literal.
    @inlinable
    public static func string(_ literal: StaticString) -> Value { string(Text(literal)) }

    /// A string over bytes that outlive the value and are valid UTF-8.
    @inlinable
    @inline(__always)
    public static func string(_ text: Text) -> Value {
        Value(kind: .string, pointer: text.start, count: text.count)
    }

    // MARK: Reading

    /// Whether the value is `null`.
    @inlinable
    @inline(__always)
    public var isNull: Bool { kind == .null }

    /// Whether the value is a number of any spelling.
    @inlinable
    @inline(__always)
    public var isNumber: Bool {
        kind.rawValue >= Kind.integer.rawValue && kind.rawValue <= Kind.decimal.rawValue
    }

    /// The truth value, of a bool.
    @inlinable
    @inline(__always)
    public var bool: Bool? { kind == .bool ? payload != 0 : nil }

    /// The number as the nearest double, of a number.
    @inlinable
    @inline(__always)
    public var number: Double? {
        switch kind {
        case .integer: Double(Int64(bitPattern: payload))
        case .double: Double(bitPattern: payload)
        case .decimal: pointer.load(as: Double.self)
        default: nil
        }
    }

    /// The number as a machine integer, when it is whole and fits.
    @inlinable
    public var integer: Int? {
        switch kind {
        case .integer: Int(truncatingIfNeeded: Int64(bitPattern: payload))
        case .double, .decimal: number.flatMap { Int(exactly: $0) }
        default: nil
        }
    }

    /// The text as spelled, of a `decimal`.
    @inlinable
    public var spelling: Text? {
        kind == .decimal ? Text(start: pointer + 8, count: Int(length)) : nil
    }

    /// The text, of a string.
    @inlinable
    @inline(__always)
    public var text: Text? {
        kind == .string ? Text(start: pointer, count: Int(length)) : nil
    }

    /// The text as a Swift string, of a string.
    public var string: String? { text.map { String($0) } }

    /// The elements, of an array.
    @inlinable
    @inline(__always)
    public var array: UnsafeBufferPointer<Value>? {
        guard kind == .array else { return nil }
        return UnsafeBufferPointer(
            start: length == 0 ? nil : pointer.assumingMemoryBound(to: Value.self),
            count: Int(length))
    }

    /// The members in insertion order, of an object.
    @inlinable
    @inline(__always)
    public var members: UnsafeBufferPointer<Member>? {
        guard kind == .object else { return nil }
        return UnsafeBufferPointer(
            start: length == 0 ? nil : pointer.assumingMemoryBound(to: Member.self),
            count: Int(length))
    }

    /// Elements of an array, members of an object, bytes of a string, else 0.
    @inlinable
    public var count: Int {
        kind.rawValue >= Kind.string.rawValue ? Int(length) : 0
    }

    /// An element, or nil outside the bounds and of anything but an array.
    @inlinable
    public subscript(index: Int) -> Value? {
        guard let array, index >= 0, index < array.count else { return nil }
        return array[index]
    }

    /// A member's value, or nil when there is none or this is no object.
    @inlinable
    @inline(__always)
    public subscript(key: Key) -> Value? {
        guard let index = memberIndex(key) else { return nil }
        return pointer.assumingMemoryBound(to: Member.self)[index].value
    }

    /// A member's value, or nil when there is none or this is no object.
    @inlinable
    public subscript(key: StaticString) -> Value? { self[Key(key)] }

    /// A member's value, or nil when there is none or this is no object.
    @inlinable
    public subscript(key: Text) -> Value? { self[Key(key)] }

    /// A member's value, or nil when there is none or this is no object. A literal is taken as a
    /// `StaticString`, which needs no memory.
    @_disfavoredOverload
    public subscript(key: some StringProtocol) -> Value? {
        var key = String(key)
        return key.withUTF8 { self[Key(Text(UnsafeRawBufferPointer($0)))] }
    }

    /// The position of a member, or nil when there is none or this is no object.
    @inlinable
    public func memberIndex(_ key: Key) -> Int? {
        guard kind == .object else { return nil }
        let n = Int(length)
        let members = pointer.assumingMemoryBound(to: Member.self)
        if n > Member.indexThreshold { return indexedMember(key.text, members, n) }
        var i = 0
        while i < n {
            if members[i].keyHash == key.hash, members[i].key.isSame(as: key.text) { return i }
            i &+= 1
        }
        return nil
    }

    @usableFromInline
    func indexedMember(_ key: Text, _ members: UnsafePointer<Member>, _ n: Int) -> Int? {
        let order = UnsafeRawPointer(members + n).assumingMemoryBound(to: UInt32.self)
        var low = 0
        var high = n
        while low < high {
            let middle = (low + high) / 2
            let index = Int(order[middle])
            let difference = Text.compare(members[index].key, key)
            if difference == 0 { return index }
            if difference < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

extension Text {
    /// A view of bytes that outlive it.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init(start: bytes.baseAddress ?? Value.noBytes, count: bytes.count)
    }
}

/// A key and its value in an object.
@frozen
public struct Member: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let keyStart: UnsafeRawPointer
    @usableFromInline let keyLength: UInt32
    /// ``Text/hash`` of the key.
    public let keyHash: UInt32
    /// The value.
    public let value: Value

    /// Objects with more members carry an index sorted by key; measured, a scan is faster below.
    @usableFromInline static let indexThreshold = 16

    /// A member with a key that outlives it.
    @inlinable
    @inline(__always)
    public init(_ key: Key, _ value: Value) {
        keyStart = key.text.start
        keyLength = UInt32(truncatingIfNeeded: key.text.count)
        keyHash = key.hash
        self.value = value
    }

    /// A member with the key of a literal.
    @inlinable
    public init(_ key: StaticString, _ value: Value) { self.init(Key(key), value) }

    /// The key.
    @inlinable
    @inline(__always)
    public var key: Text { Text(start: keyStart, count: Int(keyLength)) }

    /// The key, ready to look up elsewhere.
    @inlinable
    public var lookup: Key { Key(text: key, hash: keyHash) }
}

extension Key {
    @inlinable
    init(text: Text, hash: UInt32) {
        self.text = text
        self.hash = hash
    }
}
