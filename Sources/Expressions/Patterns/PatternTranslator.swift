/// Reads a pattern by the grammar of ECMAScript with the `u` flag (ECMA-262, 22.2.1) and writes it
/// for PCRE2. What PCRE2 alone knows is refused; where the two mean different things the
/// translation spells out what ECMAScript means.
///
/// Beyond `u`, a few spellings of Annex B are taken that can mean only one thing: an escaped
/// punctuation mark, `]` and `}` on their own, and `-` beside `\w` in a class.
struct PatternTranslator {
    private let source: [UInt32]
    private let offsets: [Int]
    private let flags: Pattern.Flags
    private var at = 0
    private var depth = 0
    private var output = ""
    /// The number of the last capture opened.
    private var opened = 0
    private var names: [[UInt8]: Int] = [:]
    private var captures = 0
    /// Whether a repeat has no bound, or a high one, so that time may grow faster than the text.
    private(set) var hasOpenRepeat = false

    /// Groups nested deeper than this are refused.
    static let nestingLimit = 200
    /// Repeats above this are refused (PCRE2's own bound).
    static let repeatLimit = 65_535

    /// Repeats above this count as having no bound.
    static let longRepeat = 100

    init(_ text: String, _ flags: Pattern.Flags) {
        source = text.unicodeScalars.map(\.value)
        var offset = 0
        offsets =
            text.unicodeScalars.map { scalar in
                defer { offset += UTF8.width(scalar) }
                return offset
            } + [text.utf8.count]
        self.flags = flags
    }

    /// The pattern for PCRE2.
    mutating func translate() throws(ExpressionError) -> String {
        try findGroups()
        try disjunction()
        if at < source.count { throw error("')' closes no group") }
        return output
    }

    // MARK: Groups

    /// Counts and names the captures first: a reference may stand before its group.
    private mutating func findGroups() throws(ExpressionError) {
        var inClass = false
        while at < source.count {
            switch source[at] {
            case 0x5C: at += 1
            case 0x5B: inClass = true
            case 0x5D: inClass = false
            case 0x28 where !inClass:
                if peek(1) != "?" {
                    captures += 1
                } else if peek(2) == "<", peek(3) != "=", peek(3) != "!" {
                    captures += 1
                    at += 3
                    let name = try groupName()
                    if names.updateValue(captures, forKey: Array(name.utf8)) != nil {
                        throw error("two groups have the name '\(name)'")
                    }
                    continue
                }
            default: break
            }
            at += 1
        }
        at = 0
    }

    /// A name up to its `>`, which is passed over.
    private mutating func groupName() throws(ExpressionError) -> String {
        var name = ""
        while at < source.count, source[at] != 0x3E {
            guard let scalar = Unicode.Scalar(source[at]),
                scalar == "_" || scalar == "$"
                    || (name.isEmpty
                        ? scalar.properties.isIDStart : scalar.properties.isIDContinue)
            else { throw error("a group's name is letters, digits, '_' and '$'") }
            name.unicodeScalars.append(scalar)
            at += 1
        }
        guard at < source.count, !name.isEmpty else { throw error("a group's name is missing") }
        at += 1
        return name
    }

    private mutating func disjunction() throws(ExpressionError) {
        depth += 1
        if depth > PatternTranslator.nestingLimit {
            throw ExpressionError(.limit, "the pattern nests too deeply", offset: offsets[at])
        }
        while at < source.count, source[at] != 0x29 {
            if take("|") { output += "|" } else { try term() }
        }
        depth -= 1
    }

    private mutating func term() throws(ExpressionError) {
        let start = output.endIndex
        let isRepeatable: Bool
        var isOneCharacter = false
        switch Character(Unicode.Scalar(source[at]) ?? "?") {
        case "^":
            at += 1
            output += flags.contains(.multiline) ? "(?<![^\(CharacterSet.lineEnds.spelled)])" : "^"
            isRepeatable = false
        case "$":
            at += 1
            output += flags.contains(.multiline) ? "(?![^\(CharacterSet.lineEnds.spelled)])" : "\\z"
            isRepeatable = false
        case "(": isRepeatable = try group()
        case ".":
            at += 1
            output +=
                flags.contains(.dotAll)
                ? "(?s:.)" : "[^\(CharacterSet.lineEnds.spelled)]"
            isRepeatable = true
        case "[":
            at += 1
            try characterClass()
            isRepeatable = true
            isOneCharacter = true
        case "\\": isRepeatable = try escapedTerm()
        case "*", "+", "?": throw error("there is nothing to repeat")
        case "{": throw error("'{' stands for itself only as '\\{'")
        default:
            emit(source[at])
            at += 1
            isRepeatable = true
        }
        try quantifier(isRepeatable, isOneCharacter, from: start)
    }

    private mutating func group() throws(ExpressionError) -> Bool {
        at += 1
        var isRepeatable = true
        if !take("?") {
            opened += 1
            output += "("
        } else if take(":") {
            output += "(?:"
        } else if take("=") {
            output += "(?="
            isRepeatable = false
        } else if take("!") {
            output += "(?!"
            isRepeatable = false
        } else if take("<") {
            if take("=") {
                output += "(?<="
                isRepeatable = false
            } else if take("!") {
                output += "(?<!"
                isRepeatable = false
            } else {
                _ = try groupName()
                opened += 1
                output += "("
            }
        } else {
            throw error("ECMAScript has no group of this kind")
        }
        try disjunction()
        guard take(")") else { throw error("a group is not closed") }
        output += ")"
        return isRepeatable
    }

    // MARK: Repeats

    private mutating func quantifier(
        _ isRepeatable: Bool, _ isOneCharacter: Bool, from start: String.Index
    ) throws(ExpressionError) {
        guard at < source.count else { return }
        var spelled = ""
        if take("*") {
            spelled = "*"
            hasOpenRepeat = true
        } else if take("+") {
            spelled = "+"
            hasOpenRepeat = true
        } else if take("?") {
            spelled = "?"
        } else if source[at] == 0x7B {
            spelled = try bounds()
        } else {
            return
        }
        guard isRepeatable else { throw error("an assertion cannot be repeated") }
        if take("?") {
            spelled += "?"
        } else if isOneCharacter, spelled == "+" || spelled == "*", peek(0) == "$",
            !flags.contains(.multiline)
        {
            // Before the end of the text, characters that are given back never help: possessive.
            spelled += "+"
        }
        output += spelled
    }

    private mutating func bounds() throws(ExpressionError) -> String {
        at += 1
        let low = try count()
        var high: Int? = low
        if take(",") { high = peek(0) == "}" ? nil : try count() }
        guard take("}") else { throw error("'{' stands for itself only as '\\{'") }
        if high.map({ $0 > PatternTranslator.longRepeat }) ?? true { hasOpenRepeat = true }
        guard let high else { return "{\(low),}" }
        if high < low { throw error("the bounds of a repeat are out of order") }
        return high == low ? "{\(low)}" : "{\(low),\(high)}"
    }

    private mutating func count() throws(ExpressionError) -> Int {
        var count = 0
        let start = at
        while at < source.count, let digit = digit(source[at], 10) {
            count = min(count * 10 + Int(digit), PatternTranslator.repeatLimit + 1)
            at += 1
        }
        if at == start { throw error("'{' stands for itself only as '\\{'") }
        if count > PatternTranslator.repeatLimit {
            throw ExpressionError(
                .limit, "a repeat counts to at most \(PatternTranslator.repeatLimit)",
                offset: offsets[start])
        }
        return count
    }

    // MARK: Escapes

    /// An escape outside a class; whether it can be repeated.
    private mutating func escapedTerm() throws(ExpressionError) -> Bool {
        guard let next = peek(1) else { throw error("'\\' stands at the end of the pattern") }
        switch next {
        case "b", "B":
            at += 2
            output += "\\\(next)"
            return false
        case "k":
            at += 2
            guard take("<") else { throw error("'\\k' names a group, as in '\\k<name>'") }
            let name = try groupName()
            guard let number = names[Array(name.utf8)] else {
                throw error("there is no group '\(name)'")
            }
            output += "\\g{\(number)}"
        case "1"..."9":
            at += 1
            let number = try count()
            guard number <= captures else { throw error("there is no group \(number)") }
            output += "\\g{\(number)}"
        default:
            var members = ClassMembers()
            members.add(try classAtom(inClass: false))
            output += members.spelled(negated: false)
        }
        return true
    }

    private mutating func classAtom(inClass: Bool) throws(ExpressionError) -> Atom {
        guard source[at] == 0x5C else {
            at += 1
            return .character(source[at - 1])
        }
        at += 1
        guard let letter = peek(0) else { throw error("'\\' stands at the end of the pattern") }
        at += 1
        switch letter {
        case "d": return .set(.digits)
        case "D": return .set(CharacterSet.digits.complement)
        case "w": return .set(.wordCharacters)
        case "W": return .set(CharacterSet.wordCharacters.complement)
        case "s": return .set(.spaces)
        case "S": return .set(CharacterSet.spaces.complement)
        case "t": return .character(0x09)
        case "n": return .character(0x0A)
        case "v": return .character(0x0B)
        case "f": return .character(0x0C)
        case "r": return .character(0x0D)
        case "b" where inClass: return .character(0x08)
        case "0":
            if let next = peek(0), next.isASCII, next.isNumber {
                throw error("ECMAScript has no octal escapes here")
            }
            return .character(0)
        case "c":
            guard let control = peek(0), control.isASCII, control.isLetter else {
                throw error("'\\c' is followed by a letter")
            }
            at += 1
            return .character(UInt32(control.asciiValue ?? 0) % 32)
        case "x": return .character(try hexadecimal(2))
        case "u": return .character(try unicodeEscape())
        case "p", "P": return try property(isNegated: letter == "P")
        default:
            guard letter.isASCII, letter.isPunctuation || letter.isSymbol || letter == " " else {
                throw error("ECMAScript has no escape '\\\(letter)'")
            }
            return .character(source[at - 1])
        }
    }

    private mutating func property(isNegated: Bool) throws(ExpressionError) -> Atom {
        guard take("{") else { throw error("'\\p' names a property, as in '\\p{Letter}'") }
        var name = ""
        while at < source.count, source[at] != 0x7D {
            name.unicodeScalars.append(Unicode.Scalar(source[at]) ?? "?")
            at += 1
        }
        guard take("}"), let translation = UnicodeProperty.translation(name) else {
            throw error("there is no character property '\(name)'")
        }
        let letter = isNegated == translation.isOpposite ? "p" : "P"
        return .property("\\\(letter){\(translation.name)}")
    }

    private mutating func hexadecimal(_ count: Int) throws(ExpressionError) -> UInt32 {
        var result: UInt32 = 0
        for _ in 0..<count {
            guard at < source.count, let digit = digit(source[at], 16) else {
                throw error("\(count) hexadecimal digits are expected")
            }
            result = result << 4 | digit
            at += 1
        }
        return result
    }

    private mutating func unicodeEscape() throws(ExpressionError) -> UInt32 {
        if take("{") {
            var result: UInt32 = 0
            let start = at
            while at < source.count, let digit = digit(source[at], 16) {
                result = min(result << 4 | digit, CharacterSet.last + 1)
                at += 1
            }
            guard at > start, result <= CharacterSet.last, take("}") else {
                throw error("'\\u{…}' holds a code point up to 10FFFF")
            }
            return result
        }
        let high = try hexadecimal(4)
        guard high & 0xFC00 == 0xD800, peek(0) == "\\", peek(1) == "u", peek(2) != "{" else {
            return high
        }
        let mark = at
        at += 2
        let low = try hexadecimal(4)
        if low & 0xFC00 == 0xDC00 { return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00) }
        at = mark
        return high
    }

    // MARK: Classes

    private mutating func characterClass() throws(ExpressionError) {
        let negated = take("^")
        var members = ClassMembers()
        while true {
            guard at < source.count else { throw error("a class is not closed") }
            if take("]") { break }
            let low = try classAtom(inClass: true)
            guard peek(0) == "-", let next = peek(1), next != "]" else {
                members.add(low)
                continue
            }
            at += 1
            let high = try classAtom(inClass: true)
            if case .character(let low) = low, case .character(let high) = high {
                guard low <= high else { throw error("a range of a class is out of order") }
                members.add(low...high)
            } else {
                for atom in [low, .character(0x2D), high] { members.add(atom) }
            }
        }
        output += members.spelled(negated: negated)
    }

    // MARK: Characters

    /// A character that stands for itself; surrogates are in no text.
    private mutating func emit(_ scalar: UInt32) {
        output += CharacterSet([scalar...scalar]).spelled
    }

    private func peek(_ distance: Int) -> Character? {
        guard at + distance < source.count else { return nil }
        return Unicode.Scalar(source[at + distance]).map { Character($0) }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard peek(0) == character else { return false }
        at += 1
        return true
    }

    private func digit(_ scalar: UInt32, _ radix: UInt32) -> UInt32? {
        let value: UInt32 =
            switch scalar {
            case 0x30...0x39: scalar - 0x30
            case 0x41...0x46: scalar - 0x41 + 10
            case 0x61...0x66: scalar - 0x61 + 10
            default: radix
            }
        return value < radix ? value : nil
    }

    private func error(_ message: String) -> ExpressionError {
        ExpressionError(.syntax, message, offset: offsets[min(at, source.count)])
    }
}
