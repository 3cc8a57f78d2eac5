import Documents
import Expressions
import RiskRules

#if canImport(DecisionTables)
    import DecisionTables
#endif

/// A compiled rule of any language, and loops over documents.
enum Program: Sendable {
    case logic(JSONLogic)
    case path(JMESPath)
    case validity(JSONSchema)
    case errors(JSONSchema)
    case rules(RuleSet)
    #if canImport(DecisionTables)
        case table(DecisionTable)
    #endif

    /// The results, for comparison with those of the other side.
    func results(_ documents: [Value], in arena: Arena) throws -> [Value] {
        try documents.map { document in
            switch self {
            case .logic(let program): try program.evaluate(Scope(document), in: arena)
            case .path(let program): try program.evaluate(Scope(document), in: arena)
            case .validity(let program): .bool(try program.isValid(document, in: arena))
            case .errors(let program):
                arena.array(
                    // That `then` or `else` failed is said by its own errors there.
                    Set(
                        try program.errors(document, in: arena).lazy
                            .filter { $0.keyword != "if" }.map { "\($0.path) \($0.keyword)" }
                    ).sorted().map { arena.string($0) })
            case .rules(let program): .bool(program.passes(document, now: Program.now))
            #if canImport(DecisionTables)
                case .table(let program):
                    try program.evaluate(Scope(document), in: arena).outputs
            #endif
            }
        }
    }

    private static let now = Instant(milliseconds: 1_795_312_800_000)

    /// Evaluates over all documents so many times. Results are as complete as those of the other
    /// side: JSON text for JSONLogic, values for JMESPath, error objects for errors.
    ///
    /// - Returns: a number that depends on all results, so that none can be left out.
    func run(passes: Int, _ documents: UnsafeBufferPointer<Value>, in arena: Arena) throws -> Int {
        switch self {
        case .logic(let program):
            return try run(program, passes: passes, documents, arena)
        case .path(let program):
            var sum = 0
            for _ in 0..<passes {
                for document in documents {
                    sum &+= try program.evaluate(Scope(document), in: arena).count
                }
                arena.reset()
            }
            return sum
        case .validity(let program):
            var sum = 0
            for _ in 0..<passes {
                for document in documents where try program.isValid(document, in: arena) {
                    sum &+= 1
                }
            }
            return sum
        case .errors(let program):
            var sum = 0
            for _ in 0..<passes {
                for document in documents {
                    sum &+= try program.errors(document, in: arena).count
                }
                arena.reset()
            }
            return sum
        case .rules(let program):
            var sum = 0
            for _ in 0..<passes {
                for document in documents where program.passes(document, now: Program.now) {
                    sum &+= 1
                }
            }
            return sum
        #if canImport(DecisionTables)
            case .table(let program):
                var sum = 0
                for _ in 0..<passes {
                    for document in documents {
                        sum &+= try program.evaluate(Scope(document), in: arena).outputs.count
                    }
                    arena.reset()
                }
                return sum
        #endif
        }
    }

    private func run(
        _ program: JSONLogic, passes: Int, _ documents: UnsafeBufferPointer<Value>, _ arena: Arena
    ) throws -> Int {
        var sum = 0
        var writer = JSONWriter()
        for _ in 0..<passes {
            writer.reset()
            for document in documents {
                writer.write(try program.evaluate(Scope(document), in: arena))
                writer.endLine()
            }
            sum &+= writer.bytes.count
            arena.reset()
        }
        return sum
    }
}
