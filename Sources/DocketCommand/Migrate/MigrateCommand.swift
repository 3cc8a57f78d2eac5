import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage
import Glibc

/// `docket migrate`.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move cases in flight to the version that their workflow has now.",
        discussion: """
            A case in flight stays on the version of its workflow that it began with, read from \
            history, when the version is raised. Where 'migrations' in the workflow's file says what \
            becomes of a state, this moves the cases in it, in one commit on the ledger like a run:

              migrations:
                - from: 1
                  states:
                    manual_review: manual_review
                    owner_screening: {to: owners, enter: true}

            A case only stands in the state it moves to, or with 'enter: true' enters it, which runs \
            its entry actions and plugins. States that are not named stay on their pin.

              docket migrate kyb_onboarding --dry-run
              docket migrate kyb_onboarding --select 'onboarding/**'

            \(ExitStatus.help([
                (.done, "done"), (.findings, "definitions with errors"),
                (.usage, "usage or configuration"), (.faults, "some cases have new faults"),
                (.conflict, "another run holds the lock or moved the ledger; try again"),
            ]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Argument(help: "The workflow's id.")
    var workflow: String

    @Flag(help: "Show what would move and write nothing.")
    var dryRun = false

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(help: "The revision to read (default: HEAD).")
    var from: String?

    @Option(help: "The branch to write.")
    var ledger = "ledger"

    @Option(help: "The run's clock, ISO 8601 (default: now); never before the last run's.")
    var at: String?

    @Option(help: "Only cases whose ids match: '*' within a segment, '**' across.")
    var select: String?

    @Option(name: .shortAndLong, help: "pretty or json, which lists the cases.")
    var output = Format.pretty

    mutating func validate() throws {
        if let at, Instant(parsing: at) == nil {
            throw ValidationError("--at is a time such as 2026-11-22T02:00:00Z")
        }
    }

    func run() throws {
        var options = RunOptions(
            directory: directory, now: SystemClock.now,
            jobs: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        options.source = from
        options.ledger = ledger
        options.at = at.flatMap { Instant(parsing: $0) }
        options.select = select
        options.migrate = workflow
        options.isDryRun = dryRun
        options.engine = Engine.description
        let report: RunReport
        do throws(RunError) {
            report = try BatchRun(options: options).perform(progress: TerminalProgress())
        } catch { throw RunCommand.explain(error) }
        guard let migration = report.migration else { return }
        switch output {
        case .json:
            // Named, so that it outlives the value.
            let arena = Arena()
            Output.line(JSONWriter.line(Self.value(migration, report, arena)))
        case .pretty: for line in lines(migration, report) { Output.line(line) }
        }
        if report.hasNewFaults { throw ExitCode(ExitStatus.faults.rawValue) }
    }

    // MARK: Output

    private func lines(_ migration: MigrationReport, _ report: RunReport) -> [String] {
        let count = migration.moving + migration.staying
        let cases = count == 1 ? "1 case" : "\(count) cases"
        var lines = [
            "\(migration.workflow) is at version \(migration.version); \(cases) in flight on another"
        ]
        if count == 0 { return lines }
        lines += ["", Self.columns("VERSION", "STATE", "CASES", "MOVES TO")]
        for group in migration.groups {
            let target =
                group.target.map { group.enters ? "\($0), entered" : $0 }
                ?? "stays: 'migrations' does not name it"
            lines.append(
                Self.columns("\(group.version)", group.state, "\(group.cases.count)", target))
        }
        lines.append("")
        for fault in report.faults where !fault.isOld {
            lines.append(
                "fault \(fault.fault.code) \(fault.id?.path ?? ""): \(fault.fault.message)")
        }
        let done = dryRun ? "would move" : "moved"
        let moved = migration.moving - (dryRun ? 0 : report.failed)
        lines.append("\(moved) \(done), \(migration.staying) stay on their pin")
        if let commit = report.commit { lines.append("ledger \(commit)") }
        return lines
    }

    private static func columns(
        _ version: String, _ state: String, _ count: String, _ target: String
    ) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return "  " + padded(version, 9) + padded(state, 32) + padded(count, 8) + target
    }

    private static func value(
        _ migration: MigrationReport, _ report: RunReport, _ arena: Arena
    ) -> Value {
        let groups = migration.groups.map { group in
            arena.object([
                "version": .integer(group.version), "state": arena.string(group.state),
                "to": group.target.map { arena.string($0) } ?? .null,
                "enter": .bool(group.enters),
                "cases": arena.array(group.cases.map { arena.string($0.path) }),
            ])
        }
        return arena.object([
            "workflow": arena.string(migration.workflow), "version": .integer(migration.version),
            "groups": arena.array(groups), "failed": .integer(report.failed),
            "ledger": report.commit.map { arena.string($0.description) } ?? .null,
        ])
    }
}
