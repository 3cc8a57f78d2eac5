import Definitions
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
    /// The lists of the source, with the clock of the run that saw their content first.
    var lists: [(file: ListFile, since: String)]
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
            Member(
                "lists",
                arena.array(
                    lists.map { list in
                        arena.object([
                            "path": arena.string(list.file.path),
                            "blob": arena.string(list.file.blob),
                            "since": arena.string(list.since),
                        ])
                    })),
            Member("counts", counts(arena)),
        ]
        if !report.monitors.isEmpty { members.append(Member("monitors", monitors(arena))) }
        if let alerts = report.alerts { members.append(Member("alerts", alerts.value(in: arena))) }
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
            "screened": .integer(report.screened), "decisions": .integer(report.decisions),
            "evidence": .integer(report.evidence), "messages": .integer(report.messages),
        ])
    }

    private func monitors(_ arena: Arena) -> Value {
        arena.array(
            report.monitors.map { counts in
                arena.object([
                    "workflow": arena.string(counts.workflow),
                    "monitor": arena.string(counts.monitor), "due": .integer(counts.due),
                    "evaluated": .integer(counts.evaluated), "changed": .integer(counts.changed),
                    "unchanged": .integer(counts.unchanged),
                    "reopened": .integer(counts.reopened), "waiting": .integer(counts.waiting),
                    "failed": .integer(counts.failed),
                ])
            })
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
        for counts in report.monitors {
            text += "monitor \(counts.workflow)/\(counts.monitor): \(counts.evaluated) of "
            text += "\(counts.due) looked at, \(counts.changed) changed, "
            text += "\(counts.reopened) opened again\n"
        }
        if !report.monitors.isEmpty { text += "\n" }
        if let alerts = report.alerts, !alerts.rules.isEmpty || alerts.decided > 0 {
            text += "alerts \(alerts.raised) new, \(alerts.repeated) again, "
            text += "\(alerts.decided) events, \(alerts.opened) cases, \(alerts.open) open\n\n"
        }
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
