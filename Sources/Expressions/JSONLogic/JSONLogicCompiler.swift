internal import Documents

/// Makes programs of rules: first a tree of drafts, folded where it is constant, then one block.
struct JSONLogicCompiler {
    /// An instruction before it has its place.
    struct Draft {
        var operation: Operation
        var arguments: [Draft] = []
        var path: [PathStep] = []
        var literal = Value.null

        static func literal(_ value: Value) -> Draft { Draft(operation: .literal, literal: value) }

        var isLiteral: Bool { operation == .literal }
    }

    /// Literal lists with more strings are searched sorted.
    static let sortedListThreshold = 8

    let arena: Arena
    let lists: ListLibrary?

    // MARK: Drafting

    func draft(_ rule: Value, depth: Int) throws(ExpressionError) -> Draft {
        guard depth <= JSONLogic.nestingLimit else {
            throw ExpressionError(
                .limit, "the rule nests deeper than \(JSONLogic.nestingLimit)")
        }
        if let elements = rule.array {
            return listed(try drafts(elements, depth))
        }
        guard let members = rule.members, members.count == 1 else {
            return .literal(arena.copy(rule))
        }
        let arguments: [Draft]
        if let elements = members[0].value.array {
            arguments = try drafts(elements, depth)
        } else {
            arguments = [try draft(members[0].value, depth: depth + 1)]
        }
        return operation(members[0].key, arguments)
    }

    private func drafts(
        _ elements: UnsafeBufferPointer<Value>, _ depth: Int
    ) throws(ExpressionError) -> [Draft] {
        var drafts: [Draft] = []
        drafts.reserveCapacity(elements.count)
        for element in elements { drafts.append(try draft(element, depth: depth + 1)) }
        return drafts
    }

    /// An array of drafts: a literal when all of them are.
    private func listed(_ drafts: [Draft]) -> Draft {
        guard drafts.allSatisfy(\.isLiteral) else {
            return Draft(operation: .array, arguments: drafts)
        }
        return .literal(arena.array(drafts.map { ECMAScript.defined($0.literal) }))
    }

    private func operation(_ name: Text, _ arguments: [Draft]) -> Draft {
        guard let symbol = JSONLogicOperator.named(name) else {
            if let lists, let draft = overList(name, arguments, lists) { return draft }
            return Draft(
                operation: .unknown, arguments: arguments, literal: arena.string(name.bytes))
        }
        switch symbol.operation {
        case .variable: return variable(arguments)
        case .missing: return missing(listed(arguments))
        default: break
        }
        let constant = symbol.isPure && arguments.allSatisfy(\.isLiteral)
        let draft = arranged(symbol, arguments)
        return constant ? folded(draft) : draft
    }

    /// `in_list` and `lookup`; nil for other names and for what ``JSONLogic/check(_:lists:)`` refuses.
    private func overList(
        _ name: Text, _ arguments: [Draft], _ lists: ListLibrary
    ) -> Draft? {
        guard let symbol = JSONLogicOperator.overLists(name), arguments.count >= 2,
            arguments[0].isLiteral, let listName = arguments[0].literal.text,
            let list = lists[listName]
        else { return nil }
        var draft = Draft(operation: symbol.operation, arguments: [arguments[1]])
        draft.literal = list.operand
        if symbol.operation == .lookedUp, arguments.count > 2 {
            guard arguments[2].isLiteral, let column = arguments[2].literal.text else { return nil }
            draft.path = [PathStep(column)]
        }
        return draft
    }

    /// The arguments that the operator looks at, absent ones filled in.
    private func arranged(_ symbol: JSONLogicOperator, _ arguments: [Draft]) -> Draft {
        var draft = Draft(operation: symbol.operation, arguments: arguments)
        let count: Int
        switch symbol.arity {
        case .any: return draft
        case .eager(let arity), .lazy(let arity): count = arity
        }
        draft.arguments = Array(arguments.prefix(count))
        let wanted = symbol.operation == .reduce ? 2 : count
        while draft.arguments.count < wanted {
            draft.arguments.append(.literal(ECMAScript.undefined))
        }
        draft = specialised(draft)
        guard case .eager = symbol.arity else { return draft }
        return sequence(draft, arguments.dropFirst(count))
    }

    /// A draft followed by what is evaluated for its errors alone.
    private func sequence(_ draft: Draft, _ rest: ArraySlice<Draft>) -> Draft {
        let rest = rest.filter { !$0.isLiteral }
        return rest.isEmpty ? draft : Draft(operation: .sequence, arguments: [draft] + rest)
    }

    private func specialised(_ draft: Draft) -> Draft {
        var draft = draft
        switch draft.operation {
        case .less, .lessOrEqual:
            let isPair =
                draft.arguments[2].isLiteral && ECMAScript.isUndefined(draft.arguments[2].literal)
            if isPair {
                draft.arguments.removeLast()
            } else {
                draft.operation = draft.operation == .less ? .between : .betweenOrEqual
            }
        case .contained:
            guard draft.arguments[1].isLiteral, let list = draft.arguments[1].literal.array,
                list.count > JSONLogicCompiler.sortedListThreshold,
                list.allSatisfy({ $0.kind == .string })
            else { break }
            let sorted = list.sorted { $0.text.unsafelyUnwrapped < $1.text.unsafelyUnwrapped }
            draft.operation = .containedInStrings
            draft.literal = arena.array(sorted)
            draft.arguments.removeLast()
        default: break
        }
        return draft
    }

    private func variable(_ arguments: [Draft]) -> Draft {
        guard let first = arguments.first else { return Draft(operation: .whole) }
        let extra = arguments.dropFirst(2)
        guard first.isLiteral else {
            return sequence(
                Draft(operation: .variable, arguments: Array(arguments.prefix(2))), extra)
        }
        let path = first.literal
        if path.isNull || ECMAScript.isUndefined(path) || (path.kind == .string && path.count == 0)
        {
            return sequence(Draft(operation: .whole), arguments.dropFirst())
        }
        var draft = Draft(operation: .path, path: steps(Spelling.text(path, in: arena)))
        if let absent = arguments.dropFirst().first {
            if absent.isLiteral {
                draft.literal = ECMAScript.defined(absent.literal)
            } else {
                draft.arguments = [absent]
            }
        }
        return sequence(draft, extra)
    }

    /// `missing`, with the paths of its names where they are known and plain.
    private func missing(_ list: Draft) -> Draft {
        let other = Draft(operation: .missing, arguments: [list])
        guard list.isLiteral, var names = list.literal.array else { return other }
        if let first = names.first?.array { names = first }
        guard names.allSatisfy({ $0.kind == .string && $0.count > 0 }) else { return other }
        return Draft(
            operation: .missingPaths,
            arguments: names.map {
                Draft(operation: .path, path: steps($0.text.unsafelyUnwrapped))
            }, literal: arena.array(names))
    }

    private func steps(_ path: Text) -> [PathStep] {
        var steps: [PathStep] = []
        var start = 0
        for at in 0...path.count where at == path.count || path[at] == 0x2E {
            steps.append(PathStep(path[start..<at]))
            start = at + 1
        }
        return steps
    }

    /// The value of a draft whose arguments are literals; the draft itself where that is an error.
    private func folded(_ draft: Draft) -> Draft {
        var machine = Machine(arena)
        do throws(Fault) {
            return .literal(
                try machine.value(emit(draft), Frame(element: .null)))
        } catch { return draft }
    }

    // MARK: Placing

    /// The program of a draft: one block in the arena, its root first.
    func emit(_ root: Draft) -> UnsafePointer<Instruction> {
        let count = size(root)
        let space = arena.allocate(count * MemoryLayout<Instruction>.stride)
            .bindMemory(to: Instruction.self, capacity: count)
        var next = space + 1
        place(root, at: space, &next)
        return UnsafePointer(space)
    }

    private func size(_ draft: Draft) -> Int { draft.arguments.reduce(1) { $0 + size($1) } }

    private func place(
        _ draft: Draft, at target: UnsafeMutablePointer<Instruction>,
        _ next: inout UnsafeMutablePointer<Instruction>
    ) {
        let arguments = next
        next += draft.arguments.count
        target.initialize(
            to: Instruction(
                operation: draft.operation, pathCount: UInt32(draft.path.count),
                count: UInt32(draft.arguments.count), arguments: UnsafePointer(arguments),
                path: placed(draft.path), literal: draft.literal))
        for (index, argument) in draft.arguments.enumerated() {
            place(argument, at: arguments + index, &next)
        }
    }

    private func placed(_ path: [PathStep]) -> UnsafePointer<PathStep>? {
        guard !path.isEmpty else { return nil }
        let space = arena.allocate(path.count * MemoryLayout<PathStep>.stride)
            .bindMemory(to: PathStep.self, capacity: path.count)
        for (index, step) in path.enumerated() { (space + index).initialize(to: step) }
        return UnsafePointer(space)
    }
}
