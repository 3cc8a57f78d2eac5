internal import Documents

/// Up to three numbers and a month's name that make a date.
struct DayParts {
    private var parts = (1, 1, 1)
    private var count = 0
    /// The month, when it was named.
    var month: Int?
    /// Whether the text was in ECMAScript's own format, so that years are taken as they are.
    var isStandard = false

    var isEmpty: Bool { count == 0 }

    mutating func add(_ value: Int) -> Bool {
        switch count {
        case 0: parts.0 = value
        case 1: parts.1 = value
        case 2: parts.2 = value
        default: return false
        }
        count += 1
        return true
    }

    /// The date. A month's first or last place is told by the size of the numbers; years below 50
    /// are of this century, others below 100 of the last.
    var date: CivilTime? {
        guard count > 0 else { return nil }
        var year: Int
        let monthNumber: Int
        let dayNumber: Int
        if let month {
            monthNumber = month
            (year, dayNumber) =
                Self.isDay(parts.0) ? (parts.1, parts.0) : (parts.0, parts.1)
        } else if isStandard || !Self.isDay(parts.0) {
            (year, monthNumber, dayNumber) = parts
        } else {
            (monthNumber, dayNumber, year) = parts
        }
        if !isStandard {
            if (0...49).contains(year) { year += 2000 }
            if (50...99).contains(year) { year += 1900 }
        }
        guard (1...12).contains(monthNumber), Self.isDay(dayNumber), abs(year) < 1_000_000 else {
            return nil
        }
        return CivilTime(year: year, month: monthNumber, day: dayNumber)
    }

    private static func isDay(_ value: Int) -> Bool { (1...31).contains(value) }
}

/// Hour, minute, second and millisecond, in this order.
struct TimeParts {
    private var parts = (0, 0, 0, 0)
    private var count = 0
    /// Hours that AM or PM add.
    var halfDay: Int?

    var isEmpty: Bool { count == 0 }
    var hour: Int { parts.0 }

    mutating func add(_ value: Int) -> Bool {
        switch count {
        case 0: parts.0 = value
        case 1: parts.1 = value
        case 2: parts.2 = value
        case 3: parts.3 = value
        default: return false
        }
        count += 1
        return true
    }

    /// Adds the last part; what is left out is 0.
    mutating func finish(_ value: Int) {
        _ = add(value)
        count = 4
    }

    /// Whether a time was begun and this can be its next part.
    func expects(_ value: Int) -> Bool {
        switch count {
        case 1, 2: (0...59).contains(value)
        case 3: (0...999).contains(value)
        default: false
        }
    }

    /// Milliseconds of the day; nil when the parts are no time. 24:00 is the end of the day.
    var milliseconds: Int? {
        var hour = parts.0
        if let halfDay {
            guard (0...12).contains(hour) else { return nil }
            hour = hour % 12 + halfDay
        }
        let isTime =
            (0...23).contains(hour) && (0...59).contains(parts.1) && (0...59).contains(parts.2)
            && (0...999).contains(parts.3)
        guard isTime || (hour == 24 && parts.1 == 0 && parts.2 == 0 && parts.3 == 0) else {
            return nil
        }
        return ((hour * 60 + parts.1) * 60 + parts.2) * 1000 + parts.3
    }
}

/// An offset from UTC.
struct ZoneParts {
    var sign: Int?
    var hour: Int?
    var minute: Int?

    var isUTC: Bool { hour == 0 && minute == 0 }

    mutating func set(hours: Int) {
        (sign, hour, minute) = (hours < 0 ? -1 : 1, abs(hours), 0)
    }

    mutating func take(hour: Int) -> Bool {
        self.hour = hour
        return true
    }

    mutating func take(minute: Int) -> Bool {
        self.minute = minute
        return true
    }

    /// Whether an hour was read whose minutes are to follow.
    func expects(_ value: Int) -> Bool {
        hour != nil && minute == nil && (0...59).contains(value)
    }

    /// Minutes east of UTC; nil without an offset.
    var offsetMinutes: Int? { sign.map { $0 * ((hour ?? 0) * 60 + (minute ?? 0)) } }
}
