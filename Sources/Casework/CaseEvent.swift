public import Documents

/// Something that happened to a case.
public struct CaseEvent: Sendable {
    /// What sort of thing it is.
    public enum Kind: String, Sendable {
        /// A reviewer's: never held, and refused when what it was made on no longer holds.
        case decision
        /// The applicant's or an upstream system's.
        case submission
        /// A vendor's; held until the state accepts it.
        case callback
        /// Recorded and otherwise without effect.
        case note
    }

    /// The event's name.
    public var type: Text
    /// What sort of thing it is.
    public var kind: Kind
    /// What guards see above the context, an object.
    public var payload: Value?
    /// Of a callback: where in the context its payload is kept, as members joined by dots.
    public var resultDestination: Text?
    /// Of a callback: the vendor of `docket.yaml` that it is from, whose `resultDestination` holds
    /// where the event names none.
    public var vendor: Text?
    /// Who sent it: a reviewer's identifier, never an applicant's name.
    public var by: Text?
    /// When it happened, as its sender says.
    public var at: Instant?
    /// Of a decision: the episode and state it was made on.
    public var expects: (episode: Int?, state: Text?)?
    /// The event file's name, of an event that came as a file.
    public var file: String?
    /// The event file's object id in hexadecimal.
    public var blob: String?

    /// An event.
    public init(type: Text, kind: Kind = .submission, payload: Value? = nil) {
        self.type = type
        self.kind = kind
        self.payload = payload
    }
}

extension CaseEvent {
    /// Reads an event: `type`, `kind`, `payload`, `resultDestination`, `vendor`, `by`, `at`, `expects`. Findings say what is wrong;
    /// an event with an error-level finding must not be applied.
    public static func read(_ node: Node) -> (CaseEvent?, [Finding]) {
        var findings: [Finding] = []
        guard node.value.kind == .object, let type = node["type"]?.value.text, !type.isEmpty else {
            return (nil, [node.finding("CS020", .error, "an event needs a type")])
        }
        var event = CaseEvent(type: type)
        if let kind = node["kind"] {
            if let known = kind.value.string.flatMap({ Kind(rawValue: $0) }) {
                event.kind = known
            } else {
                findings.append(
                    kind.finding("CS021", .error, "kind is decision, submission, callback or note"))
            }
        }
        if let payload = node["payload"], !payload.value.isNull {
            event.payload = payload.value
            if payload.value.kind != .object {
                findings.append(payload.finding("CS022", .error, "a payload is an object"))
            }
        }
        if let destination = node["resultDestination"] {
            event.resultDestination = destination.value.text.flatMap { $0.isEmpty ? nil : $0 }
            if event.resultDestination == nil {
                findings.append(
                    destination.finding(
                        "CS025", .error,
                        "resultDestination is a path such as pluginsOutput.ubo.data"))
            }
        }
        if let vendor = node["vendor"] {
            event.vendor = vendor.value.text.flatMap { $0.isEmpty ? nil : $0 }
            if event.vendor == nil {
                findings.append(
                    vendor.finding("CS026", .error, "vendor is the name of one of docket.yaml"))
            }
        }
        event.by = node["by"]?.value.text
        if let at = node["at"] {
            event.at = at.value.string.flatMap { Instant(parsing: $0) }
            if event.at == nil {
                findings.append(
                    at.finding("CS023", .error, "at is a time such as 2026-11-22T02:00:00Z"))
            }
        }
        if let expects = node["expects"] {
            event.expects = (expects["episode"]?.value.integer, expects["state"]?.value.text)
        }
        for (key, position, _) in node.members
        where !Self.keys.contains(where: { key == $0 }) {
            findings.append(
                Finding(
                    "CS024", .warning, "'\(key)' is no field of an event and is not read",
                    file: node.file, at: position))
        }
        return (event, findings)
    }

    private static let keys: [StaticString] = [
        "type", "kind", "payload", "resultDestination", "vendor", "by", "at", "reason", "expects",
        "docket",
    ]
}
