import Documents
import Foundation
import Testing

/// The cases of yaml-test-suite that libyaml itself gets right. Skipped, and said so, where the
/// shared suites are absent.
private let suite: [UInt8]? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let shared =
        ProcessInfo.processInfo.environment["DOCKET_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? root.deletingLastPathComponent().appendingPathComponent("shared")
    let file = shared.appendingPathComponent("conformance/yaml/cases.jsonl")
    return (try? Data(contentsOf: file)).map { Array($0) }
}()

@Suite(.enabled(if: suite != nil, "shared/conformance/yaml is absent"))
struct YAMLConformanceTests {
    /// Cases that Docket reads otherwise on purpose. A case here that passes fails the test.
    private static let deviations: [String: String] = [:]

    private func outcome(of entry: Value) -> String? {
        let yaml = entry["yaml"]?.string ?? ""
        let isError = entry["error"]?.bool == true
        do throws(ParseError) {
            let stream = try YAMLParser().parse(yaml, file: "case.yaml")
            if isError { return "accepted" }
            guard let expected = entry["json"]?.array else { return nil }
            defer { withExtendedLifetime(stream) {} }
            let read = stream.documents.map(\.value)
            if read.count == expected.count && zip(read, expected).allSatisfy({ $0 == $1 }) {
                return nil
            }
            return read.map { JSONWriter.line($0) }.joined(separator: " ")
        } catch {
            if isError { return nil }
            // A collection as key has no JSON: refusing it is the documented reading.
            if entry["json"] == nil && error.code == .unsupported { return nil }
            return "\(error.position.line):\(error.position.column) \(error.message)"
        }
    }

    @Test func `every case that libyaml gets right reads as the suite says`() throws {
        let arena = Arena()
        var parser = JSONParser()
        var ran = 0
        var deviated = 0
        for line in try #require(suite).split(separator: 0x0A) {
            let entry = try parser.parse(Array(line), into: arena)
            guard entry["libyaml"]?.string != "fail" else { continue }
            let id = try #require(entry["id"]?.string)
            ran += 1
            let failure = outcome(of: entry)
            if let reason = Self.deviations[id] {
                deviated += 1
                #expect(failure != nil, "\(id) passes now: remove it (\(reason))")
            } else {
                #expect(failure == nil, "\(id) \(entry["label"]?.string ?? ""): \(failure ?? "")")
            }
        }
        #expect(ran == 330)
        #expect(deviated == Self.deviations.count)
        withExtendedLifetime(arena) {}
    }
}
