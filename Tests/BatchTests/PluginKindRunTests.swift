import Batch
import Casework
import Foundation
import Testing

/// Plugin kinds and context schemas over a repository.
@Suite struct PluginKindRunTests {
    private static let files = [
        "docket.yaml": """
        docket: 1
        cases: {people: {workflow: w, events: [{type: START}]}}
        vendors: {bureau: {kind: recorded, answers: vendors/bureau.yaml}}
        """,
        "plugins/bureau.yaml": """
        docket: 1
        kind: bureau
        parameters: {depth: {default: "'short'", given: "'${value}'"}}
        fields:
          url: "https://bureau.example/files/{entity.id}"
          method: GET
          request: {transform: [{transformer: jmespath, mapping: "{depth: ${depth}}"}]}
        """,
        "vendors/bureau.yaml": """
        answers:
          - {url: /files/a, when: {depth: full}, body: {score: 7}}
          - {url: /files/b, body: {score: high}}
        """,
        "workflows/w.yaml": """
        docket: 1
        id: w
        definition:
          id: w
          initial: idle
          states:
            idle: {on: {START: asking}}
            asking: {on: {ASKED: done, NOT_ASKED: unclear}}
            unclear: {tags: [manual_review]}
            done: {tags: [approved], type: final}
        extensions:
          apiPlugins:
            - {name: p, pluginKind: bureau, depth: full, stateNames: [asking], successAction: ASKED, errorAction: NOT_ASKED}
        contextSchema:
          type: json-schema
          schema:
            properties:
              entity: {properties: {name: {type: string}}}
              pluginsOutput: {properties: {p: {properties: {score: {type: number}}}}}
        """,
        "cases/people/a.yaml": "context: {entity: {id: a, name: Ann}}",
        "cases/people/b.yaml": "context: {entity: {id: b, name: Bo}}",
        "cases/people/c.yaml": "context:\n  entity:\n    id: c\n    name: [Secret Person]",
    ]

    @Test func `a kind of the repository asks its vendor, and the schema holds`() throws {
        let repository = try TestRepository(Self.files)
        try repository.commit()
        let report = try repository.run()
        #expect(report.totals.outcomes["w"]?["approved"] == 1)
        // What the bureau answered for b breaks the schema: the plugin's error, for a person.
        #expect(report.totals.outcomes["w"]?["manual review"] == 1)
        let fault = try #require(report.faults.first?.fault)
        #expect(report.faults.count == 1)
        #expect(fault.code == "RUN015" && fault.place == "cases/people/c.yaml:4:11")
        #expect(fault.message.contains("/entity/name must be string (type)"))
        let record = try repository.json("results/people/c.json")["fault"] as? [String: Any]
        #expect(
            record?["message"] as? String
                == "the case's context does not satisfy its workflow's contextSchema")
        #expect(!"\(try repository.json("results/people/c.json"))".contains("Secret"))
    }

    @Test func `an edited kind is another closure, and a fault is tried again`() throws {
        let repository = try TestRepository(Self.files)
        try repository.commit()
        _ = try repository.run()
        let first = try repository.json("results/people/a.json")["closure"] as? String
        try repository.write(
            "plugins/bureau.yaml", (Self.files["plugins/bureau.yaml"] ?? "") + "\n# a comment\n")
        try repository.write("cases/people/c.yaml", "context: {entity: {id: c, name: Cy}}")
        try repository.write("cases/people/d.yaml", "context: {entity: {id: a, name: Di}}")
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.isEmpty)
        #expect(try repository.json("results/people/d.json")["closure"] as? String == first)
        try repository.write(
            "plugins/bureau.yaml",
            (Self.files["plugins/bureau.yaml"] ?? "").replacing("GET", with: "POST"))
        try repository.write("cases/people/e.yaml", "context: {entity: {id: a, name: Ed}}")
        try repository.commit()
        _ = try repository.run(at: clock.plus(seconds: 2))
        #expect(try repository.json("results/people/e.json")["closure"] as? String != first)
    }

    @Test func `a broken kind stops the run before any case`() throws {
        let repository = try TestRepository(Self.files)
        try repository.write("plugins/bureau.yaml", "docket: 1\nkind: bureau\nbase: bureau\n")
        try repository.commit()
        #expect(throws: (any Error).self) { try repository.run() }
    }
}
