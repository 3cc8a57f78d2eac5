/// A moment in UTC, to the millisecond. The engine never reads a clock; moments come in.
public struct Instant: BitwiseCopyable, Hashable, Sendable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    public var milliseconds: Int

    /// A moment.
    public init(milliseconds: Int) { self.milliseconds = milliseconds }

    /// Earlier before later.
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    /// The moment some milliseconds later.
    public func advanced(byMilliseconds milliseconds: Int) -> Instant {
        Instant(milliseconds: self.milliseconds + milliseconds)
    }

    /// The calendar date and time of day in UTC.
    public var civil: CivilTime {
        let day = milliseconds.floorDivided(by: 86_400_000)
        let rest = milliseconds - day * 86_400_000
        var time = CivilTime(daysSinceEpoch: day)
        time.hour = rest / 3_600_000
        time.minute = rest / 60_000 % 60
        time.second = rest / 1000 % 60
        time.millisecond = rest % 1000
        return time
    }
}

/// A date and time of day in the proleptic Gregorian calendar, in UTC.
public struct CivilTime: Hashable, Sendable {
    /// Astronomical year.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour = 0
    /// 0 to 59.
    public var minute = 0
    /// 0 to 59.
    public var second = 0
    /// 0 to 999.
    public var millisecond = 0

    /// A date at midnight.
    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date so many days after 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
    /// algorithms").
    public init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01 of the date.
    public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The moment.
    public var instant: Instant {
        let time = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond
        return Instant(milliseconds: daysSinceEpoch * 86_400_000 + time)
    }

    /// The number of days of a month.
    public static func days(inMonth month: Int, ofYear year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Instant: CustomStringConvertible {
    /// ISO 8601 with a `Z`; milliseconds only where there are any.
    public var description: String { text(withMilliseconds: civil.millisecond != 0) }

    private func text(withMilliseconds: Bool) -> String {
        let time = civil
        guard (0...9999).contains(time.year) else { return longText(time, withMilliseconds) }
        return String(unsafeUninitializedCapacity: 24) { text in
            var at = 0
            func put(_ number: Int, _ width: Int, _ separator: UInt8) {
                var rest = number
                for position in stride(from: at + width - 1, through: at, by: -1) {
                    text[position] = 0x30 + UInt8(rest % 10)
                    rest /= 10
                }
                text[at + width] = separator
                at += width + 1
            }
            put(time.year, 4, 0x2D)
            put(time.month, 2, 0x2D)
            put(time.day, 2, 0x54)
            put(time.hour, 2, 0x3A)
            put(time.minute, 2, 0x3A)
            put(time.second, 2, withMilliseconds ? 0x2E : 0x5A)
            if withMilliseconds { put(time.millisecond, 3, 0x5A) }
            return at
        }
    }

    /// A year that takes a sign or more than four digits.
    private func longText(_ time: CivilTime, _ withMilliseconds: Bool) -> String {
        let base =
            "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))T"
            + "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        return withMilliseconds ? base + ".\(padded(time.millisecond, 3))Z" : base + "Z"
    }

    /// `2026-11-22`.
    public var day: String { String(description.prefix(10)) }

    /// ISO 8601 as ECMAScript's `toISOString` writes it, always with milliseconds.
    public var withMilliseconds: String { text(withMilliseconds: true) }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (number < 0 ? "-" : "") + zeros + digits
}

extension Int {
    /// The quotient rounded towards negative infinity; the divisor is positive.
    func floorDivided(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}

extension Instant {
    /// Parses ISO 8601 and RFC 3339: a date, or a date and a time with optional seconds, fraction
    /// and offset; without an offset it is UTC. Nil when the text is anything else or no real date.
    public init?(parsing text: some StringProtocol) {
        var scan = DateScanner(bytes: Array(text.utf8))
        guard let instant = scan.instant() else { return nil }
        self = instant
    }
}

private struct DateScanner {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func digits(_ count: Int) -> Int? {
        guard at + count <= bytes.count else { return nil }
        var number = 0
        for byte in bytes[at..<(at + count)] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        at += count
        return number
    }

    mutating func take(_ characters: StaticString) -> UInt8? {
        guard at < bytes.count, Text(characters).bytes.contains(bytes[at]) else { return nil }
        at += 1
        return bytes[at - 1]
    }

    mutating func instant() -> Instant? {
        guard let year = digits(4), take("-") != nil, let month = digits(2), take("-") != nil,
            let day = digits(2), (1...12).contains(month),
            day >= 1, day <= CivilTime.days(inMonth: month, ofYear: year)
        else { return nil }
        var time = CivilTime(year: year, month: month, day: day)
        if at == bytes.count { return time.instant }
        guard take("Tt ") != nil, let hour = digits(2), take(":") != nil, let minute = digits(2),
            hour < 24, minute < 60
        else { return nil }
        (time.hour, time.minute) = (hour, minute)
        if take(":") != nil {
            guard let second = digits(2), second < 60 else { return nil }
            time.second = second
            if take(".,") != nil {
                guard let fraction = fraction() else { return nil }
                time.millisecond = fraction
            }
        }
        guard let offset = offset(), at == bytes.count else { return nil }
        return time.instant.advanced(byMilliseconds: -offset * 60_000)
    }

    private mutating func fraction() -> Int? {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        guard at > start else { return nil }
        var value = 0
        for position in 0..<3 {
            let index = start + position
            value = value * 10 + (index < at ? Int(bytes[index] - 0x30) : 0)
        }
        return value
    }

    /// Minutes east of UTC; nothing written means UTC.
    private mutating func offset() -> Int? {
        guard at < bytes.count else { return 0 }
        guard let sign = take("Zz+-") else { return nil }
        if sign | 0x20 == 0x7A { return 0 }
        guard let hours = digits(2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return (sign == 0x2B ? 1 : -1) * (hours * 60 + minutes)
    }
}
