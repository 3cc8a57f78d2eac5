import Foundation

/// Seconds, by the wall or, with `DOCKET_BENCH_CLOCK=cpu`, of the processor.
enum Clock {
    static let isProcessor = ProcessInfo.processInfo.environment["DOCKET_BENCH_CLOCK"] == "cpu"

    /// Now, for the calling thread.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(isProcessor ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func geometricMean(_ values: [Double]) -> Double {
        exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
    }

    /// A duration, spelled for people.
    static func spell(_ seconds: Double) -> String {
        seconds < 1e-6
            ? String(format: "%.0f ns", seconds * 1e9) : String(format: "%.2f µs", seconds * 1e6)
    }
}
