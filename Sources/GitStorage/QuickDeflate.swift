/// Deflate for small objects: one pass that looks for repeats through a small table, and the fixed codes
/// of RFC 1951, section 3.2.6, so that no code is built and nothing large is cleared.
///
/// A general compressor spends about ten microseconds on an object of one kilobyte, nearly all of it on
/// setting up; this takes two, for a tenth more bytes.
enum QuickDeflate {
    /// The longest input in bytes: every distance then fits.
    static let inputLimit = 1 << 14

    /// The most bytes that an input may become.
    static func bound(_ count: Int) -> Int { count + count / 8 + 24 }

    private static let hashBits: UInt32 = 12
    private static let codes = Codes()

    /// Writes the deflate stream of `input` and returns its length.
    ///
    /// - Parameters:
    ///   - input: at most ``inputLimit`` bytes.
    ///   - output: room for ``bound(_:)`` bytes.
    static func compress(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
    ) -> Int {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1 << Int(hashBits)) { table in
            table.initialize(repeating: 0)
            guard let places = table.baseAddress, let start = input.baseAddress else {
                return compress(input, output)
            }
            return compress(start, input.count, places, output)
        }
    }

    /// Nothing: a final block without codes.
    private static func compress(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawPointer
    ) -> Int {
        var bits = BitSink(output)
        bits.put(0b011, 3)
        bits.put(0, 7)
        return bits.finish() - output
    }

    /// - Parameter places: by hash of four bytes, one past where they stood last; 0 for nowhere.
    private static func compress(
        _ input: UnsafeRawPointer, _ count: Int, _ places: UnsafeMutablePointer<UInt16>,
        _ output: UnsafeMutableRawPointer
    ) -> Int {
        let codes = codes
        var bits = BitSink(output)
        // The final block, of fixed codes.
        bits.put(0b011, 3)
        var at = 0
        let last = count - 4
        while at <= last {
            let four = input.loadUnaligned(fromByteOffset: at, as: UInt32.self)
            let hash = slot(four)
            let before = Int(places[hash]) - 1
            places[hash] = UInt16(truncatingIfNeeded: at + 1)
            guard before >= 0,
                input.loadUnaligned(fromByteOffset: before, as: UInt32.self) == four
            else {
                codes.putLiteral(input.load(fromByteOffset: at, as: UInt8.self), &bits)
                at &+= 1
                continue
            }
            let length = common(input, before, at, min(258, count - at))
            codes.putRepeat(length: length, distance: at - before, &bits)
            let end = at + length
            at &+= 1
            while at < end {
                if at <= last {
                    let four = input.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    places[slot(four)] = UInt16(truncatingIfNeeded: at + 1)
                }
                at &+= 1
            }
        }
        while at < count {
            codes.putLiteral(input.load(fromByteOffset: at, as: UInt8.self), &bits)
            at &+= 1
        }
        // The end of the block.
        bits.put(0, 7)
        return bits.finish() - output
    }

    @inline(__always)
    private static func slot(_ four: UInt32) -> Int {
        Int(truncatingIfNeeded: (four &* 0x9E37_79B1) >> (32 - hashBits))
    }

    /// How many bytes two places have in common; the first four are known to be.
    @inline(__always)
    private static func common(
        _ input: UnsafeRawPointer, _ before: Int, _ at: Int, _ limit: Int
    ) -> Int {
        var length = 4
        while length + 8 <= limit {
            let difference =
                input.loadUnaligned(fromByteOffset: before + length, as: UInt64.self)
                ^ input.loadUnaligned(fromByteOffset: at + length, as: UInt64.self)
            if difference != 0 {
                return length + UInt64(littleEndian: difference).trailingZeroBitCount / 8
            }
            length &+= 8
        }
        while length < limit,
            input.load(fromByteOffset: before + length, as: UInt8.self)
                == input.load(fromByteOffset: at + length, as: UInt8.self)
        {
            length &+= 1
        }
        return length
    }
}

/// Bits in deflate's order, low ones first.
private struct BitSink {
    private var next: UnsafeMutableRawPointer
    private var held: UInt64 = 0
    private var count: UInt64 = 0

    init(_ start: UnsafeMutableRawPointer) { next = start }

    /// - Parameter length: at most 32.
    @inline(__always)
    mutating func put(_ value: UInt32, _ length: UInt32) {
        held |= UInt64(value) &<< count
        count &+= UInt64(length)
        if count >= 32 {
            next.storeBytes(
                of: UInt32(truncatingIfNeeded: held).littleEndian, as: UInt32.self)
            next += 4
            held &>>= 32
            count &-= 32
        }
    }

    /// Writes what is left; one past the last byte.
    mutating func finish() -> UnsafeMutableRawPointer {
        while count > 0 {
            next.storeBytes(of: UInt8(truncatingIfNeeded: held), as: UInt8.self)
            next += 1
            held &>>= 8
            count = count > 8 ? count - 8 : 0
        }
        return next
    }
}

/// The fixed codes as bits to put, the extra bits of lengths included; made once and never freed.
private struct Codes: @unchecked Sendable {
    /// Bits in the low half, how many in the high one.
    private let literals: UnsafeMutablePointer<UInt32>
    private let lengths: UnsafeMutablePointer<UInt32>
    /// The code of a distance less one: below 256 by itself, then by its 128th part.
    private let distances: UnsafeMutablePointer<UInt8>
    private static let distanceBases: [Int] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
        2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ]
    private static let lengthBases: [Int] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
    ]
    /// By code: the shortest distance, the code's bits from bit 16, and from 21 how many extra bits.
    private let bases: UnsafeMutablePointer<UInt32>

    init() {
        literals = .allocate(capacity: 256)
        lengths = .allocate(capacity: 259)
        distances = .allocate(capacity: 512)
        bases = .allocate(capacity: 30)
        for byte in 0..<256 { literals[byte] = Self.code(byte) }
        for length in 0..<259 { lengths[length] = Self.lengthCode(max(length, 3)) }
        for (code, base) in Self.distanceBases.enumerated() {
            let extra = UInt32(code < 4 ? 0 : code / 2 - 1)
            bases[code] = UInt32(base) | Self.reversed(UInt32(code), 5) << 16 | extra << 21
        }
        for index in 0..<256 {
            distances[index] = Self.distanceCode(index + 1)
            distances[256 + index] = Self.distanceCode((index << 7) + 1)
        }
    }

    @inline(__always)
    func putLiteral(_ byte: UInt8, _ bits: inout BitSink) {
        let code = literals[Int(byte)]
        bits.put(code & 0xFFFF, code >> 16)
    }

    @inline(__always)
    func putRepeat(length: Int, distance: Int, _ bits: inout BitSink) {
        let code = lengths[length]
        bits.put(code & 0xFFFF, code >> 16)
        let less = distance - 1
        let symbol = Int(distances[less < 256 ? less : 256 + less >> 7])
        let base = bases[symbol]
        let rest = UInt32(truncatingIfNeeded: distance) &- (base & 0xFFFF)
        bits.put(base >> 16 & 0x1F | rest &<< 5, 5 &+ base >> 21)
    }

    /// A literal's or length's code, by its symbol.
    private static func code(_ symbol: Int) -> UInt32 {
        let (value, length): (Int, UInt32) =
            switch symbol {
            case ..<144: (0x30 + symbol, 8)
            case ..<256: (0x190 + symbol - 144, 9)
            case ..<280: (symbol - 256, 7)
            default: (0xC0 + symbol - 280, 8)
            }
        return reversed(UInt32(value), length) | length << 16
    }

    private static func lengthCode(_ length: Int) -> UInt32 {
        let index = lengthBases.lastIndex { $0 <= length } ?? 0
        let extra: UInt32 = index < 8 || index == 28 ? 0 : UInt32(index / 4 - 1)
        let code = code(257 + index)
        let count = code >> 16
        let rest = UInt32(length - lengthBases[index])
        return code & 0xFFFF | rest << count | (count + extra) << 16
    }

    private static func distanceCode(_ distance: Int) -> UInt8 {
        UInt8(distanceBases.lastIndex { $0 <= distance } ?? 0)
    }

    /// Codes stand in the stream with their first bit lowest.
    @inline(__always)
    private static func reversed(_ value: UInt32, _ count: UInt32) -> UInt32 {
        var (value, result) = (value, UInt32(0))
        for _ in 0..<count {
            result = result << 1 | value & 1
            value >>= 1
        }
        return result
    }
}
