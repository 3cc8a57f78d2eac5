internal import Documents

/// A threshold or factor as written. Comparisons with counts and sums are exact as long as they fit 128
/// bits, which numbers of up to seventeen digits do.
struct ExactNumber {
    let decimal: ScaledDecimal
    /// The nearest double.
    let nearest: Double

    /// Nil for what is no finite number.
    init?(_ value: Value?) {
        guard let value, let number = value.number, number.isFinite else { return nil }
        nearest = number
        // What is too long is as good as a double, and what is too large or small as without end.
        decimal =
            ScaledDecimal(value) ?? ScaledDecimal(.number(number))
            ?? ScaledDecimal(
                units: number.magnitude < 1 ? 0 : number < 0 ? -1 << 100 : 1 << 100, scale: 0)
    }

    /// Negative, zero or positive as `left` is below, equal to or above this number times `factor`.
    func compare(_ left: Int128, times factor: Int128) -> Int {
        let (a, tooLong) = left.multipliedReportingOverflow(by: ScaledDecimal.power(decimal.scale))
        let (b, tooLarge) = decimal.units.multipliedReportingOverflow(by: factor)
        if tooLong || tooLarge {
            let (x, y) = (Double(left), nearest * Double(factor))
            return x < y ? -1 : x == y ? 0 : 1
        }
        return a < b ? -1 : a == b ? 0 : 1
    }

    /// The largest whole number of millionths that is not above this number.
    var millionths: Int64 {
        decimal.units(flooredAt: 6).map { Int64(clamping: $0) } ?? (nearest < 0 ? .min : .max)
    }
}

/// Amounts in whole millionths, so that sums are exact whatever their order.
enum Millionths {
    /// The amount, rounded half to even past six decimals; nil when it is out of range.
    static func of(_ value: Value) -> Int64? {
        guard let number = value.number, abs(number) < 9e12 else { return nil }
        if let units = ScaledDecimal(value)?.units(roundedAt: 6) { return Int64(units) }
        return Int64((number * 1_000_000).rounded(.toNearestOrEven))
    }

    /// The amount as a number with its shortest spelling.
    static func value(_ amount: Int64, in arena: Arena) -> Value {
        ScaledDecimal(units: Int128(amount), scale: 6).value(in: arena)
    }
}
