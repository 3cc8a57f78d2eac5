internal import Documents

/// Order of spelled numbers by their digits, of any length and exponent, without computing.
struct ExactDecimal {
    /// The digits with their point, and no exponent.
    private let digits: Text
    private let isNegative: Bool
    /// Where the first digit other than 0 is; nil for zero.
    private let first: Int?
    /// The power of ten of that digit.
    private let power: Int

    /// Negative, zero or positive as `a` is below, equal to or above `b`. Both are `integer` or
    /// `decimal`.
    static func compare(_ a: Value, _ b: Value) -> Int {
        withSpelling(a) { x in withSpelling(b) { y in compare(ExactDecimal(x), ExactDecimal(y)) } }
    }

    private static func withSpelling(_ value: Value, _ body: (Text) -> Int) -> Int {
        if let spelling = value.spelling { return body(spelling) }
        var digits = String(value.integer ?? 0)
        return digits.withUTF8 { body(Text(UnsafeRawBufferPointer($0))) }
    }

    private init(_ spelling: Text) {
        let mark = spelling.bytes.firstIndex { $0 | 0x20 == 0x65 } ?? spelling.count
        isNegative = spelling[0] == 0x2D
        digits = spelling[(isNegative ? 1 : 0)..<mark]
        var exponent = 0
        if mark < spelling.count { exponent = Self.exponent(spelling[(mark + 1)..<spelling.count]) }
        let point = digits.bytes.firstIndex(of: 0x2E) ?? digits.count
        first = digits.bytes.firstIndex { $0 != 0x30 && $0 != 0x2E }
        let place = first.map { $0 < point ? point - $0 - 1 : point - $0 } ?? 0
        power = exponent + place
    }

    /// Past fifteen digits it is as good as infinite.
    private static func exponent(_ text: Text) -> Int {
        var value = 0
        var negative = false
        for byte in text.bytes {
            if byte == 0x2D { negative = true }
            if byte &- 0x30 <= 9, value < 1_000_000_000_000_000 {
                value = value * 10 + Int(byte - 0x30)
            }
        }
        return negative ? -value : value
    }

    private static func compare(_ a: ExactDecimal, _ b: ExactDecimal) -> Int {
        guard let x = a.first, let y = b.first else {
            return (a.first == nil ? 0 : a.sign) - (b.first == nil ? 0 : b.sign)
        }
        if a.isNegative != b.isNegative { return a.sign }
        if a.power != b.power { return a.power > b.power ? a.sign : -a.sign }
        var (i, j) = (x, y)
        while i < a.digits.count || j < b.digits.count {
            let (p, q) = (a.digit(&i), b.digit(&j))
            if p != q { return p > q ? a.sign : -a.sign }
        }
        return 0
    }

    private var sign: Int { isNegative ? -1 : 1 }

    private func digit(_ at: inout Int) -> UInt8 {
        if at < digits.count, digits[at] == 0x2E { at += 1 }
        guard at < digits.count else { return 0x30 }
        defer { at += 1 }
        return digits[at]
    }
}
