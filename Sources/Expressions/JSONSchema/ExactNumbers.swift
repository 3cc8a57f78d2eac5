internal import Documents

/// Questions about numbers as written, answered without reading their digits where doubles do.
enum ExactNumbers {
    /// Negative, zero or positive as `a` is below, equal to or above `b`; both are numbers.
    ///
    /// Rounding to doubles keeps order, so that only equal doubles need a closer look.
    @inline(__always)
    static func compare(_ a: Value, _ b: Value) -> Int {
        if a.kind == .integer, b.kind == .integer {
            let (x, y) = (a.integer.unsafelyUnwrapped, b.integer.unsafelyUnwrapped)
            return x < y ? -1 : x == y ? 0 : 1
        }
        let x = a.number.unsafelyUnwrapped
        let y = b.number.unsafelyUnwrapped
        if x < y { return -1 }
        if x > y { return 1 }
        return compareExactly(a, b)
    }

    @inline(never)
    private static func compareExactly(_ a: Value, _ b: Value) -> Int {
        if haveFewDigits(a), haveFewDigits(b) { return 0 }
        guard let x = ExactDecimal(a), let y = ExactDecimal(b) else {
            // NaN is above all others; infinities of the same sign are equal.
            let (x, y) = (a.number ?? .nan, b.number ?? .nan)
            return x == y ? 0 : (x.isNaN ? 1 : 0) - (y.isNaN ? 1 : 0)
        }
        return ExactDecimal.compare(x, y)
    }

    /// Whether no other number with as few digits has the same double: up to fifteen digits do not
    /// collide as long as the double is a normal one.
    @inline(__always)
    private static func haveFewDigits(_ value: Value) -> Bool {
        switch value.kind {
        case .integer: value.integer.unsafelyUnwrapped.magnitude < 1_000_000_000_000_000
        case .decimal:
            value.spelling.unsafelyUnwrapped.count <= 15
                && (1e-290...1e290).contains(value.number.unsafelyUnwrapped.magnitude)
        default: false
        }
    }

    /// Whether a number has no fraction.
    @inline(__always)
    static func isWhole(_ value: Value) -> Bool {
        value.kind == .integer || isWholeSlowly(value)
    }

    @inline(never)
    private static func isWholeSlowly(_ value: Value) -> Bool {
        guard let number = value.number, number.isFinite || value.kind == .decimal else {
            return false
        }
        if number.isFinite, number != number.rounded(.towardZero) { return false }
        if value.kind == .double { return true }
        return ExactDecimal(value)?.isWhole ?? false
    }

    /// Whether a number is a whole number times a divisor above zero; nil when that takes too long.
    @inline(__always)
    static func isMultiple(_ value: Value, of divisor: NumberLimit) -> Bool? {
        if divisor.isWhole, value.kind == .integer {
            return value.integer.unsafelyUnwrapped % divisor.whole == 0
        }
        return isMultipleSlowly(value, of: divisor.value)
    }

    @inline(never)
    private static func isMultipleSlowly(_ value: Value, of divisor: Value) -> Bool? {
        guard let dividend = ExactDecimal(value), let divisor = ExactDecimal(divisor) else {
            return false
        }
        return dividend.isMultiple(of: divisor)
    }
}
