internal import Documents
internal import Glibc

extension Text {
    /// Whether bytes occur within the text; time grows with the length of the text alone.
    func contains(_ part: Text) -> Bool {
        if part.isEmpty { return true }
        if part.count > count { return false }
        return part.count <= 32 ? containsShort(part) : containsLong(part)
    }

    private func containsShort(_ part: Text) -> Bool {
        var at = 0
        let last = count - part.count
        while at <= last, let found = memchr(start + at, Int32(part[0]), last - at + 1) {
            if memcmp(found, part.start, part.count) == 0 { return true }
            at = UnsafeRawPointer(found) - start + 1
        }
        return false
    }

    /// Rabin and Karp's search.
    private func containsLong(_ part: Text) -> Bool {
        let base: UInt64 = 0x9E37_79B9_7F4A_7C15
        var wanted: UInt64 = 0
        var window: UInt64 = 0
        var lead: UInt64 = 1
        for offset in 0..<part.count {
            wanted = wanted &* base &+ UInt64(part[offset])
            window = window &* base &+ UInt64(self[offset])
            if offset > 0 { lead = lead &* base }
        }
        var at = 0
        while true {
            if window == wanted, memcmp(start + at, part.start, part.count) == 0 { return true }
            guard at + part.count < count else { return false }
            window =
                (window &- UInt64(self[at]) &* lead) &* base &+ UInt64(self[at + part.count])
            at += 1
        }
    }
}
