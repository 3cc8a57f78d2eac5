import Batch
import Documents
import Foundation
import Testing

/// The repository's own definitions and cases.
@Suite struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func copy() throws -> TestRepository {
        let repository = try TestRepository()
        for name in ["docket.yaml", "workflows", "rules", "forms", "vendors", "cases"] {
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
        let again = try repository.run(at: clock.plus(seconds: 1))
        #expect(again.due == 0)
        #expect(try repository.changes("ledger~1", "ledger").count == 1)
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
    }

    private func show(_ report: RunReport) {
        var text = "\(report.totals.outcomes)\n\(report.totals.levels)\n"
        text += "due \(report.due) messages \(report.messages) decisions \(report.decisions)\n"
        for fault in report.faults { text += "\(fault)\n" }
        for finding in report.findings { text += "\(finding)\n" }
        FileHandle.standardError.write(Data(text.utf8))
    }
}
