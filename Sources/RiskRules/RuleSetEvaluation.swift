public import Documents
internal import Expressions

extension RuleSet {
    /// Whether the rule set holds. Stops as soon as it is decided, and allocates nothing.
    ///
    /// - Parameter now: the run's clock, for `LAST_YEAR`.
    public func passes(_ data: Value, now: Instant) -> Bool {
        let evaluation = RuleEvaluation(data: data, now: now, semantics: semantics)
        return evaluation.passes(start, start)
    }

    /// Whether a rule with this rule set is raised: natively when the set holds; in Ballerine every
    /// member directly under it must pass, whatever its operator.
    func raises(_ data: Value, _ semantics: Semantics, now: Instant) -> Bool {
        if semantics == .docket { return passes(data, now: now) }
        let evaluation = RuleEvaluation(data: data, now: now, semantics: self.semantics)
        return evaluation.everyMemberPasses(start)
    }

    /// The result of every condition.
    ///
    /// - Parameters:
    ///   - data: what the keys are read from; any value.
    ///   - now: the run's clock, for `LAST_YEAR`.
    ///   - arena: holds the results.
    public func evaluate(_ data: Value, now: Instant, in arena: Arena) -> RuleSetOutcome {
        let evaluation = RuleEvaluation(data: data, now: now, semantics: semantics)
        let entries = arena.allocate(count * MemoryLayout<ConditionResult>.stride)
            .assumingMemoryBound(to: ConditionResult.self)
        let passed = evaluation.record(0, start, entries)
        return RuleSetOutcome(
            passed: passed, ruleSet: self, entries: UnsafePointer(entries))
    }
}

/// One evaluation of a rule set over some data.
struct RuleEvaluation {
    let data: Value
    let now: Instant
    let semantics: RuleSet.Semantics

    /// Recurses as deep as the groups nest, which the compiler bounds.
    func passes(_ at: UnsafePointer<Instruction>, _ start: UnsafePointer<Instruction>) -> Bool {
        let operation = at.pointee.operation
        guard operation.isGroup else { return check(at).status == .passed }
        let end = start + Int(at.pointee.end)
        var member = at + 1
        while member < end {
            if passes(member, start) != (operation == .all) { return operation == .any }
            member = start + Int(member.pointee.end)
        }
        return operation == .all
    }

    /// Whether all members of a group pass, whatever its operator; a group without any does.
    func everyMemberPasses(_ start: UnsafePointer<Instruction>) -> Bool {
        let end = start + Int(start.pointee.end)
        var member = start + 1
        while member < end {
            if !passes(member, start) { return false }
            member = start + Int(member.pointee.end)
        }
        return true
    }

    /// Evaluates everything under an instruction, even what no longer matters, as Ballerine does.
    func record(
        _ index: Int, _ start: UnsafePointer<Instruction>,
        _ entries: UnsafeMutablePointer<ConditionResult>
    ) -> Bool {
        let instruction = start + index
        let operation = instruction.pointee.operation
        guard operation.isGroup else {
            let result = check(instruction)
            (entries + index).initialize(to: result)
            return result.status == .passed
        }
        let end = Int(instruction.pointee.end)
        var passed = operation == .all
        var member = index + 1
        while member < end {
            if record(member, start, entries) != (operation == .all) { passed = operation == .any }
            member = Int(start[member].end)
        }
        (entries + index).initialize(
            to: ConditionResult(status: passed ? .passed : .skipped))
        return passed
    }

    /// Evaluates a condition.
    @inline(__always)
    func check(_ condition: UnsafePointer<Instruction>) -> ConditionResult {
        let operation = condition.pointee.operation
        if operation.rawValue >= Operation.isInIgnoringCase.rawValue { return special(condition) }
        guard let value = condition.pointee.path.resolve(in: data), !value.isNull else {
            return .faulty(.missing)
        }
        if condition.pointee.comparesPaths { return compared(condition, value) }
        guard Comparison.isPrimitive(value) else { return .faulty(.invalidData, value.kind) }
        return .checked(holds(operation, value, condition))
    }

    /// The plain operators over a number, string or bool.
    @inline(__always)
    func holds(
        _ operation: Operation, _ value: Value, _ condition: UnsafePointer<Instruction>
    ) -> Bool {
        switch operation {
        case .between:
            return isAtLeast(value, condition.pointee.first, condition.pointee.firstNumber)
                && isAtMost(value, condition.pointee.second, condition.pointee.secondNumber)
        case .isIn: return isListed(value, condition)
        case .isNotIn: return !isListed(value, condition)
        default:
            return compares(
                operation, value, condition.pointee.first, condition.pointee.firstNumber)
        }
    }

    @inline(__always)
    private func compares(
        _ operation: Operation, _ value: Value, _ other: Value, _ number: Double
    ) -> Bool {
        switch operation {
        case .equals: Comparison.strictlyEqual(value, other, semantics)
        case .notEquals: !Comparison.strictlyEqual(value, other, semantics)
        case .greater: Comparison.order(value, other, number, semantics) == .after
        case .less: Comparison.order(value, other, number, semantics) == .before
        case .greaterOrEqual: isAtLeast(value, other, number)
        case .lessOrEqual: isAtMost(value, other, number)
        default: false
        }
    }

    private func isAtLeast(_ value: Value, _ other: Value, _ number: Double) -> Bool {
        switch Comparison.order(value, other, number, semantics) {
        case .after: true
        case .same: Comparison.areAlike(value, other)
        case .before, .unordered: false
        }
    }

    private func isAtMost(_ value: Value, _ other: Value, _ number: Double) -> Bool {
        switch Comparison.order(value, other, number, semantics) {
        case .before: true
        case .same: Comparison.areAlike(value, other)
        case .after, .unordered: false
        }
    }

    private func isListed(
        _ value: Value, _ condition: UnsafePointer<Instruction>
    ) -> Bool {
        if let list = condition.pointee.list { return list.contains(value) }
        guard let elements = condition.pointee.first.array else { return false }
        for element in elements where Comparison.strictlyEqual(value, element, semantics) {
            return true
        }
        return false
    }

    /// Compares with the value at another path.
    @inline(never)
    private func compared(
        _ condition: UnsafePointer<Instruction>, _ value: Value
    ) -> ConditionResult {
        guard let other = condition.pointee.other.resolve(in: data), !other.isNull else {
            return .faulty(.missingComparison)
        }
        guard Comparison.isPrimitive(value) else { return .faulty(.invalidData, value.kind) }
        guard Comparison.isPrimitive(other) else { return .faulty(.invalidData, other.kind) }
        return .checked(
            compares(condition.pointee.operation, value, other, ECMAScriptNumber.of(other)))
    }
}
