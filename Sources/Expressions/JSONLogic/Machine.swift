internal import Documents

/// Evaluates a program: a switch over instructions, with what is left of its budget.
struct Machine {
    /// Where results go. Not counted: the caller holds it for as long as the machine runs.
    let reference: Unmanaged<Arena>
    /// Elements that iterations may still visit.
    var steps = Machine.stepLimit
    /// Bytes that results may still take.
    var bytes = Machine.byteLimit

    static let stepLimit = 10_000_000
    static let byteLimit = 64 << 20

    init(_ arena: Arena) { reference = .passUnretained(arena) }

    var arena: Arena { reference.takeUnretainedValue() }

    /// The value of an instruction; may be ``ECMAScript/undefined``.
    mutating func value(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        switch at.pointee.operation {
        case .literal: return at.pointee.literal
        case .path:
            if at.pointee.count == 0 {
                return frame.find(at.pointee.path.unsafelyUnwrapped, Int(at.pointee.pathCount))
                    ?? at.pointee.literal
            }
            let absent = try value(at.pointee.arguments, frame)
            return frame.find(at.pointee.path.unsafelyUnwrapped, Int(at.pointee.pathCount))
                ?? ECMAScript.defined(absent)
        case .equal, .notEqual, .same, .notSame, .less, .lessOrEqual, .greater, .greaterOrEqual,
            .between, .betweenOrEqual, .not, .truth, .contained, .containedInStrings, .all, .none,
            .some, .listed:
            return .bool(try holds(at, frame))
        case .and, .or: return try decide(at, frame)
        case .choice: return try choose(at, frame)
        case .add: return .number(try sum(at, frame))
        case .multiply, .subtract, .divide, .remainder, .minimum, .maximum:
            return try calculate(at, frame)
        default: return try build(at, frame)
        }
    }

    /// The value of the two commonest instructions, nil for others.
    @inline(__always)
    func atHand(_ at: UnsafePointer<Instruction>, _ frame: borrowing Frame) -> Value? {
        switch at.pointee.operation {
        case .literal: at.pointee.literal
        case .path where at.pointee.count == 0:
            frame.find(at.pointee.path.unsafelyUnwrapped, Int(at.pointee.pathCount))
                ?? at.pointee.literal
        default: nil
        }
    }

    /// An argument.
    @inline(__always)
    mutating func argument(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        if let value = atHand(at, frame) { return value }
        return try value(at, frame)
    }

    /// The truth of an instruction, without making a value of it where it is a condition.
    mutating func holds(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Bool {
        let arguments = at.pointee.arguments
        switch at.pointee.operation {
        case .equal, .notEqual, .same, .notSame, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return try compare(at, frame)
        case .between, .betweenOrEqual: return try isBetween(at, frame)
        case .not:
            let result = try holds(arguments, frame)
            return !result
        case .truth: return try holds(arguments, frame)
        case .and, .or:
            let decisive = at.pointee.operation == .or
            var index = 0
            while index < Int(at.pointee.count) {
                if try holds(arguments + index, frame) == decisive { return decisive }
                index &+= 1
            }
            return !decisive && index > 0
        case .contained:
            let needle = try argument(arguments, frame)
            return contains(try argument(arguments + 1, frame), needle)
        case .containedInStrings:
            return Machine.isAmong(at.pointee.literal, try argument(arguments, frame))
        case .all, .none, .some: return try quantify(at, frame)
        case .listed:
            let key = try argument(arguments, frame)
            return NamedList(operand: at.pointee.literal).contains(key)
        default: return ECMAScript.isTrue(try argument(at, frame))
        }
    }

    @inline(__always)
    private mutating func compare(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Bool {
        let left = at.pointee.arguments
        let right = left + 1
        let a = if let a = atHand(left, frame) { a } else { try value(left, frame) }
        let b =
            if right.pointee.operation == .literal {
                right.pointee.literal
            } else {
                try argument(right, frame)
            }
        switch at.pointee.operation {
        case .equal: return ECMAScript.areEqual(a, b, in: reference)
        case .notEqual: return !ECMAScript.areEqual(a, b, in: reference)
        case .same: return ECMAScript.areSame(a, b)
        case .notSame: return !ECMAScript.areSame(a, b)
        case .less: return ECMAScript.isLess(a, b, in: reference)
        case .lessOrEqual: return ECMAScript.isLessOrEqual(a, b, in: reference)
        case .greater: return ECMAScript.isLess(b, a, in: reference)
        default: return ECMAScript.isLessOrEqual(b, a, in: reference)
        }
    }

    private mutating func isBetween(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Bool {
        let a = try argument(at.pointee.arguments, frame)
        let b = try argument(at.pointee.arguments + 1, frame)
        let c = try argument(at.pointee.arguments + 2, frame)
        if at.pointee.operation == .between {
            return ECMAScript.isLess(a, b, in: reference)
                && (ECMAScript.isUndefined(c) || ECMAScript.isLess(b, c, in: reference))
        }
        return ECMAScript.isLessOrEqual(a, b, in: reference)
            && (ECMAScript.isUndefined(c) || ECMAScript.isLessOrEqual(b, c, in: reference))
    }

    /// `and`, `or`: the argument that decided, or the last.
    private mutating func decide(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let decisive = at.pointee.operation == .or
        var last = ECMAScript.undefined
        var index = 0
        while index < Int(at.pointee.count) {
            let next = at.pointee.arguments + index
            last = if let found = atHand(next, frame) { found } else { try value(next, frame) }
            if ECMAScript.isTrue(last) == decisive { return last }
            index &+= 1
        }
        return last
    }

    private mutating func choose(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let count = Int(at.pointee.count)
        var index = 0
        while index < count &- 1 {
            if try holds(at.pointee.arguments + index, frame) {
                return try value(at.pointee.arguments + index + 1, frame)
            }
            index &+= 2
        }
        return index < count ? try value(at.pointee.arguments + index, frame) : .null
    }

    private mutating func calculate(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        switch at.pointee.operation {
        case .minimum, .maximum: return .number(try extreme(at, frame))
        case .multiply: return try multiply(at, frame)
        default: break
        }
        let left = try argument(at.pointee.arguments, frame)
        let right = try argument(at.pointee.arguments + 1, frame)
        let a = ECMAScript.number(left, in: reference)
        switch at.pointee.operation {
        case .subtract where ECMAScript.isUndefined(right): return .number(-a)
        case .subtract: return .number(a - ECMAScript.number(right, in: reference))
        case .divide: return .number(a / ECMAScript.number(right, in: reference))
        default:
            return .number(
                a.truncatingRemainder(dividingBy: ECMAScript.number(right, in: reference)))
        }
    }

    @inline(__always)
    private mutating func sum(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Double {
        var result = 0.0
        var index = 0
        while index < Int(at.pointee.count) {
            let next = at.pointee.arguments + index
            let term = if let term = atHand(next, frame) { term } else { try value(next, frame) }
            result += ECMAScript.parsedFloat(term, in: reference)
            index &+= 1
        }
        return result
    }

    private mutating func extreme(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Double {
        let isMinimum = at.pointee.operation == .minimum
        var result: Double = isMinimum ? .infinity : -.infinity
        var index = 0
        while index < Int(at.pointee.count) {
            let argument = try argument(at.pointee.arguments + index, frame)
            let number = ECMAScript.number(argument, in: reference)
            if number.isNaN || result.isNaN {
                result = .nan
            } else if isMinimum ? number < result : number > result {
                result = number
            }
            index &+= 1
        }
        return result
    }

    /// `*` reduces without a start: one argument comes back as it is, none is an error.
    private mutating func multiply(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        guard at.pointee.count > 0 else { throw Fault(reason: .emptyProduct, place: at) }
        let first = try argument(at.pointee.arguments, frame)
        if at.pointee.count == 1 { return first }
        var result = ECMAScript.parsedFloat(first, in: reference)
        var index = 1
        while index < Int(at.pointee.count) {
            let factor = try argument(at.pointee.arguments + index, frame)
            result = (result + 0) * ECMAScript.parsedFloat(factor, in: reference)
            index &+= 1
        }
        return .number(result)
    }
}
