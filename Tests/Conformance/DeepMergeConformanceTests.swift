import Documents
import Foundation
import Testing

/// What Ballerine's engine answered to deep merges. Skipped, and said so, where the shared suites
/// are absent.
private let suite: [UInt8]? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let shared =
        ProcessInfo.processInfo.environment["DOCKET_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? root.deletingLastPathComponent().appendingPathComponent("shared")
    let file = shared.appendingPathComponent("ballerine/helpers.jsonl")
    return (try? Data(contentsOf: file)).map { Array($0) }
}()

@Suite(.enabled(if: suite != nil, "shared/ballerine is absent"))
struct DeepMergeConformanceTests {
    @Test func `deep merges give what Ballerine gives, key order included`() throws {
        let arena = Arena()
        var parser = JSONParser()
        var ran = 0
        for line in try #require(suite).split(separator: 0x0A) {
            let entry = try parser.parse(Array(line), into: arena)
            guard entry["kind"]?.string == "deepMergeContext" else { continue }
            ran += 1
            let input = try #require(entry["input"])
            let merged = (input["context"] ?? .null).deepMerged(
                with: input["newContext"] ?? .null,
                arrays: ArrayMerge(option: input["arrayMergeOption"]?.text), in: arena)
            let expected = JSONWriter.line(entry["expected"] ?? .null)
            #expect(
                JSONWriter.line(merged) == expected,
                "\(entry["name"]?.string ?? ""): \(JSONWriter.line(input))")
        }
        #expect(ran == 546)
        withExtendedLifetime(arena) {}
    }
}
