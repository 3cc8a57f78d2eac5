internal import Documents

/// A piece of a date text.
enum DateToken: Equatable {
    /// Digits: their value (the first nine that count) and how many characters they are.
    case number(Int, length: Int)
    case month(Int)
    /// Hours that AM or PM add.
    case halfDay(Int)
    /// Hours east of UTC.
    case zone(Int)
    /// The letter `Z`.
    case zulu
    /// The letter `T`.
    case timeMark
    /// Any other word.
    case word
    case symbol(UInt8)
    case space
    /// Something in parentheses.
    case comment
    case end

    var isNumber: Bool {
        if case .number = self { true } else { false }
    }

    /// 1 for `+`, -1 for `-`.
    var sign: Int? {
        switch self {
        case .symbol(0x2B): 1
        case .symbol(0x2D): -1
        default: nil
        }
    }

    /// The value of a number of exactly so many characters.
    func digits(_ count: Int) -> Int? {
        if case .number(let value, let length) = self, length == count { value } else { nil }
    }
}

/// Parts a date text into tokens, one ahead.
struct DateTokens {
    private let text: Text
    private var at = 0
    private(set) var peek = DateToken.end

    init(_ text: Text) {
        self.text = text
        peek = scan()
    }

    mutating func next() -> DateToken {
        defer { peek = scan() }
        return peek
    }

    /// Moves past a symbol, if it is next.
    mutating func skip(_ symbol: UInt8) -> Bool {
        guard peek == .symbol(symbol) else { return false }
        peek = scan()
        return true
    }

    private mutating func scan() -> DateToken {
        guard at < text.count else { return .end }
        let byte = text[at]
        if byte &- 0x30 <= 9 { return number() }
        if byte == 0x3A || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte == 0x29 {
            at += 1
            return .symbol(byte)
        }
        let space = ECMAScriptNumber.spaceSize(text, at: at, text.count)
        if byte >= 0x41, space == 0 { return word() }
        if space > 0 {
            at += space
            return .space
        }
        if byte == 0x28 {
            skipParentheses()
            return .comment
        }
        at += 1
        return .symbol(byte)
    }

    private mutating func number() -> DateToken {
        let start = at
        var value = 0
        var significant = 0
        while at < text.count, text[at] &- 0x30 <= 9 {
            let digit = Int(text[at] - 0x30)
            if significant > 0 || digit > 0 {
                if significant < 9 { value = value * 10 + digit }
                significant += 1
            }
            at += 1
        }
        return .number(value, length: at - start)
    }

    private mutating func skipParentheses() {
        var depth = 0
        repeat {
            if text[at] == 0x28 { depth += 1 }
            if text[at] == 0x29 { depth -= 1 }
            at += 1
        } while depth > 0 && at < text.count
    }

    /// Words are told apart by their first three letters; months may be longer. All that comes
    /// after `A` in Unicode and is no white space counts as a letter.
    private mutating func word() -> DateToken {
        var prefix: UInt32 = 0
        var length = 0
        while at < text.count, text[at] >= 0x41,
            ECMAScriptNumber.spaceSize(text, at: at, text.count) == 0
        {
            if length < 3 { prefix = prefix << 8 | UInt32(text[at] | 0x20) }
            length += 1
            at += 1
        }
        for (index, name) in Self.months.enumerated() where prefix == Self.code(name) {
            return .month(index + 1)
        }
        guard length <= 3 else { return .word }
        if prefix == Self.code("t") { return .timeMark }
        if prefix == Self.code("z") { return .zulu }
        if prefix == Self.code("am") { return .halfDay(0) }
        if prefix == Self.code("pm") { return .halfDay(12) }
        for (name, hours) in Self.zones where prefix == Self.code(name) { return .zone(hours) }
        return .word
    }

    private static func code(_ name: StaticString) -> UInt32 {
        Text(name).bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static let months: [StaticString] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let zones: [(StaticString, Int)] = [
        ("ut", 0), ("utc", 0), ("gmt", 0), ("est", -5), ("edt", -4), ("cst", -6),
        ("cdt", -5), ("mst", -7), ("mdt", -6), ("pst", -8), ("pdt", -7),
    ]
}
