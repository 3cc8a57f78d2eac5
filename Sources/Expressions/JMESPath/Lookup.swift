internal import Documents

/// Looking up fields, which is most of what expressions do.
extension Value {
    /// The member with a key, as `self[key]` gives it, inlined.
    @inline(__always)
    func member(_ key: Key) -> Value? {
        guard let members else { return nil }
        let count = members.count
        if count > 16 { return self[key] }
        guard var member = members.baseAddress else { return nil }
        let end = member + count
        while member < end {
            if member.pointee.keyHash == key.hash, member.pointee.key.isSame(as: key.text) {
                return member.pointee.value
            }
            member += 1
        }
        return nil
    }
}

extension Value {
    /// The same for the objects of a list, which mostly have their members in the same places.
    ///
    /// - Parameter place: where the member stood in the object before; set to where it stands.
    @inline(__always)
    func member(_ key: Key, near place: inout Int) -> Value? {
        guard let members else { return nil }
        let count = members.count
        if count > 16 { return self[key] }
        guard let first = members.baseAddress else { return nil }
        if place < count, first[place].keyHash == key.hash, first[place].key.isSame(as: key.text) {
            return first[place].value
        }
        var at = 0
        while at < count {
            if first[at].keyHash == key.hash, first[at].key.isSame(as: key.text) {
                place = at
                return first[at].value
            }
            at &+= 1
        }
        return nil
    }
}

extension Scope {
    /// As `self[key]`.
    @inline(__always)
    func member(_ key: Key) -> Value? {
        if let payload, let value = payload.member(key) { return value }
        return context.member(key)
    }
}
