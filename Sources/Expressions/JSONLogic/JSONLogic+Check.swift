public import Documents

/// What can be said of a rule without data.
extension JSONLogic {
    /// What a rule reads and which operators it names.
    public struct References: Sendable {
        /// The dotted paths that the rule reads from its scope, each once, in order; those of
        /// `missing` and `missing_some` included, those read from elements of an array not.
        public var paths: [String] = []
        /// Whether `paths` is all: false where a path is computed or the whole scope is read.
        public var isComplete = true
        /// The names that are no operators, each once, in order.
        public var unknownOperators: [String] = []
    }

    /// The paths and unknown operators of a rule.
    public static func references(of rule: Value) -> References {
        var collector = ReferenceCollector()
        collector.visit(rule, inElement: false, depth: 0)
        return collector.references
    }

    /// The problems of a rule.
    ///
    /// - Parameter lists: those that `in_list` and `lookup` may name; nil where there are no such
    ///   operators.
    /// - Returns: `EX001` for an operator that does not exist (an error, though it fails only when
    ///   reached), `EX002` for arguments an operator can make nothing of, `EX003` for nesting past
    ///   ``nestingLimit``; in reading order;
    ///   `LS010` for a list that there is not, `LS011` for a column that it does not have, `LS012` for
    ///   a list that is not named in so many letters.
    public static func check(_ node: Node, lists: ListLibrary? = nil) -> [Finding] {
        var checker = JSONLogicChecker(lists: lists)
        checker.visit(node, at: node.position, depth: 0)
        return checker.findings
    }
}

private struct ReferenceCollector {
    var references = JSONLogic.References()
    private var seenPaths: Set<[UInt8]> = []
    private var seenOperators: Set<Text> = []

    mutating func visit(_ rule: Value, inElement: Bool, depth: Int) {
        guard depth <= JSONLogic.nestingLimit else {
            references.isComplete = false
            return
        }
        if let elements = rule.array {
            for element in elements { visit(element, inElement: inElement, depth: depth + 1) }
            return
        }
        guard let members = rule.members, members.count == 1 else { return }
        let arguments = members[0].value.array.map(Array.init) ?? [members[0].value]
        guard let symbol = JSONLogicOperator.named(members[0].key) else {
            if seenOperators.insert(members[0].key).inserted {
                references.unknownOperators.append(String(members[0].key))
            }
            for argument in arguments { visit(argument, inElement: inElement, depth: depth + 1) }
            return
        }
        if !inElement { read(symbol.operation, arguments) }
        for (index, argument) in arguments.enumerated() {
            visit(
                argument, inElement: inElement || (symbol.readsElement && index == 1),
                depth: depth + 1)
        }
    }

    private mutating func read(_ operation: Operation, _ arguments: [Value]) {
        switch operation {
        case .variable: path(arguments.first ?? .null)
        case .missing:
            let keys = arguments.first?.array.map(Array.init) ?? arguments
            for key in keys { path(key) }
        case .missingSome where arguments.count > 1:
            for key in arguments[1].array.map(Array.init) ?? [arguments[1]] { path(key) }
        default: break
        }
    }

    private mutating func path(_ value: Value) {
        switch value.kind {
        case .string where value.count > 0:
            add(String(value.text.unsafelyUnwrapped))
        case .integer, .double, .decimal: add(Numbers.spell(value.number.unsafelyUnwrapped))
        default: references.isComplete = false
        }
    }

    private mutating func add(_ path: String) {
        if seenPaths.insert(Array(path.utf8)).inserted { references.paths.append(path) }
    }
}

extension JSONLogicOperator {
    /// Whether the second argument is evaluated with each element as its scope.
    var readsElement: Bool {
        if case .lazy = arity { true } else { false }
    }
}

private struct JSONLogicChecker {
    let lists: ListLibrary?
    var findings: [Finding] = []

    init(lists: ListLibrary?) { self.lists = lists }

    /// - Parameter position: of the node, or of what stands for it.
    mutating func visit(_ node: Node, at position: Position?, depth: Int) {
        guard depth <= JSONLogic.nestingLimit else {
            report(node, "EX003", "the rule nests deeper than \(JSONLogic.nestingLimit)", position)
            return
        }
        if node.value.kind == .array {
            for element in node.elements { visit(element, at: element.position, depth: depth + 1) }
            return
        }
        guard node.value.kind == .object else { return }
        let members = node.members
        guard members.count == 1 else {
            let names = members.filter { JSONLogicOperator.named($0.key) != nil }
            if let name = names.first {
                findings.append(
                    Finding(
                        "EX002", .warning,
                        "an object with several keys is data: '\(name.key)' here is no operator; "
                            + "put each in an object of its own",
                        file: node.file, at: name.keyPosition ?? position))
            }
            return
        }
        let (name, keyPosition, arguments) = members[0]
        if let symbol = JSONLogicOperator.named(name) {
            if let problem = JSONLogicChecker.problem(symbol, name, arguments.oneOrMore) {
                report(node, "EX002", problem, keyPosition ?? position)
            }
        } else if let lists, JSONLogicOperator.overLists(name) != nil {
            findings += lists.check(name, arguments)
        } else {
            report(node, "EX001", "there is no operator '\(name)'", keyPosition ?? position)
        }
        for argument in arguments.oneOrMore {
            visit(argument, at: argument.position, depth: depth + 1)
        }
    }

    private mutating func report(
        _ node: Node, _ code: String, _ message: String, _ position: Position?
    ) {
        findings.append(Finding(code, .error, message, file: node.file, at: position))
    }

    /// What is wrong with the arguments of an operator, if anything.
    private static func problem(
        _ symbol: JSONLogicOperator, _ name: Text, _ arguments: [Node]
    ) -> String? {
        switch symbol.operation {
        case .variable:
            guard let path = arguments.first?.value, path.kind == .bool || isData(path) else {
                return nil
            }
            return "'var' takes a path, as in {\"var\": \"entity.data.country\"}"
        case .multiply: return arguments.isEmpty ? "'*' needs at least one argument" : nil
        case .missingSome:
            return arguments.count < 2
                ? "'missing_some' takes a number and a list of paths" : nil
        case .and, .or: return arguments.isEmpty ? "'\(name)' needs at least one argument" : nil
        case .choice:
            return arguments.count < 2 ? "'\(name)' takes a condition and what follows" : nil
        case .map, .filter, .reduce, .all, .none, .some:
            return arguments.count < 2 ? "'\(name)' takes a list and a rule for its elements" : nil
        case .equal, .notEqual, .same, .notSame, .less, .lessOrEqual, .greater, .greaterOrEqual,
            .contained, .divide, .remainder, .substring:
            return arguments.count < 2 ? "'\(name)' takes two arguments" : nil
        default: return nil
        }
    }

    /// Whether an object stands for itself: it has not exactly one key.
    private static func isData(_ value: Value) -> Bool { value.kind == .object && value.count != 1 }
}
