import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// Files with a case a line.
@Suite struct BulkTests {
    private func lines(_ ids: some Sequence<Int>, score: (Int) -> Int = { _ in 1 }) -> String {
        ids.map { #"{"id":"L-\#($0)","entity":{"id":"L-\#($0)","data":{"score":\#(score($0))}}}"# }
            .joined(separator: "\n") + "\n"
    }

    private func repository(_ name: String, _ text: String) throws -> TestRepository {
        try TestRepository([
            "docket.yaml": settingsFile, "workflows/screening.yaml": workflowFile,
            "cases/bulk/\(name)": text,
        ])
    }

    @Test func `bad lines of NDJSON are faults of their own`() throws {
        let text =
            lines(0..<5) + "\n" + #"{"id":"B-1","entity":{"#
            + "\n" + #"{"id":"L-3","context":{}}"# + "\n" + #"{"entity":{}}"# + "\n"
            + #"{"id":"../x"}"# + "\n" + #"{"id":7,"entity":{"data":{"score":1}}}"# + "\n"
        let repository = try repository("list.ndjson", text)
        let report = try repository.run()
        #expect(report.totals.outcomes["screening"] == ["approved": 5, "failed": 2])
        let faults = report.faults.map { "\($0.id?.path ?? "-") \($0.fault.code)" }
        #expect(
            faults == ["bulk/list/B-1 DOC001", "bulk/list/L-3 CS033", "- CS030", "- CS030"])
        let again = try repository.run(at: clock.plus(seconds: 1))
        #expect(again.due == 0)
        #expect(again.faults.count == 4)
        #expect(!again.hasNewFaults)
        try repository.write("cases/bulk/list.ndjson", lines(0..<5))
        try repository.commit()
        let mended = try repository.run(at: clock.plus(seconds: 2))
        #expect(mended.faults.isEmpty)
        #expect(mended.totals.outcomes["screening"]?["approved"] == 5)
    }

    @Test func `bad rows of CSV are faults of their own`() throws {
        let text = """
            id,entity.id,entity.data.score:number
            R-1,R-1,1
            R-2,R-2,many
            R-3,R-3
            R-4,"R-4",99

            """
        let repository = try repository("rows.csv", text)
        let report = try repository.run()
        #expect(report.totals.outcomes["screening"] == ["approved": 1, "rejected": 1])
        #expect(
            report.faults.map(\.fault.place) == [
                "cases/bulk/rows.csv:3", "cases/bulk/rows.csv:4",
            ])
        try repository.write("cases/bulk/rows.csv", [0xFF, 0xFE, 0x00])
        try repository.commit()
        let broken = try repository.run(at: clock.plus(seconds: 1))
        #expect(broken.withdrawn == 0)
        #expect(broken.hasNewFaults)
    }

    @Test func `only lines that changed are due`() throws {
        let repository = try repository("list.ndjson", lines(0..<50))
        #expect(try repository.run().created == 50)
        try repository.write(
            "cases/bulk/list.ndjson", lines((1..<51).reversed()) { $0 == 7 ? 50 : 1 })
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 3)
        #expect(report.created == 1)
        #expect(report.withdrawn == 1)
        let path = try #require(
            try repository.files().first { $0.hasSuffix("/L-7.json") })
        #expect(path.split(separator: "/").count == 6)
        let history = try repository.json(path)["history"] as? [[String: String]]
        #expect(history?.last?["event"] == "INPUT_CHANGED")
    }

    @Test func `events of a line are applied`() throws {
        let repository = try repository("list.ndjson", lines(0..<5) { _ in 50 })
        try repository.run()
        try repository.write(
            "cases/bulk/list.events/L-2/1.yaml", "{type: approve, kind: decision, by: a-1}")
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 1)
        #expect(report.totals.outcomes["screening"] == ["approved": 1, "manual review": 4])
    }

    @Test func `a run that would withdraw too many cases commits nothing`() throws {
        let repository = try repository("list.ndjson", lines(0..<400))
        let first = try repository.run()
        try repository.write("cases/bulk/list.ndjson", lines(0..<395))
        try repository.commit()
        let refused = try repository.run(at: clock.plus(seconds: 1))
        #expect(refused.commit == nil)
        #expect(refused.refusals.map(\.withdrawn) == [5])
        #expect(refused.refusals.map(\.allowed) == [4])
        #expect(try repository.git("rev-parse", "ledger") == first.commit?.description)
        let accepted = try repository.run(at: clock.plus(seconds: 1)) {
            $0.acceptsMassChange = true
        }
        #expect(accepted.withdrawn == 5)
        #expect(accepted.commit != nil)
        try repository.remove("cases/bulk/list.ndjson")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 2)).refusals.count == 1)
    }
}
