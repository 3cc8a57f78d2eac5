internal import Documents

/// `AML_CHECK`: the inner operator over a count of each hit that AML screening of the children of
/// one workflow found, at `childWorkflows.<name>.<id>.result.vendorResult.aml.hits`.
extension RuleEvaluation {
    func amlCheck(_ condition: UnsafePointer<Instruction>) -> ConditionResult {
        guard data.kind == .object else { return .faulty(.notAnObject, data.kind) }
        guard let workflows = data["childWorkflows"], !workflows.isNull else {
            return .faulty(.noChildWorkflows)
        }
        guard let children = workflows[condition.pointee.other.key] else {
            return .faulty(.missing)
        }
        var search = HitSearch(evaluation: self, condition: condition)
        if let members = children.members {
            for member in members where !Self.isDeep(member.key) { search.child(member.value) }
        }
        if let elements = children.array {
            for element in elements { search.child(element) }
        }
        return search.met ? .checked(search.holds) : .faulty(.missing)
    }

    /// An id is part of a key path in Ballerine, so that one with a dot or bracket finds nothing.
    private static func isDeep(_ id: Text) -> Bool {
        id.bytes.contains { $0 == 0x2E || $0 == 0x5B || $0 == 0x5D }
    }

    /// Whether ECMAScript takes a value for true.
    static func isTruthy(_ value: Value) -> Bool {
        switch value.kind {
        case .null: false
        case .bool: value.bool == true
        case .integer, .double, .decimal: value.number.map { $0 != 0 && !$0.isNaN } ?? false
        case .string: value.count > 0
        case .array, .object: true
        }
    }

    private struct HitSearch {
        let evaluation: RuleEvaluation
        let condition: UnsafePointer<Instruction>
        /// Whether there is any hit at all.
        var met = false
        /// Whether the inner operator holds for one.
        var holds = false

        mutating func child(_ child: Value) {
            guard let hits = child["result"]?["vendorResult"]?["aml"]?["hits"] else { return }
            guard let list = hits.array else { return hit(hits) }
            for element in list { hit(element) }
        }

        /// A count of zero is passed over, and a value to compare with that is 0, "" or false
        /// never holds, as in Ballerine.
        private mutating func hit(_ hit: Value) {
            guard RuleEvaluation.isTruthy(hit) else { return }
            met = true
            guard !holds, let count = condition.pointee.path.resolve(in: hit),
                RuleEvaluation.isTruthy(count), Comparison.isPrimitive(count),
                RuleEvaluation.isTruthy(condition.pointee.first)
                    || !condition.pointee.inner.comparesPrimitive
            else { return }
            holds = evaluation.holds(condition.pointee.inner, count, condition)
        }
    }
}
