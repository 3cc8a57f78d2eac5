internal import Documents

/// The keywords that apply schemas to a value, its elements or its members.
extension SchemaMachine {
    // MARK: Any value

    @inline(never)
    mutating func satisfiesApplicator(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        switch instruction.pointee.code {
        case .enter:
            enterResource(instruction.pointee.count)
            defer { leaveResource() }
            return check(instruction.pointee.schema.unsafelyUnwrapped, value)
        case .dynamicReference: return satisfiesDynamicReference(instruction, value)
        case .not: return !check(instruction.pointee.schema.unsafelyUnwrapped, value)
        case .allOf, .anyOf, .oneOf: return satisfiesSome(instruction, value)
        default:
            let branches = instruction.pointee.list(SchemaBranches.self).pointee
            let holds = check(instruction.pointee.schema.unsafelyUnwrapped, value)
            guard let branch = holds ? branches.then : branches.otherwise else { return true }
            return check(branch, value)
        }
    }

    private mutating func satisfiesSome(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let schemas = instruction.pointee.list(SchemaPointer.self)
        let count = Int(instruction.pointee.count)
        switch instruction.pointee.code {
        case .allOf:
            for index in 0..<count where !check(schemas[index], value) { return false }
            return true
        case .anyOf:
            for index in 0..<count where check(schemas[index], value) { return true }
            return false
        default:
            var found = false
            for index in 0..<count where check(schemas[index], value) {
                if found { return false }
                found = true
            }
            return found
        }
    }

    mutating func satisfiesDynamicReference(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let (schema, resource) = target(instruction)
        guard let resource else { return check(schema, value) }
        enterResource(resource)
        defer { leaveResource() }
        return check(schema, value)
    }

    // MARK: Arrays

    @inline(never)
    mutating func satisfiesPrefix(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let schemas = instruction.pointee.list(SchemaPointer.self)
        let elements = value.array.unsafelyUnwrapped
        for index in 0..<min(Int(instruction.pointee.count), elements.count) {
            guard check(schemas[index], elements[index]) else { return false }
        }
        return true
    }

    @inline(__always)
    mutating func satisfiesItems(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let elements = value.array.unsafelyUnwrapped
        var index = Int(instruction.pointee.count)
        while index < elements.count {
            guard check(schema, elements[index]) else { return false }
            index &+= 1
        }
        return true
    }

    @inline(never)
    mutating func satisfiesContains(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let bounds = instruction.pointee.list(ContainsBounds.self).pointee
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        var found = 0
        for element in value.array.unsafelyUnwrapped where check(schema, element) {
            found += 1
            if found > bounds.maximum { return false }
            if found >= bounds.minimum, bounds.maximum == .max { return true }
        }
        return found >= bounds.minimum
    }

    // MARK: Objects

    /// All that depends on the names of members, in one pass over them.
    @inline(__always)
    mutating func satisfiesMembers(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let plan = instruction.pointee.list(MemberPlan.self)
        var missing = Int(plan.pointee.requiredCount)
        let members = value.members.unsafelyUnwrapped
        if members.count < missing { return false }
        let isOpen = plan.pointee.additional == nil && plan.pointee.patternCount == 0
        for member in members {
            var isProperty = false
            if let slot = plan.pointee.slot(member) {
                if slot.pointee.isRequired { missing &-= 1 }
                if let schema = slot.pointee.schema, !check(schema, member.value) { return false }
                isProperty = slot.pointee.isProperty
            }
            if isOpen { continue }
            guard satisfiesOthers(plan, member, isProperty) else { return false }
        }
        return missing == 0
    }

    /// The pattern in an entry of `patternProperties`, where it comes first.
    @inline(__always)
    func pattern(_ entry: UnsafePointer<PatternSchema>) -> UnsafePointer<SchemaPattern> {
        UnsafeRawPointer(entry).assumingMemoryBound(to: SchemaPattern.self)
    }

    /// `patternProperties` and `additionalProperties` for one member.
    @inline(__always)
    private mutating func satisfiesOthers(
        _ plan: UnsafePointer<MemberPlan>, _ member: Member, _ isProperty: Bool
    ) -> Bool {
        var isKnown = isProperty
        for index in 0..<plan.pointee.patternCount {
            let entry = plan.pointee.patterns + index
            guard matches(pattern(entry), member.key) else { continue }
            isKnown = true
            guard check(entry.pointee.schema, member.value) else { return false }
        }
        guard !isKnown, let additional = plan.pointee.additional else { return true }
        return check(additional, member.value)
    }

    @inline(never)
    mutating func satisfiesDependentRequired(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let entries = instruction.pointee.list(DependentKeys.self)
        for index in 0..<Int(instruction.pointee.count) {
            guard value.memberIndex(entries[index].key) != nil else { continue }
            for other in 0..<entries[index].count {
                if value.memberIndex(entries[index].required[other]) == nil { return false }
            }
        }
        return true
    }

    @inline(never)
    mutating func satisfiesDependentSchemas(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let entries = instruction.pointee.list(KeyedSchema.self)
        for index in 0..<Int(instruction.pointee.count) {
            guard value.memberIndex(entries[index].key) != nil else { continue }
            guard check(entries[index].schema, value) else { return false }
        }
        return true
    }
}
