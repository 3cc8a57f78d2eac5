internal import Documents

extension Text {
    /// Whether two texts are equal when the case of letters is ignored.
    ///
    /// By Unicode's lower-case mappings, the same in every locale. ASCII takes no allocation.
    func equalsIgnoringCase(_ other: Text) -> Bool {
        let common = min(count, other.count)
        var at = 0
        while at < common {
            let (x, y) = (self[at], other[at])
            if x | y >= 0x80 {
                return String(self).lowercased().utf8.elementsEqual(String(other).lowercased().utf8)
            }
            if x != y, Self.lower(x) != Self.lower(y) { return false }
            at += 1
        }
        return count == other.count
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
