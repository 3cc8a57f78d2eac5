import ArgumentParser
import Documents

/// How `docket check` shows findings.
enum FindingFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case pretty
    /// One JSON document.
    case json
    /// Annotations of GitHub's workflow runs.
    case github
    /// SARIF 2.1.0, which code-scanning services read.
    case sarif

    /// Writes findings, sorted by file and place, to standard output.
    func write(_ findings: [Finding], checked: CheckedFiles) {
        switch self {
        case .pretty:
            let formatter = PrettyFindings(isColoured: Output.isTerminal)
            Output.write(formatter.text(findings, checked: checked))
        case .json: Output.write(JSONFindings.text(findings, checked: checked))
        case .github: Output.write(GitHubFindings.text(findings))
        case .sarif: Output.write(SARIFFindings.text(findings))
        }
    }
}

/// What a check looked at, for its summary.
struct CheckedFiles {
    var definitions = 0
    var cases = 0
    var events = 0

    /// `12 definitions, 2,531 cases, 14 event files`.
    var words: String {
        [
            Self.count(definitions, "definition"), Self.count(cases, "case"),
            Self.count(events, "event file"),
        ].joined(separator: ", ")
    }

    /// A number with its noun.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
