public import Documents

/// Puts made-up data in the place of personal data, the same for the same everywhere.
///
/// First ``learn(_:)`` everything, then ``mask(_:in:)`` it: a name that is masked in one place is masked
/// wherever it stands, in titles and addresses too.
public struct Masking {
    private let pseudonyms: Pseudonyms
    private let isPersonal: Bool
    private let patterns: [[[UInt8]]]
    /// Folded words of masked values, by their first word.
    private var phrases: [[UInt8]: [[[UInt8]]]] = [:]

    /// A masking.
    ///
    /// - Parameters:
    ///   - personal: whether members that are called like personal data are masked, and e-mail
    ///     addresses and telephone numbers anywhere.
    ///   - paths: further members: a name, which counts at any depth, or a path such as
    ///     `body.hits.*.title`; `*` is one member or element, `**` any number.
    ///   - salt: what makes the pseudonyms; whoever knows it can check guesses.
    public init(personal: Bool, paths: [String], salt: [UInt8]) {
        pseudonyms = Pseudonyms(salt: salt)
        isPersonal = personal
        patterns = paths.map { path in
            let parts = path.utf8.split(separator: 0x2E).map { Array($0) }
            return parts.count == 1 ? [Array("**".utf8)] + parts : parts
        }
    }

    /// What a leaf is treated as, by the way to it.
    private struct Way {
        var path: [[UInt8]] = []
        var isPersonal = false
        var isPeople = false

        func to(_ member: Text) -> Way {
            var way = self
            way.path.append(Array(member.bytes))
            switch PersonalNames.kind(member) {
            case .personal:
                way.isPersonal = true
                way.isPeople = false
            case .people:
                way.isPeople = true
            case .sort:
                way.isPersonal = false
                way.isPeople = false
            case .other: way.isPeople = false
            }
            return way
        }

        func to(_ index: Int) -> Way {
            var way = self
            way.path.append(Array("\(index)".utf8))
            return way
        }
    }

    private func isMasked(_ value: Value, _ way: Way) -> Bool {
        guard value.kind == .string || value.isNumber else { return false }
        if patterns.contains(where: { Self.matches($0[...], way.path[...]) }) { return true }
        guard isPersonal else { return false }
        if way.isPersonal || way.isPeople && value.kind == .string { return true }
        return value.string.map { Pseudonyms.isAddress($0) || Pseudonyms.isPhone($0) } ?? false
    }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool
    {
        guard let first = pattern.first else { return true }
        if first == Array("**".utf8) {
            if matches(pattern.dropFirst(), path) && !path.isEmpty { return true }
            return !path.isEmpty && matches(pattern, path.dropFirst())
        }
        guard let member = path.first, first == Array("*".utf8) || first == member else {
            return false
        }
        return matches(pattern.dropFirst(), path.dropFirst())
    }

    // MARK: Learning

    /// Notes the texts of a value that will be masked.
    public mutating func learn(_ value: Value) { learn(value, Way()) }

    private mutating func learn(_ value: Value, _ way: Way) {
        switch value.kind {
        case .object:
            for member in value.members.unsafelyUnwrapped {
                learn(member.value, way.to(member.key))
            }
        case .array:
            for (index, element) in value.array.unsafelyUnwrapped.enumerated() {
                learn(element, way.to(index))
            }
        case .string:
            guard isMasked(value, way), let text = value.string, !Pseudonyms.isDate(text) else {
                return
            }
            learn(text)
        default: break
        }
    }

    private mutating func learn(_ text: String) {
        let words = Self.words(text)
        // A single letter or a short number would be found everywhere.
        guard let first = words.first, words.reduce(0, { $0 + $1.count }) >= 3 else { return }
        if phrases[first]?.contains(words) ?? false { return }
        phrases[first, default: []].append(words)
    }

    private static func words(_ text: String) -> [[UInt8]] {
        Pseudonyms.pieces(of: text).filter { !$0.isSpace }.map { word($0.text) }
    }

    private static func word(_ text: String) -> [UInt8] {
        if Pseudonyms.isAddress(text) { return Pseudonyms.folded(text) }
        let core = Pseudonyms.trimmed(text).core
        return Pseudonyms.folded(core.isEmpty ? text : core)
    }

    // MARK: Masking

    /// The value with made-up data.
    public func mask(_ value: Value, in arena: Arena) -> Value { mask(value, Way(), arena) }

    private func mask(_ value: Value, _ way: Way, _ arena: Arena) -> Value {
        switch value.kind {
        case .object:
            return arena.object(
                value.members.unsafelyUnwrapped.map {
                    Member($0.lookup, mask($0.value, way.to($0.key), arena))
                })
        case .array:
            return arena.array(
                value.array.unsafelyUnwrapped.enumerated().map {
                    mask($0.element, way.to($0.offset), arena)
                })
        case .string:
            let text = value.string ?? ""
            if isMasked(value, way) { return arena.string(pseudonyms.text(for: text)) }
            let masked = mask(text: text)
            return masked.utf8.elementsEqual(text.utf8) ? value : arena.string(masked)
        default:
            guard isMasked(value, way) else { return value }
            var parser = JSONParser()
            let spelling = pseudonyms.number(for: JSONWriter.line(value))
            return (try? parser.parse(spelling, into: arena)) ?? .integer(0)
        }
    }

    /// A text in which what was learnt is masked.
    func mask(text: String) -> String {
        var pieces = Pseudonyms.pieces(of: text)
        let places = pieces.indices.filter { !pieces[$0].isSpace }
        let words = places.map { Self.word(pieces[$0].text) }
        var at = 0
        while at < words.count {
            let fitting = (phrases[words[at]] ?? []).filter {
                words[at...].starts(with: $0)
            }
            guard let longest = fitting.map(\.count).max() else {
                at += 1
                continue
            }
            for place in places[at..<(at + longest)] {
                pieces[place].text = pseudonyms.token(pieces[place].text)
            }
            at += longest
        }
        return pieces.map(\.text).joined()
    }

    /// The path of a URL in which what was learnt is masked, segment by segment.
    func mask(path: String) -> String {
        path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).map { segment in
            let text = Self.decoded(segment)
            let masked = mask(text: text)
            return masked.utf8.elementsEqual(text.utf8)
                ? String(decoding: segment, as: UTF8.self) : Self.encoded(masked)
        }.joined(separator: "/")
    }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String {
        var output: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                output.append(value)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
            default: output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
