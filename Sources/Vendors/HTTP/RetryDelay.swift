import Documents

/// How long to wait before a request is repeated.
enum RetryDelay {
    /// Exponential with full jitter: anything from nothing up to `base` doubled for each attempt made
    /// before this one, 30 s at most.
    ///
    /// - Parameter attempt: 0 before the first retry.
    static func backoff(_ attempt: Int, base: Double) -> Duration {
        let highest = min(30, base * Double(1 << min(attempt, 20)))
        return .seconds(Double.random(in: 0...max(highest, 0)))
    }

    /// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date; nil for neither.
    static func asked(_ value: String, now: Instant) -> Duration? {
        let bytes = Array(value.utf8)
        if !bytes.isEmpty, bytes.allSatisfy({ 0x30...0x39 ~= $0 }) {
            return .seconds(bytes.count > 9 ? 999_999_999 : Int(value) ?? 0)
        }
        guard let date = HTTPDate.instant(value) else { return nil }
        return .milliseconds(max(0, date.milliseconds - now.milliseconds))
    }
}

/// Dates of HTTP (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete forms are not read.
    static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5].lowercased() == "gmt", let day = Int(parts[1]),
            let month = months.firstIndex(where: { $0.elementsEqual(parts[2].lowercased()) }),
            let year = Int(parts[3]), (1970...9999).contains(year),
            (1...CivilTime.days(inMonth: month + 1, ofYear: year)).contains(day)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]),
            (0...60).contains(clock[2])
        else { return nil }
        var time = CivilTime(year: year, month: month + 1, day: day)
        time.hour = clock[0]
        time.minute = clock[1]
        time.second = min(clock[2], 59)
        return time.instant
    }
}
