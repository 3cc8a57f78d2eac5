import Documents

/// Findings as one JSON document: `{"findings": […], "summary": {…}}`.
enum JSONFindings {
    /// The text. A finding is `{code, level, message, file, line?, column?}`.
    static func text(_ findings: [Finding], checked: CheckedFiles) -> [UInt8] {
        let arena = Arena()
        let list = findings.map { value($0, in: arena) }
        let summary = arena.object([
            "definitions": .integer(checked.definitions), "cases": .integer(checked.cases),
            "events": .integer(checked.events),
            "errors": .integer(findings.count { $0.level == .error }),
            "warnings": .integer(findings.count { $0.level == .warning }),
            "notes": .integer(findings.count { $0.level == .note }),
        ])
        let root = arena.object(["findings": arena.array(list), "summary": summary])
        return withExtendedLifetime(arena) { file(root) }
    }

    /// A value as an indented file, keys as they stand.
    static func file(_ value: Value) -> [UInt8] {
        var writer = JSONWriter(.indented)
        writer.write(value)
        writer.endLine()
        return writer.bytes
    }

    /// One finding.
    static func value(_ finding: Finding, in arena: Arena) -> Value {
        arena.object([
            "code": arena.string(finding.code), "level": arena.string(finding.level.rawValue),
            "message": arena.string(finding.message), "file": arena.string(finding.file),
            "line": finding.position.map { .integer($0.line) },
            "column": finding.position.map { .integer($0.column) },
        ])
    }
}
