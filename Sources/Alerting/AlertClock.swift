public import Documents

/// Moments that windows begin at, from the run's clock alone.
public struct AlertClock: Sendable {
    /// The run's clock.
    public let now: Instant
    /// Minutes east of UTC at which days begin.
    public let offsetMinutes: Int

    /// A clock.
    public init(now: Instant, offsetMinutes: Int = 0) {
        self.now = now
        self.offsetMinutes = offsetMinutes
    }

    private static let day = 86_400_000

    /// The time of day as a wall clock there shows it.
    private func civil(_ instant: Instant) -> CivilTime {
        instant.advanced(byMilliseconds: offsetMinutes * 60_000).civil
    }

    private func instant(_ civil: CivilTime) -> Instant {
        civil.instant.advanced(byMilliseconds: -offsetMinutes * 60_000)
    }

    /// Midnight of the day of a moment.
    public func midnight(of moment: Instant) -> Instant {
        let time = civil(moment)
        return instant(CivilTime(year: time.year, month: time.month, day: time.day))
    }

    /// A length of time as a database keeps it: months are calendar arithmetic, the rest is not.
    private struct Interval {
        var months = 0
        var days = 0.0
        var milliseconds = 0.0

        init?(_ amount: Double, _ unit: String) {
            guard amount.isFinite, abs(amount) < 1e9 else { return nil }
            switch unit.lowercased() {
            case "millisecond", "milliseconds", "ms", "msec", "msecs": milliseconds = amount
            case "second", "seconds", "sec", "secs", "s": milliseconds = amount * 1000
            case "minute", "minutes", "min", "mins", "m": milliseconds = amount * 60_000
            case "hour", "hours", "hr", "hrs", "h": milliseconds = amount * 3_600_000
            case "day", "days", "d": days = amount
            case "week", "weeks", "w": days = amount * 7
            case "month", "months", "mon", "mons": take(months: amount)
            case "year", "years", "yr", "yrs", "y": months = Int((amount * 12).rounded())
            case "decade", "decades", "dec", "decs": months = Int((amount * 120).rounded())
            case "century", "centuries", "cent", "c": months = Int((amount * 1200).rounded())
            case "millennium", "millennia", "mil", "mils":
                months = Int((amount * 12_000).rounded())
            case "microsecond", "microseconds", "us", "usec", "usecs": milliseconds = amount / 1000
            default: return nil
            }
        }

        /// A month's fraction is so much of thirty days.
        private mutating func take(months amount: Double) {
            months = Int(amount)
            days = (amount - amount.rounded(.towardZero)) * 30
        }
    }

    /// A moment less an amount of a unit; the day is clamped to the month arrived at.
    public func subtracting(
        _ amount: Double, _ unit: String, from moment: Instant
    ) throws(AlertError) -> Instant {
        guard let interval = Interval(amount, unit) else {
            throw AlertError(
                .unit,
                "'\(unit)' is no unit of time: write minutes, hours, days, weeks, months or years")
        }
        var time = civil(moment)
        let month = time.year * 12 + time.month - 1 - interval.months
        let year = month >= 0 ? month / 12 : -((-month + 11) / 12)
        let target = month - year * 12 + 1
        (time.year, time.month) = (year, target)
        time.day = min(time.day, CivilTime.days(inMonth: target, ofYear: year))
        let rest = interval.days * Double(Self.day) + interval.milliseconds
        return instant(time).advanced(byMilliseconds: -Int(rest.rounded()))
    }

    /// Where a window begins: midnight of today less the amount.
    public func windowStart(_ amount: Double, _ unit: String) throws(AlertError) -> Instant {
        try subtracting(amount, unit, from: midnight(of: now))
    }

    /// Where a window of Docket's begins: minutes and hours reach back from the clock, longer units from
    /// midnight, so that such a window moves once a day.
    public func nativeWindowStart(_ amount: Double, _ unit: String) throws(AlertError) -> Instant {
        switch unit.lowercased() {
        case "minute", "minutes", "hour", "hours": try subtracting(amount, unit, from: now)
        default: try windowStart(amount, unit)
        }
    }

    /// Where a window begins for the function that uses ECMAScript's date setters: fields are set one by
    /// one and run over, months are not clamped, and the result is cut to midnight.
    public func setterStart(
        _ amount: Double, _ unit: String, weeks: Bool = true
    ) throws(AlertError) -> Instant {
        try setterStart(amount, unit, from: now, weeks: weeks)
    }

    /// ``setterStart(_:_:weeks:)`` from another moment.
    func setterStart(
        _ amount: Double, _ unit: String, from moment: Instant, weeks: Bool
    ) throws(AlertError) -> Instant {
        let time = civil(moment)
        let start = instant(
            CivilTime(year: time.year, month: time.month, day: time.day))
        func less(_ field: Int, _ amount: Double) -> Int { Int(Double(field) - amount) }
        guard amount.isFinite, abs(amount) < 1e9 else {
            throw AlertError(.option, "Invalid time value")
        }
        switch unit {
        case "minutes":
            let minute = less(time.minute, amount)
            return midnight(
                of: moment.advanced(byMilliseconds: (minute - time.minute) * 60_000))
        case "hours":
            let hour = less(time.hour, amount)
            return midnight(
                of: moment.advanced(byMilliseconds: (hour - time.hour) * 3_600_000))
        case "days":
            return start.advanced(byMilliseconds: (less(time.day, amount) - time.day) * Self.day)
        case "weeks" where weeks:
            return start.advanced(
                byMilliseconds: (less(time.day, amount * 7) - time.day) * Self.day)
        case "weeks": return start
        case "months": return overflowing(time, months: less(time.month - 1, amount))
        case "years":
            return overflowing(
                time, months: (less(time.year, amount) - time.year) * 12 + time.month - 1)
        default: throw AlertError(.unit, "Invalid time unit: \(unit)")
        }
    }

    /// The first of a month, counted from January of the date's year, and then the date's day on top.
    private func overflowing(_ time: CivilTime, months: Int) -> Instant {
        let years = months >= 0 ? months / 12 : -((-months + 11) / 12)
        let first = CivilTime(year: time.year + years, month: months - years * 12 + 1, day: 1)
        return instant(first).advanced(byMilliseconds: (time.day - 1) * Self.day)
    }
}
