internal import Documents

/// What a cell asks of its input, parsed.
struct CellTest {
    /// One of the alternatives of a cell.
    enum Term {
        case null
        case text(Text)
        case flag(Bool)
        case range(low: Bound?, high: Bound?)
        /// A value of a list by its name.
        case list(Text)
        /// Anything but these; null is not these either.
        indirect case not([Term])
    }

    /// An end of a range.
    struct Bound {
        var point: Point
        var isIncluded: Bool
    }

    /// Alternatives; nil for `-`, which anything passes.
    var terms: [Term]?

    static let any = CellTest(terms: nil)
}

/// Why a cell is none.
struct CellProblem: Error {
    /// What goes wrong.
    enum Kind {
        case syntax, type, range, lookAlike
    }
    var kind: Kind
    var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

/// Reads the text of a cell:
///
///     cell  = "" | "-" | "not(" terms ")" | terms
///     terms = term {"," term}
///     term  = "null" | "list(" name ")" | "in list" name | operator literal | range | literal
///     range = ("[" | "]" | "(") literal ".." literal ("]" | "[" | ")")
struct CellParser {
    private let text: Text
    private let type: CellType
    private let arena: Arena
    private var at = 0

    private init(_ text: Text, _ type: CellType, _ arena: Arena) {
        self.text = text
        self.type = type
        self.arena = arena
    }

    /// - Parameter text: must live as long as the terms.
    static func parse(
        _ text: Text, _ type: CellType, in arena: Arena
    ) throws(CellProblem) -> CellTest {
        let text = trimmed(text)
        if text.isEmpty || text == "-" { return .any }
        var parser = CellParser(text, type, arena)
        if let inner = parser.negated() {
            var parser = CellParser(inner, type, arena)
            let terms = try parser.terms()
            return CellTest(terms: [.not(terms)])
        }
        return CellTest(terms: try parser.terms())
    }

    /// What stands in `not(…)`, when the cell is one.
    private func negated() -> Text? {
        guard text.count > 5, text[text.count - 1] == UInt8(ascii: ")") else { return nil }
        guard text[0..<3] == "not" else { return nil }
        var open = 3
        while open < text.count, text[open] == 0x20 { open += 1 }
        guard text[open] == UInt8(ascii: "(") else { return nil }
        return Self.trimmed(text[(open + 1)..<(text.count - 1)])
    }

    static func trimmed(_ text: Text) -> Text {
        var (low, high) = (0, text.count)
        while low < high, isSpace(text[low]) { low += 1 }
        while high > low, isSpace(text[high - 1]) { high -= 1 }
        return text[low..<high]
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private mutating func skipSpace() {
        while at < text.count, Self.isSpace(text[at]) { at += 1 }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard at + count <= text.count, text[at..<(at + count)] == word else { return false }
        at += count
        return true
    }

    private mutating func terms() throws(CellProblem) -> [CellTest.Term] {
        var terms: [CellTest.Term] = []
        repeat {
            skipSpace()
            guard at < text.count, text[at] != UInt8(ascii: ",") else {
                throw CellProblem(.syntax, "a value is missing between the commas")
            }
            terms.append(try term())
            skipSpace()
            if at < text.count, text[at] == UInt8(ascii: ","),
                LookAlikes.isNumeric(text, commaAt: at, type)
            {
                throw CellProblem(.lookAlike, LookAlikes.comma)
            }
        } while take(",")
        guard at == text.count else {
            throw CellProblem(
                .syntax,
                "'\(text[at..<text.count].excerpt)' is not understood here; write a comma between "
                    + "values, and a text with a comma in quotes")
        }
        return terms
    }

    private mutating func term() throws(CellProblem) -> CellTest.Term {
        if let name = try listName() { return .list(name) }
        let start = at
        switch text[at] {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!"):
            return try comparison()
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("):
            return try range()
        default: break
        }
        let (literal, isQuoted) = try literal(until: [UInt8(ascii: ",")])
        if !isQuoted, literal == "null" { return .null }
        if !isQuoted, literal.count > 3, literal[0..<4] == "not(" {
            throw CellProblem(.syntax, "not(…) takes the whole cell: write not(a, b)")
        }
        if type.isOrdered, !isQuoted, Self.holds(literal, "..") {
            throw CellProblem(
                .syntax,
                "a range stands in brackets: [\(text[start..<at].excerpt)] with both ends, "
                    + "]…[ without them")
        }
        return try equal(literal)
    }

    private static func holds(_ text: Text, _ part: StaticString) -> Bool {
        guard text.count >= part.utf8CodeUnitCount else { return false }
        return (0...(text.count - part.utf8CodeUnitCount)).contains {
            text[$0..<($0 + part.utf8CodeUnitCount)] == part
        }
    }

    private mutating func listName() throws(CellProblem) -> Text? {
        let start = at
        if take("list("), let end = text[at..<text.count].bytes.firstIndex(of: UInt8(ascii: ")")) {
            defer { at += end + 1 }
            return Self.unquoted(Self.trimmed(text[at..<(at + end)]))
        }
        at = start
        guard take("in list ") else { return nil }
        return try literal(until: [UInt8(ascii: ",")]).text
    }

    private static func unquoted(_ text: Text) -> Text {
        let isQuoted = text.count >= 2 && text[0] == 0x22 && text[text.count - 1] == 0x22
        return isQuoted ? text[1..<(text.count - 1)] : text
    }

    // MARK: Comparisons and ranges

    private mutating func comparison() throws(CellProblem) -> CellTest.Term {
        let isNot = take("!=")
        let below = !isNot && take("<")
        let above = !isNot && !below && take(">")
        var isIncluded = take("=")
        if isNot {
            isIncluded = true
        } else if !below, !above {
            guard isIncluded else {
                throw CellProblem(.syntax, "write != for anything but a value")
            }
            _ = take("=")
        }
        skipSpace()
        let (literal, isQuoted) = try literal(until: [UInt8(ascii: ",")])
        if !isQuoted, LookAlikes.isFormula(literal) {
            throw CellProblem(
                .lookAlike,
                "'=\(literal.excerpt)' is a formula; write its value, or the text in quotes")
        }
        if !below, !above {
            let term = !isQuoted && literal == "null" ? CellTest.Term.null : try equal(literal)
            return isNot ? .not([term]) : term
        }
        guard type.isOrdered else {
            throw CellProblem(
                .type,
                "\(type.words) is not compared by order; write values, != or not(…), and "
                    + "put a text that begins with < or > in quotes")
        }
        let bound = CellTest.Bound(point: try point(literal), isIncluded: isIncluded)
        return below ? .range(low: nil, high: bound) : .range(low: bound, high: nil)
    }

    private mutating func range() throws(CellProblem) -> CellTest.Term {
        guard type.isOrdered else {
            throw CellProblem(
                .type,
                "\(type.words) has no ranges; put a text that begins with a bracket in quotes")
        }
        let isLowIncluded = text[at] == UInt8(ascii: "[")
        at += 1
        let brackets = [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ")")]
        let low = try literal(until: brackets, dots: true).text
        guard take("..") else {
            throw CellProblem(.syntax, "a range has two ends, such as [1..5) or ]1..5[")
        }
        let high = try literal(until: brackets).text
        guard at < text.count else {
            throw CellProblem(.syntax, "a range ends in ], [ or )")
        }
        let isHighIncluded = text[at] == UInt8(ascii: "]")
        at += 1
        let bounds = (
            CellTest.Bound(point: try point(low), isIncluded: isLowIncluded),
            CellTest.Bound(point: try point(high), isIncluded: isHighIncluded)
        )
        let order = Point.compare(bounds.0.point, bounds.1.point)
        guard order < 0 || order == 0 && isLowIncluded && isHighIncluded else {
            throw CellProblem(
                .range,
                "nothing lies in the range from \(low.excerpt) to \(high.excerpt); the lower end comes first"
            )
        }
        return .range(low: bounds.0, high: bounds.1)
    }

    // MARK: Literals

    /// A literal up to one of some bytes; in quotes anything, `\"` and `\\` among it.
    private mutating func literal(
        until ends: [UInt8], dots: Bool = false
    ) throws(CellProblem) -> (text: Text, isQuoted: Bool) {
        skipSpace()
        if at < text.count, text[at] == 0x22 { return (try quoted(), true) }
        let start = at
        while at < text.count, !ends.contains(text[at]) {
            if dots, at + 1 < text.count, text[at] == 0x2E, text[at + 1] == 0x2E { break }
            at += 1
        }
        let found = Self.trimmed(text[start..<at])
        guard !found.isEmpty else { throw CellProblem(.syntax, "a value is missing") }
        if let problem = LookAlikes.problem(found, type) {
            throw CellProblem(
                .lookAlike, problem + (type == .string ? "; or put the text in double quotes" : ""))
        }
        return (found, false)
    }

    private mutating func quoted() throws(CellProblem) -> Text {
        at += 1
        var bytes: [UInt8] = []
        while at < text.count, text[at] != 0x22 {
            if text[at] == UInt8(ascii: "\\"), at + 1 < text.count { at += 1 }
            bytes.append(text[at])
            at += 1
        }
        guard at < text.count else { throw CellProblem(.syntax, "a quote is never closed") }
        at += 1
        skipSpace()
        return bytes.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    private func equal(_ literal: Text) throws(CellProblem) -> CellTest.Term {
        switch type {
        case .string: return .text(literal)
        case .boolean:
            guard let flag = Scalars.flag(literal) else { throw mismatch(literal) }
            return .flag(flag)
        default:
            let bound = CellTest.Bound(point: try point(literal), isIncluded: true)
            return .range(low: bound, high: bound)
        }
    }

    private func point(_ literal: Text) throws(CellProblem) -> Point {
        let point: Point? =
            switch type {
            case .number, .integer:
                Scalars.number(literal, in: arena).flatMap { Scalars.point($0, .number) }
            case .date: literal.count == 10 ? Scalars.point(literal, .date) : nil
            default: Scalars.point(literal, type)
            }
        guard let point else { throw mismatch(literal) }
        return point
    }

    private func mismatch(_ literal: Text) -> CellProblem {
        CellProblem(
            .type,
            "'\(literal.excerpt)' is not \(type.words), which this column takes"
                + LookAlikes.hint(literal, type))
    }
}

extension CellTest {
    /// The test of a value in YAML: a text is parsed, a list is a set, null is `null`.
    static func read(
        _ node: Node, _ type: CellType, in arena: Arena
    ) throws(CellProblem) -> CellTest {
        switch node.value.kind {
        case .string:
            return try CellParser.parse(node.value.text.unsafelyUnwrapped, type, in: arena)
        case .array:
            var terms: [Term] = []
            for element in node.elements { terms += try read(element: element, type, in: arena) }
            guard !terms.isEmpty else {
                throw CellProblem(
                    .syntax, "an empty list matches nothing; leave the cell out for any")
            }
            return CellTest(terms: terms)
        default: return CellTest(terms: try read(element: node, type, in: arena))
        }
    }

    private static func read(
        element node: Node, _ type: CellType, in arena: Arena
    ) throws(CellProblem) -> [Term] {
        let value = node.value
        if value.isNull { return [.null] }
        if let text = value.text {
            // Texts of a list are literals, so that commas in them need no quotes.
            if type == .string { return [.text(text)] }
            return try CellParser.parse(text, type, in: arena).terms ?? []
        }
        if type == .boolean, let flag = value.bool { return [.flag(flag)] }
        if type == .number || type == .integer, let point = Scalars.point(value, .number) {
            let bound = Bound(point: point, isIncluded: true)
            return [.range(low: bound, high: bound)]
        }
        throw CellProblem(
            .type,
            "this column takes \(type.words)"
                + (type == .string ? "; quote what looks like something else" : ""))
    }
}
