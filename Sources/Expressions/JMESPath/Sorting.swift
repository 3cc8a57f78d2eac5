internal import Documents

/// Sorting by keys, stably, by merging; the scratch space stays in the arena.
extension JMESPath.Machine {
    /// A number that orders as the key it stands for, and the position of the element.
    private struct Ranked: BitwiseCopyable {
        var rank: Int64
        var position: Int

        @inline(__always)
        static func < (a: Ranked, b: Ranked) -> Bool { a.rank < b.rank }
    }

    /// The values in the order of their keys, which are all numbers or all strings.
    static func sort(_ items: UnsafeMutablePointer<Keyed>, count: Int, _ arena: Arena) -> Value {
        if let sorted = sortByNumber(items, count, arena) { return sorted }
        let sorted = merged(items, count, arena) { $0 < $1 }
        var result = JMESPath.ValueList(capacity: count)
        for i in 0..<count { result.append(sorted[i].value, arena) }
        return result.value
    }

    /// The same where every key is a number that a double has exactly, or is one; nil for others.
    private static func sortByNumber(
        _ items: UnsafeMutablePointer<Keyed>, _ count: Int, _ arena: Arena
    ) -> Value? {
        let ranked = arena.allocate(count * MemoryLayout<Ranked>.stride)
            .assumingMemoryBound(to: Ranked.self)
        for i in 0..<count {
            guard let number = items[i].key.number, number == number else { return nil }
            if items[i].key.kind == .integer, number.magnitude > 9e15 { return nil }
            // The bits of doubles order as integers do, once those of negative ones are turned over.
            let bits = Int64(bitPattern: (number + 0).bitPattern)
            let rank = bits < 0 ? bits ^ Int64.max : bits
            (ranked + i).initialize(to: Ranked(rank: rank, position: i))
        }
        let sorted = merged(ranked, count, arena) { $0 < $1 }
        var result = JMESPath.ValueList(capacity: count)
        for i in 0..<count { result.append(items[sorted[i].position].value, arena) }
        return result.value
    }

    /// Runs of eight by insertion, then merged two by two.
    @inline(__always)
    private static func merged<Item: BitwiseCopyable>(
        _ items: UnsafeMutablePointer<Item>, _ count: Int, _ arena: Arena,
        _ isLess: (Item, Item) -> Bool
    ) -> UnsafeMutablePointer<Item> {
        var width = 8
        var start = 0
        while start < count {
            insert(items, start, min(start &+ width, count), isLess)
            start &+= width
        }
        guard width < count else { return items }
        var source = items
        var target = arena.allocate(count * MemoryLayout<Item>.stride)
            .assumingMemoryBound(to: Item.self)
        while width < count {
            start = 0
            while start < count {
                let middle = min(start &+ width, count)
                merge(source, start, middle, min(middle &+ width, count), into: target, isLess)
                start &+= 2 &* width
            }
            swap(&source, &target)
            width &*= 2
        }
        return source
    }

    @inline(__always)
    private static func insert<Item: BitwiseCopyable>(
        _ items: UnsafeMutablePointer<Item>, _ start: Int, _ end: Int,
        _ isLess: (Item, Item) -> Bool
    ) {
        var next = start &+ 1
        while next < end {
            let item = items[next]
            var at = next
            while at > start, isLess(item, items[at &- 1]) {
                items[at] = items[at &- 1]
                at &-= 1
            }
            items[at] = item
            next &+= 1
        }
    }

    @inline(__always)
    private static func merge<Item: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<Item>, _ start: Int, _ middle: Int, _ end: Int,
        into target: UnsafeMutablePointer<Item>, _ isLess: (Item, Item) -> Bool
    ) {
        var left = start
        var right = middle
        var at = start
        while at < end {
            if left < middle && (right >= end || !isLess(source[right], source[left])) {
                target[at] = source[left]
                left &+= 1
            } else {
                target[at] = source[right]
                right &+= 1
            }
            at &+= 1
        }
    }
}
