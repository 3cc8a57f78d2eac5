internal import Documents

extension JMESPath {
    /// One evaluation: walks the instructions without reference counts and without Swift
    /// collections; what it makes lies in the arena.
    struct Machine {
        let instructions: UnsafePointer<Instruction>
        let keys: UnsafePointer<Key>
        let literals: UnsafePointer<Value>
        let extras: UnsafePointer<Int32>
        let dialect: Dialect
        let scope: Scope
        /// What is left of ``Limits/work``.
        var work = Limits.work
        private var whole: Value?

        init(_ program: Program, _ scope: Scope) {
            instructions = program.instructions
            keys = program.keys
            literals = program.literals
            extras = program.extras
            dialect = program.dialect
            self.scope = scope
        }

        @inline(__always)
        mutating func spend(_ amount: Int) throws(ExpressionError) {
            work &-= amount
            if work < 0 { throw Machine.exhausted() }
        }

        @inline(never)
        private static func exhausted() -> ExpressionError {
            ExpressionError(
                .limit, "the expression makes or visits more values than the limit allows")
        }
    }
}

extension JMESPath.Machine {
    typealias Instruction = JMESPath.Instruction

    /// The value of an instruction for a current value.
    mutating func value(
        of index: Int32, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        var index = index
        var current = current
        while true {
            let at = instructions + Int(index)
            switch at.pointee.operation {
            case .current: return current
            case .whole: return wholeScope(arena)
            case .literal: return literals[Int(at.pointee.a)]
            case .path:
                let base = at.pointee.a < 0 ? current : try value(of: at.pointee.a, current, arena)
                return look(up: at, base)
            case .rootPath:
                return JMESPath.look(
                    up: keys + Int(at.pointee.b), Int(at.pointee.count), scope)
            case .index: return element(at, try value(of: at.pointee.a, current, arena))
            case .slice: return try slice(at, try value(of: at.pointee.a, current, arena), arena)
            case .project:
                return try project(at, try value(of: at.pointee.a, current, arena), arena)
            case .projectValues:
                return try projectValues(at, try value(of: at.pointee.a, current, arena), arena)
            case .filter:
                return try filter(at, try value(of: at.pointee.a, current, arena), arena)
            case .flatten:
                return try flatten(at, try value(of: at.pointee.a, current, arena), arena)
            case .list: return try list(at, current, arena)
            case .hash: return try hash(at, current, arena)
            case .either:
                let left = try value(of: at.pointee.a, current, arena)
                if JMESPath.isTruthy(left) { return left }
                index = at.pointee.b
            case .both:
                let left = try value(of: at.pointee.a, current, arena)
                if !JMESPath.isTruthy(left) { return left }
                index = at.pointee.b
            case .pipe:
                current = try value(of: at.pointee.a, current, arena)
                index = at.pointee.b
            case .not:
                return .bool(!JMESPath.isTruthy(try value(of: at.pointee.a, current, arena)))
            case .compare:
                let left = try operand(at.pointee.a, current, arena)
                let right = try operand(at.pointee.b, current, arena)
                return try compare(at, left, right)
            case .call: return try call(at, current, arena)
            case .reference:
                throw ExpressionError(
                    .invalidType, "an expression reference stands where a value is expected")
            case .fault:
                throw ExpressionError(
                    .syntax, "Cannot read properties of undefined (reading 'type')")
            }
        }
    }

    /// The value of a child; fields and literals without a call.
    @inline(__always)
    mutating func operand(
        _ index: Int32, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let at = instructions + Int(index)
        switch at.pointee.operation {
        case .literal: return literals[Int(at.pointee.a)]
        case .path where at.pointee.a < 0: return look(up: at, current)
        default: return try value(of: index, current, arena)
        }
    }

    private mutating func wholeScope(_ arena: Arena) -> Value {
        if let whole { return whole }
        let value = scope.whole(in: arena)
        whole = value
        return value
    }

    @inline(__always)
    private func look(up at: UnsafePointer<Instruction>, _ base: Value) -> Value {
        var value = base
        var key = keys + Int(at.pointee.b)
        let end = key + Int(at.pointee.count)
        while key < end {
            guard let next = value.member(key.pointee) else { return .null }
            value = next
            key += 1
        }
        return value
    }

    private func element(_ at: UnsafePointer<Instruction>, _ base: Value) -> Value {
        guard let array = base.array else { return .null }
        let index = at.pointee.b < 0 ? array.count + Int(at.pointee.b) : Int(at.pointee.b)
        return index >= 0 && index < array.count ? array[index] : .null
    }

    private mutating func slice(
        _ at: UnsafePointer<Instruction>, _ base: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = base.array else { return .null }
        let parts = extras + Int(at.pointee.b)
        let given = at.pointee.count
        let step = given & 4 != 0 ? Int(parts[2]) : 1
        if step == 0 { throw JMESPath.sliceStep(at: nil) }
        let isForward = step > 0
        func bound(_ part: Int, _ otherwise: Int) -> Int {
            guard given & (1 << UInt32(part)) != 0 else { return otherwise }
            let value = Int(parts[part])
            let place = value < 0 ? value + array.count : value
            return isForward
                ? min(max(place, 0), array.count) : min(max(place, -1), array.count - 1)
        }
        var from = bound(0, isForward ? 0 : array.count - 1)
        let to = bound(1, isForward ? array.count : -1)
        let size = isForward ? max(0, to - from) / step : max(0, from - to) / -step
        try spend(size + 1)
        var result = JMESPath.ValueList(capacity: size + 1)
        while isForward ? from < to : from > to {
            result.append(array[from], arena)
            from += step
        }
        return result.value
    }

    private mutating func project(
        _ at: UnsafePointer<Instruction>, _ base: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = base.array else { return .null }
        try spend(array.count)
        var result = JMESPath.ValueList(capacity: array.count)
        if at.pointee.b >= 0 {
            let right = instructions + Int(at.pointee.b)
            if right.pointee.operation == .path, right.pointee.a < 0 {
                projectPath(right, array, to: &result, arena)
                return result.value
            }
        }
        for item in array { try add(item, at, to: &result, arena) }
        return result.value
    }

    /// The fields at a path of all elements.
    private func projectPath(
        _ path: UnsafePointer<Instruction>, _ array: UnsafeBufferPointer<Value>,
        to result: inout JMESPath.ValueList, _ arena: Arena
    ) {
        let first = keys + Int(path.pointee.b)
        let end = first + Int(path.pointee.count)
        var place = 0
        for item in array {
            guard var value = item.member(first.pointee, near: &place) else { continue }
            var key = first + 1
            while key < end {
                value = value.member(key.pointee) ?? .null
                key += 1
            }
            if !value.isNull { result.append(value, arena) }
        }
    }

    private mutating func projectValues(
        _ at: UnsafePointer<Instruction>, _ base: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let members = base.members else { return .null }
        try spend(members.count)
        var result = JMESPath.ValueList(capacity: members.count)
        for member in members { try add(member.value, at, to: &result, arena) }
        return result.value
    }

    /// Adds what the right side of a projection makes of an item, unless that is null.
    @inline(__always)
    private mutating func add(
        _ item: Value, _ at: UnsafePointer<Instruction>, to result: inout JMESPath.ValueList,
        _ arena: Arena
    ) throws(ExpressionError) {
        let made = at.pointee.b < 0 ? item : try operand(at.pointee.b, item, arena)
        if !made.isNull { result.append(made, arena) }
    }

    private mutating func filter(
        _ at: UnsafePointer<Instruction>, _ base: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = base.array else { return .null }
        try spend(array.count)
        var result = JMESPath.ValueList(capacity: min(array.count, 8))
        for item in array {
            if JMESPath.isTruthy(try value(of: at.pointee.c, item, arena)) {
                try add(item, at, to: &result, arena)
            }
        }
        return result.value
    }

    private mutating func flatten(
        _ at: UnsafePointer<Instruction>, _ base: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = base.array else { return .null }
        try spend(array.count)
        var result = JMESPath.ValueList(capacity: array.count)
        for item in array {
            guard let inner = item.array else {
                try add(item, at, to: &result, arena)
                continue
            }
            try spend(inner.count)
            for item in inner { try add(item, at, to: &result, arena) }
        }
        return result.value
    }

    /// Whether a list or hash has nothing to select from.
    @inline(__always)
    private func isNothing(_ at: UnsafePointer<Instruction>, _ current: Value) -> Bool {
        at.pointee.isRoot ? scope.payload == nil && scope.context.isNull : current.isNull
    }

    private mutating func list(
        _ at: UnsafePointer<Instruction>, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if isNothing(at, current) { return .null }
        let count = Int(at.pointee.count)
        try spend(count)
        var result = JMESPath.ValueList(capacity: count)
        let items = extras + Int(at.pointee.a)
        for i in 0..<count { result.append(try value(of: items[i], current, arena), arena) }
        return result.value
    }

    private mutating func hash(
        _ at: UnsafePointer<Instruction>, _ current: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if isNothing(at, current) { return .null }
        let count = Int(at.pointee.count)
        try spend(count)
        let members = arena.allocate(count * MemoryLayout<Member>.stride)
            .assumingMemoryBound(to: Member.self)
        let pairs = extras + Int(at.pointee.a)
        for i in 0..<count {
            let made = try value(of: pairs[2 * i + 1], current, arena)
            (members + i).initialize(to: Member(keys[Int(pairs[2 * i])], made))
        }
        return .object(over: members, count: count, in: arena)
    }
}
