internal import Documents

/// Reads the rows of a table: out of its definition, or out of a CSV file beside it.
struct RowReader {
    /// Findings after which a CSV file is not read on; a column of another kind would bring one a row.
    private static let findingLimit = 100

    var table: TableReader
    var draft: TableDraft

    private var arena: Arena { table.arena }

    init(_ table: TableReader, _ draft: TableDraft) {
        self.table = table
        self.draft = draft
    }

    /// - Parameter csv: the content of a file, by its path in the repository; nil when there is none.
    /// - Returns: the path of the CSV file, if the rows stand in one.
    mutating func read(csv: (String) -> [UInt8]?) -> String? {
        let node = draft.node
        guard let file = node["file"] else {
            guard let rows = node["rows"], rows.value.kind == .array else {
                table.report(
                    node["rows"] ?? node, "DT001",
                    "a table needs rows, a list, or file, the name of a CSV file beside it")
                return nil
            }
            guard rows.value.count <= DecisionTable.Limits.rows else {
                table.report(
                    rows, "DT015", "a table may have \(DecisionTable.Limits.rows) rows")
                return nil
            }
            for row in rows.elements { read(row) }
            return nil
        }
        if let rows = node["rows"] {
            table.report(rows, "DT001", "the rows stand here or in the file, not in both")
        }
        guard let name = file.value.string, let path = Self.resolve(name, beside: node.file) else {
            table.report(
                file, "DT006",
                "file is the name of a CSV file beside this one or in a folder below rules/")
            return nil
        }
        guard let bytes = csv(path) else {
            table.report(file, "DT006", "there is no file '\(path)' in this repository")
            return path
        }
        draft.rowFile = path
        read(bytes)
        return path
    }

    /// The path of a file named beside another; nil when it leads out of the folder of the
    /// repository that the other stands in, or to no CSV file.
    static func resolve(_ name: String, beside file: String) -> String? {
        var parts = file.split(separator: "/").dropLast().map { Array($0.utf8) }
        let top = parts.first
        for part in name.utf8.split(separator: 0x2F, omittingEmptySubsequences: false) {
            if part.isEmpty || part.contains(0x5C) || part.contains(0) { return nil }
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(Array(part))
            }
        }
        guard parts.count > 0, parts.first == top || top == nil,
            parts.last?.suffix(4).elementsEqual(".csv".utf8) ?? false
        else { return nil }
        let path = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        return file.utf8.first == 0x2F ? "/" + path : path
    }

    // MARK: YAML

    private mutating func read(_ node: Node) {
        var row = TableDraft.Row(
            tests: draft.inputs.map { _ in .any }, outputs: draft.outputs.map { _ in .null },
            position: node.position)
        if node.value.kind == .array {
            let cells = node.elements
            guard cells.count == draft.inputs.count + draft.outputs.count else {
                return table.report(
                    node, "DT008",
                    "\(cells.count) cells for \(draft.inputs.count) inputs and "
                        + "\(draft.outputs.count) outputs")
            }
            for index in draft.inputs.indices { row.tests[index] = test(cells[index], index) }
            for index in draft.outputs.indices {
                let cell = cells[draft.inputs.count + index]
                row.outputs[index] = table.value(cell, draft.outputs[index]) ?? .null
            }
        } else if node.value.kind == .object {
            for (key, position, cell) in node.members {
                if let index = draft.inputs.firstIndex(where: { $0.name == key }) {
                    row.tests[index] = test(cell, index)
                } else if let index = draft.outputs.firstIndex(where: { $0.name == key }) {
                    row.outputs[index] = table.value(cell, draft.outputs[index]) ?? .null
                } else if !(key == "#" || key == "note") {
                    table.findings.append(
                        Finding(
                            "DT008", .error, "'\(key)' is no input or output of the table",
                            file: node.file, at: position))
                }
            }
        } else {
            return table.report(
                node, "DT008", "a row is an object by input and output, or a list of their cells")
        }
        draft.rows.append(row)
    }

    private mutating func test(_ node: Node, _ input: Int) -> CellTest? {
        do throws(CellProblem) {
            return try CellTest.read(node, draft.inputs[input].type, in: arena)
        } catch {
            table.report(node, error.code, "\(draft.inputs[input].name): \(error.message)")
            return nil
        }
    }

    // MARK: CSV

    private mutating func read(_ bytes: [UInt8]) {
        let kept = bytes.withUnsafeBytes {
            UnsafeRawBufferPointer(start: arena.copy($0), count: $0.count)
        }
        do throws(ParseError) {
            let file = try CSVCells(kept, rowLimit: DecisionTable.Limits.rows, into: arena)
            guard let header = file.rows.first else {
                throw ParseError(
                    .syntax, "the file has no header; its first line names the inputs and outputs",
                    at: Position(line: 1, column: 1))
            }
            guard let columns = columns(header) else { return }
            for row in file.rows.dropFirst() {
                read(row, columns)
                guard table.findings.count < Self.findingLimit else { break }
            }
        } catch {
            table.findings.append(error.finding(file: draft.rowFile))
        }
    }

    private enum Target {
        case input(Int)
        case output(Int)
        case note
    }

    private mutating func columns(_ header: CSVCells.Row) -> [Target]? {
        var targets: [Target] = []
        var isSound = true
        for cell in header.cells {
            guard let problem = SpreadsheetTrace.problem(inHeader: cell.text) else { continue }
            refuse(problem, cell.position)
            return nil
        }
        for (index, cell) in header.cells.enumerated() {
            let name = CellParser.trimmed(cell.text)
            if Self.areEmpty(header.cells[index...]) { break }
            let isRepeated = header.cells[..<index].contains {
                CellParser.trimmed($0.text) == name
            }
            if name == "#" || name == "note" {
                targets.append(.note)
                continue
            }
            if isRepeated {
                refuse("the column '\(name.excerpt)' stands twice", cell.position)
                isSound = false
            }
            if let at = draft.inputs.firstIndex(where: { $0.name == name }) {
                targets.append(.input(at))
            } else if let at = draft.outputs.firstIndex(where: { $0.name == name }) {
                targets.append(.output(at))
            } else {
                refuse(unknown(name), cell.position)
                isSound = false
            }
        }
        let names = header.cells.map { CellParser.trimmed($0.text) }
        for name in draft.inputs.map(\.name) + draft.outputs.map(\.name)
        where isSound && !names.contains(where: { $0 == name }) {
            refuse("the column '\(name)' is missing", Position(line: header.line, column: 1))
            isSound = false
        }
        return isSound ? targets : nil
    }

    private func unknown(_ name: Text) -> String {
        if name.isEmpty { return "the column has no name; name it 'note' if it is for people" }
        if let problem = SpreadsheetTrace.problem(in: name) { return problem }
        let known = draft.inputs.map(\.name) + draft.outputs.map(\.name)
        return "'\(name.excerpt)' is no input or output of the table"
            + NearestName.hint(name, among: known)
    }

    private static func areEmpty(_ cells: ArraySlice<CSVCells.Cell>) -> Bool {
        cells.allSatisfy { CellParser.trimmed($0.text).isEmpty }
    }

    private mutating func refuse(_ message: String, _ position: Position, _ code: String = "DT007")
    {
        table.findings.append(
            Finding(code, .error, message, file: draft.rowFile, at: position))
    }

    private mutating func read(_ line: CSVCells.Row, _ columns: [Target]) {
        // Spreadsheets leave rows and columns of nothing but commas behind.
        if Self.areEmpty(line.cells[...]) { return }
        let position = Position(line: line.line, column: 1)
        guard line.cells.count >= columns.count else {
            return refuse(
                "\(line.cells.count) cells for \(columns.count) columns; a cell is missing",
                position, "DT008")
        }
        guard Self.areEmpty(line.cells[columns.count...]) else {
            return refuse(
                "\(line.cells.count) cells for \(columns.count) columns; quote a cell with a comma "
                    + "in it", position, "DT008")
        }
        var row = TableDraft.Row(
            tests: draft.inputs.map { _ in .any }, outputs: draft.outputs.map { _ in .null },
            position: position)
        for (cell, target) in zip(line.cells, columns) {
            switch target {
            case .note: continue
            case .input(let index):
                do throws(CellProblem) {
                    row.tests[index] = try CellParser.parse(
                        cell.text, draft.inputs[index].type, in: arena)
                } catch {
                    row.tests[index] = nil
                    refuse(
                        "\(draft.inputs[index].name): \(error.message)", cell.position, error.code)
                }
            case .output(let index):
                row.outputs[index] =
                    table.value(cell, draft.outputs[index], draft.rowFile) ?? .null
            }
        }
        draft.rows.append(row)
    }
}
