import DecisionTables
import Documents
import Expressions

/// A table compiled out of YAML text, with its arena.
final class Trial {
    let arena = Arena()
    let table: DecisionTable?
    let findings: [Finding]
    private let source: Source?
    private var parser = JSONParser()

    init(_ yaml: String, csv: [UInt8]? = nil, lists: [String: [String]] = [:]) {
        let parsed = Source.parse("rules/trial.yaml", Array(yaml.utf8))
        source = parsed.source
        guard let source else {
            table = nil
            findings = parsed.findings
            return
        }
        let arena = self.arena
        let compiled = DecisionTable.compile(
            source.root,
            csv: { path in path.utf8.elementsEqual("rules/trial.csv".utf8) ? csv : nil },
            lists: { name in
                lists[String(name)].map { values in values.map { arena.string($0) } }
            }, in: arena)
        table = compiled.table
        findings = compiled.findings
    }

    /// One column `x` and an output `row`, a row a cell, in CSV.
    convenience init(
        _ type: String, cells: [String], policy: String = "collect", more: String = "",
        lists: [String: [String]] = [:]
    ) {
        let rows = cells.enumerated().map { index, cell in
            let quoted = cell.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"")
            return "\"\(quoted)\",\(index)\n"
        }
        self.init(
            """
            id: trial
            hitPolicy: \(policy)
            inputs: [{name: x, type: \(type)\(more)}]
            outputs: [{name: row, type: integer}]
            file: trial.csv
            """, csv: Array(("x,row\n" + rows.joined()).utf8), lists: lists)
    }

    var codes: [String] { findings.map(\.code) }

    func outcome(_ data: String) throws -> DecisionTable.Outcome {
        let value = try parser.parse(data, into: arena)
        guard let table else { throw ExpressionError(.syntax, "\(findings)") }
        return try table.evaluate(Scope(value), in: arena)
    }

    /// The outputs as JSON.
    func outputs(_ data: String) throws -> String { JSONWriter.line(try outcome(data).outputs) }

    /// The rows that match, from 0.
    func rows(_ data: String) throws -> [Int] { try outcome(data).rows.map { Int($0) } }

    /// The rows that match a value of `x`.
    func rows(x value: String) throws -> [Int] { try rows("{\"x\": \(value)}") }

    /// The message of the error that an evaluation ends in.
    func failure(_ data: String) -> String {
        do {
            return "no error: \(try outputs(data))"
        } catch let error as ExpressionError {
            return error.message
        } catch { return "\(error)" }
    }
}
