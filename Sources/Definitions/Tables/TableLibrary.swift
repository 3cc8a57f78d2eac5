import DecisionTables
import Documents

/// The decision tables of a repository, compiled: those under `tables:` of the files in `rules/`.
struct TableLibrary: Sendable {
    private struct Entry: Sendable {
        var table: DecisionTable
        /// The file of the definition, that of the rows, and those of lists.
        var files: Set<String>
    }

    private var entries: [Entry] = []
    private var digests: [String: Digest] = [:]
    private(set) var findings: [Finding] = []

    /// No tables.
    init() {}

    /// Compiles all tables, each once.
    ///
    /// - Parameters:
    ///   - sources: the rule files.
    ///   - files: those of the repository, for rows in CSV; nil when there is none to look in.
    ///   - lists: the values of a named list, and the file they stand in; nil when there is none of
    ///     the name.
    ///   - arena: holds the tables.
    init(
        _ sources: [Source], _ files: [RepositoryFile]?,
        lists: (Text) -> (values: [Value], file: String)? = { _ in nil }, in arena: Arena
    ) {
        var known: [(id: Text, node: Node)] = []
        for source in sources {
            guard let list = source.root["tables"] else { continue }
            guard list.value.kind == .array else {
                findings.append(list.finding("DT001", .error, "`tables` is a list of tables"))
                continue
            }
            for node in list.elements {
                if let id = node["id"], let text = id.value.text {
                    if let other = known.first(where: { $0.id == text }) {
                        findings.append(
                            id.finding(
                                "DT003", .error,
                                "the table '\(text)' stands in \(other.node.reference) too; ids of "
                                    + "tables are unique in the repository"))
                        continue
                    }
                    known.append((text, node))
                }
                compile(node, files, lists, arena)
            }
        }
    }

    private mutating func compile(
        _ node: Node, _ files: [RepositoryFile]?,
        _ lists: (Text) -> (values: [Value], file: String)?, _ arena: Arena
    ) {
        let compiled = DecisionTable.compile(
            node,
            csv: { path in files?.first { $0.path.utf8.elementsEqual(path.utf8) }?.bytes },
            lists: { lists($0)?.values }, in: arena)
        findings += compiled.findings
        var used: Set<String> = [node.file]
        if let path = compiled.file {
            used.insert(path)
            if let file = files?.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) {
                digests[path] = Digest(of: file.bytes)
            }
        }
        for name in compiled.lists {
            if let file = lists(arena.text(name))?.file { used.insert(file) }
        }
        if let table = compiled.table { entries.append(Entry(table: table, files: used)) }
    }

    // MARK: Looking up

    private func entry(_ name: String) -> Entry? {
        entries.first {
            $0.table.id.bytes.elementsEqual(name.utf8)
                || $0.table.reference.bytes.elementsEqual(name.utf8)
        }
    }

    /// A table by its id, or by `rules/FILE.yaml#ID`.
    func find(_ name: String) -> (table: DecisionTable, files: Set<String>)? {
        entry(name).map { ($0.table, $0.files) }
    }

    /// The files that a table is made of.
    func files(of table: DecisionTable) -> Set<String> {
        entry(String(table.reference))?.files ?? []
    }

    /// The digest of a CSV file of rows.
    func digest(ofRowFile path: String) -> Digest? { digests[path] }

    // MARK: Files

    /// Whether a path is that of a CSV file of rows.
    static func isRowFile(_ path: String) -> Bool {
        path.hasPrefix("rules/") && path.utf8.suffix(4).elementsEqual(".csv".utf8)
    }

    static func mayHoldTables(_ source: Source) -> Bool {
        source.root["tables"] != nil && source.root["definition"] == nil
    }

    private static let ownMembers: [StaticString] = ["docket", "tables", "name", "description"]

    /// Whether a rule file has tables and no rules, so that nothing else needs to read it.
    static func holdsOnlyTables(_ source: Source) -> Bool {
        mayHoldTables(source)
            && source.root.members.allSatisfy { member in
                ownMembers.contains { member.key == $0 }
            }
    }
}
