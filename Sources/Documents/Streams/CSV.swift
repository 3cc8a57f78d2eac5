/// One row of a CSV file, found but not yet parsed, so that a row that did not change can be told by
/// its bytes alone.
public struct CSVRow: Sendable {
    /// 1-based line at which the row starts.
    public let line: Int
    /// Where the row lies in the file, its line ending left out.
    public let range: Range<Int>
    /// The row's bytes; they live as long as the file's.
    nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer
}

/// Reads CSV (RFC 4180) with a header whose dotted names make nested objects.
///
/// Cells are strings, unless the column's name ends in `:number`, `:boolean` or `:json`. An empty
/// cell leaves its member out, and an object without members is left out too. Blank lines are
/// skipped, and so are empty cells past the last column, which spreadsheets leave behind; `\n` and
/// `\r\n` end rows; a byte order mark is ignored. Spaces belong to the cell.
public struct CSVReader {
    /// The columns in the order of the header.
    public var columns: [CSVColumn] { tree.columns }

    private let bytes: UnsafeRawBufferPointer
    private let limits: ParseLimits
    private var tree = CSVColumnTree()
    private var parser: JSONParser
    private var at: Int
    private var line = 1
    private var cells: [Value?] = []
    private var members: [Member] = []

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - bytes: the file; must live as long as the reader and the values.
    ///   - limits: bounds on each row.
    ///   - arena: holds the columns' names; must live as long as the reader and the values.
    /// - Throws: when a column's name is missing, stands twice, has an unknown type, or is both a
    ///   cell and an object (`a` and `a.b`).
    public init(
        _ bytes: UnsafeRawBufferPointer, limits: ParseLimits = ParseLimits(), names arena: Arena
    ) throws(ParseError) {
        self.bytes = bytes
        self.limits = limits
        parser = JSONParser(limits: limits)
        at = StreamBytes.start(bytes)
        guard let header = next() else {
            throw ParseError(
                .syntax, "the file has no header; its first line names the columns",
                at: Position(line: 1, column: 1))
        }
        try check(header)
        var cursor = CSVCursor(header.bytes)
        while let cell = try nextCell(&cursor, header) {
            let name = cell.text(in: arena)
            if name.isEmpty, header.bytes[cell.start...].allSatisfy({ $0 == 0x2C }),
                !tree.columns.isEmpty
            {
                break
            }
            if let problem = SpreadsheetTrace.problem(inHeader: name)
                ?? tree.add(String(name), in: arena)
            {
                throw error(header, cell.start, problem)
            }
        }
        cells = Array(repeating: nil, count: columns.count)
    }

    /// The next row that is not blank.
    public mutating func next() -> CSVRow? {
        while at < bytes.count {
            let start = at
            let startLine = line
            let end = CSVCursor.rowEnd(bytes, from: start, lines: &line)
            at = end + 1
            line += 1
            let stop = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
            if stop == start { continue }
            return CSVRow(
                line: startLine, range: start..<stop,
                bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<stop]))
        }
        return nil
    }

    /// Parses a row. Its strings point into the file's bytes where they hold no doubled quote.
    public mutating func parse(_ row: CSVRow, into arena: Arena) throws(ParseError) -> Value {
        try check(row)
        var cursor = CSVCursor(row.bytes)
        var count = 0
        while let cell = try nextCell(&cursor, row) {
            guard count < cells.count else {
                if cell.isEmpty { continue }
                throw error(
                    row, cell.start,
                    "more cells than the \(columns.count) columns; quote a cell with a comma in it")
            }
            cells[count] = cell.isEmpty ? nil : try value(cell, columns[count], row, arena)
            count += 1
        }
        guard count == cells.count else {
            throw error(
                row, row.bytes.count,
                "\(count) cells for \(columns.count) columns; '\(columns[count].name)' is missing")
        }
        return build(0, arena) ?? .emptyObject
    }

    // MARK: Cells

    private mutating func value(
        _ cell: CSVCursor.Cell, _ column: CSVColumn, _ row: CSVRow, _ arena: Arena
    ) throws(ParseError) -> Value {
        let text = cell.text(in: arena)
        switch column.cell {
        case .string: return .string(text)
        case .boolean:
            switch String(text).lowercased() {
            case "true": return .true
            case "false": return .false
            default:
                throw error(
                    row, cell.start, "column '\(column.name)' takes true or false, not '\(text)'")
            }
        case .number, .json:
            do throws(ParseError) {
                let value = try parser.parse(text.bytes, into: arena)
                if column.cell == .json || value.isNumber { return value }
            } catch {
                if column.cell == .json {
                    throw self.error(
                        row, cell.start,
                        "column '\(column.name)' takes JSON; at character "
                            + "\(error.position.column): \(error.message)")
                }
            }
            throw error(row, cell.start, "column '\(column.name)' takes a number, not '\(text)'")
        }
    }

    /// The object of a branch, or nil when every cell below it is empty.
    private mutating func build(_ branch: Int, _ arena: Arena) -> Value? {
        let base = members.count
        for child in tree.branches[branch].children {
            let value: Value? =
                if let column = tree.branches[child].column {
                    cells[column]
                } else {
                    build(child, arena)
                }
            if let value { members.append(Member(tree.branches[child].key, value)) }
        }
        if members.count == base { return nil }
        let object = arena.object(members[base...])
        members.removeSubrange(base...)
        return object
    }

    private func nextCell(
        _ cursor: inout CSVCursor, _ row: CSVRow
    ) throws(ParseError) -> CSVCursor.Cell? {
        switch cursor.next() {
        case .end: return nil
        case .cell(let cell): return cell
        case .unterminated(let offset):
            throw error(row, offset, "the quote opened here is never closed")
        case .strayQuote(let offset):
            throw error(
                row, offset, "a quote in a cell is written twice, and the cell stands in quotes")
        }
    }

    // MARK: Errors

    private func check(_ row: CSVRow) throws(ParseError) {
        if row.bytes.count > limits.bytes {
            throw ParseError(
                .tooLarge,
                "a row of \(row.bytes.count) bytes, more than the limit of \(limits.bytes); "
                    + "is a quote missing?",
                at: Position(line: row.line, column: 1))
        }
        if let (offset, message) = StreamBytes.encodingProblem(row.bytes) {
            var problem = error(row, offset, message)
            problem.code = .encoding
            throw problem
        }
    }

    private func error(_ row: CSVRow, _ offset: Int, _ message: String) -> ParseError {
        var position = Position(of: offset, in: row.bytes)
        position.line += row.line - 1
        return ParseError(.syntax, message, at: position)
    }
}

/// Walks over the cells of a row.
struct CSVCursor {
    struct Cell {
        /// Offset in the row at which the cell starts, its quote included.
        let start: Int
        /// The bytes between the quotes, or all of them.
        let bytes: UnsafeRawBufferPointer
        let hasDoubledQuotes: Bool

        var isEmpty: Bool { bytes.isEmpty }

        /// The cell's text; a copy only where quotes are doubled.
        func text(in arena: Arena) -> Text {
            guard hasDoubledQuotes else { return Text(bytes) }
            let target = arena.allocate(bytes.count)
            var size = 0
            var at = 0
            while at < bytes.count {
                target.storeBytes(of: bytes[at], toByteOffset: size, as: UInt8.self)
                size += 1
                at += bytes[at] == 0x22 ? 2 : 1
            }
            return Text(start: UnsafeRawPointer(target), count: size)
        }
    }

    enum Step {
        case cell(Cell)
        case end
        /// A quote at an offset is never closed.
        case unterminated(Int)
        /// A quote at an offset stands inside or behind a cell.
        case strayQuote(Int)
    }

    private let row: UnsafeRawBufferPointer
    private var at = 0
    private var isOver = false

    init(_ row: UnsafeRawBufferPointer) { self.row = row }

    mutating func next() -> Step {
        if isOver { return .end }
        let start = at
        if at < row.count, row[at] == 0x22 { return quoted(start) }
        while at < row.count, row[at] != 0x2C {
            if row[at] == 0x22 { return .strayQuote(at) }
            at += 1
        }
        let cell = UnsafeRawBufferPointer(rebasing: row[start..<at])
        advance()
        return .cell(Cell(start: start, bytes: cell, hasDoubledQuotes: false))
    }

    private mutating func quoted(_ start: Int) -> Step {
        var hasDoubled = false
        at += 1
        while true {
            while at < row.count, row[at] != 0x22 { at += 1 }
            guard at < row.count else { return .unterminated(start) }
            guard at + 1 < row.count, row[at + 1] == 0x22 else { break }
            hasDoubled = true
            at += 2
        }
        let cell = UnsafeRawBufferPointer(rebasing: row[(start + 1)..<at])
        at += 1
        if at < row.count, row[at] != 0x2C { return .strayQuote(at - 1) }
        advance()
        return .cell(Cell(start: start, bytes: cell, hasDoubledQuotes: hasDoubled))
    }

    private mutating func advance() {
        if at < row.count { at += 1 } else { isOver = true }
    }

    /// The newline that ends the row, or the end of the file; counts the newlines within quotes.
    static func rowEnd(
        _ bytes: UnsafeRawBufferPointer, from start: Int, lines: inout Int
    ) -> Int {
        var at = start
        var isCellStart = true
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x0A { return at }
            if byte == 0x22 && isCellStart {
                at += 1
                while at < bytes.count {
                    if bytes[at] == 0x0A { lines += 1 }
                    if bytes[at] == 0x22 {
                        guard at + 1 < bytes.count, bytes[at + 1] == 0x22 else { break }
                        at += 1
                    }
                    at += 1
                }
                isCellStart = false
            } else {
                isCellStart = byte == 0x2C
            }
            at += 1
        }
        return min(at, bytes.count)
    }
}
