import Documents
import Foundation

/// Parsing and writing of the example's bulk file, repeated to about ten megabytes.
func documentBenchmark(_ root: URL) throws {
    let file = root.appendingPathComponent("cases/reviews/customers-2026q4.ndjson")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    var text = "["
    while text.utf8.count < 10_000_000 {
        if text.utf8.count > 1 { text += "," }
        text += lines.joined(separator: ",")
    }
    text += "]"
    let bytes = Array(text.utf8)
    let megabytes = Double(bytes.count) / 1e6
    let arena = Arena(chunkBytes: 4 << 20)
    var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
    let parse = try Measure.seconds {
        arena.reset()
        _ = try parser.parse(bytes, into: arena)
    }
    let value = try parser.parse(bytes, into: arena)
    var size = 0
    let write = Measure.seconds {
        var writer = JSONWriter()
        writer.write(value)
        size = writer.bytes.count
    }
    precondition(size > 0)
    let data = Data(bytes)
    let foundation = try Measure.seconds { _ = try JSONSerialization.jsonObject(with: data) }
    let object = try JSONSerialization.jsonObject(with: data)
    let foundationWrite = try Measure.seconds {
        _ = try JSONSerialization.data(withJSONObject: object)
    }
    Measure.report(
        "JSON: parse", String(format: "%.0f MB/s", megabytes / parse),
        against: String(format: "%.1f times Foundation", foundation / parse))
    Measure.report(
        "JSON: write", String(format: "%.0f MB/s", megabytes / write),
        against: String(format: "%.1f times Foundation", foundationWrite / write))
}
