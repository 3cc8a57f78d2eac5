import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// Callbacks that an upstream system leaves in a directory.
@Suite struct InboxTests {
    private static let workflow = """
        docket: 1
        id: w
        definition:
          initial: idle
          states:
            idle: {on: {START: waiting}}
            waiting: {on: {REGISTRY_ANSWERED: done}}
            done: {type: final, tags: [approved]}
        """

    private static let files = [
        "docket.yaml": "docket: 1\ncases: {people: {workflow: w, events: [{type: START}]}}",
        "workflows/w.yaml": workflow,
        "cases/people/ann.yaml": "context: {entity: {id: ann}}",
        "cases/people/many.ndjson": "{\"id\": \"bo\", \"context\": {}}\n",
    ]

    private static let callback = """
        {"case": "people/ann", "type": "REGISTRY_ANSWERED", "payload": {"name": "Ann"},
         "resultDestination": "pluginsOutput.registry.data", "by": "registry", "at": "2026-11-21T23:00:00Z"}
        """

    /// A directory of upstream's.
    private final class Upstream {
        let directory = NSTemporaryDirectory() + "docket-inbox-\(UUID().uuidString)"

        init(_ files: [String: String] = [:]) throws {
            try FileManager.default.createDirectory(
                atPath: directory + "/done", withIntermediateDirectories: true)
            for (name, text) in files { try write(name, text) }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
        }

        var names: [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? []
        }
    }

    private func take(
        _ upstream: Upstream, _ repository: TestRepository, done: Bool = false,
        at time: Instant = clock
    ) throws -> Inbox.Report {
        try Inbox(
            upstream.directory, into: repository.directory,
            done: done ? upstream.directory + "/done" : nil
        ).take(at: time, in: try Repository.open(repository.directory).location)
    }

    private func events(_ repository: TestRepository) throws -> [String] {
        try repository.git("ls-files", "-o", "cases").split(separator: "\n").map(String.init)
    }

    @Test func `a callback becomes an event file, and the next run applies it`() throws {
        let repository = try TestRepository(Self.files)
        try repository.run()
        let upstream = try Upstream(["1.json": Self.callback])
        let report = try take(upstream, repository, at: clock.plus(seconds: 1))
        #expect(report.findings == [])
        #expect(report.taken.map(\.id.path) == ["people/ann"])
        let path = try #require(report.taken.first?.path)
        #expect(path.hasPrefix("cases/people/ann.events/"))
        #expect(try events(repository) == [path])
        let text = try String(contentsOfFile: repository.path(path), encoding: .utf8)
        #expect(text.contains("kind: callback\nby: registry\nat: \"2026-11-21T23:00:00.000Z\"\n"))
        try repository.commit()
        let run = try repository.run(at: clock.plus(seconds: 2))
        #expect(run.faults.isEmpty)
        #expect(run.totals.outcomes["w"]?["approved"] == 1)
        let context =
            try repository.json("results/people/ann.data.json")["context"] as? [String: Any]
        let output = "\(context?["pluginsOutput"] ?? "")"
        #expect(output.contains("Ann"))
    }

    @Test func `a callback that names its vendor goes where the vendor's settings say`() throws {
        var files = Self.files
        files["docket.yaml"]? += """

            vendors:
              registry: {kind: recorded, answers: vendors/r.yaml, resultDestination: pluginsOutput.registry.data}
            """
        files["vendors/r.yaml"] = "answers: []"
        let early = Self.workflow.replacing("{on: {START: waiting}}", with: "{on: {GO: waiting}}")
        files["workflows/w.yaml"] = early
        let repository = try TestRepository(files)
        try repository.run()
        func callback(_ more: String) -> String {
            #"{"case": "people/ann", "type": "REGISTRY_ANSWERED", "payload": {"name": "Ann"}, \#(more)}"#
        }
        // One comes before the state that takes it and is held; one is of a vendor that is not there.
        let upstream = try Upstream([
            "1.json": callback(#""vendor": "nobody""#),
            "2.json": callback(#""vendor": "registry""#),
            "3.json": callback(#""vendor": 7"#),
        ])
        let report = try take(upstream, repository, at: clock.plus(seconds: 1))
        #expect(report.findings.map(\.code) == ["CS026"])
        #expect(report.taken.count == 2)
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        let held = try repository.json("results/people/ann.json")
        let history = held["history"] as? [[String: Any]]
        #expect(history?.compactMap { $0["result"] as? String } == ["refused", "invalid", "held"])
        #expect((held["held"] as? [Any])?.count == 1)
        try repository.write(
            "cases/people/ann.events/20261123T020000123Z-00000000000000000000000000000001.yaml",
            "type: GO")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 3))
        let record = try repository.json("results/people/ann.json")
        #expect(record["outcome"] as? String == "approved")
        let data = try repository.json("results/people/ann.data.json")
        let context = data["context"] as? [String: Any]
        let output = context?["pluginsOutput"] as? [String: [String: [String: String]]]
        #expect(output == ["registry": ["data": ["name": "Ann"]]])
    }

    @Test func `the same content gives one event, under any name and layout, for ever`() throws {
        let repository = try TestRepository(Self.files)
        let upstream = try Upstream([
            "1.json": Self.callback,
            "2.json": Self.callback.replacing("\n", with: "").replacing(": ", with: ":"),
            "3.json": Self.callback.replacing(
                #"{"case": "people/ann", "type": "REGISTRY_ANSWERED","#,
                with: #"{"type": "REGISTRY_ANSWERED", "case": "people/ann","#),
        ])
        let first = try take(upstream, repository)
        #expect(first.taken.map(\.isKnown) == [false, true, true])
        #expect(Set(first.taken.map(\.path)).count == 1)
        let second = try take(upstream, repository, at: clock.plus(seconds: 60))
        #expect(second.taken.map(\.isKnown) == [true, true, true])
        #expect(try events(repository).count == 1)
        try upstream.write("4.json", Self.callback.replacing("Ann", with: "Anne"))
        #expect(try take(upstream, repository).taken.map(\.isKnown) == [true, true, true, false])
        #expect(try events(repository).count == 2)
    }

    @Test func `what is wrong stays and is reported with its place`() throws {
        let repository = try TestRepository(Self.files)
        let upstream = try Upstream([
            "a.json": "{\"case\": ", "b.json": "[]", "c.json": "{\"type\": \"X\"}",
            "d.json": "{\"case\": \"../../etc/x\", \"type\": \"X\"}",
            "e.json": "{\"case\": \"people/nobody\", \"type\": \"X\"}",
            "f.json": "{\"case\": \"people/ann\"}",
            "g.json": "{\"case\": \"people/ann\", \"type\": \"X\", \"payload\": 3}",
            "h.json": "{\"case\": \"people/ann\",\n \"type\": \"approve\", \"kind\": \"decision\"}",
            "i.json": "{\"case\": \"people/ann\", \"type\": \"X\", \"resultDestination\": {}}",
            "j.json": "{\"case\": \"people/ann\", \"type\": \"X\", \"at\": \"yesterday\"}",
            "k.json": String(repeating: " ", count: 1 << 20) + Self.callback,
            "m.txt": Self.callback, ".n.json": Self.callback, "z.json": Self.callback,
        ])
        try FileManager.default.createSymbolicLink(
            atPath: upstream.directory + "/l.json", withDestinationPath: "/etc/passwd")
        let report = try take(upstream, repository, done: true)
        #expect(report.taken.map(\.name) == ["z.json"])
        #expect(
            report.findings.map { "\($0.file) \($0.code)" } == [
                "a.json DOC001", "b.json IN002", "c.json IN002", "d.json IN002", "e.json IN003",
                "f.json CS020", "g.json CS022", "h.json IN004", "i.json CS025", "j.json CS023",
                "k.json IN001", "l.json IN001",
            ])
        #expect(
            report.findings.first { $0.code == "IN004" }?.position == Position(line: 2, column: 29))
        #expect(try events(repository).count == 1)
        #expect(upstream.names.count == 15 && !upstream.names.contains("z.json"))
    }

    @Test func `a line of a bulk file gets its event below the file's`() throws {
        let repository = try TestRepository(Self.files)
        let upstream = try Upstream([
            "1.json": Self.callback.replacing("people/ann", with: "people/many/bo")
        ])
        let path = try #require(try take(upstream, repository).taken.first?.path)
        #expect(path.hasPrefix("cases/people/many.events/bo/"))
        try repository.commit()
        #expect(try repository.run().totals.outcomes["w"]?["approved"] == 1)
    }

    @Test func `a name in the inbox decides the order of the events`() throws {
        let repository = try TestRepository(Self.files)
        var files: [String: String] = [:]
        for number in 0..<20 {
            files["\(number + 10).json"] = "{\"case\": \"people/ann\", \"type\": \"E\(number)\"}"
        }
        let report = try take(try Upstream(files), repository)
        #expect(report.taken.map(\.type) == (0..<20).map { "E\($0)" })
        #expect(report.taken.map(\.path) == report.taken.map(\.path).sorted())
    }

    @Test func `an inbox inside the repository is refused`() throws {
        let repository = try TestRepository(Self.files)
        for path in [repository.directory, repository.path("cases"), "/nonexistent", "/etc/passwd"]
        {
            #expect(throws: Inbox.Refusal.self) { try Inbox(path, into: repository.directory) }
        }
        let upstream = try Upstream()
        #expect(throws: Inbox.Refusal.self) {
            try Inbox(
                upstream.directory, into: repository.directory, done: repository.path("cases"))
        }
    }

    @Test func `one at a time`() throws {
        let repository = try TestRepository(Self.files)
        let location = try Repository.open(repository.directory).location
        let lock = open(
            try location.createDocketDirectory() + "/inbox.lock", O_RDWR | O_CREAT, 0o600)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        do {
            _ = try take(try Upstream(["1.json": Self.callback]), repository)
            Issue.record("it went on")
        } catch let error as Inbox.Refusal { #expect(error.isBusy) }
        #expect(try events(repository) == [])
    }

    @Test func `an event file is never half-written, and nothing else is left`() throws {
        let repository = try TestRepository(Self.files)
        _ = try take(try Upstream(["1.json": Self.callback]), repository)
        let names = try FileManager.default.contentsOfDirectory(
            atPath: repository.path("cases/people/ann.events"))
        #expect(names.count == 1)
        // A link in place of the events' directory is not followed.
        try repository.remove("cases/people/ann.events")
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("cases/people/ann.events"), withDestinationPath: "/tmp")
        let report = try take(try Upstream(["1.json": Self.callback]), repository)
        #expect(report.findings.map(\.code) == ["IN003"])
    }
}
