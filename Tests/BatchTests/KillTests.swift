import Batch
import Documents
import Foundation
import GitStorage
import Testing

/// Runs of the real program that are killed. They skip when the program is not built beside the
/// tests or does not know `run` yet.
@Suite struct KillTests {
    @Test(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
    func `a killed run leaves the ledger whole and the next run completes`() throws {
        let program = try #require(DocketProgram.path)
        var files = baseFiles
        files["cases/bulk/list.ndjson"] = (0..<1500).map {
            #"{"id":"L-\#($0)","entity":{"id":"L-\#($0)","data":{"score":\#($0 % 100)}}}"# + "\n"
        }.joined()
        files["rules/alerts.yaml"] = sumRule(
            "    opens: {workflow: screening, automatically: true}")
        files["transactions/2026-11.ndjson"] = (0..<200).map {
            payment("t\($0)", "shop-\($0)", 2000, "21")
        }.joined()
        let repository = try TestRepository(files)
        let start = ContinuousClock.now
        #expect(
            try DocketProgram.run(program, repository.directory, ledger: "undisturbed").wait() == 0)
        let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        let parts = ["results", "alerts"]
        let expected = try parts.map { try repository.git("rev-parse", "undisturbed:\($0)") }
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        var killed = 0
        for round in 0..<6 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let process = try DocketProgram.run(program, repository.directory, ledger: "l\(round)")
            usleep(UInt32(Int(state >> 33) % milliseconds) * 1000)
            if process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                killed += 1
            }
            process.waitUntilExit()
            #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
            #expect(
                try DocketProgram.run(program, repository.directory, ledger: "l\(round)").wait()
                    == 0)
            let found = try parts.map { try repository.git("rev-parse", "l\(round):\($0)") }
            #expect(found == expected, "seed \(seed), round \(round)")
        }
        #expect(killed > 0)
        let leftovers = try FileManager.default.contentsOfDirectory(
            atPath: repository.path(".git/objects/pack")
        ).filter { $0.hasPrefix("tmp_docket") }
        #expect(leftovers.isEmpty)
    }
}
