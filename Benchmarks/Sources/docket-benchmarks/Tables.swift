import DecisionTables
import Documents
import Expressions
import Foundation

/// Decision tables of ten and of ten thousand rows: compiled, and asked of all their rows in turn.
func tableBenchmark() throws {
    for rows in [10, 100, 1_000, 10_000] { try measureTable(rows) }
}

private func measureTable(_ rows: Int) throws {
    let source = Source.parse("rules/limits.yaml", Array(definition.utf8)).source
    let csv = Array(makeRows(rows).utf8)
    guard let node = source?.root else { return }
    func compile(_ arena: Arena, analyses: Bool) -> DecisionTable? {
        DecisionTable.compile(
            node, csv: { _ in csv }, lists: { _ in nil }, analyses: analyses, in: arena
        ).table
    }
    let compiling = Measure.seconds { _ = compile(Arena(), analyses: false) }
    let checking = Measure.seconds { _ = compile(Arena(), analyses: true) }
    Measure.report(
        "table of \(rows) rows: compiled", String(format: "%.1f ms", compiling * 1000),
        against: String(format: "%.1f ms with gaps and overlaps", checking * 1000))
    let arena = Arena()
    guard let table = compile(arena, analyses: false) else { return }
    var parser = JSONParser()
    let data = try (0..<256).map { index in
        try parser.parse(makeData((index * 7919) % rows), into: arena)
    }
    let work = Arena(chunkBytes: 1 << 20)
    let count = 300_000
    var matched = 0
    let seconds = try Measure.seconds {
        for index in 0..<count {
            matched += try table.evaluate(Scope(data[index & 255]), in: work).rows.count
        }
        work.reset()
    }
    precondition(matched > 0)
    Measure.report(
        "table of \(rows) rows: asked", Measure.perSecond(count, seconds),
        against: String(format: "%.0f ns", seconds / Double(count) * 1e9))
}

private let definition = """
    id: limits
    hitPolicy: first
    inputs:
      - {name: country, expression: entity.country, type: string}
      - {name: turnover, expression: entity.turnover, type: number}
      - {name: since, expression: entity.since, type: date}
      - {name: pep, expression: entity.pep, type: boolean}
    outputs: [{name: limit, type: integer}, {name: tier, type: string}]
    file: limits.csv
    """

private func makeRows(_ count: Int) -> String {
    var text = "country,turnover,since,pep,limit,tier\n"
    for row in 0..<count {
        let (country, band) = (row / 50, row % 50)
        text += "C\(country),[\(band * 1000)..\(band * 1000 + 1000)),"
        text += row % 3 == 0 ? "-," : ">= 2001-01-01,"
        text += row % 2 == 0 ? "-," : "false,"
        text += "\(row),tier \(row % 7)\n"
    }
    return text
}

private func makeData(_ row: Int) -> String {
    """
    {"entity": {"country": "C\(row / 50)", "turnover": \((row % 50) * 1000 + 500),
     "since": "2014-05-17", "pep": false}}
    """
}
