import Documents

/// Made-up names, numbers and dates in place of real ones.
///
/// A word always becomes the same word, so that `Ada`, `ADA LOVELACE` and `lovelace` still belong
/// together. What it becomes depends on a salt that is kept out of the repository: without it nobody
/// can try names until one fits.
struct Pseudonyms {
    private let salt: [UInt8]

    init(salt: [UInt8]) { self.salt = salt }

    /// Endless bytes out of a kind and a text.
    private struct Stream {
        let salt: [UInt8]
        let message: [UInt8]
        private var bytes: [UInt8] = []
        private var at = 0
        private var round: UInt8 = 0

        init(_ salt: [UInt8], _ kind: StaticString, _ text: [UInt8]) {
            self.salt = salt
            message = Array(Text(kind).bytes) + [0] + text
        }

        mutating func next(below bound: Int) -> Int {
            if at == bytes.count {
                bytes = Digest.hmac(of: message + [round], key: salt).bytes
                round &+= 1
                at = 0
            }
            defer { at += 1 }
            return Int(bytes[at]) % bound
        }
    }

    // MARK: Texts

    /// A text in place of a text: a date keeps its year, an e-mail address goes to `example.com`,
    /// words become words, and what has digits keeps its shape.
    func text(for text: String) -> String {
        if Self.isDate(text) { return date(text) }
        return Self.pieces(of: text).map { $0.isSpace ? $0.text : token($0.text) }.joined()
    }

    /// One word, number or address, with the punctuation around it kept.
    func token(_ text: String) -> String {
        if Self.isAddress(text) { return address(text) }
        let (before, core, after) = Self.trimmed(text)
        if core.isEmpty { return text }
        let hasDigit = core.utf8.contains { (0x30...0x39).contains($0) }
        return before + (hasDigit ? shaped(core) : word(core)) + after
    }

    private func word(_ word: String) -> String {
        // Parts such as those of Jean-Luc stay parts.
        if let dash = word.firstIndex(of: "-"), dash != word.startIndex {
            let rest = word[word.index(after: dash)...]
            return self.word(String(word[..<dash])) + "-"
                + (rest.isEmpty ? "" : self.word(String(rest)))
        }
        var stream = Stream(salt, "word", Self.folded(word))
        let consonants = Array("bdfgklmnprstvz".utf8)
        let vowels = Array("aeiou".utf8)
        var letters: [UInt8] = []
        for _ in 0..<(2 + stream.next(below: 3)) {
            letters.append(consonants[stream.next(below: consonants.count)])
            letters.append(vowels[stream.next(below: vowels.count)])
        }
        let isLower = word.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
        let isUpper =
            word.utf8.count > 1 && word.utf8.allSatisfy { !(0x61...0x7A).contains($0) }
            && word.utf8.allSatisfy { $0 < 0x80 }
        if isUpper {
            letters = letters.map { $0 - 0x20 }
        } else if !isLower {
            letters[0] -= 0x20
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Digits for digits and letters for letters.
    private func shaped(_ text: String) -> String {
        var stream = Stream(salt, "shape", Self.folded(text))
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x30...0x39: bytes.append(0x30 + UInt8(stream.next(below: 10)))
            case 0x41...0x5A: bytes.append(0x41 + UInt8(stream.next(below: 26)))
            case 0x61...0x7A, 0x80...: bytes.append(0x61 + UInt8(stream.next(below: 26)))
            default: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func address(_ text: String) -> String {
        var stream = Stream(salt, "address", Self.folded(text))
        var letters: [UInt8] = []
        for _ in 0..<10 { letters.append(0x61 + UInt8(stream.next(below: 26))) }
        return String(decoding: letters, as: UTF8.self) + "@example.com"
    }

    private func date(_ text: String) -> String {
        var stream = Stream(salt, "date", Array(text.utf8.prefix(10)))
        let (month, day) = (1 + stream.next(below: 12), 1 + stream.next(below: 28))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(text.prefix(4))-\(two(month))-\(two(day))\(text.dropFirst(10))"
    }

    /// A number of the same length and sign.
    func number(for spelling: String) -> String {
        var stream = Stream(salt, "number", Array(spelling.utf8))
        var bytes: [UInt8] = []
        var isFirst = true
        for byte in spelling.utf8 {
            if byte == 0x65 || byte == 0x45 {
                // An exponent stays, so that the number stays one.
                return String(decoding: bytes, as: UTF8.self)
                    + spelling.drop { $0 != "e" && $0 != "E" }
            }
            guard (0x30...0x39).contains(byte) else {
                bytes.append(byte)
                continue
            }
            bytes.append(0x31 + UInt8(stream.next(below: isFirst ? 9 : 8)))
            isFirst = false
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Looking at texts

    /// Upper-case letters of ASCII as lower ones.
    static func folded(_ text: some StringProtocol) -> [UInt8] {
        text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }

    /// A text as words and the spaces between them.
    static func pieces(of text: String) -> [(text: String, isSpace: Bool)] {
        var pieces: [(String, Bool)] = []
        for character in text.unicodeScalars {
            let isSpace = character.properties.isWhitespace
            if let last = pieces.last, last.1 == isSpace {
                pieces[pieces.count - 1].0.unicodeScalars.append(character)
            } else {
                pieces.append((String(character), isSpace))
            }
        }
        return pieces
    }

    /// A word without the punctuation of ASCII around it.
    static func trimmed(_ text: String) -> (before: String, core: String, after: String) {
        func isCore(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x80 || scalar.properties.isAlphabetic
                || (0x30...0x39).contains(scalar.value)
        }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: isCore),
            let last = scalars.lastIndex(where: isCore)
        else { return (text, "", "") }
        let end = scalars.index(after: last)
        return (String(scalars[..<first]), String(scalars[first..<end]), String(scalars[end...]))
    }

    /// Whether it begins like `1970-12-31`.
    static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(10))
        guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return false }
        let hasEnd = text.utf8.count == 10 || Array(text.utf8)[10] == 0x54
        return hasEnd
            && [0, 1, 2, 3, 5, 6, 8, 9].allSatisfy { (0x30...0x39).contains(bytes[$0]) }
    }

    /// Whether it is an e-mail address.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].count > 3
            && parts[1].dropFirst().dropLast().contains(0x2E)
    }

    /// Whether it is a telephone number with its country.
    static func isPhone(_ text: String) -> Bool {
        guard text.utf8.first == 0x2B else { return false }
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }.count
        return digits >= 7
            && text.utf8.dropFirst().allSatisfy {
                (0x30...0x39).contains($0) || [0x20, 0x28, 0x29, 0x2D, 0x2E, 0x2F].contains($0)
            }
    }
}
