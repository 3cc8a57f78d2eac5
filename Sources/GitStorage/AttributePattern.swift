/// A pattern of a `.gitattributes` file, matched as gitattributes(5) and gitignore(5) say: without
/// a slash against the last segment, with one against the path from the file's directory. `*`, `?`
/// and `[…]` stop at a slash, `**` does not. Matching takes at most pattern times path steps.
struct AttributePattern: Sendable {
    private enum Token {
        case byte(UInt8)
        case anyInSegment
        case star
        /// `**/`: any number of whole segments, each with its slash.
        case directories
        /// `/**` at the end: everything below.
        case everything
        case set(ranges: [ClosedRange<UInt8>], isNegated: Bool)
    }

    private let tokens: [Token]
    private let isBaseName: Bool

    /// `nil` for a pattern that matches no file: a negated one, or one of directories only.
    init?(_ text: [UInt8]) {
        guard let first = text.first, first != 0x21, text.last != 0x2F else { return nil }
        isBaseName = !text.contains(0x2F)
        guard let tokens = Self.tokens(Array(first == 0x2F ? text.dropFirst() : text[...])) else {
            return nil
        }
        self.tokens = tokens
    }

    /// Whether the file at `path`, relative to the directory of the `.gitattributes` file, matches.
    func matches(_ path: ArraySlice<UInt8>) -> Bool {
        guard isBaseName else { return run(path) }
        let slash = path.lastIndex(of: 0x2F)
        return run(slash.map { path[($0 + 1)...] } ?? path)
    }

    /// Follows all readings of the pattern at once; `states[n]` says that the first n tokens can
    /// stand for what was read so far.
    private func run(_ path: ArraySlice<UInt8>) -> Bool {
        var states = [Bool](repeating: false, count: tokens.count + 1)
        states[0] = true
        skipEmpty(&states, isSegmentStart: true)
        for byte in path {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for (index, token) in tokens.enumerated() where states[index] {
                switch token {
                case .byte(let expected): if byte == expected { next[index + 1] = true }
                case .anyInSegment: if byte != 0x2F { next[index + 1] = true }
                case .set(let ranges, let isNegated):
                    if byte != 0x2F, ranges.contains(where: { $0.contains(byte) }) != isNegated {
                        next[index + 1] = true
                    }
                case .star: if byte != 0x2F { next[index] = true }
                case .directories: next[index] = true
                case .everything: next[index] = true
                }
            }
            // Everything below needs something below.
            if case .everything? = tokens.last, states[tokens.count - 1] {
                next[tokens.count] = true
            }
            skipEmpty(&next, isSegmentStart: byte == 0x2F)
            states = next
        }
        return states[tokens.count]
    }

    private func skipEmpty(_ states: inout [Bool], isSegmentStart: Bool) {
        for (index, token) in tokens.enumerated() where states[index] {
            switch token {
            case .star: states[index + 1] = true
            case .directories: if isSegmentStart { states[index + 1] = true }
            default: break
            }
        }
    }

    private static func tokens(_ text: [UInt8]) -> [Token]? {
        var tokens: [Token] = []
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case 0x5C:
                guard position < text.count else { return nil }
                tokens.append(.byte(text[position]))
                position += 1
            case 0x3F: tokens.append(.anyInSegment)
            case 0x5B:
                guard let set = set(text, &position) else { return nil }
                tokens.append(set)
            case 0x2A:
                let start = position - 1
                while position < text.count, text[position] == 0x2A { position += 1 }
                let isAtStart = start == 0 || text[start - 1] == 0x2F
                if position - start == 2, isAtStart, position == text.count {
                    tokens.append(.everything)
                } else if position - start == 2, isAtStart, text[position] == 0x2F {
                    tokens.append(.directories)
                    position += 1
                } else {
                    tokens.append(.star)
                }
            default: tokens.append(.byte(byte))
            }
        }
        return tokens
    }

    private static let classes: [String: [ClosedRange<UInt8>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0x00...0x1F, 0x7F...0x7F],
        "digit": [0x30...0x39], "graph": [0x21...0x7E], "lower": [0x61...0x7A],
        "print": [0x20...0x7E], "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E],
        "space": [0x09...0x0D, 0x20...0x20], "upper": [0x41...0x5A],
        "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]

    /// A bracket expression; `position` stands after its `[`.
    private static func set(_ text: [UInt8], _ position: inout Int) -> Token? {
        var ranges: [ClosedRange<UInt8>] = []
        var isNegated = false
        if position < text.count, text[position] == 0x21 || text[position] == 0x5E {
            isNegated = true
            position += 1
        }
        var isFirst = true
        while position < text.count {
            if text[position] == 0x5D, !isFirst {
                position += 1
                return .set(ranges: ranges, isNegated: isNegated)
            }
            isFirst = false
            if text[position...].starts(with: "[:".utf8),
                let end = text[(position + 2)...].firstIndex(of: 0x3A), end + 1 < text.count,
                text[end + 1] == 0x5D
            {
                let name = String(decoding: text[(position + 2)..<end], as: UTF8.self)
                guard let named = classes[name] else { return nil }
                ranges += named
                position = end + 2
                continue
            }
            guard let low = setMember(text, &position) else { return nil }
            if position + 1 < text.count, text[position] == 0x2D, text[position + 1] != 0x5D {
                position += 1
                guard let high = setMember(text, &position) else { return nil }
                if low <= high { ranges.append(low...high) }
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }

    private static func setMember(_ text: [UInt8], _ position: inout Int) -> UInt8? {
        if text[position] == 0x5C { position += 1 }
        guard position < text.count else { return nil }
        position += 1
        return text[position - 1]
    }
}
