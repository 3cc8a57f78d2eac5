internal import Documents

/// A decimal number as written: a whole number times a negative power of ten. Comparisons with counts and
/// sums are exact as long as they fit 128 bits, which numbers of up to seventeen digits do.
struct ExactNumber {
    /// The digits, with their sign.
    let digits: Int128
    /// How many of them are a fraction.
    let places: Int
    /// The nearest double.
    let nearest: Double

    /// Nil for what is no finite number.
    init?(_ value: Value?) {
        guard let value, let number = value.number, number.isFinite else { return nil }
        nearest = number
        let spelling = value.spelling.map { String($0) } ?? Numbers.spell(number)
        guard let (digits, places) = Self.parse(spelling) else {
            // More digits than fit: what is left of them in a double.
            guard let (digits, places) = Self.parse(Numbers.spell(number)) else {
                self.digits = number < 0 ? -Int128(1) << 100 : Int128(1) << 100
                self.places = 0
                return
            }
            (self.digits, self.places) = (digits, places)
            return
        }
        (self.digits, self.places) = (digits, places)
    }

    private static func parse(_ text: String) -> (Int128, Int)? {
        var digits: Int128 = 0
        var places = 0
        var isFraction = false
        var isNegative = false
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x2D: isNegative = true
            case 0x2E: isFraction = true
            case 0x65, 0x45:
                guard let exponent = Int(String(decoding: rest, as: UTF8.self)) else { return nil }
                places -= exponent
                rest = []
            default:
                guard digits < 100_000_000_000_000_000 else { return nil }
                digits = digits * 10 + Int128(byte &- 0x30)
                if isFraction { places += 1 }
            }
        }
        while places < 0 {
            guard digits < 100_000_000_000_000_000 else { return nil }
            digits *= 10
            places += 1
        }
        guard places <= 18 else { return digits == 0 ? (0, 0) : nil }
        return (isNegative ? -digits : digits, places)
    }

    private static func power(_ places: Int) -> Int128 {
        var result: Int128 = 1
        for _ in 0..<places { result *= 10 }
        return result
    }

    /// Negative, zero or positive as `left` is below, equal to or above this number times `factor`.
    func compare(_ left: Int128, times factor: Int128) -> Int {
        let (a, tooLong) = left.multipliedReportingOverflow(by: Self.power(places))
        let (b, tooLarge) = digits.multipliedReportingOverflow(by: factor)
        if tooLong || tooLarge {
            let (x, y) = (Double(left), nearest * Double(factor))
            return x < y ? -1 : x == y ? 0 : 1
        }
        return a < b ? -1 : a == b ? 0 : 1
    }

    /// The largest whole number of millionths that is not above this number.
    var millionths: Int64 {
        var value = digits
        var places = places
        while places < 6 {
            value *= 10
            places += 1
        }
        while places > 6 {
            let quotient = value / 10
            value = value < 0 && value % 10 != 0 ? quotient - 1 : quotient
            places -= 1
        }
        return Int64(clamping: value)
    }
}

/// Amounts in whole millionths, so that sums are exact whatever their order.
enum Millionths {
    /// The amount, rounded half to even past six decimals; nil when it is out of range.
    static func of(_ value: Value) -> Int64? {
        guard let number = value.number, abs(number) < 9e12 else { return nil }
        if let whole = value.kind == .integer ? value.integer : nil {
            return Int64(whole) * 1_000_000
        }
        if let spelling = value.spelling, let exact = short(spelling) { return exact }
        return Int64((number * 1_000_000).rounded(.toNearestOrEven))
    }

    /// A spelling of digits and at most six decimals.
    private static func short(_ text: Text) -> Int64? {
        var value: Int64 = 0
        var decimals = -1
        let isNegative = text.count > 0 && text[0] == 0x2D
        var at = isNegative ? 1 : 0
        guard text.count <= 19 else { return nil }
        while at < text.count {
            let byte = text[at]
            if byte == 0x2E {
                decimals = 0
            } else if byte &- 0x30 <= 9 {
                value = value &* 10 &+ Int64(byte &- 0x30)
                if decimals >= 0 { decimals += 1 }
            } else {
                return nil
            }
            at += 1
        }
        guard decimals <= 6 else { return nil }
        for _ in 0..<(6 - max(decimals, 0)) { value *= 10 }
        return isNegative ? -value : value
    }

    /// The amount as a number with its shortest spelling.
    static func value(_ amount: Int64, in arena: Arena) -> Value {
        if amount % 1_000_000 == 0 { return .integer(Int(amount / 1_000_000)) }
        let size = amount.magnitude
        var fraction = String(size % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        while fraction.utf8.last == 0x30 { fraction.removeLast() }
        let text = (amount < 0 ? "-" : "") + String(size / 1_000_000) + "." + fraction
        let spelling = arena.text(text)
        return arena.decimal(spelling: spelling, nearest: Numbers.double(spelling))
    }
}
