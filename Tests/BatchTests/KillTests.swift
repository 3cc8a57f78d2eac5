import Batch
import Documents
import Foundation
import GitStorage
import Testing

/// Runs of the real program that are killed. They skip when the program is not built beside the
/// tests or does not know `run` yet.
@Suite struct KillTests {
    private static let program: String? = {
        let path = Bundle.allBundles.map(\.bundlePath).first { $0.hasSuffix(".xctest") }
        let directories: [String?] = [
            path.map { ($0 as NSString).deletingLastPathComponent },
            (CommandLine.arguments.first.map { ($0 as NSString).deletingLastPathComponent }),
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(".build/debug").path,
        ]
        let found = directories.compactMap { $0 }.map { "\($0)/docket" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let found,
            let help = try? TestRepository.execute([found, "run", "--help"], in: "/tmp"),
            help.status == 0, help.output.contains("--ledger")
        else { return nil }
        return found
    }()

    @Test(.enabled(if: program != nil, "the program docket is not built or has no run"))
    func `a killed run leaves the ledger whole and the next run completes`() throws {
        let program = try #require(Self.program)
        var files = baseFiles
        files["cases/bulk/list.ndjson"] = (0..<1500).map {
            #"{"id":"L-\#($0)","entity":{"id":"L-\#($0)","data":{"score":\#($0 % 100)}}}"# + "\n"
        }.joined()
        let repository = try TestRepository(files)
        let undisturbed = try TestRepository(files)
        let expected = try undisturbed.run().totals
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        var killed = 0
        for _ in 0..<8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = ["run", "-C", repository.directory, "--at", "\(clock)"]
            process.environment = TestRepository.environment
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            usleep(UInt32(state >> 33) % 1_600_000)
            if process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                killed += 1
            }
            process.waitUntilExit()
            #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
        }
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(killed > 0)
        #expect(report.totals == expected, "seed \(seed), \(killed) killed")
        let leftovers = try FileManager.default.contentsOfDirectory(
            atPath: repository.path(".git/objects/pack")
        ).filter { $0.hasPrefix("tmp_docket") }
        #expect(leftovers.isEmpty)
    }
}
