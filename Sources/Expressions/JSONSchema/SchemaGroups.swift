internal import Documents

/// The instructions of a schema by the kind of value they are about, each group in AJV's order.
struct SchemaGroups {
    var number: [SchemaInstruction] = []
    var string: [SchemaInstruction] = []
    var any: [SchemaInstruction] = []
    var array: [SchemaInstruction] = []
    var object: [SchemaInstruction] = []
    /// The one pass that stands for the member keywords of `object` when only yes or no is asked.
    var members: SchemaInstruction?

    init(any: [SchemaInstruction] = []) { self.any = any }
}

extension SchemaCompiler {
    /// Puts a schema's instructions into its record: once for each kind of value, to decide, and
    /// once in AJV's order, to report.
    func assemble(_ record: inout SchemaRecord, _ groups: SchemaGroups) {
        var object = groups.object.filter {
            switch $0.code {
            case .required, .properties, .patternProperties, .additionalProperties: false
            default: true
            }
        }
        if let members = groups.members {
            // Last of all come the keywords that rely on the others to hold.
            let at = object.firstIndex { $0.code == .unevaluatedProperties } ?? object.count
            object.insert(members, at: at)
        }
        let unevaluated = object.filter { $0.code == .unevaluatedProperties }
        object.removeAll { $0.code == .unevaluatedProperties }
        let unevaluatedItems = groups.array.filter { $0.code == .unevaluatedItems }
        let array = groups.array.filter { $0.code != .unevaluatedItems }

        var code: [SchemaInstruction] = []
        func place(_ instructions: [SchemaInstruction], _ kinds: [Value.Kind]) {
            let begin = UInt64(code.count)
            code += instructions
            for kind in kinds {
                record.begins |= begin << (UInt64(kind.rawValue) * 8)
                record.ends |= UInt64(code.count) << (UInt64(kind.rawValue) * 8)
            }
        }
        record.begins = 0
        record.ends = 0
        place(groups.any, [.null, .bool])
        place(groups.number + groups.any, [.integer, .double, .decimal])
        place(groups.string + groups.any, [.string])
        place(array + groups.any + unevaluatedItems, [.array])
        place(object + groups.any + unevaluated, [.object])
        record.code = keep(code)

        let report = reported(groups, record)
        record.report = keep(report)
        record.reportCount = UInt16(report.count)
    }

    /// AJV checks `type` first, unless it is a single type with keywords of its own: then where
    /// those stand.
    private func reported(_ groups: SchemaGroups, _ record: SchemaRecord) -> [SchemaInstruction] {
        let parts: [(StaticString, [SchemaInstruction])] = [
            ("number", groups.number), ("string", groups.string), ("", groups.any),
            ("array", groups.array), ("object", groups.object),
        ]
        guard !record.typeNames.isNull else { return parts.flatMap(\.1) }
        let type = SchemaInstruction(.type)
        let names = record.typeNames
        let only = names.text ?? (names.count == 1 ? names[0]?.text : nil)
        let place = parts.firstIndex { part in only.map { $0 == part.0 } == true && !part.1.isEmpty
        }
        var result: [SchemaInstruction] = place == nil ? [type] : []
        for (index, part) in parts.enumerated() {
            if index == place { result.append(type) }
            result += part.1
        }
        return result
    }
}
