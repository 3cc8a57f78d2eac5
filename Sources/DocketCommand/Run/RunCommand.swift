import ArgumentParser
import Batch
import Documents
import GitStorage
import Glibc

/// `docket run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Take every case that is due through its workflow and commit the outcome.",
        discussion: """
            Reads a commit of the repository, never the work tree, and writes one commit on the \
            ledger branch: records, decisions, evidence, webhook messages and the run's manifest. \
            Cases are due when they are new, their file changed, an event file came, a timer is \
            due, a vendor had no answer last time, or a list, a rule or a date came that a \
            monitor of their workflow waits for. Run again with nothing new, it commits a \
            manifest only.

            docket run --at 2026-11-22T02:00:00Z --select 'onboarding/**'

            \(ExitStatus.help([
                (.done, "done"), (.findings, "definitions with errors, or a mass change refused"),
                (.usage, "usage or configuration"), (.faults, "some cases have new faults"),
                (.integrity, "an applied event was edited, or stored data is damaged"),
                (.conflict, "another run holds the lock or moved the ledger; try again"),
            ]))
            """)

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(help: "The revision to read (default: HEAD).")
    var from: String?

    @Option(help: "The branch to write.")
    var ledger = "ledger"

    @Option(help: "The run's clock, ISO 8601 (default: now); never before the last run's.")
    var at: String?

    @Option(help: "Threads (default: one a core).")
    var jobs: Int?

    @Option(help: "Only cases whose ids match: '*' within a segment, '**' across.")
    var select: String?

    @Flag(help: "Ask no vendor that is outside; answers are stored evidence, or cases wait.")
    var offline = false

    @Flag(help: "Do everything and write nothing; asks no vendor that is outside.")
    var dryRun = false

    @Flag(help: "Commit nothing when nothing changed.")
    var ifChanged = false

    @Flag(help: "Run the workflows that are sound although others have errors.")
    var tolerate = false

    @Flag(
        help:
            "Commit although limits do not allow so many cases withdrawn, flipped or opened again, or so many new alerts."
    )
    var acceptMassChange = false

    @OptionGroup var operatorOptions: OperatorOptions

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = RunReportFormat.pretty

    mutating func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs is a number from 1") }
        if let at, Instant(parsing: at) == nil {
            throw ValidationError("--at is a time such as 2026-11-22T02:00:00Z")
        }
    }

    func run() throws {
        let started = SystemClock.now
        var options = RunOptions(
            directory: directory, now: started,
            jobs: jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        options.source = from
        options.ledger = ledger
        options.at = at.flatMap { Instant(parsing: $0) }
        options.select = select
        options.isOffline = offline
        options.isDryRun = dryRun
        options.onlyIfChanged = ifChanged
        options.toleratesErrors = tolerate
        options.acceptsMassChange = acceptMassChange
        options.engine = Engine.description
        let report = try operatorOptions.run(options)
        let elapsed = SystemClock.now.milliseconds - started.milliseconds
        output.write(report, options, milliseconds: elapsed)
        let status = Self.status(of: report)
        if status != .done { throw ExitCode(status.rawValue) }
    }

    private static func status(of report: RunReport) -> ExitStatus {
        if report.isRefused { return .findings }
        if report.hasIntegrityFindings { return .integrity }
        return report.hasNewFaults ? .faults : .done
    }

    /// The error for the person, definitions' findings written out first.
    static func explain(_ error: RunError) -> any Error {
        switch error {
        case .definitions(let findings):
            Output.write(PrettyFindings(isColoured: Output.isTerminal).lines(findings))
            return CommandError(
                .findings,
                "the definitions have errors, so no case was run; --tolerate runs the sound ones")
        case .usage(let message): return CommandError(.usage, message)
        case .git(let error): return error
        case .conflict(let message): return CommandError(.conflict, message)
        }
    }
}

/// The program, for the commit message: its version and the digest of its file.
enum Engine {
    static var description: String {
        guard let bytes = try? WorkTree.read("/proc/self/exe") else {
            return "docket \(Docket.version)"
        }
        return "docket \(Docket.version) sha256:\(Digest(of: bytes).hexadecimal)"
    }
}
