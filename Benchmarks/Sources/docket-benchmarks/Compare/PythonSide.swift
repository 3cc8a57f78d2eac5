import Documents
import Foundation

/// The Python process of `compare.py`, which answers one line of JSON with one line of JSON.
final class PythonSide {
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()
    private var unread: [UInt8] = []

    /// Starts it; nil when there is none.
    init?(_ benchmarks: URL) {
        let python = benchmarks.appendingPathComponent(".build-python/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else { return nil }
        process.executableURL = python
        process.arguments = [benchmarks.appendingPathComponent("compare.py").path]
        process.standardInput = orders
        process.standardOutput = answers
        guard (try? process.run()) != nil else { return nil }
    }

    deinit {
        try? orders.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// The answer to an order, in an arena.
    func ask(_ order: Value, in arena: Arena) throws -> Value {
        var line = JSONWriter.line(order)
        line += "\n"
        try orders.fileHandleForWriting.write(contentsOf: Data(line.utf8))
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
                let answer = try parser.parse(Array(unread[..<end]), into: arena)
                unread.removeSubrange(...end)
                return answer
            }
            let data = answers.fileHandleForReading.availableData
            guard !data.isEmpty else { throw ComparisonFailure("the Python side ended") }
            unread += data
        }
    }

    /// Seconds that so many passes over the prepared workload take.
    func run(passes: Int, _ arena: Arena) throws -> Double {
        let answer = try ask(
            arena.object(["do": .string("run"), "passes": .integer(passes)]), in: arena)
        guard let seconds = answer["seconds"]?.number else {
            throw ComparisonFailure(answer["error"]?.string ?? "no seconds")
        }
        return seconds
    }
}

struct ComparisonFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
