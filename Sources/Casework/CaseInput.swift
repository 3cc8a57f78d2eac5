public import Documents

/// What a case file or a bulk line says: the workflow, the context and the first events.
public struct CaseInput: Sendable {
    /// The workflow's id; the directory's default when the file names none.
    public var workflow: String?
    /// The context.
    public var context: Value
    /// Applied once, when the case is created; nil when the file brings none.
    public var events: [CaseEvent]?
    /// `config`: language, subscriptions.
    public var config: Value
    /// Digest of the input as it stands: a change is a change of this.
    public var digest: Digest

    /// An input.
    public init(
        workflow: String?, context: Value, events: [CaseEvent]? = nil, config: Value, digest: Digest
    ) {
        self.workflow = workflow
        self.context = context
        self.events = events
        self.config = config
        self.digest = digest
    }

    /// Reads a case. A bulk line without a `context` member is its context, but for the fields of a
    /// case. Findings say what is wrong; an input with an error-level finding must not run.
    ///
    /// - Parameters:
    ///   - node: the file's or line's root.
    ///   - isLine: whether it is a bulk line, which has an `id` and may be its context alone.
    ///   - digest: of the bytes it was read from.
    public static func read(
        _ node: Node, isLine: Bool = false, digest: Digest
    ) -> (CaseInput?, [Finding]) {
        guard node.value.kind == .object else {
            return (nil, [node.finding("CS001", .error, "a case is an object with a context")])
        }
        var findings: [Finding] = []
        var input = CaseInput(
            workflow: node["workflow"]?.value.string, context: .emptyObject, config: .emptyObject,
            digest: digest)
        if let workflow = node["workflow"], workflow.value.text == nil {
            findings.append(workflow.finding("CS002", .error, "workflow is the id of a workflow"))
        }
        if let context = node["context"] {
            input.context = context.value
            if context.value.kind != .object {
                findings.append(context.finding("CS003", .error, "context is an object"))
            }
        } else if isLine {
            input.context = context(ofLine: node)
        } else {
            findings.append(node.finding("CS004", .error, "a case needs a context"))
        }
        if let events = node["events"] { input.events = readEvents(events, &findings) }
        if let config = node["config"] {
            input.config = config.value
            if config.value.kind != .object {
                findings.append(config.finding("CS005", .error, "config is an object"))
            }
        }
        let isFlat = isLine && node["context"] == nil
        for (key, position, _) in node.members
        where !isFlat && !Self.isKey(key, isLine: isLine) {
            findings.append(
                Finding(
                    "CS006", .warning, "'\(key)' is no field of a case and is not read",
                    file: node.file, at: position))
        }
        return (input, findings)
    }

    private static func context(ofLine node: Node) -> Value {
        let members = node.value.members.map { Array($0) } ?? []
        return node.source.arena.object(members.filter { !isKey($0.key, isLine: true) })
    }

    private static func isKey(_ key: Text, isLine: Bool) -> Bool {
        if isLine && key == "id" { return true }
        let keys: [StaticString] = ["docket", "workflow", "context", "events", "config"]
        return keys.contains { key == $0 }
    }

    private static func readEvents(_ node: Node, _ findings: inout [Finding]) -> [CaseEvent] {
        guard node.value.kind == .array else {
            findings.append(node.finding("CS007", .error, "events is a list of events"))
            return []
        }
        var events: [CaseEvent] = []
        for element in node.elements {
            let (event, problems) = CaseEvent.read(element)
            findings += problems
            if let event { events.append(event) }
        }
        return events
    }
}
