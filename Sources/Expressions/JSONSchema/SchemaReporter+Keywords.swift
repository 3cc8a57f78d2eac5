internal import Documents

/// The keywords about one value, in AJV's words.
extension SchemaReporter {
    /// Whether a value satisfies a keyword that is about its kind.
    mutating func apply(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        switch instruction.pointee.code {
        case .maximum, .minimum, .exclusiveMaximum, .exclusiveMinimum, .multipleOf:
            return applyNumber(instruction, value, evaluation)
        case .maxLength, .minLength, .pattern, .format:
            return applyString(instruction, value, evaluation)
        case .maxItems, .minItems, .maxProperties, .minProperties:
            return applyCount(instruction, value, evaluation)
        case .prefixItems, .items, .contains, .uniqueItems, .unevaluatedItems:
            return applyArray(instruction, value, evaluation)
        case .constant:
            let holds = machine.satisfies(instruction, value)
            return expect(holds, "const", "must be equal to constant", evaluation)
        case .enumeration:
            let holds = machine.satisfies(instruction, value)
            return expect(
                holds, "enum", "must be equal to one of the allowed values", evaluation)
        case .reference, .enter, .dynamicReference, .not, .anyOf, .oneOf, .allOf, .conditional:
            return applyBranches(instruction, value, evaluation)
        default: return applyObject(instruction, value, evaluation)
        }
    }

    private mutating func applyNumber(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let holds = machine.satisfies(instruction, value)
        if holds { return true }
        let limit = instruction.pointee.list(NumberLimit.self).pointee
        let spelled =
            limit.value.integer.map { String($0) } ?? Numbers.spell(limit.nearest)
        if instruction.pointee.code == .multipleOf {
            return expect(holds, "multipleOf", "must be multiple of \(spelled)", evaluation)
        }
        switch instruction.pointee.code {
        case .maximum: return expect(holds, "maximum", "must be <= \(spelled)", evaluation)
        case .minimum: return expect(holds, "minimum", "must be >= \(spelled)", evaluation)
        case .exclusiveMaximum:
            return expect(holds, "exclusiveMaximum", "must be < \(spelled)", evaluation)
        default: return expect(holds, "exclusiveMinimum", "must be > \(spelled)", evaluation)
        }
    }

    private mutating func applyString(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let holds = machine.satisfies(instruction, value)
        if holds { return true }
        let operand = instruction.pointee.operand
        switch instruction.pointee.code {
        case .maxLength:
            return expect(
                holds, "maxLength", "must NOT have more than \(operand) characters", evaluation)
        case .minLength:
            return expect(
                holds, "minLength", "must NOT have fewer than \(operand) characters", evaluation)
        case .pattern:
            let pattern = instruction.pointee.list(SchemaPattern.self).pointee.pattern
            let source = pattern._withUnsafeGuaranteedRef { $0.source }
            return expect(holds, "pattern", "must match pattern \"\(source)\"", evaluation)
        default:
            let name = SchemaFormat(code: operand)?.rawValue ?? ""
            return expect(holds, "format", "must match format \"\(name)\"", evaluation)
        }
    }

    private mutating func applyCount(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let holds = machine.satisfies(instruction, value)
        let limit = instruction.pointee.operand
        switch instruction.pointee.code {
        case .maxItems:
            return expect(
                holds, "maxItems", "must NOT have more than \(limit) items", evaluation)
        case .minItems:
            return expect(
                holds, "minItems", "must NOT have fewer than \(limit) items", evaluation)
        case .maxProperties:
            return expect(
                holds, "maxProperties", "must NOT have more than \(limit) properties", evaluation)
        default:
            return expect(
                holds, "minProperties", "must NOT have fewer than \(limit) properties",
                evaluation)
        }
    }

    // MARK: Branches

    private mutating func applyBranches(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        switch instruction.pointee.code {
        case .reference: return report(instruction.pointee.schema.unsafelyUnwrapped, value)
        case .enter:
            machine.enterResource(instruction.pointee.count)
            defer { machine.leaveResource() }
            return report(instruction.pointee.schema.unsafelyUnwrapped, value)
        case .dynamicReference:
            let (schema, resource) = machine.target(instruction)
            if let resource { machine.enterResource(resource) }
            defer { if resource != nil { machine.leaveResource() } }
            return report(schema, value)
        case .not:
            let holds = machine.satisfies(instruction, value)
            return expect(holds, "not", "must NOT be valid", evaluation)
        case .anyOf: return applyAnyOf(instruction, value, evaluation)
        case .oneOf: return applyOneOf(instruction, value, evaluation)
        case .conditional: return applyConditional(instruction, value, evaluation)
        default:
            let schemas = instruction.pointee.list(SchemaPointer.self)
            var isValid = true
            for index in 0..<Int(instruction.pointee.count)
            where !report(schemas[index], value) { isValid = false }
            return isValid
        }
    }

    private mutating func applyAnyOf(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let schemas = instruction.pointee.list(SchemaPointer.self)
        let first = errors.count
        for index in 0..<Int(instruction.pointee.count) where report(schemas[index], value) {
            forget(from: first)
            return true
        }
        note("anyOf", "must match a schema in anyOf", evaluation)
        return false
    }

    private mutating func applyOneOf(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let schemas = instruction.pointee.list(SchemaPointer.self)
        let first = errors.count
        var matches = 0
        for index in 0..<Int(instruction.pointee.count) where matches < 2 {
            if report(schemas[index], value) { matches += 1 }
        }
        if matches == 1 {
            forget(from: first)
            return true
        }
        note("oneOf", "must match exactly one schema in oneOf", evaluation)
        return false
    }

    private mutating func applyConditional(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let branches = instruction.pointee.list(SchemaBranches.self).pointee
        let holds = machine.check(instruction.pointee.schema.unsafelyUnwrapped, value)
        guard let branch = holds ? branches.then : branches.otherwise else { return true }
        if report(branch, value) { return true }
        note("if", "must match \"\(holds ? "then" : "else")\" schema", evaluation)
        return false
    }
}
