import DecisionTables
import Documents
import Testing

/// What a check says of the rows together.
@Suite struct AnalysisTests {
    private func found(
        _ type: String, _ cells: [String], _ policy: String, _ more: String = ""
    ) -> [String] {
        Trial(type, cells: cells, policy: policy, more: more).findings.map {
            "\($0.code) \($0.position?.line ?? 0) \($0.message)"
        }
    }

    @Test func `whole numbers and dates leave no gap between neighbours`() {
        #expect(found("integer", ["<= 4", ">= 5"], "unique") == [])
        #expect(found("integer", ["< 5", "> 4"], "unique") == [])
        #expect(found("date", ["<= 2020-02-28", ">= 2020-02-29"], "unique") == [])
        #expect(
            found("number", ["<= 4", ">= 5"], "unique") == [
                "DT021 1 no row matches where x is ]4..5[; add rows, or a default for all outputs"
            ])
        #expect(found("boolean", ["true", "false"], "unique") == [])
        #expect(found("boolean", ["true"], "first").first?.hasPrefix("DT021") ?? false)
    }

    @Test func `texts have gaps unless the input lists its values`() {
        #expect(
            found("string", ["a", "b"], "first").first?.contains("x is any other value") ?? false)
        #expect(found("string", ["a", "b"], "first", ", values: [a, b]") == [])
        #expect(found("string", ["a", "not(a)"], "unique") == [])
    }

    @Test func `overlaps are shown with where both match`() {
        #expect(
            found("number", ["< 5", "[5..9]", ">= 9"], "unique") == [
                "DT020 4 the row 3 overlaps the row 2 (line 3): both match where x is 9; "
                    + "the hit policy is unique"
            ])
        #expect(
            found("string", ["a, b", "b", "not(a, b)"], "unique").map { $0.prefix(7) } == [
                "DT020 3"
            ])
    }

    @Test func `rows that repeat, never match or are never taken are told of`() {
        #expect(
            found("number", ["[1..5]", "[1..5]", "-"], "first").map { $0.prefix(7) } == ["DT023 3"])
        #expect(found("integer", ["]4..5[", "-"], "first").map { $0.prefix(7) } == ["DT024 2"])
        #expect(
            found("number", ["< 5", ">= 3", "[4..6]", "-"], "first").map { $0.prefix(7) } == [
                "DT022 4", "DT022 5",
            ])
        #expect(found("number", ["< 5", ">= 6", "[4..7]"], "first").isEmpty)
    }

    @Test func `a gap of several inputs is a region`() {
        let trial = Trial(
            """
            id: trial
            hitPolicy: unique
            inputs:
              - {name: country, type: string, values: [GB, FR]}
              - {name: turnover, type: number}
            outputs: [{name: tier, type: string, values: [low, high]}]
            rows:
              - {country: GB, tier: low}
              - {country: FR, turnover: "< 100", tier: low}
            """)
        #expect(
            trial.findings.map(\.message) == [
                "no row matches where country is 'FR' and turnover is >= 100; add rows, or a default "
                    + "for all outputs",
                "no row gives \"high\", which the output 'tier' lists",
            ])
        #expect(trial.table != nil)
    }

    @Test func `ten thousand rows of ten columns are looked at in bounded time`() {
        var rows = "a,b,c,d,e,f,g,h,i,j,tier\n"
        for row in 0..<10_000 {
            let cells = (0..<10).map { column in
                (row / (column + 1) + column) % 7 == 0
                    ? "-" : ">= \((row * 31 + column * 17) % 997)"
            }
            rows += cells.map { "\"\($0)\"" }.joined(separator: ",") + ",\(row % 5)\n"
        }
        let inputs = "abcdefghij".map { "{name: \($0), type: number}" }.joined(separator: ", ")
        let start = ContinuousClock.now
        let trial = Trial(
            """
            id: trial
            hitPolicy: first
            inputs: [\(inputs)]
            outputs: [{name: tier, type: integer}]
            file: trial.csv
            """, csv: Array(rows.utf8))
        #expect(trial.table?.rowCount == 10_000)
        #expect(trial.codes.contains("DT026"))
        // Generous: a debug build on a busy machine.
        #expect(ContinuousClock.now - start < .seconds(120))
    }
}
