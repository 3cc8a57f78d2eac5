/// Reads the delays of `after` and of delayed sends.
///
/// A number is milliseconds; else an ISO 8601 duration (`P30D`, `PT1H30M`) or words such as
/// `7 days`, `2 hours`. A year counts 365 days and a month 30: a delay is a length of time that
/// does not depend on when it starts.
public enum Delay {
    /// The milliseconds that a text means; nil when it is none of the forms, negative, or longer
    /// than 1,000 years.
    public static func milliseconds(_ text: some StringProtocol) -> Int? {
        let bytes = Array(text.utf8)
        let value = number(bytes) ?? iso(bytes) ?? words(bytes)
        guard let value, value >= 0, value <= Double(longest) else { return nil }
        return Int(value)
    }

    /// 1,000 years in milliseconds.
    static let longest = 1000 * 365 * 86_400_000

    private static let day = 86_400_000.0

    /// A plain decimal number.
    private static func number(_ bytes: [UInt8]) -> Double? {
        guard let first = bytes.first, first != 0x2B, isDigit(first) else { return nil }
        guard bytes.allSatisfy({ isDigit($0) || $0 == 0x2E }) else { return nil }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    /// ISO 8601-1, 5.5.2: `PnYnMnWnDTnHnMnS`, each part at most once and in order.
    private static func iso(_ bytes: [UInt8]) -> Double? {
        guard bytes.first == 0x50, bytes.count > 2 else { return nil }
        var parts: [(unit: UInt8, length: Double)] = [
            (0x59, 365 * day), (0x4D, 30 * day), (0x57, 7 * day), (0x44, day),
        ]
        var total = 0.0
        var digits: [UInt8] = []
        var inTime = false
        var met = false
        for byte in bytes.dropFirst() {
            if isDigit(byte) || byte == 0x2E || byte == 0x2C {
                digits.append(byte == 0x2C ? 0x2E : byte)
            } else if byte == 0x54, !inTime, digits.isEmpty {
                inTime = true
                met = false
                parts = [(0x48, 3_600_000), (0x4D, 60_000), (0x53, 1000)]
            } else {
                guard let count = number(digits),
                    let at = parts.firstIndex(where: { $0.unit == byte })
                else { return nil }
                total += count * parts[at].length
                parts.removeFirst(at + 1)
                digits = []
                met = true
            }
        }
        return digits.isEmpty && met ? total : nil
    }

    /// A number and a unit in English, with or without space between them.
    private static func words(_ bytes: [UInt8]) -> Double? {
        let count = bytes.prefix { isDigit($0) || $0 == 0x2E }
        let unit = bytes.dropFirst(count.count).drop { $0 == 0x20 }
        guard let value = number(Array(count)) else { return nil }
        let length: Double? =
            switch String(decoding: unit, as: UTF8.self) {
            case "ms", "millisecond", "milliseconds": 1
            case "s", "second", "seconds": 1000
            case "m", "min", "minute", "minutes": 60_000
            case "h", "hour", "hours": 3_600_000
            case "d", "day", "days": day
            case "w", "week", "weeks": 7 * day
            case "month", "months": 30 * day
            case "y", "year", "years": 365 * day
            default: nil
            }
        return length.map { $0 * value }
    }
}
