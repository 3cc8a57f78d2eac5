internal import Documents

/// Small exact decimals: a whole number of units of ten to a negative power.
///
/// What scorecards add up. Numbers of up to fifteen digits, nine of them after the point, and
/// their products, fit; anything else is refused when a card is compiled.
struct ScaledDecimal: BitwiseCopyable {
    var units: Int128
    /// Digits after the point.
    var scale: Int

    /// A number as written; nil when it has too many digits.
    init?(_ value: Value) {
        switch value.kind {
        case .integer:
            guard let whole = value.integer, whole.magnitude < 1_000_000_000_000_000 else {
                return nil
            }
            (units, scale) = (Int128(whole), 0)
        case .decimal:
            guard let read = Self.read(value.spelling.unsafelyUnwrapped) else { return nil }
            self = read
        default: return nil
        }
    }

    init(units: Int128, scale: Int) {
        self.units = units
        self.scale = scale
    }

    private static func read(_ text: Text) -> ScaledDecimal? {
        var (units, scale, digits): (Int128, Int, Int) = (0, 0, 0)
        var isAfterPoint = false
        for byte in text.bytes {
            if byte == UInt8(ascii: ".") {
                isAfterPoint = true
            } else if byte &- 0x30 <= 9 {
                units = units * 10 + Int128(byte - 0x30)
                if units != 0 { digits += 1 }
                if isAfterPoint { scale += 1 }
                guard digits <= 15, scale <= 9 else { return nil }
            } else if byte != UInt8(ascii: "-") {
                return nil
            }
        }
        return ScaledDecimal(units: text[0] == UInt8(ascii: "-") ? -units : units, scale: scale)
    }

    /// The product; digits after the point add up.
    func times(_ other: ScaledDecimal) -> ScaledDecimal {
        ScaledDecimal(units: units * other.units, scale: scale + other.scale).shortest
    }

    /// Without zeros at the end of the fraction.
    var shortest: ScaledDecimal {
        var result = self
        while result.scale > 0, result.units % 10 == 0 {
            result.units /= 10
            result.scale -= 1
        }
        return result
    }

    /// The units at a scale that is not smaller; nil when they are too many.
    func units(at scale: Int) -> Int128? {
        var result = units
        for _ in self.scale..<max(scale, self.scale) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }

    /// The number as a value, spelled without an exponent.
    func value(in arena: Arena) -> Value {
        let short = shortest
        if short.scale == 0, short.units.magnitude < 1_000_000_000_000_000_000 {
            return .integer(Int(short.units))
        }
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { room in
            var at = 64
            var rest = short.units.magnitude
            var digits = 0
            repeat {
                if digits == short.scale, digits > 0 {
                    at -= 1
                    room[at] = UInt8(ascii: ".")
                }
                at -= 1
                room[at] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
                digits += 1
            } while rest > 0 || digits <= short.scale
            if short.units < 0 {
                at -= 1
                room[at] = UInt8(ascii: "-")
            }
            let text = Text(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[at...]))
            return arena.decimal(spelling: text, nearest: Numbers.double(text))
        }
    }
}
