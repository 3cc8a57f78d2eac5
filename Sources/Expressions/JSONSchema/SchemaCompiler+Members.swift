internal import Documents

/// The keywords about elements and members.
extension SchemaCompiler {
    // MARK: Arrays

    mutating func addArrayApplicators(
        _ entry: Entry, _ dialect: SchemaDialect, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        if dialect.hasItemsArray {
            try addLegacyItems(entry, &groups)
        } else {
            var start = 0
            let prefix = entry.schema["prefixItems"]
            if let prefix {
                let schemas = try list(prefix, entry, "prefixItems")
                start = schemas.count
                groups.array.append(
                    SchemaInstruction(.prefixItems, count: start, at: keep(schemas)))
            }
            if let items = entry.schema["items"] {
                groups.array.append(
                    SchemaInstruction(
                        .items, try link(items, entry, "items"), count: start,
                        operand: prefix == nil ? 0 : 1))
            }
        }
        if let contains = entry.schema["contains"] {
            let counts = !dialect.isDraft7 && dialect.hasValidation
            let bounds = ContainsBounds(
                minimum: counts ? try count(entry, "minContains") ?? 1 : 1,
                maximum: counts ? try count(entry, "maxContains") ?? .max : .max)
            var instruction = SchemaInstruction(
                .contains, try link(contains, entry, "contains"), at: keep([bounds]))
            // Elements count as looked at from 2020-12 on.
            instruction.isVariant = dialect.hasItemsArray
            groups.array.append(instruction)
        }
        guard dialect.hasValidation, let unique = entry.schema["uniqueItems"] else { return }
        guard let isUnique = unique.bool else { throw invalid(entry, "uniqueItems", "a bool") }
        guard isUnique else { return }
        var instruction = SchemaInstruction(.uniqueItems)
        instruction.isVariant = hasScalarItems(entry)
        groups.array.append(instruction)
    }

    /// Whether `items` allows neither arrays nor objects: AJV then searches in another order.
    private func hasScalarItems(_ entry: Entry) -> Bool {
        guard let type = entry.schema["items"]?["type"] else { return false }
        let names =
            type.text.map { [$0] }
            ?? (type.array ?? .init(start: nil, count: 0))
            .compactMap(\.text)
        return !names.isEmpty && names.allSatisfy { $0 != Text("array") && $0 != Text("object") }
    }

    private mutating func addLegacyItems(
        _ entry: Entry, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        guard let items = entry.schema["items"] else { return }
        guard items.kind == .array else {
            groups.array.append(
                SchemaInstruction(.items, try link(items, entry, "items"), operand: 0))
            return
        }
        let schemas = try list(items, entry, "items")
        if let additional = entry.schema["additionalItems"] {
            var instruction = SchemaInstruction(
                .items, try link(additional, entry, "additionalItems"), count: schemas.count,
                operand: 1)
            instruction.isVariant = true
            groups.array.append(instruction)
        }
        groups.array.append(
            SchemaInstruction(.prefixItems, count: schemas.count, at: keep(schemas)))
    }

    // MARK: Objects

    mutating func addMembers(
        _ entry: Entry, _ dialect: SchemaDialect, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        let hasApplicators = dialect.hasApplicators
        let required = dialect.hasValidation ? try keys(entry.schema["required"], entry) : []
        if !required.isEmpty {
            groups.object.append(
                SchemaInstruction(.required, count: required.count, at: keep(required)))
        }
        if hasApplicators, let names = entry.schema["propertyNames"] {
            groups.object.append(
                SchemaInstruction(.propertyNames, try link(names, entry, "propertyNames")))
        }
        let additional =
            hasApplicators ? try linkIfPresent(entry, "additionalProperties") : nil
        let plan = try memberPlan(entry, required, additional, hasApplicators)
        let hasProperties = plan.propertyCount > 0
        let address = keep([plan])
        if additional != nil {
            groups.object.append(
                SchemaInstruction(.additionalProperties, additional, at: address))
        }
        try addDependencies(entry, dialect, &groups)
        if hasProperties { groups.object.append(SchemaInstruction(.properties, at: address)) }
        if plan.patternCount > 0 {
            groups.object.append(SchemaInstruction(.patternProperties, at: address))
        }
        if !required.isEmpty || additional != nil || hasProperties || plan.patternCount > 0 {
            groups.members = SchemaInstruction(.object, at: address)
        }
    }

    private func keys(_ value: Value?, _ entry: Entry) throws(ExpressionError) -> [Key] {
        guard let value else { return [] }
        guard let elements = value.array else { throw invalid(entry, "required", "an array") }
        var result: [Key] = []
        var seen: Set<Text> = []
        for element in elements {
            guard let text = element.text else {
                throw invalid(entry, "required", "an array of strings")
            }
            if seen.insert(text).inserted { result.append(Key(text)) }
        }
        return result
    }

    private mutating func memberPlan(
        _ entry: Entry, _ required: [Key], _ additional: SchemaPointer?, _ hasApplicators: Bool
    ) throws(ExpressionError) -> MemberPlan {
        var properties: [KeyedSchema] = []
        var patterns: [PatternSchema] = []
        if hasApplicators, let value = entry.schema["properties"] {
            properties = try keyed(value, entry, "properties")
        }
        if hasApplicators, let value = entry.schema["patternProperties"] {
            for keyed in try keyed(value, entry, "patternProperties") {
                let pattern = try pattern(keyed.key.text, entry)
                patterns.append(PatternSchema(pattern: pattern, schema: keyed.schema))
            }
        }
        let slots = slots(properties, required)
        return MemberPlan(
            slots: keep(slots), mask: UInt32(slots.count - 1),
            requiredCount: UInt32(required.count), patterns: keep(patterns),
            patternCount: patterns.count, additional: additional, properties: keep(properties),
            propertyCount: properties.count)
    }

    /// The open hash table of a ``MemberPlan``.
    private func slots(_ properties: [KeyedSchema], _ required: [Key]) -> [MemberSlot] {
        let wanted = max(properties.count + required.count, 1) * 2
        var size = 2
        while size < wanted { size *= 2 }
        let empty = MemberSlot(
            key: Text(""), hash: 0, isEmpty: true, isRequired: false, isProperty: false)
        var slots = [MemberSlot](repeating: empty, count: size)
        func place(_ key: Key) -> Int {
            var index = Int(key.hash) & (size - 1)
            while !slots[index].isEmpty {
                if slots[index].hash == key.hash, slots[index].key == key.text { return index }
                index = (index + 1) & (size - 1)
            }
            slots[index].isEmpty = false
            slots[index].key = key.text
            slots[index].hash = key.hash
            return index
        }
        for property in properties {
            let index = place(property.key)
            slots[index].isProperty = true
            slots[index].schema = property.schema
        }
        for key in required { slots[place(key)].isRequired = true }
        return slots
    }

    /// The records of an object of schemas.
    private mutating func keyed(
        _ value: Value, _ entry: Entry, _ keyword: StaticString
    ) throws(ExpressionError) -> [KeyedSchema] {
        guard let members = value.members else { throw invalid(entry, keyword, "an object") }
        var result: [KeyedSchema] = []
        for member in members {
            result.append(
                KeyedSchema(
                    key: member.lookup,
                    schema: try link(
                        member.value, from: entry.resource,
                        at: "\(entry.location)/\(keyword)/\(member.key)")))
        }
        return result
    }

    // MARK: Dependencies

    private mutating func addDependencies(
        _ entry: Entry, _ dialect: SchemaDialect, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        // `dependencies` lives on after draft 7 as everyone's extension.
        if let value = entry.schema["dependencies"] {
            guard let members = value.members else {
                throw invalid(entry, "dependencies", "an object")
            }
            let lists = members.filter { $0.value.kind == .array }
            let schemas = members.filter { $0.value.kind != .array }
            try addDependentRequired(lists, entry, isVariant: true, &groups)
            try addDependentSchemas(schemas, entry, "dependencies", &groups)
        }
        guard !dialect.isDraft7 else { return }
        if dialect.hasValidation, let value = entry.schema["dependentRequired"] {
            guard let members = value.members else {
                throw invalid(entry, "dependentRequired", "an object")
            }
            try addDependentRequired(Array(members), entry, isVariant: false, &groups)
        }
        if dialect.hasApplicators, let value = entry.schema["dependentSchemas"] {
            guard let members = value.members else {
                throw invalid(entry, "dependentSchemas", "an object")
            }
            try addDependentSchemas(Array(members), entry, "dependentSchemas", &groups)
        }
    }

    private func addDependentRequired(
        _ members: [Member], _ entry: Entry, isVariant: Bool, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        var result: [DependentKeys] = []
        for member in members {
            let required = try keys(member.value, entry)
            result.append(
                DependentKeys(key: member.lookup, required: keep(required), count: required.count))
        }
        guard !result.isEmpty else { return }
        var instruction = SchemaInstruction(
            .dependentRequired, count: result.count, at: keep(result))
        instruction.isVariant = isVariant
        groups.object.append(instruction)
    }

    private mutating func addDependentSchemas(
        _ members: [Member], _ entry: Entry, _ keyword: StaticString, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        var result: [KeyedSchema] = []
        for member in members {
            let schema = try link(
                member.value, from: entry.resource,
                at: "\(entry.location)/\(keyword)/\(member.key)")
            result.append(KeyedSchema(key: member.lookup, schema: schema))
        }
        guard !result.isEmpty else { return }
        groups.object.append(
            SchemaInstruction(.dependentSchemas, count: result.count, at: keep(result)))
    }

    // MARK: Unevaluated

    mutating func addUnevaluated(
        _ entry: Entry, _ groups: inout SchemaGroups
    ) throws(ExpressionError) {
        // The operand is the schema itself, whose other keywords tell what was looked at.
        let own = UnsafeRawPointer(entry.record)
        if let schema = entry.schema["unevaluatedItems"] {
            groups.array.append(
                SchemaInstruction(
                    .unevaluatedItems, try link(schema, entry, "unevaluatedItems"), at: own))
        }
        if let schema = entry.schema["unevaluatedProperties"] {
            groups.object.append(
                SchemaInstruction(
                    .unevaluatedProperties, try link(schema, entry, "unevaluatedProperties"),
                    at: own))
        }
    }
}
