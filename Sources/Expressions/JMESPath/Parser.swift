internal import Documents

extension JMESPath {
    /// Parses an expression by operator precedence into a ``Draft``.
    ///
    /// Grammar and binding powers are the specification's; messages are those of jmespath.js 0.16,
    /// which Ballerine shows to its users and keeps in its contexts.
    struct Parser {
        let dialect: Dialect
        let arena: Arena
        /// What `in_list` and `lookup` find lists in; nil where there are no such functions.
        let lists: ListLibrary?
        var draft = Draft()
        /// What fails whenever it is reached: calls of functions that do not exist or with the wrong
        /// number of arguments, slices with step 0, and in Ballerine's dialect dots without a right
        /// side. The standard dialect refuses to compile them.
        var problems: [ExpressionError] = []
        private var tokens: [Token] = []
        private var at = 0
        private var depth = 0

        init(
            _ text: Text, dialect: Dialect, lists: ListLibrary?, arena: Arena
        ) throws(ExpressionError) {
            self.dialect = dialect
            self.lists = lists
            self.arena = arena
            guard text.count <= Limits.expressionBytes else {
                throw ExpressionError(
                    .limit,
                    "\(text.count) bytes, more than the limit of \(Limits.expressionBytes)")
            }
            var lexer = Lexer(text, dialect: dialect, arena: arena)
            tokens = try lexer.tokenize()
        }

        /// Parses the whole text and returns the root instruction.
        mutating func parse() throws(ExpressionError) -> Int32 {
            let root = try expression(0)
            if next != .end { throw unexpected() }
            draft.markRoot(root)
            return root
        }
    }
}

extension JMESPath.Parser {
    typealias Instruction = JMESPath.Instruction
    typealias Token = JMESPath.Token

    // MARK: Tokens

    private var token: Token { tokens[at] }
    private var next: Token.Kind { tokens[at].kind }
    private var second: Token.Kind { at + 1 < tokens.count ? tokens[at + 1].kind : .end }

    private mutating func take() -> Token {
        defer { at = min(at + 1, tokens.count - 1) }
        return tokens[at]
    }

    private mutating func take(_ kind: Token.Kind) -> Bool {
        guard next == kind else { return false }
        _ = take()
        return true
    }

    private mutating func match(_ kind: Token.Kind) throws(ExpressionError) {
        guard take(kind) else {
            throw error("Expected \(kind.rawValue), got: \(next.rawValue)")
        }
    }

    private func error(_ message: String) -> ExpressionError {
        ExpressionError(.syntax, message, offset: token.offset)
    }

    private func unexpected() -> ExpressionError {
        error("Unexpected token type: \(next.rawValue), value: \(spelling(token))")
    }

    private func invalid(_ token: Token) -> ExpressionError {
        ExpressionError(
            .syntax, "Invalid token (\(token.kind.rawValue)): \"\(spelling(token))\"",
            offset: token.offset)
    }

    private func spelling(_ token: Token) -> String {
        switch token.kind {
        case .number, .literal:
            token.value.string ?? JSONWriter.line(token.value)
        default: String(token.text)
        }
    }

    // MARK: Expressions

    private static func power(_ kind: Token.Kind) -> Int {
        switch kind {
        case .pipe: 1
        case .or: 2
        case .and: 3
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 5
        case .flatten: 9
        case .star: 20
        case .filter: 21
        case .dot: 40
        case .not: 45
        case .openBrace: 50
        case .openBracket: 55
        case .openParenthesis: 60
        default: 0
        }
    }

    private mutating func expression(_ power: Int) throws(ExpressionError) -> Int32 {
        depth += 1
        if depth > JMESPath.Limits.depth { throw tooDeep() }
        var left = try prefix(take())
        while power < Self.power(next) {
            left = try infix(take(), left)
            if draft.height(left) > JMESPath.Limits.depth { throw tooDeep() }
        }
        depth -= 1
        return left
    }

    private func tooDeep() -> ExpressionError {
        ExpressionError(
            .limit, "nested deeper than \(JMESPath.Limits.depth) levels", offset: token.offset)
    }

    private mutating func add(_ instruction: Instruction) -> Int32 {
        let children = [instruction.a, instruction.b, instruction.c]
        let tallest = children.map { draft.height($0) }.max() ?? 0
        return draft.add(instruction, height: tallest + 1)
    }

    private mutating func addCurrent() -> Int32 { draft.add(Instruction(.current), height: 1) }

    private mutating func addField(_ name: Text) -> Int32 {
        draft.keys.append(Key(arena.copy(name)))
        return draft.add(
            Instruction(.path, b: Int32(draft.keys.count - 1), count: 1), height: 1)
    }

    private mutating func addLiteral(_ value: Value) -> Int32 {
        draft.literals.append(value)
        return draft.add(Instruction(.literal, a: Int32(draft.literals.count - 1)), height: 1)
    }

    private mutating func prefix(_ token: Token) throws(ExpressionError) -> Int32 {
        switch token.kind {
        case .literal: return addLiteral(token.value)
        case .identifier:
            return take(.openParenthesis) ? try call(token) : addField(token.text)
        case .quoted:
            if next == .openParenthesis {
                throw error("Quoted identifier not allowed for function names.")
            }
            return addField(token.text)
        case .not: return add(Instruction(.not, a: try expression(Self.power(.not))))
        case .star:
            let whole = addCurrent()
            let right = next == .closeBracket ? Instruction.none : try projected(20)
            return add(Instruction(.projectValues, a: whole, b: right))
        case .filter, .flatten: return try infix(token, addCurrent())
        case .openBrace: return try hash()
        case .openBracket:
            if next == .number || next == .colon { return try bracket(addCurrent()) }
            if next == .star && second == .closeBracket { return try bracket(addCurrent()) }
            return try list()
        case .current: return addCurrent()
        case .reference: return add(Instruction(.reference, a: try expression(0)))
        case .openParenthesis: return try parenthesised()
        default: throw invalid(token)
        }
    }

    private mutating func parenthesised() throws(ExpressionError) -> Int32 {
        let inner = try expression(0)
        // jmespath.js reads on to the parenthesis and keeps the first.
        while dialect == .ballerine && next != .closeParenthesis { _ = try expression(0) }
        try match(.closeParenthesis)
        return inner
    }

    private mutating func infix(_ token: Token, _ left: Int32) throws(ExpressionError) -> Int32 {
        switch token.kind {
        case .dot:
            if take(.star) {
                return add(Instruction(.projectValues, a: left, b: try projected(40)))
            }
            return draft.chain(left, try afterDot(40))
        case .pipe: return draft.pipe(left, try expression(1))
        case .or: return draft.nest(.either, left, try expression(2))
        case .and: return draft.nest(.both, left, try expression(3))
        case .equal: return try compare(.equal, left)
        case .notEqual: return try compare(.notEqual, left)
        case .less: return try compare(.less, left)
        case .lessOrEqual: return try compare(.lessOrEqual, left)
        case .greater: return try compare(.greater, left)
        case .greaterOrEqual: return try compare(.greaterOrEqual, left)
        case .filter:
            let condition = try expression(0)
            try match(.closeBracket)
            let right = next == .flatten ? Instruction.none : try projected(21)
            return add(Instruction(.filter, a: left, b: right, c: condition))
        case .flatten: return add(Instruction(.flatten, a: left, b: try projected(9)))
        case .openBracket: return try bracket(left)
        default: throw invalid(token)
        }
    }

    private mutating func compare(
        _ comparison: JMESPath.Comparison, _ left: Int32
    ) throws(ExpressionError) -> Int32 {
        add(
            Instruction(
                .compare, a: left, b: try expression(5), variant: comparison.rawValue))
    }

    /// What follows a dot.
    private mutating func afterDot(_ power: Int) throws(ExpressionError) -> Int32 {
        switch next {
        case .identifier, .quoted, .star: return try expression(power)
        case .openBracket:
            _ = take()
            return try list()
        case .openBrace:
            _ = take()
            return try hash()
        default:
            // jmespath.js leaves the right side undefined and reads on.
            guard dialect == .ballerine else { throw unexpected() }
            problems.append(
                error("nothing that can be selected follows the dot; fails when it is reached"))
            return draft.add(Instruction(.fault), height: 1)
        }
    }

    /// What is applied to each element of a projection, or `none`.
    private mutating func projected(_ power: Int) throws(ExpressionError) -> Int32 {
        switch next {
        case .openBracket, .filter: return try expression(power)
        case .dot:
            _ = take()
            return try afterDot(power)
        case .literal, .colon: break
        default: if Self.power(next) < 10 { return Instruction.none }
        }
        throw error("Sytanx error, unexpected token: \(spelling(token))(\(next.rawValue))")
    }
}

// MARK: Brackets, braces and calls

extension JMESPath.Parser {
    /// After `[` with something before it: an index, a slice or `*`.
    private mutating func bracket(_ left: Int32) throws(ExpressionError) -> Int32 {
        if next == .colon || (next == .number && second == .colon) { return try slice(left) }
        if next == .number {
            let index = take().value.integer ?? 0
            try match(.closeBracket)
            return add(index: left, Int32(truncatingIfNeeded: index))
        }
        try match(.star)
        try match(.closeBracket)
        return add(Instruction(.project, a: left, b: try projected(20)))
    }

    private mutating func add(index left: Int32, _ index: Int32) -> Int32 {
        var instruction = Instruction(.index, a: left)
        instruction.b = index
        return draft.add(instruction, height: draft.height(left) + 1)
    }

    private mutating func slice(_ left: Int32) throws(ExpressionError) -> Int32 {
        let start = token.offset
        var parts: [Int32] = [0, 0, 0]
        var given = 0
        var part = 0
        // Two colons at most; jmespath.js lets a third pass.
        let colons = dialect == .standard ? 2 : 3
        while next != .closeBracket && part < 3 {
            if next == .colon && part < colons {
                part += 1
                _ = take()
            } else if next == .number && (dialect == .ballerine || given & (1 << part) == 0) {
                parts[part] = Int32(truncatingIfNeeded: take().value.integer ?? 0)
                given |= 1 << part
            } else {
                let what =
                    dialect == .ballerine
                    ? "undefined(undefined)" : "\(spelling(token))(\(next.rawValue))"
                throw error("Syntax error, unexpected token: \(what)")
            }
        }
        try match(.closeBracket)
        if given & 4 != 0 && parts[2] == 0 {
            problems.append(JMESPath.sliceStep(at: start))
        }
        var instruction = Instruction(.slice, a: left, count: given)
        instruction.b = draft.add(list: parts)
        let sliced = draft.add(instruction, height: draft.height(left) + 1)
        return add(Instruction(.project, a: sliced, b: try projected(20)))
    }

    /// After `[` with nothing before it.
    private mutating func list() throws(ExpressionError) -> Int32 {
        var items: [Int32] = []
        var tallest: Int32 = 0
        if dialect == .standard && next == .closeBracket { throw invalid(token) }
        while next != .closeBracket {
            let item = try expression(0)
            items.append(item)
            tallest = max(tallest, draft.height(item))
            if take(.comma) {
                if next == .closeBracket { throw error("Unexpected token Rbracket") }
            } else if dialect == .standard && next != .closeBracket {
                try match(.closeBracket)
            }
        }
        try match(.closeBracket)
        let start = draft.add(list: items)
        return draft.add(Instruction(.list, a: start, count: items.count), height: tallest + 1)
    }

    /// After `{`. A key that stands twice keeps its first place and its last value.
    private mutating func hash() throws(ExpressionError) -> Int32 {
        var pairs: [Int32] = []
        var places: [Text: Int] = [:]
        var tallest: Int32 = 0
        while true {
            guard next == .identifier || next == .quoted else {
                throw error("Expecting an identifier token, got: \(next.rawValue)")
            }
            let key = Key(arena.copy(take().text))
            try match(.colon)
            let value = try expression(0)
            tallest = max(tallest, draft.height(value))
            if let place = places[key.text] {
                pairs[place + 1] = value
            } else {
                places[key.text] = pairs.count
                draft.keys.append(key)
                pairs += [Int32(draft.keys.count - 1), value]
            }
            if take(.closeBrace) { break }
            if !take(.comma) && dialect == .standard { try match(.closeBrace) }
        }
        let start = draft.add(list: pairs)
        return draft.add(
            Instruction(.hash, a: start, count: pairs.count / 2), height: tallest + 1)
    }

    /// After the name of a function and `(`.
    private mutating func call(_ name: Token) throws(ExpressionError) -> Int32 {
        var arguments: [Int32] = []
        var tallest: Int32 = 0
        while next != .closeParenthesis {
            let argument = try expression(0)
            arguments.append(argument)
            tallest = max(tallest, draft.height(argument))
            if take(.comma) {
                if dialect == .standard && next == .closeParenthesis { throw invalid(token) }
            } else if dialect == .standard && next != .closeParenthesis {
                try match(.closeParenthesis)
            }
        }
        try match(.closeParenthesis)
        let own = lists != nil ? JMESPath.Function.overLists(name.text) : nil
        let function = own ?? JMESPath.Function(name.text)
        var call = Instruction(
            .call, a: draft.add(list: arguments), count: arguments.count,
            variant: function.rawValue)
        draft.literals.append(.string(arena.copy(name.text)))
        call.c = Int32(draft.literals.count - 1)
        if var problem = function.problem(name.text, arguments: arguments.count) {
            problem.offset = name.offset
            problems.append(problem)
            call.hasWrongArity = true
        }
        if own != nil, !call.hasWrongArity { call.hasWrongArity = !bindList(arguments, name) }
        return draft.add(call, height: tallest + 1)
    }

    /// Puts the list in the place of its name; false, with a problem, where there is none.
    private mutating func bindList(_ arguments: [Int32], _ function: Token) -> Bool {
        guard let lists else { return false }
        func refuse(_ code: ExpressionError.Code, _ message: String) -> Bool {
            problems.append(ExpressionError(code, message, offset: function.offset))
            return false
        }
        guard let name = literalText(arguments[0]), arguments.count <= 3,
            arguments.count < 3 || literalText(arguments[2]) != nil
        else {
            return refuse(
                .unnamedList,
                "\(function.text)() takes the name of a list in single quotes and a value, as in "
                    + "\(function.text)('country-risk', entity.data.country)")
        }
        if let problem = lists.problem(with: name) { return refuse(.unknownList, problem) }
        guard let list = lists[name] else { return false }
        if arguments.count == 3, let column = literalText(arguments[2]),
            let problem = lists.problem(with: list, column: column)
        {
            return refuse(.unknownColumn, problem)
        }
        draft.literals.append(list.operand)
        draft.instructions[Int(arguments[0])].a = Int32(draft.literals.count - 1)
        return true
    }

    private func literalText(_ argument: Int32) -> Text? {
        let instruction = draft.instructions[Int(argument)]
        guard instruction.operation == .literal else { return nil }
        return draft.literals[Int(instruction.a)].text
    }
}

extension Arena {
    fileprivate func copy(_ text: Text) -> Text {
        Text(start: copy(text.bytes), count: text.count)
    }
}
