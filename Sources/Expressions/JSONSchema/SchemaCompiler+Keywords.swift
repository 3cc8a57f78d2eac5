internal import Documents

/// From the keywords of a schema to its instructions.
extension SchemaCompiler {
    /// Compiles one schema into its record.
    mutating func fill(_ entry: Entry) throws(ExpressionError) {
        let dialect = index.resources[entry.resource].dialect
        var groups = SchemaGroups()
        if let reference = entry.schema["$ref"] {
            groups.any.append(try self.reference(reference, entry))
        }
        if !(dialect.isDraft7 && entry.schema["$ref"] != nil) {
            if !dialect.isDraft7 {
                if let reference = entry.schema["$recursiveRef"], dialect.hasItemsArray {
                    groups.any.append(try self.reference(reference, entry))
                }
                if let reference = entry.schema["$dynamicRef"], !dialect.hasItemsArray {
                    groups.any.insert(try dynamicReference(reference, entry), at: 0)
                }
            }
            if dialect.hasValidation { try addValidation(entry, &groups) }
            if dialect.hasApplicators {
                try addBranches(entry, &groups)
                try addArrayApplicators(entry, dialect, &groups)
            }
            try addMembers(entry, dialect, &groups)
            try addFormat(entry, dialect, &groups)
            if dialect.hasUnevaluated, !dialect.isDraft7 { try addUnevaluated(entry, &groups) }
        }
        for instruction in groups.any { addEdges(entry, instruction) }
        if let message = entry.schema["errorMessage"],
            message.kind == .string || message.kind == .object
        {
            entry.record.pointee.errorMessage = message
            entry.record.pointee.hasErrorMessage = true
        }
        assemble(&entry.record.pointee, groups)
    }

    func invalid(
        _ entry: Entry, _ keyword: StaticString, _ expected: String
    ) -> ExpressionError {
        ExpressionError(.syntax, "\(entry.location)/\(keyword) must be \(expected)")
    }

    /// What is applied to the same value in any case.
    private mutating func addEdges(_ entry: Entry, _ instruction: SchemaInstruction) {
        switch instruction.code {
        case .reference, .enter, .not, .conditional:
            addEdge(entry, instruction.schema.unsafelyUnwrapped)
        case .allOf, .oneOf:
            let list = instruction.list(SchemaPointer.self)
            for index in 0..<Int(instruction.count) { addEdge(entry, list[index]) }
        case .anyOf: addEdge(entry, instruction.list(SchemaPointer.self)[0])
        default: break
        }
    }

    // MARK: Validation

    private mutating func addValidation(
        _ entry: Entry, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        try addType(entry)
        for (keyword, code): (StaticString, SchemaOpcode) in [
            ("maximum", .maximum), ("minimum", .minimum), ("exclusiveMaximum", .exclusiveMaximum),
            ("exclusiveMinimum", .exclusiveMinimum), ("multipleOf", .multipleOf),
        ] {
            guard let value = entry.schema[keyword] else { continue }
            guard value.isNumber else { throw invalid(entry, keyword, "a number") }
            if code == .multipleOf, ExactNumbers.compare(value, .integer(0)) <= 0 {
                throw invalid(entry, keyword, "greater than 0")
            }
            groups.number.append(SchemaInstruction(code, at: keep([NumberLimit(value)])))
        }
        try addCount(entry, "maxLength", .maxLength, &groups.string)
        try addCount(entry, "minLength", .minLength, &groups.string)
        if let pattern = entry.schema["pattern"] {
            guard let text = pattern.text else { throw invalid(entry, "pattern", "a string") }
            groups.string.append(
                SchemaInstruction(.pattern, at: keep([try self.pattern(text, entry)])))
        }
        try addCount(entry, "maxItems", .maxItems, &groups.array)
        try addCount(entry, "minItems", .minItems, &groups.array)
        try addCount(entry, "maxProperties", .maxProperties, &groups.object)
        try addCount(entry, "minProperties", .minProperties, &groups.object)
        if let value = entry.schema["const"] {
            groups.any.append(SchemaInstruction(.constant, at: keep([value])))
        }
        if let value = entry.schema["enum"] {
            guard let values = value.array else { throw invalid(entry, "enum", "an array") }
            groups.any.append(
                SchemaInstruction(.enumeration, at: keep([ValueSet(values, in: arena)])))
        }
    }

    private func addType(_ entry: Entry) throws(ExpressionError) {
        guard let type = entry.schema["type"] else { return }
        let names = type.kind == .string ? [type] : type.array.map { Array($0) } ?? []
        var types: UInt8 = 0
        var allowsWhole = false
        for name in names {
            guard let bits = name.text.flatMap(SchemaTypes.bits) else {
                throw invalid(entry, "type", "one of the seven types, or an array of them")
            }
            types |= bits
            if name.text == Text("integer") { allowsWhole = true }
        }
        guard !names.isEmpty else { throw invalid(entry, "type", "a type or an array of types") }
        entry.record.pointee.types = types
        entry.record.pointee.allowsWhole = allowsWhole
        entry.record.pointee.typeNames = type
    }

    private func addCount(
        _ entry: Entry, _ keyword: StaticString, _ code: SchemaOpcode,
        _ group: inout [SchemaInstruction]
    ) throws(ExpressionError) {
        guard let count = try count(entry, keyword) else { return }
        group.append(SchemaInstruction(code, operand: UInt(count)))
    }

    /// A whole number of zero or more; those past the machine's integers become its largest.
    func count(_ entry: Entry, _ keyword: StaticString) throws(ExpressionError) -> Int? {
        guard let value = entry.schema[keyword] else { return nil }
        guard value.isNumber, ExactNumbers.isWhole(value),
            ExactNumbers.compare(value, .integer(0)) >= 0
        else { throw invalid(entry, keyword, "a whole number of 0 or more") }
        return value.integer ?? .max
    }

    /// A pattern with its plain form, if it has one.
    func pattern(_ text: Text, _ entry: Entry) throws(ExpressionError) -> SchemaPattern {
        do throws(ExpressionError) {
            let pattern = try PatternTable.pattern(text)
            let plain = PlainPatternReader(text)
            return SchemaPattern(
                pattern: pattern, steps: plain.map { keep($0.steps) },
                stepCount: plain?.steps.count ?? 0, isWhole: plain?.isWhole ?? false)
        } catch {
            throw ExpressionError(
                error.code, "\(entry.location): the pattern '\(text)': \(error.message)")
        }
    }

    private func addFormat(
        _ entry: Entry, _ dialect: SchemaDialect, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        guard let value = entry.schema["format"] else { return }
        guard let name = value.text else { throw invalid(entry, "format", "a string") }
        guard formats || dialect.assertsFormats, let format = SchemaFormat(name: name) else {
            return
        }
        groups.string.append(SchemaInstruction(.format, operand: format.code))
    }

    // MARK: Branches

    private mutating func addBranches(
        _ entry: Entry, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        if let schema = entry.schema["not"] {
            groups.any.append(SchemaInstruction(.not, try link(schema, entry, "not")))
        }
        for (keyword, code): (StaticString, SchemaOpcode) in [
            ("anyOf", .anyOf), ("oneOf", .oneOf), ("allOf", .allOf),
        ] {
            guard let list = entry.schema[keyword] else { continue }
            let schemas = try self.list(list, entry, keyword)
            guard !schemas.isEmpty else {
                throw invalid(entry, keyword, "an array that is not empty")
            }
            groups.any.append(SchemaInstruction(code, count: schemas.count, at: keep(schemas)))
        }
        guard let condition = entry.schema["if"] else { return }
        let branches = SchemaBranches(
            then: try linkIfPresent(entry, "then"), otherwise: try linkIfPresent(entry, "else"))
        // Looked at even without a branch: it counts for the unevaluated keywords.
        groups.any.append(
            SchemaInstruction(.conditional, try link(condition, entry, "if"), at: keep([branches])))
    }

    mutating func link(
        _ schema: Value, _ entry: Entry, _ keyword: StaticString
    ) throws(ExpressionError) -> SchemaPointer {
        try link(schema, from: entry.resource, at: "\(entry.location)/\(keyword)")
    }

    mutating func linkIfPresent(
        _ entry: Entry, _ keyword: StaticString
    ) throws(ExpressionError) -> SchemaPointer? {
        guard let schema = entry.schema[keyword] else { return nil }
        return try link(schema, entry, keyword)
    }

    /// The records of an array of schemas.
    mutating func list(
        _ list: Value, _ entry: Entry, _ keyword: StaticString
    ) throws(ExpressionError) -> [SchemaPointer] {
        guard let elements = list.array else { throw invalid(entry, keyword, "an array") }
        var result: [SchemaPointer] = []
        for (position, schema) in elements.enumerated() {
            result.append(
                try link(
                    schema, from: entry.resource, at: "\(entry.location)/\(keyword)/\(position)"))
        }
        return result
    }
}

extension NumberLimit {
    init(_ value: Value) {
        self.value = value
        nearest = value.number ?? .nan
        let exact = value.kind == .integer ? value.integer : ExactDecimal(value)?.integer
        whole = exact ?? 0
        isWhole = exact != nil
    }
}

/// The seven type names.
enum SchemaTypes {
    private static let all: [(StaticString, UInt8)] = [
        ("null", 1), ("boolean", 2), ("integer", 1 << 2), ("number", 0b1_1100), ("string", 1 << 5),
        ("array", 1 << 6), ("object", 1 << 7),
    ]

    /// A bit for each kind of value of a type.
    static func bits(_ name: Text) -> UInt8? {
        all.first { name == Text($0.0) }?.1
    }
}
