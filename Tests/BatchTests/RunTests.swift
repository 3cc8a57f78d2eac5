import Batch
import Documents
import Foundation
import Testing

@Suite struct RunTests {
    @Test func `a first run records every case and a second one adds only a manifest`() throws {
        let repository = try TestRepository(baseFiles)
        let report = try repository.run()
        #expect(report.due == 3)
        #expect(report.created == 3)
        #expect(report.faults.isEmpty)
        #expect(report.decisions == 2)
        #expect(report.messages == 2)
        #expect(
            report.totals.outcomes == [
                "screening": ["approved": 1, "manual review": 1, "rejected": 1]
            ])
        let record = try repository.json("results/people/bo.json")
        #expect(record["state"] as? String == "review")
        #expect(record["status"] as? String == "active")
        let again = try repository.run(at: clock.plus(seconds: 60))
        #expect(again.due == 0)
        #expect(again.totals == report.totals)
        let changes = try repository.changes("ledger~1", "ledger")
        #expect(changes.count == 1)
        #expect(changes[0].hasPrefix("runs/"))
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
        #expect(try repository.git("status", "--porcelain") == "")
    }
}
