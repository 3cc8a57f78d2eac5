import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage

/// `docket alert`.
struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert",
        abstract: "List and show alerts, decide on them, assign them, open their cases.",
        subcommands: [
            AlertListCommand.self, AlertShowCommand.self, AlertDecideCommand.self,
            AlertAssignCommand.self, AlertOpenCommand.self,
        ])
}

/// An alert on the command line.
struct AlertArgument: ParsableArguments {
    @Argument(help: "The alert: its id, or the beginning of it that no other has.")
    var id: String

    func find(in ledger: Ledger) throws -> AlertEntry {
        let found = try ledger.alerts(beginning: id)
        guard let first = found.first else {
            throw CommandError(
                .usage, "the ledger has no alert '\(id)'; 'docket alert list' shows all")
        }
        guard found.count == 1 else {
            let some = found.prefix(5).map { "\($0.id.prefix(12)) of \($0.rule)" }
            throw CommandError(
                .usage,
                "\(found.count) alerts begin with '\(id)': " + some.joined(separator: ", ")
                    + (found.count > 5 ? ", …" : "") + "; write more of the id")
        }
        return first
    }
}

/// `docket alert list`.
struct AlertListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the alerts of the ledger.",
        discussion: """
            docket alert list --status new --rule STRUCTURING

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no run yet")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, jsonl }

    @OptionGroup var place: LedgerOptions

    @Option(help: "Only alerts of this rule.")
    var rule: String?

    enum Status: String, ExpressibleByArgument, CaseIterable { case new, pending, completed }

    @Option(help: "Only alerts in this status: new, pending or completed.")
    var status: Status?

    @Option(help: "Only alerts assigned to this person.")
    var assignee: String?

    @Option(name: .shortAndLong, help: "pretty or jsonl.")
    var output = Format.pretty

    func run() throws {
        var count = 0
        try place.open().forEachAlert(of: rule) { alert in
            if let status, alert.status != status.rawValue { return true }
            if let assignee, alert.assignee != assignee { return true }
            count += 1
            Output.line(output == .pretty ? Self.line(alert) : Self.json(alert))
            return true
        }
        if output == .pretty { Output.line(CheckedFiles.count(count, "alert")) }
    }

    private static func line(_ alert: AlertEntry) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.utf8.count))
        }
        let assignee = alert.assignee.map { "  \($0)" } ?? ""
        return String(alert.id.prefix(12)) + "  " + padded(alert.rule, 28)
            + padded(alert.severity, 10) + padded(alert.state, 14) + alert.subject + assignee
    }

    private static func json(_ alert: AlertEntry) -> String {
        let arena = Arena()
        return JSONWriter.line(
            arena.object([
                "alert": arena.string(alert.id), "rule": arena.string(alert.rule),
                "severity": arena.string(alert.severity), "state": arena.string(alert.state),
                "status": arena.string(alert.status), "subject": arena.string(alert.subject),
                "created": arena.string(alert.created),
                "assignee": alert.assignee.map { arena.string($0) },
                "case": alert.caseID.map { arena.string($0.path) },
            ]))
    }
}

/// `docket alert show`.
struct AlertShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one alert, and on request the row that was found.",
        discussion: """
            docket alert show 3f7a9c0d --data

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such alert")]))
            """)

    @OptionGroup var target: AlertArgument
    @OptionGroup var place: LedgerOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Flag(help: "Show the row too.")
    var data = false

    @Option(name: .shortAndLong, help: "pretty, or json: the file as it stands on the ledger.")
    var output = Format.pretty

    func run() throws {
        let ledger = try place.open()
        let alert = try target.find(in: ledger)
        let row = data ? try ledger.alertFile(alert, row: true) : nil
        guard let file = try ledger.alertFile(alert) else { return }
        if output == .json {
            Output.write(file.bytes)
            if let row { Output.write(row.bytes) }
            return
        }
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
        let page = AlertPage(
            record: try parser.parse(file.bytes, into: arena), subject: alert.subject,
            row: try row.flatMap { try parser.parse($0.bytes, into: arena)["row"] })
        Output.line(page.text)
        Output.line("record     \(file.path)")
    }
}

/// `docket alert decide`.
struct AlertDecideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Write a decision on an alert as an event file.",
        discussion: """
            Any state may follow any other; 'triggered' opens a completed alert again. The decision says \
            which state it was made on; when that no longer holds as it is applied, it is refused and noted.

            docket alert decide 3f7a9c0d cleared --by analyst-7 --reason 'Known supplier'

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such alert")]))
            """)

    @OptionGroup var target: AlertArgument

    @Argument(help: "under_review, escalated, rejected, dismissed, cleared or triggered.")
    var decision: String

    @OptionGroup var place: LedgerOptions

    @Option(help: "Who decides: an identifier (default: git's user.email).")
    var by: String?

    @Option(help: "Why.")
    var reason: String?

    func validate() throws {
        guard AlertEventFile.isDecision(decision) else {
            throw ValidationError(
                "'\(decision)' is no decision; there are "
                    + AlertEventFile.decisions.joined(separator: ", "))
        }
    }

    func run() throws {
        let alert = try target.find(in: place.open())
        var event = AlertEventFile(alert, type: decision, at: SystemClock.now)
        event.by = by
        event.reason = reason
        try AlertEvents.write(event, in: place.directory)
    }
}

/// `docket alert assign`.
struct AlertAssignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign",
        abstract: "Give an alert to somebody, or to nobody, as an event file.",
        discussion: """
            docket alert assign 3f7a9c0d analyst-7

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such alert")]))
            """)

    @OptionGroup var target: AlertArgument

    @Argument(help: "An identifier; without one the alert is nobody's.")
    var assignee: String?

    @OptionGroup var place: LedgerOptions

    @Option(help: "Who assigns: an identifier (default: git's user.email).")
    var by: String?

    func run() throws {
        let alert = try target.find(in: place.open())
        var event = AlertEventFile(alert, type: "assign", at: SystemClock.now)
        event.by = by
        event.assignee = assignee
        try AlertEvents.write(event, in: place.directory)
    }
}

/// `docket alert open`.
struct AlertOpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Write the case files of alerts whose rules open one.",
        discussion: """
            A rule with 'opens: {workflow: NAME}' wants a case for each alert. This writes the files that \
            are missing, cases/alerts/RULE/ALERT.yaml, for alerts that are not completed; commit them, and \
            the next run takes them up. Where the rule says 'automatically: true' the run that raises an \
            alert opens its case itself, without a file.

            docket alert open && git add cases/alerts && git commit -m 'cases of alerts'

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no run yet")]))
            """)

    @OptionGroup var place: LedgerOptions

    func run() throws {
        let ledger = try place.open()
        var wanted: [AlertEntry] = []
        try ledger.forEachAlert { alert in
            if alert.opens != nil, alert.caseID == nil, alert.status != "completed" {
                wanted.append(alert)
            }
            return true
        }
        var count = 0
        for alert in wanted {
            guard let file = try ledger.alertFile(alert, row: true) else { continue }
            let row = try Document { arena in
                var parser = JSONParser()
                return try parser.parse(file.bytes, into: arena)["row"] ?? .null
            }
            if let path = try AlertEventFile.openCase(
                of: alert, row: row, in: place.directory)
            {
                Output.line("wrote \(path)")
                count += 1
            }
        }
        Output.line(
            count == 0
                ? "no alert wants a case that it has not"
                : "commit \(count == 1 ? "it" : "them"); the next 'docket run' takes "
                    + "\(count == 1 ? "it" : "them") up")
    }
}

/// Writing event files of alerts.
private enum AlertEvents {
    static func write(_ event: AlertEventFile, in directory: String) throws {
        let repository = try Repository.open(directory)
        guard let workTree = repository.workTree else {
            throw CommandError(
                .usage,
                "an event is a file in a work tree, and this repository is bare; use a clone")
        }
        var event = event
        event.by = event.by ?? repository.identity.email
        var random = SystemRandomNumberGenerator()
        do throws(EventFileError) {
            let path = try event.write(in: workTree, random: (random.next(), random.next()))
            Output.line("wrote \(path)")
            Output.line("commit it; the next 'docket run' applies it")
        } catch { throw CommandError(.usage, error.description) }
    }
}
