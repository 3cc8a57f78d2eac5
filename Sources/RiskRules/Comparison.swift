internal import Documents
internal import Expressions

/// Comparison of numbers, strings and bools as ECMAScript has it, and exactly where Docket asks.
enum Comparison {
    /// The order of two values under ECMAScript's `<` and `>`.
    enum Order { case before, same, after, unordered }

    /// Whether a value is a number, string or bool.
    @inline(__always)
    static func isPrimitive(_ value: Value) -> Bool {
        value.kind != .null && value.kind.rawValue < Value.Kind.array.rawValue
    }

    /// Number with number, string with string or bool with bool.
    @inline(__always)
    static func areAlike(_ a: Value, _ b: Value) -> Bool {
        a.kind == b.kind || (a.isNumber && b.isNumber)
    }

    /// ECMAScript's `===` on two primitives.
    @inline(__always)
    static func strictlyEqual(_ a: Value, _ b: Value, _ semantics: RuleSet.Semantics) -> Bool {
        if a.kind == .string, b.kind == .string {
            return a.text.unsafelyUnwrapped == b.text.unsafelyUnwrapped
        }
        if a.isNumber, b.isNumber { return numbers(a, b, semantics) == .same }
        return a.kind == .bool && b.kind == .bool && a.bool == b.bool
    }

    /// The order of two primitives; `number` is `b` as a number.
    @inline(__always)
    static func order(
        _ a: Value, _ b: Value, _ number: Double, _ semantics: RuleSet.Semantics
    ) -> Order {
        if a.isNumber, b.isNumber { return numbers(a, b, semantics) }
        if let x = a.text, let y = b.text { return texts(x, y, semantics) }
        return doubles(ECMAScriptNumber.of(a), number)
    }

    @inline(__always)
    private static func doubles(_ a: Double, _ b: Double) -> Order {
        a < b ? .before : a > b ? .after : a == b ? .same : .unordered
    }

    /// Doubles decide when they differ, since rounding keeps the order. A tie of two different
    /// spellings is settled digit by digit, except under Ballerine's semantics.
    @inline(__always)
    private static func numbers(
        _ a: Value, _ b: Value, _ semantics: RuleSet.Semantics
    ) -> Order {
        let order = doubles(a.number.unsafelyUnwrapped, b.number.unsafelyUnwrapped)
        if order != .same || semantics == .ballerine { return order }
        if a.kind == .double || b.kind == .double { return order }
        if a.kind == .integer, b.kind == .integer, let x = a.integer, let y = b.integer {
            return x < y ? .before : x > y ? .after : .same
        }
        let exact = Value.compareNumbers(a, b)
        return exact < 0 ? .before : exact > 0 ? .after : .same
    }

    /// Bytes under Docket's semantics, UTF-16 code units under Ballerine's.
    private static func texts(_ a: Text, _ b: Text, _ semantics: RuleSet.Semantics) -> Order {
        let order = semantics == .ballerine ? utf16Order(a, b) : Text.compare(a, b)
        return order < 0 ? .before : order > 0 ? .after : .same
    }

    /// UTF-8 sorts as UTF-16 does, but for characters past U+FFFF, whose surrogates come before
    /// U+E000...U+FFFF.
    static func utf16Order(_ a: Text, _ b: Text) -> Int {
        let common = min(a.count, b.count)
        var at = 0
        while at < common, a[at] == b[at] { at += 1 }
        guard at < common else { return a.count - b.count }
        let (x, y) = (a[at], b[at])
        if x >= 0xEE, y >= 0xEE, (x >= 0xF0) != (y >= 0xF0) { return x >= 0xF0 ? -1 : 1 }
        return Int(x) - Int(y)
    }
}
