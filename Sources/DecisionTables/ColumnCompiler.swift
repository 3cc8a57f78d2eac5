internal import Documents
internal import Expressions

/// Makes the classes of a column out of its cells, and the spans of classes that each cell accepts.
struct ColumnClasses {
    typealias Span = TableProgram.Span

    let type: CellType
    let isFolded: Bool
    private(set) var points: [Point] = []
    private(set) var literals: [Text] = []
    private var literalIndex: [Text: Int32] = [:]
    /// The literals' keys of each list, by its name.
    private var lists: [Text: [Text]] = [:]
    private var listPoints: [Text: [Point]] = [:]
    private let arena: Arena
    /// Whether a cell asks for null.
    private(set) var namesNull = false

    init(_ type: CellType, isFolded: Bool, in arena: Arena) {
        self.type = type
        self.isFolded = isFolded
        self.arena = arena
    }

    var classCount: Int32 {
        switch type {
        case .string: Column.values + 1 + Int32(literals.count)
        case .boolean: Column.values + 2
        default: Column.values + 1 + 2 * Int32(points.count)
        }
    }

    /// Collects what the cells name; lists first, so that theirs are mostly one span.
    ///
    /// - Parameter values: the values of a list; nil when there is none of the name.
    mutating func collect(_ tests: [CellTest?], lists values: (Text) -> [Value]?) {
        for test in tests { collectLists(test?.terms ?? [], values) }
        for test in tests { collectTerms(test?.terms ?? []) }
        points.sort { Point.compare($0, $1) < 0 }
        var distinct: [Point] = []
        for point in points where distinct.last.map({ Point.compare($0, point) != 0 }) ?? true {
            distinct.append(point)
        }
        points = distinct
    }

    private mutating func collectLists(_ terms: [CellTest.Term], _ values: (Text) -> [Value]?) {
        for term in terms {
            if case .not(let inner) = term { collectLists(inner, values) }
            guard case .list(let name) = term, lists[name] == nil, listPoints[name] == nil else {
                continue
            }
            let values = values(name) ?? []
            if type == .string {
                let texts = values.compactMap { $0.text }.map { folded($0) }
                lists[name] = texts
                for text in texts { add(text) }
            } else {
                let found = values.compactMap { Scalars.point($0, type) }
                listPoints[name] = found
                points += found
            }
        }
    }

    private mutating func collectTerms(_ terms: [CellTest.Term]) {
        for term in terms {
            switch term {
            case .null: namesNull = true
            case .text(let text): add(folded(text))
            case .range(let low, let high):
                if let low { points.append(low.point) }
                if let high { points.append(high.point) }
            case .not(let inner): collectTerms(inner)
            case .flag, .list: break
            }
        }
    }

    private func folded(_ text: Text) -> Text {
        isFolded ? Folding.folded(text, in: arena) : text
    }

    private mutating func add(_ text: Text) {
        guard literalIndex[text] == nil else { return }
        literalIndex[text] = Int32(literals.count)
        literals.append(Text(start: arena.copy(text.bytes), count: text.count))
    }

    // MARK: Spans

    /// The classes a cell accepts, ascending, neither overlapping nor touching.
    func spans(of test: CellTest) -> [Span] {
        guard let terms = test.terms else { return [Span(low: 0, high: classCount - 1)] }
        return spans(of: terms)
    }

    private func spans(of terms: [CellTest.Term]) -> [Span] {
        if terms.count == 1, case .range = terms[0] { return span(of: terms[0]) }
        return Self.merged(terms.flatMap { span(of: $0) })
    }

    private func span(of term: CellTest.Term) -> [Span] {
        switch term {
        case .null: return [Span(low: Column.null, high: Column.null)]
        case .text(let text): return [one(literal(folded(text)))]
        case .flag(let flag): return [one(flag ? Column.values + 1 : Column.values)]
        case .range(let low, let high):
            let from = low.map { position($0.point) + ($0.isIncluded ? 0 : 1) } ?? Column.values
            let to = high.map { position($0.point) - ($0.isIncluded ? 0 : 1) } ?? classCount - 1
            return from <= to ? [Span(low: from, high: to)] : []
        case .list(let name):
            if let texts = lists[name] { return Self.merged(texts.map { one(literal($0)) }) }
            return Self.merged((listPoints[name] ?? []).map { one(position($0)) })
        case .not(let inner): return complement(spans(of: inner))
        }
    }

    private func one(_ class: Int32) -> Span { Span(low: `class`, high: `class`) }

    private func literal(_ text: Text) -> Int32 {
        Column.values + 1 + (literalIndex[text] ?? -1)
    }

    /// The class of a point that was collected.
    private func position(_ point: Point) -> Int32 {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if Point.compare(points[middle], point) < 0 { low = middle + 1 } else { high = middle }
        }
        return Column.values + 1 + 2 * Int32(low)
    }

    /// All classes but some; a value of another type is in neither.
    private func complement(_ spans: [Span]) -> [Span] {
        var result: [Span] = []
        var next = Column.null
        for span in spans {
            if span.low > next { result.append(Span(low: next, high: span.low - 1)) }
            next = max(next, span.high + 1)
        }
        if next < classCount { result.append(Span(low: next, high: classCount - 1)) }
        return result
    }

    static func merged(_ spans: [Span]) -> [Span] {
        guard spans.count > 1 else { return spans }
        var result: [Span] = []
        for span in spans.sorted(by: { $0.low < $1.low }) {
            if let last = result.last, span.low <= last.high + 1 {
                result[result.count - 1].high = max(last.high, span.high)
            } else {
                result.append(span)
            }
        }
        return result
    }

    // MARK: For analysis

    /// Whether values of a class can come: no values of another type, null only where a cell asks for
    /// it, of whole numbers and dates no gap without one, and nothing outside the input's values.
    func possible(allowed: [Span]?) -> [Bool] {
        (0..<classCount).map { number in
            if number == Column.mismatch { return false }
            if number == Column.null { return namesNull }
            if let allowed, !allowed.contains(where: { $0.holds(number) }) { return false }
            return !type.isOrdered || holdsValue(Int(number - Column.values))
        }
    }

    private func holdsValue(_ index: Int) -> Bool {
        guard type.isDiscrete else { return true }
        if index % 2 == 1 {
            let point = points[index / 2]
            return type != .integer || point.value.isWholeNumber
        }
        guard index > 0, index / 2 < points.count else { return true }
        let (low, high) = (points[index / 2 - 1].double, points[index / 2].double)
        guard abs(low) < 9e15, abs(high) < 9e15 else { return true }
        return low.rounded(.down) + 1 < high
    }

    /// Some classes in words: `GB, FR`, `[5..10)`, `any other value`.
    func words(_ span: Span) -> String {
        switch type {
        case .string: return texts(span)
        case .boolean:
            return (span.low...span.high).map { ["?", "null", "false", "true"][Int($0)] }
                .joined(separator: ", ")
        default: return range(span)
        }
    }

    private func texts(_ span: Span) -> String {
        var words: [String] = []
        for number in span.low...span.high where number > 0 {
            if words.count == 3 {
                words.append("…")
                break
            }
            if number == Column.null {
                words.append("null")
            } else if number == Column.values {
                words.append("any other value")
            } else {
                words.append("'\(literals[Int(number - Column.values - 1)])'")
            }
        }
        return words.joined(separator: ", ")
    }

    private func range(_ span: Span) -> String {
        if span.high <= Column.null { return "null" }
        let (low, high) = (
            Int(max(span.low, Column.values) - Column.values), Int(span.high - Column.values)
        )
        func shown(_ index: Int) -> String { Scalars.shown(points[index], type) }
        if low == high, low % 2 == 1 { return shown(low / 2) }
        let last = 2 * points.count
        if low == 0, high == last { return "any value" }
        if low == 0 { return high % 2 == 1 ? "<= \(shown(high / 2))" : "< \(shown(high / 2))" }
        if high == last {
            return low % 2 == 1 ? ">= \(shown(low / 2))" : "> \(shown(low / 2 - 1))"
        }
        return (low % 2 == 1 ? "[\(shown(low / 2))" : "]\(shown(low / 2 - 1))") + ".."
            + (high % 2 == 1 ? "\(shown(high / 2))]" : "\(shown(high / 2))[")
    }
}
