/// Spelling and reading of numbers.
public enum Numbers {
    /// The double nearest to the text of a JSON number.
    ///
    /// Exact for any length; the common short spellings take one multiplication or division.
    public static func double(_ text: Text) -> Double {
        fastDouble(text) ?? Double(String(text)) ?? .nan
    }

    /// Clinger's fast path: up to 15 digits and a power of ten that is exact in a double.
    private static func fastDouble(_ text: Text) -> Double? {
        var mantissa: UInt64 = 0
        var digits = 0
        var scale = 0
        var index = 0
        let negative = text.count > 0 && text[0] == 0x2D
        if negative { index = 1 }
        var afterPoint = false
        while index < text.count {
            let byte = text[index]
            if byte &- 0x30 <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
                if mantissa != 0 { digits += 1 }
                if afterPoint { scale -= 1 }
                if digits > 15 { return nil }
            } else if byte == 0x2E {
                afterPoint = true
            } else {
                break
            }
            index += 1
        }
        if index < text.count {
            guard let exponent = smallExponent(text[(index + 1)..<text.count]) else { return nil }
            scale += exponent
        }
        guard scale >= -22, scale <= 22 else { return nil }
        let whole = Double(mantissa)
        let result = scale < 0 ? whole / powersOfTen[-scale] : whole * powersOfTen[scale]
        return negative ? -result : result
    }

    private static func smallExponent(_ text: Text) -> Int? {
        var index = 0
        var negative = false
        if text.count > 0, text[0] == 0x2B || text[0] == 0x2D {
            negative = text[0] == 0x2D
            index = 1
        }
        guard text.count - index <= 3 else { return nil }
        var exponent = 0
        while index < text.count {
            exponent = exponent * 10 + Int(text[index] &- 0x30)
            index += 1
        }
        return negative ? -exponent : exponent
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// A finite double as ECMAScript's `Number::toString` spells it (ECMA-262, 6.1.6.1.20):
    /// the shortest digits that read back, no exponent between 1e-7 and 1e21.
    public static func spell(_ value: Double) -> String {
        if value == 0 { return "0" }
        if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        // Swift's shortest digits are laid out alike where there is a fraction and no exponent.
        let text = value.description
        if abs(value) < 1e15 && !text.utf8.contains(0x65) { return text }
        let (digits, exponent) = shortestDigits(abs(value))
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        if count <= exponent && exponent <= 21 {
            return sign + digits + String(repeating: "0", count: exponent - count)
        }
        if exponent > 0 && exponent <= 21 {
            return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
        }
        if exponent > -6 && exponent <= 0 {
            return sign + "0." + String(repeating: "0", count: -exponent) + digits
        }
        let power = exponent - 1
        let tail = count == 1 ? "" : "." + digits.dropFirst()
        return sign + digits.prefix(1) + tail + "e" + (power < 0 ? "-" : "+") + String(abs(power))
    }

    /// The shortest digits of a positive double and the position of the decimal point among them:
    /// 0.digits times ten to the exponent.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        var digits: [UInt8] = []
        var exponent = 0
        var point: Int?
        let text = Array(value.description.utf8)
        var index = 0
        while index < text.count {
            switch text[index] {
            case 0x2E: point = digits.count
            case 0x65:
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                index = text.count
            default: digits.append(text[index])
            }
            index += 1
        }
        exponent += point ?? digits.count
        let leading = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(leading)
        exponent -= leading
        while digits.last == 0x30 { digits.removeLast() }
        return (String(decoding: digits, as: UTF8.self), exponent)
    }
}
