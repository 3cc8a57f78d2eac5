import ArgumentParser
import Documents
import GitStorage
import Glibc
import Vendors

/// The operator's file on the command line, or in `DOCKET_OPERATOR_FILE`.
struct OperatorOptions: ParsableArguments {
    @Option(
        name: .customLong("operator"),
        help:
            "The operator's file, outside the repository: programs, secrets, environment (default: $DOCKET_OPERATOR_FILE).",
        completion: .file())
    var operatorFile: String?

    /// The file that was named; nil when none was.
    ///
    /// - Throws: ``CommandError`` when it must not be used, its findings written out first.
    func read(for repository: Repository) throws -> OperatorFile? {
        guard let path = operatorFile ?? Self.named else { return nil }
        let location = repository.location
        let (file, findings) = OperatorFile.read(
            path,
            outside: [repository.workTree, location.gitDirectory, location.commonDirectory]
                .compactMap { $0 })
        if !findings.isEmpty {
            Output.errorBytes(PrettyFindings(isColoured: false).lines(findings))
        }
        guard let file else {
            throw CommandError(.usage, "the operator's file is not used, see above")
        }
        return file
    }

    private static var named: String? {
        getenv("DOCKET_OPERATOR_FILE").flatMap {
            let path = String(cString: $0)
            return path.isEmpty ? nil : path
        }
    }
}
