import Alerting
import Definitions
import Documents
import Testing

/// The life of alerts as Ballerine's own service led it. The suite lies outside the repository; where it
/// is absent these tests skip.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct AlertLifecycleTests {
    @Test func `alerts are made, found again, decided upon and assigned as in Ballerine`() throws {
        let arena = Arena()
        var (scenarios, windows) = (0, 0)
        for item in try SharedSuite.lines("ballerine/alerts/alert-lifecycle.jsonl", into: arena) {
            let name = item["name"]?.string ?? ""
            if item["kind"]?.string == "transactionsWindow" {
                windows += 1
                try checkWindow(item, name, arena)
                continue
            }
            scenarios += 1
            var play = try AlertScenario(item, arena)
            for (at, step) in (item["steps"]?.array.map(Array.init) ?? []).enumerated() {
                let answer = try play.take(step)
                let expected = item["expected"]?[at] ?? .null
                #expect(
                    answer == expected,
                    "\(name), step \(at): \(JSONWriter.line(answer)) not \(JSONWriter.line(expected))"
                )
            }
        }
        #expect(scenarios == 34)
        #expect(windows == 11)
    }

    private func checkWindow(_ item: Value, _ name: String, _ arena: Arena) throws {
        func instant(_ key: String) throws -> Instant {
            try #require(Instant(parsing: item["alert"]?[key]?.string ?? ""))
        }
        let rule = AlertRequest.rule(item["inlineRule"] ?? .null)
        let window = try AlertWindow.transactions(
            of: (try instant("createdAt"), try instant("updatedAt")), rule)
        #expect(window.start?.withMilliseconds == item["expected"]?["startDate"]?.string, "\(name)")
        #expect(window.end.withMilliseconds == item["expected"]?["endDate"]?.string, "\(name)")
    }
}

/// One scenario: definitions, transactions, and steps that change the book.
private struct AlertScenario {
    let arena: Arena
    let store: TransactionStore
    let project: String
    var definitions: [(id: String, rule: AlertRule)] = []
    var book = AlertBook()
    var extras: [String: Value] = [:]

    init(_ item: Value, _ arena: Arena) throws {
        self.arena = arena
        project = item["projectId"]?.string ?? ""
        store = try AlertRequest.store(item)
        for definition in item["definitions"]?.array.map(Array.init) ?? [] {
            var rule = AlertRequest.rule(definition["inlineRule"] ?? .null)
            let id = definition["id"]?.string ?? ""
            rule.id = id
            rule.isEnabled = definition["enabled"]?.bool == true
            rule.severity =
                AlertSeverity(rawValue: definition["defaultSeverity"]?.string ?? "") ?? .low
            rule.projectID = definition["projectId"]?.string
            rule.dedupe = definition["dedupeStrategy"].flatMap { strategy in
                strategy.isNull
                    ? nil
                    : AlertDedupe(
                        isMuted: strategy["mute"]?.bool == true,
                        cooldownMinutes: strategy["cooldownTimeframeInMinutes"]?.number)
            }
            definitions.append((id, rule))
        }
    }

    mutating func take(_ step: Value) throws -> Value {
        let now = try #require(Instant(parsing: step["at"]?.string ?? ""))
        let ids = step["alertIds"]?.array?.compactMap(\.string) ?? []
        var answer: [Member] = []
        switch step["action"]?.string {
        case "checkAllAlerts": check(now)
        case "decide":
            let text = step["decision"]?.string ?? ""
            if let state = AlertState(rawValue: text) {
                let found = book.decide(ids, state, at: now, project: project)
                answer.append(
                    Member("updatedAlertIds", arena.array(found.map { arena.string($0) })))
            } else {
                answer.append(
                    Member("error", arena.string("Invalid alert state: \"\(text)\"")))
            }
        case "assign":
            let found = book.assign(
                ids, to: step["assigneeId"]?.string, at: now, project: project)
            for id in found { extras[id + "/assigned"] = .true }
            answer.append(Member("updatedAlertIds", arena.array(found.map { arena.string($0) })))
        default:
            let id = try report(step, now)
            answer.append(Member("createdAlertId", id.map { arena.string($0) } ?? .null))
        }
        answer.append(Member("alerts", arena.array(book.alerts.map(shown))))
        return arena.object(answer)
    }

    private mutating func check(_ now: Instant) {
        for (_, rule) in definitions where rule.isEnabled {
            if case .function(.merchantReport) = rule.work { continue }
            let project = rule.projectID ?? ""
            guard let rows = try? store.rows(of: rule, at: now, project: project, in: arena) else {
                continue
            }
            for row in rows {
                let number = book.alerts.count + 1
                _ = book.take(row, of: rule, project: project, at: now, in: arena) { _, _ in
                    "a\(number)"
                }
            }
        }
    }

    private mutating func report(_ step: Value, _ now: Instant) throws -> String? {
        let report = step["businessReport"] ?? .null
        let first = try MerchantReports.first(
            of: definitions.map(\.rule), saying: report, in: arena)
        guard let (found, result) = first else { return nil }
        var rule = found
        rule.dedupe = nil
        rule.subjects = []
        let id = "a\(book.alerts.count + 1)"
        extras[id] = result.setting(Key("businessReportId"), to: report["id"] ?? .null, in: arena)
            .setting(
                Key("businessCompanyName"), to: step["businessCompanyName"] ?? .null, in: arena)
        _ = book.take(
            MerchantReports.row(of: report, in: arena), of: rule,
            project: report["projectId"]?.string ?? "", at: now, in: arena
        ) { _, _ in id }
        return id
    }

    private func shown(_ alert: Alert) -> Value {
        var parser = JSONParser()
        let row = (try? parser.parse(alert.row, into: arena)) ?? .null
        let info = extras[alert.id]
        let subject =
            info.map {
                arena.object(["businessId": $0["businessId"], "projectId": $0["projectId"]])
            }
            ?? arena.object(
                alert.subjects.map { Member(arena.key($0.field), arena.string($0.value)) })
        let details = arena.object([
            "checkpoint": arena.object(["hash": arena.string(alert.hash)]), "subject": subject,
            "executionRow": row,
        ])
        let wasAssigned = extras[alert.id + "/assigned"] != nil
        return arena.object([
            "id": arena.string(alert.id),
            "createdAt": arena.string(alert.createdAt.withMilliseconds),
            "updatedAt": arena.string(alert.updatedAt.withMilliseconds),
            "alertDefinitionId": arena.string(alert.rule),
            "projectId": arena.string(alert.project),
            "severity": arena.string(alert.severity.rawValue),
            "dataTimestamp": arena.string(alert.createdAt.withMilliseconds),
            "state": arena.string(alert.state.rawValue),
            "status": arena.string(alert.state.status.rawValue), "additionalInfo": info,
            "executionDetails": details, "counterpartyId": subject["counterpartyId"],
            "businessId": info?["businessId"],
            "assigneeId": wasAssigned ? alert.assignee.map { arena.string($0) } ?? .null : nil,
        ])
    }
}
