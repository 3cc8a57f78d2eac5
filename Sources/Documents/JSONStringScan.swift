/// The byte work of JSON strings.
enum JSONStringScan {
    /// The first byte from `start` that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    static func plainEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        let base = bytes.baseAddress.unsafelyUnwrapped
        while at &+ 8 <= bytes.count {
            let word = base.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let quotes = hasZero(word ^ 0x2222_2222_2222_2222)
            let slashes = hasZero(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            let controls = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
            let special = quotes | slashes | controls | (word & 0x8080_8080_8080_8080)
            if special != 0 { return at &+ special.trailingZeroBitCount / 8 }
            at &+= 8
        }
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { return at }
            at &+= 1
        }
        return at
    }

    /// The end of a run of well-formed characters of two or three bytes, the common ones only:
    /// what else is not ASCII is left to ``characterLength(_:_:)``.
    @inline(__always)
    static func wideEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        let base = bytes.baseAddress.unsafelyUnwrapped
        while at &+ 3 <= bytes.count {
            let word = base.loadUnaligned(fromByteOffset: at, as: UInt16.self)
            let first = UInt8(truncatingIfNeeded: word)
            guard first >= 0xC2, word & 0xC000 == 0x8000 else { return at }
            if first < 0xE0 {
                at &+= 2
            } else if first > 0xE0 && first < 0xED && bytes[at &+ 2] & 0xC0 == 0x80 {
                at &+= 3
            } else {
                return at
            }
        }
        return at
    }

    @inline(__always)
    private static func hasZero(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// The length of the well-formed UTF-8 character at an offset (Unicode, table 3-7), or nil.
    static func characterLength(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int? {
        let first = bytes[at]
        if first < 0x80 { return 1 }
        let (length, low, high): (Int, UInt8, UInt8) =
            switch first {
            case 0xC2...0xDF: (2, 0x80, 0xBF)
            case 0xE0: (3, 0xA0, 0xBF)
            case 0xED: (3, 0x80, 0x9F)
            case 0xE1...0xEF: (3, 0x80, 0xBF)
            case 0xF0: (4, 0x90, 0xBF)
            case 0xF1...0xF3: (4, 0x80, 0xBF)
            case 0xF4: (4, 0x80, 0x8F)
            default: (0, 0, 0)
            }
        guard length > 0, at + length <= bytes.count, bytes[at + 1] >= low, bytes[at + 1] <= high
        else { return nil }
        for offset in 2..<max(length, 2) where bytes[at + offset] & 0xC0 != 0x80 { return nil }
        return length
    }

    /// Writes a scalar as UTF-8 and returns its length.
    static func encode(_ scalar: UInt32, at target: UnsafeMutableRawPointer) -> Int {
        var length = 0
        func put(_ byte: UInt32) {
            target.storeBytes(of: UInt8(byte), toByteOffset: length, as: UInt8.self)
            length += 1
        }
        switch scalar {
        case 0..<0x80: put(scalar)
        case 0x80..<0x800:
            put(0xC0 | scalar >> 6)
            put(0x80 | scalar & 0x3F)
        case 0x800..<0x10000:
            put(0xE0 | scalar >> 12)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        default:
            put(0xF0 | scalar >> 18)
            put(0x80 | scalar >> 12 & 0x3F)
            put(0x80 | scalar >> 6 & 0x3F)
            put(0x80 | scalar & 0x3F)
        }
        return length
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }
}
