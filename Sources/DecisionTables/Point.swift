internal import Documents
internal import Expressions

/// A value on the axis of an ordered column: a number, the day of a date or the millisecond of a moment.
struct Point: BitwiseCopyable {
    /// The nearest double; exact for dates and moments.
    var double: Double
    /// The number as spelled, of a number; null else.
    var value: Value

    static func compare(_ a: Point, _ b: Point) -> Int {
        if a.double < b.double { return -1 }
        if a.double > b.double { return 1 }
        guard a.value.isNumber, b.value.isNumber else { return 0 }
        return Value.compareNumbers(a.value, b.value)
    }
}

/// Reads scalars of each type.
enum Scalars {
    /// The point of a value of an ordered type; nil for a value of another type.
    @inline(__always)
    static func point(_ value: Value, _ type: CellType) -> Point? {
        switch type {
        case .number, .integer:
            switch value.kind {
            case .integer: return Point(double: value.number.unsafelyUnwrapped, value: value)
            case .double, .decimal:
                guard value.kind == .decimal || value.number.unsafelyUnwrapped.isFinite,
                    type == .number || value.isWholeNumber
                else { return nil }
                return Point(double: value.number.unsafelyUnwrapped, value: value)
            default: return nil
            }
        case .date, .datetime:
            guard let text = value.text else { return nil }
            return point(text, type)
        default: return nil
        }
    }

    /// The day or millisecond of a text; a date of a moment is its day in UTC.
    @inline(__always)
    static func point(_ text: Text, _ type: CellType) -> Point? {
        if text.count == 10, let day = day(text) {
            return Point(double: Double(type == .date ? day : day &* 86_400_000), value: .null)
        }
        guard text.count > 10, let instant = Instant(parsing: String(text)) else { return nil }
        let milliseconds = instant.milliseconds
        if type == .datetime { return Point(double: Double(milliseconds), value: .null) }
        let day = milliseconds / 86_400_000 - (milliseconds % 86_400_000 < 0 ? 1 : 0)
        return Point(double: Double(day), value: .null)
    }

    /// Days since 1970-01-01 of `2026-11-22`, without making a string.
    private static func day(_ text: Text) -> Int? {
        guard text[4] == 0x2D, text[7] == 0x2D, let year = digits(text, 0, 4),
            let month = digits(text, 5, 2), let day = digits(text, 8, 2), month >= 1, month <= 12,
            day >= 1, day <= CivilTime.days(inMonth: month, ofYear: year)
        else { return nil }
        return CivilTime(year: year, month: month, day: day).daysSinceEpoch
    }

    private static func digits(_ text: Text, _ start: Int, _ count: Int) -> Int? {
        var number = 0
        for at in start..<(start + count) {
            let digit = text[at] &- 0x30
            guard digit <= 9 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return number
    }

    /// The number that a text spells as JSON does.
    static func number(_ text: Text, in arena: Arena) -> Value? {
        guard let first = text.bytes.first, first == 0x2D || first &- 0x30 <= 9 else { return nil }
        var parser = JSONParser()
        do throws(ParseError) {
            let value = try parser.parse(text.bytes, into: arena)
            return value.isNumber ? value : nil
        } catch { return nil }
    }

    /// A point as people write it.
    static func shown(_ point: Point, _ type: CellType) -> String {
        switch type {
        case .date:
            return Instant(milliseconds: Int(point.double) &* 86_400_000).day
        case .datetime: return Instant(milliseconds: Int(point.double)).description
        default:
            return point.value.isNumber
                ? JSONWriter.line(point.value) : Numbers.spell(point.double)
        }
    }

    /// `true` and `false` in any case, as spreadsheets write them.
    static func flag(_ text: Text) -> Bool? {
        func spells(_ word: StaticString) -> Bool {
            text.count == word.utf8CodeUnitCount
                && text.bytes.elementsEqual(Text(word).bytes) { $0 | 0x20 == $1 }
        }
        return spells("true") ? true : spells("false") ? false : nil
    }
}
