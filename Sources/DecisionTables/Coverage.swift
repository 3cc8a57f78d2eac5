/// Looks for values in a region that no row accepts, column by column: the region is cut where the set
/// of rows that accept changes, and each part goes on with the rows that it has.
struct Coverage {
    typealias Span = TableProgram.Span

    private let cells: Cells
    /// By row, the first column from which on it accepts everything.
    private var openFrom: [Int]
    private let region: [[Span]]
    private let limit: Int
    /// What was found: a span a column, nil where any value will do.
    private(set) var gaps: [[Span?]] = []
    /// Whether there are more than were asked for.
    private(set) var isMore = false
    /// Work that may still be done.
    private(set) var steps: Int
    private(set) var isCut = false
    private var path: [Span?]
    /// Rows that were seen to cover all from a column on, by the column and the rows.
    private var covered: Set<[Int32]> = []
    private let counts: [Int]

    /// - Parameters:
    ///   - counts: how many classes each column has.
    ///   - region: where to look, by column.
    ///   - limit: how many gaps are enough.
    ///   - steps: how many rows may be gone through.
    init(_ cells: Cells, counts: [Int], region: [[Span]], limit: Int, steps: Int) {
        self.cells = cells
        self.counts = counts
        self.region = region
        self.limit = limit
        self.steps = steps
        path = region.map { _ in nil }
        openFrom = []
    }

    /// Looks for what rows leave open, given by ascending number.
    mutating func run(_ rows: [Int]) {
        openFrom = rows.map { row in
            var column = cells.columnCount
            while column > 0, isOpen(row, column - 1) { column -= 1 }
            return column
        }
        search(0, Array(rows.indices.map { Int32($0) }), rows)
    }

    private func isOpen(_ row: Int, _ column: Int) -> Bool {
        region[column].allSatisfy { part in
            cells.spans[column][row].contains { $0.low <= part.low && part.high <= $0.high }
        }
    }

    /// Recurses as deep as there are columns.
    private mutating func search(_ column: Int, _ active: [Int32], _ rows: [Int]) {
        steps -= active.count + 1
        if steps < 0 { isCut = true }
        if isCut || isMore { return }
        if active.contains(where: { openFrom[Int($0)] <= column }) { return }
        if active.isEmpty || column == cells.columnCount {
            if gaps.count < limit { gaps.append(path) } else { isMore = true }
            return
        }
        let key = [Int32(column)] + active
        if covered.contains(key) { return }
        let before = gaps.count
        for part in region[column] { sweep(part, column, active, rows) }
        path[column] = nil
        if gaps.count == before, !isMore, !isCut { covered.insert(key) }
    }

    /// Goes through the parts of a span in which the same rows accept.
    private mutating func sweep(_ part: Span, _ column: Int, _ active: [Int32], _ rows: [Int]) {
        var events: [(at: Int32, index: Int32, isStart: Bool)] = []
        for index in active {
            for span in cells.spans[column][rows[Int(index)]] {
                let (low, high) = (max(span.low, part.low), min(span.high, part.high))
                guard low <= high else { continue }
                events.append((low, index, true))
                if high < part.high { events.append((high + 1, index, false)) }
            }
        }
        events.sort { $0.at < $1.at }
        steps -= events.count
        var current: Set<Int32> = []
        var at = part.low
        var next = 0
        while at <= part.high {
            while next < events.count, events[next].at == at, !isCut {
                if !events[next].isStart { current.remove(events[next].index) }
                next += 1
            }
            next = firstEvent(events, at)
            while next < events.count, events[next].at == at {
                if events[next].isStart { current.insert(events[next].index) }
                next += 1
            }
            let end = next < events.count ? events[next].at - 1 : part.high
            path[column] = Span(low: at, high: end)
            search(column + 1, current.sorted(), rows)
            if isCut || isMore { return }
            at = end + 1
        }
    }

    /// The first event at a class or after it.
    private func firstEvent(
        _ events: [(at: Int32, index: Int32, isStart: Bool)], _ at: Int32
    ) -> Int {
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].at < at { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
