internal import Documents
internal import Expressions

/// Exact sums of decimals: whole numbers of units of a power of ten that a whole column shares.
enum DecimalUnits {
    /// Digits of a number that fit, those of the shared scale included.
    static let digitLimit = 18

    /// The digits after the point that a number needs; nil with too many digits or an exponent.
    static func scale(_ value: Value) -> Int? {
        switch value.kind {
        case .integer: return 0
        case .decimal:
            let text = value.spelling.unsafelyUnwrapped
            guard text.bytes.allSatisfy({ $0 &- 0x30 <= 9 || $0 == 0x2E || $0 == 0x2D }) else {
                return nil
            }
            guard let point = text.bytes.firstIndex(of: 0x2E) else { return nil }
            return text.count - point - 1
        default: return nil
        }
    }

    /// A number in units of a scale; nil when it does not fit.
    static func units(_ value: Value, scale: Int) -> Int64? {
        guard let own = self.scale(value), own <= scale else { return nil }
        var units: Int64 = 0
        var isNegative = false
        if let spelling = value.spelling {
            for byte in spelling.bytes {
                if byte == 0x2D { isNegative = true }
                guard byte &- 0x30 <= 9 else { continue }
                guard let next = times10(units, plus: Int64(byte - 0x30)) else { return nil }
                units = next
            }
        } else {
            guard let whole = value.integer else { return nil }
            isNegative = whole < 0
            units = Int64(whole.magnitude)
        }
        for _ in own..<max(own, scale) {
            guard let next = times10(units, plus: 0) else { return nil }
            units = next
        }
        return isNegative ? -units : units
    }

    private static func times10(_ units: Int64, plus digit: Int64) -> Int64? {
        guard units < 100_000_000_000_000_000 else { return nil }
        return units * 10 + digit
    }

    /// The value of so many units, without zeros at the end of its fraction.
    static func value(_ units: Int128, scale: Int, in arena: Arena) -> Value {
        var (rest, scale) = (units, scale)
        while scale > 0, rest % 10 == 0 {
            rest /= 10
            scale -= 1
        }
        if scale == 0, rest.magnitude < 1_000_000_000_000_000_000 { return .integer(Int(rest)) }
        var digits = Array(String(rest.magnitude).utf8)
        if digits.count <= scale {
            digits = [UInt8](repeating: 0x30, count: scale - digits.count + 1) + digits
        }
        if scale > 0 { digits.insert(0x2E, at: digits.count - scale) }
        if rest < 0 { digits.insert(0x2D, at: 0) }
        return digits.withUnsafeBytes {
            let text = Text($0)
            return arena.decimal(spelling: text, nearest: Numbers.double(text))
        }
    }
}
