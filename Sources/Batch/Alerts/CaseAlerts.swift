import Alerting
import Casework
import Definitions
import Documents
import Expressions
import GitStorage
import RiskRules

/// What an alert rule over cases found of one case.
struct CaseAlert: Sendable {
    /// The rule's place in the catalog.
    var rule: Int
    /// The row, compact JSON; nil when the condition could not be evaluated.
    var row: String?
    /// Why it could not.
    var problem: String?
}

/// Alert rules over cases: a condition over the record and the context, or over a merchant report in it.
struct CaseAlerts {
    let rules: [(index: Int, rule: AlertRule)]
    let now: Instant

    init(_ catalog: Catalog, now: Instant) {
        self.now = now
        rules = catalog.alertRules.enumerated().compactMap { index, rule in
            guard rule.isEnabled else { return nil }
            switch rule.work {
            case .cases, .function(.merchantReport): return (index, rule)
            default: return nil
            }
        }
    }

    /// - Parameters:
    ///   - record: as it is written. Those of alerts are not looked at by rules that open cases
    ///     themselves: a case would lead to a case, and so on.
    ///   - context: the case's.
    func found(_ record: Value, _ context: Value, in arena: Arena) -> [CaseAlert] {
        let id = record["case"]?.string.flatMap { CaseID($0) }
        let isOfAlert = id.flatMap { AlertLink(caseID: $0) } != nil
        var result: [CaseAlert] = []
        for (index, rule) in rules where !(isOfAlert && rule.opensByItself) {
            do throws(AlertError) {
                guard let row = try row(rule, record, context, arena) else { continue }
                result.append(CaseAlert(rule: index, row: JSONWriter.line(row)))
            } catch {
                result.append(CaseAlert(rule: index, row: nil, problem: error.message))
            }
        }
        return result
    }

    private func row(
        _ rule: AlertRule, _ record: Value, _ context: Value, _ arena: Arena
    ) throws(AlertError) -> Value? {
        guard case .cases(let cases) = rule.work else {
            return try reportRow(rule, record, context, arena)
        }
        let workflow = record["workflow"]?.string ?? ""
        guard cases.workflows.isEmpty || cases.workflows.contains(workflow) else { return nil }
        if let condition = cases.condition {
            let members: [(StaticString, Value?)] = [
                ("case", record["case"]), ("workflow", record["workflow"]),
                ("state", record["state"]), ("status", record["status"]),
                ("outcome", record["outcome"]), ("risk", record["risk"]),
                ("episode", record["episode"]), ("context", context),
            ]
            let seen = arena.object(
                members.compactMap { key, value in value.map { Member(key, $0) } })
            do throws(ExpressionError) {
                guard try condition.holds(Scope(seen), now: now, in: arena) else { return nil }
            } catch { throw AlertError(.query, error.message) }
        }
        return arena.object([
            "case": record["case"], "workflow": record["workflow"], "outcome": record["outcome"],
        ])
    }

    private func reportRow(
        _ rule: AlertRule, _ record: Value, _ context: Value, _ arena: Arena
    ) throws(AlertError) -> Value? {
        let path = rule.options["reportPath"]?.string ?? "businessReport"
        let keys = path.split(separator: ".").map { arena.key($0) }
        guard var report = context.at(keys), report.kind == .object else { return nil }
        if report["businessId"] == nil {
            report = report.setting(
                Key("businessId"), to: context["entity"]?["id"] ?? record["case"] ?? .null,
                in: arena)
        }
        if report["projectId"] == nil {
            report = report.setting(
                Key("projectId"),
                to: arena.string(rule.projectID ?? TransactionStore.defaultProject), in: arena)
        }
        return try MerchantReports.check(report, rule, severity: nil, in: arena)
    }
}

extension CaseWorker {
    /// What alert rules say of a case that was written.
    func alerts(_ bytes: [UInt8], _ context: Value) -> [CaseAlert] {
        guard !run.caseAlerts.rules.isEmpty else { return [] }
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
        guard let record = try? parser.parse(bytes, into: arena) else { return [] }
        return run.caseAlerts.found(record, context, in: arena)
    }

    /// What they say of a case that stands as it did, with a fault or withdrawn; nothing of one that never
    /// had a context.
    func alerts(_ bytes: [UInt8], _ stored: StoredCase?) -> [CaseAlert] {
        (stored?.data?["context"]).map { alerts(bytes, $0) } ?? []
    }
}
