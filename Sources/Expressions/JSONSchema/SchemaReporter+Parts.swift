internal import Documents

/// The keywords about elements and members, in AJV's words.
extension SchemaReporter {
    // MARK: Arrays

    mutating func applyArray(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let elements = value.array.unsafelyUnwrapped
        let count = Int(instruction.pointee.count)
        var isValid = true
        switch instruction.pointee.code {
        case .prefixItems:
            let schemas = instruction.pointee.list(SchemaPointer.self)
            for index in 0..<min(count, elements.count)
            where !report(schemas[index], elements[index], at: .index(index)) { isValid = false }
        case .items: isValid = applyItems(instruction, elements, evaluation)
        case .contains: isValid = applyContains(instruction, elements, evaluation)
        case .uniqueItems:
            guard
                let (first, second) = machine.duplicate(
                    elements, areScalars: instruction.pointee.isVariant)
            else { return true }
            note(
                "uniqueItems",
                "must NOT have duplicate items (items ## \(first) and \(second) are identical)",
                evaluation)
            return false
        default: isValid = applyUnevaluatedItems(instruction, value, evaluation)
        }
        return isValid
    }

    private mutating func applyItems(
        _ instruction: UnsafePointer<SchemaInstruction>, _ elements: UnsafeBufferPointer<Value>,
        _ evaluation: Int
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let start = Int(instruction.pointee.count)
        let follows = instruction.pointee.operand == 1
        if follows, schema.pointee.isNever {
            return expect(
                elements.count <= start,
                instruction.pointee.isVariant ? "additionalItems" : "items",
                "must NOT have more than \(start) items", evaluation)
        }
        var isValid = true
        for index in min(start, elements.count)..<elements.count
        where !report(schema, elements[index], at: .index(index)) { isValid = false }
        return isValid
    }

    private mutating func applyContains(
        _ instruction: UnsafePointer<SchemaInstruction>, _ elements: UnsafeBufferPointer<Value>,
        _ evaluation: Int
    ) -> Bool {
        let bounds = instruction.pointee.list(ContainsBounds.self).pointee
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let first = errors.count
        var found = 0
        for (index, element) in elements.enumerated() {
            if report(schema, element, at: .index(index)) { found += 1 }
            if found > bounds.maximum || bounds.maximum == .max && found >= bounds.minimum { break }
        }
        if found >= bounds.minimum, found <= bounds.maximum {
            forget(from: first)
            return true
        }
        let most = bounds.maximum == .max ? "" : " and no more than \(bounds.maximum)"
        note(
            "contains", "must contain at least \(bounds.minimum)\(most) valid item(s)", evaluation)
        return false
    }

    private mutating func applyUnevaluatedItems(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let elements = value.array.unsafelyUnwrapped
        let marks = machine.marks(besides: instruction, value)
        let others = elements.indices.filter { !marks.contains($0) }
        if schema.pointee.isNever {
            return expect(
                others.isEmpty, "unevaluatedItems",
                "must NOT have more than \(elements.count - others.count) items", evaluation)
        }
        var isValid = true
        for index in others where !report(schema, elements[index], at: .index(index)) {
            isValid = false
        }
        return isValid
    }

    // MARK: Objects

    mutating func applyObject(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        switch instruction.pointee.code {
        case .required: return applyRequired(instruction, value, evaluation)
        case .propertyNames: return applyPropertyNames(instruction, value, evaluation)
        case .additionalProperties: return applyAdditional(instruction, value, evaluation)
        case .dependentRequired: return applyDependentRequired(instruction, value, evaluation)
        case .dependentSchemas:
            let entries = instruction.pointee.list(KeyedSchema.self)
            var isValid = true
            for index in 0..<Int(instruction.pointee.count)
            where value.memberIndex(entries[index].key) != nil
                && !report(entries[index].schema, value)
            { isValid = false }
            return isValid
        case .properties:
            let plan = instruction.pointee.list(MemberPlan.self).pointee
            var isValid = true
            for index in 0..<plan.propertyCount {
                let property = plan.properties[index]
                guard let member = value[property.key] else { continue }
                if !report(property.schema, member, at: .key(property.key.text)) { isValid = false }
            }
            return isValid
        case .patternProperties: return applyPatterns(instruction, value)
        case .unevaluatedProperties:
            return applyUnevaluatedProperties(instruction, value, evaluation)
        default: return true
        }
    }

    private mutating func applyRequired(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let keys = instruction.pointee.list(Key.self)
        var isValid = true
        for index in 0..<Int(instruction.pointee.count)
        where value.memberIndex(keys[index]) == nil {
            let name = String(keys[index].text)
            note("required", "must have required property '\(name)'", evaluation, property: name)
            isValid = false
        }
        return isValid
    }

    private mutating func applyPropertyNames(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        var isValid = true
        for member in value.members.unsafelyUnwrapped where !report(schema, .string(member.key)) {
            note(
                "propertyNames", "property name must be valid", evaluation,
                property: String(member.key))
            isValid = false
        }
        return isValid
    }

    private mutating func applyAdditional(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let plan = instruction.pointee.list(MemberPlan.self)
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        var isValid = true
        for member in value.members.unsafelyUnwrapped {
            if plan.pointee.slot(member)?.pointee.isProperty == true { continue }
            if machine.matchesAny(plan, member) { continue }
            if schema.pointee.isNever {
                note(
                    "additionalProperties", "must NOT have additional properties", evaluation,
                    property: String(member.key))
                isValid = false
            } else if !report(schema, member.value, at: .key(member.key)) {
                isValid = false
            }
        }
        return isValid
    }

    private mutating func applyPatterns(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value
    ) -> Bool {
        let plan = instruction.pointee.list(MemberPlan.self).pointee
        var isValid = true
        for index in 0..<plan.patternCount {
            let entry = plan.patterns[index]
            for member in value.members.unsafelyUnwrapped
            where machine.matches(machine.pattern(plan.patterns + index), member.key)
                && !report(entry.schema, member.value, at: .key(member.key))
            { isValid = false }
        }
        return isValid
    }

    private mutating func applyDependentRequired(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let entries = instruction.pointee.list(DependentKeys.self)
        let keyword = instruction.pointee.isVariant ? "dependencies" : "dependentRequired"
        var isValid = true
        for index in 0..<Int(instruction.pointee.count)
        where value.memberIndex(entries[index].key) != nil {
            let entry = entries[index]
            let names = (0..<entry.count).map { String(entry.required[$0].text) }
            for (other, name) in names.enumerated()
            where value.memberIndex(entry.required[other]) == nil {
                let noun = names.count == 1 ? "property" : "properties"
                note(
                    keyword,
                    "must have \(noun) \(names.joined(separator: ", ")) when property "
                        + "\(entry.key.text) is present", evaluation, property: name)
                isValid = false
            }
        }
        return isValid
    }

    private mutating func applyUnevaluatedProperties(
        _ instruction: UnsafePointer<SchemaInstruction>, _ value: Value, _ evaluation: Int
    ) -> Bool {
        let schema = instruction.pointee.schema.unsafelyUnwrapped
        let marks = machine.marks(besides: instruction, value)
        var isValid = true
        for (index, member) in value.members.unsafelyUnwrapped.enumerated()
        where !marks.contains(index) {
            if schema.pointee.isNever {
                note(
                    "unevaluatedProperties", "must NOT have unevaluated properties", evaluation,
                    property: String(member.key))
                isValid = false
            } else if !report(schema, member.value, at: .key(member.key)) {
                isValid = false
            }
        }
        return isValid
    }
}
