internal import Glibc

/// What spreadsheets leave behind that looks like something else than it is.
public enum SpreadsheetTrace {
    /// What is wrong with the text of a cell and what to do, such as `'#N/A' is an error of the
    /// spreadsheet; write the value`; nil of a text that is what it looks like.
    public static func problem(in text: Text) -> String? {
        guard let first = text.bytes.first else { return nil }
        if first == UInt8(ascii: "#"), isError(text) {
            return "'\(text.excerpt)' is an error of the spreadsheet; write the value"
        }
        if first == UInt8(ascii: "="), text.count > 1, text[1] != 0x20 {
            return "'\(text.excerpt)' is a formula; write its value, not the formula"
        }
        if isRounded(text) {
            return
                "'\(text.excerpt)' is a number as the spreadsheet shows it, with digits left out; format "
                + "the column as text and write all of them"
        }
        return text.bytes.contains { $0 >= 0x7F || $0 < 0x20 } ? lookAlike(text) : nil
    }

    /// What is wrong with the file by the name of a column, and what to do; nil when commas part the
    /// columns and newlines the rows.
    public static func problem(inHeader name: Text) -> String? {
        let bytes = name.bytes
        if bytes.count >= 4, name[0..<4] == "sep=" {
            return
                "the line 'sep=' is for one spreadsheet only; remove it, and separate the columns "
                + "by commas"
        }
        if bytes.contains(0x0D) {
            return "the lines end in carriage returns alone; save the file as CSV (comma delimited)"
        }
        let separator =
            bytes.contains(0x3B) ? "semicolons" : bytes.contains(0x09) ? "tabs" : nil
        return separator.map {
            "the columns are separated by \($0); save the file as CSV with commas"
        }
    }

    /// `#N/A`, `#DIV/0!`, `#NAME?`, `#WERT!`, `#NV`, `####`.
    private static func isError(_ text: Text) -> Bool {
        guard text.count > 1 else { return false }
        if text == "#N/A" || text == "#NV" { return true }
        if text.bytes.allSatisfy({ $0 == UInt8(ascii: "#") }) { return true }
        let last = text[text.count - 1]
        return (last == UInt8(ascii: "!") || last == UInt8(ascii: "?"))
            && !text.bytes.contains { $0 == 0x20 || (0x61...0x7A).contains($0) }
    }

    /// `1.23457E+11`.
    private static func isRounded(_ text: Text) -> Bool {
        guard text.count > 5, let e = text.bytes.firstIndex(of: UInt8(ascii: "E")),
            text[1] == UInt8(ascii: ".") || text[1] == UInt8(ascii: ","), e + 1 < text.count,
            text[e + 1] == UInt8(ascii: "+")
        else { return false }
        let digits = text.bytes.indices.filter { $0 != 1 && $0 != e && $0 != e + 1 }
        return digits.allSatisfy { text[$0] &- 0x30 <= 9 }
    }

    private static func lookAlike(_ text: Text) -> String? {
        var before: Unicode.Scalar?
        for (index, scalar) in String(text).unicodeScalars.enumerated() {
            switch scalar.value {
            case 0x00...0x08, 0x0E...0x1F, 0x7F, 0xAD, 0x200B, 0x200E, 0x200F, 0xFEFF:
                return
                    "'\(text.excerpt)' holds \(name(scalar)), which nobody sees; write the cell anew"
            case 0xA0, 0x2007, 0x202F:
                return
                    "'\(text.excerpt)' holds \(name(scalar)), a space that does not break and is not the "
                    + "same as a space; write the cell anew"
            case 0x2018, 0x201A...0x201F, 0xAB, 0xBB:
                guard index == 0 else { break }
                return
                    "'\(text.excerpt)' stands in curly quotes, which are part of it; write straight ones "
                    + "(\") or none"
            case 0x0300...0x036F:
                guard let before, before.isASCII, before.properties.isAlphabetic else { break }
                return
                    "'\(text.excerpt)' holds an accent apart from its letter (\(name(scalar))), which is "
                    + "not the same as the letter with it; write the cell anew"
            default: break
            }
            before = scalar
        }
        return nil
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}

extension Text {
    /// The text for a message: whole, or its first characters when it is long.
    public var excerpt: String {
        guard count > 80 else { return String(self) }
        var end = 60
        while self[end] & 0xC0 == 0x80 { end -= 1 }
        return String(self[0..<end]) + "…"
    }
}

extension StreamBytes {
    /// Where bytes are no text of a CSV file, and what to do; nil of UTF-8 without zero bytes.
    static func encodingProblem(
        _ bytes: UnsafeRawBufferPointer
    ) -> (offset: Int, message: String)? {
        let zero = bytes.baseAddress.flatMap { base in
            memchr(base, 0, bytes.count).map { UnsafeRawPointer($0) - base }
        }
        let malformed = firstMalformed(bytes)
        if zero == nil && malformed == nil { return nil }
        let offset = min(zero ?? .max, malformed ?? .max)
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            return (0, "this is a workbook, not CSV; export the sheet as CSV in UTF-8")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            || offset == zero
        {
            return (offset, "the file is UTF-16 or no text; save it as CSV in UTF-8")
        }
        return (offset, "the bytes here are not UTF-8; save the file as CSV in UTF-8")
    }
}
