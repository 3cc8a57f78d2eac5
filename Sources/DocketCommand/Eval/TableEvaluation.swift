import Batch
import DecisionTables
import Definitions
import Documents
import Expressions
import GitStorage

/// `docket eval --language table`.
enum TableEvaluation {
    /// The answer to `{table, data}` or `{id, data}`: `{outputs, rows}`, rows counted from 1, or
    /// `{error}`.
    ///
    /// - Parameter named: the table of an id; nil when there is none.
    static func evaluate(
        _ request: Value, named: (String) -> DecisionTable?, in arena: Arena
    ) throws(ExpressionError) -> Value {
        let table: DecisionTable
        if let name = request["id"]?.string {
            guard let found = named(name) else {
                throw ExpressionError(.invalidValue, "there is no table '\(name)' in rules/")
            }
            table = found
        } else {
            table = try compile(request["table"] ?? .null, file: "table", arena) { _ in nil }
        }
        let outcome = try table.evaluate(Scope(request["data"] ?? .null), in: arena)
        return arena.object([
            "outputs": outcome.outputs,
            "rows": arena.array(outcome.rows.map { .integer(Int($0) + 1) }),
            "places": arena.array(
                outcome.rows.map { arena.string(table.place(ofRow: Int($0))) }),
        ])
    }

    /// A table that stands in no repository: a definition, or the only one under `tables`.
    static func compile(
        _ value: Value, file: String, _ arena: Arena, csv: (String) -> [UInt8]?
    ) throws(ExpressionError) -> DecisionTable {
        var value = value
        if let list = value["tables"] {
            guard list.count == 1, let only = list[0] else {
                throw ExpressionError(
                    .syntax, "the file has \(list.count) tables; name one by its id")
            }
            value = only
        }
        let source = Source(file: file, arena: arena, value: value)
        let compiled = DecisionTable.compile(
            source.root, csv: csv, lists: { _ in nil }, analyses: false, in: arena)
        guard let table = compiled.table else {
            let first = compiled.findings.first { $0.level == .error }
            throw ExpressionError(.syntax, first?.description ?? "no table")
        }
        return table
    }
}

/// The tables of the repository at a place, looked up when the first is named.
final class TableCatalog {
    private let directory: String
    private var catalog: Catalog?
    private var isRead = false

    init(_ directory: String) { self.directory = directory }

    /// A table by its id.
    func find(_ name: String) -> DecisionTable? {
        if !isRead {
            isRead = true
            if let files = try? WorkTreeFiles(directory) {
                catalog = try? SourceCatalog.load(files.root, in: files).catalog
            }
        }
        return catalog?.table(name)
    }
}
