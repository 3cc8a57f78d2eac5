public import Documents

/// A fixed offset from UTC: `UTC`, `Z`, `+02:00`, `-0530`.
///
/// Names of zones (`Europe/Vienna`) are no offsets: what they mean changes with laws, so that it
/// would depend on the machine and the day (docs/decisions/time-zones.md).
public struct ZoneOffset: BitwiseCopyable, Sendable, Equatable {
    /// East of UTC, at most 14 hours; west negative, at most 12.
    public let minutes: Int

    /// No offset.
    public static let utc = ZoneOffset(minutes: 0)

    init(minutes: Int) { self.minutes = minutes }

    /// Reads an offset; nil for anything else.
    public init?(_ text: Text) {
        if text == "UTC" || text == "Z" {
            minutes = 0
            return
        }
        let hasColon = text.count == 6 && text[3] == UInt8(ascii: ":")
        guard hasColon || text.count == 5,
            text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            let hours = Self.digits(text, 1), let rest = Self.digits(text, hasColon ? 4 : 3),
            rest < 60
        else { return nil }
        let size = hours * 60 + rest
        minutes = text[0] == UInt8(ascii: "-") ? -size : size
        guard minutes >= -12 * 60, minutes <= 14 * 60 else { return nil }
    }

    private static func digits(_ text: Text, _ at: Int) -> Int? {
        let (a, b) = (text[at] &- 0x30, text[at + 1] &- 0x30)
        return a <= 9 && b <= 9 ? Int(a) * 10 + Int(b) : nil
    }

    /// Whether a text looks like the name of a zone.
    static func isZoneName(_ text: Text) -> Bool {
        text.bytes.contains(UInt8(ascii: "/"))
            || text.bytes.allSatisfy { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
    }

    /// What is wrong with a text that is no offset.
    public static func problem(_ text: Text) -> String {
        isZoneName(text)
            ? "'\(text)' is the name of a time zone, which changes with laws; write the offset from UTC, "
                + "such as +01:00"
            : "a time zone is UTC or an offset such as +01:00 or -0530, not '\(text)'"
    }
}
