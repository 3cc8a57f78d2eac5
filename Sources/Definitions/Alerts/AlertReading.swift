import Documents
import Expressions
import RiskRules

/// Reads the `alerts:` lists of rule files.
struct AlertReader {
    let arena: Arena
    private let vocabulary: Vocabulary
    private let rules: (String) -> RiskRuleFile?
    private let fileDigest: (String) -> Digest
    private(set) var alerts: [AlertRule] = []
    private(set) var findings: [Finding] = []
    private var places: [String: Node] = [:]

    init(
        _ vocabulary: Vocabulary, arena: Arena, fileDigest: @escaping (String) -> Digest,
        rules: @escaping (String) -> RiskRuleFile?
    ) {
        self.vocabulary = vocabulary
        self.arena = arena
        self.rules = rules
        self.fileDigest = fileDigest
    }

    private static let shape = Shape(
        whole: "an alert rule",
        members: [
            ("id", .string), ("name", .string), ("description", .string), ("enabled", .bool),
            ("defaultSeverity", .string), ("monitoringType", .string), ("fnName", .string),
            ("subjects", .names), ("options", .object), ("sql", .string), ("columns", .names),
            ("rowLimit", .number), ("cases", .object), ("dedupeStrategy", .object),
            ("semantics", .string), ("projectId", .string), ("timezone", .string),
            ("opens", .object),
        ],
        unknown: "AL003", type: "AL004")
    private static let dedupeShape = Shape(
        whole: "a dedupe strategy",
        members: [("mute", .bool), ("cooldownTimeframeInMinutes", .number)],
        unknown: "AL003", type: "AL004")
    private static let opensShape = Shape(
        whole: "what an alert opens",
        members: [("workflow", .string), ("automatically", .bool)], unknown: "AL003",
        type: "AL004")
    private static let casesShape = Shape(
        whole: "an alert over cases",
        members: [("workflows", .names), ("when", .any)], unknown: "AL003", type: "AL004")

    /// Adds the rules of a file.
    mutating func read(_ source: Source) {
        guard let list = source.root["alerts"] else { return }
        guard list.value.kind == .array else {
            report(list, "AL001", "alerts is a list of alert rules")
            return
        }
        for node in list.elements { read(node) }
    }

    private mutating func report(
        _ node: Node, _ code: String, _ message: String, _ level: Finding.Level = .error
    ) {
        findings.append(node.finding(code, level, message))
    }

    private mutating func read(_ node: Node) {
        guard node.value.kind == .object else {
            return report(node, "AL001", "an alert rule is an object with an id and a fnName")
        }
        findings += Self.shape.check(node)
        guard let id = node["id"]?.value.string, !id.isEmpty else {
            return report(node["id"] ?? node, "AL001", "an alert rule needs an id, a text")
        }
        guard Self.isName(id) else {
            return report(
                node["id"] ?? node, "AL001",
                "the id of an alert rule names a directory of the ledger: letters, digits, '.', "
                    + "'_' and '-', at most 100, the first a letter or digit")
        }
        if let earlier = places[id] {
            return report(
                node["id"] ?? node, "AL002",
                "there already is an alert rule '\(id)' at \(earlier.reference)")
        }
        places[id] = node
        guard let work = work(node) else { return }
        var rule = AlertRule(id: id, work: work)
        rule.file = node.file
        rule.location = node.reference
        rule.queryPosition = node["sql"]?.position
        rule.description = node["description"]?.value.string ?? ""
        rule.isEnabled = node["enabled"]?.value.bool ?? true
        rule.projectID = node["projectId"]?.value.string
        rule.subjects = node["subjects"]?.value.array?.compactMap { $0.string } ?? []
        rule.options = arena.copy(node["options"]?.value ?? .emptyObject)
        readSettings(node, into: &rule)
        if case .function(let function) = work {
            check(options: node["options"], of: node, function, rule.semantics)
        }
        checkSubjects(&rule, node)
        alerts.append(rule)
    }

    private static func isName(_ id: String) -> Bool {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte &- 0x30 <= 9
        }
        return id.utf8.count <= 100 && id.utf8.first.map(isLetterOrDigit) == true
            && id.utf8.allSatisfy { isLetterOrDigit($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }

    // MARK: What it looks at

    private mutating func work(_ node: Node) -> AlertRule.Work? {
        let kinds: [String] = ["fnName", "sql", "cases"]
        let given: [String] = kinds.filter { node.value[$0] != nil }
        guard given.count == 1 else {
            report(
                node, "AL001",
                "an alert rule has one of fnName, sql and cases, and this has "
                    + (given.isEmpty ? "none" : given.joined(separator: " and ")))
            return nil
        }
        if let name = node["fnName"] {
            guard let function = AlertFunction(rawValue: name.value.string ?? "") else {
                let known = AlertFunction.allCases.map { arena.text($0.rawValue) }
                let hint = name.value.text.map { NearestName.hint($0, among: known) } ?? ""
                report(
                    name, "AL005", "there is no alert function '\(name.value.string ?? "")'\(hint)")
                return nil
            }
            return .function(function)
        }
        if let sql = node["sql"] { return query(sql, node) }
        return node["cases"].flatMap { cases($0) }
    }

    private mutating func query(_ sql: Node, _ node: Node) -> AlertRule.Work? {
        let columns = node["columns"]?.value.array?.compactMap { $0.string } ?? []
        guard let text = sql.value.string, !columns.isEmpty else {
            report(
                node["columns"] ?? node, "AL001",
                "a rule with sql names the columns of its result, in order, in columns")
            return nil
        }
        let limit = node["rowLimit"]?.value.integer ?? 10_000
        return .query(
            AlertQuery(sql: text, columns: columns, rowLimit: max(1, min(limit, 1_000_000))))
    }

    private mutating func cases(_ node: Node) -> AlertRule.Work? {
        findings += Self.casesShape.check(node)
        let workflows = node["workflows"]?.value.array?.compactMap { $0.string } ?? []
        guard let when = node["when"] else {
            return .cases(AlertCaseCondition(workflows: workflows, condition: nil))
        }
        var reader = ConditionReader(vocabulary, dialect: .standard, rules: rules)
        var condition: Condition?
        let files = vocabulary.needed { condition = reader.read(when) }
        findings += reader.findings
        guard let condition else { return nil }
        return .cases(
            AlertCaseCondition(
                workflows: workflows, condition: condition, text: JSONWriter.line(when.value),
                uses: digest(of: files)))
    }

    /// Of files by their values, so that a comment changes nothing.
    private func digest(of files: Set<String>) -> String {
        var bytes: [UInt8] = []
        for file in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            bytes += Array(file.utf8) + [0] + Array(fileDigest(file).bytes)
        }
        return Digest(of: bytes).hexadecimal
    }

    // MARK: Settings

    private mutating func readSettings(_ node: Node, into rule: inout AlertRule) {
        if let severity = node["defaultSeverity"] {
            if let known = AlertSeverity(rawValue: severity.value.string ?? "") {
                rule.severity = known
            } else {
                report(severity, "AL006", "defaultSeverity is low, medium, high or critical")
            }
        }
        if let semantics = node["semantics"] {
            if let known = Semantics(rawValue: semantics.value.string ?? "") {
                rule.semantics = known
            } else {
                report(semantics, "AL006", "semantics is docket or ballerine")
            }
        }
        if let zone = node["timezone"] {
            if let minutes = Self.offset(zone.value.string ?? "") {
                rule.offsetMinutes = minutes
            } else {
                report(
                    zone, "AL006",
                    "timezone is UTC or an offset such as +02:00; names of zones change their "
                        + "meaning with every release of the zones' rules")
            }
        }
        if let strategy = node["dedupeStrategy"] {
            findings += Self.dedupeShape.check(strategy)
            let minutes = strategy["cooldownTimeframeInMinutes"]?.value.number
            rule.dedupe =
                strategy.value.isNull
                ? nil
                : AlertDedupe(
                    isMuted: strategy["mute"]?.value.bool == true, cooldownMinutes: minutes)
        }
        if let opens = node["opens"] {
            findings += Self.opensShape.check(opens)
            rule.opens = opens["workflow"]?.value.string
            rule.opensByItself = opens["automatically"]?.value.bool == true
            if rule.opens == nil {
                report(opens, "AL001", "opens names the workflow of the case: {workflow: NAME}")
            }
        }
    }

    /// Minutes east of UTC; nil when the text is neither UTC nor an offset.
    static func offset(_ text: String) -> Int? {
        if text == "UTC" || text == "Z" { return 0 }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[3] == 0x3A, bytes[0] == 0x2B || bytes[0] == 0x2D,
            let hours = Int(String(decoding: bytes[1...2], as: UTF8.self)),
            let minutes = Int(String(decoding: bytes[4...5], as: UTF8.self)),
            (0...14).contains(hours), (0...59).contains(minutes)
        else { return nil }
        return (hours * 60 + minutes) * (bytes[0] == 0x2D ? -1 : 1)
    }

    // MARK: Options

    private mutating func check(
        options: Node?, of rule: Node, _ function: AlertFunction, _ semantics: Semantics
    ) {
        let level: Finding.Level = semantics == .docket ? .error : .warning
        let known = function.options
        for option in known where option.isRequired {
            if options?[option.name]?.value.isNull ?? true {
                report(
                    options ?? rule, "AL006",
                    "\(function.rawValue) needs the option \(option.name)", level)
            }
        }
        for (key, position, member) in options?.members ?? [] {
            guard let option = known.first(where: { key == $0.name }) else {
                let hint = NearestName.hint(key, among: known.map { Text($0.name) })
                findings.append(
                    Finding(
                        "AL007", .warning,
                        "'\(key)' is no option of \(function.rawValue) and is not read\(hint)",
                        file: member.file, at: position))
                continue
            }
            if member.value.isNull { continue }
            if let words = Self.problem(member.value, option.kind) {
                report(member, "AL006", "\(key) is \(words)", level)
            } else if key == "groupBy" {
                for column in member.elements { check(column: column, level) }
            } else if key == "subjectColumn" {
                check(column: member, level)
            }
        }
        if function == .customersType, semantics == .ballerine {
            report(
                rule, "AL006",
                "\(function.rawValue) has no meaning in Ballerine, whose query is no SQL; "
                    + "write semantics: docket", .warning)
        }
    }

    private mutating func check(column: Node, _ level: Finding.Level) {
        guard let name = column.value.string, !TransactionColumns.contains(name) else { return }
        let known = (TransactionColumns.core + TransactionColumns.optional).map { arena.text($0) }
        let hint = NearestName.hint(arena.text(name), among: known)
        report(column, "AL008", "transactions have no column '\(name)'\(hint)", level)
    }

    private static let units = ["minutes", "hours", "days", "weeks", "months", "years"]

    private static func problem(_ value: Value, _ kind: AlertFunction.OptionKind) -> String? {
        switch kind {
        case .number: value.isNumber ? nil : "a number"
        case .text: value.kind == .string ? nil : "a text"
        case .bool: value.kind == .bool ? nil : "true or false"
        case .texts:
            value.array?.allSatisfy { $0.kind == .string } ?? false ? nil : "a list of texts"
        case .unit:
            units.contains(value.string ?? "")
                ? nil : "one of minutes, hours, days, weeks, months and years"
        case .method:
            value["value"]?.kind == .string
                && ["=", "!="].contains(value["operator"]?.string ?? "")
                ? nil : "{value: a payment method, operator: = or !=}"
        case .period: value["timeAmount"]?.isNumber == true ? nil : "{timeAmount: a number}"
        case .lists:
            value.kind == .object
                ? nil : "{counterpartyBeneficiaryIds: […], counterpartyOriginatorIds: […]}"
        case .range:
            value["min"]?.isNumber == true && value["max"]?.isNumber == true
                ? nil : "{min: a number, max: a number}"
        }
    }

    // MARK: Subjects

    /// Fields that rows have; without subjects they are what a row is about.
    private mutating func checkSubjects(_ rule: inout AlertRule, _ node: Node) {
        var fields: [String]
        switch rule.work {
        case .function(.merchantReport): fields = ["businessId", "projectId"]
        case .function(.dynamicRules):
            fields =
                ["counterpartyId"]
                + (rule.options["groupBy"]?.array?.compactMap { $0.string } ?? [])
        case .function(.customersType): fields = ["counterpartyId", "cardBrand"]
        case .function, .unknown: fields = ["counterpartyId"]
        case .query(let query): fields = query.columns
        case .cases: fields = ["case"]
        }
        if rule.subjects.isEmpty, case .query = rule.work {
            return report(
                node, "AL009",
                "a rule with sql says in subjects which of its columns tell whom an alert is about")
        }
        if rule.subjects.isEmpty {
            rule.subjects = fields
            if case .function(.dynamicRules) = rule.work { rule.subjects.removeFirst() }
            if case .function(.customersType) = rule.work {
                fields = rule.options["isPerBrand"]?.bool == true ? fields : ["counterpartyId"]
                rule.subjects = fields
            }
            return
        }
        for subject in node["subjects"]?.elements ?? [] {
            guard let name = subject.value.string,
                !fields.contains(where: { $0.utf8.elementsEqual(name.utf8) })
            else { continue }
            report(
                subject, "AL009",
                "rows of this rule have no field '\(name)'; they have "
                    + fields.joined(separator: ", "),
                rule.semantics == .docket ? .error : .warning)
        }
    }
}

extension AlertReader {
    /// What names workflows, which are read after rules.
    mutating func check(workflows: [String]) {
        for rule in alerts {
            guard let node = places[rule.id] else { continue }
            var names: [Node] = []
            if let opened = node["opens"]?["workflow"] { names.append(opened) }
            names += node["cases"]?["workflows"]?.elements ?? []
            for name in names {
                guard let id = name.value.string,
                    !workflows.contains(where: { $0.utf8.elementsEqual(id.utf8) })
                else { continue }
                report(name, "AL010", "there is no workflow '\(id)'")
            }
        }
    }
}
