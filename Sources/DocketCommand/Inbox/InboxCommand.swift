import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage

/// `docket inbox`.
struct InboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "Take callbacks of vendors that an upstream system received.",
        subcommands: [InboxTakeCommand.self])
}

/// `docket inbox take`.
struct InboxTakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "take",
        abstract: "Turn the files of a directory into event files of their cases.",
        discussion: """
            DIR lies outside the repository; whoever receives webhooks writes one JSON file a callback \
            into it: {"case", "type", "payload"?, "vendor"?, "resultDestination"?, "by"?, "at"?}. Each \
            becomes an event file of kind callback in the work tree, once: the same content gives no second \
            event, so files may stay where they are. What cannot be taken stays and is reported. Names \
            that begin with a dot or do not end in .json are passed over.

            docket inbox take /var/spool/docket --done /var/spool/docket/done
            git add cases && git commit -m 'callbacks'

            \(ExitStatus.help([
                (.done, "done"), (.findings, "some files were left"), (.usage, "usage"),
                (.conflict, "another is at work; try again"),
            ]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Argument(help: "The directory that upstream fills.", completion: .directory)
    var inbox: String

    @Option(
        help: "A directory on the same file system to which files that were taken are moved.",
        completion: .directory)
    var done: String?

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = Format.pretty

    func run() throws {
        let repository = try Repository.open(directory)
        guard let workTree = repository.workTree else {
            throw CommandError(
                .usage,
                "an event is a file in a work tree, and this repository is bare; use a clone")
        }
        let report: Inbox.Report
        do throws(Inbox.Refusal) {
            report = try Inbox(inbox, into: workTree, done: done)
                .take(at: SystemClock.now, in: repository.location)
        } catch { throw CommandError(error.isBusy ? .conflict : .usage, error.message) }
        show(report)
        if report.findings.contains(where: { $0.level == .error }) {
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    private func show(_ report: Inbox.Report) {
        switch output {
        case .json:
            let arena = Arena()
            let taken = report.taken.map { file in
                arena.object([
                    "file": arena.string(file.name), "case": arena.string(file.id.path),
                    "type": arena.string(file.type), "event": arena.string(file.path),
                    "known": .bool(file.isKnown),
                ])
            }
            let left = report.findings.map { finding in
                arena.object([
                    "file": arena.string(finding.file), "code": arena.string(finding.code),
                    "level": arena.string(finding.level.rawValue),
                    "line": finding.position.map { .integer($0.line) },
                    "column": finding.position.map { .integer($0.column) },
                    "message": arena.string(finding.message),
                ])
            }
            let value = arena.object(["taken": arena.array(taken), "left": arena.array(left)])
            withExtendedLifetime(arena) { Output.write(JSONFindings.file(value)) }
        case .pretty:
            for file in report.taken where !file.isKnown { Output.line("wrote \(file.path)") }
            Output.write(PrettyFindings(isColoured: Output.isTerminal).lines(report.findings))
            let new = report.taken.filter { !$0.isKnown }.count
            let left = Set(report.findings.filter { $0.level == .error }.map(\.file)).count
            Output.line("\(new) taken, \(report.taken.count - new) known already, \(left) left")
            if new > 0 { Output.line("commit cases/; the next 'docket run' applies them") }
        }
    }
}
