internal import Documents

extension JMESPath {
    /// An array under construction in an arena.
    ///
    /// Grows by doubling, so that what it leaves behind is less than what it keeps.
    struct ValueList {
        private var start: UnsafeMutablePointer<Value>?
        private(set) var count = 0
        private var capacity = 0

        /// A list with room for some elements, taken when the first one comes.
        @inline(__always)
        init(capacity: Int) { self.capacity = capacity }

        @inline(__always)
        mutating func append(_ value: Value, _ arena: Arena) {
            if start == nil || count == capacity { grow(arena) }
            start.unsafelyUnwrapped.advanced(by: count).initialize(to: value)
            count &+= 1
        }

        private mutating func grow(_ arena: Arena) {
            let room = start == nil ? max(capacity, 4) : capacity * 2
            let grown = arena.allocate(room * MemoryLayout<Value>.stride)
                .assumingMemoryBound(to: Value.self)
            if let start { grown.update(from: start, count: count) }
            start = grown
            capacity = room
        }

        /// The array.
        var value: Value {
            guard let start else { return .emptyArray }
            return Value.array(over: start, count: count)
        }
    }
}

extension Value {
    /// The bytes of a value, as `Value` is laid out (frozen; a test holds the two together).
    private struct Layout: BitwiseCopyable {
        var payload: UInt64
        var length: UInt32
        var kind: Value.Kind
    }

    /// An array over elements in an arena, without a copy.
    @inline(__always)
    fileprivate static func array(over start: UnsafeMutablePointer<Value>, count: Int) -> Value {
        count == 0 ? .emptyArray : make(.array, UnsafeRawPointer(start), count)
    }

    @inline(__always)
    private static func make(_ kind: Kind, _ start: UnsafeRawPointer, _ count: Int) -> Value {
        unsafeBitCast(
            Layout(
                payload: UInt64(UInt(bitPattern: start)),
                length: UInt32(truncatingIfNeeded: count), kind: kind),
            to: Value.self)
    }

    /// An object over members with different keys in an arena; without a copy when it is small
    /// enough to need no index.
    @inline(__always)
    static func object(
        over start: UnsafeMutablePointer<Member>, count: Int, in arena: Arena
    ) -> Value {
        if count > 16 { return arena.object(UnsafeBufferPointer(start: start, count: count)) }
        return count == 0 ? .emptyObject : make(.object, UnsafeRawPointer(start), count)
    }
}
