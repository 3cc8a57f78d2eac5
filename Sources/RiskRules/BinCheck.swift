internal import Documents
internal import Expressions

/// Checks the bins of an attribute: numbers that none takes, numbers that two take, bins that nothing
/// reaches, and values that are missing.
struct BinCheck {
    let attribute: Text
    let node: Node
    let bins: [ScorecardReader.DraftBin]

    private typealias Bound = Scorecard.Bound

    private struct Range {
        var low: Bound?
        var high: Bound?
        var node: Node
        var label: String
    }

    func check() -> [Finding] {
        let ranges = bins.compactMap { bin -> Range? in
            guard case .range(let low, let high) = bin.take else { return nil }
            return Range(low: low, high: high, node: bin.node, label: bin.label)
        }
        return empty(ranges) + overlaps(ranges) + gaps(ranges) + repeated() + afterOther()
            + missing()
    }

    private var other: Int? {
        bins.firstIndex {
            if case .other = $0.take { true } else { false }
        }
    }

    // MARK: Ranges

    private static func compare(_ a: Bound, _ b: Bound) -> Int {
        switch Comparison.order(a.value, b.value, b.number, .docket) {
        case .before: -1
        case .after: 1
        case .same, .unordered: 0
        }
    }

    /// Whether no number is at or above the one bound and at or below the other.
    private static func isEmpty(_ low: Bound?, _ high: Bound?) -> Bool {
        guard let low, let high else { return false }
        let order = compare(low, high)
        return order > 0 || order == 0 && !(low.isIncluded && high.isIncluded)
    }

    private func empty(_ ranges: [Range]) -> [Finding] {
        ranges.filter { Self.isEmpty($0.low, $0.high) }.map {
            $0.node.finding(
                "SD013", .error, "no number is \($0.label), so nothing reaches this bin")
        }
    }

    private func overlaps(_ ranges: [Range]) -> [Finding] {
        var findings: [Finding] = []
        for (index, range) in ranges.enumerated() {
            for earlier in ranges[..<index] {
                let low = Self.higher(range.low, earlier.low)
                let high = Self.lower(range.high, earlier.high)
                guard !Self.isEmpty(low, high), !Self.isEmpty(range.low, range.high) else {
                    continue
                }
                let line = earlier.node.position.map { " on line \($0.line)" } ?? ""
                findings.append(
                    range.node.finding(
                        "SD008", .error,
                        "'\(range.label)' and '\(earlier.label)'\(line) take the same numbers; bins do "
                            + "not overlap"))
                break
            }
        }
        return findings
    }

    private static func higher(_ a: Bound?, _ b: Bound?) -> Bound? {
        guard let a, let b else { return a ?? b }
        let order = compare(a, b)
        return order > 0 || order == 0 && !a.isIncluded ? a : b
    }

    private static func lower(_ a: Bound?, _ b: Bound?) -> Bound? {
        guard let a, let b else { return a ?? b }
        let order = compare(a, b)
        return order < 0 || order == 0 && !a.isIncluded ? a : b
    }

    /// Numbers between the ranges, below the first and above the last.
    private func gaps(_ ranges: [Range]) -> [Finding] {
        guard !ranges.isEmpty, other == nil else { return [] }
        let sorted = ranges.sorted { a, b in
            guard let x = a.low else { return b.low != nil }
            guard let y = b.low else { return false }
            return Self.compare(x, y) < 0
        }
        var findings: [Finding] = []
        func report(_ range: Range, _ what: String) {
            findings.append(
                range.node.finding(
                    "SD012", .error,
                    "no bin of '\(attribute)' takes \(what); add one, or one with `other: true`"))
        }
        if let first = sorted.first, let low = first.low {
            report(first, "numbers \(low.isIncluded ? "below" : "up to") \(Self.spell(low))")
        }
        for (range, next) in zip(sorted, sorted.dropFirst()) {
            guard let high = range.high, let low = next.low else { continue }
            let order = Self.compare(high, low)
            let isGap = order < 0 || order == 0 && !high.isIncluded && !low.isIncluded
            guard isGap else { continue }
            if order == 0 {
                report(next, "\(Self.spell(low))")
            } else {
                report(next, "numbers between \(Self.spell(high)) and \(Self.spell(low))")
            }
        }
        if let last = sorted.last, let high = last.high {
            report(last, "numbers \(high.isIncluded ? "above" : "from") \(Self.spell(high))")
        }
        return findings
    }

    private static func spell(_ bound: Bound) -> String { JSONWriter.line(bound.value) }

    // MARK: Sets and the rest

    /// Values of a set that a bin before it takes.
    private func repeated() -> [Finding] {
        var findings: [Finding] = []
        for (index, bin) in bins.enumerated() {
            guard case .values(let list) = bin.take else { continue }
            let keys = list.keys.array.map(Array.init) ?? []
            let taken = keys.filter { key in
                bins[..<index].contains { Self.takes($0.take, key) }
            }
            guard let first = taken.first else { continue }
            let isAll = taken.count == keys.count
            findings.append(
                bin.node.finding(
                    isAll ? "SD013" : "SD008", .error,
                    isAll
                        ? "bins before this one take all of its values, so that nothing reaches it"
                        : "a bin before this one takes \(JSONWriter.line(first)) too; bins do not overlap"
                ))
        }
        return findings
    }

    private static func takes(_ take: Scorecard.Take, _ key: Value) -> Bool {
        switch take {
        case .values(let list): return list.contains(key)
        case .range(let low, let high):
            guard key.isNumber else { return false }
            let own = Bound(value: key, number: key.number ?? 0, isIncluded: true)
            return !isEmpty(higher(low, own), lower(high, own))
        case .missing, .other: return false
        }
    }

    private func afterOther() -> [Finding] {
        guard let other else { return [] }
        return bins[(other + 1)...].compactMap { bin in
            if case .missing = bin.take { return nil }
            return bin.node.finding(
                "SD013", .error,
                "the bin with `other` stands before this one, which nothing reaches")
        }
    }

    /// Exactly one bin says what a missing value is worth, and sets need an `other`.
    private func missing() -> [Finding] {
        let found = bins.filter {
            if case .missing = $0.take { true } else { false }
        }
        var findings = found.dropFirst().map {
            $0.node.finding("SD013", .error, "a bin with `missing` stands before this one")
        }
        if found.isEmpty {
            findings.append(
                node.finding(
                    "SD014", .error,
                    "no bin of '\(attribute)' says what a missing value is worth; add "
                        + "{missing: true, points: …}"))
        }
        let hasRange = bins.contains {
            if case .range = $0.take { true } else { false }
        }
        if !hasRange, other == nil {
            findings.append(
                node.finding(
                    "SD012", .error,
                    "no bin of '\(attribute)' takes values that are in none of its lists; add one with "
                        + "`other: true`"))
        }
        return findings
    }
}
