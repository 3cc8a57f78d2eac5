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
        for word in text.split(separator: " ") {
            var word = word[...]
            while !word.isEmpty {
                let room = columns - line.count - (line.isEmpty ? 0 : 1)
                if word.count <= room {
                    line += (line.isEmpty ? "" : " ") + word
                    word = ""
                } else if line.isEmpty {
                    lines.append(String(word.prefix(columns)))
                    word = word.dropFirst(columns)
                } else {
                    lines.append(line)
                    line = ""
                }
            }
            if lines.count > limit { break }
        }
        if !line.isEmpty { lines.append(line) }
        guard lines.count > limit else { return lines }
        let kept = lines.prefix(limit)
        return kept.dropLast() + [String((kept.last ?? "").prefix(columns - 2)) + " …"]
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
