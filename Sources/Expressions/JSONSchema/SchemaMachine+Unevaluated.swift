internal import Documents

/// `unevaluatedItems` and `unevaluatedProperties`: what the neighbours of the keyword, and the
/// schemas they apply to the same value, have looked at.
///
/// The neighbours have been found to hold by then, so that marking walks through them once more and
/// decides again only which branches of `anyOf`, `oneOf` and `if` hold.
extension SchemaMachine {
    /// Which members or elements have been looked at; the first 64 without memory of its own.
    struct Marks {
        private var first: UInt64 = 0
        private var more: [Bool] = []
        private(set) var isAll = false
        let count: Int

        init(_ count: Int) {
            self.count = count
            if count > 64 { more = Array(repeating: false, count: count) }
        }

        mutating func insert(_ index: Int) {
            if count > 64 { more[index] = true } else { first |= 1 << UInt64(index) }
        }

        mutating func insertAll() { isAll = true }

        func contains(_ index: Int) -> Bool {
            isAll || (count > 64 ? more[index] : first >> UInt64(index) & 1 == 1)
        }
    }

    @inline(never)
    mutating func satisfiesUnevaluatedItems(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let marks = marks(besides: instruction, value)
        for (index, element) in value.array.unsafelyUnwrapped.enumerated()
        where !marks.contains(index) && !check(schema, element) { return false }
        return true
    }

    @inline(never)
    mutating func satisfiesUnevaluatedProperties(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let marks = marks(besides: instruction, value)
        for (index, member) in value.members.unsafelyUnwrapped.enumerated()
        where !marks.contains(index) && !check(schema, member.value) { return false }
        return true
    }

    /// What everything in the schema of an unevaluated keyword, but that keyword, has looked at.
    mutating func marks(
        besides instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Marks {
        var marks = Marks(value.count)
        mark(instruction.pointee.list(SchemaRecord.self), value, &marks, isOwn: true)
        return marks
    }

    /// Marks what a schema that holds has looked at.
    private mutating func mark(
        _ schema: SchemaPointer, _ value: Value, _ marks: inout Marks, isOwn: Bool = false
    ) {
        guard !marks.isAll, enter() else { return }
        defer { leave() }
        for index in 0..<Int(schema.pointee.reportCount) {
            let instruction = schema.pointee.report + index
            if value.kind == .array {
                markItems(instruction, value, &marks, isOwn)
            } else {
                markMembers(instruction, value, &marks, isOwn)
            }
            markBranches(instruction, value, &marks)
        }
    }

    private mutating func markItems(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ marks: inout Marks,
        _ isOwn: Bool
    ) {
        switch instruction.pointee.code {
        case .prefixItems:
            for index in 0..<min(Int(instruction.pointee.count), value.count) {
                marks.insert(index)
            }
        case .items: marks.insertAll()
        case .unevaluatedItems: if !isOwn { marks.insertAll() }
        case .contains:
            guard !instruction.pointee.isVariant else { return }
            let schema = instruction.pointee.schema.unsafelyUnwrapped
            for (index, element) in value.array.unsafelyUnwrapped.enumerated()
            where check(schema, element) { marks.insert(index) }
        default: break
        }
    }

    private mutating func markMembers(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ marks: inout Marks,
        _ isOwn: Bool
    ) {
        switch instruction.pointee.code {
        case .properties, .patternProperties:
            let plan = instruction.pointee.list(MemberPlan.self)
            let hasPatterns = instruction.pointee.code == .patternProperties
            for (index, member) in value.members.unsafelyUnwrapped.enumerated() {
                let isMarked =
                    hasPatterns
                    ? matchesAny(plan, member) : plan.pointee.slot(member)?.pointee.isProperty
                if isMarked == true { marks.insert(index) }
            }
        case .additionalProperties: marks.insertAll()
        case .unevaluatedProperties: if !isOwn { marks.insertAll() }
        case .dependentSchemas:
            let entries = instruction.pointee.list(KeyedSchema.self)
            for index in 0..<Int(instruction.pointee.count)
            where value.memberIndex(entries[index].key) != nil {
                mark(entries[index].schema, value, &marks)
            }
        default: break
        }
    }

    /// Whether a pattern of `patternProperties` matches the name of a member.
    mutating func matchesAny(_ plan: UnsafePointer<MemberPlan>, _ member: Member) -> Bool {
        for index in 0..<plan.pointee.patternCount
        where matches(pattern(plan.pointee.patterns + index), member.key) { return true }
        return false
    }

    private mutating func markBranches(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ marks: inout Marks
    ) {
        switch instruction.pointee.code {
        case .reference: mark(instruction.pointee.schema.unsafelyUnwrapped, value, &marks)
        case .enter:
            enterResource(instruction.pointee.count)
            mark(instruction.pointee.schema.unsafelyUnwrapped, value, &marks)
            leaveResource()
        case .dynamicReference:
            let (schema, resource) = target(instruction)
            if let resource { enterResource(resource) }
            mark(schema, value, &marks)
            if resource != nil { leaveResource() }
        case .allOf:
            let schemas = instruction.pointee.list(SchemaPointer.self)
            for index in 0..<Int(instruction.pointee.count) { mark(schemas[index], value, &marks) }
        case .anyOf, .oneOf:
            let schemas = instruction.pointee.list(SchemaPointer.self)
            for index in 0..<Int(instruction.pointee.count) where check(schemas[index], value) {
                mark(schemas[index], value, &marks)
            }
        case .conditional:
            let condition = instruction.pointee.schema.unsafelyUnwrapped
            let branches = instruction.pointee.list(SchemaBranches.self).pointee
            let holds = check(condition, value)
            if holds { mark(condition, value, &marks) }
            if let branch = holds ? branches.then : branches.otherwise {
                mark(branch, value, &marks)
            }
        default: break
        }
    }
}
