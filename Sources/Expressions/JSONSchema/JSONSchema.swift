public import Documents

/// A compiled JSON Schema of draft 7 or 2020-12: a handle to a flat program in an ``Arena``.
///
/// The handle must not outlive the arena it was compiled into; many workers may share it. Numbers
/// are compared as exact decimals, lengths count code points, regular expressions have ECMAScript
/// meaning. Nothing is ever fetched: what a `$ref` names is in the schema itself, among the
/// resources given, or one of the meta-schemas of draft 7 and 2020-12.
public struct JSONSchema: BitwiseCopyable, @unchecked Sendable {
    /// Which keywords a schema without `$schema` has.
    public enum Draft: Sendable {
        /// JSON Schema draft 7 (2018): `$ref` hides what stands beside it.
        case draft7
        /// JSON Schema 2020-12.
        case draft2020
    }

    /// Schemas nested in each other that one evaluation may enter.
    static let depthLimit = 1_000
    /// Schemas that one evaluation may enter in all, and as many values it may compare.
    static let stepLimit = 20_000_000

    let root: UnsafePointer<SchemaRecord>
    let scope: DynamicScopeTable

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - schema: an object or a bool; what the program needs of it is copied.
    ///   - draft: the draft of schemas whose `$schema` says nothing else.
    ///   - formats: whether `format` asserts. Unknown formats never do.
    ///   - resources: schemas by absolute URI that a `$ref` may name; only those used are copied.
    ///   - arena: keeps the program.
    /// - Throws: `.syntax` for a keyword with a value it cannot have, a `$ref` whose target is not
    ///   known, and schemas that refer to themselves without going on in the value; `.limit`.
    public static func compile(
        _ schema: Value, draft: Draft = .draft2020, formats: Bool = false,
        resources: [String: Value] = [:], in arena: Arena
    ) throws(ExpressionError) -> JSONSchema {
        var compiler = SchemaCompiler(
            formats: formats, index: SchemaIndex(draft, resources, arena), arena: arena)
        return try compiler.compile(schema)
    }

    /// Compiles the schema at a place of a file, as one of a value.
    public static func compile(
        _ schema: Node, draft: Draft = .draft2020, formats: Bool = false,
        resources: [String: Value] = [:], in arena: Arena
    ) throws(ExpressionError) -> JSONSchema {
        try compile(schema.value, draft: draft, formats: formats, resources: resources, in: arena)
    }

    /// Whether a value satisfies the schema. Stops at the first keyword that says no.
    ///
    /// - Parameters:
    ///   - value: any value.
    ///   - arena: not used on the common path; dynamic references keep their scope in it.
    /// - Throws: `.limit` when the evaluation nests too deep or takes too many steps.
    public func isValid(_ value: Value, in arena: Arena) throws(ExpressionError) -> Bool {
        var machine = SchemaMachine(scope, arena)
        let result = machine.check(root, value)
        if let failure = machine.failure { throw failure }
        return result
    }

    /// What is wrong with a value, in the order and words of AJV 8 with `allErrors`; empty when it
    /// satisfies the schema. The keyword `errorMessage` works as in ajv-errors 3.
    ///
    /// - Parameters:
    ///   - value: any value.
    ///   - limit: problems collected at most; the first ones.
    ///   - arena: see ``isValid(_:in:)``.
    /// - Throws: as ``isValid(_:in:)``.
    public func errors(
        _ value: Value, limit: Int = 1_000, in arena: Arena
    ) throws(ExpressionError) -> [SchemaError] {
        // Most values are valid, and to know that takes half as long.
        if try isValid(value, in: arena) { return [] }
        var reporter = SchemaReporter(SchemaMachine(scope, arena), value, limit: limit)
        _ = reporter.report(root, value)
        if let failure = reporter.machine.failure { throw failure }
        return reporter.errors.prefix(limit).map(\.error)
    }
}

/// One way in which a value does not satisfy a schema.
public struct SchemaError: Hashable, Sendable {
    /// JSON pointer to the part of the value; empty for the whole.
    public var path: String
    /// The keyword that said no, such as `minLength`; `false schema` for the schema `false`.
    public var keyword: String
    /// One phrase, as AJV words it, such as `must be string`; or what `errorMessage` says.
    public var message: String
    /// The member that is missing, not allowed or has a wrong name, where the keyword is about one.
    public var property: String?

    /// An error.
    public init(path: String, keyword: String, message: String, property: String? = nil) {
        self.path = path
        self.keyword = keyword
        self.message = message
        self.property = property
    }
}

extension [SchemaError] {
    /// All errors in one line, `<path> - <message>` joined by ` | `, as Ballerine shows them.
    public var ajvText: String {
        map { "\($0.path) - \($0.message)" }.joined(separator: " | ")
    }
}
