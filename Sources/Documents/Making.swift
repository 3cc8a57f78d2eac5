/// Making values in an arena.
extension Arena {
    /// A string with a copy of bytes that are valid UTF-8.
    public func string(_ bytes: UnsafeRawBufferPointer) -> Value {
        .string(Text(start: copy(bytes), count: bytes.count))
    }

    /// A string with a copy of a Swift string.
    public func string(_ string: some StringProtocol) -> Value { .string(text(string)) }

    /// A copy of a Swift string.
    public func text(_ string: some StringProtocol) -> Text {
        var string = String(string)
        return string.withUTF8 {
            let bytes = UnsafeRawBufferPointer($0)
            return Text(start: copy(bytes), count: bytes.count)
        }
    }

    /// A key with a copy of a Swift string.
    public func key(_ string: some StringProtocol) -> Key { Key(text(string)) }

    /// A number that keeps its spelling.
    ///
    /// - Parameters:
    ///   - spelling: the text of a JSON number; copied.
    ///   - nearest: the double nearest to it.
    public func decimal(spelling: Text, nearest: Double) -> Value {
        let start = allocate(8 + spelling.count)
        start.storeBytes(of: nearest, as: Double.self)
        (start + 8).copyMemory(from: spelling.start, byteCount: spelling.count)
        return Value(kind: .decimal, pointer: UnsafeRawPointer(start), count: spelling.count)
    }

    /// An array with a copy of the elements.
    public func array(_ elements: some Collection<Value>) -> Value {
        let count = elements.count
        guard count > 0 else { return .emptyArray }
        let start = allocate(count * MemoryLayout<Value>.stride)
            .assumingMemoryBound(to: Value.self)
        var next = start
        for element in elements {
            next.initialize(to: element)
            next += 1
        }
        return Value(kind: .array, pointer: UnsafeRawPointer(start), count: count)
    }

    /// An array of so many elements, each made by its position.
    @inlinable
    public func array(count: Int, _ element: (Int) -> Value) -> Value {
        guard count > 0 else { return .emptyArray }
        let start = allocate(count * MemoryLayout<Value>.stride)
            .assumingMemoryBound(to: Value.self)
        for index in 0..<count { (start + index).initialize(to: element(index)) }
        return Value(kind: .array, pointer: UnsafeRawPointer(start), count: count)
    }

    /// An array with a copy of the elements.
    public func array(_ elements: [Value]) -> Value {
        guard !elements.isEmpty else { return .emptyArray }
        let start = allocate(elements.count * MemoryLayout<Value>.stride)
        elements.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        return Value(kind: .array, pointer: UnsafeRawPointer(start), count: elements.count)
    }

    /// An object with a copy of the members, whose keys are all different.
    public func object(_ members: [Member]) -> Value {
        guard !members.isEmpty else { return .emptyObject }
        let start = memberSpace(members.count)
        members.withUnsafeBytes {
            UnsafeMutableRawPointer(start).copyMemory(
                from: $0.baseAddress!, byteCount: $0.count)
        }
        return object(finishing: start, count: members.count)
    }

    /// An object with a copy of the members, whose keys are all different.
    public func object(_ members: some Collection<Member>) -> Value {
        let count = members.count
        guard count > 0 else { return .emptyObject }
        let start = memberSpace(count)
        var next = start
        for member in members {
            next.initialize(to: member)
            next += 1
        }
        return object(finishing: start, count: count)
    }

    /// An object of literal keys, all different; a nil value leaves its member out.
    public func object(_ members: KeyValuePairs<StaticString, Value?>) -> Value {
        var kept = MemberSpace(count: members.count, in: self)
        for (key, value) in members { kept.add(key, value) }
        return kept.finish()
    }

    /// Room for members and, where it needs one, their index.
    func memberSpace(_ count: Int) -> UnsafeMutablePointer<Member> {
        let index = count > Member.indexThreshold ? count * 4 : 0
        return allocate(count * MemoryLayout<Member>.stride + index)
            .assumingMemoryBound(to: Member.self)
    }

    /// The object over filled member space, indexed where it is large.
    func object(finishing start: UnsafeMutablePointer<Member>, count: Int) -> Value {
        if count > Member.indexThreshold {
            let order = UnsafeMutableRawPointer(start + count)
                .assumingMemoryBound(to: UInt32.self)
            for i in 0..<count { order[i] = UInt32(i) }
            var buffer = UnsafeMutableBufferPointer(start: order, count: count)
            buffer.sort { start[Int($0)].key < start[Int($1)].key }
        }
        return Value(kind: .object, pointer: UnsafeRawPointer(start), count: count)
    }

    /// A deep copy of a value of any arena.
    ///
    /// Recurses as deep as the value, which its parser has bounded.
    public func copy(_ value: Value) -> Value {
        switch value.kind {
        case .null, .bool, .integer, .double: return value
        case .decimal:
            return decimal(spelling: value.spelling.unsafelyUnwrapped, nearest: value.number ?? 0)
        case .string: return string(value.text.unsafelyUnwrapped.bytes)
        case .array: return array(value.array.unsafelyUnwrapped.map { copy($0) })
        case .object:
            return object(
                value.members.unsafelyUnwrapped.map {
                    Member(
                        Key(
                            text: Text(start: copy($0.key.bytes), count: $0.key.count),
                            hash: $0.keyHash),
                        copy($0.value))
                })
        }
    }
}

/// Collects members in order; setting a key again replaces its value in place.
public struct ObjectBuilder {
    private var members: [Member]

    /// An empty builder, or one that starts with an object's members.
    public init(_ value: Value? = nil) {
        members = value?.members.map { Array($0) } ?? []
    }

    /// The number of members so far.
    public var count: Int { members.count }

    /// A member's value; setting nil removes it. The key must outlive the object.
    public subscript(key: Key) -> Value? {
        get { position(key).map { members[$0].value } }
        set {
            switch (position(key), newValue) {
            case (let at?, let value?): members[at] = Member(key, value)
            case (nil, let value?): members.append(Member(key, value))
            case (let at?, nil): members.remove(at: at)
            case (nil, nil): break
            }
        }
    }

    /// A member's value; setting nil removes it.
    public subscript(key: StaticString) -> Value? {
        get { self[Key(key)] }
        set { self[Key(key)] = newValue }
    }

    private func position(_ key: Key) -> Int? {
        members.firstIndex { $0.keyHash == key.hash && $0.key == key.text }
    }

    /// The object, in an arena.
    public func finish(in arena: Arena) -> Value { arena.object(members) }
}
