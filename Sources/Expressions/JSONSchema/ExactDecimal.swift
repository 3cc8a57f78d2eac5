internal import Documents

/// A number as written: sign, digits without zeros at either end, and the power of ten of the last.
struct ExactDecimal {
    private(set) var isNegative = false
    /// The digits; empty for zero.
    private(set) var digits: [UInt8] = []
    /// The power of ten that the last digit stands for.
    private(set) var exponent = 0

    /// Exponents past this are all the same: such a number is only ever compared.
    private static let exponentLimit = 1 << 40

    /// The number of a value; nil for NaN, infinities and what is no number.
    init?(_ value: Value) {
        switch value.kind {
        case .integer: self.init(spelled: String(value.integer ?? 0).utf8)
        case .decimal: self.init(spelled: value.spelling.unsafelyUnwrapped.bytes)
        case .double:
            guard let number = value.number, number.isFinite else { return nil }
            self.init(spelled: Numbers.spell(number).utf8)
        default: return nil
        }
    }

    private init(spelled: some Collection<UInt8>) {
        var afterPoint = false
        var rest = spelled[...]
        while let byte = rest.popFirst() {
            if byte &- 0x30 <= 9 {
                if byte != 0x30 || !digits.isEmpty { digits.append(byte &- 0x30) }
                if afterPoint { exponent -= 1 }
            } else if byte == 0x2E {
                afterPoint = true
            } else if byte == 0x65 || byte == 0x45 {
                exponent += ExactDecimal.exponent(rest)
                break
            } else {
                isNegative = byte == 0x2D
            }
        }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty {
            exponent = 0
            isNegative = false
        }
    }

    private static func exponent(_ text: some Collection<UInt8>) -> Int {
        var result = 0
        for byte in text where byte &- 0x30 <= 9 {
            result = min(result * 10 + Int(byte &- 0x30), exponentLimit)
        }
        return text.first == 0x2D ? -result : result
    }

    /// Whether there is no fraction.
    var isWhole: Bool { exponent >= 0 }

    /// The number as a machine integer, when it is whole and has at most eighteen digits.
    var integer: Int? {
        guard exponent >= 0, digits.count + exponent <= 18 else { return nil }
        var result = 0
        for digit in digits { result = result * 10 + Int(digit) }
        for _ in 0..<exponent { result *= 10 }
        return isNegative ? -result : result
    }

    /// Negative, zero or positive as `a` is below, equal to or above `b`.
    static func compare(_ a: ExactDecimal, _ b: ExactDecimal) -> Int {
        if a.digits.isEmpty || b.digits.isEmpty || a.isNegative != b.isNegative {
            return a.sign - b.sign
        }
        return a.isNegative ? compareSize(b, a) : compareSize(a, b)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    private static func compareSize(_ a: ExactDecimal, _ b: ExactDecimal) -> Int {
        let places = (a.digits.count + a.exponent) - (b.digits.count + b.exponent)
        if places != 0 { return places }
        for index in 0..<min(a.digits.count, b.digits.count)
        where a.digits[index] != b.digits[index] {
            return Int(a.digits[index]) - Int(b.digits[index])
        }
        return a.digits.count - b.digits.count
    }

    /// Digits that a division may go through when the divisor has more than eighteen.
    private static let divisionLimit = 5_000

    /// Whether this is a whole number times a divisor above zero; nil when it is too long to tell.
    func isMultiple(of divisor: ExactDecimal) -> Bool? {
        if digits.isEmpty { return true }
        // The digits do not end in zero, so that they hold no power of ten of the divisor.
        guard divisor.exponent <= exponent else { return false }
        let zeros = exponent - divisor.exponent
        if divisor.digits.count <= 18 { return remainder(divisor.small, zeros) == 0 }
        guard digits.count + zeros <= ExactDecimal.divisionLimit,
            divisor.digits.count <= ExactDecimal.divisionLimit
        else { return nil }
        return isMultiple(ofLong: divisor.digits, zeros)
    }

    private var small: UInt64 { digits.reduce(0) { $0 * 10 + UInt64($1) } }

    /// The digits with zeros after them, modulo a number.
    private func remainder(_ modulus: UInt64, _ zeros: Int) -> UInt64 {
        func times(_ a: UInt64, _ b: UInt64) -> UInt64 {
            modulus.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder
        }
        var result: UInt64 = 0
        for digit in digits { result = (times(result, 10) + UInt64(digit)) % modulus }
        var power = 10 % modulus
        var left = zeros
        while left > 0 {
            if left & 1 == 1 { result = times(result, power) }
            power = times(power, power)
            left >>= 1
        }
        return result
    }

    /// Long division by subtraction, digit by digit.
    private func isMultiple(ofLong divisor: [UInt8], _ zeros: Int) -> Bool {
        // One digit more than the divisor, most significant first.
        var rest = [UInt8](repeating: 0, count: divisor.count + 1)
        for index in 0..<(digits.count + zeros) {
            rest.removeFirst()
            rest.append(index < digits.count ? digits[index] : 0)
            while !rest.lexicographicallyPrecedes([0] + divisor) {
                var borrow: Int8 = 0
                for place in stride(from: divisor.count, through: 0, by: -1) {
                    let taken = place == 0 ? 0 : Int8(divisor[place - 1])
                    let digit = Int8(rest[place]) - taken - borrow
                    borrow = digit < 0 ? 1 : 0
                    rest[place] = UInt8(digit < 0 ? digit + 10 : digit)
                }
            }
        }
        return rest.allSatisfy { $0 == 0 }
    }
}
