internal import Documents

/// The operators that evaluate a rule for each element of an array.
extension Machine {
    /// Arrays in arrays that a `reduce` may build, so that what reads its result can recurse.
    static let nestingLimit = 128

    private mutating func step(_ at: UnsafePointer<Instruction>) throws(Fault) {
        steps &-= 1
        if steps < 0 { throw Fault(reason: .steps, place: at) }
    }

    mutating func map(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        guard let items = try value(at.pointee.arguments, frame).array else { return .emptyArray }
        let results = try space(items.count, at)
        for index in 0..<items.count {
            try step(at)
            let frame = Frame(element: items[index])
            let result =
                if let found = atHand(at.pointee.arguments + 1, frame) {
                    found
                } else {
                    try value(at.pointee.arguments + 1, frame)
                }
            (results + index).initialize(to: ECMAScript.defined(result))
        }
        return arena.adopt(results, count: items.count)
    }

    mutating func filter(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        guard let items = try value(at.pointee.arguments, frame).array else { return .emptyArray }
        let results = try space(items.count, at)
        var count = 0
        for item in items {
            try step(at)
            if try holds(at.pointee.arguments + 1, Frame(element: item)) {
                (results + count).initialize(to: item)
                count += 1
            }
        }
        return arena.adopt(results, count: count)
    }

    mutating func reduce(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let items = try value(at.pointee.arguments, frame)
        var accumulator =
            at.pointee.count > 2 ? try value(at.pointee.arguments + 2, frame) : .null
        guard let items = items.array else { return accumulator }
        if let term = summed(at.pointee.arguments + 1), accumulator.isNumber {
            return .number(try total(items, accumulator, term, at))
        }
        for item in items {
            try step(at)
            accumulator = try value(
                at.pointee.arguments + 1, Frame(current: item, accumulator: accumulator))
            if accumulator.kind == .array { try checkNesting(accumulator, 0, at) }
        }
        return accumulator
    }

    /// The path that a `reduce` adds up: of `{"+": [accumulator, current.path]}`, in either order.
    private func summed(_ body: UnsafePointer<Instruction>) -> UnsafePointer<Instruction>? {
        guard body.pointee.operation == .add, body.pointee.count == 2 else { return nil }
        let first = body.pointee.arguments
        let isFirst = Machine.reads(first, .accumulator)
        let (sum, term) = isFirst ? (first, first + 1) : (first + 1, first)
        let isSum =
            Machine.reads(sum, .accumulator) && sum.pointee.pathCount == 1
            && Machine.reads(term, .current)
        return isSum ? term : nil
    }

    private static func reads(_ at: UnsafePointer<Instruction>, _ role: PathStep.Role) -> Bool {
        at.pointee.operation == .path && at.pointee.count == 0
            && at.pointee.path.unsafelyUnwrapped.pointee.role == role
    }

    /// The sum of what a path of `current` finds in all items, as repeated `+` gives it.
    private mutating func total(
        _ items: UnsafeBufferPointer<Value>, _ start: Value, _ term: UnsafePointer<Instruction>,
        _ at: UnsafePointer<Instruction>
    ) throws(Fault) -> Double {
        let path = term.pointee.path.unsafelyUnwrapped
        let count = Int(term.pointee.pathCount)
        var sum = ECMAScript.parsedFloat(start, in: reference)
        var place = 0
        for item in items {
            try step(at)
            var found: Value? = item
            if count > 1 {
                found =
                    item.kind == .object
                    ? item.member(path[1].key, near: &place) : Frame.member(item, path[1])
                var index = 2
                while index < count, let value = found {
                    found = Frame.member(value, path[index])
                    index &+= 1
                }
            }
            sum =
                0 + sum + ECMAScript.parsedFloat(found ?? term.pointee.literal, in: reference)
        }
        return sum
    }

    private mutating func checkNesting(
        _ value: Value, _ depth: Int, _ at: UnsafePointer<Instruction>
    ) throws(Fault) {
        if depth > Machine.nestingLimit { throw Fault(reason: .depth, place: at) }
        for element in value.array.unsafelyUnwrapped where element.kind == .array {
            try step(at)
            try checkNesting(element, depth + 1, at)
        }
    }

    /// `all`, `none`, `some`. What is no array, or empty, satisfies only `none`.
    mutating func quantify(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Bool {
        let operation = at.pointee.operation
        let items = try argument(at.pointee.arguments, frame)
        guard let items = items.array, items.count > 0 else { return operation == .none }
        for item in items {
            try step(at)
            let holds = try holds(at.pointee.arguments + 1, Frame(element: item))
            if holds != (operation == .all) { return operation == .some }
        }
        return operation != .some
    }
}
