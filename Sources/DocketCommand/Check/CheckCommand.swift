import ArgumentParser
import Batch
import Documents
import GitStorage

/// `docket check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check definitions and case files.",
        discussion: """
            Checks docket.yaml, workflows/, rules/, forms/, plugins/, vendors/ and the files under \
            cases/ as they stand in the work tree, committed or not, with the code that 'docket run' \
            reads them with: what a run would find at a commit, 'docket check --rev' finds. With \
            FILES, checks each by itself instead, as the definition, case or event that it holds; a \
            Ballerine definition in JSON is one of those.

            With --ledger, also against the cases in flight: a state or a workflow that is gone \
            although cases are in it is an error.

            Every finding has a code, and every code has a page in docs/findings/.

              docket check
              docket check -o github
              docket check --rev main~1 -o sarif > docket.sarif
              docket check workflow-from-ballerine.json

            Exit codes: 0 no error-level finding; 1 at least one; 2 usage.
            """)

    @Argument(help: "Files to check by themselves; '-' is standard input.", completion: .file())
    var files: [String] = []

    @Option(name: .customShort("C"), help: "A directory in the repository.", completion: .directory)
    var directory = "."

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "pretty, json, github or sarif.")
    var output = FindingFormat.pretty

    @Option(name: .customLong("rev"), help: "Check a commit instead of the work tree.")
    var revision: String?

    @Flag(help: "Check against the cases in flight on the ledger too.")
    var ledger = false

    @Option(name: .customLong("ledger-branch"), help: "The ledger branch.")
    var branch = "ledger"

    func validate() throws {
        if ledger && !files.isEmpty {
            throw ValidationError("--ledger is about the repository; give it without FILES")
        }
        if revision != nil && !files.isEmpty {
            throw ValidationError("--rev is about the repository; give it without FILES")
        }
    }

    func run() throws {
        let (findings, checked) = try check()
        output.write(findings, checked: checked)
        if findings.contains(where: { $0.level == .error }) {
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    private func check() throws -> ([Finding], CheckedFiles) {
        if !files.isEmpty {
            var check = FileCheck()
            for file in files { try check.check(file) }
            return (check.sorted, check.checked)
        }
        var check = try revision.map(check(revision:)) ?? checkWorkTree()
        if ledger {
            guard let records = try Ledger.open(directory, branch: branch) else {
                throw CommandError(.usage, "there was no run yet: no branch '\(branch)'")
            }
            try check.check(against: records)
        }
        let checked = CheckedFiles(
            definitions: check.definitions, cases: check.cases, events: check.events)
        return (check.findings, checked)
    }

    private func checkWorkTree() throws -> SourceCheck {
        let files = try WorkTreeFiles(try root())
        return try SourceCheck(files.root, in: files)
    }

    /// Where `docket.yaml` is looked for: here, else at the top of the work tree that this is in.
    private func root() throws -> String {
        guard WorkTree.kind("\(directory)/docket.yaml") == nil,
            let repository = try? Repository.open(directory)
        else { return directory }
        guard let top = repository.workTree else {
            throw CommandError(
                .usage,
                "this repository is bare and has no work tree; name a commit: "
                    + "docket check --rev HEAD")
        }
        return top
    }

    private func check(revision: String) throws -> SourceCheck {
        let repository = try Repository.open(directory)
        let commit = try repository.resolve(revision)
        return try SourceCheck(try repository.tree(of: commit), in: repository)
    }
}
