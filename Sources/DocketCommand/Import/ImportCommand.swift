import ArgumentParser
import Batch
import Definitions
import Documents
import GitStorage
import Vendors

/// `docket import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in Ballerine's definitions.",
        discussion: """
            A workflow definition in JSON becomes workflows/ID.yaml with 'semantics: ballerine', \
            under which it reaches the states that Ballerine's engine reaches; a UI definition \
            becomes forms/ID.yaml; alert definitions become rules/alerts.yaml. Fields of Ballerine's hosting are left out and named. A file \
            that is there already is not touched without --force.

              docket import kyb_onboarding.json
              docket import export/*.json -C ../risk --force

            Exit codes: 0 imported; 1 imported, with error-level findings; 2 usage, or a file that \
            holds no definition or would be overwritten.
            """)

    @Argument(help: "JSON files; '-' is standard input.", completion: .file(extensions: ["json"]))
    var files: [String]

    @Option(name: .customShort("C"), help: "The repository.", completion: .directory)
    var directory = "."

    @Flag(help: "Overwrite files that are there.")
    var force = false

    func run() throws {
        let importer = BallerineImport()
        var results: [BallerineImport.Result] = []
        // Everything is read before anything is written.
        for file in files { results += try importer.results(of: read(file), named: file) }
        try checkTargets(results)
        for result in results { try write(result) }
        let findings = check(results)
        if !findings.isEmpty { Output.line("") }
        FindingFormat.pretty.write(
            findings, checked: CheckedFiles(definitions: results.count))
        if findings.contains(where: { $0.level == .error }) {
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    private func read(_ file: String) throws -> Source {
        let bytes = file == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(file)
        var parser = JSONParser(duplicateKeys: .lastWins)
        do {
            return try bytes.withUnsafeBytes { try parser.parseSource($0, file: file) }
        } catch let error as ParseError {
            throw CommandError(
                .usage,
                "\(file):\(error.position.line):\(error.position.column): no JSON: \(error.message)"
            )
        }
    }

    private func checkTargets(_ results: [BallerineImport.Result]) throws {
        var paths: [String: String] = [:]
        for result in results {
            if paths.updateValue(result.id, forKey: result.path.lowercased()) != nil {
                throw CommandError(
                    .usage, "two of the definitions would be written to \(result.path)")
            }
            switch WorkTree.kind(directory + "/" + result.path) {
            case nil: break
            case .file where force: break
            case .file:
                throw CommandError(
                    .usage, "\(result.path) is there already; --force overwrites it")
            default: throw CommandError(.usage, "\(result.path) is no file; it is not overwritten")
            }
        }
    }

    private func write(_ result: BallerineImport.Result) throws {
        try WorkTree.write(result.text, to: directory + "/" + result.path, replacing: force)
        var line = "wrote \(result.path)"
        if !result.dropped.isEmpty {
            line += " (left out: \(result.dropped.joined(separator: ", ")))"
        }
        Output.line(line)
    }

    /// What is wrong with the files that were written, seen together with the rest of the repository.
    private func check(_ results: [BallerineImport.Result]) -> [Finding] {
        let paths = Set(results.map(\.path))
        guard let files = try? WorkTreeFiles(directory),
            let check = try? SourceCheck(files.root, in: files, withCases: false)
        else { return [] }
        return check.findings.filter { paths.contains($0.file) }
    }
}
