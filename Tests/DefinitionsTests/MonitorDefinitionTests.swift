import Definitions
import Documents
import Testing

/// What a catalog finds in monitors that are nearly right, or wrong throughout.
@Suite struct MonitorDefinitionTests {
    private func catalog(_ monitors: String, semantics: String = "docket") -> Catalog {
        let files = [
            (
                "docket.yaml",
                "docket: 1\nproject: t\nvendors: {v: {kind: recorded, answers: vendors/v.yaml}}\n"
            ),
            ("vendors/v.yaml", "answers: []"),
            (
                "rules/r.yaml",
                "docket: 1\nrules: [{id: a, domain: d, indicator: i, riskLevel: low, "
                    + "baseRiskScore: 1, additionalRiskScore: 0, ruleSet: {operator: and, rules: [{key: x, operator: EQUALS, value: 1}]}}]"
            ),
            (
                "workflows/w.yaml",
                """
                docket: 1
                id: w
                semantics: \(semantics)
                definition:
                  initial: idle
                  states:
                    idle: {on: {START: work}}
                    work: {initial: one, states: {one: {on: {NEXT: two}}, two: {}}, on: {END: done}}
                    done: {type: final}
                extensions:
                  commonPlugins:
                    - {name: score, pluginKind: riskRules, stateNames: [work], rulesSource: {source: repository, file: rules/r.yaml}}
                    - {name: shape, pluginKind: transformer, stateNames: [work], transformers: [{transformer: jmespath, mapping: "@"}]}
                    - {name: each, pluginKind: iterative, stateNames: [work], iterateOn: [{transformer: jmespath, mapping: "a"}], actionPluginName: ask}
                  apiPlugins:
                    - {name: ask, pluginKind: api, vendor: v, url: "https://v.example.com", method: GET, successAction: END, errorAction: END}
                    - {name: tell, pluginKind: webhook, url: "https://w.example.com", method: POST, stateNames: [work]}
                \(monitors)
                """
            ),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        return Catalog(loading: files, lists: [ListFile(path: "lists/a/b.csv", blob: "00")])
    }

    private func codes(_ monitor: String, semantics: String = "docket") -> [String] {
        catalog("monitors: [\(monitor)]", semantics: semantics).findings.map(\.code)
    }

    @Test func `sound monitors have no findings and are read whole`() throws {
        let catalog = catalog(
            """
            monitors:
              - {name: a, trigger: list, run: [ask, score], result: pluginsOutput.ask.hits, sends: NEXT, reopen: work.two}
              - {name: b, trigger: [rule, entity], run: [each], reopen: work}
              - {name: c, trigger: {period: 6 months, list: [lists/a/, lists/a/b.csv], rule: rules/r.yaml, entity: [entity.name, x]}, sends: END, reopen: {work: one}}
              - {name: d, description: every night, trigger: {list: true, entity: null, period: P1D}, reopen: work}
            """)
        #expect(catalog.findings == [])
        let monitors = try #require(catalog.workflow("w")).monitors
        #expect(monitors.map { String($0.name) } == ["a", "b", "c", "d"])
        #expect(monitors[0].lists == [] && monitors[0].run.count == 2)
        #expect(monitors[1].rules == ["rules/r.yaml"] && monitors[1].entity?.count == 0)
        #expect(monitors[2].periodMilliseconds == 180 * 86_400_000)
        #expect(monitors[2].entity?.count == 2 && monitors[2].run == [])
        #expect(monitors[2].concerns(list: "lists/a/x.csv"))
        #expect(!monitors[2].concerns(list: "lists/b.csv"))
        #expect(monitors[3].concerns(list: "lists/b.csv") && monitors[3].reopen != nil)
        #expect(monitors[0].place == Text("workflows/w.yaml:19"))
    }

    @Test(arguments: [
        ("x", ["WF110"]), ("{trigger: list, reopen: work}", ["WF110"]),
        ("{name: '', trigger: list, reopen: work}", ["WF110"]),
        ("{name: a, reopen: work}", ["WF111"]),
        ("{name: a, trigger: lists, reopen: work}", ["WF111", "WF111"]),
        ("{name: a, trigger: 5, reopen: work}", ["WF111"]),
        ("{name: a, trigger: [], reopen: work}", ["WF111"]),
        ("{name: a, trigger: {lst: true, period: 1 day}, reopen: work}", ["WF111"]),
        ("{name: a, trigger: {list: sanctions.csv}, reopen: work}", ["WF112"]),
        ("{name: a, trigger: {rule: [3]}, reopen: work}", ["WF112"]),
        ("{name: a, trigger: {entity: []}, reopen: work}", ["WF112"]),
        ("{name: a, trigger: {entity: {a: b}}, reopen: work}", ["WF112"]),
        ("{name: a, trigger: period, reopen: work}", ["WF113"]),
        ("{name: a, trigger: {period: 90}, reopen: work}", ["WF113"]),
        ("{name: a, trigger: {period: soon}, reopen: work}", ["WF113"]),
        ("{name: a, trigger: {period: 1 second}, reopen: work}", ["WF113"]),
        ("{name: a, trigger: {period: 9999 years}, reopen: work}", ["WF113"]),
        ("{name: a, trigger: {period: -1 day}, reopen: work}", ["WF113"]),
        ("{name: a, trigger: list, run: [aks], reopen: work}", ["WF114"]),
        ("{name: a, trigger: list, run: [shape], reopen: work}", ["WF114"]),
        ("{name: a, trigger: list, run: [tell], reopen: work}", ["WF114"]),
        ("{name: a, trigger: list, run: ask, reopen: work}", ["WF008"]),
        ("{name: a, trigger: list, reopen: done}", ["WF115"]),
        ("{name: a, trigger: list, reopen: nowhere}", ["WF115"]),
        ("{name: a, trigger: list, reopen: 7}", ["WF115"]),
        ("{name: a, trigger: list, sends: NXT, reopen: work}", ["WF116"]),
        ("{name: a, trigger: list}", ["WF117"]),
        ("{name: a, trigger: list, sends: NEXT}", ["WF118"]),
        ("{name: a, trigger: {list: lists/c.csv}, reopen: work}", ["WF119"]),
        ("{name: a, trigger: {list: lists/c/}, reopen: work}", ["WF119"]),
        ("{name: a, trigger: {rule: rules/s.yaml}, reopen: work}", ["WF119"]),
        ("{name: a, trigger: list, result: 'x.[', reopen: work}", ["EX010"]),
        ("{name: a, trigger: list, every: P1Y, reopen: work}", ["WF003"]),
        (
            "{name: a, trigger: list, reopen: work}, {name: a, trigger: list, reopen: work}",
            ["WF110"]
        ),
    ])
    func `a monitor that is wrong is found`(monitor: String, expected: [String]) {
        let found = catalog("monitors: [\(monitor)]").findings.filter { $0.code != "WF070" }
        #expect(found.map(\.code) == expected, "\(monitor)")
        #expect(found.allSatisfy { $0.file == "workflows/w.yaml" && $0.position != nil })
    }

    @Test func `a plugin that only a monitor runs needs no states`() {
        #expect(codes("{name: a, trigger: list, run: [ask], reopen: work}") == [])
        #expect(
            codes("{name: a, trigger: list, run: [each], reopen: work}", semantics: "ballerine")
                .contains("WF114"))
    }

    @Test func `whatever stands at monitors is read without harm`() {
        for text in [
            "5", "{}", "text", "[[[[]]]]", "[null]", "[{name: {a: b}, trigger: {period: {}}}]",
        ] {
            let found = catalog("monitors: \(text)").findings
            #expect(found.allSatisfy { $0.code.hasPrefix("WF") }, "\(text)")
        }
    }
}
