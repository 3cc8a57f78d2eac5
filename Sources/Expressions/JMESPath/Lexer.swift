internal import Documents

extension JMESPath {
    struct Token {
        /// What a token is; the names stand in messages.
        enum Kind: String {
            case end = "EOF"
            case identifier = "UnquotedIdentifier"
            case quoted = "QuotedIdentifier"
            case closeBracket = "Rbracket"
            case closeParenthesis = "Rparen"
            case comma = "Comma"
            case colon = "Colon"
            case closeBrace = "Rbrace"
            case number = "Number"
            case current = "Current"
            case reference = "Expref"
            case pipe = "Pipe"
            case or = "Or"
            case and = "And"
            case equal = "EQ"
            case notEqual = "NE"
            case less = "LT"
            case lessOrEqual = "LTE"
            case greater = "GT"
            case greaterOrEqual = "GTE"
            case flatten = "Flatten"
            case star = "Star"
            case filter = "Filter"
            case dot = "Dot"
            case not = "Not"
            case openBrace = "Lbrace"
            case openBracket = "Lbracket"
            case openParenthesis = "Lparen"
            case literal = "Literal"
        }

        var kind: Kind
        /// Byte offset in the expression.
        var offset: Int
        /// The text as written, an identifier without quotes.
        var text: Text
        /// The value of a literal or a number.
        var value = Value.null
    }

    /// Takes the text of an expression apart.
    struct Lexer {
        let text: Text
        let dialect: Dialect
        let arena: Arena
        private var at = 0
        private var tokens: [Token] = []

        init(_ text: Text, dialect: Dialect, arena: Arena) {
            self.text = text
            self.dialect = dialect
            self.arena = arena
        }

        private func byte(_ offset: Int) -> UInt8 { offset < text.count ? text[offset] : 0 }

        /// The tokens, an `end` last.
        mutating func tokenize() throws(ExpressionError) -> [Token] {
            while at < text.count {
                switch text[at] {
                case 0x20, 0x09, 0x0A, 0x0D: at += 1
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "_"):
                    addIdentifier()
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): try addNumber()
                case UInt8(ascii: "\""): try addQuoted()
                case UInt8(ascii: "'"): try addRawString()
                case UInt8(ascii: "`"): try addLiteral()
                default: try addSign()
                }
            }
            add(.end, length: 0)
            return tokens
        }

        private mutating func add(_ kind: Token.Kind, length: Int) {
            tokens.append(Token(kind: kind, offset: at, text: text[at..<(at + length)]))
            at += length
        }

        private mutating func addSign() throws(ExpressionError) {
            let next = byte(at + 1)
            let isDoubled = next == text[at]
            let isEqual = next == UInt8(ascii: "=")
            switch text[at] {
            case UInt8(ascii: "."): add(.dot, length: 1)
            case UInt8(ascii: "*"): add(.star, length: 1)
            case UInt8(ascii: ","): add(.comma, length: 1)
            case UInt8(ascii: ":"): add(.colon, length: 1)
            case UInt8(ascii: "{"): add(.openBrace, length: 1)
            case UInt8(ascii: "}"): add(.closeBrace, length: 1)
            case UInt8(ascii: "]"): add(.closeBracket, length: 1)
            case UInt8(ascii: "("): add(.openParenthesis, length: 1)
            case UInt8(ascii: ")"): add(.closeParenthesis, length: 1)
            case UInt8(ascii: "@"): add(.current, length: 1)
            case UInt8(ascii: "["):
                switch next {
                case UInt8(ascii: "?"): add(.filter, length: 2)
                case UInt8(ascii: "]"): add(.flatten, length: 2)
                default: add(.openBracket, length: 1)
                }
            case UInt8(ascii: "&"): add(isDoubled ? .and : .reference, length: isDoubled ? 2 : 1)
            case UInt8(ascii: "|"): add(isDoubled ? .or : .pipe, length: isDoubled ? 2 : 1)
            case UInt8(ascii: "!"): add(isEqual ? .notEqual : .not, length: isEqual ? 2 : 1)
            case UInt8(ascii: "<"): add(isEqual ? .lessOrEqual : .less, length: isEqual ? 2 : 1)
            case UInt8(ascii: ">"):
                add(isEqual ? .greaterOrEqual : .greater, length: isEqual ? 2 : 1)
            case UInt8(ascii: "=") where isEqual: add(.equal, length: 2)
            default: throw unknownCharacter()
            }
        }

        private func unknownCharacter() -> ExpressionError {
            var end = at + 1
            while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
            return ExpressionError(.syntax, "Unknown character:\(text[at..<end])", offset: at)
        }

        private mutating func addIdentifier() {
            var end = at + 1
            while end < text.count {
                switch text[end] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    end += 1
                    continue
                default: break
                }
                break
            }
            add(.identifier, length: end - at)
        }

        /// A whole number; one past 32 bits counts as the largest, which no array reaches.
        ///
        /// jmespath.js takes every digit and minus up to the next other character into a number and
        /// reads the first part of them.
        private mutating func addNumber() throws(ExpressionError) {
            let isNegative = text[at] == UInt8(ascii: "-")
            var end = at + (isNegative ? 1 : 0)
            var magnitude = 0
            while byte(end) &- 0x30 <= 9 {
                magnitude = min(magnitude * 10 + Int(byte(end) &- 0x30), Int(Int32.max))
                end += 1
            }
            guard end > at + (isNegative ? 1 : 0) else {
                throw ExpressionError(.syntax, "Unknown character:-", offset: at)
            }
            if dialect == .ballerine {
                while byte(end) &- 0x30 <= 9 || byte(end) == UInt8(ascii: "-") { end += 1 }
            }
            add(.number, length: end - at)
            tokens[tokens.count - 1].value = .integer(isNegative ? -magnitude : magnitude)
        }

        /// The offset of the byte that ends what starts at ``at``; a backslash hides the next byte.
        private func end(_ delimiter: UInt8) -> Int? {
            var end = at + 1
            while end < text.count {
                if text[end] == delimiter { return end }
                end += text[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            return nil
        }

        private func unclosed(_ what: String) -> ExpressionError {
            ExpressionError(.syntax, "Unclosed \(what)", offset: at)
        }

        private mutating func addQuoted() throws(ExpressionError) {
            guard let end = end(UInt8(ascii: "\"")) else { throw unclosed("quoted identifier") }
            let value = try json(text[at..<(end + 1)])
            add(.quoted, length: end + 1 - at)
            tokens[tokens.count - 1].text = value.text ?? Text("")
        }

        private mutating func addRawString() throws(ExpressionError) {
            guard let end = end(UInt8(ascii: "'")) else { throw unclosed("raw string") }
            let content = unescape(text[(at + 1)..<end], UInt8(ascii: "'"))
            add(.literal, length: end + 1 - at)
            tokens[tokens.count - 1].value = .string(content)
        }

        private mutating func addLiteral() throws(ExpressionError) {
            guard let end = end(UInt8(ascii: "`")) else { throw unclosed("literal") }
            let content = unescape(text[(at + 1)..<end], UInt8(ascii: "`"))
            let value: Value
            do throws(ExpressionError) {
                value = try json(content)
            } catch {
                guard dialect == .ballerine else { throw error }
                value = try bareString(content, instead: error)
            }
            add(.literal, length: end + 1 - at)
            tokens[tokens.count - 1].value = value
        }

        /// The string that a literal without quotes stands for (``Dialect/ballerine``).
        private func bareString(
            _ content: Text, instead error: ExpressionError
        ) throws(ExpressionError) -> Value {
            var start = 0
            while start < content.count, [0x20, 0x09, 0x0A, 0x0D].contains(content[start]) {
                start += 1
            }
            if start < content.count, [0x5B, 0x7B, 0x22].contains(content[start]) { throw error }
            return try json(arena.text("\"\(content[start..<content.count])\""))
        }

        private func json(_ text: Text) throws(ExpressionError) -> Value {
            var parser = JSONParser(
                limits: ParseLimits(depth: 100), duplicateKeys: .lastWins)
            do throws(ParseError) {
                return try parser.parse(copying: text.bytes, into: arena)
            } catch {
                throw ExpressionError(.syntax, "Invalid JSON: \(error.message)", offset: at)
            }
        }

        /// The text without the backslashes before a delimiter; every other one stays.
        private func unescape(_ text: Text, _ delimiter: UInt8) -> Text {
            let target = arena.allocate(text.count)
            var size = 0
            var from = 0
            while from < text.count {
                if text[from] == UInt8(ascii: "\\"), from + 1 < text.count {
                    if text[from + 1] != delimiter {
                        target.storeBytes(of: text[from], toByteOffset: size, as: UInt8.self)
                        size += 1
                    }
                    from += 1
                }
                target.storeBytes(of: text[from], toByteOffset: size, as: UInt8.self)
                size += 1
                from += 1
            }
            return Text(start: UnsafeRawPointer(target), count: size)
        }
    }
}
