internal import Documents
internal import Expressions

/// Compiles what rows give.
struct OutputCompiler {
    private let draft: TableDraft
    private let arena: Arena
    /// Each row's outputs as an object.
    let results: [Value]
    /// Equal for rows with the same outputs.
    let classes: [Int32]
    /// The order of priority, lower is better.
    let ranks: [Int32]
    private let keys: [Key]

    init(_ draft: TableDraft, in arena: Arena) {
        self.draft = draft
        self.arena = arena
        let keys = draft.outputs.map { Key($0.name) }
        self.keys = keys
        results = draft.rows.map { row in
            arena.object(zip(keys, row.outputs).map { Member($0, $1) })
        }
        var known: [String: Int32] = [:]
        classes = results.map { result in
            let line = JSONWriter.line(result)
            let number = known[line] ?? Int32(known.count)
            known[line] = number
            return number
        }
        ranks = Self.ranks(draft)
    }

    /// By the outputs with `values`, the first output first; a value that is not listed comes last.
    private static func ranks(_ draft: TableDraft) -> [Int32] {
        let places = draft.rows.map { row in
            draft.outputs.indices.filter { !draft.outputs[$0].values.isEmpty }.map { at in
                draft.outputs[at].values.firstIndex { TableReader.areSame($0, row.outputs[at]) }
                    ?? draft.outputs[at].values.count
            }
        }
        let order = draft.rows.indices.sorted { places[$0].lexicographicallyPrecedes(places[$1]) }
        var ranks = [Int32](repeating: 0, count: draft.rows.count)
        var rank: Int32 = 0
        for (at, row) in order.enumerated() {
            if at > 0, places[order[at - 1]] != places[row] { rank += 1 }
            ranks[row] = rank
        }
        return ranks
    }

    /// What comes of no match.
    var none: Value {
        if draft.outputs.contains(where: { $0.fallback != nil }) {
            let object = arena.object(
                zip(keys, draft.outputs).map { Member($0, $1.fallback ?? .null) })
            let isList =
                draft.policy == .ruleOrder
                || draft.policy == .collect && draft.aggregation == .list
            return isList ? arena.array([object]) : object
        }
        guard !draft.policy.isSingle else { return .null }
        guard draft.policy == .collect, draft.aggregation != .list else { return .emptyArray }
        let isNumber = draft.aggregation == .sum || draft.aggregation == .count
        return arena.object(keys.map { Member($0, isNumber ? .integer(0) : .null) })
    }

    func compile() -> [TableProgram.Output] {
        draft.outputs.indices.map { at in
            let values = draft.rows.map { $0.outputs[at] }
            let scale = isSum ? Self.scale(of: values) : 0
            let units = isSum ? values.map { Self.units($0, scale) ?? 0 } : []
            return TableProgram.Output(
                key: keys[at], type: draft.outputs[at].type, scale: scale,
                units: arena.pointer(units),
                order: arena.pointer(Self.order(values, draft.outputs[at].type)))
        }
    }

    private var isSum: Bool { draft.policy == .collect && draft.aggregation == .sum }

    /// Digits of a number that a sum takes, counted to the last place of its column.
    private static let digitLimit = 18

    /// The places after the point that the numbers of a column need.
    private static func scale(of values: [Value]) -> Int {
        values.compactMap { ScaledDecimal($0)?.scale }.max() ?? 0
    }

    /// A number in units of its column's scale; nil when it does not fit.
    private static func units(_ value: Value, _ scale: Int) -> Int64? {
        guard let units = ScaledDecimal(value)?.units(at: scale),
            units.magnitude < ScaledDecimal.power(digitLimit).magnitude
        else { return nil }
        return Int64(units)
    }

    /// The place of each value among all, equal for equal ones; -1 of null.
    private static func order(_ values: [Value], _ type: CellType) -> [Int32] {
        let isDated = type == .date || type == .datetime
        func compare(_ a: Value, _ b: Value) -> Int {
            if a.isNumber, b.isNumber { return Value.compareNumbers(a, b) }
            if isDated, let x = Scalars.point(a, type), let y = Scalars.point(b, type) {
                return Point.compare(x, y)
            }
            if let x = a.text, let y = b.text { return Text.compare(x, y) }
            return (a.bool == true ? 1 : 0) - (b.bool == true ? 1 : 0)
        }
        let rows = values.indices.filter { !values[$0].isNull }
            .sorted { compare(values[$0], values[$1]) < 0 }
        var order = [Int32](repeating: -1, count: values.count)
        var number: Int32 = 0
        for (at, row) in rows.enumerated() {
            if at > 0, compare(values[rows[at - 1]], values[row]) != 0 { number += 1 }
            order[row] = number
        }
        return order
    }

    /// Numbers that a sum cannot take exactly, and values that no row gives.
    func findings(_ draft: TableDraft) -> [Finding] {
        var findings: [Finding] = []
        for (at, output) in draft.outputs.enumerated() {
            if isSum {
                let scale = Self.scale(of: draft.rows.map { $0.outputs[at] })
                for row in draft.rows
                where !row.outputs[at].isNull
                    && Self.units(row.outputs[at], scale) == nil
                {
                    findings.append(
                        Finding(
                            "DT014", .error,
                            "a sum takes numbers that have "
                                + "\(Self.digitLimit) digits at most, counted to the last "
                                + "place of '\(output.name)'", file: draft.rowFile, at: row.position
                        ))
                }
            }
            for value in output.values where !isGiven(value, at, output) {
                findings.append(
                    output.place.finding(
                        "DT025", .warning,
                        "no row gives \(JSONWriter.line(value)), which the output '\(output.name)' "
                            + "lists"))
            }
        }
        return findings
    }

    private func isGiven(_ value: Value, _ at: Int, _ output: TableDraft.Output) -> Bool {
        if let fallback = output.fallback, TableReader.areSame(fallback, value) { return true }
        return draft.rows.contains { TableReader.areSame($0.outputs[at], value) }
    }
}
