import Alerting
import Documents
import Testing

@testable import DocketCommand

/// Alert rules as Ballerine's own SQL answered them on PostgreSQL, through the lines of
/// `docket eval --language alert --batch`. The suite lies outside the repository; where it is absent
/// these tests skip.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct AlertConformanceTests {
    @Test func `eval finds the rows that Ballerine's SQL finds`() throws {
        let arena = Arena()
        var service = LineService { request, arena in
            ExpressionLanguage.alert.evaluate(request, in: arena)
        }
        var (rows, empty, errors, hashes) = (0, 0, 0, 0)
        let cases = try SharedSuite.lines("ballerine/alerts/alert-cases.jsonl", into: arena)
        for item in cases {
            let name = item["name"]?.string ?? ""
            let line = service.respond(to: Array(JSONWriter.line(item).utf8)[...])
            let text = try #require(line)
            var parser = JSONParser()
            let answer = try parser.parse(text, into: arena)
            if item["expectedError"] != nil {
                errors += 1
                #expect(answer["error"]?.string?.isEmpty == false, "\(name): \(text)")
                continue
            }
            let expected = Array(try #require(item["expected"]?.array))
            let found = answer["rows"]?.array.map(Array.init) ?? []
            #expect(answer["error"] == nil, "\(name): \(text)")
            #expect(Self.agree(found, expected), "\(name): \(text)")
            if expected.isEmpty { empty += 1 } else { rows += 1 }
            hashes += Self.checkHashes(item, found, in: arena)
        }
        #expect(rows + empty + errors == cases.count)
        #expect(cases.count >= 296)
        #expect(rows > 0 && empty > 0 && errors > 0 && hashes > 0)
    }

    /// Multisets of rows; totals to a billionth, as they are sums of doubles in any order.
    private static func agree(_ found: [Value], _ expected: [Value]) -> Bool {
        guard found.count == expected.count else { return false }
        var rest = found
        for row in expected {
            guard let at = rest.firstIndex(where: { agree($0, row) }) else { return false }
            rest.remove(at: at)
        }
        return true
    }

    private static func agree(_ found: Value, _ row: Value) -> Bool {
        guard let mine = found.members, let theirs = row.members, mine.count == theirs.count
        else { return false }
        return zip(mine, theirs).allSatisfy { mine, theirs in
            guard mine.key == theirs.key else { return false }
            guard let a = mine.value.number, let b = theirs.value.number else {
                return mine.value == theirs.value
            }
            return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
        }
    }

    /// The hash of every row whose numbers are the very ones.
    private static func checkHashes(_ item: Value, _ found: [Value], in arena: Arena) -> Int {
        let wanted = item["checkpointHashes"]?.array.map(Array.init) ?? []
        // Of a merchant alert the stored row is its subjects alone.
        let mine = found.map { row in
            AlertRow.hash(
                ofStored: row["alertReason"] == nil
                    ? AlertRow.stored(row, in: arena) : MerchantReports.row(of: row, in: arena))
        }
        #expect(
            mine.sorted() == wanted.compactMap(\.string).sorted(), "\(item["name"]?.string ?? "")")
        return wanted.count
    }
}
