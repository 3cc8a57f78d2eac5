internal import Documents

/// For each class of a column the set of rows that accept it.
///
/// A set begins with a full one, kept every so many changes along the classes, and says which rows
/// changed sides since: two for each span of a cell, so that an index has the size of its cells
/// however wide they are.
struct RowIndex {
    private var sets: [Column.RowSet] = []
    private var lists: [Int32] = []
    private var bases: [UInt64] = []
    private var changes: [Int32] = []
    private var current: [UInt64]
    private var count: Int32 = 0
    private let words: Int

    /// - Parameter spans: of each row, ascending and apart.
    init(_ spans: [[TableProgram.Span]], classCount: Int32) {
        words = max(1, (spans.count + 63) / 64)
        current = [UInt64](repeating: 0, count: words)
        // The rows that change sides at each class, counted first and then filled in.
        var starts = [Int32](repeating: 0, count: Int(classCount) + 2)
        for row in spans {
            for span in row {
                starts[Int(span.low) + 1] += 1
                starts[Int(span.high) + 2] += 1
            }
        }
        for at in 1..<starts.count { starts[at] += starts[at - 1] }
        var next = starts
        var toggles = [Int32](repeating: 0, count: Int(starts.last ?? 0))
        for (row, list) in spans.enumerated() {
            for span in list {
                toggles[Int(next[Int(span.low)])] = Int32(row)
                next[Int(span.low)] += 1
                toggles[Int(next[Int(span.high) + 1])] = Int32(row)
                next[Int(span.high) + 1] += 1
            }
        }
        build(toggles, starts, Int(classCount))
    }

    private mutating func build(_ toggles: [Int32], _ starts: [Int32], _ classCount: Int) {
        let room = words == 1 ? 0 : max(8, words / 2)
        sets.reserveCapacity(classCount)
        var base = -1
        var changesFrom = 0
        for number in 0..<classCount {
            let rows = toggles[Int(starts[number])..<Int(starts[number + 1])]
            for row in rows { toggle(Int(row)) }
            if base < 0 || changes.count - changesFrom + rows.count > room {
                if base < 0 || !rows.isEmpty {
                    base = bases.count / words
                    bases += current
                }
                changesFrom = changes.count
            } else {
                changes += rows
            }
            var list: Int32 = -1
            if words > 1, count <= Column.listLimit {
                list = Int32(lists.count)
                for word in 0..<words where current[word] != 0 {
                    var bits = current[word]
                    while bits != 0 {
                        lists.append(Int32(word * 64 + bits.trailingZeroBitCount))
                        bits &= bits - 1
                    }
                }
            }
            sets.append(
                Column.RowSet(
                    count: count, list: list, base: Int32(base), changes: Int32(changesFrom),
                    changeCount: Int32(changes.count - changesFrom)))
        }
    }

    private mutating func toggle(_ row: Int) {
        current[row / 64] ^= 1 << UInt64(row % 64)
        count += current[row / 64] >> UInt64(row % 64) & 1 == 1 ? 1 : -1
    }

    /// Puts the index into an arena.
    func install(in column: inout Column, _ arena: Arena) {
        column.sets = arena.pointer(sets)
        column.lists = arena.pointer(lists)
        column.bases = arena.pointer(bases)
        column.changes = arena.pointer(changes)
    }
}
