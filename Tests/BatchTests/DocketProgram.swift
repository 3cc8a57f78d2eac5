import Documents
import Foundation

/// The real program, as it is built beside the tests.
enum DocketProgram {
    /// Nil when it is not built or does not know `run`.
    static let path: String? = {
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

    /// Starts `docket run` over a repository, quiet unless told otherwise.
    static func run(
        _ program: String, _ directory: String, ledger: String = "ledger",
        at time: Instant = clock, errors: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["run", "-C", directory, "--at", "\(time)", "--ledger", ledger]
        process.environment = TestRepository.environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        if let errors {
            process.standardError = errors
        } else {
            process.standardError = FileHandle.nullDevice
        }
        try process.run()
        return process
    }
}

extension Process {
    /// The exit code, once there is one.
    func wait() -> Int32 {
        waitUntilExit()
        return terminationStatus
    }
}
