internal import Documents

/// What the rows of a table say together: gaps, overlaps, rows without effect.
///
/// Exact over the classes that can come: ranges are intervals, whole numbers and dates have no values
/// between two that follow each other, and a null comes only where a cell asks for one. The work is
/// bounded; a finding says when it was cut.
struct TableAnalysis {
    typealias Span = TableProgram.Span

    /// Pairs of rows that are compared, and rows gone through in looking for gaps.
    static let pairLimit = 2_000_000
    static let stepLimit = 2_000_000
    /// Findings of a kind that are told of one by one.
    private static let shownLimit = 20

    private let draft: TableDraft
    private let classes: [ColumnClasses]
    /// By column, the classes that can come.
    private let kept: [[Int32]]
    /// By column and row, in numbers of ``kept``.
    private let cells: Cells
    private var found: [Finding] = []
    private var counts: [String: Int] = [:]
    private var isCut = false

    init(_ draft: TableDraft, _ cells: Cells, _ possible: [[Bool]]) {
        self.draft = draft
        classes = cells.classes
        kept = possible.map { flags in flags.indices.filter { flags[$0] }.map { Int32($0) } }
        let spans = zip(cells.spans, possible).map { rows, flags in
            var before: [Int32] = [0]
            for flag in flags { before.append(before[before.count - 1] + (flag ? 1 : 0)) }
            return rows.map { row in
                ColumnClasses.merged(
                    row.compactMap { span in
                        let low = before[Int(span.low)]
                        let high = before[Int(span.high) + 1] - 1
                        return low <= high ? Span(low: low, high: high) : nil
                    })
            }
        }
        self.cells = Cells(cells.classes, spans)
    }

    /// `DT020` to `DT024` and `DT026`.
    func findings() -> [Finding] {
        var analysis = self
        analysis.run()
        return analysis.found
    }

    private mutating func run() {
        let live = draft.rows.indices.filter { row in
            !cells.spans.contains { $0[row].isEmpty }
        }
        for row in draft.rows.indices where cells.spans.contains(where: { $0[row].isEmpty }) {
            report(
                "DT024", .warning, row,
                "the row \(row + 1) never matches: no value satisfies all its cells")
        }
        let repeated = duplicates(live)
        let better = pairs(live, without: repeated)
        if draft.policy == .first || draft.policy == .priority {
            shadows(live, better, without: repeated)
        }
        gaps(live)
        for (code, count) in counts.sorted(by: { $0.key < $1.key }) where count > Self.shownLimit {
            found.append(
                draft.node.finding(
                    code, code == "DT020" ? .error : .warning,
                    "and \(count - Self.shownLimit) more of the kind in this table"))
        }
        if isCut {
            found.append(
                draft.node.finding(
                    "DT026", .note,
                    "the table is too large to compare all its rows and values; what was found is "
                        + "true, and there may be more"))
        }
    }

    private mutating func report(
        _ code: String, _ level: Finding.Level, _ row: Int, _ message: String
    ) {
        counts[code, default: 0] += 1
        guard counts[code, default: 0] <= Self.shownLimit else { return }
        found.append(
            Finding(code, level, message, file: draft.rowFile, at: draft.rows[row].position))
    }

    private func name(_ row: Int) -> String {
        draft.rows[row].position.map { "\(row + 1) (line \($0.line))" } ?? "\(row + 1)"
    }

    // MARK: Pairs

    /// Rows with the same conditions as one before them.
    private mutating func duplicates(_ live: [Int]) -> Set<Int> {
        var known: [[Int32]: Int] = [:]
        var repeated: Set<Int> = []
        for row in live {
            var key: [Int32] = []
            for column in cells.spans.indices {
                for span in cells.spans[column][row] { key += [span.low, span.high] }
                key.append(-1)
            }
            guard let earlier = known[key] else {
                known[key] = row
                continue
            }
            let isSame = haveSameOutputs(earlier, row)
            let isForbidden = draft.policy == .unique || draft.policy == .any && !isSame
            switch draft.policy {
            case _ where isForbidden:
                repeated.insert(row)
                report(
                    "DT020", .error, row,
                    "the row \(row + 1) has the conditions of the row \(name(earlier)); "
                        + "the hit policy is \(draft.policy.name)")
            case .collect where !isSame, .ruleOrder where !isSame: continue
            default:
                repeated.insert(row)
                report(
                    "DT023", .warning, row,
                    "the row \(row + 1) repeats the conditions of the row \(name(earlier))"
                        + (isSame ? " and its outputs" : " with other outputs"))
            }
        }
        return repeated
    }

    private func haveSameOutputs(_ a: Int, _ b: Int) -> Bool {
        zip(draft.rows[a].outputs, draft.rows[b].outputs).allSatisfy { TableReader.areSame($0, $1) }
    }

    /// Compares the rows that meet in the column that tells most of them apart; reports overlaps, and
    /// gives for each row those that are taken before it and meet it.
    private mutating func pairs(_ live: [Int], without repeated: Set<Int>) -> [[Int]] {
        var better = [[Int]](repeating: [], count: draft.rows.count)
        guard draft.policy.isSingle, let column = sharpestColumn(live) else { return better }
        let ranks = draft.policy == .priority ? OutputCompiler(draft, in: Arena()).ranks : []
        let spans = cells.spans[column]
        let order = live.sorted { (spans[$0][0].low, $0) < (spans[$1][0].low, $1) }
        var room = Self.pairLimit
        for at in order.indices {
            let row = order[at]
            let high = spans[row].last?.high ?? -1
            var next = at + 1
            while next < order.count, spans[order[next]][0].low <= high {
                let other = order[next]
                next += 1
                room -= 1
                guard room > 0 else {
                    isCut = true
                    return better
                }
                guard cells.overlap(row, other) else { continue }
                let (first, second) = (min(row, other), max(row, other))
                switch draft.policy {
                case .unique: overlap(first, second, without: repeated)
                case .any where !haveSameOutputs(first, second):
                    overlap(first, second, without: repeated)
                case .priority:
                    let isSecondBetter = ranks[second] < ranks[first]
                    better[isSecondBetter ? first : second].append(isSecondBetter ? second : first)
                default: better[second].append(first)
                }
            }
        }
        return better
    }

    private mutating func overlap(_ a: Int, _ b: Int, without repeated: Set<Int>) {
        if repeated.contains(b) || repeated.contains(a) { return }
        let shared = cells.spans.indices.map { column in
            Cells.intersection(cells.spans[column][a], cells.spans[column][b]).first
        }
        let outputs = draft.policy == .any ? " with other outputs" : ""
        report(
            "DT020", .error, b,
            "the row \(b + 1) overlaps the row \(name(a))\(outputs)\(region(shared, "both match ")); "
                + "the hit policy is \(draft.policy.name)")
    }

    /// The column in which the fewest pairs of rows meet, taking each cell from its first to its last
    /// value.
    private func sharpestColumn(_ live: [Int]) -> Int? {
        cells.spans.indices.min { pairCount($0, live) < pairCount($1, live) }
    }

    private func pairCount(_ column: Int, _ live: [Int]) -> Int {
        let lows = live.map { cells.spans[column][$0][0].low }.sorted()
        let highs = live.map { cells.spans[column][$0].last?.high ?? 0 }.sorted()
        var apart = 0
        var at = 0
        for low in lows {
            while at < highs.count, highs[at] < low { at += 1 }
            apart += at
        }
        return live.count * (live.count - 1) / 2 - apart
    }

    // MARK: Coverage

    private mutating func shadows(_ live: [Int], _ better: [[Int]], without repeated: Set<Int>) {
        var room = Self.stepLimit
        for row in live where !repeated.contains(row) && !better[row].isEmpty {
            var search = Coverage(
                cells, counts: kept.map(\.count), region: cells.spans.map { $0[row] }, limit: 1,
                steps: room)
            search.run(better[row].sorted())
            room = search.steps
            if search.isCut {
                isCut = true
                return
            }
            guard search.gaps.isEmpty else { continue }
            let rows = better[row].sorted().prefix(3).map { name($0) }.joined(separator: ", ")
            let more = better[row].count > 3 ? " and others" : ""
            report(
                "DT022", .warning, row,
                "the row \(row + 1) is never taken: the rows before it cover it, among them "
                    + "\(rows)\(more)")
        }
    }

    private mutating func gaps(_ live: [Int]) {
        guard draft.policy.isSingle, !draft.rows.isEmpty,
            draft.outputs.contains(where: { $0.fallback == nil })
        else { return }
        var search = Coverage(
            cells, counts: kept.map(\.count),
            region: kept.map { $0.isEmpty ? [] : [Span(low: 0, high: Int32($0.count - 1))] },
            limit: 5, steps: Self.stepLimit)
        search.run(live)
        if search.isCut { isCut = true }
        for gap in search.gaps {
            found.append(
                Finding(
                    "DT021", .warning,
                    "no row matches\(region(gap, "")); add rows, or a default for all outputs",
                    file: draft.node.file, at: draft.node.position))
        }
        if search.gaps.count == 5, search.isMore {
            found.append(
                Finding(
                    "DT021", .warning, "and there are more gaps in this table",
                    file: draft.node.file, at: draft.node.position))
        }
    }

    /// ` where country is 'GB' and turnover is < 5`, without the columns that take any value.
    private func region(_ spans: [Span?], _ verb: String) -> String {
        var parts: [String] = []
        for (column, span) in spans.enumerated() {
            guard let span, span.low > 0 || Int(span.high) < kept[column].count - 1 else {
                continue
            }
            let own = Span(low: kept[column][Int(span.low)], high: kept[column][Int(span.high)])
            parts.append("\(draft.inputs[column].name) is \(classes[column].words(own))")
        }
        return (verb.isEmpty ? "" : ": \(verb)".trimmingEnd)
            + (parts.isEmpty ? " any values" : " where " + parts.joined(separator: " and "))
    }
}

extension String {
    fileprivate var trimmingEnd: String { hasSuffix(" ") ? String(dropLast()) : self }
}
