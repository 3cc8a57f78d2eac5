/// The cells of a table as spans of classes: each row is a union of boxes in the space of classes.
struct Cells {
    typealias Span = TableProgram.Span

    let classes: [ColumnClasses]
    /// By column and row.
    let spans: [[[Span]]]

    init(_ classes: [ColumnClasses], _ spans: [[[Span]]]) {
        self.classes = classes
        self.spans = spans
    }

    var columnCount: Int { spans.count }

    /// The cells of each row in its columns; for tables of few columns and many rows this order is what
    /// pairs of rows are compared in.
    func overlap(_ a: Int, _ b: Int) -> Bool {
        for column in spans.indices where !Self.meet(spans[column][a], spans[column][b]) {
            return false
        }
        return true
    }

    static func meet(_ a: [Span], _ b: [Span]) -> Bool {
        if a.count == 1, b.count == 1 { return a[0].low <= b[0].high && b[0].low <= a[0].high }
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            if a[i].high < b[j].low {
                i += 1
            } else if b[j].high < a[i].low {
                j += 1
            } else {
                return true
            }
        }
        return false
    }

    static func intersection(_ a: [Span], _ b: [Span]) -> [Span] {
        var (i, j) = (0, 0)
        var result: [Span] = []
        while i < a.count, j < b.count {
            let (low, high) = (max(a[i].low, b[j].low), min(a[i].high, b[j].high))
            if low <= high { result.append(Span(low: low, high: high)) }
            if a[i].high < b[j].high { i += 1 } else { j += 1 }
        }
        return result
    }

    static func areSame(_ a: [Span], _ b: [Span]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0.low == $1.low && $0.high == $1.high }
    }
}
