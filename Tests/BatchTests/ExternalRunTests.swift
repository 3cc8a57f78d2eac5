import Batch
import Definitions
import Documents
import Foundation
import Testing
import Vendors

/// Calls of a run that go to a real program.
private struct LiveProgram: LiveVendors {
    let vendors: ExternalVendors
    let program = "checker"

    func isLive(_ vendor: String) -> Bool { vendor == "bureau" }
    func isRepeatable(_ call: OutgoingCall) -> Bool { vendors.isIdempotent(program: program) }
    var now: Instant { clock }

    func answer(
        _ call: OutgoingCall, leaving: @escaping VendorRequest.Leaving
    ) async -> VendorReply {
        guard await leaving() else { return .unavailable("not noted") }
        func text(_ bytes: [UInt8]) -> String {
            String(decoding: SecretSlots.filling(bytes) { _ in nil }, as: UTF8.self)
        }
        return await vendors.vendor(program: program).answer(
            VendorRequest(
                vendor: call.vendor, key: call.key, method: call.method, url: text(call.url),
                headers: call.headers.map { ($0.name, text($0.value)) }, body: call.body))
    }
}

/// Whole runs whose vendor is an external program, in Python; where there is none they skip.
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"),
        "there is no /usr/bin/python3"))
struct ExternalRunTests {
    private static var files: [String: String] {
        var files = [
            "docket.yaml": """
            docket: 1
            cases: {people: {workflow: w, events: [{type: START}]}}
            vendors: {bureau: {kind: recorded, answers: vendors/bureau.yaml}}
            """,
            "vendors/bureau.yaml": "answers: []",
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
                  url: "https://bureau.example.com/check"
                  method: POST
                  stateNames: [asking]
                  successAction: ASKED
                  errorAction: FAILED
                  request: {transform: [{transformer: jmespath, mapping: "{country: entity.country}"}]}
                  response: {transform: [{transformer: jmespath, mapping: "{currency: currency}"}]}
            """,
        ]
        for (number, country) in ["JP", "GB", "US", "XX", ""].enumerated() {
            files["cases/people/p\(number).yaml"] =
                country.isEmpty
                ? "context: {entity: {country: 7}}" : "context: {entity: {country: \(country)}}"
        }
        return files
    }

    private func run(
        _ repository: TestRepository, _ file: OperatorFile?, at time: Instant = clock
    ) throws -> (RunReport, [ExternalReport]) {
        var options = RunOptions(directory: repository.directory, now: time, jobs: 2)
        options.at = time
        let vendors = ExternalVendors(file)
        let report = try BatchRun(
            options: options, live: { _ in LiveProgram(vendors: vendors) }
        ).perform()
        return (report, vendors.reports)
    }

    private func operatorFile(_ script: String) throws -> OperatorFile {
        let path = NSTemporaryDirectory() + "docket-operator-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(
            """
            docket: 1
            externals: {checker: {path: /usr/bin/python3, arguments: ["-S", "-E", \(script)], graceSeconds: 0.2}}
            """.utf8
        ).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let (file, findings) = OperatorFile.read(path, outside: [])
        #expect(findings == [])
        return try #require(file)
    }

    @Test func `the example program answers the cases of a run, with evidence`() throws {
        let repository = try TestRepository(Self.files)
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/examples/external_vendor.py").path
        let (report, programs) = try run(repository, try operatorFile(example))
        #expect(report.totals.outcomes["w"]?["approved"] == 3)
        #expect(report.totals.outcomes["w"]?["manual review"] == 2)
        #expect(programs.map(\.answered) == [5] && programs.map(\.starts) == [1])
        let data = try repository.json("results/people/p0.data.json")
        #expect("\(data)".contains("JPY"))
        let evidence = try repository.json("evidence/people/p0/p-1-1.json")
        #expect((evidence["answer"] as? [String: Any])?["status"] as? Int == 200)
        let failure = try repository.json("evidence/people/p4/p-1-1.json")
        let answer = failure["answer"] as? [String: Any]
        #expect(answer?["failure"] as? String == "the request has no country")
    }

    @Test func `without the operator's word the cases wait, and nothing is started`() throws {
        let repository = try TestRepository(Self.files)
        let (report, programs) = try run(repository, nil)
        #expect(report.faults.isEmpty && programs.isEmpty)
        for number in 0..<5 {
            let record = try repository.json("results/people/p\(number).json")
            #expect(record["status"] as? String == "waiting")
            #expect(record["waitingFor"] as? String == "the vendor 'bureau' has given no answer")
        }
        // What to do is for the operator who started the run, and not for the repository.
        #expect(report.unanswered.count == 1)
        #expect(report.unanswered.first?.key.contains("--operator") ?? false)
    }

    @Test func `a program that crashes disturbs no other case, and says nothing in the repository`()
        throws
    {
        let repository = try TestRepository(Self.files)
        let script = NSTemporaryDirectory() + "docket-crash-\(UUID().uuidString).py"
        defer { try? FileManager.default.removeItem(atPath: script) }
        try """
        import json, os, sys
        sys.stdin.readline(); print(json.dumps({"docket": 1, "concurrency": 1}), flush=True)
        print("Ada Lovelace, born 1815", file=sys.stderr, flush=True)
        for line in sys.stdin:
            r = json.loads(line)
            if r["request"]["body"]["country"] == "GB": os._exit(9)
            print(json.dumps({"id": r["id"], "status": 200, "body": {}}), flush=True)
        """.write(toFile: script, atomically: true, encoding: .utf8)
        let (report, programs) = try run(repository, try operatorFile(script))
        #expect(report.totals.outcomes["w"]?["approved"] == 4)
        #expect(programs.map(\.starts) == [2])
        let kept = String(decoding: programs.first?.standardError ?? [], as: UTF8.self)
        #expect(kept.contains("Ada Lovelace"))
        var ledger = ""
        for path in try repository.files() {
            ledger += try repository.git("show", "ledger:\(path)")
        }
        #expect(!ledger.contains("Lovelace"))
        let record = try repository.json("results/people/p1.json")
        #expect(record["status"] as? String != "completed")
    }
}
