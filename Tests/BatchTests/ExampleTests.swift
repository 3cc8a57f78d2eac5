import Batch
import Casework
import Documents
import Foundation
import Testing

/// The repository's own definitions and cases.
@Suite struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func copy() throws -> TestRepository {
        let repository = try TestRepository()
        for name in [
            "docket.yaml", "workflows", "rules", "forms", "vendors", "lists", "cases",
            "transactions", "counterparties",
        ] {
            let from = root.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: from.path) else { continue }
            try FileManager.default.copyItem(atPath: from.path, toPath: repository.path(name))
        }
        try repository.commit()
        return repository
    }

    @Test func `the example runs, and again adds only a manifest`() throws {
        let repository = try Self.copy()
        let report = try repository.run()
        if ProcessInfo.processInfo.environment["SHOW"] != nil { show(report) }
        #expect(report.commit != nil)
        #expect(report.due >= 2024)
        #expect(report.alerts?.rules.map(\.raised) == [1, 1, 1])
        #expect(report.alerts?.faultyRows == 0)
        let again = try repository.run(at: clock.plus(seconds: 1))
        #expect(again.due == 0)
        #expect(try repository.changes("ledger~1", "ledger").count == 1)
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
    }

    @Test func `owners and associated companies of the example are cases of their own`() throws {
        let repository = try Self.copy()
        let report = try repository.run()
        #expect(
            report.faults.map(\.fault.code).sorted() == ["CS037", "DOC001", "DOC003", "RUN015"])
        let reached = report.totals.outcomes["kyb_onboarding"] ?? [:]
        for outcome in ["approved", "rejected", "manual review", "revision", "waiting for data"] {
            #expect((reached[outcome] ?? 0) > 0, "\(outcome)")
        }
        func state(_ id: String) throws -> String? {
            try repository.json("results/onboarding/\(id).json")["state"] as? String
        }
        // An owner who waits for a reviewer, and one whose reviewer has decided.
        #expect(try state("kask-moobel/owner-p-2102") == "manual_review")
        #expect(try state("kask-moobel") == "related_parties")
        #expect(try state("ottica-esempio/owner-p-2201") == "approved")
        #expect(try state("ottica-esempio") == "approved")
        // Two levels.
        #expect(try state("cedar-kitchens/associate-c-01/owner-p-2303") == "approved")
        #expect(try state("cedar-kitchens") == "approved")
        #expect(try state("varda-metals/associate-c-01/owner-p-2402") == "rejected")
        #expect(try state("varda-metals/associate-c-01") == "rejected")
        #expect(try state("varda-metals") == "rejected")
        // Through revision: the same owners are asked twice, and looked at once.
        #expect(try state("fjord-sjomat") == "approved")
        let owner = try repository.json("results/onboarding/fjord-sjomat/owner-p-0901.json")
        #expect(owner["episode"] as? Int == 1)
        #expect((owner["visits"] as? [String: Int])?["identity"] == 1)
        // The reviewer decides a run later.
        try repository.write(
            "cases/onboarding/kask-moobel/owner-p-2102.events/"
                + "20261122T090000123Z-0123456789abcdef0123456789abcdef.yaml",
            "type: approve\nkind: decision\nby: analyst-7\nexpects: {episode: 1, state: manual_review}\n"
        )
        try repository.commit()
        let later = try repository.run(at: clock.plus(seconds: 1))
        #expect(later.findings.map(\.description) == [] && !later.hasNewFaults)
        #expect(try state("kask-moobel") == "approved")
    }

    private func show(_ report: RunReport) {
        var text = "\(report.totals.outcomes)\n\(report.totals.levels)\n"
        text += "due \(report.due) messages \(report.messages) decisions \(report.decisions)\n"
        for fault in report.faults { text += "\(fault)\n" }
        for finding in report.findings { text += "\(finding)\n" }
        FileHandle.standardError.write(Data(text.utf8))
    }
}
