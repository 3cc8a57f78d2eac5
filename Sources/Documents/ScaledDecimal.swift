/// An exact decimal of a bounded size: a whole number of units of ten to a negative power.
///
/// What sums, weights, thresholds and amounts are reckoned in. At most 36 digits and 36 places after
/// the point, so that a number and ten times it fit into its units.
public struct ScaledDecimal: BitwiseCopyable, Sendable {
    /// The number without its point.
    public let units: Int128
    /// Digits after the point, 0 to ``limit``.
    public let scale: Int

    /// So many units of ten to the power of -`scale`.
    public init(units: Int128, scale: Int) {
        self.units = units
        self.scale = scale
    }

    /// Digits, and places after the point, that any number may have.
    public static let limit = 36

    /// A number as written, without zeros at the end of its fraction; a double by its shortest
    /// spelling. Nil for NaN, infinities, what is no number, and what has more than so many digits or
    /// places after the point.
    public init?(_ value: Value, digits: Int = limit, places: Int = limit) {
        let read: ScaledDecimal?
        switch value.kind {
        case .integer: read = ScaledDecimal(units: Int128(value.integer ?? 0), scale: 0)
        case .decimal: read = value.spelling.flatMap { Self.read($0) }
        case .double:
            guard let number = value.number, number.isFinite else { return nil }
            var spelling = Numbers.spell(number)
            read = spelling.withUTF8 { Self.read(Text(UnsafeRawBufferPointer($0))) }
        default: return nil
        }
        guard let read, read.scale <= places,
            digits >= Self.limit || read.units.magnitude < UInt128(Self.power(digits))
        else { return nil }
        self = read
    }

    private static func read(_ text: Text) -> ScaledDecimal? {
        var (units, scale, digits): (Int128, Int, Int) = (0, 0, 0)
        var isAfterPoint = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte &- 0x30 <= 9 {
                units = units * 10 + Int128(byte &- 0x30)
                if units != 0 { digits += 1 }
                if isAfterPoint { scale += 1 }
                guard digits <= limit else { return nil }
            } else if byte == UInt8(ascii: ".") {
                isAfterPoint = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                break
            }
        }
        if units == 0 { return ScaledDecimal(units: 0, scale: 0) }
        if index < text.count { scale -= exponent(text[index..<text.count]) }
        while scale < 0 {
            guard digits < limit else { return nil }
            units *= 10
            (digits, scale) = (digits + 1, scale + 1)
        }
        let read = ScaledDecimal(
            units: text[0] == UInt8(ascii: "-") ? -units : units, scale: scale
        ).shortest
        return read.scale <= limit ? read : nil
    }

    /// Past four digits it is as good as infinite.
    private static func exponent(_ text: Text) -> Int {
        var value = 0
        for byte in text.bytes where byte &- 0x30 <= 9 {
            value = min(value * 10 + Int(byte &- 0x30), 10_000)
        }
        return text[0] == UInt8(ascii: "-") ? -value : value
    }

    /// Ten to a power of at most ``limit``.
    public static func power(_ exponent: Int) -> Int128 {
        var result: Int128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }

    /// The product, or nil when it does not fit; digits after the point add up.
    public func times(_ other: ScaledDecimal) -> ScaledDecimal? {
        let (product, overflow) = units.multipliedReportingOverflow(by: other.units)
        guard !overflow else { return nil }
        let result = ScaledDecimal(units: product, scale: scale + other.scale).shortest
        return result.scale <= Self.limit ? result : nil
    }

    /// The sum, or nil when it does not fit.
    public func plus(_ other: ScaledDecimal) -> ScaledDecimal? {
        let scale = max(scale, other.scale)
        guard let a = units(at: scale), let b = other.units(at: scale) else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : ScaledDecimal(units: sum, scale: scale).shortest
    }

    /// Without zeros at the end of the fraction.
    public var shortest: ScaledDecimal {
        var (units, scale) = (units, scale)
        while scale > 0, units % 10 == 0 {
            units /= 10
            scale -= 1
        }
        return ScaledDecimal(units: units, scale: scale)
    }

    /// The units at a scale that is not smaller; nil when they are too many.
    public func units(at scale: Int) -> Int128? {
        var result = units
        for _ in self.scale..<max(scale, self.scale) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }

    /// The units at any scale, those below rounded half to even; nil when they are too many.
    public func units(roundedAt scale: Int) -> Int128? {
        guard scale < self.scale else { return units(at: scale) }
        let divisor = Self.power(self.scale - scale)
        let (quotient, rest) = units.quotientAndRemainder(dividingBy: divisor)
        let half = rest.magnitude * 2
        let isUp = half > divisor.magnitude || (half == divisor.magnitude && quotient % 2 != 0)
        return isUp ? quotient + (units < 0 ? -1 : 1) : quotient
    }

    /// The units at any scale of the largest number that is not above this one; nil when they are too
    /// many.
    public func units(flooredAt scale: Int) -> Int128? {
        guard scale < self.scale else { return units(at: scale) }
        let (quotient, rest) = units.quotientAndRemainder(
            dividingBy: Self.power(self.scale - scale))
        return rest < 0 ? quotient - 1 : quotient
    }

    /// The number as a value, spelled without an exponent.
    public func value(in arena: Arena) -> Value {
        let short = shortest
        if short.scale == 0, short.units.magnitude < 1_000_000_000_000_000_000 {
            return .integer(Int(short.units))
        }
        // 39 digits of an Int128, or as many as its scale asks for, with sign and point.
        let length = max(40, short.scale) + 3
        return withUnsafeTemporaryAllocation(byteCount: length, alignment: 1) { room in
            var at = length
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

extension ScaledDecimal: Comparable, CustomStringConvertible {
    /// Whether both are the same number, whatever their scales.
    public static func == (a: ScaledDecimal, b: ScaledDecimal) -> Bool {
        let (a, b) = (a.shortest, b.shortest)
        return a.units == b.units && a.scale == b.scale
    }

    /// By the numbers; of what does not fit at one scale, by their doubles.
    public static func < (a: ScaledDecimal, b: ScaledDecimal) -> Bool {
        let scale = max(a.scale, b.scale)
        if let x = a.units(at: scale), let y = b.units(at: scale) { return x < y }
        return Double(a.units) / Double(power(a.scale)) < Double(b.units) / Double(power(b.scale))
    }

    /// As in ``value(in:)``.
    public var description: String {
        let arena = Arena()
        return withExtendedLifetime(arena) { JSONWriter.line(value(in: arena)) }
    }
}
