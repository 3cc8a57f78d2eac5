import Documents
import Expressions
import RiskRules
import Testing

/// A compiled card with its arena, which is never freed.
private struct Card {
    let arena = Arena()
    let card: Scorecard?
    let findings: [Finding]

    init(_ yaml: String, lists: [String: String] = [:]) throws {
        _ = Unmanaged.passRetained(arena)
        let bytes = Array(yaml.utf8)
        let source = try #require(bytes.withUnsafeBytes { Source.parse("rules/c.yaml", $0) }.source)
        _ = Unmanaged.passRetained(source)
        (card, findings) = Scorecard.compile(
            source.root, vocabulary: vocabulary(lists: lists, in: arena))
    }

    /// A card of one attribute `x` with these bins.
    init(bins: String, lists: [String: String] = [:]) throws {
        try self.init("id: c\nattributes: [{id: a, key: x, bins: [\(bins)]}]", lists: lists)
    }

    var codes: [String] { findings.map(\.code) }

    func value(_ json: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(json, into: arena)
    }

    func score(_ data: String) throws -> String {
        JSONWriter.line(try #require(card).score(Scope(try value(data)), in: arena))
    }

    func whole(_ data: String) throws -> Value {
        try #require(card).evaluate(Scope(try value(data)), in: arena).value(in: arena)
    }
}

private let card = """
    id: company
    base: 100
    weights: 1
    attributes:
      - id: age
        key: company.years
        weight: 0.3
        bins:
          - {missing: true, points: 0, reason: Age is not known}
          - {below: 2, points: 10.5, reason: Younger than two years}
          - {from: 2, below: 5, points: 20}
          - {from: 5, points: 40}
      - id: legal form
        jmespath: company.form
        weight: 0.7
        bins:
          - {in: [llc, plc], points: 30}
          - {missing: true, points: -5}
          - {other: true, points: 0.1, reason: Unusual legal form}
    """

@Suite struct ScorecardTests {
    @Test func `points times weights are added to the base, exactly`() throws {
        let made = try Card(card)
        #expect(made.findings == [])
        #expect(try made.score(#"{"company":{"years":1,"form":"llc"}}"#) == "124.15")
        #expect(try made.score(#"{"company":{"years":5,"form":"plc"}}"#) == "133")
        #expect(try made.score("{}") == "96.5")
        #expect(try made.score(#"{"company":{"years":2,"form":"club"}}"#) == "106.07")
    }

    @Test func `the result says of each attribute its bin, its points and why`() throws {
        let result = try Card(card).whole(#"{"company":{"years":1.999,"form":"club"}}"#)
        #expect(
            JSONWriter.line(result)
                == #"{"scorecard":"rules/c.yaml#company","score":103.22,"base":100,"attributes":["#
                + #"{"attribute":"age","evidence":"company.years","bin":"below 2","points":10.5,"#
                + #""weight":0.3,"adds":3.15,"reason":"Younger than two years"},"#
                + #"{"attribute":"legal form","evidence":"company.form","bin":"other","points":0.1,"#
                + #""weight":0.7,"adds":0.07,"reason":"Unusual legal form"}],"#
                + #""reasons":["Younger than two years","Unusual legal form"]}"#)
    }

    @Test func `a card's bounds hold, and the sum before them is told`() throws {
        let made = try Card(
            "id: c\nbase: 5\nmin: 0\nmax: 10.5\n"
                + "attributes: [{id: a, key: x, bins: [{missing: true, points: -9}, {below: 3, points: 1}, {from: 3, points: 50}]}]"
        )
        #expect(try made.score("{}") == "0" && made.score(#"{"x":9}"#) == "10.5")
        #expect(try made.whole(#"{"x":9}"#)["sum"] == .integer(55))
        #expect(try made.whole(#"{"x":1}"#)["sum"] == nil)
    }

    @Test func `bounds of bins compare exactly`() throws {
        let made = try Card(
            bins: "{missing: true, points: 0}, {to: 0.1, points: 1}, {above: 0.1, points: 2}")
        #expect(made.findings == [])
        #expect(try made.score(#"{"x":0.1}"#) == "1")
        #expect(try made.score(#"{"x":0.10000000000000000000001}"#) == "2")
    }

    @Test func `a bin may take a list, or some of its rows`() throws {
        let bins =
            "{missing: true, points: 0}, {list: risk, where: {level: [high, worst]}, points: 9}, "
            + "{other: true, points: 1}"
        let lists = [
            "risk":
                #"{"values":{"AA":{"level":"high"},"BB":{"level":"low"},"CC":{"level":"worst"}}}"#
        ]
        let made = try Card(bins: bins, lists: lists)
        #expect(made.findings == [])
        #expect(try made.score(#"{"x":"AA"}"#) == "9" && made.score(#"{"x":"CC"}"#) == "9")
        #expect(try made.score(#"{"x":"BB"}"#) == "1")
        #expect(try Card(bins: bins).codes == ["LS010"])
    }

    @Test func `a value of another type falls into no bin, and that is an error`() throws {
        let made = try Card(
            bins: "{missing: true, points: 0}, {below: 3, points: 1}, {from: 3, points: 2}")
        let error = #expect(throws: ExpressionError.self) { try made.score(#"{"x":"4"}"#) }
        #expect(
            error?.message.contains("rules/c.yaml:2: the value of 'x' falls into no bin") == true)
    }

    @Test(arguments: [
        ("{missing: true, points: 0}, {below: 3, points: 1}, {from: 4, points: 2}", ["SD012"]),
        ("{missing: true, points: 0}, {below: 3, points: 1}, {above: 3, points: 2}", ["SD012"]),
        ("{missing: true, points: 0}, {from: 0, points: 1}", ["SD012"]),
        ("{missing: true, points: 0}, {to: 3, points: 1}, {from: 3, points: 2}", ["SD008"]),
        ("{missing: true, points: 0}, {below: 3, points: 1}, {from: 1, points: 2}", ["SD008"]),
        ("{below: 3, points: 1}, {from: 3, points: 2}", ["SD014"]),
        ("{missing: true, points: 0}, {in: [a], points: 1}", ["SD012"]),
        (
            "{missing: true, points: 0}, {in: [a, b], points: 1}, {in: [b, c], points: 2}, {other: true, points: 0}",
            ["SD008"]
        ),
        (
            "{missing: true, points: 0}, {in: [a], points: 1}, {in: [a], points: 2}, {other: true, points: 0}",
            ["SD013"]
        ),
        ("{missing: true, points: 0}, {other: true, points: 1}, {from: 3, points: 2}", ["SD013"]),
        (
            "{missing: true, points: 0}, {missing: true, points: 1}, {other: true, points: 2}",
            ["SD013"]
        ),
        (
            "{missing: true, points: 0}, {from: 5, below: 5, points: 1}, {other: true, points: 0}",
            ["SD013"]
        ),
        ("{missing: true, points: 0}, {from: 1, above: 1, points: 1}", ["SD007"]),
        ("{missing: true, points: 0}, {points: 1}", ["SD007"]),
        ("{missing: true, points: x}", ["SD005"]),
        ("{missing: true, points: 1e400}", ["SD005"]),
        ("{missing: true, points: 0.1234567891}", ["SD005"]),
    ])
    func `gaps, overlaps and bins that nothing reaches are found`(
        bins: String, codes: [String]
    ) throws {
        let made = try Card(bins: bins)
        #expect(made.codes == codes, "\(made.findings)")
        #expect(made.card.map { _ in true } == nil)
        #expect(made.findings.allSatisfy { $0.position?.line == 2 })
    }

    @Test func `weights that do not add up as declared are found`() throws {
        let made = try Card(card.replacing("weight: 0.7", with: "weight: 0.6"))
        #expect(made.codes == ["SD006"])
        #expect(made.findings.first?.message == "the weights add up to 0.9, not to 1 as declared")
        #expect(made.findings.first?.position?.line == 3)
    }

    @Test func `hostile cards are refused`() throws {
        #expect(try Card("id: c\nattributes: []").codes == ["SD004"])
        #expect(
            try Card("id: c\nattributes: [3, {id: a}, {id: b, key: x, jmespath: y}]").codes == [
                "SD004", "SD004", "SD004",
            ])
        let bin = "{missing: true, points: 999999999999999}, {other: true, points: 0.000000001}"
        let attributes = (0..<200).map {
            "{id: a\($0), key: x, weight: 99999.999999999, bins: [\(bin)]}"
        }
        let made = try Card("id: c\nattributes: [\(attributes.joined(separator: ", "))]")
        #expect(made.codes == ["SD005"])
        let many = (0...200).map { "{id: a\($0), key: x, bins: [\(bin)]}" }
        #expect(try Card("id: c\nattributes: [\(many.joined(separator: ", "))]").codes == ["SD004"])
    }
}
