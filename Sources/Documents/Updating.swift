/// Path-copied updates: the new value shares everything that did not change with the old one.
extension Value {
    /// The value of a member chain, or nil where the path leaves the objects.
    public func at(_ path: some Sequence<Key>) -> Value? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    /// This object with one member set, in place when it exists and at the end when not. Anything
    /// but an object is replaced by an object with just that member.
    public func setting(_ key: Key, to value: Value, in arena: Arena) -> Value {
        guard let members, !members.isEmpty else {
            return arena.object(CollectionOfOne(Member(key, value)))
        }
        let position = memberIndex(key)
        let count = members.count + (position == nil ? 1 : 0)
        let start = arena.memberSpace(count)
        UnsafeMutableRawPointer(start).copyMemory(
            from: members.baseAddress.unsafelyUnwrapped,
            byteCount: members.count * MemoryLayout<Member>.stride)
        let at = position ?? members.count
        (start + at).initialize(to: Member(position == nil ? key : members[at].lookup, value))
        return arena.object(finishing: start, count: count)
    }

    /// This value with the member at the end of a path set; objects are made on the way.
    public func setting(
        _ path: some Collection<Key>, to value: Value, in arena: Arena
    ) -> Value {
        guard let key = path.first else { return value }
        let inner = self[key] ?? .emptyObject
        return setting(
            key, to: inner.setting(path.dropFirst(), to: value, in: arena), in: arena)
    }

    /// This object without one member; itself when there is none.
    public func removing(_ key: Key, in arena: Arena) -> Value {
        guard let members, let position = memberIndex(key) else { return self }
        var kept = MemberSpace(count: members.count - 1, in: arena)
        for (index, member) in members.enumerated() where index != position { kept.add(member) }
        return kept.finish()
    }

    /// The members of this object, those of the other set over them (one level, as `{...a, ...b}`).
    public func assigning(_ other: Value, in arena: Arena) -> Value {
        guard let mine = members, let theirs = other.members else {
            return other.kind == .object ? other : self
        }
        if theirs.isEmpty { return self }
        if mine.isEmpty { return other }
        var merged = MemberSpace(mine, more: theirs.count, in: arena)
        for member in theirs {
            if let at = memberIndex(member.lookup) {
                merged.replace(at, with: member)
            } else {
                merged.add(member)
            }
        }
        return merged.finish()
    }
}

extension Value {
    /// Deep equality: numbers by their nearest double, objects regardless of order.
    public static func == (a: Value, b: Value) -> Bool {
        if a.isNumber && b.isNumber {
            if a.kind == .integer && b.kind == .integer { return a.payload == b.payload }
            return a.number == b.number
        }
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .null: return true
        case .bool: return a.payload == b.payload
        case .string: return a.text == b.text
        case .array:
            guard a.length == b.length, let x = a.array, let y = b.array else { return false }
            return x.baseAddress == y.baseAddress || zip(x, y).allSatisfy { $0 == $1 }
        case .object:
            guard a.length == b.length, let x = a.members, let y = b.members else { return false }
            if x.baseAddress == y.baseAddress { return true }
            return x.allSatisfy { member in b[member.lookup].map { $0 == member.value } ?? false }
        case .integer, .double, .decimal: return false
        }
    }
}

extension Value: Equatable {}
