internal import Documents
internal import Expressions

/// Reads the definition of a table, all but its rows.
struct TableReader {
    let arena: Arena
    private(set) var draft: TableDraft
    var findings: [Finding] = []

    init(_ node: Node, in arena: Arena) {
        self.arena = arena
        draft = TableDraft(node: node, rowFile: node.file)
    }

    mutating func report(
        _ node: Node, _ code: String, _ message: String, _ level: Finding.Level = .error
    ) {
        findings.append(node.finding(code, level, message))
    }

    /// The table without rows; nil when it has no id, inputs or outputs to go on with.
    mutating func read() -> TableDraft? {
        let node = draft.node
        guard node.value.kind == .object else {
            report(node, "DT001", "a table is an object with id, inputs, outputs and rows or file")
            return nil
        }
        warnOfUnknown(
            node,
            [
                "id", "name", "description", "hitPolicy", "aggregation", "inputs", "outputs",
                "rows",
                "file", "default",
            ], "a table")
        guard let id = node["id"]?.value.text, !id.isEmpty else {
            report(node["id"] ?? node, "DT001", "a table needs an id, a text")
            return nil
        }
        draft.id = arena.text(String(id))
        readPolicy()
        readInputs()
        readOutputs()
        readDefault()
        checkPolicy()
        return draft.outputs.isEmpty ? nil : draft
    }

    private mutating func warnOfUnknown(_ node: Node, _ known: [StaticString], _ what: String) {
        for member in node.members where !known.contains(where: { member.key == $0 }) {
            findings.append(
                Finding(
                    "DT002", .warning, "'\(member.key)' is no field of \(what) and is not read",
                    file: node.file, at: member.keyPosition))
        }
    }

    private mutating func readPolicy() {
        if let node = draft.node["hitPolicy"] {
            if let policy = node.value.text.flatMap({ HitPolicy($0) }) {
                draft.policy = policy
            } else {
                report(
                    node, "DT004",
                    "hitPolicy is unique, first, priority, any, collect or rule order")
            }
        }
        guard let node = draft.node["aggregation"] else { return }
        let found = Aggregation.allCases.first { known in
            node.value.text.map { $0 == known.name } ?? false
        }
        guard let found else {
            return report(node, "DT004", "aggregation is list, sum, min, max or count")
        }
        draft.aggregation = found
        if draft.policy != .collect {
            report(node, "DT004", "an aggregation needs 'hitPolicy: collect'")
        }
    }

    private mutating func readType(_ node: Node) -> CellType {
        guard let type = node["type"] else { return .string }
        let found = CellType.allCases.first { known in
            type.value.text.map { $0 == known.name } ?? false
        }
        if let found { return found }
        report(
            type, "DT005", "the type is string, number, integer, boolean, date or datetime")
        return .string
    }

    private mutating func readName(_ node: Node) -> Text? {
        guard let name = node["name"]?.value.text, !name.isEmpty else {
            report(node["name"] ?? node, "DT001", "an input or output needs a name, a text")
            return nil
        }
        let known = draft.inputs.map(\.name) + draft.outputs.map(\.name)
        if known.contains(where: { $0 == name }) {
            report(
                node["name"] ?? node, "DT003",
                "the name '\(name)' stands twice; inputs and outputs have names of their own")
            return nil
        }
        if name == "#" || name == "note" {
            report(node["name"] ?? node, "DT003", "'\(name)' is the name of a column for people")
            return nil
        }
        return arena.text(String(name))
    }

    private mutating func list(_ key: StaticString, _ what: String) -> [Node] {
        guard let node = draft.node[key], node.value.kind == .array else {
            report(draft.node[key] ?? draft.node, "DT001", "\(Text(key)) is a list of \(what)")
            return []
        }
        guard node.value.count <= DecisionTable.Limits.columns else {
            report(
                node, "DT015", "a table may have \(DecisionTable.Limits.columns) \(what)")
            return []
        }
        return node.elements
    }

    private mutating func readInputs() {
        for node in list("inputs", "inputs such as {name: country, expression: entity.country}") {
            guard node.value.kind == .object else {
                report(node, "DT001", "an input is an object with name, expression and type")
                continue
            }
            warnOfUnknown(
                node,
                [
                    "name", "description", "expression", "type", "values", "caseInsensitive",
                    "mismatch",
                ], "an input")
            let type = readType(node)
            guard let name = readName(node) else { continue }
            let expression = node["expression"]
            if let expression, expression.value.text == nil {
                report(expression, "EX010", "the expression of an input is JMESPath, a text")
            }
            var input = TableDraft.Input(
                name: name, expression: expression?.value.text ?? name, place: expression ?? node,
                type: type)
            if let folded = node["caseInsensitive"] {
                input.isFolded = folded.value.bool ?? false
                if type != .string || folded.value.kind != .bool {
                    report(folded, "DT001", "caseInsensitive is true or false, of a string")
                }
            }
            if let mismatch = node["mismatch"] {
                input.letsMismatchPass = mismatch.value.text.map { $0 == "pass" } ?? false
                if !input.letsMismatchPass, !(mismatch.value.text.map { $0 == "fault" } ?? false) {
                    report(
                        mismatch, "DT001",
                        "mismatch is fault, or pass: then only '-' matches a value of another type")
                }
            }
            if let values = node["values"] { input.domain = readDomain(values, type) }
            draft.inputs.append(input)
        }
    }

    private mutating func readDomain(_ node: Node, _ type: CellType) -> CellTest? {
        do throws(CellProblem) { return try CellTest.read(node, type, in: arena) } catch {
            report(node, error.code, error.message)
            return nil
        }
    }

    private mutating func readOutputs() {
        for node in list("outputs", "outputs such as {name: tier, type: string}") {
            guard node.value.kind == .object else {
                report(node, "DT001", "an output is an object with name and type")
                continue
            }
            warnOfUnknown(node, ["name", "description", "type", "values", "default"], "an output")
            let type = readType(node)
            guard let name = readName(node) else { continue }
            var output = TableDraft.Output(name: name, type: type, place: node)
            if let values = node["values"] {
                if values.value.kind != .array {
                    report(values, "DT001", "the values of an output are a list, the best first")
                }
                output.values = values.elements.compactMap { value($0, output) }
            }
            if let fallback = node["default"] { output.fallback = value(fallback, output) }
            draft.outputs.append(output)
        }
        if draft.outputs.isEmpty, draft.node["outputs"]?.value.kind == .array {
            report(draft.node["outputs"] ?? draft.node, "DT001", "a table needs an output")
        }
    }

    private mutating func readDefault() {
        guard let node = draft.node["default"] else { return }
        guard node.value.kind == .object else {
            return report(node, "DT001", "default is an object of outputs, for when no row matches")
        }
        for (key, position, member) in node.members {
            guard let at = draft.outputs.firstIndex(where: { $0.name == key }) else {
                findings.append(
                    Finding(
                        "DT008", .error, "the table has no output '\(key)'", file: node.file,
                        at: position))
                continue
            }
            draft.outputs[at].fallback = value(member, draft.outputs[at])
        }
    }

    private mutating func checkPolicy() {
        let node = draft.node["hitPolicy"] ?? draft.node
        if draft.policy == .priority, draft.outputs.allSatisfy({ $0.values.isEmpty }) {
            report(
                node, "DT004",
                "priority needs an output with 'values', the best first, to know what comes first")
        }
        guard draft.policy == .collect else { return }
        for output in draft.outputs
        where draft.aggregation == .sum && output.type != .number && output.type != .integer {
            report(
                output.place, "DT004",
                "a sum is of numbers; '\(output.name)' is \(output.type.name)")
        }
    }

    // MARK: Values of outputs

    /// The value of an output in YAML, copied; nil with a finding. Null is null.
    mutating func value(_ node: Node, _ output: TableDraft.Output) -> Value? {
        let value = node.value
        if value.isNull { return .null }
        if Self.fits(value, output.type) {
            return listed(arena.copy(value), output, node.file, node.position)
        }
        report(
            node, "DT014",
            "the output '\(output.name)' is \(output.type.words)"
                + (output.type == .string ? "; quote what looks like something else" : ""))
        return nil
    }

    /// The value of an output in a CSV cell; nil with a finding. An empty cell is null.
    mutating func value(
        _ cell: CSVCells.Cell, _ output: TableDraft.Output, _ file: String
    ) -> Value? {
        let text = CellParser.trimmed(cell.text)
        if text.isEmpty { return .null }
        let isQuoted = text.count >= 2 && text[0] == 0x22 && text[text.count - 1] == 0x22
        if !isQuoted, let problem = SpreadsheetTrace.problem(in: text) {
            let way = output.type == .string ? "; or put the text in double quotes" : ""
            findings.append(
                Finding(
                    "DT016", .error, "\(output.name): \(problem)\(way)", file: file,
                    at: cell.position))
            return nil
        }
        var value: Value?
        switch output.type {
        case .string:
            value = .string(isQuoted ? text[1..<(text.count - 1)] : text)
        case .boolean: value = Scalars.flag(text).map { .bool($0) }
        case .number, .integer: value = Scalars.number(text, in: arena)
        case .date, .datetime: value = .string(text)
        }
        if let value, Self.fits(value, output.type) {
            return listed(value, output, file, cell.position)
        }
        findings.append(
            Finding(
                "DT014", .error,
                "the output '\(output.name)' is \(output.type.words), not '\(text.excerpt)'"
                    + LookAlikes.hint(text, output.type),
                file: file, at: cell.position))
        return nil
    }

    private static func fits(_ value: Value, _ type: CellType) -> Bool {
        switch type {
        case .string: value.kind == .string
        case .boolean: value.kind == .bool
        case .number: value.isNumber
        case .integer: value.isWholeNumber
        case .date: value.text.map { $0.count == 10 && Scalars.point($0, .date) != nil } ?? false
        case .datetime: value.text.map { Scalars.point($0, .datetime) != nil } ?? false
        }
    }

    private mutating func listed(
        _ value: Value, _ output: TableDraft.Output, _ file: String, _ position: Position?
    ) -> Value? {
        if output.values.isEmpty || output.values.contains(where: { Self.areSame($0, value) }) {
            return value
        }
        findings.append(
            Finding(
                "DT014", .error,
                "\(JSONWriter.line(value)) is none of the values that the output '\(output.name)' "
                    + "lists", file: file, at: position))
        return nil
    }

    static func areSame(_ a: Value, _ b: Value) -> Bool {
        if a.isNumber, b.isNumber { return Value.compareNumbers(a, b) == 0 }
        if let x = a.text, let y = b.text { return x == y }
        return a.kind == b.kind && a.bool == b.bool
    }
}

extension CellProblem {
    /// The finding that says so.
    var code: String {
        switch kind {
        case .syntax: "DT010"
        case .type: "DT011"
        case .range: "DT012"
        case .lookAlike: "DT016"
        }
    }
}
