import Batch
import Casework

/// Cases as a table. Its columns are as wide as the first cases need, so that the ids of children,
/// which are long, stand straight; a long list does not wait for its end.
struct CaseTable {
    private static let sample = 1000
    private static let header = ["CASE", "WORKFLOW", "OUTCOME", "STATE", "RISK, FAULT"]

    private var widths = [40, 20, 18, 22, 0]
    private var waiting: [[String]] = []
    private var isMeasured = false

    mutating func add(_ entry: Ledger.Entry) {
        let risk = entry.score.map { "\($0) \(entry.level ?? "")" } ?? entry.fault ?? ""
        let workflow = entry.workflow.isEmpty ? "(none)" : entry.workflow
        let row = [entry.id.path, workflow, entry.outcome, entry.state ?? "", risk]
        if isMeasured { return write(row) }
        waiting.append(row)
        if waiting.count == Self.sample { finish() }
    }

    /// Writes what waited for the widths.
    mutating func finish() {
        guard !isMeasured else { return }
        isMeasured = true
        for row in waiting {
            for index in widths.indices.dropLast() {
                widths[index] = max(widths[index], min(row[index].count + 2, 100))
            }
        }
        write(Self.header)
        for row in waiting { write(row) }
        waiting = []
    }

    private func write(_ row: [String]) {
        let padded = zip(row, widths).map { text, width in
            text + String(repeating: " ", count: max(width == 0 ? 0 : 1, width - text.count))
        }
        let line = padded.joined()
        Output.line(String(line.reversed().drop { $0 == " " }.reversed()))
    }
}
