/// A parsed `.gitattributes` file.
struct AttributesFile: Sendable {
    struct Rule: Sendable {
        let pattern: AttributePattern
        /// Names and states in the order of the line, macros not yet expanded.
        let settings: [Setting]
        let line: Int
    }

    struct Setting: Sendable {
        let name: String
        let state: AttributeState
    }

    private(set) var rules: [Rule] = []
    /// Macros by name. git takes them from the top-level file only.
    private(set) var macros: [String: [Setting]] = [:]

    /// Reads what can be read; lines that git ignores are ignored.
    init(_ bytes: [UInt8]) {
        var text = bytes[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() { parse(line, number: index + 1) }
    }

    // git ignores longer lines, since 2.39.1.
    private static let lineLimitBytes = 2048

    private mutating func parse(_ line: ArraySlice<UInt8>, number: Int) {
        guard line.count < Self.lineLimitBytes else { return }
        var rest = line.drop(while: Self.isBlank)
        guard let first = rest.first, first != 0x23 else { return }
        guard let subject = Self.subject(&rest) else { return }
        let settings = rest.split(whereSeparator: Self.isBlank).compactMap(Self.setting)
        let macro = Array("[attr]".utf8)
        if first != 0x22, subject.starts(with: macro) {
            let name = String(decoding: subject.dropFirst(macro.count), as: UTF8.self)
            macros[name] = settings
        } else if let pattern = AttributePattern(subject) {
            rules.append(Rule(pattern: pattern, settings: settings, line: number))
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }

    /// The pattern at the start of a line, bare or in double quotes with C escapes.
    private static func subject(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == 0x22 else {
            let word = rest.prefix { !isBlank($0) }
            rest = rest.dropFirst(word.count)
            return Array(word)
        }
        rest = rest.dropFirst()
        var result: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x22 { return result }
            guard byte == 0x5C else {
                result.append(byte)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            switch escaped {
            case 0x30...0x33:
                guard let second = rest.popFirst(), let third = rest.popFirst(),
                    (0x30...0x37).contains(second), (0x30...0x37).contains(third)
                else { return nil }
                result.append((escaped - 0x30) << 6 | (second - 0x30) << 3 | (third - 0x30))
            case 0x61: result.append(0x07)
            case 0x62: result.append(0x08)
            case 0x66: result.append(0x0C)
            case 0x6E: result.append(0x0A)
            case 0x72: result.append(0x0D)
            case 0x74: result.append(0x09)
            case 0x76: result.append(0x0B)
            case 0x22, 0x5C: result.append(escaped)
            default: return nil
            }
        }
        return nil
    }

    private static func setting(_ word: ArraySlice<UInt8>) -> Setting? {
        func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        guard let first = word.first else { return nil }
        if first == 0x2D { return Setting(name: text(word.dropFirst()), state: .unset) }
        if first == 0x21 { return Setting(name: text(word.dropFirst()), state: .unspecified) }
        guard let equals = word.firstIndex(of: 0x3D) else {
            return Setting(name: text(word), state: .set)
        }
        return Setting(name: text(word[..<equals]), state: .value(text(word[(equals + 1)...])))
    }
}
