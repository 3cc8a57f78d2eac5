import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage
import Vendors

/// `docket case`.
struct CaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "List and show cases, decide on them, add events.",
        subcommands: [
            CaseListCommand.self, CaseShowCommand.self, CaseDecideCommand.self,
            CaseEventCommand.self,
        ])
}

/// What the verbs that read the ledger have in common.
struct LedgerOptions: ParsableArguments {
    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(help: "The ledger branch.")
    var ledger = "ledger"

    @Option(help: "An older commit of the ledger instead of its tip.")
    var at: String?

    func open() throws -> Ledger {
        guard let found = try Ledger.open(directory, branch: ledger, at: at) else {
            throw CommandError(.usage, "there was no run yet: no branch '\(ledger)'")
        }
        return found
    }
}

/// A case id on the command line: `onboarding/acme`, or the path of its file.
struct CaseArgument: ParsableArguments {
    @Argument(help: "The case: onboarding/acme, or cases/onboarding/acme.yaml.")
    var id: String

    func caseID() throws -> CaseID {
        var text = id
        if text.hasPrefix("cases/") { text.removeFirst(6) }
        for ending in [".yaml", ".yml", ".json"] where text.hasSuffix(ending) {
            text.removeLast(ending.count)
            break
        }
        guard let id = CaseID(text) else {
            throw CommandError(
                .usage, "'\(text)' is no case id; ids are paths such as onboarding/acme")
        }
        return id
    }
}

/// `docket case list`.
struct CaseListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the cases of the ledger.",
        discussion: """
            docket case list 'onboarding/**' --outcome 'manual review'

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no run yet")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, jsonl }

    @Argument(help: "Only cases whose ids match: '*' within a segment, '**' across.")
    var glob: String?

    @OptionGroup var place: LedgerOptions

    @Option(help: "Only cases with this outcome, such as 'manual review'.")
    var outcome: String?

    @Option(help: "Only cases of this workflow.")
    var workflow: String?

    @Option(name: .shortAndLong, help: "pretty or jsonl.")
    var output = Format.pretty

    func run() throws {
        let ledger = try place.open()
        var count = 0
        var table = CaseTable()
        try ledger.forEachCase(matching: glob.map { CaseGlob($0) }) { entry in
            if let outcome, entry.outcome != outcome { return true }
            if let workflow, entry.workflow != workflow { return true }
            count += 1
            if output == .pretty { table.add(entry) } else { Output.line(Self.json(entry)) }
            return true
        }
        guard output == .pretty else { return }
        table.finish()
        Output.line("\(count) case\(count == 1 ? "" : "s")")
    }

    private static func json(_ entry: Ledger.Entry) -> String {
        let arena = Arena()
        return JSONWriter.line(
            arena.object([
                "case": arena.string(entry.id.path), "workflow": arena.string(entry.workflow),
                "status": arena.string(entry.status), "outcome": arena.string(entry.outcome),
                "state": entry.state.map { arena.string($0) },
                "score": entry.score.flatMap { Double($0) }.map { .number($0) },
                "level": entry.level.map { arena.string($0) },
                "fault": entry.fault.map { arena.string($0) },
                "episode": .integer(entry.episode),
            ]))
    }
}

/// `docket case show`.
struct CaseShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one case: its record, decisions and, on request, its data.",
        discussion: """
            docket case show onboarding/acme --data

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such case")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @OptionGroup var target: CaseArgument
    @OptionGroup var place: LedgerOptions

    @Flag(help: "Show the personal part too: the context.")
    var data = false

    @Option(name: .shortAndLong, help: "pretty or json (the record file as it stands).")
    var output = Format.pretty

    func run() throws {
        let id = try target.caseID()
        let ledger = try place.open()
        guard let file = try ledger.record(id) else {
            throw CommandError(
                .usage, "the ledger has no case '\(id)'; 'docket case list' shows all")
        }
        if output == .json {
            Output.write(file.bytes)
        } else {
            try show(id, file, ledger)
        }
        guard data, let personal = try ledger.data(id) else { return }
        Output.write(personal.bytes)
    }

    private func show(_ id: CaseID, _ file: Ledger.File, _ ledger: Ledger) throws {
        let arena = Arena()
        let record = try Ledger.value(of: file, into: arena)
        Output.line(CasePage(record: record, children: try children(record, ledger)).text)
        for line in try unknownCalls(id, record) { Output.line(line) }
        for decision in try ledger.decisions(id) {
            let value = try Ledger.value(of: decision, into: arena)
            Output.line("decision   \(CasePage.decision(value))")
        }
        Output.line("record     \(file.path) at \(ledger.commit.description.prefix(12))")
    }

    /// Calls that a waiting case waits for a person to settle. The journal of this machine knows
    /// them; the record says the same on every machine.
    private func unknownCalls(_ id: CaseID, _ record: Value) throws -> [String] {
        guard record["waitingFor"] != nil else { return [] }
        return try VendorCalls.list(in: try Repository.open(place.directory))
            .filter { $0.fate == .unknown && $0.intent.caseID.utf8.elementsEqual(id.path.utf8) }
            .map { call in
                PrettyFindings.printable(
                    "call       \(call.intent.key.prefix(12)) to \(call.intent.vendor) left at "
                        + "\(call.intent.at), what came of it is not known: ask the vendor, then "
                        + "'docket vendor settle'")
            }
    }

    /// The record's children, each with where it stands.
    private func children(_ record: Value, _ ledger: Ledger) throws -> [CasePage.Child] {
        let arena = Arena()
        return try (record["children"]?.array ?? .init(start: nil, count: 0)).compactMap { value in
            guard let name = value.string, let id = CaseID(name) else { return nil }
            let child = try ledger.record(id).map { try Ledger.value(of: $0, into: arena) }
            return CasePage.Child(id: name, outcome: child?["outcome"]?.string ?? "not on record")
        }
    }
}

/// A record as a page of text.
struct CasePage {
    /// A child as its parent's page names it.
    struct Child {
        let id: String
        let outcome: String
    }

    let record: Value
    /// In the order in which they were started.
    var children: [Child] = []

    var text: String {
        let version = record["version"].map { ", version \(Self.show($0))" } ?? ""
        // A status that is the outcome too is said once.
        let status = text("status") == text("outcome") ? nil : text("status")
        let state = record["state"].map { "in \(Self.show($0))" }
        let standing = [status, state].compactMap { $0 }.joined(separator: ", ")
        var lines = [
            "case       \(text("case"))",
            "workflow   \(record["workflow"].map { Self.show($0) } ?? "none")\(version)",
            "outcome    \(text("outcome"))" + (standing.isEmpty ? "" : " (\(standing))"),
        ]
        if let reason = record["waitingFor"]?.string { lines.append("waits for  \(reason)") }
        if let fault = record["fault"] {
            let place = fault["place"].map { "\(Self.show($0)): " } ?? ""
            lines += [
                "fault      \(place)\(Self.show(fault["message"])) [\(Self.show(fault["code"]))]",
                "           since \(Self.show(fault["at"]))",
            ]
        }
        if let parent = record["parent"]?["case"] {
            lines.append("child of   \(Self.show(parent))")
        }
        if let alert = record["alert"] {
            lines.append(
                "opened by  the alert \(Self.show(alert["id"])) of \(Self.show(alert["rule"]))")
        }
        for child in children { lines.append("child      \(child.id)  \(child.outcome)") }
        lines += risk()
        lines += pending()
        lines += history()
        return lines.joined(separator: "\n")
    }

    private func text(_ key: StaticString) -> String { Self.show(record[key]) }

    /// What a history entry's result says to people, where the word alone does not.
    private static let words = ["guarded": "no guard held"]

    private static func show(_ value: Value?) -> String {
        value.map { $0.string ?? JSONWriter.line($0) } ?? ""
    }

    private func risk() -> [String] {
        guard let risk = record["risk"] else { return [] }
        var lines = ["risk       \(Self.show(risk["score"])) \(Self.show(risk["level"]))"]
        for indicator in risk["indicators"]?.array ?? .init(start: nil, count: 0) {
            lines.append(
                "           \(Self.show(indicator["domain"])): \(Self.show(indicator["name"])) "
                    + "(\(Self.show(indicator["rule"])))")
        }
        return lines
    }

    /// What will come by itself: timers, and callbacks that wait for a state that accepts them.
    private func pending() -> [String] {
        if record["status"]?.string == "withdrawn" { return [] }
        let timers = record["timers"]?.array ?? .init(start: nil, count: 0)
        let held = record["held"]?.array ?? .init(start: nil, count: 0)
        return timers.map { "timer      \(Self.show($0["event"])) at \(Self.show($0["due"]))" }
            + held.map {
                "held       \(Self.show($0["event"])) since \(Self.show($0["since"])), "
                    + "given up at \(Self.show($0["expires"]))"
            } + monitors()
    }

    /// What is known of each monitor.
    private func monitors() -> [String] {
        (record["monitors"]?.members ?? .init(start: nil, count: 0)).map { member in
            let monitor = member.value
            var parts: [String] = []
            if let result = monitor["result"]?.string {
                parts.append("result \(result.prefix(12)) since \(Self.show(monitor["at"]))")
            } else if let at = monitor["at"] {
                parts.append("came last at \(Self.show(at))")
            }
            if let pending = monitor["pending"] {
                parts.append("has to look again (\(Self.show(pending)))")
            }
            if let due = monitor["due"] { parts.append("due \(Self.show(due))") }
            return "monitor    \(member.key)  \(parts.joined(separator: ", "))"
        }
    }

    private func history() -> [String] {
        guard let entries = record["history"]?.array, !entries.isEmpty else { return [] }
        var lines = ["history"]
        for entry in entries {
            let event = Self.show(entry["event"])
            let result = entry["result"]?.string.map { " [\(Self.words[$0] ?? $0)]" } ?? ""
            let child = entry["child"].map { "  by \(Self.show($0))" } ?? ""
            let monitor =
                entry["monitor"].map {
                    "  by the monitor \(Self.show($0)) (\(Self.show(entry["trigger"])))"
                } ?? ""
            let because = entry["because"]?.string.map { "  \($0)" } ?? ""
            let from = Self.show(entry["from"])
            let to = Self.show(entry["to"])
            let move = from == to ? to : "\(from) -> \(to)"
            lines.append(
                "  \(Self.show(entry["at"]))  \(event.isEmpty ? "always" : event): \(move)\(result)\(child)\(monitor)\(because)"
            )
        }
        return lines
    }

    /// One decision in a line.
    static func decision(_ value: Value) -> String {
        let by = value["by"]?.string ?? "the rules"
        return
            "\(show(value["episode"]))-\(show(value["number"])) \(show(value["outcome"])) by \(by) "
            + "at \(show(value["at"])), because \(show(value["because"]))"
    }
}
