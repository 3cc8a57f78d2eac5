internal import Documents

/// Lengths and parts of strings counted in UTF-16 code units, as ECMAScript counts them.
enum UTF16Text {
    /// The number of code units.
    static func length(_ text: Text) -> Int {
        var count = 0
        for byte in text.bytes {
            if byte & 0xC0 != 0x80 { count += byte >= 0xF0 ? 2 : 1 }
        }
        return count
    }

    /// The code units from `start` up to `end`, which lie within the text. Half of a surrogate pair,
    /// which UTF-8 cannot hold, becomes U+FFFD.
    static func slice(_ text: Text, from start: Int, to end: Int, in arena: Arena) -> Text {
        var unit = 0
        var at = 0
        var first: Int?
        var last = 0
        var headIsHalf = false
        var tailIsHalf = false
        while at < text.count, unit < end {
            let (bytes, units) = width(text[at])
            if unit >= start, unit + units <= end {
                if first == nil { first = at }
                last = at + bytes
            } else if unit < start, unit + units > start {
                headIsHalf = true
            } else if unit >= start {
                tailIsHalf = true
            }
            at += bytes
            unit += units
        }
        let whole = first.map { text[$0..<last] } ?? Text("")
        if !headIsHalf && !tailIsHalf { return whole }
        let target = arena.allocate(whole.count + 6)
        var size = 0
        func put(_ text: Text) {
            (target + size).copyMemory(from: text.start, byteCount: text.count)
            size += text.count
        }
        if headIsHalf { put(Text("\u{FFFD}")) }
        put(whole)
        if tailIsHalf { put(Text("\u{FFFD}")) }
        return Text(start: UnsafeRawPointer(target), count: size)
    }

    /// The code unit at an index as a string, or nil past the end.
    static func unit(_ text: Text, _ index: Int) -> Text? {
        var unit = 0
        var at = 0
        while at < text.count {
            let (bytes, units) = width(text[at])
            if index < unit + units {
                return units == 1 ? text[at..<(at + bytes)] : Text("\u{FFFD}")
            }
            at += bytes
            unit += units
        }
        return nil
    }

    private static func width(_ lead: UInt8) -> (bytes: Int, units: Int) {
        switch lead {
        case ..<0x80: (1, 1)
        case ..<0xE0: (2, 1)
        case ..<0xF0: (3, 1)
        default: (4, 2)
        }
    }
}
