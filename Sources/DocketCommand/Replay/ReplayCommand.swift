import ArgumentParser
import Batch
import Documents
import GitStorage
import Glibc

/// `docket replay`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Do a run on the ledger again and compare, byte for byte.",
        discussion: """
            Takes the commit's parents, the ledger before it and the source it read, runs on them at \
            the commit's clock with the answers that are stored as evidence, asks nobody, writes \
            nothing, and says whether the same tree comes out.

              docket replay ledger
              docket replay ledger~7 -o json

            \(ExitStatus.help([
                (.done, "the same, byte for byte"), (.usage, "usage, or no run"),
                (.integrity, "something else comes out"),
            ]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Argument(help: "A commit of the ledger.")
    var commit = "ledger"

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(help: "Threads (default: one a core).")
    var jobs: Int?

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = Format.pretty

    func run() throws {
        var options = RunOptions(
            directory: directory, now: SystemClock.now,
            jobs: jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        options.replay = commit
        let report: RunReport
        do throws(RunError) {
            report = try BatchRun(options: options).perform(progress: TerminalProgress())
        } catch { throw RunCommand.explain(error) }
        guard let replay = report.replay else { return }
        switch output {
        case .json:
            // Named, so that it outlives the value.
            let arena = Arena()
            Output.line(JSONWriter.line(Self.value(replay, report, arena)))
        case .pretty: for line in Self.lines(replay, report) { Output.line(line) }
        }
        if !replay.isSame { throw ExitCode(ExitStatus.integrity.rawValue) }
    }

    private static func lines(_ replay: ReplayReport, _ report: RunReport) -> [String] {
        var lines = [
            "run      \(report.runID)", "commit   \(replay.commit)",
            "source   \(report.source)", "clock    \(report.clock)",
            "cases    \(report.due) due, \(report.advanced) advanced",
        ]
        if replay.isSame {
            lines.append("the same tree comes out: \(replay.made)")
            return lines
        }
        lines += ["expected \(replay.expected)", "made     \(replay.made)"]
        if let engine = replay.engine, !engine.utf8.elementsEqual(Engine.description.utf8) {
            lines.append("the commit was made by another program: \(engine)")
        }
        for path in replay.differences.prefix(20) { lines.append("  differs  \(path)") }
        if replay.differences.count > 20 {
            lines.append("  and \(replay.differences.count - 20) more; -o json lists them")
        }
        return lines
    }

    private static func value(
        _ replay: ReplayReport, _ report: RunReport, _ arena: Arena
    ) -> Value {
        arena.object([
            "run": arena.string(report.runID), "commit": arena.string(replay.commit.description),
            "same": .bool(replay.isSame), "expected": arena.string(replay.expected.description),
            "made": arena.string(replay.made.description),
            "engine": replay.engine.map { arena.string($0) } ?? .null,
            "differences": arena.array(replay.differences.map { arena.string($0) }),
        ])
    }
}
