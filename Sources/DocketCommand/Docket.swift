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
            """,
        version: "docket \(version)",
        subcommands: [EvalCommand.self, SimulateCommand.self])

    /// The version of Docket.
    public static let version = "0.1.0"

    /// The command.
    public init() {}
}
