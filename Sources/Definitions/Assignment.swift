public import Documents
public import Expressions

/// What an `assign` action sets: members with the expressions that give their values.
public struct Assignment: BitwiseCopyable, Sendable {
    /// An expression that gives a value.
    public enum Program: BitwiseCopyable, Sendable {
        case jsonLogic(JSONLogic)
        case jmesPath(JMESPath)
        case literal(Value)

        /// The value over a context with the event's payload above it.
        public func evaluate(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Value {
            switch self {
            case .jsonLogic(let program): try program.evaluate(scope, in: arena)
            case .jmesPath(let program): try program.evaluate(scope, in: arena)
            case .literal(let value): value
            }
        }
    }

    /// One member.
    public struct Entry: BitwiseCopyable, Sendable {
        /// The member.
        public var key: Key
        /// Its value's expression.
        public var program: Program
    }

    /// In order.
    public var entries: Table<Entry>
}

extension Assignment {
    /// Compiles `{member: expression}`. An expression is JSONLogic, in which a value that is no
    /// operation is itself, or `{type: json-logic|jmespath, options: {rule}}`, or
    /// `{type: literal, options: {value}}` for a value that JSONLogic would take for an operation.
    static func compile(
        _ node: Node, dialect: JMESPath.Dialect, lists: ListLibrary?, in arena: Arena
    ) -> (Assignment, [Finding]) {
        var entries: [Entry] = []
        var findings: [Finding] = []
        for (key, _, value) in node.members {
            let (program, problems) = Program.compile(
                value, dialect: dialect, lists: lists, in: arena)
            findings += problems
            if let program { entries.append(Entry(key: Key(key), program: program)) }
        }
        return (Assignment(entries: Table(entries, in: arena)), findings)
    }
}

extension Assignment.Program {
    fileprivate static func compile(
        _ node: Node, dialect: JMESPath.Dialect, lists: ListLibrary?, in arena: Arena
    ) -> (Self?, [Finding]) {
        guard node.value.count == 2, let type = node["type"]?.value.text,
            let options = node["options"], options.value.kind == .object
        else { return compile(logic: node, lists, in: arena) }
        if type == "literal", let value = options["value"] {
            return (.literal(arena.copy(value.value)), [])
        }
        guard let rule = options["rule"] else {
            return compile(logic: node, lists, in: arena)
        }
        if type == "json-logic" { return compile(logic: rule, lists, in: arena) }
        guard type == "jmespath" else { return compile(logic: node, lists, in: arena) }
        guard let text = rule.value.text else {
            return (nil, [rule.finding("EX010", .error, "a JMESPath rule is a string")])
        }
        let findings = JMESPath.check(rule, dialect: dialect, lists: lists)
        do throws(ExpressionError) {
            let program = try JMESPath.compile(
                text, in: arena, dialect: dialect, lists: lists)
            return (.jmesPath(program), findings)
        } catch {
            let own = [rule.finding("EX010", .error, error.message)]
            return (nil, findings.isEmpty ? own : findings)
        }
    }

    private static func compile(
        logic node: Node, _ lists: ListLibrary?, in arena: Arena
    ) -> (Self?, [Finding]) {
        var findings = JSONLogic.check(node, lists: lists)
        do throws(ExpressionError) {
            return (
                .jsonLogic(try JSONLogic.compile(node.value, lists: lists, in: arena)), findings
            )
        } catch {
            findings.append(node.finding("EX003", .error, error.message))
            return (nil, findings)
        }
    }
}
