import DecisionTables
import Documents
import Testing

/// What cells match.
@Suite struct CellTests {
    @Test func `a dash and an empty cell match anything, null too`() throws {
        let trial = Trial("string", cells: ["-", "", "GB"])
        #expect(try trial.rows(x: "\"GB\"") == [0, 1, 2])
        #expect(try trial.rows(x: "null") == [0, 1])
        #expect(try trial.rows("{}") == [0, 1])
    }

    @Test func `numbers are compared as exact decimals`() throws {
        let trial = Trial(
            "number",
            cells: [
                "< 0.1", "<= 0.10", "> 0.1", ">= 0.1", "= 0.1", "!= 0.1", "0.1",
                "9007199254740993", "> 9007199254740992",
            ])
        #expect(try trial.rows(x: "0.1") == [1, 3, 4, 6])
        #expect(try trial.rows(x: "1e-1") == [1, 3, 4, 6])
        #expect(try trial.rows(x: "0.10000000000000000001") == [2, 3, 5])
        #expect(try trial.rows(x: "9007199254740993") == [2, 3, 5, 7, 8])
        #expect(try trial.rows(x: "9007199254740992") == [2, 3, 5])
        #expect(try trial.rows(x: "-3") == [0, 1, 5])
    }

    @Test func `ranges have open and closed ends`() throws {
        let trial = Trial("number", cells: ["[1..5]", "[1..5)", "]1..5]", "(1..5)", "]1..5["])
        #expect(try trial.rows(x: "1") == [0, 1])
        #expect(try trial.rows(x: "3") == [0, 1, 2, 3, 4])
        #expect(try trial.rows(x: "5") == [0, 2])
        #expect(try trial.rows(x: "5.1") == [])
    }

    @Test func `sets are of values, comparisons and ranges, and quotes keep commas`() throws {
        let numbers = Trial("number", cells: ["1, [3..4], > 10", "not(1, 2)", "not([1..3])"])
        #expect(try numbers.rows(x: "1") == [0])
        #expect(try numbers.rows(x: "3.5") == [0, 1, 2])
        #expect(try numbers.rows(x: "11") == [0, 1, 2])
        #expect(try numbers.rows(x: "2") == [])
        let texts = Trial(
            "string", cells: [#"a, b, "c, d""#, #""say \"x\"""#, #""-""#, #""null""#, "null"])
        #expect(try texts.rows(x: "\"c, d\"") == [0])
        #expect(try texts.rows(x: #""say \"x\"""#) == [1])
        #expect(try texts.rows(x: "\"-\"") == [2])
        #expect(try texts.rows(x: "\"null\"") == [3])
        #expect(try texts.rows(x: "null") == [4])
    }

    @Test func `null passes not and unequal, and no comparison`() throws {
        let trial = Trial(
            "number", cells: ["not(5)", "!= 5", "< 5", "null", "not(null)", "null, 5"])
        #expect(try trial.rows(x: "null") == [0, 1, 3, 5])
        #expect(try trial.rows(x: "5") == [4, 5])
    }

    @Test func `dates are days, and a moment is its day in UTC`() throws {
        let trial = Trial(
            "date",
            cells: ["< 2020-01-01", "[2020-01-01..2020-12-31]", "\"2020-02-29\"", ">= 2021-01-01"])
        #expect(try trial.rows(x: "\"2019-12-31\"") == [0])
        #expect(try trial.rows(x: "\"2020-02-29\"") == [1, 2])
        #expect(try trial.rows(x: "\"2020-12-31T23:59:59Z\"") == [1])
        #expect(try trial.rows(x: "\"2020-12-31T23:59:59-02:00\"") == [3])
        #expect(try trial.rows(x: "\"1969-12-31T23:59:59Z\"") == [0])
        #expect(trial.failure("{\"x\": \"2021-02-29\"}").contains("is a text, not a date"))
    }

    @Test func `moments are compared to the millisecond`() throws {
        let trial = Trial(
            "datetime",
            cells: ["< 2020-01-01T00:00:00Z", ">= 2020-01-01T01:00:00+01:00", "2020-01-01"])
        #expect(try trial.rows(x: "\"2019-12-31T23:59:59.999Z\"") == [0])
        #expect(try trial.rows(x: "\"2020-01-01\"") == [1, 2])
    }

    @Test func `booleans are true, false or null`() throws {
        let trial = Trial("boolean", cells: ["true", "FALSE", "not(true)", "null"])
        #expect(try trial.rows(x: "true") == [0])
        #expect(try trial.rows(x: "false") == [1, 2])
        #expect(try trial.rows(x: "null") == [2, 3])
    }

    @Test func `whole numbers refuse fractions`() throws {
        let trial = Trial("integer", cells: ["<= 4", "> 4.5"])
        #expect(try trial.rows(x: "4.0") == [0])
        #expect(try trial.rows(x: "5") == [1])
        #expect(trial.failure("{\"x\": 4.5}").contains("is a number, not a whole number"))
    }

    @Test func `texts are compared by their bytes, or without case where the input says so`() throws
    {
        let plain = Trial("string", cells: ["Zürich", "\"Zu\u{308}rich\""])
        #expect(try plain.rows(x: "\"Zürich\"") == [0])
        #expect(try plain.rows(x: "\"Zu\u{308}rich\"") == [1])
        #expect(try plain.rows(x: "\"zürich\"") == [])
        let folded = Trial("string", cells: ["ZÜRICH", "gb, Fr"], more: ", caseInsensitive: true")
        #expect(try folded.rows(x: "\"zürich\"") == [0])
        #expect(try folded.rows(x: "\"GB\"") == [1])
        #expect(try folded.rows(x: "\"fR\"") == [1])
    }

    @Test func `lists are named two ways, and may be negated`() throws {
        let lists = ["high": ["IR", "KP"], "eu": ["FR", "DE"]]
        let trial = Trial(
            "string", cells: ["list(high)", "in list eu, GB", "not(list(high), in list eu)"],
            lists: lists)
        #expect(try trial.rows(x: "\"KP\"") == [0])
        #expect(try trial.rows(x: "\"GB\"") == [1, 2])
        #expect(try trial.rows(x: "\"DE\"") == [1])
        #expect(Trial("string", cells: ["list(none)"]).codes == ["DT013"])
    }

    @Test func `a value of another type is a fault, or passes only what anything passes`() throws {
        #expect(
            Trial("string", cells: ["a"]).failure("{\"x\": 5}")
                == "the input 'x' of the table 'trial' is a number, not a text")
        let lenient = Trial(
            "string", cells: ["a", "-", "not(a)", "!= a"], more: ", mismatch: pass")
        #expect(try lenient.rows(x: "5") == [1])
        let domain = Trial("string", cells: ["a", "not(a)"], more: ", values: [a, b]")
        #expect(try domain.rows(x: "\"b\"") == [1])
        #expect(domain.failure("{\"x\": \"c\"}").contains("none of the values"))
    }

    @Test(arguments: [
        ("number", "five", "DT011"), ("number", "[5..1]", "DT012"), ("number", "]1..1[", "DT012"),
        ("number", "1..5", "DT010"), ("number", "[1..5", "DT010"), ("number", "[1,5]", "DT010"),
        ("number", "< ", "DT010"), ("number", "1,,2", "DT010"), ("number", "1,", "DT010"),
        ("number", "1 2", "DT011"), ("number", "0x10", "DT011"), ("number", "NaN", "DT011"),
        ("number", "01", "DT011"), ("number", "< a", "DT011"), ("number", "not(", "DT010"),
        ("number", "!5", "DT010"), ("number", "not(1) , 2", "DT010"), ("number", "not()", "DT010"),
        ("date", "2021-02-29", "DT011"), ("date", "< 2020", "DT011"),
        ("date", "2020-01-01T00:00:00Z", "DT011"), ("boolean", "yes", "DT011"),
        ("boolean", "< true", "DT011"), ("string", "< a", "DT011"), ("string", "[a..b]", "DT011"),
        ("string", "\"a", "DT010"), ("string", "\"a\" b", "DT010"), ("string", "list()", "DT013"),
        ("integer", "1e", "DT011"), ("number", "[..]", "DT010"), ("number", "[1..]", "DT010"),
    ])
    func `a cell that is none is a finding at its place`(type: String, cell: String, code: String) {
        let trial = Trial(type, cells: ["-", cell])
        #expect(trial.table == nil)
        let error = trial.findings.first { $0.level == .error }
        #expect(error?.code == code, "\(cell): \(trial.findings)")
        #expect(error?.file == "rules/trial.csv")
        #expect(error?.position == Position(line: 3, column: 1))
    }

    @Test func `cells in YAML are values, texts and lists`() throws {
        let trial = Trial(
            """
            id: trial
            hitPolicy: rule order
            inputs:
              - {name: country, expression: entity.country, type: string}
              - {name: turnover, expression: entity.turnover, type: number}
            outputs: [{name: tier, type: string}]
            rows:
              - {country: [GB, "a, b"], turnover: ["< 5", 7], tier: low, note: seen}
              - {country: "not(GB)", tier: other}
              - [null, 7, none]
              - {turnover: 7.0, tier: seven}
            """)
        #expect(trial.findings.isEmpty)
        let data = #"{"entity": {"country": "a, b", "turnover": 4}}"#
        #expect(try trial.outputs(data) == #"[{"tier":"low"},{"tier":"other"}]"#)
        #expect(try trial.rows(#"{"entity": {"turnover": 7}}"#) == [1, 2, 3])
    }
}
