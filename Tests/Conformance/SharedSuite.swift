import Documents
import Foundation

/// The folder of shared suites: beside the repository, or `DOCKET_SHARED`.
enum SharedSuite {
    static let root = URL(
        fileURLWithPath: ProcessInfo.processInfo.environment["DOCKET_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared").path)

    /// Whether the suites are there; they are no part of the package.
    static let isPresent = FileManager.default.fileExists(atPath: root.path)

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appendingPathComponent(path)))
    }

    /// A JSON file.
    static func value(_ path: String, into arena: Arena) throws -> Value {
        var parser = JSONParser(
            limits: ParseLimits(bytes: 64 << 20, depth: 2_000), duplicateKeys: .lastWins)
        return try parser.parse(try bytes(path), into: arena)
    }

    /// The values of a file with one JSON text a line, all in one arena.
    static func lines(_ path: String, into arena: Arena) throws -> [Value] {
        var parser = JSONParser(
            limits: ParseLimits(bytes: 64 << 20, depth: 2_000), duplicateKeys: .lastWins)
        return try bytes(path).split(separator: 0x0A).map {
            try parser.parse(Array($0), into: arena)
        }
    }
}
