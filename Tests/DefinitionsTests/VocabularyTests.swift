import Definitions
import Documents
import RiskRules
import Testing

/// Lists, named conditions and scorecards across the files of a repository.
@Suite struct VocabularyTests {
    private static let workflow = """
        docket: 1
        id: w
        definition:
          initial: idle
          states:
            idle:
              on:
                START:
                  - {target: done, cond: risky}
                  - {target: done, cond: {type: condition, condition: risky}}
                  - {target: done, cond: {and: [risky, {type: json-logic, rule: {in_list: [codes, {var: mcc}]}}]}}
                  - {target: done, cond: {type: jmespath, rule: "lookup('geo/risk', c, 'level') == 'high'"}}
                  - {target: done, cond: {type: scorecard, scorecard: card, operator: GTE, value: 3}}
            done: {type: final}
        extensions:
          commonPlugins:
            - {name: risk, pluginKind: riskRules, stateNames: [done], rulesSource: {file: rules/r.yaml}}
            - {name: card, pluginKind: scorecard, scorecard: card, stateNames: [done]}
            - {name: shape, pluginKind: transformer, stateNames: [done], transformers: [{transformer: jmespath, mapping: "{a: in_list('codes', mcc)}"}]}
        monitors: [{name: m, trigger: rule, sends: START, reopen: idle}]
        """
    private static let rules = """
        docket: 1
        rules:
          - {id: a, domain: D, indicator: A, baseRiskScore: 1, additionalRiskScore: 1, condition: risky}
        """
    private static let names = """
        docket: 1
        conditions:
          - {id: risky, jsonLogic: {in_list: [geo/risk, {var: c}]}}
        scorecards:
          - {id: card, attributes: [{id: a, key: x, bins: [{missing: true, points: 0}, {other: true, points: 5}]}]}
        """
    private static let lists = [
        "lists/geo/risk.csv": "c,level\nAA,high\n", "lists/codes.yaml": "[5411]",
        "lists/watch.jsonl": "{broken",
    ]

    private func catalog(
        _ changes: [String: String] = [:], lists changed: [String: String] = [:]
    ) -> Catalog {
        let files = [
            "docket.yaml": "docket: 1\nproject: t\n", "workflows/w.yaml": Self.workflow,
            "rules/r.yaml": Self.rules, "rules/names.yaml": Self.names,
        ].merging(changes) { $1 }
        let lists = Self.lists.merging(changed) { $1 }
        return Catalog(
            loading: files.map { RepositoryFile(path: $0.key, bytes: Array($0.value.utf8)) },
            lists: lists.map { ListFile(path: $0.key, blob: "\(Digest(of: Array($0.value.utf8)))") }
        ) { lists[$0.path].map { Array($0.utf8) } }
    }

    private func problems(_ catalog: Catalog) -> [String] {
        catalog.findings.map {
            "\($0.code) \($0.file):\($0.position?.line ?? 0):\($0.position?.column ?? 0)"
        }
    }

    @Test func `one vocabulary serves guards, plugins, transforms and risk rules`() {
        let catalog = catalog()
        #expect(catalog.findings == [])
        #expect(catalog.workflow("w")?.conditionPlaces["risky"] == "rules/names.yaml:3")
        #expect(
            catalog.workflow("w")?.monitors.first?.rules == ["rules/names.yaml", "rules/r.yaml"])
    }

    @Test(arguments: [
        "lists/geo/risk.csv", "lists/codes.yaml", "rules/names.yaml", "rules/r.yaml",
    ])
    func `whatever a workflow uses is in its closure, directly or not`(path: String) throws {
        let before = catalog()
        let change: Catalog
        switch path {
        case "lists/geo/risk.csv": change = catalog(lists: [path: "c,level\nAA,low\n"])
        case "lists/codes.yaml": change = catalog(lists: [path: "[5412]"])
        case "rules/names.yaml":
            change = catalog([path: Self.names.replacing("points: 5", with: "points: 6")])
        default:
            change = catalog([path: Self.rules.replacing("indicator: A", with: "indicator: B")])
        }
        #expect(change.findings == [])
        #expect(change.workflow("w")?.closure != before.workflow("w")?.closure)
        #expect(change.digest != before.digest)
        let other = catalog(lists: ["lists/watch.jsonl": "x"])
        #expect(other.workflow("w")?.closure == before.workflow("w")?.closure)
        #expect(other.digest == before.digest)
    }

    @Test func `a list with a fault breaks the workflows that use it, and only then`() {
        let broken = catalog(lists: ["lists/codes.yaml": "[1, 1]"])
        #expect(problems(broken) == ["LS003 lists/codes.yaml:1:5"])
        #expect(broken.brokenWorkflows == ["w"])
        #expect(catalog(lists: ["lists/unused.csv": "a,b\n1\n"]).findings == [])
        let twice = catalog(lists: ["lists/codes.csv": "a\n"])
        #expect(twice.findings.map(\.code) == ["LS006"])
    }

    @Test func `unknown names are found where they stand, with the one that was probably meant`() {
        let found = catalog([
            "workflows/w.yaml": Self.workflow.replacing("cond: risky}", with: "cond: risk}")
                .replacing("[codes,", with: "[code,").replacing("'level'", with: "'levl'")
                .replacing("scorecard: card,", with: "scorecard: cart,")
        ]).findings
        #expect(
            found.map { "\($0.code) \($0.position?.line ?? 0)" }
                == ["CN002 9", "LS010 11", "LS011 12", "SD011 13", "SD011 18"])
        #expect(found.allSatisfy { $0.message.contains("did you mean") })
    }

    @Test func `imported definitions know neither lists nor names`() {
        let found = catalog([
            "workflows/w.yaml": Self.workflow.replacing(
                "id: w\n", with: "id: w\nsemantics: ballerine\n")
        ]).findings.map(\.code)
        #expect(found.contains("WF022") && found.contains("EX001") && found.contains("WF020"))
        #expect(!found.contains { $0.hasPrefix("LS") || $0.hasPrefix("CN") })
    }

    @Test func `a file checked alone may name what its repository has`() throws {
        let bytes = Array(Self.workflow.utf8)
        let source = try #require(bytes.withUnsafeBytes { Source.parse("w.yaml", $0) }.source)
        #expect(Catalog(alone: source, as: .workflow).findings == [])
        let names = Array(Self.names.utf8)
        let other = try #require(names.withUnsafeBytes { Source.parse("n.yaml", $0) }.source)
        #expect(DefinitionKind(content: other.value) == .rules)
        #expect(Catalog(alone: other, as: .rules).findings == [])
    }

    @Test func `rules of native forms may name conditions and lists`() {
        func form(_ rules: String) -> [String] {
            problems(
                catalog([
                    "forms/f.yaml": """
                    docket: 1
                    id: f
                    uiSchema:
                      elements:
                        - stateName: one
                          elements:
                            - visibleOn:
                                - \(rules)
                    """
                ]))
        }
        #expect(form("{engine: condition, value: risky}") == [])
        #expect(form("{engine: json-logic, value: {in_list: [codes, {var: a}]}}") == [])
        #expect(form("{engine: condition, value: riski}") == ["CN002 forms/f.yaml:8:42"])
        #expect(
            form("{engine: json-logic, value: {in_list: [cods, 1]}}") == ["LS010 forms/f.yaml:8:54"]
        )
    }

    @Test func `decision tables look into lists, and conditions and risk rules into tables`() throws
    {
        let tables = """
            docket: 1
            tables:
              - id: bad
                hitPolicy: first
                inputs: [{name: c, type: string, mismatch: pass}]
                outputs: [{name: is, type: boolean}]
                default: {is: false}
                rows: [{c: list(geo/risk), is: true}]
            """
        let rules = """
            docket: 1
            rules:
              - {id: a, domain: D, indicator: A, baseRiskScore: 1, additionalRiskScore: 1, table: {id: bad, output: is}}
              - {id: b, domain: D, indicator: B, baseRiskScore: 1, additionalRiskScore: 1, not: {table: bad}}
            """
        let before = catalog(["rules/t.yaml": tables, "rules/r.yaml": rules])
        #expect(before.findings == [])
        let other = catalog(
            [
                "rules/t.yaml": tables.replacing("is: true", with: "is: false"),
                "rules/r.yaml": rules,
            ])
        #expect(other.workflow("w")?.closure != before.workflow("w")?.closure)
        let unknown = catalog(["rules/r.yaml": rules])
        #expect(unknown.findings.map(\.code) == ["DT030", "DT030"])
    }

    @Test func `the time zone of the repository is an offset`() {
        let found = catalog([
            "docket.yaml": "docket: 1\nproject: t\nrisk: {timeZone: Europe/Vienna}\n"
        ])
        #expect(problems(found) == ["CFG007 docket.yaml:3:18"])
        let settings = catalog([
            "docket.yaml": "docket: 1\nproject: t\nrisk: {timeZone: '+01:00'}\n"
        ])
        #expect(settings.findings == [] && settings.settings.timeZone.minutes == 60)
    }
}
