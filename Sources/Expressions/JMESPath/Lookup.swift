internal import Documents

/// Looking up fields, which is most of what expressions do.
extension Value {
    /// The member with a key, as `self[key]` gives it.
    ///
    /// The same scan without a call to `memcmp`, which costs more than comparing a short key.
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

extension Text {
    @inline(__always)
    fileprivate func isSame(as other: Text) -> Bool {
        guard count == other.count else { return false }
        if start == other.start { return true }
        switch count {
        case 8...16: return isSame(UInt64.self, other)
        case 4..<8: return isSame(UInt32.self, other)
        case 2..<4: return isSame(UInt16.self, other)
        case 1: return self[0] == other[0]
        default: return self == other
        }
    }

    /// Compares one word from either end; the two cover the text.
    @inline(__always)
    private func isSame<Word: FixedWidthInteger & BitwiseCopyable>(
        _: Word.Type, _ other: Text
    ) -> Bool {
        let tail = count - MemoryLayout<Word>.size
        return start.loadUnaligned(as: Word.self) == other.start.loadUnaligned(as: Word.self)
            && start.loadUnaligned(fromByteOffset: tail, as: Word.self)
                == other.start.loadUnaligned(fromByteOffset: tail, as: Word.self)
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
