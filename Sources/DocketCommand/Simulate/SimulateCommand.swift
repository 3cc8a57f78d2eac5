import ArgumentParser
import Batch
import Casework
import Definitions
import Documents
import GitStorage

/// `docket simulate`.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Try a workflow on events and answers of your own.",
        discussion: """
            Takes one case through a workflow in memory and shows every transition, call and message. \
            Nothing is written and nothing leaves the machine: vendors answer from --http, then from \
            the repository's recorded answers. WORKFLOW is the id of a workflow of the repository, or \
            a file; a case file serves as --context, and its events are used when there is no --event. \
            Monitors are not looked at (they concern what changed between two runs), and children are \
            shown, not run.

              docket simulate kyb_onboarding --context cases/onboarding/acme.yaml
              docket simulate flow.yaml --event START --event approve=payload.json --state review

            With --batch, each line of standard input is a request and each line of standard output \
            its answer, with Ballerine's meaning: {"definition","extensions"?,"config"?,"rules"?,\
            "context"?,"state"?,"events","http"?,"env"?,"runtimeId"?,"at"?} gives \
            {"initial","steps","requests","children","messages"} or {"error"}.

            Exit codes: 0 simulated; 1 the definition has errors, or the case failed; 2 usage.
            """)

    /// How the result is shown.
    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    /// Whose recorded answers are used.
    enum Vendors: String, ExpressibleByArgument, CaseIterable { case settings, recorded }

    @Flag(help: "Read one JSON request a line from standard input, write one JSON result a line.")
    var batch = false

    @Argument(help: "The id of a workflow, or a file that holds one.", completion: .file())
    var workflow: String?

    @Option(name: .customShort("C"), help: "The repository.", completion: .directory)
    var directory = "."

    @Option(help: "The context: a JSON or YAML file, or a case file.", completion: .file())
    var context: String?

    @Option(
        name: .customLong("event"),
        help: ArgumentHelp("An event, with the file of its payload.", valueName: "type[=file]"))
    var events: [String] = []

    @Option(
        help:
            "HTTP answers: a list of {method?, url? or urlPrefix?, status, body or networkError}.",
        completion: .file())
    var http: String?

    @Option(
        help:
            "'settings': vendors of kind recorded answer; 'recorded': the others too, from vendors/NAME.yaml."
    )
    var vendors = Vendors.settings

    @Option(help: "The state to begin in, without entering it.")
    var state: String?

    @Option(help: "The clock, such as 2026-11-22T00:00:00Z.")
    var at: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: "pretty or json.")
    var output = Format.pretty

    func validate() throws {
        if !batch && workflow == nil {
            throw ValidationError("give a workflow's id or file, or --batch")
        }
        if let at, Instant(parsing: at) == nil {
            throw ValidationError("--at takes a time such as 2026-11-22T00:00:00Z")
        }
    }

    func run() throws {
        if batch {
            return LineService.run(Simulation.run)
        }
        let arena = Arena()
        let (workflow, catalog) = try load(workflow ?? "")
        var rehearsal = Rehearsal(workflow, of: catalog, in: arena)
        if let http { rehearsal.answers = try InputDocument.read(http, into: arena) }
        rehearsal.usesFixtures = vendors == .recorded
        rehearsal.state = state.map { arena.string($0) }
        let given = try context.map { try InputDocument.read($0, into: arena) } ?? .null
        let isCase = given["context"]?.kind == .object
        try rehearsal.play(
            try readEvents(of: isCase ? given : .null, workflow, catalog, arena),
            over: isCase ? given["context"] ?? .null : given,
            at: at.flatMap { Instant(parsing: $0) } ?? SystemClock.now)
        show(Trace(rehearsal: rehearsal), arena)
        if rehearsal.record?.fault != nil { throw ExitCode(ExitStatus.findings.rawValue) }
    }

    private func show(_ trace: Trace, _ arena: Arena) {
        withExtendedLifetime((trace, arena)) {
            switch output {
            case .pretty: Output.write(Array(trace.text.utf8))
            case .json: Output.write(JSONFindings.file(trace.json(in: arena)))
            }
        }
    }

    // MARK: Reading

    /// A workflow of the repository, or of a file by itself.
    private func load(_ name: String) throws -> (Workflow, Catalog) {
        if WorkTree.kind(name) == .file {
            let file = name
            let parsed = Source.parse(file, try WorkTree.read(file))
            guard let source = parsed.source else { throw refusal(parsed.findings) }
            // Inside a repository the workflow sees its rules and vendors.
            if let found = repositoryWorkflow(source.root["id"]?.value.string ?? "", file: file) {
                return found
            }
            let catalog = Catalog(alone: source, as: .workflow)
            guard let workflow = catalog.workflows.first else { throw refusal(catalog.findings) }
            return (workflow, catalog)
        }
        let catalog = try repository()
        guard let workflow = catalog.workflow(name) else {
            if catalog.brokenWorkflows.contains(name) { throw refusal(catalog.findings) }
            let known = catalog.workflows.map(\.id).joined(separator: ", ")
            throw CommandError(
                .usage,
                "there is no workflow '\(name)' in workflows/ and no such file"
                    + (known.isEmpty ? "" : "; there are \(known)"))
        }
        return (workflow, catalog)
    }

    private func repository() throws -> Catalog {
        let files = try WorkTreeFiles(directory)
        return try SourceCatalog.load(files.root, in: files).catalog
    }

    private func repositoryWorkflow(_ id: String, file: String) -> (Workflow, Catalog)? {
        guard let catalog = try? repository(), let workflow = catalog.workflow(id),
            file == workflow.file || file.hasSuffix("/" + workflow.file)
        else { return nil }
        return (workflow, catalog)
    }

    private func refusal(_ findings: [Finding]) -> CommandError {
        let errors = findings.filter { $0.level == .error }
            .map { "\n  \(PrettyFindings().line($0))" }.joined()
        return CommandError(.findings, "the workflow has errors" + errors)
    }

    /// The events named, else those of the case file, else the workflow's own first event.
    private func readEvents(
        of file: Value, _ workflow: Workflow, _ catalog: Catalog, _ arena: Arena
    ) throws -> [CaseEvent] {
        if !events.isEmpty {
            return try events.map { text in
                let parts = text.split(separator: "=", maxSplits: 1)
                guard let type = parts.first else {
                    throw CommandError(.usage, "--event needs a type")
                }
                let payload =
                    parts.count == 2
                    ? try InputDocument.read(String(parts[1]), into: arena) : nil
                return CaseEvent(type: arena.text(type), payload: payload)
            }
        }
        if let list = file["events"] ?? directoryEvents(catalog) {
            return Source(file: "events", arena: arena, value: list).root.elements.compactMap {
                CaseEvent.read($0).0
            }
        }
        return state == nil ? workflow.initialEvent.map { [CaseEvent(type: $0)] } ?? [] : []
    }

    /// What docket.yaml gives to cases of the directory that the case file is in.
    private func directoryEvents(_ catalog: Catalog) -> Value? {
        guard state == nil, let context,
            let start = context.hasPrefix("cases/")
                ? context.startIndex : context.range(of: "/cases/")
        else { return nil }
        let path = context[start...].drop { $0 == "/" }.dropFirst("cases/".count)
        return catalog.settings.defaults(for: String(path))?.events
    }
}

extension String {
    /// Where a part begins, compared by bytes.
    fileprivate func range(of part: String) -> Index? {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        guard bytes.count >= part.count else { return nil }
        for at in 0...(bytes.count - part.count)
        where bytes[at..<(at + part.count)].elementsEqual(part) {
            return utf8.index(startIndex, offsetBy: at)
        }
        return nil
    }
}
