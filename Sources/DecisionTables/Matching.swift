internal import Documents
internal import Expressions

/// Finds the rows that match.
struct Matching {
    let program: UnsafePointer<TableProgram>

    /// The class of each input; a value of another type, or outside the input's `values`, is an error
    /// where the table does not let it pass.
    func classify(
        _ scope: Scope, into classes: UnsafeMutablePointer<Int32>, in arena: Arena
    ) throws(ExpressionError) {
        let columns = program.pointee.columns
        var index = 0
        while index < columns.count {
            let column = columns.baseAddress.unsafelyUnwrapped + index
            let value = try column.pointee.expression.evaluate(scope, in: arena)
            var found = column.pointee.classify(value, in: arena)
            if found == Column.mismatch, !column.pointee.letsMismatchPass {
                throw refusal(index, "is \(Self.words(value)), not \(column.pointee.type.words)")
            }
            if let allowed = column.pointee.allowed, !allowed[Int(found)] {
                guard column.pointee.letsMismatchPass else {
                    throw refusal(index, "is none of the values that the input lists")
                }
                found = Column.mismatch
            }
            classes[index] = found
            index &+= 1
        }
    }

    @inline(never)
    private func refusal(_ column: Int, _ what: String) -> ExpressionError {
        ExpressionError(
            .invalidType,
            "the input '\(program.pointee.columns[column].name)' of the table "
                + "'\(program.pointee.id)' \(what)")
    }

    private static func words(_ value: Value) -> StaticString {
        switch value.kind {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .double, .decimal: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// Calls `body` with each row that matches, ascending, until it gives false.
    @inline(__always)
    func forEach(_ classes: UnsafeMutablePointer<Int32>, _ body: (Int) -> Bool) {
        let table = program
        let columns = table.pointee.columns
        guard let first = columns.baseAddress else {
            var row = 0
            while row < table.pointee.rowCount, body(row) { row &+= 1 }
            return
        }
        if table.pointee.words == 1 { return forEachOfFew(first, columns.count, classes, body) }
        // The input that leaves the fewest rows decides how to go on.
        var best = 0
        var fewest = Int32.max
        var index = 0
        while index < columns.count {
            let count = first[index].sets.unsafelyUnwrapped[Int(classes[index])].count
            if count < fewest {
                fewest = count
                best = index
            }
            index &+= 1
        }
        if fewest == 0 { return }
        let set = first[best].sets.unsafelyUnwrapped[Int(classes[best])]
        guard set.list >= 0 else {
            return forEachOfMany(first, columns.count, classes, body)
        }
        let list = first[best].lists.unsafelyUnwrapped + Int(set.list)
        var at = 0
        next: while at < Int(set.count) {
            let row = Int(list[at])
            at &+= 1
            var column = 0
            while column < columns.count {
                if column != best, !table.pointee.accepts(row, column, classes[column]) {
                    continue next
                }
                column &+= 1
            }
            if !body(row) { return }
        }
    }

    /// Up to 64 rows: a set is one word.
    @inline(__always)
    private func forEachOfFew(
        _ columns: UnsafePointer<Column>, _ count: Int, _ classes: UnsafeMutablePointer<Int32>,
        _ body: (Int) -> Bool
    ) {
        var word = UInt64.max
        var index = 0
        while index < count {
            let set = columns[index].sets.unsafelyUnwrapped[Int(classes[index])]
            word &= columns[index].bases.unsafelyUnwrapped[Int(set.base)]
            index &+= 1
        }
        while word != 0 {
            if !body(word.trailingZeroBitCount) { return }
            word &= word &- 1
        }
    }

    private func forEachOfMany(
        _ columns: UnsafePointer<Column>, _ count: Int, _ classes: UnsafeMutablePointer<Int32>,
        _ body: (Int) -> Bool
    ) {
        let words = program.pointee.words
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words &* 2) { room in
            let all = room.baseAddress.unsafelyUnwrapped
            let own = all + words
            var isFirst = true
            for index in 0..<count {
                let column = columns + index
                let set = column.pointee.sets.unsafelyUnwrapped[Int(classes[index])]
                if Int(set.count) == program.pointee.rowCount { continue }
                let base = column.pointee.bases.unsafelyUnwrapped + Int(set.base) &* words
                let target = isFirst ? all : own
                if isFirst || set.changeCount > 0 {
                    target.update(from: base, count: words)
                    let changes = column.pointee.changes.unsafelyUnwrapped + Int(set.changes)
                    var at = 0
                    while at < Int(set.changeCount) {
                        let row = Int(changes[at])
                        target[row &>> 6] ^= 1 &<< UInt64(truncatingIfNeeded: row & 63)
                        at &+= 1
                    }
                }
                if !isFirst {
                    let other = set.changeCount > 0 ? UnsafePointer(own) : base
                    var word = 0
                    while word < words {
                        all[word] &= other[word]
                        word &+= 1
                    }
                }
                isFirst = false
            }
            if isFirst {
                for row in 0..<program.pointee.rowCount where !body(row) { return }
                return
            }
            for word in 0..<words {
                var bits = all[word]
                while bits != 0 {
                    if !body(word &* 64 &+ bits.trailingZeroBitCount) { return }
                    bits &= bits &- 1
                }
            }
        }
    }
}
