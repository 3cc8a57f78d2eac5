public import Documents
public import RiskRules

/// The settings of a repository: `docket.yaml`.
public struct Settings: Sendable {
    /// What a directory or bulk file under `cases/` gives to its cases.
    public struct CaseDefaults: Sendable {
        /// The path below `cases/`, without the ending of a bulk file.
        public var directory: String
        /// The workflow of cases that name none.
        public var workflow: String?
        /// The events of cases that bring none.
        public var events: Value?
    }

    /// The project's name, for messages.
    public var project = "docket"
    /// The environment's name: which of a vendor's `environments` holds, unless a run says otherwise.
    public var environment = "production"
    /// Longest directory first.
    public var cases: [CaseDefaults] = []
    /// Score thresholds.
    public var levels = RiskLevels.none
    /// The highest total score, if bounded.
    public var scoreCap: Double?
    /// Where days begin for rules about dates that do not say.
    public var timeZone = ZoneOffset.utc
    /// Vendors by name, in order.
    public var vendors: [VendorSettings] = []
    /// Subscriptions of the repository.
    public var subscriptions: [Subscription] = []
    /// Bounds.
    public var limits = Limits()
    /// The size in bytes of an answer's body above which it stands outside of git; nil: never.
    public var evidenceOutsideAbove: Int?

    /// Settings with nothing set.
    public init() {}

    /// Bounds on a run.
    public struct Limits: Sendable {
        /// Transitions a case may take in a run.
        public var steps = 1000
        /// Levels of child workflows below a case.
        public var childDepth = 8
        /// Child cases that one case and its children may start in a run.
        public var children = 10_000
        /// Bytes of a case file or line.
        public var caseBytes = 4 << 20
        /// Per cent of the cases of a bulk file that may be withdrawn or flipped in one run.
        public var massChangePercent = 1.0
        /// Below so many cases the percentage does not matter.
        public var massChangeAtLeast = 10
        /// New alerts that one rule may raise in a run.
        public var alerts = 1000
        /// How long a callback is held for a state that accepts it.
        public var heldCallbackMilliseconds = 30 * 86_400_000
    }

    /// The defaults of a case by its id.
    public func defaults(for id: String) -> CaseDefaults? {
        cases.first { id == $0.directory || id.hasPrefix($0.directory + "/") }
    }
}

/// Who gets which system webhooks.
public struct Subscription: BitwiseCopyable, Sendable {
    /// Where to.
    public var url: Text
    /// The names of the events.
    public var events: Table<Text>
    /// Whether the payload holds the children's data.
    public var withChildWorkflows: Bool

    /// A subscription.
    public init(url: Text, events: Table<Text>, withChildWorkflows: Bool = false) {
        self.url = url
        self.events = events
        self.withChildWorkflows = withChildWorkflows
    }

    /// Whether the event is subscribed.
    public func includes(_ event: StaticString) -> Bool { events.contains { $0 == event } }

    /// Whether the event is subscribed.
    public func includes(_ event: Text) -> Bool { events.contains { $0 == event } }

    /// Reads a list of subscriptions; those that are no webhook are left out with a finding.
    public static func read(_ node: Node?, in arena: Arena) -> ([Subscription], [Finding]) {
        var result: [Subscription] = []
        var findings: [Finding] = []
        for entry in node?.elements ?? [] {
            guard entry["type"]?.value.text.map({ $0 == "webhook" }) ?? true else {
                findings.append(
                    entry.finding(
                        "WF060", .warning, "only subscriptions of type webhook are served"))
                continue
            }
            guard let url = entry["url"]?.value.text, let events = entry["events"] else {
                findings.append(
                    entry.finding("WF061", .error, "a subscription needs url and events"))
                continue
            }
            result.append(
                Subscription(
                    url: url,
                    events: Table(events.elements.compactMap { $0.value.text }, in: arena),
                    withChildWorkflows: entry["config"]?["withChildWorkflows"]?.value.bool ?? false)
            )
        }
        return (result, findings)
    }
}

/// Reads `docket.yaml`.
struct SettingsReader {
    let arena: Arena
    private(set) var settings = Settings()
    private(set) var findings: [Finding] = []

    init(arena: Arena) { self.arena = arena }

    private static let shape = Shape(
        whole: "docket.yaml",
        members: [
            ("docket", .number), ("project", .string), ("environment", .string), ("cases", .object),
            ("risk", .object), ("vendors", .object), ("subscriptions", .list), ("limits", .object),
            ("evidence", .object),
        ],
        unknown: "CFG002", type: "CFG006")
    private static let caseShape = Shape(
        whole: "a directory of cases", members: [("workflow", .string), ("events", .list)],
        unknown: "CFG002", type: "CFG006")
    private static let riskShape = Shape(
        whole: "risk", members: [("levels", .object), ("cap", .number), ("timeZone", .string)],
        unknown: "CFG002",
        type: "CFG006")
    private static let evidenceShape = Shape(
        whole: "evidence", members: [("outsideAbove", .number)], unknown: "CFG002", type: "CFG006")
    private static let limitShape = Shape(
        whole: "limits",
        members: [
            ("steps", .number), ("childDepth", .number), ("children", .number),
            ("caseBytes", .number), ("massChange", .object), ("heldCallbackDays", .number),
            ("alerts", .number),
        ],
        unknown: "CFG002", type: "CFG006")

    mutating func read(_ root: Node) {
        guard root.value.kind == .object else {
            findings.append(root.finding("CFG001", .error, "docket.yaml holds settings by name"))
            return
        }
        findings += Self.shape.check(root)
        if root["docket"]?.value.integer != 1 {
            findings.append(
                (root["docket"] ?? root).finding(
                    "CFG003", .error, "write 'docket: 1', the version of the file format"))
        }
        if let name = root["project"]?.value.string { settings.project = name }
        if let name = root["environment"]?.value.string { settings.environment = name }
        readCases(root["cases"])
        readRisk(root["risk"])
        readVendors(root["vendors"])
        readLimits(root["limits"])
        readEvidence(root["evidence"])
        let (subscriptions, problems) = Subscription.read(root["subscriptions"], in: arena)
        settings.subscriptions = subscriptions
        findings += problems
        findings += EventChecks.check(subscriptions: root["subscriptions"])
    }

    private mutating func readCases(_ node: Node?) {
        for (key, _, entry) in node?.members ?? [] {
            if !entry.value.isNull { findings += Self.caseShape.check(entry) }
            settings.cases.append(
                .init(
                    directory: String(key), workflow: entry["workflow"]?.value.string,
                    events: entry["events"]?.value))
        }
        settings.cases.sort { $0.directory.utf8.count > $1.directory.utf8.count }
    }

    private mutating func readRisk(_ node: Node?) {
        guard let node else { return }
        findings += Self.riskShape.check(node)
        if let levels = node["levels"] {
            let (read, problems) = RiskLevels.compile(levels, in: arena)
            if let read { settings.levels = read }
            findings += problems
        }
        settings.scoreCap = number(node["cap"], "risk.cap")
        guard let zone = node["timeZone"], let text = zone.value.text else { return }
        if let offset = ZoneOffset(text) {
            settings.timeZone = offset
        } else {
            findings.append(
                zone.finding("CFG007", .error, "risk.timeZone: \(ZoneOffset.problem(text))"))
        }
    }

    private mutating func readVendors(_ node: Node?) {
        var reader = VendorSettingsReader()
        reader.read(node)
        settings.vendors = reader.vendors
        findings += reader.findings
    }

    private mutating func readEvidence(_ node: Node?) {
        guard let node else { return }
        findings += Self.evidenceShape.check(node)
        settings.evidenceOutsideAbove = number(node["outsideAbove"], "evidence.outsideAbove")
            .map { max(1024, Int($0)) }
    }

    private mutating func readLimits(_ node: Node?) {
        guard let node else { return }
        findings += Self.limitShape.check(node)
        if let steps = number(node["steps"], "limits.steps") {
            settings.limits.steps = max(1, Int(steps))
        }
        if let depth = number(node["childDepth"], "limits.childDepth") {
            settings.limits.childDepth = Int(min(depth, 30))
        }
        if let children = number(node["children"], "limits.children") {
            settings.limits.children = Int(min(children, 1e6))
        }
        if let bytes = number(node["caseBytes"], "limits.caseBytes") {
            settings.limits.caseBytes = max(1024, Int(bytes))
        }
        if let days = number(node["heldCallbackDays"], "limits.heldCallbackDays") {
            settings.limits.heldCallbackMilliseconds = Int(min(days, 36_500) * 86_400_000)
        }
        if let alerts = number(node["alerts"], "limits.alerts") {
            settings.limits.alerts = Int(alerts)
        }
        let change = node["massChange"]
        if let percent = number(change?["percent"], "limits.massChange.percent") {
            settings.limits.massChangePercent = percent
        }
        if let count = number(change?["atLeast"], "limits.massChange.atLeast") {
            settings.limits.massChangeAtLeast = Int(count)
        }
    }

    private mutating func number(_ node: Node?, _ name: String) -> Double? {
        guard let node else { return nil }
        if let number = node.value.number, number >= 0, number < 1e12 { return number }
        findings.append(node.finding("CFG004", .error, "\(name) is a number from 0"))
        return nil
    }
}
