public import Documents

extension Value {
    /// Negative, zero or positive as one number is below, equal to or above another, by their exact
    /// decimals and not by the doubles nearest to them; both are numbers.
    @inline(__always)
    public static func compareNumbers(_ a: Value, _ b: Value) -> Int { ExactNumbers.compare(a, b) }

    /// Whether a number has no fraction.
    public var isWholeNumber: Bool { isNumber && ExactNumbers.isWhole(self) }
}
