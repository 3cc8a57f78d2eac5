import Documents
import Foundation

/// `docket-benchmarks REPOSITORY compare [PART…]`: Docket's engines and those of Python packages, on
/// the same rules and documents, in turn.
struct Comparison {
    static let rounds = 9
    /// Seconds that a round of one side takes at least.
    static let roundSeconds = 0.05
    static let documentCount = 200

    let folder: URL
    let arena = Arena(chunkBytes: 4 << 20)
    private let scratch = Arena(chunkBytes: 1 << 20)
    private let work = Arena(chunkBytes: 4 << 20)
    let applications = Applications.make(documentCount)

    init(_ benchmarks: URL) { folder = benchmarks.appendingPathComponent("workloads") }

    func run(_ parts: [String]) throws {
        func isWanted(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }
        print(
            "medians of \(Comparison.rounds) rounds in turn, \(Comparison.documentCount) documents; "
                + (Clock.isProcessor ? "processor time" : "time on the wall"))
        let languages = Language.allCases.filter {
            isWanted($0.rawValue) || $0 == .errors && isWanted("schema")
                || $0 == .table && isWanted("tables")
        }
        if !languages.isEmpty { try compare(languages) }
        if isWanted("scaling") { try scaling() }
    }

    private func compare(_ languages: [Language]) throws {
        guard let python = PythonSide(folder.deletingLastPathComponent()) else {
            print("no Python in .build-python: nothing to compare with; run Benchmarks/compare")
            return
        }
        let versions = try python.ask(arena.object(["do": .string("versions")]), in: arena)
        for language in languages {
            guard let version = versions[language.package]?.string else {
                print("\n\(language.title): \(language.package) is missing, nothing is compared")
                continue
            }
            print("\n\(language.title): \(language.package) \(version)")
            do {
                let workloads = try Workload.all(language, folder, applications, in: arena)
                try compare(workloads, language, python)
            } catch let failure as ComparisonFailure {
                print("  nothing is compared: \(failure)")
            }
        }
    }

    private func compare(_ workloads: [Workload], _ language: Language, _ python: PythonSide) throws
    {
        var ratios: [Double] = []
        for workload in workloads {
            do {
                let result = try compare(workload, python)
                ratios.append(result.ratio)
                print(
                    row(
                        workload.name, Clock.spell(result.own), Clock.spell(result.other),
                        String(format: "%.2f", result.ratio), result.how))
            } catch let failure as ComparisonFailure {
                print(row(workload.name, "-", "-", "-", failure.description))
            }
        }
        guard let worst = ratios.min() else { return }
        let missed = ratios.count { $0 < language.target }
        print(
            row(
                "geometric mean", "", "", String(format: "%.2f", Clock.geometricMean(ratios)),
                String(
                    format: "worst %.2f; wanted %.0f, %d of %d have it", worst, language.target,
                    ratios.count - missed, ratios.count)))
    }

    private func row(
        _ name: String, _ own: String, _ other: String, _ ratio: String, _ note: String
    ) -> String {
        func pad(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        return "  " + name.padding(toLength: 34, withPad: " ", startingAt: 0) + pad(own, 10)
            + pad(other, 11) + pad(ratio, 9) + "  " + note
    }

    private func compare(
        _ workload: Workload, _ python: PythonSide
    ) throws -> (own: Double, other: Double, ratio: Double, how: String) {
        scratch.reset()
        let lines = scratch.array(workload.lines.map { scratch.string($0) })
        let order = scratch.object([
            "do": .string("prepare"),
            "language": scratch.string(workload.language.rawValue), "rule": workload.rule,
            "documents": lines,
        ])
        let answer = try python.ask(order, in: scratch)
        if let error = answer["error"]?.string { throw ComparisonFailure(error) }
        let others = answer["results"]?.array.map { Array($0) } ?? []
        let own = try workload.program.results(workload.documents, in: scratch)
        try check(own, others, workload)
        let documents = Double(workload.documents.count)
        let ownPasses = try passes { try ownSeconds(workload, $0) }
        let otherPasses = try passes { try python.run(passes: $0, scratch) }
        var pairs: [(own: Double, other: Double)] = []
        for _ in 0..<Comparison.rounds {
            pairs.append(
                (
                    try ownSeconds(workload, ownPasses) / Double(ownPasses) / documents,
                    try python.run(passes: otherPasses, scratch) / Double(otherPasses) / documents
                ))
        }
        return (
            Clock.median(pairs.map(\.own)), Clock.median(pairs.map(\.other)),
            Clock.median(pairs.map { $0.other / $0.own }), answer["how"]?.string ?? ""
        )
    }

    private func ownSeconds(_ workload: Workload, _ passes: Int) throws -> Double {
        work.reset()
        return try workload.documents.withUnsafeBufferPointer { documents in
            let start = Clock.now()
            let sum = try workload.program.run(passes: passes, documents, in: work)
            let seconds = Clock.now() - start
            precondition(sum >= 0)
            return seconds
        }
    }

    /// So many passes as a round needs.
    private func passes(_ seconds: (Int) throws -> Double) rethrows -> Int {
        var passes = 1
        while true {
            let taken = try seconds(passes)
            if taken >= Comparison.roundSeconds / 4 {
                return max(1, Int(Double(passes) * Comparison.roundSeconds / taken))
            }
            passes *= 4
        }
    }

    /// Both sides must say the same of every document; numbers are compared as doubles.
    private func check(_ own: [Value], _ others: [Value], _ workload: Workload) throws {
        guard own.count == others.count else { throw ComparisonFailure("no results") }
        for index in own.indices where !Comparison.areSame(own[index], others[index]) {
            let a = JSONWriter.line(own[index])
            let b = JSONWriter.line(others[index])
            throw ComparisonFailure(
                "results differ at document \(index): \(a.prefix(300)) and \(b.prefix(300))")
        }
    }

    private static func areSame(_ a: Value, _ b: Value) -> Bool {
        if let x = a.number, let y = b.number {
            return x == y || abs(x - y) <= 1e-12 * max(abs(x), abs(y))
        }
        guard a.kind == b.kind, a.count == b.count else { return false }
        if let x = a.array, let y = b.array {
            return zip(x, y).allSatisfy { areSame($0, $1) }
        }
        if let x = a.members {
            return x.allSatisfy { member in
                b[member.lookup].map { areSame(member.value, $0) } ?? false
            }
        }
        return a == b
    }
}
