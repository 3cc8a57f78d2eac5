import Documents

/// Findings as annotations of GitHub's workflow runs: one workflow command a line.
enum GitHubFindings {
    /// The text: `::error file=…,line=…,col=…,title=CODE::message`.
    static func text(_ findings: [Finding]) -> [UInt8] {
        Array(findings.map { line($0) + "\n" }.joined().utf8)
    }

    private static func line(_ finding: Finding) -> String {
        let command =
            switch finding.level {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        var properties = ["file=\(property(finding.file))"]
        if let place = finding.position {
            properties += ["line=\(place.line)", "col=\(place.column)"]
        }
        properties.append("title=\(property(finding.code))")
        return "::\(command) \(properties.joined(separator: ","))::\(data(finding.message))"
    }

    /// Percent signs and line ends are encoded; in properties `:` and `,` too.
    private static func data(_ text: String) -> String { encode(text, "%\r\n") }
    private static func property(_ text: String) -> String { encode(text, "%\r\n:,") }

    private static func encode(_ text: String, _ characters: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if characters.unicodeScalars.contains(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
