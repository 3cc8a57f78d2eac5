/// A JSON pointer (RFC 6901).
public struct JSONPointer: Hashable, Sendable {
    /// The unescaped tokens.
    public var tokens: [String]

    /// A pointer of tokens; none points to the whole document.
    public init(_ tokens: [String] = []) { self.tokens = tokens }

    /// Parses the text form; nil when it is not empty and does not start with `/`, or holds a `~`
    /// that is not followed by 0 or 1.
    public init?(parsing text: String) {
        if text.isEmpty {
            self.init()
            return
        }
        guard text.utf8.first == 0x2F else { return nil }
        var tokens: [String] = []
        for part in text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
            guard let token = Self.unescape(Array(part)) else { return nil }
            tokens.append(token)
        }
        self.init(tokens)
    }

    private static func unescape(_ part: [UInt8]) -> String? {
        var result: [UInt8] = []
        var index = 0
        while index < part.count {
            if part[index] == 0x7E {
                guard index + 1 < part.count, part[index + 1] == 0x30 || part[index + 1] == 0x31
                else { return nil }
                result.append(part[index + 1] == 0x30 ? 0x7E : 0x2F)
                index += 2
            } else {
                result.append(part[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The value pointed to, or nil.
    public func resolve(in root: Value) -> Value? {
        var value = root
        for token in tokens {
            let next: Value? =
                value.kind == .array ? Self.index(token).flatMap { value[$0] } : value[token]
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// An array index: digits without a leading zero.
    static func index(_ token: String) -> Int? {
        let digits = token.utf8
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            digits.count == 1 || digits.first != 0x30
        else { return nil }
        return Int(token)
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The text form, `~` and `/` escaped.
    public var description: String {
        var result = ""
        for token in tokens {
            result += "/"
            for character in token.unicodeScalars {
                switch character {
                case "~": result += "~0"
                case "/": result += "~1"
                default: result.unicodeScalars.append(character)
                }
            }
        }
        return result
    }
}
