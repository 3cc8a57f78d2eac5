public import Documents
public import Expressions

/// A compiled decision table: inputs are compared with the cells of rows, and what comes of the rows
/// that match is for the hit policy to say (DMN 1.5, section 8).
///
/// A trivially copyable handle into the arena it was compiled into; workers share it. Evaluation
/// reads no clock and changes nothing.
public struct DecisionTable: BitwiseCopyable, @unchecked Sendable {
    /// Bounds on a table; past them it is refused with a finding.
    public enum Limits {
        /// Rows of a table.
        public static let rows = 100_000
        /// Inputs, and outputs, of a table.
        public static let columns = 64
        /// Spans of values in all cells of a table, values of named lists included.
        public static let spans = 8_000_000
    }

    let program: UnsafePointer<TableProgram>

    /// Unique in the repository.
    public var id: Text { program.pointee.id }
    /// `rules/review.yaml#review-tier`.
    public var reference: Text { program.pointee.reference }
    /// `rules/review.yaml:12`: where the table stands.
    public var place: Text { program.pointee.place }
    /// The number of rows.
    public var rowCount: Int { program.pointee.rowCount }
    /// What comes of several matches.
    public var policy: HitPolicy { program.pointee.policy }
    /// What `collect` makes of them.
    public var aggregation: Aggregation { program.pointee.aggregation }
    /// The names of the outputs, in order.
    public var outputNames: [Text] { program.pointee.outputs.map(\.key.text) }
    /// The names of the outputs that are true or false.
    public var booleanOutputs: [Text] {
        program.pointee.outputs.filter { $0.type == .boolean }.map(\.key.text)
    }
    /// The names of the outputs that are numbers, or numbers made of the rows.
    public var numberOutputs: [Text] {
        let isCount = policy == .collect && aggregation == .count
        return program.pointee.outputs
            .filter { isCount || $0.type == .number || $0.type == .integer }.map(\.key.text)
    }
    /// The names of the outputs that are texts.
    public var textOutputs: [Text] {
        policy == .collect && aggregation == .count
            ? [] : program.pointee.outputs.filter { $0.type == .string }.map(\.key.text)
    }
    /// Whether several rows' outputs come as a list.
    public var givesList: Bool {
        policy == .ruleOrder || (policy == .collect && aggregation == .list)
    }
    /// What a row gives, by output.
    ///
    /// - Parameter row: from 0.
    public func outputs(ofRow row: Int) -> Value { program.pointee.results[row] }
    /// The inputs' expressions, for what the table reads.
    public var inputs: [(name: Text, expression: JMESPath)] {
        program.pointee.columns.map { ($0.name, $0.expression) }
    }

    /// `rules/review-tier.csv:14`: where a row stands.
    ///
    /// - Parameter row: from 0.
    public func place(ofRow row: Int) -> String {
        "\(program.pointee.rowFile):\(program.pointee.lines[row])"
    }

    /// What came of an evaluation.
    public struct Outcome: BitwiseCopyable, @unchecked Sendable {
        /// The rows that matched, from 0, ascending; of `first` and `priority` the one taken. They
        /// live as long as the table's arena or the one given.
        public let rows: UnsafeBufferPointer<Int32>
        /// An object by output; of `rule order`, and of `collect` without an aggregation, a list of
        /// such. Null when nothing matched and the table says nothing of that.
        public let outputs: Value
    }

    /// The rows that match and what comes of them. Allocates nothing but the results of `collect`.
    ///
    /// - Parameter arena: the worker's.
    /// - Throws: `invalidType` for an input of another type or outside its `values`; `invalidValue`
    ///   when rows match that the hit policy forbids; what the inputs' expressions throw.
    public func evaluate(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Outcome {
        var failure: ExpressionError?
        let outcome = withUnsafeTemporaryAllocation(
            of: Int32.self, capacity: max(1, program.pointee.columns.count)
        ) { room -> Outcome? in
            let classes = room.baseAddress.unsafelyUnwrapped
            let matching = Matching(program: program)
            do throws(ExpressionError) {
                try matching.classify(scope, into: classes, in: arena)
                return program.pointee.policy.isSingle
                    ? try single(matching, classes)
                    : collected(matching, classes, arena)
            } catch {
                failure = error
                return nil
            }
        }
        if let outcome { return outcome }
        throw failure ?? ExpressionError(.invalidValue, "the table cannot be evaluated")
    }

    /// Whether any row matches; rows that the hit policy forbids together are an error.
    public func matches(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Bool {
        !(try evaluate(scope, in: arena)).rows.isEmpty
    }

    // MARK: One row

    @inline(__always)
    private func single(
        _ matching: Matching, _ classes: UnsafeMutablePointer<Int32>
    ) throws(ExpressionError) -> Outcome {
        var taken = -1
        var other = -1
        let table = program
        switch table.pointee.policy {
        case .first:
            matching.forEach(classes) {
                taken = $0
                return false
            }
        case .priority:
            matching.forEach(classes) { row in
                if taken < 0 || table.pointee.ranks[row] < table.pointee.ranks[taken] {
                    taken = row
                }
                return true
            }
        case .any:
            matching.forEach(classes) { row in
                if taken < 0 {
                    taken = row
                } else if table.pointee.resultClasses[row] != table.pointee.resultClasses[taken] {
                    other = row
                }
                return other < 0
            }
        default:
            matching.forEach(classes) { row in
                if taken < 0 { taken = row } else { other = row }
                return other < 0
            }
        }
        if other >= 0 { throw conflict(taken, other) }
        guard taken >= 0 else {
            return Outcome(rows: .init(start: nil, count: 0), outputs: table.pointee.none)
        }
        return Outcome(
            rows: .init(start: table.pointee.numbers + taken, count: 1),
            outputs: table.pointee.results[taken])
    }

    @inline(never)
    private func conflict(_ a: Int, _ b: Int) -> ExpressionError {
        let what =
            policy == .any
            ? "with different outputs, and its hit policy any allows only equal ones"
            : "and its hit policy unique allows one"
        return ExpressionError(
            .invalidValue,
            "the rows \(a + 1) (\(place(ofRow: a))) and \(b + 1) (\(place(ofRow: b))) of the table "
                + "'\(id)' match, \(what)")
    }

    // MARK: All rows

    private func collected(
        _ matching: Matching, _ classes: UnsafeMutablePointer<Int32>, _ arena: Arena
    ) -> Outcome {
        var count = 0
        matching.forEach(classes) { _ in
            count &+= 1
            return true
        }
        guard count > 0 else {
            return Outcome(rows: .init(start: nil, count: 0), outputs: program.pointee.none)
        }
        let rows = arena.allocate(count &* 4).bindMemory(to: Int32.self, capacity: count)
        var at = 0
        matching.forEach(classes) { row in
            rows[at] = Int32(truncatingIfNeeded: row)
            at &+= 1
            return true
        }
        let matched = UnsafeBufferPointer(start: UnsafePointer(rows), count: count)
        let table = program
        if table.pointee.policy == .ruleOrder || table.pointee.aggregation == .list {
            let list = arena.array(count: count) { table.pointee.results[Int(matched[$0])] }
            return Outcome(rows: matched, outputs: list)
        }
        var members = MemberSpace(count: table.pointee.outputs.count, in: arena)
        for (index, output) in table.pointee.outputs.enumerated() {
            members.add(output.key, aggregate(output, index, matched, arena))
        }
        return Outcome(rows: matched, outputs: members.finish())
    }

    private func aggregate(
        _ output: TableProgram.Output, _ index: Int, _ rows: UnsafeBufferPointer<Int32>,
        _ arena: Arena
    ) -> Value {
        switch program.pointee.aggregation {
        case .list: return .null
        case .count:
            return .integer(rows.reduce(0) { $0 + (output.order[Int($1)] >= 0 ? 1 : 0) })
        case .sum:
            var sum: Int128 = 0
            for row in rows { sum += Int128(output.units[Int(row)]) }
            return ScaledDecimal(units: sum, scale: output.scale).value(in: arena)
        case .min, .max:
            let isMax = program.pointee.aggregation == .max
            var best: Int32 = -1
            for row in rows where output.order[Int(row)] >= 0 {
                let isBetter =
                    best < 0 || isMax == (output.order[Int(row)] > output.order[Int(best)])
                if isBetter { best = row }
            }
            return best < 0
                ? .null : program.pointee.results[Int(best)].members?[index].value ?? .null
        }
    }
}

/// What a guard asks of a table: whether a row matches, or whether an output is true.
public struct TableTest: BitwiseCopyable, Sendable {
    /// The table.
    public var table: DecisionTable
    /// The output that must be true; nil when any row that matches will do.
    public var output: Key?

    /// A test.
    public init(_ table: DecisionTable, output: Key?) {
        self.table = table
        self.output = output
    }

    /// Whether it holds. Of a list of outputs one must be true.
    public func holds(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Bool {
        holds(try table.evaluate(scope, in: arena))
    }

    /// Whether what came of the table holds.
    public func holds(_ outcome: DecisionTable.Outcome) -> Bool {
        guard let output else { return !outcome.rows.isEmpty }
        if let list = outcome.outputs.array { return list.contains { $0[output]?.bool == true } }
        return outcome.outputs[output]?.bool == true
    }
}
