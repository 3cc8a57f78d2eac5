internal import Documents

/// An operator by its name, and how many arguments it looks at.
struct JSONLogicOperator {
    enum Arity {
        /// All arguments, as many as there are.
        case any
        /// This many, evaluated first; absent ones are `undefined`.
        case eager(Int)
        /// This many, evaluated when needed; later ones never are.
        case lazy(Int)
    }

    let operation: Operation
    let arity: Arity

    /// Whether the value follows from the arguments alone, so that it can be found at compile time.
    var isPure: Bool {
        switch operation {
        case .variable, .missing, .missingSome, .map, .filter, .reduce, .all, .none, .some: false
        default: true
        }
    }

    static func named(_ name: Text) -> JSONLogicOperator? {
        for (known, symbol) in table where name == known { return symbol }
        return nil
    }

    /// Docket's own operators over lists: `in_list` and `lookup`.
    static func overLists(_ name: Text) -> JSONLogicOperator? {
        if name == "in_list" { return .init(.listed, .eager(2)) }
        return name == "lookup" ? .init(.lookedUp, .eager(3)) : nil
    }

    private init(_ operation: Operation, _ arity: Arity) {
        self.operation = operation
        self.arity = arity
    }

    private static let table: [(StaticString, JSONLogicOperator)] = [
        ("var", .init(.variable, .any)),
        ("==", .init(.equal, .eager(2))),
        ("!=", .init(.notEqual, .eager(2))),
        ("===", .init(.same, .eager(2))),
        ("!==", .init(.notSame, .eager(2))),
        ("<", .init(.less, .eager(3))),
        ("<=", .init(.lessOrEqual, .eager(3))),
        (">", .init(.greater, .eager(2))),
        (">=", .init(.greaterOrEqual, .eager(2))),
        ("!", .init(.not, .eager(1))),
        ("!!", .init(.truth, .eager(1))),
        ("and", .init(.and, .any)),
        ("or", .init(.or, .any)),
        ("if", .init(.choice, .any)),
        ("?:", .init(.choice, .any)),
        ("in", .init(.contained, .eager(2))),
        ("+", .init(.add, .any)),
        ("*", .init(.multiply, .any)),
        ("-", .init(.subtract, .eager(2))),
        ("/", .init(.divide, .eager(2))),
        ("%", .init(.remainder, .eager(2))),
        ("min", .init(.minimum, .any)),
        ("max", .init(.maximum, .any)),
        ("cat", .init(.concatenate, .any)),
        ("substr", .init(.substring, .eager(3))),
        ("merge", .init(.merge, .any)),
        ("log", .init(.log, .eager(1))),
        ("map", .init(.map, .lazy(2))),
        ("filter", .init(.filter, .lazy(2))),
        ("reduce", .init(.reduce, .lazy(3))),
        ("all", .init(.all, .lazy(2))),
        ("none", .init(.none, .lazy(2))),
        ("some", .init(.some, .lazy(2))),
        ("missing", .init(.missing, .any)),
        ("missing_some", .init(.missingSome, .eager(2))),
    ]
}
