public import Documents

/// The alert that a run opened a case for. Such a case has no file among the cases of the source.
public struct AlertLink: Sendable, Hashable {
    /// The alert's rule.
    public var rule: String
    /// The alert's id: 40 hexadecimal digits.
    public var id: String

    /// A link.
    public init(rule: String, id: String) {
        self.rule = rule
        self.id = id
    }

    /// As a record says it, `{rule, id}`.
    public init?(_ value: Value) {
        guard let rule = value["rule"]?.string, let id = value["id"]?.string else { return nil }
        self.init(rule: rule, id: id)
    }

    /// The alert that a case of this id, or a child of it, is of by its name; nil of other names.
    public init?(caseID id: CaseID) {
        let segments = id.path.split(separator: "/", maxSplits: 3)
        guard segments.count > 2, segments[0] == "alerts", segments[2].utf8.count == 40,
            segments[2].utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
            )
        else { return nil }
        self.init(rule: String(segments[1]), id: String(segments[2]))
    }

    /// The case's id.
    public var caseID: CaseID? { CaseID("alerts/\(rule)/\(id)") }
}
