internal import Documents

/// Date texts as `new Date(text)` reads them in the engine that Ballerine runs on, with UTC as the
/// local time zone, unless another offset is given for texts that have none.
///
/// ECMAScript's own format (ECMA-262, 21.4.1.32) comes first. Other texts are free: numbers are
/// day, month and year by their place and size, words name months and zones, punctuation parts.
/// Days past the end of a month roll over into the next.
struct ECMAScriptDate {
    private var tokens: DateTokens
    private var day = DayParts()
    private var time = TimeParts()
    private var zone = ZoneParts()

    private let offset: Int

    private init(_ text: Text, _ offset: Int) {
        tokens = DateTokens(text)
        self.offset = offset
    }

    /// The moment, or nil when the text is no date.
    ///
    /// - Parameter offsetMinutes: east of UTC, of a text without an offset; a day begins there then.
    static func parse(_ text: Text, offsetMinutes: Int = 0) -> Instant? {
        if let instant = plain(text) {
            return text.count == 10
                ? instant.advanced(byMilliseconds: -offsetMinutes * 60_000) : instant
        }
        var reader = ECMAScriptDate(text, offsetMinutes)
        return reader.read()
    }

    /// The usual forms `2024-06-15` and `2024-06-15T10:00:00.000Z`; nil for any other.
    private static func plain(_ text: Text) -> Instant? {
        guard text.count == 10 || text.count == 24 else { return nil }
        guard text[4] == 0x2D, text[7] == 0x2D, let year = number(text, 0, 4),
            let month = number(text, 5, 2), let day = number(text, 8, 2),
            month >= 1, month <= 12, day >= 1, day <= 31
        else { return nil }
        var moment = CivilTime(year: year, month: month, day: day)
        if text.count == 10 { return moment.instant }
        guard text[10] == 0x54, text[13] == 0x3A, text[16] == 0x3A, text[19] == 0x2E,
            text[23] == 0x5A, let hour = number(text, 11, 2), let minute = number(text, 14, 2),
            let second = number(text, 17, 2), let millisecond = number(text, 20, 3),
            hour < 24, minute < 60, second < 60
        else { return nil }
        (moment.hour, moment.minute, moment.second) = (hour, minute, second)
        moment.millisecond = millisecond
        return moment.instant
    }

    private static func number(_ text: Text, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for at in start..<(start + count) {
            let digit = text[at] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private mutating func read() -> Instant? {
        switch standard() {
        case .whole: break
        case .refused: return nil
        case .free(let token): guard free(from: token) else { return nil }
        }
        guard let date = day.date, let milliseconds = time.milliseconds else { return nil }
        let total =
            date.daysSinceEpoch * 86_400_000 + milliseconds
            - (zone.offsetMinutes ?? offset) * 60_000
        return abs(total) <= 8_640_000_000_000_000 ? Instant(milliseconds: total) : nil
    }

    // MARK: The standard format

    private enum Outcome {
        case whole
        case refused
        /// Not in this format; free reading goes on with what was read, from this token.
        case free(DateToken)
    }

    private mutating func standard() -> Outcome {
        if let sign = tokens.peek.sign {
            let token = tokens.next()
            guard let year = tokens.peek.digits(6) else { return .free(token) }
            _ = tokens.next()
            if sign < 0 && year == 0 { return .free(token) }
            _ = day.add(sign * year)
        } else {
            guard let year = tokens.peek.digits(4) else { return .free(tokens.next()) }
            _ = tokens.next()
            _ = day.add(year)
        }
        for highest in [12, 31] {
            guard tokens.skip(0x2D) else { break }
            guard take(2, 1...highest, { $0.day.add($1) }) else { return .free(tokens.next()) }
        }
        if tokens.peek == .timeMark {
            _ = tokens.next()
            guard standardTime(), standardZone(), tokens.peek == .end else { return .refused }
        } else if tokens.peek != .end {
            return .free(tokens.next())
        }
        day.isStandard = true
        return .whole
    }

    private mutating func take(
        _ count: Int, _ range: ClosedRange<Int>, _ use: (inout Self, Int) -> Bool
    ) -> Bool {
        guard let value = tokens.peek.digits(count), range.contains(value) else { return false }
        _ = tokens.next()
        return use(&self, value)
    }

    private mutating func standardTime() -> Bool {
        guard take(2, 0...24, { $0.time.add($1) }) else { return false }
        let highest = time.hour == 24 ? 0 : 59
        guard tokens.skip(0x3A), take(2, 0...highest, { $0.time.add($1) }) else { return false }
        guard tokens.skip(0x3A) else { return true }
        guard take(2, 0...highest, { $0.time.add($1) }) else { return false }
        guard tokens.skip(0x2E) else { return true }
        guard case .number(let value, let length) = tokens.peek, value == 0 || time.hour != 24
        else { return false }
        _ = tokens.next()
        return time.add(Self.milliseconds(value, length))
    }

    private mutating func standardZone() -> Bool {
        if tokens.peek == .zulu {
            _ = tokens.next()
            zone.set(hours: 0)
            return true
        }
        guard let sign = tokens.peek.sign else { return true }
        _ = tokens.next()
        zone.sign = sign
        if let value = tokens.peek.digits(4) {
            guard value / 100 < 24, value % 100 < 60 else { return false }
            _ = tokens.next()
            (zone.hour, zone.minute) = (value / 100, value % 100)
            return true
        }
        return take(2, 0...23, { $0.zone.take(hour: $1) }) && tokens.skip(0x3A)
            && take(2, 0...59, { $0.zone.take(minute: $1) })
    }

    /// The first three digits of a fraction.
    private static func milliseconds(_ value: Int, _ length: Int) -> Int {
        switch length {
        case 1: return value * 100
        case 2: return value * 10
        case 3: return value
        default:
            var rest = value
            for _ in 3..<min(length, 9) { rest /= 10 }
            return rest
        }
    }

    // MARK: Free form

    private mutating func free(from first: DateToken) -> Bool {
        var hasNumber = !day.isEmpty
        var token = first
        while token != .end {
            switch token {
            case .number(let value, _):
                hasNumber = true
                guard number(value) else { return false }
            case .halfDay(let hours) where !time.isEmpty: time.halfDay = hours
            case .month(let month):
                day.month = month
                _ = tokens.skip(0x2D)
            case .zulu where hasNumber: zone.set(hours: 0)
            case .zone(let hours) where hasNumber: zone.set(hours: hours)
            case .halfDay, .zulu, .zone, .timeMark, .word:
                if hasNumber || tokens.peek.isNumber { return false }
            case .symbol(0x2B), .symbol(0x2D):
                if zone.isUTC || !time.isEmpty {
                    guard offset(token.sign ?? 1) else { return false }
                    hasNumber = true
                } else if hasNumber {
                    return false
                }
            case .symbol(0x29): if hasNumber { return false }
            case .symbol, .space, .comment, .end: break
            }
            token = tokens.next()
        }
        return true
    }

    /// A number: part of the time, of the offset or of the day, by what stands around it.
    private mutating func number(_ value: Int) -> Bool {
        if tokens.skip(0x3A) {
            if tokens.skip(0x3A) {
                guard time.isEmpty else { return false }
                return time.add(value) && time.add(0)
            }
            guard time.add(value) else { return false }
            _ = tokens.skip(0x2E)
            return true
        }
        if tokens.skip(0x2E), time.expects(value) {
            guard time.add(value), case .number(let fraction, let length) = tokens.next() else {
                return false
            }
            time.finish(Self.milliseconds(fraction, length))
            return true
        }
        if zone.expects(value) { return zone.take(minute: value) }
        if time.expects(value) {
            time.finish(value)
            switch tokens.peek {
            case .end, .space, .zulu, .symbol(0x2B), .symbol(0x2D): return true
            default: return false
            }
        }
        guard day.add(value) else { return false }
        _ = tokens.skip(0x2D)
        return true
    }

    private mutating func offset(_ sign: Int) -> Bool {
        zone.sign = sign
        var (value, length) = (0, 0)
        if case .number(let number, let digits) = tokens.peek {
            _ = tokens.next()
            (value, length) = (number, digits)
        }
        if tokens.peek == .symbol(0x3A) {
            (zone.hour, zone.minute) = (value, nil)
            return true
        }
        switch length {
        case 1, 2: (zone.hour, zone.minute) = (value, 0)
        case 3, 4: (zone.hour, zone.minute) = (value / 100, value % 100)
        default: return false
        }
        return true
    }
}
