import Documents
import Foundation

#if canImport(DecisionTables)
    import DecisionTables
#endif

/// Decision tables of any length, as definitions that both sides take.
enum Tables {
    /// A table of bands of turnover and score for made-up countries and real ones, with a last row
    /// that takes what is left.
    static func bands(_ count: Int, in arena: Arena) -> Value {
        let countries = ["GB", "NL", "DE", "FR", "SE", "PL", "KY", "PA"]
        func cell(_ text: String) -> Value { arena.string(text) }
        var rows: [Value] = []
        let steps = max(1, count / 16)
        for index in 0..<(count - 1) {
            // One row in two is about a country that no document has.
            let country =
                index % 2 == 0
                ? countries[index / 2 % 8]
                : "X\(Character(UnicodeScalar(65 + UInt8(index / 2 % 26))))"
            let band = index / 16
            let low = band * 4_100_000 / steps
            let high = (band + 1) * 4_100_000 / steps
            rows.append(
                arena.array([
                    cell(country), cell("[\(low)..\(high))"), cell("< \(20 + index % 80)"),
                    cell("tier \(index % 7)"), .integer(index),
                ]))
        }
        rows.append(arena.array([cell("-"), cell("-"), cell("-"), cell("other"), .integer(-1)]))
        func column(_ name: StaticString, _ type: StaticString) -> Value {
            arena.object(["name": .string(name), "type": .string(type)])
        }
        return arena.object([
            "id": .string("bands"), "hitPolicy": .string("first"),
            "inputs": arena.array([
                column("country", "string"), column("turnover", "number"),
                column("score", "integer"),
            ]),
            "outputs": arena.array([column("tier", "string"), column("row", "integer")]),
            "rows": arena.array(rows),
        ])
    }

    #if canImport(DecisionTables)
        /// Compiles a definition as if it stood in a file.
        static func compile(_ definition: Value, in arena: Arena) throws -> Program {
            let bytes = Array(JSONWriter.line(definition).utf8)
            guard let source = Source.parse("rules/table.json", bytes).source else {
                throw ComparisonFailure("the table cannot be read")
            }
            let compiled = DecisionTable.compile(
                source.root, csv: { _ in nil }, lists: { _ in nil }, analyses: false, in: arena)
            guard let table = compiled.table else {
                throw ComparisonFailure(compiled.findings.first?.message ?? "no table")
            }
            sources.append(source)
            return .table(table)
        }

        /// Tables read from their source.
        nonisolated(unsafe) private static var sources: [Source] = []
    #else
        static func compile(_ definition: Value, in arena: Arena) throws -> Program {
            throw ComparisonFailure("Docket has no decision tables here")
        }
    #endif
}
