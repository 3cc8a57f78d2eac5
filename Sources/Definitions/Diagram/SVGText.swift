/// Text in drawings: how wide it is likely to be, where it breaks, how it is escaped.
enum SVGText {
    /// The width of a text in a common sans-serif face, a little generous.
    static func width(_ text: String, size: Double, bold: Bool = false) -> Double {
        var units = 0.0
        for scalar in text.unicodeScalars { units += width(of: scalar) }
        return units * size * (bold ? 1.08 : 1.02)
    }

    /// The width of a text in a monospaced face.
    static func monospacedWidth(_ text: String, size: Double) -> Double {
        var units = 0.0
        for scalar in text.unicodeScalars { units += isWide(scalar) ? 1.05 : 0.61 }
        return units * size
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x1100 && scalar.value < 0x2_0000
            && !(0x2000...0x2BFF).contains(scalar.value) || scalar.value >= 0x1_F000
    }

    private static func width(of scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!": 0.29
        case "f", "t", "r", "(", ")", "[", "]", "/", "\\", " ", "-", "\"": 0.37
        case "m", "w", "M", "W", "@", "%": 0.9
        case "A"..."Z", "_", "<", ">", "=", "+", "~", "&", "#": 0.7
        default: isWide(scalar) ? 1.05 : 0.58
        }
    }

    /// A text in lines of at most `columns` characters, broken at spaces where there are any; past
    /// `lines` of them the rest is left out.
    static func wrapped(_ text: String, columns: Int, lines limit: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for piece in pieces(text, columns) {
            if line.count + piece.count > columns, !line.isEmpty {
                lines.append(trimmed(line))
                if lines.count > limit { break }
                line = ""
            }
            line += line.isEmpty ? trimmed(piece) + (piece.hasSuffix(" ") ? " " : "") : piece
        }
        if !trimmed(line).isEmpty { lines.append(trimmed(line)) }
        guard lines.count > limit else { return lines }
        let kept = lines.prefix(limit)
        return kept.dropLast() + [trimmed(String((kept.last ?? "").prefix(columns - 2))) + " …"]
    }

    /// Where a text may break: after a space; in a long word before a dot or after a comma, bracket,
    /// slash or underscore; else anywhere.
    private static func pieces(_ text: String, _ columns: Int) -> [String] {
        var pieces: [String] = []
        for word in text.split(separator: " ") {
            var piece = ""
            for character in word {
                let breaksBefore = character == "." || character == "#"
                if breaksBefore && piece.count > 3 || piece.count == columns {
                    pieces.append(piece)
                    piece = ""
                }
                piece.append(character)
                if ",([{/".contains(character), piece.count > 3 {
                    pieces.append(piece)
                    piece = ""
                }
            }
            if !piece.isEmpty {
                pieces.append(piece + " ")
            } else if let last = pieces.popLast() {
                pieces.append(last + " ")
            }
        }
        return pieces
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text = text.dropLast() }
        while text.first == " " { text = text.dropFirst() }
        return String(text)
    }

    /// Text for XML: markup is escaped, what XML may not hold is left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{9}", "\u{A}", "\u{D}", "\u{85}", "\u{2028}", "\u{2029}": result += " "
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": continue
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
