internal import Documents

/// Equality and order.
extension JMESPath.Machine {
    mutating func compare(
        _ at: UnsafePointer<JMESPath.Instruction>, _ left: Value, _ right: Value
    ) throws(ExpressionError) -> Value {
        let comparison = JMESPath.Comparison(rawValue: at.pointee.variant) ?? .equal
        switch comparison {
        case .equal: return .bool(try equal(left, right))
        case .notEqual: return .bool(!(try equal(left, right)))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        if left.kind == .integer && right.kind == .integer {
            return .bool(holds(comparison, left.integer ?? 0, right.integer ?? 0))
        }
        if let a = left.number, let b = right.number { return .bool(holds(comparison, a, b)) }
        guard dialect == .ballerine else { return .null }
        switch (ECMAScript.primitive(left), ECMAScript.primitive(right)) {
        case (.text(let a), .text(let b)):
            return .bool(holds(comparison, a.utf8.order(to: b.utf8), 0))
        case (let a, let b): return .bool(holds(comparison, a.number, b.number))
        }
    }

    @inline(__always)
    private func holds<T: Comparable>(_ comparison: JMESPath.Comparison, _ a: T, _ b: T) -> Bool {
        switch comparison {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .equal, .notEqual: a == b
        }
    }

    /// Deep equality; counts as work, since parts that an expression repeats share their memory.
    mutating func equal(_ a: Value, _ b: Value) throws(ExpressionError) -> Bool {
        if a.isNumber && b.isNumber { return a == b }
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .array:
            guard let x = a.array, let y = b.array, x.count == y.count else { return false }
            if x.baseAddress == y.baseAddress { return true }
            try spend(x.count)
            for i in 0..<x.count {
                if !(try equal(x[i], y[i])) { return false }
            }
            return true
        case .object:
            guard let x = a.members, let y = b.members, x.count == y.count else { return false }
            if x.baseAddress == y.baseAddress { return true }
            try spend(x.count)
            for member in x {
                guard let other = b[member.lookup] else { return false }
                if !(try equal(member.value, other)) { return false }
            }
            return true
        default: return a == b
        }
    }

    /// Counts the values and text of a value as work, shared parts every time.
    mutating func measure(_ value: Value) throws(ExpressionError) {
        switch value.kind {
        case .string: try spend(1 + value.count / 16)
        case .array:
            try spend(1)
            for item in value.array.unsafelyUnwrapped { try measure(item) }
        case .object:
            try spend(1)
            for member in value.members.unsafelyUnwrapped {
                try spend(1 + member.key.count / 16)
                try measure(member.value)
            }
        default: try spend(1)
        }
    }
}

extension String.UTF8View {
    fileprivate func order(to other: String.UTF8View) -> Int {
        lexicographicallyPrecedes(other) ? -1 : other.lexicographicallyPrecedes(self) ? 1 : 0
    }
}

extension JMESPath.Machine {
    /// A value with the key it sorts by.
    struct Keyed: BitwiseCopyable {
        var key: Value
        var value: Value

        /// Numbers by size, strings by bytes (which is code point order); keys are of one type.
        @inline(__always)
        static func < (a: Keyed, b: Keyed) -> Bool { JMESPath.Machine.isLess(a.key, b.key) }
    }

    @inline(__always)
    static func isLess(_ a: Value, _ b: Value) -> Bool {
        if let x = a.text, let y = b.text { return x < y }
        if a.kind == .integer && b.kind == .integer { return a.integer ?? 0 < b.integer ?? 0 }
        return a.number ?? 0 < b.number ?? 0
    }
}
