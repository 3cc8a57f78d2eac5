import Batch
import Documents
import Foundation
import Testing

/// Tests over a small repository with monitors: Ada and Cy are approved, Bo is on a list and in review,
/// and a case of a workflow without monitors is left alone.
protocol MonitorSuite {}

extension MonitorSuite {
    static var settings: String {
        """
        docket: 1
        project: tests
        cases:
          people: {workflow: watched, events: [{type: START}]}
          plain: {workflow: plain, events: [{type: START}]}
          bulk: {workflow: watched, events: [{type: START}]}
        risk: {levels: {low: 0, high: 50}}
        vendors: {sanctions: {kind: recorded, answers: vendors/sanctions.yaml}}
        limits: {massChange: {percent: 1, atLeast: 3}}
        """
    }

    static func workflow(_ id: String, monitors: String = "", version: Int = 1) -> String {
        """
        docket: 1
        id: \(id)
        version: \(version)
        definition:
          initial: idle
          states:
            idle: {on: {START: screening}}
            screening: {on: {SCREENED: scoring, FAILED: review}}
            scoring: {on: {SCORED: decision}}
            decision:
              always:
                - {target: review, cond: {type: jmespath, options: {rule: "length(pluginsOutput.screen.hits) > `0`"}}}
                - {target: review, cond: {type: jmespath, options: {rule: "pluginsOutput.risk.riskScore > `10`"}}}
                - target: approved
            review:
              tags: [manual_review]
              on: {approve: approved, reject: rejected, LISTED: escalated, DUE: escalated}
            escalated:
              tags: [manual_review]
              on: {approve: approved, reject: rejected}
            approved: {type: final, tags: [approved]}
            rejected: {type: final, tags: [rejected]}
        extensions:
          commonPlugins:
            - name: risk
              pluginKind: riskRules
              stateNames: [scoring]
              successAction: SCORED
              rulesSource: {source: repository, file: rules/risk.yaml}
          apiPlugins:
            - name: screen
              pluginKind: api
              vendor: sanctions
              url: "https://screening.example.com/people"
              method: POST
              stateNames: [screening]
              successAction: SCREENED
              errorAction: FAILED
              request:
                transform: [{transformer: jmespath, mapping: "{name: entity.data.fullName}"}]
        \(monitors)
        """
    }

    static var screening: String {
        """
        monitors:
          - name: screening
            trigger: {list: lists/sanctions.csv}
            run: [screen]
            result: pluginsOutput.screen.hits
            sends: LISTED
            reopen: review
        """
    }

    static func rules(over score: Int) -> String {
        """
        docket: 1
        rules:
          - id: young
            domain: person
            indicator: Young
            riskLevel: high
            baseRiskScore: \(score)
            additionalRiskScore: 0
            ruleSet: {operator: and, rules: [{key: entity.data.age, operator: LT, value: 25}]}
        """
    }

    /// Everyone named is a hit.
    static func answers(_ hits: [String], more: String = "") -> String {
        var text = "answers:\n\(more)"
        for name in hits {
            text +=
                "  - {when: {name: \(name)}, status: 200, body: {hits: [{list: x, id: \(name)}]}}\n"
        }
        return text + "  - {status: 200, body: {hits: []}}\n"
    }

    static func person(_ name: String, age: Int = 40) -> String {
        "context: {entity: {id: \(name), data: {fullName: \(name), age: \(age)}}}\n"
    }

    func repository(
        _ monitors: String = screening, _ more: [String: String] = [:]
    ) throws -> TestRepository {
        var files = [
            "docket.yaml": Self.settings,
            "workflows/watched.yaml": Self.workflow("watched", monitors: monitors),
            "workflows/plain.yaml": Self.workflow("plain"),
            "rules/risk.yaml": Self.rules(over: 5),
            "vendors/sanctions.yaml": Self.answers(["Bo"]),
            "lists/sanctions.csv": "Bo\n", "lists/other.txt": "1\n",
            "cases/people/ada.yaml": Self.person("Ada"), "cases/people/bo.yaml": Self.person("Bo"),
            "cases/people/cy.yaml": Self.person("Cy"), "cases/plain/dee.yaml": Self.person("Ada"),
        ]
        files.merge(more) { $1 }
        return try TestRepository(files)
    }

    func list(_ names: [String], in repository: TestRepository) throws {
        try repository.write("vendors/sanctions.yaml", Self.answers(names))
        try repository.write("lists/sanctions.csv", names.joined(separator: "\n"))
        try repository.commit()
    }

    func history(_ id: String, _ repository: TestRepository) throws -> [[String: String]] {
        try repository.json("results/\(id).json")["history"] as? [[String: String]] ?? []
    }

    func standing(
        _ monitor: String, of id: String, _ repository: TestRepository
    ) throws -> [String: String] {
        let all =
            try repository.json("results/\(id).json")["monitors"] as? [String: [String: String]]
        return all?[monitor] ?? [:]
    }

    static var period: String {
        """
        monitors:
          - {name: review, trigger: {period: 90 days}, sends: DUE, reopen: review}
        """
    }
    static var day: Int { 86_400 }
}
