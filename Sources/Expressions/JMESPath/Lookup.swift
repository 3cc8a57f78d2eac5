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

extension Scope {
    /// As `self[key]`.
    @inline(__always)
    func member(_ key: Key) -> Value? {
        if let payload, let value = payload.member(key) { return value }
        return context.member(key)
    }
}
