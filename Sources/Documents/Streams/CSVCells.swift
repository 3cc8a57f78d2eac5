/// A CSV file as cells with their places, for files that people keep in a spreadsheet and that are
/// read whole. Quotes, line endings and the byte order mark are treated as by ``CSVReader``.
public struct CSVCells: Sendable {
    /// A cell: its text without the quotes, and where it starts.
    public struct Cell: Sendable {
        /// In the arena given, or in the file's bytes.
        public var text: Text
        /// 1-based, in the file.
        public var position: Position
    }

    /// A row that is not blank.
    public struct Row: Sendable {
        /// 1-based line at which the row starts.
        public var line: Int
        /// In order.
        public var cells: [Cell]
    }

    /// The rows, the header first.
    public private(set) var rows: [Row] = []

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bytes: must live as long as the cells' texts.
    ///   - rowLimit: rows past the header's; more are refused.
    ///   - arena: holds the texts of cells with doubled quotes.
    public init(
        _ bytes: UnsafeRawBufferPointer, rowLimit: Int, into arena: Arena
    ) throws(ParseError) {
        if let problem = StreamBytes.encodingProblem(bytes) {
            throw ParseError(
                .encoding, problem.message, at: Position(of: problem.offset, in: bytes))
        }
        var at = StreamBytes.start(bytes)
        var line = 1
        while at < bytes.count {
            let start = at
            let startLine = line
            let end = CSVCursor.rowEnd(bytes, from: start, lines: &line)
            at = end + 1
            line += 1
            let stop = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
            if stop == start { continue }
            guard rows.count <= rowLimit else {
                throw ParseError(
                    .tooLarge, "more than \(rowLimit) rows",
                    at: Position(line: startLine, column: 1))
            }
            let row = UnsafeRawBufferPointer(rebasing: bytes[start..<stop])
            rows.append(Row(line: startLine, cells: try Self.cells(row, startLine, arena)))
        }
    }

    private static func cells(
        _ row: UnsafeRawBufferPointer, _ line: Int, _ arena: Arena
    ) throws(ParseError) -> [Cell] {
        var cursor = CSVCursor(row)
        var cells: [Cell] = []
        var (offset, position) = (0, Position(line: line, column: 1))
        func place(_ target: Int) -> Position {
            while offset < target {
                if row[offset] == 0x0A {
                    position = Position(line: position.line + 1, column: 1)
                } else if row[offset] & 0xC0 != 0x80 {
                    position.column += 1
                }
                offset += 1
            }
            return position
        }
        while true {
            switch cursor.next() {
            case .end: return cells
            case .cell(let cell):
                cells.append(Cell(text: cell.text(in: arena), position: place(cell.start)))
            case .unterminated(let offset):
                throw ParseError(
                    .syntax, "the quote opened here is never closed", at: place(offset))
            case .strayQuote(let offset):
                throw ParseError(
                    .syntax, "a quote in a cell is written twice, and the cell stands in quotes",
                    at: place(offset))
            }
        }
    }
}
