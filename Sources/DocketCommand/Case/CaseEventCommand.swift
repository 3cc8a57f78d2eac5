import ArgumentParser
import Batch
import Casework
import Documents
import GitStorage

/// What the verbs that write an event file have in common.
struct EventOptions: ParsableArguments {
    @Option(help: "Who: a reviewer's or system's identifier (default: git's user.email).")
    var by: String?

    @Option(help: "Why, in a sentence; it stays in the source repository.")
    var reason: String?

    @Option(help: "A JSON or YAML file with the payload, an object; '-' for standard input.")
    var payload: String?

    /// Reads the payload.
    func readPayload() throws -> Document? {
        guard let payload else { return nil }
        let bytes = payload == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(payload)
        let name =
            payload.hasSuffix(".json") || payload.hasSuffix(".yml") ? payload : "payload.yaml"
        let parsed = Source.parse(name, bytes)
        guard let source = parsed.source else {
            throw CommandError(
                .usage, "\(payload): \(parsed.findings.first?.message ?? "unreadable")")
        }
        guard source.value.kind == .object else {
            throw CommandError(.usage, "\(payload): a payload is an object")
        }
        return Document(copying: source.value)
    }

    /// Writes the event file into the work tree and says where.
    func write(_ event: EventFile, in directory: String) throws {
        var event = event
        let repository = try Repository.open(directory)
        guard let workTree = repository.workTree else {
            throw CommandError(
                .usage,
                "an event is a file in a work tree, and this repository is bare; use a clone")
        }
        event.by = by ?? repository.identity.email
        event.reason = reason
        event.payload = try readPayload()
        var random = SystemRandomNumberGenerator()
        do throws(EventFileError) {
            let path = try event.write(in: workTree, random: (random.next(), random.next()))
            Output.line("wrote \(path)")
            Output.line("commit it; the next 'docket run' applies it")
        } catch { throw CommandError(.usage, error.description) }
    }
}

/// `docket case decide`.
struct CaseDecideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Write a reviewer's decision on a case as an event file.",
        discussion: """
            The decision says which episode and state it was made on, as the ledger has them now; \
            if the case has moved by the time it is applied, it is refused and noted.

            docket case decide onboarding/acme approve --reason 'Extract matches'

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such case")]))
            """)

    @OptionGroup var target: CaseArgument

    @Argument(help: "The decision: an event of the workflow, such as approve, reject, revision.")
    var event: String

    @OptionGroup var place: LedgerOptions
    @OptionGroup var options: EventOptions

    func run() throws {
        let id = try target.caseID()
        guard let file = try place.open().record(id) else {
            throw CommandError(
                .usage, "the ledger has no case '\(id)'; 'docket case list' shows all")
        }
        let arena = Arena()
        let record = try Ledger.value(of: file, into: arena)
        guard record["status"]?.string != "completed" else {
            throw CommandError(
                .usage, "the case '\(id)' is decided already: \(record["outcome"]?.string ?? "")")
        }
        var decision = EventFile(id, type: event, kind: .decision, at: SystemClock.now)
        if let state = record["state"]?.string {
            decision.expects = (record["episode"]?.integer ?? 1, state)
        }
        try options.write(decision, in: place.directory)
    }
}

/// `docket case event`.
struct CaseEventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "Write an event of a case as an event file.",
        discussion: """
            docket case event onboarding/acme DOCUMENTS_SUBMITTED --payload documents.yaml
            docket case event onboarding/acme REGISTRY_ANSWERED --kind callback --vendor registry --payload answer.json

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no such case")]))
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case submission, callback, note }

    @OptionGroup var target: CaseArgument

    @Argument(help: "The event's name.")
    var event: String

    @Option(help: "submission, callback or note.")
    var kind = Kind.submission

    @Option(
        help:
            "Of a callback: its vendor in docket.yaml; the payload goes to its resultDestination.")
    var vendor: String?

    @Option(help: "Of a callback: where in the context the payload goes instead.")
    var resultDestination: String?

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @OptionGroup var options: EventOptions

    func validate() throws {
        if kind != .callback, vendor != nil || resultDestination != nil {
            throw ValidationError("--vendor and --result-destination are of --kind callback")
        }
    }

    func run() throws {
        let kind = CaseEvent.Kind(rawValue: kind.rawValue) ?? .submission
        var file = EventFile(
            try target.caseID(), type: event, kind: kind, at: SystemClock.now)
        file.vendor = vendor
        file.resultDestination = resultDestination
        try options.write(file, in: directory)
    }
}
