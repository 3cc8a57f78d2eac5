import Foundation
import GitStorage

/// A temporary repository, and the real git in it, cut off from the configuration of the machine and
/// its user.
final class TestRepository: Sendable {
    let directory: String

    init(_ files: [String: String] = [:]) throws {
        let base = FileManager.default.temporaryDirectory.path
        directory = "\(base)/docket-batch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main")
        for (name, text) in files { try write(name, text) }
        try commit()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let path = path(name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func commit() throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", "change")
    }

    /// Runs git; its output without the last line end.
    @discardableResult
    func git(_ arguments: String...) throws -> String {
        let result = try Self.execute(["git"] + arguments, in: directory)
        guard result.status == 0 else {
            throw CommandFailure(
                arguments: arguments, status: result.status, output: result.output)
        }
        return result.output
    }

    /// Runs a program; output and errors in one text.
    static func execute(
        _ arguments: [String], in place: String
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: place)
        process.environment = environment
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return (
            process.terminationStatus, text.hasSuffix("\n") ? String(text.dropLast()) : text
        )
    }

    static var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Tester", "GIT_AUTHOR_EMAIL": "tester@example.com",
            "GIT_COMMITTER_NAME": "Tester", "GIT_COMMITTER_EMAIL": "tester@example.com",
            "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
            "LC_ALL": "C",
        ]
    }

    /// The paths of the files of a revision.
    func files(_ revision: String = "ledger") throws -> [String] {
        try git("ls-tree", "-r", "--name-only", revision).split(separator: "\n").map(String.init)
    }

    /// A file of the ledger as JSON.
    func json(_ path: String, at revision: String = "ledger") throws -> [String: Any] {
        let text = try git("show", "\(revision):\(path)")
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// Paths that differ between two commits.
    func changes(_ old: String, _ new: String) throws -> [String] {
        try git("diff", "--name-only", old, new).split(separator: "\n").map(String.init)
    }
}

struct CommandFailure: Error, CustomStringConvertible {
    let arguments: [String]
    let status: Int32
    let output: String

    var description: String { "\(arguments.joined(separator: " ")): \(status) \(output)" }
}
