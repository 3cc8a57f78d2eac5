import Foundation
import Testing

/// `docket vendor` and `docket simulate --vendors recorded`, as a person types them.
@Suite(.enabled(if: DocketProgram.path != nil, "the program 'docket' is not built"))
struct VendorVerbTests {
    private static let files = [
        "docket.yaml": """
        docket: 1
        cases: {people: {workflow: w, events: [{type: START}]}}
        vendors:
          bureau: {kind: recorded, answers: vendors/source.yaml}
        """,
        "vendors/source.yaml": """
        answers:
          - {url: /files/a, when: {name: Ann Lee}, body: {fullName: Ann Lee, score: 7}}
          - {body: {fullName: Bo, score: 1}}
        """,
        "workflows/w.yaml": """
        docket: 1
        id: w
        definition:
          initial: idle
          states:
            idle: {on: {START: asking}}
            asking: {on: {ASKED: done, FAILED: unclear}}
            unclear: {tags: [manual_review]}
            done: {tags: [approved], type: final}
        extensions:
          apiPlugins:
            - name: p
              pluginKind: api
              vendor: bureau
              url: "https://bureau.example.com/files/{entity.id}"
              method: GET
              headers: {Authorization: "{secret.TOKEN}"}
              stateNames: [asking]
              successAction: ASKED
              errorAction: FAILED
              request: {transform: [{transformer: jmespath, mapping: "{name: entity.name, key: '{secret.TOKEN}'}"}]}
        """,
        "cases/people/a.yaml": "context: {entity: {id: a, name: Ann Lee}}",
        "cases/people/b.yaml": "context: {entity: {id: b, name: Bo}}",
    ]

    private func docket(
        _ repository: TestRepository, _ arguments: String...
    ) throws -> (status: Int32, output: String) {
        try TestRepository.execute(
            [try #require(DocketProgram.path)] + arguments, in: repository.directory)
    }

    @Test func `what a run was answered answers a simulation`() throws {
        let repository = try TestRepository(Self.files)
        try repository.run()
        let recorded = try docket(repository, "vendor", "record", "bureau")
        #expect(recorded.status == 0)
        #expect(recorded.output == "vendors/bureau.yaml: 2 added, 0 there already")
        let text = try String(
            contentsOfFile: repository.path("vendors/bureau.yaml"), encoding: .utf8)
        #expect(
            text.contains("  - when:\n      name: Ann Lee\n    url: /files/a\n    status: 200\n"))
        #expect(!text.contains("secret") && !text.contains("Authorization"))
        #expect(
            try docket(repository, "vendor", "record", "bureau").output
                == "vendors/bureau.yaml: 0 added, 2 there already")
        // A vendor that is not recorded has no answers of its own file here.
        try repository.write(
            "docket.yaml",
            (Self.files["docket.yaml"] ?? "").replacing("source.yaml", with: "nothing.yaml"))
        try repository.write("vendors/nothing.yaml", "answers: [{status: 500}]")
        let plain = try docket(repository, "simulate", "w", "--context", "cases/people/a.yaml")
        #expect(plain.output.contains("gives 500"))
        try repository.write(
            "docket.yaml",
            (Self.files["docket.yaml"] ?? "").replacing("source.yaml", with: "bureau.yaml"))
        let fixture = try docket(
            repository, "simulate", "w", "--context", "cases/people/a.yaml", "--vendors", "recorded"
        )
        #expect(fixture.output.contains("gives 200") && fixture.output.contains("now in done"))
    }

    @Test func `masked answers hold no name, again the same ones, and the salt stays out of git`()
        throws
    {
        let repository = try TestRepository(Self.files)
        try repository.run()
        let arguments = ["vendor", "record", "bureau", "--mask-personal", "--out", "masked.yaml"]
        let program = try #require(DocketProgram.path)
        func record() throws -> String {
            let result = try TestRepository.execute([program] + arguments, in: repository.directory)
            #expect(result.status == 0)
            return try String(contentsOfFile: repository.path("masked.yaml"), encoding: .utf8)
        }
        let text = try record()
        #expect(!text.contains("Ann") && !text.contains("Lee"))
        #expect(text.contains("score: 7"))
        #expect(try record() == text)
        let salt = repository.path(".git/docket/mask-salt")
        let mode = try FileManager.default.attributesOfItem(atPath: salt)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try repository.git("status", "--porcelain") == "?? masked.yaml")
    }

    @Test func `an answer that a person changed is left and named`() throws {
        let repository = try TestRepository(Self.files)
        try repository.run()
        _ = try docket(repository, "vendor", "record", "bureau")
        let text = try String(
            contentsOfFile: repository.path("vendors/bureau.yaml"), encoding: .utf8)
        try repository.write("vendors/bureau.yaml", text.replacing("score: 7", with: "score: 8"))
        let kept = try docket(repository, "vendor", "record", "bureau")
        #expect(kept.status == 1)
        #expect(kept.output.contains("vendors/bureau.yaml:4:5: the ledger has another answer"))
        let replaced = try docket(repository, "vendor", "record", "bureau", "--replace")
        #expect(replaced.status == 0)
        #expect(
            try String(contentsOfFile: repository.path("vendors/bureau.yaml"), encoding: .utf8)
                == text)
    }

    @Test func `only some cases, and only vendors that answered`() throws {
        let repository = try TestRepository(Self.files)
        #expect(try docket(repository, "vendor", "record", "bureau").status == 2)
        try repository.run()
        let one = try docket(repository, "vendor", "record", "bureau", "--case", "people/b")
        #expect(one.output == "vendors/bureau.yaml: 1 added, 0 there already")
        #expect(try docket(repository, "vendor", "record", "sanctions").status == 2)
        #expect(try docket(repository, "vendor", "record", "../x").status == 2)
    }

    @Test func `the list says how each vendor is reached`() throws {
        let repository = try TestRepository(Self.files)
        try repository.write(
            "docket.yaml",
            """
            docket: 1
            vendors:
              bureau:
                kind: http
                hosts: [bureau.example.com, "*.bureau.example.com"]
                environments:
                  test: {kind: recorded, answers: vendors/source.yaml}
                  staging: {hosts: [staging.example.com]}
              own: {kind: external, program: checker}
              lost: {kind: recorded, answers: vendors/none.yaml}
            """)
        let list = try docket(repository, "vendor", "list")
        #expect(list.status == 0)
        let lines = list.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(
            lines.dropFirst() == [
                "bureau any http bureau.example.com, *.bureau.example.com",
                "bureau test recorded vendors/source.yaml, 2 answers",
                "bureau staging http staging.example.com",
                "own any external program checker, which no operator's file allows here",
                "lost any recorded vendors/none.yaml, which cannot be read",
            ])
        let file = NSTemporaryDirectory() + "docket-operator-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "docket: 1\nexternals: {checker: {path: /bin/sh}}\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(try docket(repository, "vendor", "list", "--operator", file).status == 2)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        let allowed = try docket(repository, "vendor", "list", "--operator", file)
        #expect(allowed.output.contains("program checker: /bin/sh"))
        try FileManager.default.copyItem(atPath: file, toPath: repository.path("operator.yaml"))
        let inside = try docket(repository, "vendor", "list", "--operator", "operator.yaml")
        #expect(inside.status == 2 && inside.output.contains("OP001"))
    }

    @Test func `the list names secrets, never their values, and says which have none here`() throws
    {
        let repository = try TestRepository(Self.files)
        try repository.write(
            "docket.yaml",
            """
            docket: 1
            vendors:
              bureau: {kind: http, hosts: [a.example.com], secrets: [GIVEN, LACKING]}
              broken: {kind: http}
            """)
        let result = try TestRepository.execute(
            [
                "env", "DOCKET_SECRET_GIVEN=hunter2-hunter2",
                try #require(DocketProgram.path), "vendor", "list",
            ], in: repository.directory)
        #expect(
            result.output.contains(
                "a.example.com; secrets GIVEN, LACKING; no value here for LACKING"))
        #expect(!result.output.contains("hunter2"))
        // What is wrong with the others is said, too.
        #expect(result.status == 2 && result.output.contains("docket.yaml:4:11: error:"))
    }

    @Test func `an event of the kind callback names its vendor`() throws {
        let repository = try TestRepository(Self.files)
        let wrong = try docket(repository, "case", "event", "people/a", "X", "--vendor", "bureau")
        #expect(wrong.status == 2 && wrong.output.contains("are of --kind callback"))
        let right = try docket(
            repository, "case", "event", "people/a", "X", "--kind", "callback", "--vendor", "bureau"
        )
        let path = try #require(
            right.output.split(separator: "\n").first?.split(separator: " ").last)
        let text = try String(contentsOfFile: repository.path(String(path)), encoding: .utf8)
        #expect(text.contains("kind: callback\n") && text.contains("vendor: bureau\n"))
    }

    @Test func `the inbox says what it took and what it left`() throws {
        let repository = try TestRepository(Self.files)
        let inbox = NSTemporaryDirectory() + "docket-inbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: inbox) }
        try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
        try #"{"case": "people/a", "type": "ASKED"}"#.write(
            toFile: inbox + "/1.json", atomically: true, encoding: .utf8)
        let taken = try docket(repository, "inbox", "take", inbox)
        #expect(taken.status == 0)
        #expect(taken.output.contains("wrote cases/people/a.events/"))
        #expect(taken.output.contains("1 taken, 0 known already, 0 left"))
        try "{".write(toFile: inbox + "/2.json", atomically: true, encoding: .utf8)
        let left = try docket(repository, "inbox", "take", inbox)
        #expect(left.status == 1)
        #expect(
            left.output.contains("2.json:1:2")
                && left.output.contains("0 taken, 1 known already, 1 left"))
        #expect(try docket(repository, "inbox", "take", "cases").status == 2)
    }
}
