import DecisionTables
import Documents
import Testing

@testable import Definitions

/// Decision tables in a repository: where they stand, what uses them, what depends on them.
@Suite struct TableDefinitionTests {
    private static let settings = RepositoryFile(
        path: "docket.yaml", bytes: Array("docket: 1\nproject: trial\n".utf8))

    private static let tables = """
        docket: 1
        tables:
          - id: tier
            hitPolicy: first
            inputs: [{name: country, expression: entity.country}]
            outputs: [{name: tier}, {name: senior, type: boolean}]
            file: tier.csv
        """

    private static func workflow(_ cond: String, _ table: String = "tier") -> String {
        """
        docket: 1
        id: flow
        definition:
          initial: open
          states:
            open: {on: {GO: {target: done, cond: \(cond)}}}
            done: {type: final}
        extensions:
          commonPlugins:
            - {name: tier, pluginKind: table, stateNames: [open], table: \(table)}
        """
    }

    private func load(
        _ cond: String = "{type: table, table: tier}", table: String = "tier",
        csv: String? = "country,tier,senior\nGB,low,false\n-,high,true\n", tables: String = tables
    ) -> Catalog {
        var files = [
            Self.settings, RepositoryFile(path: "rules/tier.yaml", bytes: Array(tables.utf8)),
            RepositoryFile(
                path: "workflows/flow.yaml", bytes: Array(Self.workflow(cond, table).utf8)),
        ]
        if let csv { files.append(RepositoryFile(path: "rules/tier.csv", bytes: Array(csv.utf8))) }
        return Catalog(loading: files)
    }

    @Test func `a table is found by its id and by its file`() {
        let catalog = load()
        #expect(catalog.findings.filter { $0.level == .error }.isEmpty, "\(catalog.findings)")
        #expect(catalog.table("tier")?.rowCount == 2)
        #expect(catalog.table("rules/tier.yaml#tier")?.place(ofRow: 1) == "rules/tier.csv:3")
        #expect(catalog.table("other") == nil)
    }

    @Test func `a guard may ask for a boolean output`() {
        let good = load("{type: table, table: tier, output: senior}")
        #expect(good.findings.filter { $0.level == .error }.isEmpty, "\(good.findings)")
        let bad = load("{type: table, table: tier, output: tier}")
        #expect(bad.findings.contains { $0.code == "DT031" })
    }

    @Test func `a table that is not there is told of at its name`() {
        let catalog = load("{type: table, table: teir}", table: "teir")
        let found = catalog.findings.filter { $0.code == "DT030" }
        #expect(found.map { $0.position?.line } == [6, 10])
        #expect(catalog.brokenWorkflows == ["flow"])
    }

    @Test func `editing a row changes the closure of the workflows that use the table`() {
        let closure = load().workflow("flow")?.closure
        #expect(closure != nil)
        #expect(load().workflow("flow")?.closure == closure)
        let edited = load(csv: "country,tier,senior\nFR,low,false\n-,high,true\n")
        #expect(edited.workflow("flow")?.closure != closure)
        #expect(edited.digest != load().digest)
    }

    @Test func `a broken row breaks the workflows that use the table`() {
        let catalog = load(csv: "country,tier,senior\nGB,low,perhaps\n")
        let found = catalog.findings.filter { $0.level == .error }
        #expect(found.first?.file == "rules/tier.csv")
        #expect(found.first?.position == Position(line: 2, column: 8))
        #expect(catalog.brokenWorkflows == ["flow"])
        #expect(load(csv: nil).findings.contains { $0.code == "DT006" })
    }

    @Test func `two tables of one id are told of`() {
        let twice = Self.tables + "\n  - {id: tier, inputs: [], outputs: [{name: y}], rows: []}\n"
        #expect(load(tables: twice).findings.contains { $0.code == "DT003" })
    }

    @Test func `what a guard's table reads is known`() {
        let reads = load().workflow("flow")?.reads.flatMap { $0.map { String($0.name) } }
        #expect(reads == ["entity.country"])
    }
}
