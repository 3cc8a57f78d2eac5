internal import Documents
internal import Glibc

/// The functions of one and two values.
extension JMESPath.Machine {
    mutating func call(
        _ function: Function, _ value: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        switch function {
        case .abs, .ceil, .floor:
            guard let number = value.number else { throw mismatch(function, 0, value) }
            return rounded(function, value, number)
        case .avg, .sum: return try total(function, value)
        case .keys, .values:
            guard let members = value.members else { throw mismatch(function, 0, value) }
            try spend(members.count)
            var result = JMESPath.ValueList(capacity: members.count)
            for member in members {
                result.append(function == .keys ? .string(member.key) : member.value, arena)
            }
            return result.value
        case .length:
            if let text = value.text { return .integer(text.codePointCount) }
            guard value.kind == .array || value.kind == .object else {
                throw mismatch(function, 0, value)
            }
            return .integer(value.count)
        case .max, .min, .sort: return try ordered(function, value, arena)
        case .reverse: return try reverse(value, arena)
        case .toArray:
            if value.kind == .array { return value }
            var result = JMESPath.ValueList(capacity: 1)
            result.append(value, arena)
            return result.value
        case .toNumber: return toNumber(value, arena)
        case .toString: return try toString(value, arena)
        case .type: return .string(JMESPath.typeName(value))
        default: return .null
        }
    }

    mutating func call(
        _ function: Function, _ first: Value, _ second: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if function == .join { return try join(first, second, arena) }
        if function == .contains { return .bool(try contains(first, second, arena)) }
        guard let text = first.text else { throw mismatch(function, 0, first) }
        guard let part = second.text else { throw mismatch(function, 1, second) }
        guard part.count <= text.count else { return .false }
        let from = function == .startsWith ? 0 : text.count - part.count
        return .bool(text[from..<(from + part.count)] == part)
    }

    // MARK: Numbers

    private func rounded(_ function: Function, _ value: Value, _ number: Double) -> Value {
        if let whole = value.integer, value.kind == .integer {
            return function == .abs && whole < 0 ? .integer(-whole) : value
        }
        switch function {
        case .ceil: return Self.whole(Glibc.ceil(number))
        case .floor: return Self.whole(Glibc.floor(number))
        default: return number < 0 ? .number(-number) : value
        }
    }

    /// A computed number, as an integer where it is one.
    private static func whole(_ number: Double) -> Value {
        if let integer = Int(exactly: number), Swift.abs(integer) < 1 << 53 {
            return .integer(integer)
        }
        return .number(number)
    }

    private mutating func total(
        _ function: Function, _ value: Value
    ) throws(ExpressionError) -> Value {
        guard let array = value.array else { throw mismatch(function, 0, value) }
        try spend(array.count)
        var sum = 0.0
        for item in array {
            guard let number = item.number else { throw mismatch(function, 0, value) }
            sum += number
        }
        if function == .sum { return Self.whole(sum) }
        return array.isEmpty ? .null : Self.whole(sum / Double(array.count))
    }

    private func toNumber(_ value: Value, _ arena: Arena) -> Value {
        if value.isNumber { return value }
        guard let text = value.text else { return .null }
        if dialect == .ballerine {
            let number = ECMAScript.number(String(text))
            return number.isFinite ? Self.whole(number) : .null
        }
        guard text.count > 0, text[0] == 0x2D || text[0] &- 0x30 <= 9 else { return .null }
        guard text[text.count - 1] &- 0x30 <= 9 else { return .null }
        var parser = JSONParser()
        return (try? parser.parse(text.bytes, into: arena)) ?? .null
    }

    // MARK: Strings

    private mutating func toString(
        _ value: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if value.kind == .string { return value }
        try measure(value)
        let shown = dialect == .ballerine ? ECMAScript.normalised(value, in: arena) : value
        var writer = JSONWriter()
        writer.write(shown)
        return arena.string(writer.string)
    }

    private mutating func join(
        _ first: Value, _ second: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let glue = first.text else { throw mismatch(.join, 0, first) }
        guard let array = second.array else { throw mismatch(.join, 1, second) }
        try spend(array.count)
        var size = glue.count * max(array.count - 1, 0)
        for item in array {
            guard let text = item.text else { throw mismatch(.join, 1, second) }
            size += text.count
        }
        try spend(size / 16)
        let start = arena.allocate(size)
        var at = start
        for (index, item) in array.enumerated() {
            if index > 0 { Self.append(glue, &at) }
            if let text = item.text { Self.append(text, &at) }
        }
        return .string(Text(start: UnsafeRawPointer(start), count: size))
    }

    @inline(__always)
    private static func append(_ text: Text, _ at: inout UnsafeMutableRawPointer) {
        at.copyMemory(from: text.start, byteCount: text.count)
        at += text.count
    }

    private mutating func contains(
        _ first: Value, _ second: Value, _ arena: Arena
    ) throws(ExpressionError) -> Bool {
        if let array = first.array {
            try spend(array.count)
            for item in array where try equal(item, second) { return true }
            return false
        }
        guard let text = first.text else { throw mismatch(.contains, 0, first) }
        if let part = second.text { return try occurs(part, in: text) }
        // ECMAScript looks for what the other value is spelled as.
        guard dialect == .ballerine else { return false }
        return try occurs(arena.text(ECMAScript.string(second)), in: text)
    }

    private mutating func occurs(_ part: Text, in text: Text) throws(ExpressionError) -> Bool {
        if part.isEmpty { return true }
        try spend(text.count / 16)
        var at = 0
        while at + part.count <= text.count {
            let room = text.count - part.count + 1 - at
            guard let found = memchr(text.start + at, Int32(part[0]), room) else { return false }
            at = UnsafeRawPointer(found) - text.start
            if memcmp(found, part.start, part.count) == 0 { return true }
            try spend(part.count / 16)
            at += 1
        }
        return false
    }

    /// A string by code points, an array by elements.
    private mutating func reverse(
        _ value: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        if let array = value.array {
            try spend(array.count)
            var result = JMESPath.ValueList(capacity: array.count)
            for item in array.reversed() { result.append(item, arena) }
            return result.value
        }
        guard let text = value.text else { throw mismatch(.reverse, 0, value) }
        try spend(text.count / 16)
        let start = arena.allocate(text.count)
        var from = 0
        while from < text.count {
            var end = from + 1
            while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
            (start + (text.count - end)).copyMemory(
                from: text.start + from, byteCount: end - from)
            from = end
        }
        return .string(Text(start: UnsafeRawPointer(start), count: text.count))
    }

    // MARK: Order

    /// `max`, `min` and `sort`, over all numbers or all strings.
    private mutating func ordered(
        _ function: Function, _ value: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let array = value.array else { throw mismatch(function, 0, value) }
        try spend(array.count)
        let areStrings = array.first?.kind == .string
        for item in array where areStrings ? item.kind != .string : !item.isNumber {
            throw mismatch(function, 0, value)
        }
        if function == .sort { return sorted(array, areStrings: areStrings, arena) }
        guard var best = array.first else { return .null }
        if !areStrings, let found = Self.extreme(array, isGreatest: function == .max) {
            return found
        }
        for item in array {
            if function == .max ? Self.isLess(best, item) : Self.isLess(item, best) { best = item }
        }
        return best
    }

    /// The first greatest or least of numbers of which none is NaN or beyond what a double has
    /// exactly; nil for others.
    private static func extreme(_ array: UnsafeBufferPointer<Value>, isGreatest: Bool) -> Value? {
        var best = 0
        var number = array[0].number ?? 0
        for i in 0..<array.count {
            let next = array[i].number ?? .nan
            guard next == next, array[i].kind != .integer || next.magnitude < 9e15 else {
                return nil
            }
            if isGreatest ? next > number : next < number {
                best = i
                number = next
            }
        }
        return array[best]
    }

    private func sorted(
        _ array: UnsafeBufferPointer<Value>, areStrings: Bool, _ arena: Arena
    ) -> Value {
        let stride = MemoryLayout<Keyed>.stride
        let items = arena.allocate(array.count * stride).assumingMemoryBound(to: Keyed.self)
        // jmespath.js sorts numbers by their spelling: `sort([9, 10])` is `[10, 9]`.
        let bySpelling = dialect == .ballerine && !areStrings
        for i in 0..<array.count {
            let key = bySpelling ? arena.string(ECMAScript.string(array[i])) : array[i]
            (items + i).initialize(to: Keyed(key: key, value: array[i]))
        }
        return Self.sort(items, count: array.count, arena)
    }
}
