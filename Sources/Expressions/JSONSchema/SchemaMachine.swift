internal import Documents

/// Evaluates a compiled schema to yes or no.
///
/// The first failure ends everything quickly: every further schema says no at once.
struct SchemaMachine {
    /// Steps left; zero once the evaluation has failed.
    private(set) var steps = JSONSchema.stepLimit
    private(set) var depth = JSONSchema.depthLimit
    /// Why there is no answer.
    private(set) var failure: ExpressionError?
    let table: DynamicScopeTable
    /// Resources entered, outermost first; nil when nothing asks for them.
    private let scope: UnsafeMutablePointer<UInt32>?
    private var scopeCount = 0

    init(_ table: DynamicScopeTable, _ arena: Arena) {
        self.table = table
        guard table.isUsed else {
            scope = nil
            return
        }
        // Entering a resource takes two schemas at least, the second of them inside the first.
        let space = arena.allocate((JSONSchema.depthLimit + 2) * 4)
        scope = space.assumingMemoryBound(to: UInt32.self)
        scope.unsafelyUnwrapped[0] = table.rootResource
        scopeCount = 1
    }

    // MARK: Bounds

    /// Counts a step; false when there are none left.
    @inline(__always)
    mutating func step() -> Bool {
        steps &-= 1
        if steps > 0 { return true }
        fail("the schema takes too many steps to evaluate")
        return false
    }

    /// Goes one schema or value deeper; false past a limit. ``leave()`` comes back in any case.
    @inline(__always)
    mutating func enter() -> Bool {
        steps &-= 1
        depth &-= 1
        if steps > 0, depth > 0 { return true }
        refuse()
        return false
    }

    @inline(__always)
    mutating func leave() { depth &+= 1 }

    @inline(never)
    private mutating func refuse() {
        fail(
            depth <= 0
                ? "the schema nests more than \(JSONSchema.depthLimit) levels deep in itself"
                : "the schema takes too many steps to evaluate")
        depth += 1
    }

    @inline(never)
    mutating func fail(_ message: String) {
        fail(ExpressionError(.limit, message))
    }

    mutating func fail(_ error: ExpressionError) {
        steps = 0
        if failure == nil { failure = error }
    }

    // MARK: Dynamic scope

    /// Notes that a resource is entered; ``leaveResource()`` goes back.
    @inline(__always)
    mutating func enterResource(_ resource: UInt32) {
        guard let scope else { return }
        scope[scopeCount] = resource
        scopeCount &+= 1
    }

    @inline(__always)
    mutating func leaveResource() {
        if scope != nil { scopeCount &-= 1 }
    }

    /// The schema that a `$dynamicRef` means here, and its resource when it is not the static one.
    mutating func target(
        _ instruction: UnsafePointer<SchemaInstruction>
    ) -> (schema: SchemaPointer, resource: UInt32?) {
        let fallback = instruction.pointee.schema.unsafelyUnwrapped
        guard let scope, let targets = table.targets else { return (fallback, nil) }
        let row = targets + Int(instruction.pointee.count) * table.resourceCount
        for index in 0..<scopeCount {
            if let found = row[Int(scope[index])] { return (found, scope[index]) }
        }
        return (fallback, nil)
    }

    // MARK: Schemas

    /// Whether a value satisfies a schema.
    @inline(__always)
    mutating func check(_ schema: SchemaPointer, _ value: Value) -> Bool {
        let kind = value.kind.rawValue
        if (schema.pointee.types &>> kind) & 1 == 0 {
            guard schema.pointee.allowsWhole, value.isNumber, ExactNumbers.isWhole(value) else {
                return false
            }
        }
        let shift = UInt64(kind) &* 8
        let begin = (schema.pointee.begins &>> shift) & 0xFF
        let end = (schema.pointee.ends &>> shift) & 0xFF
        if begin == end { return true }
        let code = schema.pointee.code
        return run(code + Int(begin), code + Int(end), value)
    }

    /// Whether a value satisfies all of some instructions, which are those for its kind.
    private mutating func run(
        _ begin: UnsafePointer<SchemaInstruction>, _ end: UnsafePointer<SchemaInstruction>,
        _ value: Value
    ) -> Bool {
        guard enter() else { return false }
        var instruction = begin
        while instruction < end {
            guard satisfies(instruction, value) else {
                leave()
                return false
            }
            instruction += 1
        }
        leave()
        return true
    }

    /// Whether a value of the right kind satisfies one instruction.
    @inline(__always)
    mutating func satisfies(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        switch instruction.pointee.code {
        case .maximum, .minimum, .exclusiveMaximum, .exclusiveMinimum, .multipleOf:
            return satisfiesNumber(instruction, value)
        case .maxLength, .minLength, .pattern, .format:
            return satisfiesString(instruction, value)
        case .maxItems: return value.count <= instruction.pointee.operand
        case .minItems: return value.count >= instruction.pointee.operand
        case .prefixItems: return satisfiesPrefix(instruction, value)
        case .items: return satisfiesItems(instruction, value)
        case .contains: return satisfiesContains(instruction, value)
        case .uniqueItems: return duplicate(value.array.unsafelyUnwrapped) == nil
        case .unevaluatedItems: return satisfiesUnevaluatedItems(instruction, value)
        case .maxProperties: return value.count <= instruction.pointee.operand
        case .minProperties: return value.count >= instruction.pointee.operand
        case .object: return satisfiesMembers(instruction, value)
        case .propertyNames:
            let schema = instruction.pointee.schema.unsafelyUnwrapped
            for member in value.members.unsafelyUnwrapped {
                guard check(schema, .string(member.key)) else { return false }
            }
            return true
        case .dependentRequired: return satisfiesDependentRequired(instruction, value)
        case .dependentSchemas: return satisfiesDependentSchemas(instruction, value)
        case .unevaluatedProperties: return satisfiesUnevaluatedProperties(instruction, value)
        case .type, .required, .additionalProperties, .properties, .patternProperties:
            // Part of the record or of `.object`.
            return true
        case .reference: return check(instruction.pointee.schema.unsafelyUnwrapped, value)
        case .constant: return areEqual(instruction.pointee.list(Value.self).pointee, value)
        case .enumeration: return contains(instruction.pointee.list(ValueSet.self), value)
        case .enter, .dynamicReference, .not, .anyOf, .oneOf, .allOf, .conditional:
            return satisfiesApplicator(instruction, value)
        }
    }

    // MARK: Numbers and strings

    @inline(__always)
    mutating func satisfiesNumber(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let limit = instruction.pointee.list(NumberLimit.self)
        switch instruction.pointee.code {
        case .maximum: return ExactNumbers.compare(value, limit.pointee.value) <= 0
        case .minimum: return ExactNumbers.compare(value, limit.pointee.value) >= 0
        case .exclusiveMaximum: return ExactNumbers.compare(value, limit.pointee.value) < 0
        case .exclusiveMinimum: return ExactNumbers.compare(value, limit.pointee.value) > 0
        default:
            if let holds = ExactNumbers.isMultiple(value, of: limit.pointee) { return holds }
            fail("the number is too long for 'multipleOf'")
            return false
        }
    }

    @inline(__always)
    mutating func satisfiesString(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let text = value.text.unsafelyUnwrapped
        switch instruction.pointee.code {
        case .maxLength:
            let limit = instruction.pointee.operand
            return text.count <= limit || text.codePointCount <= limit
        case .minLength:
            let limit = instruction.pointee.operand
            return text.count >= limit && (text.count / 4 >= limit || text.codePointCount >= limit)
        case .pattern: return matches(instruction.pointee.list(SchemaPattern.self), text)
        default:
            guard let format = SchemaFormat(code: instruction.pointee.operand) else { return true }
            return format.accepts(text)
        }
    }

    /// Whether a pattern matches; a pattern that gives up ends the evaluation.
    @inline(__always)
    mutating func matches(_ pattern: UnsafePointer<SchemaPattern>, _ text: Text) -> Bool {
        if let steps = pattern.pointee.steps {
            return pattern.pointee.matchesPlainly(text, steps)
        }
        return matches(pattern.pointee.pattern, text)
    }

    @inline(never)
    private mutating func matches(_ pattern: Unmanaged<Pattern>, _ text: Text) -> Bool {
        pattern._withUnsafeGuaranteedRef { pattern in
            do throws(ExpressionError) {
                return try pattern.matches(text)
            } catch {
                fail(error)
                return false
            }
        }
    }
}
