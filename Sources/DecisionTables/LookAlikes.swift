internal import Documents

/// What people and spreadsheets write in cells that looks like the language of cells and is not.
enum LookAlikes {
    /// What is wrong with a value without quotes, and what to do.
    static func problem(_ literal: Text, _ type: CellType) -> String? {
        if let problem = sign(literal) ?? SpreadsheetTrace.problem(in: literal) { return problem }
        guard type == .string else { return nil }
        if literal.bytes.contains(0x0A) {
            return "a line break parts no values; write commas between them"
        }
        if literal.bytes.contains(UInt8(ascii: ";")) {
            return "a semicolon parts no values; write commas between them"
        }
        let apostrophe = UInt8(ascii: "'")
        if literal.count > 1, literal[0] == apostrophe, literal[literal.count - 1] == apostrophe {
            return "a text stands in double quotes, or in none; single ones would be part of it"
        }
        return nil
    }

    private static let signs: [(StaticString, StaticString)] = [
        ("≥", ">="), ("≤", "<="), ("≠", "!="), ("–", "-"), ("—", "-"), ("−", "-"),
    ]

    private static func sign(_ literal: Text) -> String? {
        // All of them begin with the same byte.
        guard literal.bytes.first == 0xE2, literal.count >= 3 else { return nil }
        return signs.first { literal[0..<3] == $0.0 }.map { "write \($0.1) for \($0.0)" }
    }

    /// What may have been meant by a text that is no value of a type; empty when nobody knows.
    static func hint(_ text: Text, _ type: CellType) -> String {
        guard type == .number || type == .integer, let first = text.bytes.first else { return "" }
        let bytes = text.bytes
        if bytes.last == UInt8(ascii: "%") {
            return "; write the number as the data has it, without the percent sign"
        }
        if first == UInt8(ascii: "=") || first == UInt8(ascii: ">") || first == UInt8(ascii: "<") {
            return "; the comparisons are <, <=, >, >=, = and !="
        }
        if bytes.dropFirst().contains(UInt8(ascii: "-")) { return "; a range is written [1..5]" }
        if bytes.contains(UInt8(ascii: ",")) { return "; \(comma)" }
        if first == UInt8(ascii: "0"), bytes.count > 1 {
            return "; a number begins with no zero, and a code of digits is a string"
        }
        return ""
    }

    /// Whether what stands behind `=` calls a function of a spreadsheet: `SUM(A1)`.
    static func isFormula(_ literal: Text) -> Bool {
        guard let open = literal.bytes.firstIndex(of: UInt8(ascii: "(")), open > 0 else {
            return false
        }
        return literal.bytes[..<open].allSatisfy { (0x41...0x5A).contains($0) }
    }

    /// How numbers are written where a comma stands between two digits.
    static let comma =
        "numbers have a decimal point and no separators of thousands; write a space behind the "
        + "comma between two values"

    /// Whether the comma at an offset may be part of a number: `59,5`, and of whole numbers `1,000`.
    static func isNumeric(_ text: Text, commaAt at: Int, _ type: CellType) -> Bool {
        guard type == .number || type == .integer else { return false }
        let before = text.bytes[..<at].reversed().prefix { isDigit($0) }.count
        let after = text.bytes[(at + 1)...].prefix { isDigit($0) }.count
        guard before > 0, after > 0 else { return false }
        return type == .number || before <= 3 && after == 3
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
}
