public import Documents

extension JMESPath {
    /// What is wrong with the expression in a string node.
    ///
    /// `EX010` it is no string or does not parse, `EX011` it calls a function that does not exist,
    /// `EX012` a call has the wrong number of arguments. The column in a message counts code points
    /// of the expression, from 1. `LS010` to `LS012` are about lists, as in JSONLogic. What Ballerine's dialect notices only when it is reached is a
    /// warning there.
    public static func check(
        _ node: Node, dialect: Dialect = .standard, lists: ListLibrary? = nil
    ) -> [Finding] {
        guard let text = node.value.text else {
            return [node.finding("EX010", .error, "a JMESPath expression must be a string")]
        }
        do throws(ExpressionError) {
            var parser = try Parser(
                text, dialect: dialect, lists: dialect == .standard ? lists : nil,
                arena: Arena(chunkBytes: 1024))
            _ = try parser.parse()
            let level: Finding.Level = dialect == .standard ? .error : .warning
            return parser.problems.map { finding($0, level, text, node) }
        } catch {
            return [finding(error, .error, text, node)]
        }
    }

    private static func finding(
        _ error: ExpressionError, _ level: Finding.Level, _ text: Text, _ node: Node
    ) -> Finding {
        let code =
            switch error.code {
            case .unknownFunction: "EX011"
            case .invalidArity: "EX012"
            case .unknownList: "LS010"
            case .unknownColumn: "LS011"
            case .unnamedList: "LS012"
            default: "EX010"
            }
        let place = error.offset.map { offset in
            "column \(text[0..<min(offset, text.count)].codePointCount + 1): "
        }
        return node.finding(
            code, level, "JMESPath expression, \(place ?? "")\(error.message)")
    }
}
