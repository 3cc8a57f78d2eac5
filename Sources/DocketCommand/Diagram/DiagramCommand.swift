import ArgumentParser
import Batch
import Casework
import Definitions
import Documents
import GitStorage
import Statecharts

/// `docket diagram`.
struct DiagramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagram",
        abstract: "Draw a workflow, with the state of a case marked.",
        discussion: """
            Writes a picture of a workflow to standard output: Mermaid, which code hosts show in \
            Markdown, or SVG. With --case the states that the case is in are marked, and WORKFLOW may \
            be left out. Reads the work tree; with --from a commit.

              docket diagram kyb_onboarding
              docket diagram --case onboarding/acme -o svg > acme.svg
              docket diagram workflow-from-ballerine.json -o svg > workflow.svg

            Exit codes: 0 drawn; 1 the workflow has errors or is too large for a picture; 2 usage.
            """)

    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable { case mermaid, svg }

    @Argument(help: "The id of a workflow, or a file that holds one.", completion: .file())
    var workflow: String?

    @Option(name: .customLong("case"), help: "A case whose states are marked.")
    var id: String?

    @Option(name: .customLong("from"), help: "A commit instead of the work tree.")
    var revision: String?

    @Option(name: .customShort("C"), help: "A directory in the repository.", completion: .directory)
    var directory = "."

    @Option(help: "The ledger branch.")
    var ledger = "ledger"

    @Option(name: [.customShort("o"), .customLong("output")], help: "mermaid or svg.")
    var output = Format.mermaid

    func validate() throws {
        if workflow == nil && id == nil { throw ValidationError("give a WORKFLOW or a --case") }
    }

    func run() throws {
        let arena = Arena()
        let record = try id.map { try self.record(of: $0, arena) }
        let named = workflow ?? record?["workflow"]?.string ?? ""
        let (found, catalog) = try WorkflowArgument(named, directory, revision).load()
        var configuration: Configuration?
        if let record {
            guard record["workflow"]?.string.map({ $0.utf8.elementsEqual(found.id.utf8) }) == true
            else {
                throw CommandError(
                    .usage,
                    "the case '\(id ?? "")' is one of the workflow "
                        + "'\(record["workflow"]?.string ?? "")', not of '\(found.id)'")
            }
            do throws(ChartError) {
                configuration = try record["state"].map {
                    state throws(ChartError) -> Configuration in
                    try found.chart.configuration(from: state)
                }
            } catch {
                throw CommandError(
                    .findings,
                    "the case is in a state that the workflow no longer has: \(error.message)")
            }
        }
        try withExtendedLifetime((arena, catalog)) {
            try draw(Diagram(found, marking: configuration, of: id.map { "case \($0)" }))
        }
    }

    private func draw(_ diagram: Diagram) throws {
        switch output {
        case .mermaid: Output.write(Array(diagram.mermaid().utf8))
        case .svg:
            guard let svg = diagram.svg() else {
                throw CommandError(
                    .findings,
                    "the workflow has \(diagram.stateCount) states and \(diagram.arrowCount) arrows, "
                        + "too many for a picture (at most \(Diagram.stateLimit) and "
                        + "\(Diagram.arrowLimit)); -o mermaid writes it")
            }
            Output.write(Array(svg.utf8))
        }
    }

    private func record(of text: String, _ arena: Arena) throws -> Value {
        let id = try CaseArgument.parse([text]).caseID()
        guard let ledger = try Ledger.open(directory, branch: ledger) else {
            throw CommandError(.usage, "there was no run yet: no branch '\(self.ledger)'")
        }
        guard let file = try ledger.record(id) else {
            throw CommandError(.usage, "the ledger has no case '\(id.path)'")
        }
        return try Ledger.value(of: file, into: arena)
    }
}
