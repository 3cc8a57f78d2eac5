import ArgumentParser
import Audit
import Casework
import Documents

/// `docket explain`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell why a case stands where it stands.",
        discussion: """
            Tells what happened to a case, step by step: the event, the guard that decided with its \
            file and line and the values it read, the plugins that ran with the evidence they left, \
            decisions with who and why, the risk score with its parts; then what the case waits for \
            and which events it accepts now. Everything comes from one commit of the ledger and the \
            source commits it was made from. It shows personal data.

              docket explain onboarding/acme
              docket explain onboarding/acme --at ledger~10 -o json

            \(ExitStatus.help([(.done, "told"), (.usage, "usage, or no such case")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @OptionGroup var subject: CaseArgument

    @OptionGroup var place: LedgerOptions

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = Format.pretty

    func run() throws {
        let id = try subject.caseID()
        let ledger = try place.open()
        guard
            let explanation = try Explanation.load(id, from: ledger, in: place.directory)
        else {
            throw CommandError(.usage, "the ledger has no case '\(id.path)'")
        }
        switch output {
        case .pretty: Output.write(Array(explanation.text.utf8))
        case .json: Output.write(JSONFindings.file(explanation.json()))
        }
    }
}
