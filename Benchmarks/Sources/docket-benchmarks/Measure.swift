import Foundation

/// Times work and prints a table: medians of several rounds, and what it is compared with.
struct Measure {
    static let rounds = 7

    /// Seconds a call takes: the median of the rounds after one that does not count.
    static func seconds(_ work: () throws -> Void) rethrows -> Double {
        try work()
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try work()
            let elapsed = (ContinuousClock.now - start).components
            times.append(Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
        }
        return times.sorted()[rounds / 2]
    }

    /// One line of the report.
    static func report(_ name: String, _ value: String, against other: String = "") {
        let left = name.padding(toLength: 48, withPad: " ", startingAt: 0)
        let middle = value.padding(toLength: 26, withPad: " ", startingAt: 0)
        print(left + middle + other)
    }

    static func perSecond(_ count: Int, _ seconds: Double) -> String {
        let rate = Double(count) / seconds
        return rate >= 1e6
            ? String(format: "%.1f million a second", rate / 1e6)
            : String(format: "%.0f a second", rate)
    }

    /// Runs a Python program that prints one number; nil when it cannot.
    static func python(_ program: String, _ arguments: [String]) -> Double? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program] + arguments
        process.standardOutput = output
        process.standardError = Pipe()
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
