public import Documents
internal import Expressions

extension DecisionTable {
    /// What compiling a definition gives.
    public struct Compilation: Sendable {
        /// Nil when the definition has an error-level finding that leaves nothing to evaluate.
        public var table: DecisionTable?
        /// `DT001` to `DT026`, and those of the inputs' expressions; each with its row's place.
        public var findings: [Finding]
        /// The CSV file that the rows stand in, if they do.
        public var file: String?
        /// The lists that cells name, each once, in order.
        public var lists: [String]
    }

    /// Compiles the definition of a table and looks for gaps, overlaps and rows without effect.
    ///
    /// - Parameters:
    ///   - node: the definition; its source must outlive the table.
    ///   - csv: the content of a file by its path in the repository; nil when there is none.
    ///   - lists: the values of a named list; nil when there is none of the name.
    ///   - analyses: whether to look at the rows together; without, only what stops the table is found.
    ///   - arena: holds the table.
    public static func compile(
        _ node: Node, csv: (String) -> [UInt8]?, lists: (Text) -> [Value]?, analyses: Bool = true,
        in arena: Arena
    ) -> Compilation {
        var compiler = TableCompiler(node, in: arena)
        return compiler.compile(csv: csv, lists: lists, analyses: analyses)
    }
}

/// Compiles one table.
struct TableCompiler {
    private let node: Node
    private let arena: Arena
    private var findings: [Finding] = []
    private var lists: [Text] = []

    init(_ node: Node, in arena: Arena) {
        self.node = node
        self.arena = arena
    }

    mutating func compile(
        csv: (String) -> [UInt8]?, lists values: (Text) -> [Value]?, analyses: Bool
    ) -> DecisionTable.Compilation {
        var reader = TableReader(node, in: arena)
        guard let read = reader.read() else {
            return .init(table: nil, findings: reader.findings, file: nil, lists: [])
        }
        var rows = RowReader(reader, read)
        let file = rows.read(csv: csv)
        let draft = rows.draft
        findings = rows.table.findings
        checkLists(draft, values)
        let isComplete = findings.allSatisfy { $0.level != .error }
        var table: DecisionTable?
        if let compiled = columns(draft, values), isComplete {
            let cells = Cells(compiled.classes, compiled.spans)
            if analyses {
                findings += TableAnalysis(draft, cells, compiled.possible).findings()
            }
            let outputs = OutputCompiler(draft, in: arena)
            let compiledOutputs = outputs.compile()
            findings += outputs.findings(draft)
            if !findings.contains(where: { $0.level == .error && $0.code != "DT020" }) {
                table = program(draft, compiled.columns, cells, compiledOutputs, outputs)
            }
        }
        return .init(
            table: table, findings: findings, file: file, lists: lists.map { String($0) })
    }

    private mutating func checkLists(_ draft: TableDraft, _ values: (Text) -> [Value]?) {
        var seen: [Text: Bool] = [:]
        for row in draft.rows {
            for test in row.tests {
                for name in Self.lists(test?.terms ?? []) {
                    if seen[name] == nil {
                        seen[name] = values(name) != nil
                        lists.append(name)
                    }
                    if seen[name] == false {
                        findings.append(
                            Finding(
                                "DT013", .error, "there is no list '\(name)'", file: draft.rowFile,
                                at: row.position))
                    }
                }
            }
        }
    }

    private static func lists(_ terms: [CellTest.Term]) -> [Text] {
        terms.flatMap { (term) -> [Text] in
            switch term {
            case .list(let name): return [name]
            case .not(let inner): return lists(inner)
            default: return []
            }
        }
    }

    private struct Columns {
        var columns: [Column] = []
        var classes: [ColumnClasses] = []
        /// By column and row.
        var spans: [[[TableProgram.Span]]] = []
        var possible: [[Bool]] = []
    }

    private mutating func columns(_ draft: TableDraft, _ values: (Text) -> [Value]?) -> Columns? {
        var result = Columns()
        var room = DecisionTable.Limits.spans
        for (index, input) in draft.inputs.enumerated() {
            guard var column = column(input) else { continue }
            var classes = ColumnClasses(input.type, isFolded: input.isFolded, in: arena)
            let tests = draft.rows.map { $0.tests[index] }
            classes.collect(tests + [input.domain], lists: values)
            var spans: [[TableProgram.Span]] = []
            spans.reserveCapacity(tests.count)
            for test in tests {
                let found = test.map { classes.spans(of: $0) } ?? []
                room -= found.count
                guard room >= 0 else {
                    findings.append(
                        draft.node.finding(
                            "DT015", .error,
                            "the cells hold more than \(DecisionTable.Limits.spans) values and "
                                + "ranges, those of lists included"))
                    return nil
                }
                spans.append(found)
            }
            install(classes, in: &column)
            let domain = input.domain.map { classes.spans(of: $0) }
            if let domain {
                let allowed = (0..<classes.classCount).map { number in
                    number <= Column.null || domain.contains { $0.holds(number) }
                }
                column.allowed = arena.pointer(allowed)
            }
            RowIndex(spans, classCount: classes.classCount).install(in: &column, arena)
            result.columns.append(column)
            result.possible.append(classes.possible(allowed: domain))
            result.classes.append(classes)
            result.spans.append(spans)
        }
        return result.columns.count == draft.inputs.count ? result : nil
    }

    private mutating func column(_ input: TableDraft.Input) -> Column? {
        if input.place.value.text != nil {
            let problems = JMESPath.check(input.place, dialect: .standard)
            findings += problems
        }
        do throws(ExpressionError) {
            let expression = try JMESPath.compile(input.expression, in: arena)
            return Column(
                name: input.name, expression: expression, type: input.type,
                isFolded: input.isFolded, letsMismatchPass: input.letsMismatchPass)
        } catch {
            if !findings.contains(where: { $0.code.hasPrefix("EX01") }) {
                findings.append(input.place.finding("EX010", .error, error.message))
            }
            return nil
        }
    }

    private func install(_ classes: ColumnClasses, in column: inout Column) {
        column.classCount = classes.classCount
        column.points = arena.keep(classes.points.map(\.double))
        column.pointValues = arena.pointer(
            classes.points.map { $0.value.isNumber ? arena.copy($0.value) : .null })
        column.literals = arena.keep(classes.literals)
        guard !classes.literals.isEmpty else { return }
        var size = 4
        while size < classes.literals.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        for (index, literal) in classes.literals.enumerated() {
            var slot = Int(literal.hash) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
        column.slots = arena.pointer(slots)
        column.slotMask = UInt32(size - 1)
    }

    private func program(
        _ draft: TableDraft, _ columns: [Column], _ cells: Cells, _ outputs: [TableProgram.Output],
        _ compiler: OutputCompiler
    ) -> DecisionTable {
        var program = TableProgram(
            id: draft.id, reference: arena.text("\(draft.node.file)#\(draft.id)"),
            place: arena.text(draft.node.reference), rowFile: arena.text(draft.rowFile),
            policy: draft.policy, aggregation: draft.aggregation, rowCount: draft.rows.count,
            words: max(1, (draft.rows.count + 63) / 64), columns: arena.keep(columns),
            cells: arena.pointer([]), spans: arena.pointer([]),
            numbers: arena.pointer(draft.rows.indices.map { Int32($0) }),
            lines: arena.pointer(draft.rows.map { Int32($0.position?.line ?? 0) }),
            outputs: arena.keep(outputs), results: arena.pointer(compiler.results),
            resultClasses: arena.pointer(compiler.classes), ranks: arena.pointer(compiler.ranks),
            none: compiler.none)
        var flat: [TableProgram.CellSpans] = []
        flat.reserveCapacity(draft.rows.count * columns.count)
        var extra: [TableProgram.Span] = []
        for row in draft.rows.indices {
            for column in columns.indices {
                let spans = cells.spans[column][row]
                if spans.count == 1 {
                    flat.append(.init(low: spans[0].low, high: spans[0].high))
                } else {
                    flat.append(.init(low: -1 - Int32(extra.count), high: Int32(spans.count)))
                    extra += spans
                }
            }
        }
        program.cells = arena.pointer(flat)
        program.spans = arena.pointer(extra)
        return DecisionTable(program: arena.pointer([program]))
    }
}
