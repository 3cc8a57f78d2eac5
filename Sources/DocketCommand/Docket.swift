public import ArgumentParser

/// `docket`: the command and its verbs.
public struct Docket: ParsableCommand {
    /// What `docket --help` says.
    public static let configuration = CommandConfiguration(
        commandName: "docket",
        abstract: "Risk decisions in a git repository.",
        discussion: """
            Workflows, rules and forms are YAML files in a git repository; cases are files beside \
            them. 'docket run' takes every case through its workflow and commits records, \
            decisions and webhook messages to the branch 'ledger'.

            Start with 'docket init', then 'docket check' and 'docket run'.

            Exit codes of all verbs: 0 done; 1 findings, a failed evaluation or a gate; 2 usage or \
            configuration; 3 some cases have new faults, the others were committed; 4 integrity; \
            5 git conflict, safe to try again; 130 interrupted.

            Completions for your shell: docket --generate-completion-script bash|zsh|fish
            """,
        version: "docket \(version)",
        subcommands: [
            InitCommand.self, ImportCommand.self, CheckCommand.self, RunCommand.self,
            MigrateCommand.self, ReplayCommand.self,
            CaseCommand.self, AlertCommand.self, InboxCommand.self, VendorCommand.self,
            EvalCommand.self, SimulateCommand.self, DiagramCommand.self, ExplainCommand.self,
        ])

    /// The version of Docket.
    public static let version = "0.1.0"

    /// The command.
    public init() {}
}
