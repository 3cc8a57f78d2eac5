internal import Documents

/// The operators that take more than one number, string or bool.
extension RuleEvaluation {
    @inline(never)
    func special(_ condition: UnsafePointer<Instruction>) -> ConditionResult {
        switch condition.pointee.operation {
        case .malformed: return .faulty(.malformed)
        case .amlCheck: return amlCheck(condition)
        default: break
        }
        guard let value = condition.pointee.path.resolve(in: data), !value.isNull else {
            return .faulty(.missing)
        }
        switch condition.pointee.operation {
        case .exists: return .checked(exists(value, condition.pointee.kinds))
        case .lastYears:
            return isRecent(
                value, condition.pointee.firstNumber, Int(condition.pointee.secondNumber))
        default: return isListedIgnoringCase(value, condition.pointee.first)
        }
    }

    /// Of an accepted type, and no empty string, array or object.
    private func exists(_ value: Value, _ kinds: UInt8) -> Bool {
        guard kinds & (1 << value.kind.rawValue) != 0 else { return false }
        return value.kind.rawValue < Value.Kind.string.rawValue || value.count > 0
    }

    private func isListedIgnoringCase(_ value: Value, _ list: Value) -> ConditionResult {
        guard let elements = value.array else {
            guard Comparison.isPrimitive(value) else { return .faulty(.invalidData, value.kind) }
            return .checked(matches(value, list))
        }
        for element in elements where !Comparison.isPrimitive(element) {
            return .faulty(.invalidData, .array)
        }
        return .checked(elements.contains { matches($0, list) })
    }

    private func matches(_ value: Value, _ list: Value) -> Bool {
        guard let elements = list.array else { return false }
        for element in elements {
            if let x = value.text, let y = element.text {
                if x.equalsIgnoringCase(y) { return true }
            } else if Comparison.strictlyEqual(value, element, semantics) {
                return true
            }
        }
        return false
    }

    /// Whether a date is at or after this time of day, so many years ago. 29 February becomes
    /// 1 March in other years. What is no date is not.
    ///
    /// - Parameter offset: minutes east of UTC, of dates that do not say and of the calendar.
    private func isRecent(_ value: Value, _ years: Double, _ offset: Int) -> ConditionResult {
        guard let text = value.text else {
            let isPrimitive = Comparison.isPrimitive(value)
            return .faulty(isPrimitive ? .unsupportedDate : .invalidData, value.kind)
        }
        guard let date = ECMAScriptDate.parse(text, offsetMinutes: offset) else {
            return .checked(false)
        }
        var boundary = now.advanced(byMilliseconds: offset * 60_000).civil
        let year = Double(boundary.year) - years
        guard abs(year) < 271_000 else { return .checked(false) }
        boundary.year = Int(year)
        let start = boundary.instant.advanced(byMilliseconds: -offset * 60_000)
        return .checked(date >= start)
    }
}
