import Foundation
import Testing

/// What a person sees who types commands: the real program's output, held to a golden file in
/// `Tests/Golden/`. `UPDATE_GOLDEN=1` writes the file; a missing one fails.
final class Transcript {
    let directory: String
    private(set) var text = ""

    /// In a directory of its own, or in that of a repository.
    init(in directory: String? = nil) throws {
        self.directory =
            directory
            ?? FileManager.default.temporaryDirectory.path + "/docket-talk-\(UUID().uuidString)"
        owns = directory == nil
        if owns {
            try FileManager.default.createDirectory(
                atPath: self.directory, withIntermediateDirectories: true)
        }
    }

    private let owns: Bool

    deinit { if owns { try? FileManager.default.removeItem(atPath: directory) } }

    /// Runs `docket` and adds the line, what it printed, and how it ended when not with 0.
    ///
    /// - Parameter place: a directory below the transcript's.
    @discardableResult
    func docket(_ arguments: String..., in place: String? = nil) throws -> Int32 {
        let program = try #require(DocketProgram.path)
        let result = try TestRepository.execute(
            [program] + arguments, in: place.map { "\(directory)/\($0)" } ?? directory)
        let line = arguments.map(Self.quoted).joined(separator: " ")
        text += "$ docket \(line)\n"
        if !result.output.isEmpty { text += Self.normal(result.output) + "\n" }
        if result.status != 0 { text += "[exit \(result.status)]\n" }
        text += "\n"
        return result.status
    }

    func write(_ name: String, _ content: String) throws {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try content.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Holds all that was said to a golden file.
    func expectGolden(
        _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        #expect(
            golden == text,
            "Tests/Golden/\(name).txt: write it with UPDATE_GOLDEN=1 and read the difference",
            sourceLocation: sourceLocation)
    }

    private static func quoted(_ argument: String) -> String {
        let isPlain = argument.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "-_./:=,".utf8.contains(byte)
        }
        let quote = argument.contains("'") ? "\"" : "'"
        return isPlain && !argument.isEmpty ? argument : quote + argument + quote
    }

    /// Without what differs from machine to machine and from build to build: object ids, run ids'
    /// random part, times taken.
    private static func normal(_ text: String) -> String {
        text.replacing(/\b(?:[0-9a-f]{40}|[0-9a-f]{12})\b/, with: "<commit>")
            .replacing(/(\d{8}T\d{9}Z)-[0-9a-f]{8}\b/) { "\($0.1)-<id>" }
            .replacing(/(\d{8}T\d{9}Z)-[0-9a-f]{32}\b/) { "\($0.1)-<random>" }
            .replacing(/took( +)[0-9.]+ s/) { "took\($0.1)<time> s" }
    }
}
