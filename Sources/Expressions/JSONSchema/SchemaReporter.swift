internal import Documents

/// Evaluates a compiled schema to a list of errors, in the order in which AJV 8 finds them.
struct SchemaReporter {
    /// An error and the schema evaluation that found it.
    struct Found {
        var error: SchemaError
        let evaluation: Int
        /// Whether `errorMessage` has put another in its place.
        var isReplaced = false
    }

    enum Step {
        case key(Text)
        case index(Int)
    }

    var machine: SchemaMachine
    let root: Value
    private let limit: Int
    var errors: [Found] = []
    var path: [Step] = []
    private var evaluations = 0

    init(_ machine: SchemaMachine, _ root: Value, limit: Int) {
        self.machine = machine
        self.root = root
        self.limit = limit
    }

    // MARK: Schemas

    /// Whether a value satisfies a schema; its errors are noted.
    mutating func report(_ schema: SchemaPointer, _ value: Value) -> Bool {
        guard machine.enter() else { return false }
        defer { machine.leave() }
        evaluations += 1
        let evaluation = evaluations
        if schema.pointee.isNever {
            note("false schema", "boolean schema is false", evaluation)
            return false
        }
        let first = errors.count
        var isValid = true
        for index in 0..<Int(schema.pointee.reportCount) {
            let instruction = schema.pointee.report + index
            guard applies(instruction.pointee.code, to: value) else { continue }
            let holds =
                instruction.pointee.code == .type
                ? reportType(schema, value, evaluation) : apply(instruction, value, evaluation)
            if !holds { isValid = false }
        }
        if !isValid, schema.pointee.hasErrorMessage {
            reword(schema.pointee.errorMessage, from: first, evaluation, value)
        }
        return isValid
    }

    /// Parts of a value this deep are decided before they are reported, so that parts without errors
    /// are gone over once, quickly; further down that would go over parts with errors too often.
    private static let decidedDepth = 4

    /// Whether a schema holds for a part of a value.
    mutating func report(_ schema: SchemaPointer, _ value: Value, at step: Step) -> Bool {
        if path.count < SchemaReporter.decidedDepth, machine.check(schema, value) { return true }
        path.append(step)
        defer { path.removeLast() }
        return report(schema, value)
    }

    private func applies(_ code: SchemaOpcode, to value: Value) -> Bool {
        switch code {
        case .maximum, .minimum, .exclusiveMaximum, .exclusiveMinimum, .multipleOf:
            value.isNumber
        case .maxLength, .minLength, .pattern, .format: value.kind == .string
        case .maxItems, .minItems, .prefixItems, .items, .contains, .uniqueItems,
            .unevaluatedItems:
            value.kind == .array
        case .maxProperties, .minProperties, .required, .propertyNames, .additionalProperties,
            .dependentRequired, .dependentSchemas, .properties, .patternProperties,
            .unevaluatedProperties, .object:
            value.kind == .object
        default: true
        }
    }

    private mutating func reportType(
        _ schema: SchemaPointer, _ value: Value, _ evaluation: Int
    ) -> Bool {
        if (schema.pointee.types >> value.kind.rawValue) & 1 == 1 { return true }
        if schema.pointee.allowsWhole, value.isNumber, ExactNumbers.isWhole(value) { return true }
        let names = schema.pointee.typeNames
        let spelled =
            names.string
            ?? (names.array ?? .init(start: nil, count: 0))
            .map { $0.string ?? "" }.joined(separator: ",")
        note("type", "must be \(spelled)", evaluation)
        return false
    }

    // MARK: Noting

    /// Notes an error of the value at the current path.
    mutating func note(
        _ keyword: String, _ message: String, _ evaluation: Int, property: String? = nil
    ) {
        guard errors.count < limit else { return }
        errors.append(
            Found(
                error: SchemaError(
                    path: spelledPath, keyword: keyword, message: message, property: property),
                evaluation: evaluation))
    }

    /// Notes an error and gives false, or gives true when there is none.
    mutating func expect(
        _ holds: Bool, _ keyword: String, _ message: @autoclosure () -> String, _ evaluation: Int
    ) -> Bool {
        if !holds { note(keyword, message(), evaluation) }
        return holds
    }

    /// Forgets errors of branches that did not matter.
    mutating func forget(from count: Int) {
        if errors.count > count { errors.removeSubrange(count...) }
    }

    /// The path as a JSON pointer.
    var spelledPath: String {
        var result: [UInt8] = []
        for step in path {
            result.append(0x2F)
            switch step {
            case .index(let index): result += Array(String(index).utf8)
            case .key(let key):
                for byte in key.bytes {
                    switch byte {
                    case 0x7E: result += [0x7E, 0x30]
                    case 0x2F: result += [0x7E, 0x31]
                    default: result.append(byte)
                    }
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
