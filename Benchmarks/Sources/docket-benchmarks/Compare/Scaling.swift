import Documents
import Foundation
import RiskRules

/// How much more two workers do than one, each with the same work and an arena of its own, and how
/// much more a loop over integers does at the same time.
extension Comparison {
    func scaling() throws {
        print("\none worker and two, each over all workloads of a language; wanted 1.80")
        for language in Language.allCases {
            guard
                let workloads = try? Workload.all(language, folder, applications, in: arena),
                !workloads.isEmpty
            else { continue }
            try scale(language.title, workloads.map { ($0.program, $0.documents) })
        }
        try scale("rule sets", try ruleSets())
    }

    private func ruleSets() throws -> [(Program, [Value])] {
        let file = folder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("rules/kyb_risk.yaml")
        let bytes = Array(try Data(contentsOf: file))
        guard let source = Source.parse("rules/kyb_risk.yaml", bytes).source else { return [] }
        let rules = source.root["rules"]?.elements ?? []
        var parser = JSONParser()
        let documents = try applications.map { try parser.parse($0, into: arena) }
        return rules.compactMap { rule in
            rule["ruleSet"].flatMap { RuleSet.compile($0, in: arena).0 }
                .map { (Program.rules($0), documents) }
        }
    }

    private func scale(_ title: String, _ work: [(Program, [Value])]) throws {
        let all: @Sendable (Int, Arena) -> Void = { passes, arena in
            for (program, documents) in work {
                documents.withUnsafeBufferPointer {
                    _ = try? program.run(passes: passes, $0, in: arena)
                }
            }
        }
        let passes = max(1, Int(0.15 / once(1, passes: 1, all).longest))
        let turns = max(1, Int(0.15 / once(1, passes: 1, Comparison.spin).longest))
        var ratios: [Double] = []
        var processor: [Double] = []
        var machine: [Double] = []
        _ = once(2, passes: passes, all)
        for _ in 0..<Comparison.rounds {
            let one = once(1, passes: passes, all)
            let two = once(2, passes: passes, all)
            ratios.append(2 * one.longest / two.longest)
            processor.append(2 * one.processor / (two.processor / 2))
            machine.append(
                2 * once(1, passes: turns, Comparison.spin).longest
                    / once(2, passes: turns, Comparison.spin).longest)
        }
        let name = title.padding(toLength: 34, withPad: " ", startingAt: 0)
        print(
            String(
                format: "  %@ %.2f by the wall, %.2f by each worker's processor time; "
                    + "the machine itself %.2f",
                name, Clock.median(ratios), Clock.median(processor), Clock.median(machine)))
    }

    /// Work that touches no memory: what two workers of this machine do more than one at best.
    private static let spin: @Sendable (Int, Arena) -> Void = { turns, _ in
        var state = UInt64(turns)
        for _ in 0..<turns {
            for _ in 0..<1_000_000 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            }
        }
        Comparison.sink.add(Double(state & 1))
    }

    private static let sink = Total()

    /// The time from the start to the end of the last worker, and the processor time of all.
    private func once(
        _ workers: Int, passes: Int, _ work: @escaping @Sendable (Int, Arena) -> Void
    ) -> (longest: Double, processor: Double) {
        let gate = DispatchSemaphore(value: 0)
        let ready = DispatchGroup()
        let done = DispatchGroup()
        let total = Total()
        for _ in 0..<workers {
            ready.enter()
            done.enter()
            Thread {
                let arena = Arena(chunkBytes: 4 << 20)
                ready.leave()
                gate.wait()
                let start = Comparison.threadSeconds()
                work(passes, arena)
                total.add(Comparison.threadSeconds() - start)
                done.leave()
            }.start()
        }
        ready.wait()
        let start = ContinuousClock.now
        for _ in 0..<workers { gate.signal() }
        done.wait()
        let elapsed = (ContinuousClock.now - start).components
        return (
            Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18, total.seconds
        )
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Seconds of several threads.
private final class Total: @unchecked Sendable {
    private let lock = NSLock()
    private var sum = 0.0

    func add(_ seconds: Double) { lock.withLock { sum += seconds } }

    var seconds: Double { lock.withLock { sum } }
}
