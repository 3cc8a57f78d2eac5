import Batch
import Casework
import Documents
import Foundation
import Testing

/// Input that is wrong, or meant to do harm: each a fault of its own case, and all others done.
@Suite struct HostileInputTests {
    /// Runs the usual cases and one more; the fault it gets.
    private func fault(
        _ files: [String: [UInt8]], of id: String?,
        prepare: (TestRepository) throws -> Void = { _ in }
    ) throws -> (code: String, place: String?, repository: TestRepository) {
        let repository = try TestRepository(baseFiles)
        for (name, bytes) in files { try repository.write(name, bytes) }
        try prepare(repository)
        try repository.commit()
        let report = try repository.run()
        #expect(report.commit != nil)
        #expect(report.totals.outcomes["screening"]?["approved"] == 1)
        let faults = report.faults.filter { $0.id?.path == id }
        #expect(faults.count == 1)
        #expect(report.hasNewFaults)
        let again = try repository.run(at: clock.plus(seconds: 1))
        #expect(again.due == 0)
        #expect(!again.hasNewFaults)
        #expect(again.faults.count == report.faults.count)
        #expect(try repository.changes("ledger~1", "ledger").count == 1)
        if let id {
            let record = try repository.json("results/\(id).json")
            #expect(record["status"] as? String == "failed")
        }
        let fault = try #require(faults.first?.fault)
        return (fault.code, fault.place, repository)
    }

    private func fault(_ text: String, ending: String = "yaml") throws -> String {
        try fault(["cases/people/evil.\(ending)": Array(text.utf8)], of: "people/evil").code
    }

    @Test func `a file name that is not UTF-8 is a fault, and stays one`() throws {
        var repository: TestRepository?
        let found = try fault([:], of: nil) { made in
            repository = made
            let path = Array(made.path("cases/people/caf").utf8) + [0xE9] + Array(".yaml".utf8)
            let file = try #require(fopen(path.map { CChar(bitPattern: $0) } + [0], "w"))
            fclose(file)
        }
        #expect(found.code == "CS030")
        let index = try repository?.git("show", "ledger:index/retry.ndjson")
        #expect(index?.contains("\"code\":\"CS030\"") == true)
    }

    @Test func `broken YAML`() throws {
        #expect(try fault("context: {a: [1, 2}") == "DOC001")
    }

    @Test func `definitions that never end stop their own cases only`() throws {
        let states = [
            ("RUN003", "a: {on: {GO: {actions: [{type: xstate.raise, event: GO}]}}}"),
            (
                "RUN003",
                "a: {on: {GO: b}}, b: {always: {target: c, cond: {in: b}}}, c: {always: {target: b, cond: {in: c}}}"
            ),
            ("RUN005", "a: {on: {GO: b}}, b: {after: {0: c}}, c: {after: {0: b}}"),
            (
                "RUN006",
                "a: {on: {GO: {target: b, actions: [{type: assign, assignment: {n: 0, x: [1]}}]}}}, "
                    + "b: {always: [{internal: false, target: b, cond: {type: json-logic, options: "
                    + "{rule: {'<': [{var: n}, 80]}}}, actions: [{type: assign, assignment: "
                    + "{n: {'+': [{var: n}, 1]}, x: [{var: x}, {var: x}]}}]}]}"
            ),
        ]
        for (code, text) in states {
            let files = [
                "workflows/evil.yaml":
                    "docket: 1\nid: evil\ndefinition: {initial: a, states: {\(text)}}",
                "cases/people/evil.yaml":
                    "workflow: evil\nevents: [{type: GO}]\ncontext: {}",
            ]
            let found = try fault(files.mapValues { Array($0.utf8) }, of: "people/evil")
            #expect(found.code == code)
        }
    }

    @Test func `a document of ten thousand levels`() throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(try fault(deep, ending: "json") == "DOC005")
        #expect(try fault("context: {a: \(deep)}") == "DOC005")
    }

    @Test func `an alias bomb`() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(["DOC006", "DOC004"].contains(try fault(text + "context: {}\n")))
    }

    @Test func `bytes that are not UTF-8`() throws {
        let bytes = Array("context: {a: ".utf8) + [0xC3, 0x28] + Array("}".utf8)
        #expect(try fault(["cases/people/evil.yaml": bytes], of: "people/evil").code == "DOC002")
    }

    @Test func `a file larger than the limit is not read`() throws {
        let bytes = [UInt8](repeating: 0x20, count: 200 << 20)
        #expect(try fault(["cases/people/evil.yaml": bytes], of: "people/evil").code == "CS032")
    }

    @Test func `an unknown workflow, and one that has none`() throws {
        #expect(try fault("workflow: nothing\ncontext: {}") == "CS037")
        let other = try fault(
            ["cases/other/evil.yaml": Array("context: {}".utf8)], of: "other/evil")
        #expect(other.code == "CS036")
    }

    @Test func `a symbolic link is not followed`() throws {
        let result = try fault([:], of: "people/evil") { repository in
            try FileManager.default.createSymbolicLink(
                atPath: repository.path("cases/people/evil.yaml"),
                withDestinationPath: "/etc/passwd")
        }
        #expect(result.code == "CS031")
        #expect(result.place == "cases/people/evil.yaml")
    }

    @Test func `a workflow that loops`() throws {
        let loop = """
            docket: 1
            id: loop
            definition:
              initial: a
              states:
                a: {always: b}
                b: {always: a}
            """
        let pingPong = """
            docket: 1
            id: ping
            definition:
              initial: idle
              states:
                idle: {on: {START: a}}
                a: {on: {NEXT: b}}
                b: {on: {NEXT: a}}
            extensions:
              commonPlugins:
                - {pluginKind: transformer, name: one, stateNames: [a, b], successAction: NEXT,
                   transformers: []}
            """
        let result = try fault(
            [
                "workflows/ping.yaml": Array(pingPong.utf8),
                "cases/people/evil.yaml": Array("workflow: ping\ncontext: {}".utf8),
            ], of: "people/evil")
        #expect(result.code == "RUN005")
        let always = try fault(
            [
                "workflows/loop.yaml": Array(loop.utf8),
                "cases/people/evil.yaml": Array("workflow: loop\ncontext: {}".utf8),
            ], of: "people/evil")
        #expect(always.code == "RUN003")
    }

    @Test func `two files with one id, and ids that differ only in case`() throws {
        let result = try fault(
            [
                "cases/people/evil.yaml": Array("context: {}".utf8),
                "cases/people/evil.json": Array(#"{"context": {}}"#.utf8),
            ], of: "people/evil")
        #expect(result.code == "CS033")
        let repository = try TestRepository(baseFiles)
        try repository.write("cases/people/Evil.yaml", "context: {}")
        try repository.write("cases/people/evil.yaml", "context: {}")
        try repository.commit()
        let report = try repository.run()
        #expect(report.faults.map(\.fault.code) == ["CS033", "CS033"])
        try repository.remove("cases/people/Evil.yaml")
        try repository.commit()
        let fixed = try repository.run(at: clock.plus(seconds: 1))
        #expect(fixed.faults.isEmpty)
    }

    @Test func `a name that is no id`() throws {
        let result = try fault(
            ["cases/people/e vil.yaml": Array("context: {}".utf8)], of: nil)
        #expect(result.code == "CS030")
    }

    @Test func `Git LFS pointers and filters`() throws {
        let pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 12345

            """
        #expect(try fault(pointer) == "CS034")
        let filtered = try fault(
            [
                "cases/people/evil.yaml": Array("context: {}".utf8),
                ".gitattributes": Array("evil.yaml ident\n".utf8),
            ], of: "people/evil")
        #expect(filtered.code == "CS035")
    }

    @Test func `an event file that cannot be read stops its case alone`() throws {
        let result = try fault(
            ["cases/people/bo.events/1.yaml": Array("type: [".utf8)], of: "people/bo")
        #expect(result.code == "DOC001")
        try result.repository.write("cases/people/bo.events/1.yaml", "type: approve")
        try result.repository.commit()
        try result.repository.run(at: clock.plus(seconds: 2))
        let record = try result.repository.json("results/people/bo.json")
        #expect(record["state"] as? String == "approved")
    }

    @Test func `input broken by an edit keeps the last good record with the fault beside it`()
        throws
    {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.write("cases/people/bo.yaml", "context: [")
        try repository.commit()
        let broken = try repository.run(at: clock.plus(seconds: 1))
        #expect(broken.faults.map(\.isOld) == [false])
        let record = try repository.json("results/people/bo.json")
        #expect(record["status"] as? String == "failed")
        #expect(record["state"] as? String == "review")
        #expect((record["fault"] as? [String: String])?["code"] == "DOC001")
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
        try repository.write("cases/people/bo.yaml", applicant("bo", score: 50))
        try repository.commit()
        let mended = try repository.run(at: clock.plus(seconds: 3))
        #expect(mended.faults.isEmpty)
        #expect(try repository.json("results/people/bo.json")["fault"] == nil)
        #expect(mended.totals.outcomes["screening"]?["manual review"] == 1)
        #expect(mended.totals.outcomes["screening"]?["failed"] == nil)
    }

    @Test func `a definition that is mended gives its faulty cases another try`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write("cases/people/ed.yaml", "workflow: later\ncontext: {}")
        try repository.commit()
        #expect(try repository.run().faults.count == 1)
        try repository.write(
            "workflows/later.yaml",
            workflowFile.replacingOccurrences(of: "id: screening", with: "id: later"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 1)
        #expect(report.faults.isEmpty)
        #expect(report.totals.outcomes["later"]?["approved"] == 1)
    }

    @Test func `an applicant named like a secret is data`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write(
            "cases/people/ev.yaml",
            "context: {entity: {id: ev, data: {score: 1, fullName: \"{secret.TOKEN}\"}}}")
        try repository.commit()
        let report = try repository.run()
        #expect(report.faults.isEmpty)
        #expect(report.messages == 3)
        let data = try repository.git("show", "ledger:results/people/ev.data.json")
        #expect(data.contains(#""fullName": "{secret.TOKEN}""#))
        for path in try repository.files() where path.hasPrefix("outbox/") {
            #expect(try !repository.git("show", "ledger:\(path)").contains(#""secret":"#))
        }
    }

    @Test func `a definition with errors stops the run unless it is tolerated`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write("workflows/broken.yaml", "docket: 1\nid: broken\n")
        try repository.write("cases/people/ed.yaml", "workflow: broken\ncontext: {}")
        try repository.commit()
        do {
            try repository.run()
            Issue.record("the run went on")
        } catch RunError.definitions(let findings) {
            #expect(findings.contains { $0.level == .error })
        }
        #expect(try repository.git("branch", "--list", "ledger") == "")
        let report = try repository.run { $0.toleratesErrors = true }
        #expect(report.faults.map(\.fault.code) == ["CS038"])
        #expect(report.created == 4)
    }

    @Test func `an index of the ledger that is damaged stops the run instead of losing its lines`()
        throws
    {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        let before = try repository.git("rev-parse", "ledger")
        try repository.git("switch", "-q", "ledger")
        try repository.write("index/retry.ndjson", "{\"case\": \n")
        try repository.commit()
        try repository.git("switch", "-q", "main")
        let damaged = try repository.git("rev-parse", "ledger")
        #expect(damaged != before)
        #expect(throws: RunError.self) { try repository.run(at: clock.plus(seconds: 1)) }
        #expect(try repository.git("rev-parse", "ledger") == damaged)
    }
}
