public import Definitions
public import Documents

/// Where an alert stands: what was decided of it, or that nothing was.
public enum AlertState: String, Sendable, CaseIterable {
    case triggered
    case underReview = "under_review"
    case escalated, rejected, dismissed, cleared

    /// What the state amounts to.
    public var status: AlertStatus {
        switch self {
        case .triggered: .new
        case .underReview, .escalated: .pending
        case .rejected, .dismissed, .cleared: .completed
        }
    }
}

/// Whether somebody still has to look.
public enum AlertStatus: String, Sendable {
    case new, pending, completed
}

/// An alert: what was found, about whom, and what became of it. It holds ids and counts, nothing else of
/// a person.
public struct Alert: Sendable, Equatable {
    /// A field of a row that says whom the alert is about.
    public struct Subject: Sendable, Equatable {
        /// The field, such as `counterpartyId`.
        public var field: String
        /// The id there.
        public var value: String

        /// A subject.
        public init(field: String, value: String) {
            self.field = field
            self.value = value
        }
    }

    /// Names the alert.
    public var id: String
    /// The id of its rule.
    public var rule: String
    /// Whose it is.
    public var project: String
    /// About whom.
    public var subjects: [Subject]
    /// From the rule at the time.
    public var severity: AlertSeverity
    /// Where it stands.
    public var state = AlertState.triggered
    /// When it was made.
    public var createdAt: Instant
    /// When it last was found again or decided upon.
    public var updatedAt: Instant
    /// Who looks after it.
    public var assignee: String?
    /// The stored row's compact JSON: counts as texts.
    public var row: String
    /// ``AlertRow/hash(ofStored:)`` of the row.
    public var hash: String

    /// An alert just made.
    public init(
        id: String, rule: String, project: String, subjects: [Subject], severity: AlertSeverity,
        at now: Instant, row: String, hash: String
    ) {
        self.id = id
        self.rule = rule
        self.project = project
        self.subjects = subjects
        self.severity = severity
        createdAt = now
        updatedAt = now
        self.row = row
        self.hash = hash
    }
}

/// The alerts there are, in the order they were made, and what happens to them. Reads no clock.
public struct AlertBook: Sendable {
    /// All alerts, oldest first.
    public private(set) var alerts: [Alert] = []
    private var places: [String: Int] = [:]
    /// The newest alert of a rule, project and subject.
    private var newest: [String: Int] = [:]

    /// An empty book.
    public init() {}

    /// What came of a row.
    public enum Outcome: Sendable, Equatable {
        /// A new alert.
        case made(String)
        /// The same as an alert there is; an open one was touched.
        case repeated(String?)
        /// The row names no subject.
        case rejected(String)
    }

    /// The columns that Ballerine's alerts have for subjects.
    private static let columns: Set<String> = ["counterpartyId", "businessId", "projectId"]

    private static func key(_ rule: String, _ project: String, _ subjects: [Alert.Subject])
        -> String
    {
        ([rule, project] + subjects.flatMap { [$0.field, $0.value] }).joined(separator: "\u{0}")
    }

    /// Puts an alert into the book that is there already.
    public mutating func add(_ alert: Alert) {
        places[alert.id] = alerts.count
        let key = Self.key(alert.rule, alert.project, alert.subjects)
        if newest[key].map({ alerts[$0].createdAt <= alert.createdAt }) ?? true {
            newest[key] = alerts.count
        }
        alerts.append(alert)
    }

    /// An alert by id.
    public subscript(id: String) -> Alert? { places[id].map { alerts[$0] } }

    /// The subjects of a row, or why it has none.
    public static func subjects(of row: Value, _ rule: AlertRule) -> Result<
        [Alert.Subject], AlertError
    > {
        var subjects: [Alert.Subject] = []
        for field in rule.subjects {
            guard let value = row[field], !value.isNull else {
                return .failure(AlertError(.option, "the row has no \(field)"))
            }
            if rule.semantics == .ballerine, !columns.contains(field) {
                return .failure(AlertError(.option, "\(field) is no column of an alert"))
            }
            subjects.append(
                Alert.Subject(field: field, value: value.string ?? JSONWriter.line(value)))
        }
        return .success(subjects)
    }

    /// Takes a row that a rule found: a new alert, unless there is one like it that is open, or
    /// completed and still cooling down.
    ///
    /// - Parameter id: names a new alert by its rule, subjects and how many were before it.
    public mutating func take(
        _ row: Value, of rule: AlertRule, project: String, at now: Instant, in arena: Arena,
        id: (_ subjects: [Alert.Subject], _ earlier: Int) -> String
    ) -> Outcome {
        let subjects: [Alert.Subject]
        switch Self.subjects(of: row, rule) {
        case .success(let found): subjects = found
        case .failure(let error): return .rejected(error.message)
        }
        let key = Self.key(rule.id, project, subjects)
        let last = newest[key]
        if let dedupe = rule.dedupe {
            if dedupe.isMuted { return .repeated(nil) }
            if let last, dedupe.isRepetition(of: alerts[last], at: now) {
                if alerts[last].state.status != .completed { alerts[last].updatedAt = now }
                return .repeated(alerts[last].id)
            }
        }
        let stored = AlertRow.stored(row, in: arena)
        let earlier =
            last == nil ? 0 : alerts.count { Self.key($0.rule, $0.project, $0.subjects) == key }
        let alert = Alert(
            id: id(subjects, earlier), rule: rule.id, project: project, subjects: subjects,
            severity: rule.severity, at: now, row: JSONWriter.line(stored),
            hash: AlertRow.hash(ofStored: stored))
        add(alert)
        return .made(alert.id)
    }

    /// Decides upon alerts; any state may follow any other.
    ///
    /// - Parameter project: alerts of others are not found; nil is all.
    /// - Returns: the ids that were found, in the order given.
    public mutating func decide(
        _ ids: [String], _ state: AlertState, at now: Instant, by person: String? = nil,
        project: String? = nil
    ) -> [String] {
        change(ids, project) { alert in
            if let person { alert.assignee = person }
            alert.state = state
            alert.updatedAt = now
        }
    }

    /// Gives alerts to somebody, or to nobody.
    public mutating func assign(
        _ ids: [String], to person: String?, at now: Instant, project: String? = nil
    ) -> [String] {
        change(ids, project) { alert in
            alert.assignee = person
            alert.updatedAt = now
        }
    }

    private mutating func change(
        _ ids: [String], _ project: String?, _ body: (inout Alert) -> Void
    ) -> [String] {
        ids.filter { id in
            guard let at = places[id],
                project.map({ $0.utf8.elementsEqual(alerts[at].project.utf8) }) ?? true
            else { return false }
            body(&alerts[at])
            return true
        }
    }
}

extension AlertDedupe {
    /// Whether what would be another alert now is the same as the newest like it: open ones always are,
    /// completed ones until their cooldown is over. The end itself is past it.
    public func isRepetition(of last: Alert, at now: Instant) -> Bool {
        if isMuted { return true }
        guard last.state.status == .completed else { return true }
        guard let cooldownMinutes else { return false }
        let end = Double(last.createdAt.milliseconds) + cooldownMinutes * 60_000
        return Double(now.milliseconds) < end
    }
}

extension MerchantReports {
    /// The first enabled rule of the report's project that says something of it, and what.
    public static func first(
        of rules: [AlertRule], saying report: Value, in arena: Arena
    ) throws(AlertError) -> (rule: AlertRule, result: Value)? {
        for rule in rules where rule.isEnabled {
            guard case .function(.merchantReport) = rule.work,
                rule.projectID == nil || rule.projectID == report["projectId"]?.string
            else { continue }
            if let result = try check(report, rule, severity: nil, in: arena) {
                return (rule, result)
            }
        }
        return nil
    }

    /// The row that Ballerine stores of a merchant alert: its subjects alone, the same for every report.
    public static func row(of report: Value, in arena: Arena) -> Value {
        arena.object([
            "subjectArray": arena.array([
                arena.object(["businessId": report["businessId"]]),
                arena.object(["projectId": report["projectId"]]),
            ])
        ])
    }
}

/// The transactions behind an alert.
public enum AlertWindow {
    /// From and to, both inclusive; from is nil for a rule without a window.
    public static func transactions(
        of alert: (createdAt: Instant, updatedAt: Instant), _ rule: AlertRule
    ) throws(AlertError) -> (start: Instant?, end: Instant) {
        let clock = AlertClock(now: alert.updatedAt, offsetMinutes: rule.offsetMinutes)
        let midnight = clock.midnight(of: alert.updatedAt)
        let end = midnight.advanced(byMilliseconds: 86_399_999)
        let options = RuleOptions(value: rule.options)
        let amount =
            options.number("timeAmount")
            ?? options["lastDaysPeriod"]?["timeAmount"].flatMap(RuleOptions.number)
        guard let amount, let unit = options.text("timeUnit") else { return (nil, end) }
        // Upstream forgets weeks, and lets months run over.
        let start =
            rule.semantics == .ballerine
            ? try clock.setterStart(amount, unit, from: midnight, weeks: false)
            : clock.midnight(of: try clock.windowStart(amount, unit))
        return (min(start, clock.midnight(of: alert.createdAt)), end)
    }
}
