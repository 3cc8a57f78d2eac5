import DecisionTables
import Documents
import Testing

/// Random tables over a few values, all of which are tried.
@Suite struct AnalysisPropertyTests {
    private static let size = 5

    /// The values that a cell accepts, and its text.
    private static func cell() -> (accepts: [Bool], text: String) {
        let (a, b) = (Int.random(in: 0..<size), Int.random(in: 0..<size))
        let (low, high) = (min(a, b), max(a, b))
        let (text, accepts): (String, (Int) -> Bool) =
            switch Int.random(in: 0..<9) {
            case 0: ("-", { _ in true })
            case 1: ("\(a)", { $0 == a })
            case 2: ("< \(a)", { $0 < a })
            case 3: (">= \(a)", { $0 >= a })
            case 4: ("[\(low)..\(high)]", { (low...high).contains($0) })
            case 5: ("]\(low)..\(high + 1)[", { $0 > low && $0 <= high })
            case 6: ("\(low), > \(high)", { $0 == low || $0 > high })
            case 7: ("not(\(a), \(b))", { $0 != a && $0 != b })
            default: ("!= \(a)", { $0 != a })
            }
        return ((0..<size).map(accepts), text)
    }

    @Test func `gaps, overlaps and rows without effect are those that trying all values shows`() {
        var (withGaps, withOverlaps, withShadows) = (0, 0, 0)
        for round in 0..<300 {
            let policy = round % 2 == 0 ? "unique" : "first"
            let cells = (0..<Int.random(in: 1...8)).map { _ in (Self.cell(), Self.cell()) }
            let accepted = cells.map { x, y in
                Set(
                    (0..<Self.size * Self.size).filter {
                        x.accepts[$0 / Self.size] && y.accepts[$0 % Self.size]
                    })
            }
            let lines = cells.map { "\"\($0.0.text)\",\"\($0.1.text)\",1\n" }
            let findings = Trial(
                """
                id: trial
                hitPolicy: \(policy)
                inputs:
                  - {name: x, type: integer, values: "[0..4]"}
                  - {name: y, type: integer, values: "[0..4]"}
                outputs: [{name: z, type: integer}]
                file: trial.csv
                """, csv: Array(("x,y,z\n" + lines.joined()).utf8)
            ).findings
            func rows(_ codes: String...) -> [Int] {
                findings.filter { codes.contains($0.code) }
                    .map { ($0.position?.line ?? 0) - 2 }.sorted()
            }
            let note: Comment = "\(policy): \(lines)"
            let all = accepted.reduce(into: Set<Int>()) { $0.formUnion($1) }
            let hasGap = all.count < Self.size * Self.size
            #expect(findings.contains { $0.code == "DT021" } == hasGap, note)
            #expect(rows("DT024") == accepted.indices.filter { accepted[$0].isEmpty }, note)
            withGaps += hasGap ? 1 : 0
            if policy == "unique" {
                let hasOverlap = accepted.reduce(0) { $0 + $1.count } > all.count
                #expect(findings.contains { $0.code == "DT020" } == hasOverlap, note)
                withOverlaps += hasOverlap ? 1 : 0
            } else {
                let hidden = accepted.indices.filter { row in
                    !accepted[row].isEmpty
                        && accepted[row].isSubset(of: accepted[..<row].reduce([]) { $0.union($1) })
                }
                #expect(rows("DT022", "DT023") == hidden, note)
                withShadows += hidden.isEmpty ? 0 : 1
            }
        }
        #expect(withGaps > 20 && withOverlaps > 20 && withShadows > 20)
    }
}
