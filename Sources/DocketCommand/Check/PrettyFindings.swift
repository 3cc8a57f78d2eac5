import Documents

/// Findings for people: a line each, and a summary.
struct PrettyFindings {
    var isColoured = false

    /// The text: `file:line:column: level: message [CODE]`.
    func text(_ findings: [Finding], checked: CheckedFiles) -> [UInt8] {
        var text = ""
        for finding in findings { text += line(finding) + "\n" }
        if !findings.isEmpty { text += "\n" }
        text += summary(findings, checked) + "\n"
        return Array(text.utf8)
    }

    /// One finding.
    func line(_ finding: Finding) -> String {
        let place = finding.position.map { ":\($0.line):\($0.column)" } ?? ""
        let level = paint(finding.level.rawValue, colour(finding.level))
        let file = paint(Self.printable(finding.file) + place, "1")
        return "\(file): \(level): \(Self.printable(finding.message)) [\(finding.code)]"
    }

    /// The lines of findings without a summary of what was checked.
    func lines(_ findings: [Finding]) -> [UInt8] {
        Array(findings.map { line($0) + "\n" }.joined().utf8)
    }

    private func summary(_ findings: [Finding], _ checked: CheckedFiles) -> String {
        guard !findings.isEmpty else { return "Checked \(checked.words): nothing to report." }
        let parts = [(Finding.Level.error, "error"), (.warning, "warning"), (.note, "note")]
            .map { level, noun in (findings.count { $0.level == level }, noun) }
            .filter { $0.0 > 0 }
            .map { CheckedFiles.count($0.0, $0.1) }
        return "Checked \(checked.words): \(parts.joined(separator: ", "))."
            + " Each code has a page in docs/findings/."
    }

    private func colour(_ level: Finding.Level) -> String {
        switch level {
        case .error: "1;31"
        case .warning: "1;33"
        case .note: "1;36"
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// Text from a file without what could command a terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
