internal import Documents

/// Reads a text byte by byte.
struct ByteScanner {
    let text: Text
    private(set) var at = 0

    init(_ text: Text) { self.text = text }

    var isAtEnd: Bool { at == text.count }

    /// The byte at a distance, or 0 past the end.
    func peek(_ distance: Int = 0) -> UInt8 {
        at + distance < text.count ? text[at + distance] : 0
    }

    mutating func advance(_ count: Int = 1) { at += count }

    /// Goes past a byte when it is the next one.
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    /// Goes past a letter of either case when it is the next one.
    mutating func take(either lower: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] | 0x20 == UInt8(ascii: lower) else { return false }
        at += 1
        return true
    }

    /// The number of exactly so many digits, or nil.
    mutating func digits(_ count: Int) -> Int? {
        guard at + count <= text.count else { return nil }
        var result = 0
        for offset in at..<at + count {
            guard text[offset].isDigit else { return nil }
            result = result * 10 + Int(text[offset] &- 0x30)
        }
        at += count
        return result
    }

    /// Goes past all bytes that fit; how many there were.
    mutating func skip(_ fits: (UInt8) -> Bool) -> Int {
        let start = at
        while at < text.count, fits(text[at]) { at += 1 }
        return at - start
    }
}

extension UInt8 {
    var isDigit: Bool { self &- 0x30 <= 9 }
    var isLetter: Bool { (self | 0x20) &- 0x61 <= 25 }
    var isHexadecimal: Bool { isDigit || (self | 0x20) &- 0x61 <= 5 }
}
