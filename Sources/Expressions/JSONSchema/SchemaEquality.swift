internal import Documents

/// Equality of JSON values: numbers as exact decimals, members in any order.
extension SchemaMachine {
    /// Whether two values are the same JSON. Counts a step for each pair it looks at.
    mutating func areEqual(_ a: Value, _ b: Value) -> Bool {
        if a.isNumber { return b.isNumber && ExactNumbers.compare(a, b) == 0 }
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .string: return a.text.unsafelyUnwrapped.isSame(as: b.text.unsafelyUnwrapped)
        case .bool: return a.bool == b.bool
        case .array, .object:
            guard a.count == b.count else { return false }
            guard enter() else { return false }
            defer { leave() }
            return a.kind == .array ? areElementsEqual(a, b) : areMembersEqual(a, b)
        default: return true
        }
    }

    private mutating func areElementsEqual(_ a: Value, _ b: Value) -> Bool {
        let (left, right) = (a.array.unsafelyUnwrapped, b.array.unsafelyUnwrapped)
        for index in 0..<left.count where !areEqual(left[index], right[index]) { return false }
        return true
    }

    private mutating func areMembersEqual(_ a: Value, _ b: Value) -> Bool {
        for member in a.members.unsafelyUnwrapped {
            guard let other = b[member.lookup], areEqual(member.value, other) else { return false }
        }
        return true
    }
}

/// A digest of a JSON value; equal values have equal ones.
enum SchemaHash {
    static func hash(_ value: Value) -> UInt32 {
        switch value.kind {
        case .null: return 1
        case .bool: return value.bool == true ? 3 : 2
        case .integer, .double, .decimal:
            let number = value.number.unsafelyUnwrapped
            return mix(number == 0 ? 0 : number.bitPattern)
        case .string: return value.text.unsafelyUnwrapped.hash
        case .array:
            var result: UInt64 = 4
            for element in value.array.unsafelyUnwrapped {
                result = UInt64(mix(result)) &* 31 &+ UInt64(hash(element))
            }
            return mix(result)
        case .object:
            var result: UInt64 = 5
            for member in value.members.unsafelyUnwrapped {
                result &+= UInt64(mix(UInt64(member.keyHash) << 32 | UInt64(hash(member.value))))
            }
            return mix(result)
        }
    }

    @inline(__always)
    private static func mix(_ bits: UInt64) -> UInt32 {
        let product = (bits ^ bits >> 29) &* 0xBF58_476D_1CE4_E5B9
        return UInt32(truncatingIfNeeded: product >> 32)
    }
}

/// The values of an `enum`, found by their hash when there are many.
struct ValueSet: BitwiseCopyable {
    struct Entry: BitwiseCopyable {
        let value: Value
        let hash: UInt32
    }

    /// Sorted by hash when there are more than ``scanned``.
    let entries: UnsafePointer<Entry>
    let count: Int
    /// Up to here a scan is faster than a search.
    static let scanned = 8

    init(_ values: UnsafeBufferPointer<Value>, in arena: Arena) {
        let start = arena.allocate(values.count * MemoryLayout<Entry>.stride)
            .assumingMemoryBound(to: Entry.self)
        for (index, value) in values.enumerated() {
            (start + index).initialize(
                to: Entry(value: arena.copy(value), hash: SchemaHash.hash(value)))
        }
        var buffer = UnsafeMutableBufferPointer(start: start, count: values.count)
        if values.count > ValueSet.scanned { buffer.sort { $0.hash < $1.hash } }
        entries = UnsafePointer(start)
        count = values.count
    }
}

extension SchemaMachine {
    /// Whether a value is in a set.
    mutating func contains(_ set: UnsafePointer<ValueSet>, _ value: Value) -> Bool {
        let entries = set.pointee.entries
        let count = set.pointee.count
        if count <= ValueSet.scanned {
            for index in 0..<count where areEqual(entries[index].value, value) { return true }
            return false
        }
        let hash = SchemaHash.hash(value)
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        while low < count, entries[low].hash == hash {
            guard step() else { return false }
            if areEqual(entries[low].value, value) { return true }
            low += 1
        }
        return false
    }

    /// Two equal elements, in AJV's order of search; nil when there are none.
    mutating func duplicate(_ elements: UnsafeBufferPointer<Value>) -> (Int, Int)? {
        let count = elements.count
        if count > ValueSet.scanned * 2 { return duplicateByHash(elements) }
        var later = count - 1
        while later > 0 {
            var earlier = later - 1
            while earlier >= 0 {
                if areEqual(elements[later], elements[earlier]) { return (earlier, later) }
                earlier -= 1
            }
            later -= 1
        }
        return nil
    }

    /// As ``duplicate(_:)``; for scalars AJV searches the other way, unless there are many.
    mutating func duplicate(
        _ elements: UnsafeBufferPointer<Value>, areScalars: Bool
    ) -> (Int, Int)? {
        let found = duplicate(elements)
        guard areScalars, found != nil, elements.count <= 1_000 else { return found }
        for earlier in elements.indices.reversed() {
            for later in (earlier + 1)..<elements.count
            where areEqual(elements[earlier], elements[later]) { return (later, earlier) }
        }
        return found
    }

    private mutating func duplicateByHash(
        _ elements: UnsafeBufferPointer<Value>
    ) -> (Int, Int)? {
        let count = elements.count
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { keys in
            for index in 0..<count {
                keys[index] = UInt64(SchemaHash.hash(elements[index])) << 32 | UInt64(index)
            }
            var sorted = keys
            sorted.sort()
            var found: (Int, Int)?
            var start = 0
            for index in 1..<max(count, 1) {
                if sorted[index] >> 32 != sorted[start] >> 32 {
                    start = index
                    continue
                }
                let later = Int(sorted[index] & 0xFFFF_FFFF)
                var other = index - 1
                while other >= start, later > found?.1 ?? -1, step() {
                    let earlier = Int(sorted[other] & 0xFFFF_FFFF)
                    if areEqual(elements[earlier], elements[later]) { found = (earlier, later) }
                    other -= 1
                }
            }
            return found
        }
    }
}
