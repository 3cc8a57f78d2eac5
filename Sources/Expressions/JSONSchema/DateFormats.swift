internal import Documents

/// `date`, `time`, `date-time` (RFC 3339, 5.6) and `duration` (RFC 3339, appendix A).
enum DateFormats {
    static func isDate(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        return date(&scanner) && scanner.isAtEnd
    }

    static func isTime(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        return time(&scanner) && scanner.isAtEnd
    }

    static func isDateTime(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        return date(&scanner) && scanner.take(either: "t") && time(&scanner) && scanner.isAtEnd
    }

    private static func date(_ scanner: inout ByteScanner) -> Bool {
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2),
            scanner.take("-"), let day = scanner.digits(2), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let last =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return (1...last).contains(day)
    }

    private static func time(_ scanner: inout ByteScanner) -> Bool {
        guard let hour = scanner.digits(2), hour < 24, scanner.take(":"),
            let minute = scanner.digits(2), minute < 60, scanner.take(":"),
            let second = scanner.digits(2), second <= 60
        else { return false }
        if scanner.take("."), scanner.skip(\.isDigit) == 0 { return false }
        var offset = 0
        if !scanner.take(either: "z") {
            let sign = scanner.take("+") ? 1 : scanner.take("-") ? -1 : 0
            guard sign != 0, let hours = scanner.digits(2), hours < 24, scanner.take(":"),
                let minutes = scanner.digits(2), minutes < 60
            else { return false }
            offset = sign * (hours * 60 + minutes)
        }
        // A leap second is the last of a day in UTC.
        let minuteOfDay = (hour * 60 + minute - offset + 2 * 1440) % 1440
        return second < 60 || minuteOfDay == 1439
    }

    static func isDuration(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        guard scanner.take("P"), !scanner.isAtEnd else { return false }
        var count = 0
        guard let hasDate = units(&scanner, "YMD", &count) else {
            // Weeks stand alone.
            var weeks = ByteScanner(text)
            weeks.advance()
            return weeks.skip(\.isDigit) > 0 && weeks.take("W") && weeks.isAtEnd
        }
        if scanner.isAtEnd { return hasDate }
        guard scanner.take("T") else { return false }
        count = 0
        return units(&scanner, "HMS", &count) == true && scanner.isAtEnd
    }

    /// Whether there are numbers with the units in order and none left out between two; nil when a
    /// number has none of the units.
    private static func units(
        _ scanner: inout ByteScanner, _ units: StaticString, _ count: inout Int
    ) -> Bool? {
        let names = Text(units)
        var next: Int?
        while scanner.peek().isDigit {
            _ = scanner.skip(\.isDigit)
            guard let unit = (0..<3).first(where: { names[$0] == scanner.peek() }),
                next == nil || next == unit
            else { return nil }
            scanner.advance()
            next = unit + 1
            count += 1
        }
        return count > 0
    }
}
