import Definitions
import Documents
import Testing

/// What a catalog finds in definitions that are nearly right.
@Suite struct CatalogFindingTests {
    private static let settings = """
        docket: 1
        project: test
        vendors: {registry: {kind: recorded, answers: vendors/registry.yaml}}
        """

    private func findings(workflow: String, settings: String = settings) -> [Finding] {
        let files = [
            ("docket.yaml", settings), ("workflows/w.yaml", workflow),
            ("vendors/registry.yaml", "answers: []"),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        return Catalog(loading: files).findings
    }

    private func workflow(_ rest: String) -> String {
        """
        docket: 1
        id: w
        definition:
          id: w
          initial: idle
          states:
            idle: {on: {START: done}}
            done: {type: final}
        \(rest)
        """
    }

    @Test func `a sound repository has no findings`() {
        #expect(findings(workflow: workflow("")) == [])
    }

    @Test func `an unknown field comes with the one that was probably meant`() {
        let found = findings(workflow: workflow("extentions: {}"))
        #expect(found.map(\.code) == ["WF003"])
        #expect(found.first?.message.hasSuffix("did you mean 'extensions'?") == true)
        #expect(found.first?.position == Position(line: 9, column: 1))
        let settings = findings(workflow: workflow(""), settings: Self.settings + "\nlimit: {}")
        #expect(settings.first?.message.hasSuffix("did you mean 'limits'?") == true)
    }

    @Test func `a field of another type is an error`() {
        let found = findings(workflow: workflow("extensions: []"))
        #expect(found.map(\.code).contains("WF008"))
    }

    @Test func `a secret that the plugin's vendor is not given is found`() {
        let settings = """
            docket: 1
            vendors:
              lists:
                kind: http
                hosts: [lists.example.com]
                secrets: [KEY]
                environments:
                  staging: {hosts: [staging.example.com], secrets: [OTHER]}
                  test: {kind: recorded, answers: vendors/registry.yaml}
              registry: {kind: recorded, answers: vendors/registry.yaml}
            """
        func plugin(_ vendor: String, _ secret: String) -> String {
            """
            extensions:
              apiPlugins:
                - name: p
                  pluginKind: api
                  vendor: \(vendor)
                  url: "https://lists.example.com/"
                  method: POST
                  stateNames: [idle]
                  headers: {X-Name: "{entity.name}", Authorization: "Bearer {\(secret)}"}
                  request: {transform: [{transformer: jmespath, mapping: "{a: '{secret.KEY}', b: @}"}]}
            """
        }
        func found(_ vendor: String, _ secret: String) -> [String] {
            findings(workflow: workflow(plugin(vendor, secret)), settings: settings)
                .filter { $0.level == .error }
                .map { "\($0.code) \($0.position?.line ?? 0) \($0.message)" }
        }
        func message(_ name: String, _ place: String) -> String {
            "the vendor 'lists' is not given the secret '\(name)'\(place): name it in its secrets in "
                + "docket.yaml"
        }
        let staging = " in the environment 'staging'"
        #expect(found("lists", "secret.KEY") == ["WF079 17 \(message("KEY", staging))"])
        #expect(
            found("lists", "secrets.TOKEN") == [
                "WF079 17 \(message("TOKEN", ""))", "WF079 18 \(message("KEY", staging))",
            ])
        // Who is asked in a file is sent nothing.
        #expect(found("registry", "secret.TOKEN") == [])
    }

    @Test func `names that lead nowhere are found`() {
        let found = findings(
            workflow: workflow(
                """
                config: {initialEvent: STRAT, subscriptions: [{type: webhook, url: u, events: [workflow.complete]}]}
                extensions:
                  childWorkflowPlugins: [{name: c, definitionId: nobody, stateNames: [idle]}]
                  commonPlugins: [{name: f, pluginKind: attach-ui-definition, uiDefinitionId: x, stateNames: [idle]}]
                  apiPlugins:
                    - {name: r, pluginKind: api, vendor: regstry, url: u, stateNames: [gone], successAction: NO, errorAction: NO}
                """))
        let codes = Set(found.map(\.code))
        #expect(
            codes.isSuperset(of: ["WF062", "WF071", "WF072", "WF073", "WF074", "WF075", "WF076"]))
        #expect(found.contains { $0.code == "WF073" && $0.message.contains("'START'") })
        #expect(found.contains { $0.code == "WF074" && $0.message.contains("'registry'") })
    }

    @Test func `an expression that does not parse is found at its column in the file`() {
        let found = findings(
            workflow: """
                docket: 1
                id: w
                definition:
                  initial: a
                  states:
                    a: {on: {GO: {target: b, cond: {type: jmespath, options: {rule: "x.[y"}}}}}
                    b: {type: final}
                """)
        let finding = found.first { $0.code == "EX010" }
        #expect(finding?.position?.line == 6)
        #expect(finding?.position?.column == 73)
    }

    @Test func `two workflows of one id are both named`() {
        let files = [
            ("docket.yaml", Self.settings), ("workflows/a.yaml", workflow("")),
            ("workflows/b.yaml", workflow("")), ("vendors/registry.yaml", "answers: []"),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        let found = Catalog(loading: files).findings.filter { $0.code == "WF007" }
        #expect(found.map(\.file) == ["workflows/a.yaml", "workflows/b.yaml"])
    }

    @Test func `a definition by itself is taken for what it holds`() throws {
        let source = try #require(
            Source.parse("x.json", Array(#"{"definition": {}, "id": "w"}"#.utf8)).source)
        #expect(DefinitionKind(content: source.root.value) == .workflow)
        let catalog = Catalog(alone: source, as: .workflow)
        #expect(!catalog.findings.contains { $0.code == "CFG000" })
    }
}
