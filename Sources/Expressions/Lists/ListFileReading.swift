public import Documents

extension NamedList {
    /// The name of the list that a file of `lists/` is: its path below it, without the ending; nil
    /// for a file that is no CSV, YAML or JSON.
    public static func name(ofFile path: String) -> String? {
        guard path.hasPrefix("lists/") else { return nil }
        for ending in [".csv", ".yaml", ".yml", ".json"] where path.hasSuffix(ending) {
            let name = path.dropFirst(6).dropLast(ending.count)
            return name.isEmpty ? nil : String(name)
        }
        return nil
    }

    /// Loads a file of `lists/`.
    ///
    /// CSV: lines that begin with `#` before the header are comments; the first column is the key.
    /// YAML and JSON: a list of values; or an object with `values`, a list, or an object of a row
    /// each; or with `rows`, a list of objects, and `key`, the member they are found by.
    ///
    /// - Parameter arena: holds the list, and copies of all that it needs of the bytes.
    /// - Returns: nil when the file is no list; findings LS001 to LS005, LS007 and LS008, and those of the
    ///   parsers. A list with an error is not fit to be used.
    public static func load(
        file: String, bytes: [UInt8], in arena: Arena
    ) -> (NamedList?, [Finding]) {
        var reader = ListFileReader(file: file, arena: arena)
        let list = file.hasSuffix(".csv") ? reader.readTable(bytes) : reader.readTree(bytes)
        return (list, reader.findings)
    }
}

/// Reads one file of `lists/`.
private struct ListFileReader {
    let file: String
    let arena: Arena
    var findings: [Finding] = []
    private var rows: [(key: Value, row: Value)] = []
    private var places: [Position?] = []
    private var columns: [Text] = []

    /// Findings about rows that one file may bring; a wrong separator would bring one a line.
    private static let findingLimit = 20

    init(file: String, arena: Arena) {
        self.file = file
        self.arena = arena
    }

    private mutating func report(
        _ code: String, _ message: String, at position: Position?,
        _ level: Finding.Level = .error
    ) {
        guard findings.count < Self.findingLimit else { return }
        findings.append(Finding(code, level, message, file: file, at: position))
    }

    private mutating func finish(keyColumn: Text?) -> NamedList? {
        checkKeys()
        guard !findings.contains(where: { $0.level == .error }) else { return nil }
        let name = arena.text(NamedList.name(ofFile: file) ?? file)
        return NamedList(
            name: name, file: arena.text(file), rows: rows, keyColumn: keyColumn,
            columns: columns, in: arena)
    }

    /// Reports keys that are none and keys that stand twice.
    private mutating func checkKeys() {
        var first: [UInt64: [Int]] = [:]
        for (index, row) in rows.enumerated() {
            guard let hash = NamedList.hash(row.key), row.key.text.map({ !$0.isEmpty }) ?? true
            else {
                report(
                    "LS004", "a key is a text, a number or true or false, and not empty",
                    at: places[index])
                continue
            }
            let same = first[hash]?.first { NamedList.areSame(rows[$0].key, row.key) }
            if let same {
                let line = places[same].map { " on line \($0.line)" } ?? ""
                report(
                    "LS003",
                    "the key \(JSONWriter.line(row.key)) stands\(line) already; remove one",
                    at: places[index])
            } else {
                first[hash, default: []].append(index)
            }
        }
    }

    private mutating func tooLong(at position: Position?) {
        report(
            "LS005", "a list may have \(NamedList.rowLimit) rows and this has more; split it",
            at: position)
    }

    // MARK: CSV

    mutating func readTable(_ bytes: [UInt8]) -> NamedList? {
        let copy = bytes.withUnsafeBytes { arena.copy($0) }
        let whole = UnsafeRawBufferPointer(start: copy, count: bytes.count)
        let (start, lines) = Self.comments(whole)
        let body = UnsafeRawBufferPointer(rebasing: whole[start...])
        do throws(ParseError) {
            var reader = try CSVReader(body, names: arena)
            for column in reader.columns {
                let name = arena.text(column.path.first ?? "")
                if !columns.contains(where: { $0 == name }) { columns.append(name) }
            }
            let path = (reader.columns.first?.path ?? []).map { arena.key($0) }
            while let row = reader.next() {
                guard rows.count < NamedList.rowLimit else {
                    tooLong(at: Position(line: row.line + lines, column: 1))
                    break
                }
                readRow(row, &reader, path, lines)
            }
        } catch {
            shifted(error, by: lines)
            return nil
        }
        return finish(keyColumn: columns.first)
    }

    private mutating func readRow(
        _ row: CSVRow, _ reader: inout CSVReader, _ path: [Key], _ lines: Int
    ) {
        do throws(ParseError) {
            let value = try reader.parse(row, into: arena)
            // Spreadsheets leave rows of nothing but commas behind.
            if value.count == 0 { return }
            let key = path.reduce(value) { $0[$1] ?? .null }
            warnOfTraces(value, row.line + lines)
            rows.append((key, value))
            places.append(Position(line: row.line + lines, column: 1))
        } catch { shifted(error, by: lines) }
    }

    /// Texts that are compared by their bytes and do not look like them.
    private mutating func warnOfTraces(_ row: Value, _ line: Int) {
        for member in row.members ?? .init(start: nil, count: 0) {
            guard let text = member.value.text, let first = text.bytes.first,
                let last = text.bytes.last
            else { continue }
            let problem =
                first == 0x20 || last == 0x20
                ? "'\(text)' has spaces around it, which are part of it; remove them"
                : SpreadsheetTrace.problem(in: text)
            guard let problem else { continue }
            report(
                "LS008", "\(member.key): \(problem)", at: Position(line: line, column: 1), .warning)
        }
    }

    private mutating func shifted(_ error: ParseError, by lines: Int) {
        var position = error.position
        position.line += lines
        report(error.code == .encoding ? "DOC002" : "LS002", error.message, at: position)
    }

    /// Where the lines end that begin with `#`, and how many they are.
    private static func comments(_ bytes: UnsafeRawBufferPointer) -> (start: Int, lines: Int) {
        var at = 0
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { at = 3 }
        var lines = 0
        while at < bytes.count, bytes[at] == UInt8(ascii: "#") {
            while at < bytes.count, bytes[at] != 0x0A { at += 1 }
            at = min(at + 1, bytes.count)
            lines += 1
        }
        return (at, lines)
    }

    // MARK: YAML and JSON

    mutating func readTree(_ bytes: [UInt8]) -> NamedList? {
        let parsed = bytes.withUnsafeBytes { Source.parse(file, $0) }
        findings += parsed.findings
        guard let source = parsed.source else { return nil }
        let root = source.root
        if root.value.kind == .array {
            readValues(root)
            return finish(keyColumn: nil)
        }
        for (key, position, _) in root.members
        where !["docket", "name", "description", "values", "rows", "key"]
            .contains(where: { key == ($0 as StaticString) })
        {
            report(
                "LS007", "'\(key)' is no field of a list and is not read", at: position, .warning)
        }
        if let rows = root["rows"], rows.value.kind == .array {
            return readRows(rows, root["key"])
        }
        guard let values = root["values"] else {
            report(
                "LS001",
                "a list is a list of values, or has 'values', or 'rows' with their 'key'",
                at: root.position)
            return nil
        }
        if values.value.kind == .array {
            readValues(values)
            return finish(keyColumn: nil)
        }
        guard values.value.kind == .object else {
            report(
                "LS001", "'values' is a list, or an object of a row each", at: values.position)
            return nil
        }
        return readMapping(values)
    }

    private mutating func readValues(_ values: Node) {
        for element in values.elements {
            guard rows.count < NamedList.rowLimit else { return tooLong(at: element.position) }
            rows.append((arena.copy(element.value), .null))
            places.append(element.position)
        }
    }

    /// `{IR: {level: high}}`, or `{IR: high}` with one column, `value`.
    private mutating func readMapping(_ values: Node) -> NamedList? {
        let keyColumn = arena.text("key")
        columns = [keyColumn]
        for (key, position, node) in values.members {
            guard rows.count < NamedList.rowLimit else {
                tooLong(at: position)
                break
            }
            let name = Value.string(copy(key))
            var row = ObjectBuilder()
            row["key"] = name
            if node.value.kind == .object {
                for member in node.members {
                    row[column(member.key)] = arena.copy(member.node.value)
                }
            } else {
                row[column(Text("value"))] = arena.copy(node.value)
            }
            rows.append((name, row.finish(in: arena)))
            places.append(position ?? node.position)
        }
        return finish(keyColumn: keyColumn)
    }

    private mutating func readRows(_ list: Node, _ key: Node?) -> NamedList? {
        let first = list.elements.first?.members.first.map { $0.key }
        if let key, key.value.text == nil {
            report("LS001", "'key' is the name of a column", at: key.position)
            return nil
        }
        guard let name = key?.value.text ?? first else {
            if list.value.count > 0 {
                report("LS001", "each of 'rows' is an object of columns", at: list.position)
                return nil
            }
            return finish(keyColumn: nil)
        }
        let keyColumn = column(name).text
        for element in list.elements {
            guard rows.count < NamedList.rowLimit else {
                tooLong(at: element.position)
                break
            }
            guard element.value.kind == .object else {
                report("LS001", "each of 'rows' is an object of columns", at: element.position)
                continue
            }
            guard let cell = element[keyColumn] else {
                report("LS004", "the row has no '\(keyColumn)', its key", at: element.position)
                continue
            }
            for member in element.members { _ = column(member.key) }
            rows.append((arena.copy(cell.value), arena.copy(element.value)))
            places.append(cell.position)
        }
        return finish(keyColumn: keyColumn)
    }

    private mutating func column(_ name: Text) -> Key {
        if let known = columns.first(where: { $0 == name }) { return Key(known) }
        let own = copy(name)
        columns.append(own)
        return Key(own)
    }

    private func copy(_ text: Text) -> Text {
        Text(start: arena.copy(text.bytes), count: text.count)
    }
}
