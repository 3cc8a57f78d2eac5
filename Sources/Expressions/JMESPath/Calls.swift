internal import Documents

/// Calling functions: arguments, their types, and the functions over one value.
extension JMESPath.Machine {
    typealias Function = JMESPath.Function

    mutating func call(
        _ at: UnsafePointer<Instruction>, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let function = Function(rawValue: at.pointee.variant) ?? .unknown
        if at.pointee.hasWrongArity { throw try unusable(at, function, current, arena) }
        switch function {
        case .contains, .endsWith, .startsWith, .join:
            let first = try argument(0, at, function, current, arena)
            let second = try argument(1, at, function, current, arena)
            return try call(function, first, second, arena)
        case .map:
            return try map(at, try argument(1, at, function, current, arena), arena)
        case .maxBy, .minBy, .sortBy:
            return try by(
                function, at, try argument(0, at, function, current, arena), current, arena)
        case .merge: return try merge(at, current, arena)
        case .notNull: return try notNull(at, current, arena)
        case .inList, .lookup: return try look(at, function, current, arena)
        default:
            return try call(function, try argument(0, at, function, current, arena), arena)
        }
    }

    /// The error of a call that can never work; its arguments are evaluated first, as there.
    private mutating func unusable(
        _ at: UnsafePointer<Instruction>, _ function: Function, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> ExpressionError {
        let count = Int(at.pointee.count)
        for i in 0..<count where reference(i, at) == nil {
            _ = try argument(i, at, function, current, arena)
        }
        let name = literals[Int(at.pointee.c)].text ?? Text("")
        return function.problem(name, arguments: count)
            ?? ExpressionError(.invalidArity, "ArgumentError: \(name)()")
    }

    // MARK: Arguments

    /// The expression an argument refers to, when it is a reference.
    private func reference(_ index: Int, _ at: UnsafePointer<Instruction>) -> Int32? {
        let argument = instructions + Int(extras[Int(at.pointee.a) + index])
        return argument.pointee.operation == .reference ? argument.pointee.a : nil
    }

    private mutating func argument(
        _ index: Int, _ at: UnsafePointer<Instruction>, _ function: Function, _ current: Value,
        _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if reference(index, at) != nil { throw mismatch(function, index, "expression") }
        return try value(of: extras[Int(at.pointee.a) + index], current, arena)
    }

    /// The reference an argument must be.
    private mutating func expression(
        _ index: Int, _ at: UnsafePointer<Instruction>, _ function: Function, _ current: Value,
        _ arena: Arena
    ) throws(ExpressionError) -> Int32 {
        if let reference = reference(index, at) { return reference }
        throw mismatch(function, index, try argument(index, at, function, current, arena))
    }

    func mismatch(_ function: Function, _ index: Int, _ value: Value) -> ExpressionError {
        mismatch(function, index, JMESPath.typeName(value))
    }

    private func mismatch(
        _ function: Function, _ index: Int, _ received: StaticString
    ) -> ExpressionError {
        ExpressionError(
            .invalidType,
            "TypeError: \(function.name)() expected argument \(index + 1) to be type "
                + "\(function.expected(index)) but received type \(received) instead.")
    }

    // MARK: Lists

    /// The first argument is a list, put there by the parser.
    private mutating func look(
        _ at: UnsafePointer<Instruction>, _ function: Function, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let first = instructions + Int(extras[Int(at.pointee.a)])
        let list = NamedList(operand: literals[Int(first.pointee.a)])
        let key = try argument(1, at, function, current, arena)
        if function == .inList { return .bool(list.contains(key)) }
        guard at.pointee.count > 2 else { return list.row(key) ?? .null }
        let column = instructions + Int(extras[Int(at.pointee.a) + 2])
        guard let name = literals[Int(column.pointee.a)].text else { return .null }
        return list.value(key, column: Key(name)) ?? .null
    }

    // MARK: Functions of expressions

    private mutating func map(
        _ at: UnsafePointer<Instruction>, _ argument: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let expression = reference(0, at) else { throw mismatch(.map, 0, argument) }
        guard let array = argument.array else { throw mismatch(.map, 1, argument) }
        try spend(array.count)
        var result = JMESPath.ValueList(capacity: array.count)
        for item in array { result.append(try value(of: expression, item, arena), arena) }
        return result.value
    }

    /// `sort_by`, `max_by`, `min_by`: the keys of all elements, all numbers or all strings.
    private mutating func by(
        _ function: Function, _ at: UnsafePointer<Instruction>, _ argument: Value,
        _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = argument.array else { throw mismatch(function, 0, argument) }
        let expression = try expression(1, at, function, current, arena)
        if array.isEmpty { return function == .sortBy ? .emptyArray : .null }
        try spend(2 * array.count)
        if function != .sortBy {
            return try best(function, array, expression, arena)
        }
        let stride = MemoryLayout<Keyed>.stride
        let items = arena.allocate(array.count * stride).assumingMemoryBound(to: Keyed.self)
        for i in 0..<array.count {
            let key = try operand(expression, array[i], arena)
            guard key.isNumber || key.kind == .string, i == 0 || isAlike(key, items[0].key) else {
                throw mixedKeys(function, key)
            }
            (items + i).initialize(to: Keyed(key: key, value: array[i]))
        }
        return Self.sort(items, count: array.count, arena)
    }

    /// The first element with the greatest or least key.
    private mutating func best(
        _ function: Function, _ array: UnsafeBufferPointer<Value>, _ expression: Int32,
        _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let isGreatest = function == .maxBy
        var best = Keyed(key: .null, value: .null)
        for i in 0..<array.count {
            let next = Keyed(key: try operand(expression, array[i], arena), value: array[i])
            guard next.key.isNumber || next.key.kind == .string,
                i == 0 || isAlike(next.key, best.key)
            else { throw mixedKeys(function, next.key) }
            if i == 0 || (isGreatest ? best < next : next < best) { best = next }
        }
        return best.value
    }

    @inline(never)
    private func mixedKeys(_ function: Function, _ key: Value) -> ExpressionError {
        ExpressionError(
            .invalidType,
            "TypeError: \(function.name)() expected keys of one type, number or string, "
                + "but received \(JMESPath.typeName(key))")
    }

    private func isAlike(_ a: Value, _ b: Value) -> Bool {
        (a.kind == .string) == (b.kind == .string)
    }

    // MARK: Functions of any number of values

    private mutating func merge(
        _ at: UnsafePointer<Instruction>, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        var result = Value.emptyObject
        var failure: ExpressionError?
        for i in 0..<Int(at.pointee.count) {
            let value = try argument(i, at, .merge, current, arena)
            guard value.kind == .object else {
                failure = failure ?? mismatch(.merge, i, value)
                continue
            }
            try spend(result.count + value.count)
            result = result.assigning(value, in: arena)
        }
        if let failure { throw failure }
        return result
    }

    private mutating func notNull(
        _ at: UnsafePointer<Instruction>, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        var result = Value.null
        for i in 0..<Int(at.pointee.count) {
            let value = try argument(i, at, .notNull, current, arena)
            if result.isNull { result = value }
        }
        return result
    }
}
