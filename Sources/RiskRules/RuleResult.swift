public import Documents

/// What became of a member of a rule set.
public enum RuleStatus: UInt8, Sendable, BitwiseCopyable {
    /// The condition holds.
    case passed
    /// The condition does not hold, or could not be checked.
    case failed
    /// A nested rule set that did not pass.
    case skipped

    /// `PASSED`, `FAILED` or `SKIPPED`, as Ballerine writes it.
    public var name: StaticString {
        switch self {
        case .passed: "PASSED"
        case .failed: "FAILED"
        case .skipped: "SKIPPED"
        }
    }
}

/// Why a condition could not be checked. It then counts as failed.
public enum RuleFault: UInt8, Sendable, BitwiseCopyable {
    /// It could be checked.
    case none
    /// Operator, key or value do not have the shape they need.
    case malformed
    /// The data has no value at the key, or null.
    case missing
    /// The data has no value at the path to compare with, or null.
    case missingComparison
    /// The data's value is an array or object where the operator needs a number, string or bool.
    case invalidData
    /// `LAST_YEAR` met a number or bool.
    case unsupportedDate
    /// `AML_CHECK` met data that is no object.
    case notAnObject
    /// `AML_CHECK` met data without `childWorkflows`.
    case noChildWorkflows
}

/// The result of one member of a rule set, for people and for `eval`.
public struct RuleResult: Hashable, Sendable {
    /// What became of it.
    public var status: RuleStatus
    /// Why it could not be checked, else nil.
    public var message: String?
    /// The key it reads, nil for a nested rule set.
    public var key: String?
}

/// The results of every condition of a rule set over some data; lives in the arena given to
/// ``RuleSet/evaluate(_:now:in:)``.
public struct RuleSetOutcome: BitwiseCopyable, @unchecked Sendable {
    /// Whether the rule set holds, by its operator; one without rules holds.
    public let passed: Bool
    /// The rule set that was evaluated.
    public let ruleSet: RuleSet
    /// One for each instruction.
    let entries: UnsafePointer<ConditionResult>

    /// The status of each top-level member, in order.
    public var statuses: [RuleStatus] {
        ruleSet.topLevel.map { entries[$0].status }
    }

    /// Whether every top-level member passed, whatever the operator: what Ballerine's plugin asks.
    public var everyPassed: Bool {
        var index = 1
        while index < ruleSet.count {
            if entries[index].status != .passed { return false }
            index = Int(ruleSet.start[index].end)
        }
        return true
    }

    /// The result of each top-level member, in order, as Ballerine's `runRuleSet` lists them.
    public var results: [RuleResult] { ruleSet.topLevel.map { result(at: $0) } }

    /// The key paths of the conditions that made the rule set pass, without repetitions, in the
    /// order they are written; in the arena.
    public func evidence(in arena: Arena) -> UnsafeBufferPointer<Text> {
        let room = arena.allocate(ruleSet.count * MemoryLayout<Text>.stride)
            .assumingMemoryBound(to: Text.self)
        var count = 0
        var index = 0
        while index < ruleSet.count {
            let instruction = ruleSet.start + index
            guard entries[index].status == .passed else {
                index = Int(instruction.pointee.end)
                continue
            }
            index += 1
            guard !instruction.pointee.operation.isGroup else { continue }
            let path = instruction.pointee.evidence
            if !(0..<count).contains(where: { room[$0] == path }) {
                (room + count).initialize(to: path)
                count += 1
            }
        }
        return UnsafeBufferPointer(start: room, count: count)
    }

    private func result(at index: Int) -> RuleResult {
        let instruction = ruleSet.start[index]
        let status = entries[index].status
        guard !instruction.operation.isGroup else { return RuleResult(status: status) }
        return RuleResult(
            status: status, message: message(at: index), key: String(instruction.path.key.text))
    }

    /// Why a condition could not be checked.
    func message(at index: Int) -> String? {
        Self.message(entries[index], ruleSet.start[index])
    }

    private static func message(_ entry: ConditionResult, _ condition: Instruction) -> String? {
        let name = String(condition.name)
        switch entry.fault {
        case .none: return nil
        case .malformed:
            let why = condition.first.string.map { ", error: \($0)" } ?? ""
            return "Validation failed for 'rule', message: parsing failed\(why)"
        case .missing: return "Field \(condition.path.key.text) is missing or null"
        case .missingComparison:
            return "Field \(condition.other.key.text) is missing or null"
        case .invalidData:
            return "Validation failed for '\(name)', message: Invalid data value, error: "
                + "Expected a number, string or boolean, received \(entry.kind.typeName)"
        case .unsupportedDate:
            return "Validation failed for '\(name)', message: Unsupported data type "
                + entry.kind.typeName
        case .notAnObject:
            return "Validation failed for 'extract', message: parsing failed, error: "
                + "Expected object, received \(entry.kind.typeName)"
        case .noChildWorkflows: return "The data has no childWorkflows"
        }
    }
}

extension Value.Kind {
    /// The type as ECMAScript's users name it.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double, .decimal: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
