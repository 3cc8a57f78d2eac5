import Documents
import GitStorage

/// What stands in the manifest of a run: the proof that it happened and what it covered. It holds
/// nothing of any person, and nothing that differs between machines.
struct Manifest {
    var report: RunReport
    /// The tree of the ledger before: not its commit, whose id covers the engine's digest, so that
    /// the same inputs give the same tree with every build of Docket.
    var ledger: TreeID?
    /// The source that everything was looked at in; nil before the first whole run.
    var covered: CommitID?
    var select: String?
    /// The workflow whose cases were moved to its version; nil in a run of any other kind.
    var migrate: String?
    var definitions: String
    var sequence: Int

    /// The canonical file.
    var bytes: [UInt8] {
        let arena = Arena()
        var members: [Member] = [
            Member("format", .integer(1)),
            Member("run", arena.string(report.runID)),
            Member("sequence", .integer(sequence)),
            Member("clock", arena.string(report.clock.description)),
            Member("source", arena.string(report.source.description)),
            Member("ledger", ledger.map { arena.string($0.description) } ?? .null),
            Member("covered", covered.map { arena.string($0.description) } ?? .null),
            Member("select", select.map { arena.string($0) } ?? .null),
        ]
        if let migrate { members.append(Member("migrate", arena.string(migrate))) }
        members += [
            Member("definitions", arena.string(definitions)),
            Member("lists", .emptyArray),
            Member("counts", counts(arena)),
        ]
        members.append(Member("totals", totals(arena)))
        var json = JSONWriter(.indented)
        json.write(arena.object(members))
        json.endLine()
        return json.bytes
    }

    private func counts(_ arena: Arena) -> Value {
        arena.object([
            "due": .integer(report.due), "children": .integer(report.children),
            "advanced": .integer(report.advanced),
            "created": .integer(report.created), "withdrawn": .integer(report.withdrawn),
            "unchanged": .integer(report.due - report.advanced), "failed": .integer(report.failed),
            "screened": .integer(0), "decisions": .integer(report.decisions),
            "evidence": .integer(report.evidence), "messages": .integer(report.messages),
        ])
    }

    private func totals(_ arena: Arena) -> Value {
        let outcomes = Self.sorted(report.totals.outcomes.keys).map { workflow in
            Member(
                arena.key(workflow), Self.object(report.totals.outcomes[workflow] ?? [:], arena))
        }
        return arena.object([
            "outcomes": arena.object(outcomes), "risk": Self.object(report.totals.levels, arena),
        ])
    }

    private static func object(_ counts: [String: Int], _ arena: Arena) -> Value {
        arena.object(
            sorted(counts.keys).map { Member(arena.key($0), .integer(counts[$0] ?? 0)) })
    }

    private static func sorted(_ keys: some Sequence<String>) -> [String] {
        keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The commit's message.
    func message(engine: String) -> String {
        var outcomes: [String: Int] = [:]
        for counts in report.totals.outcomes.values {
            for (outcome, count) in counts { outcomes[outcome, default: 0] += count }
        }
        let names = Self.sorted(outcomes.keys)
        var text = "run: \(report.advanced) cases advanced, \(report.failed) failed\n\n"
        text +=
            "due \(report.due), children \(report.children), created \(report.created), withdrawn \(report.withdrawn), "
        text += "decisions \(report.decisions), messages \(report.messages)\n\n"
        for workflow in Self.sorted(report.totals.outcomes.keys) {
            let counts = report.totals.outcomes[workflow] ?? [:]
            for outcome in Self.sorted(counts.keys) {
                text += "\(Self.padded(workflow, 28)) \(Self.padded(outcome, 18)) "
                text += "\(counts[outcome] ?? 0)\n"
            }
        }
        let summary = names.map {
            "\($0.replacing(" ", with: "-"))=\(outcomes[$0] ?? 0)"
        }
        if !report.totals.outcomes.isEmpty { text += "\n" }
        text += "Docket-Run: \(report.runID)\nDocket-Source: \(report.source)\n"
        text += "Docket-Clock: \(report.clock)\nDocket-Engine: \(engine)\n"
        text += "Docket-Outcomes: \(summary.joined(separator: " "))\n"
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}

/// The id of a run: its clock and a hash of what it starts from, the same on every machine.
enum RunID {
    static func make(
        clock: Instant, source: CommitID, ledgerTree: TreeID?, select: String?, migrate: String?
    ) -> String {
        let parts =
            [
                source.description, ledgerTree?.description ?? "", "\(clock.milliseconds)",
                select ?? "",
            ] + (migrate.map { ["migrate \($0)"] } ?? [])
        let hash = Digest(of: parts.joined(separator: "\n")).hexadecimal.prefix(8)
        let digits = clock.withMilliseconds.filter { $0 != "-" && $0 != ":" && $0 != "." }
        return "\(digits)-\(hash)"
    }
}
