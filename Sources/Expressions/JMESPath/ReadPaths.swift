public import Documents

extension JMESPath {
    /// The members that an expression reads from its data, as far as its text says: each a list of
    /// keys from the root (an index as its digits), in order, once each. A path ends where an
    /// expression goes on to each element of a list. Of a text that is no expression what can be told.
    public static func paths(readBy text: Text, dialect: Dialect, in arena: Arena) -> [[Text]] {
        var lexer = Lexer(text, dialect: dialect, arena: arena)
        do throws(ExpressionError) {
            var scan = PathScan(tokens: try lexer.tokenize())
            scan.expression(isRoot: true)
            return scan.paths
        } catch { return [] }
    }

    /// Goes through the tokens of an expression, knowing which parts see the data itself.
    private struct PathScan {
        let tokens: [Token]
        private var at = 0
        private(set) var paths: [[Text]] = []
        /// The path that is being read; nil where a value comes from elsewhere.
        private var path: [Text]?

        init(tokens: [Token]) { self.tokens = tokens }

        private var kind: Token.Kind { at < tokens.count ? tokens[at].kind : .end }

        private mutating func close() {
            if let path, !path.isEmpty, !paths.contains(where: { $0 == path }) {
                paths.append(path)
            }
            path = nil
        }

        /// Up to the end, or the bracket or comma that ends it.
        mutating func expression(isRoot: Bool) {
            var isRoot = isRoot
            var isStart = true
            while true {
                switch kind {
                case .end, .closeBracket, .closeParenthesis, .closeBrace, .comma, .colon:
                    return close()
                case .identifier, .quoted: name(isStart: isStart, isRoot)
                case .current:
                    if isStart { path = isRoot ? [] : nil }
                    at += 1
                case .openBracket: bracket(isStart: isStart, isRoot)
                case .filter:
                    close()
                    at += 1
                    nested(isRoot: false)
                case .flatten, .star, .literal, .number:
                    close()
                    at += 1
                case .openBrace, .openParenthesis:
                    let sees = isStart && isRoot
                    close()
                    at += 1
                    nested(isRoot: sees)
                case .dot: at += 1
                case .reference:
                    close()
                    at += 1
                    isRoot = false
                    isStart = true
                    continue
                case .pipe:
                    close()
                    at += 1
                    isRoot = false
                    isStart = true
                    continue
                case .or, .and, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
                    .not:
                    close()
                    at += 1
                    isStart = true
                    continue
                }
                isStart = false
            }
        }

        private mutating func name(isStart: Bool, _ isRoot: Bool) {
            let text = tokens[at].text
            at += 1
            if kind == .openParenthesis {
                let sees = isStart && isRoot
                close()
                at += 1
                return nested(isRoot: sees)
            }
            if kind == .colon, isStart { return }
            if isStart { path = isRoot ? [text] : nil } else { path?.append(text) }
        }

        /// An index, a slice or a projection after a value; else a list of expressions.
        private mutating func bracket(isStart: Bool, _ isRoot: Bool) {
            at += 1
            if kind == .number, at + 1 < tokens.count, tokens[at + 1].kind == .closeBracket {
                if isStart { path = isRoot ? [] : nil }
                path?.append(tokens[at].text)
                at += 2
                return
            }
            let sees = isStart && isRoot
            close()
            nested(isRoot: sees)
        }

        /// What stands in brackets, and the closing one.
        private mutating func nested(isRoot: Bool) {
            while true {
                expression(isRoot: isRoot)
                switch kind {
                case .end: return
                case .comma, .colon: at += 1
                default:
                    at += 1
                    return
                }
            }
        }
    }
}
