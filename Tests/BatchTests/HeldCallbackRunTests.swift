import Batch
import Documents
import Foundation
import Testing

/// Held callbacks on the ledger: in the record, in the index of due days, and out of both.
@Suite struct HeldCallbackRunTests {
    private let callback = "type: approve\nkind: callback\npayload: {secretName: Zebediah}\n"
    private let name = "20261122T000000000Z-00000000000000000000000000000001.yaml"
    private let day = 86_400

    /// A case that waits for `start`, with a callback that comes too early.
    private func repository() throws -> TestRepository {
        var files = baseFiles
        files["docket.yaml"] = settingsFile.replacingOccurrences(
            of: "limits: {steps: 100,", with: "limits: {steps: 100, heldCallbackDays: 2,")
        files["cases/people/dee.yaml"] = "events: []\n" + applicant("dee", score: 50)
        files["cases/people/dee.events/\(name)"] = callback
        return try TestRepository(files)
    }

    private func index(_ repository: TestRepository) throws -> [String] {
        try repository.files().filter { $0.hasPrefix("index/due/") }
    }

    private var due: Instant { clock.plus(seconds: 2 * day) }

    @Test func `a held callback stands in the index until it expires, exactly then`() throws {
        let repository = try repository()
        try repository.run()
        let record = try repository.json("results/people/dee.json")
        let held = try #require((record["held"] as? [[String: String]])?.first)
        #expect(held == ["event": "approve", "since": "\(clock)", "expires": "\(due)"])
        #expect(try index(repository) == ["index/due/\(due.day).ndjson"])
        let line = try repository.git("show", "ledger:index/due/\(due.day).ndjson")
        #expect(
            line
                == #"{"case":"people/dee","event":"approve","due":"\#(due)","kind":"callback"}"#)

        let early = try repository.run(at: due.advanced(byMilliseconds: -1))
        #expect(early.due == 0)
        #expect(try index(repository).count == 1)

        let late = try repository.run(at: due)
        #expect(late.due == 1)
        let after = try repository.json("results/people/dee.json")
        #expect(after["held"] == nil)
        let last = (after["history"] as? [[String: String]])?.last
        #expect(last?["result"] == "expired")
        #expect(last?["at"] == "\(due)")
        #expect(try index(repository).isEmpty)
        let data = try repository.json("results/people/dee.data.json")
        #expect(data["held"] == nil)
        #expect(try repository.run(at: due.plus(seconds: day)).due == 0)
    }

    @Test func `one that is accepted before leaves the index`() throws {
        let repository = try repository()
        try repository.run()
        try repository.write(
            "cases/people/dee.events/20261122T000000000Z-00000000000000000000000000000002.yaml",
            "type: START")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: day))
        let record = try repository.json("results/people/dee.json")
        #expect(record["state"] as? String == "approved")
        #expect(record["held"] == nil)
        #expect(try index(repository).isEmpty)
        #expect(try repository.run(at: due).due == 0)
    }

    @Test func `the records hold nothing of the payload`() throws {
        let repository = try repository()
        try repository.run()
        for path in try repository.files() where !path.hasSuffix(".data.json") {
            if path.hasPrefix("outbox/") || path.hasPrefix("evidence/") { continue }
            #expect(try !repository.git("show", "ledger:\(path)").contains("Zebediah"))
        }
        let data = try repository.git("show", "ledger:results/people/dee.data.json")
        #expect(data.contains("secretName"))
    }

    @Test func `a case that is withdrawn holds nothing any more`() throws {
        let repository = try repository()
        try repository.run()
        try repository.remove("cases/people/dee.yaml")
        try repository.remove("cases/people/dee.events")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try index(repository).isEmpty)
        #expect(try repository.json("results/people/dee.json")["status"] as? String == "withdrawn")
    }
}
