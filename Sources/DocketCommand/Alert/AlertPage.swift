import Documents

/// An alert as a page of text.
struct AlertPage {
    let record: Value
    /// Whom it is about.
    let subject: String
    /// The row that was found, where it is asked for.
    let row: Value?

    var text: String {
        var lines = [
            "alert      \(text("alert"))",
            "rule       \(text("rule")) (\(text("place")))",
            "about      \(subject)",
            "severity   \(text("severity"))",
            "state      \(text("state")) (\(text("status")))",
            "raised     \(text("created"))",
        ]
        if record["assignee"] != nil { lines.append("assignee   \(text("assignee"))") }
        if record["case"] != nil { lines.append("case       \(text("case"))") }
        for member in row?.members ?? .init(start: nil, count: 0) {
            lines.append("row        \(member.key): \(Self.show(member.value))")
        }
        return (lines + history()).joined(separator: "\n")
    }

    private func text(_ key: StaticString) -> String { Self.show(record[key]) }

    private static func show(_ value: Value?) -> String {
        value.map { $0.string ?? JSONWriter.line($0) } ?? ""
    }

    private func history() -> [String] {
        guard let entries = record["history"]?.array, !entries.isEmpty else { return [] }
        return ["history"]
            + entries.map { entry in
                let (from, to) = (Self.show(entry["from"]), Self.show(entry["to"]))
                let move = from == to ? to : "\(from) -> \(to)"
                let by = entry["by"].map { "  by \(Self.show($0))" } ?? ""
                let result = entry["result"]?.string ?? ""
                return "  \(Self.show(entry["at"]))  \(Self.show(entry["event"])): \(move)"
                    + (result == "applied" ? "" : " [\(result)]") + by
            }
    }
}
