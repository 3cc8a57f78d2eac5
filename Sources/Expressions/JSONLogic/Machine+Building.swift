internal import Documents

/// The operators that make strings, arrays and objects, or search in them.
extension Machine {
    /// The value of an instruction that may take room in the arena.
    @inline(never)
    mutating func build(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let arguments = at.pointee.arguments
        switch at.pointee.operation {
        case .whole: return frame.whole(in: arena)
        case .variable: return try read(at, frame)
        case .array: return try elements(at, frame)
        case .concatenate: return try concatenate(at, frame)
        case .substring: return try substring(at, frame)
        case .merge: return try merge(at, frame)
        case .map: return try map(at, frame)
        case .filter: return try filter(at, frame)
        case .reduce: return try reduce(at, frame)
        case .missing: return try missing(at, frame)
        case .missingPaths: return try missingPaths(at, frame)
        case .missingSome: return try missingSome(at, frame)
        case .lookedUp: return try lookUp(at, frame)
        case .sequence:
            let result = try value(arguments, frame)
            for index in 1..<Int(at.pointee.count) { _ = try value(arguments + index, frame) }
            return result
        case .unknown:
            _ = try elements(at, frame)
            throw Fault(reason: .unknownOperator, place: at)
        default: return try value(arguments, frame)
        }
    }

    /// The row of a key in a list, or one cell of it; null when it is not there.
    private mutating func lookUp(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let key = try argument(at.pointee.arguments, frame)
        let list = NamedList(operand: at.pointee.literal)
        guard let column = at.pointee.path else { return list.row(key) ?? .null }
        return list.value(key, column: column.pointee.key) ?? .null
    }

    /// Takes bytes from the budget.
    mutating func take(_ count: Int, _ at: UnsafePointer<Instruction>) throws(Fault) {
        bytes -= count
        if bytes < 0 { throw Fault(reason: .bytes, place: at) }
    }

    /// Room for values that the budget allows.
    mutating func space(
        _ count: Int, _ at: UnsafePointer<Instruction>
    ) throws(Fault) -> UnsafeMutablePointer<Value> {
        try take(count * MemoryLayout<Value>.stride, at)
        return arena.allocate(count * MemoryLayout<Value>.stride)
            .bindMemory(to: Value.self, capacity: count)
    }

    /// The values of all arguments, as an array.
    mutating func elements(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let count = Int(at.pointee.count)
        let space = try space(count, at)
        var index = 0
        while index < count {
            let element = try argument(at.pointee.arguments + index, frame)
            (space + index).initialize(to: ECMAScript.defined(element))
            index &+= 1
        }
        return arena.adopt(space, count: count)
    }

    // MARK: Reading

    private mutating func read(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let path = try value(at.pointee.arguments, frame)
        let absent =
            at.pointee.count > 1 ? try value(at.pointee.arguments + 1, frame) : .null
        return find(path, frame) ?? ECMAScript.defined(absent)
    }

    /// `var` with a computed path.
    private func find(_ path: Value, _ frame: borrowing Frame) -> Value? {
        if path.isNull || ECMAScript.isUndefined(path) || (path.kind == .string && path.count == 0)
        {
            return frame.whole(in: arena)
        }
        return frame.find(Spelling.text(path, in: arena))
    }

    private mutating func missing(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let listed = try value(at.pointee.arguments, frame)
        return try missing(keys(listed), at, frame)
    }

    /// The names: the arguments, or the first argument alone where it is an array.
    private func keys(_ arguments: Value) -> Value {
        guard let first = arguments[0], first.kind == .array else { return arguments }
        return first
    }

    private mutating func missing(
        _ keys: Value, _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        var absent: UnsafeMutablePointer<Value>?
        var count = 0
        for key in keys.array.unsafelyUnwrapped {
            let path = key.kind == .array ? key[0] ?? .null : key
            let found = find(path, frame) ?? (key.kind == .array ? key[1] : nil) ?? .null
            if found.isNull || (found.kind == .string && found.count == 0) {
                if absent == nil { absent = try space(keys.count, at) }
                absent.map { ($0 + count).initialize(to: key) }
                count += 1
            }
        }
        return absent.map { arena.adopt($0, count: count) } ?? .emptyArray
    }

    /// `missing` of names whose paths are compiled.
    private mutating func missingPaths(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let names = at.pointee.literal.array.unsafelyUnwrapped
        var absent: UnsafeMutablePointer<Value>?
        var count = 0
        var index = 0
        while index < names.count {
            let argument = at.pointee.arguments + index
            let found = frame.find(
                argument.pointee.path.unsafelyUnwrapped, Int(argument.pointee.pathCount))
            if found.map({ $0.isNull || ($0.kind == .string && $0.count == 0) }) ?? true {
                if absent == nil { absent = try space(names.count, at) }
                absent.map { ($0 + count).initialize(to: names[index]) }
                count &+= 1
            }
            index &+= 1
        }
        return absent.map { arena.adopt($0, count: count) } ?? .emptyArray
    }

    private mutating func missingSome(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let needed = try value(at.pointee.arguments, frame)
        let options = try value(at.pointee.arguments + 1, frame)
        if options.isNull || ECMAScript.isUndefined(options) {
            throw Fault(reason: .missingOptions, place: at)
        }
        let listed = options.kind == .array ? options : arena.array(CollectionOfOne(options))
        let absent = try missing(keys(listed), at, frame)
        let present =
            switch options.kind {
            case .array: Double(options.count - absent.count)
            case .string: Double(UTF16Text.length(options.text.unsafelyUnwrapped) - absent.count)
            default: Double.nan
            }
        return present >= ECMAScript.number(needed, in: reference) ? .emptyArray : absent
    }

    // MARK: Searching

    /// `in`: an element of an array by `===`, or part of a string.
    @inline(__always)
    func contains(_ haystack: Value, _ needle: Value) -> Bool {
        if let elements = haystack.array {
            for element in elements where ECMAScript.areSame(element, needle) { return true }
            return false
        }
        return haystack.kind == .string && isPart(needle, of: haystack.text.unsafelyUnwrapped)
    }

    @inline(never)
    private func isPart(_ needle: Value, of text: Text) -> Bool {
        if text.isEmpty { return false }
        let needle = Spelling.text(needle, in: arena)
        return text.contains(needle)
    }

    /// Binary search in an array of strings sorted by bytes.
    static func isAmong(_ sorted: Value, _ needle: Value) -> Bool {
        guard let needle = needle.text, let strings = sorted.array else { return false }
        var low = 0
        var high = strings.count
        while low < high {
            let middle = (low + high) / 2
            let order = Text.compare(strings[middle].text.unsafelyUnwrapped, needle)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
    }

    // MARK: Strings and arrays

    private mutating func concatenate(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let parts = try elements(at, frame)
        var room = 0
        for part in parts.array.unsafelyUnwrapped { room += Spelling.room(part) }
        try take(room, at)
        let target = arena.allocate(room)
        var size = 0
        for part in parts.array.unsafelyUnwrapped {
            size += Spelling.writeJoined(part, at: target + size)
        }
        return .string(Text(start: UnsafeRawPointer(target), count: size))
    }

    private mutating func substring(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let source = try value(at.pointee.arguments, frame)
        let start = try value(at.pointee.arguments + 1, frame)
        let length = try value(at.pointee.arguments + 2, frame)
        try take(Spelling.room(source), at)
        let text = Spelling.text(source, in: arena)
        let size = UTF16Text.length(text)
        var first = ECMAScript.integer(ECMAScript.number(start, in: reference))
        first = first < 0 ? max(size + first, 0) : min(first, size)
        var count = size - first
        if !ECMAScript.isUndefined(length) {
            let number = ECMAScript.number(length, in: reference)
            if number < 0 {
                count = lengthBefore(length, number, count)
            } else {
                count = max(0, min(count, ECMAScript.integer(number)))
            }
        }
        return .string(UTF16Text.slice(text, from: first, to: first + count, in: arena))
    }

    /// A negative length counts from the end. A string or array here is appended to the length, not
    /// added, in json-logic-js: `3 + "-1"` is no number, and no number is 0.
    private func lengthBefore(_ length: Value, _ number: Double, _ count: Int) -> Int {
        if length.kind.rawValue >= Value.Kind.string.rawValue { return 0 }
        return max(0, ECMAScript.integer(Double(count) + number))
    }

    private mutating func merge(
        _ at: UnsafePointer<Instruction>, _ frame: borrowing Frame
    ) throws(Fault) -> Value {
        let parts = try elements(at, frame)
        var count = 0
        for part in parts.array.unsafelyUnwrapped {
            count += part.kind == .array ? part.count : 1
        }
        let merged = try space(count, at)
        var next = 0
        for part in parts.array.unsafelyUnwrapped {
            if let elements = part.array {
                for element in elements {
                    (merged + next).initialize(to: element)
                    next += 1
                }
            } else {
                (merged + next).initialize(to: part)
                next += 1
            }
        }
        return arena.adopt(merged, count: count)
    }
}
