import Documents
import Testing

@testable import Expressions

/// A loaded list with its arena, which is never freed: the list lies in it.
private struct Loaded {
    let arena = Arena()
    let list: NamedList?
    let findings: [Finding]

    init(_ file: String, _ text: String) {
        _ = Unmanaged.passRetained(arena)
        (list, findings) = NamedList.load(file: file, bytes: Array(text.utf8), in: arena)
    }

    func value(_ json: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(json, into: arena)
    }

    func has(_ json: String) throws -> Bool { try #require(list).contains(value(json)) }

    var codes: [String] { findings.map(\.code) }
    var places: [String] {
        findings.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0)" }
    }
}

private let countries = """
    # Fictitious.
    country,level,since:number
    AA,high,2019
    BB,low,
    "C,C",high,2021

    """

@Suite struct NamedListTests {
    @Test func `a CSV file is a table by its first column`() throws {
        let loaded = Loaded("lists/geo/risk.csv", countries)
        let list = try #require(loaded.list)
        #expect(loaded.findings == [])
        #expect(String(list.name) == "geo/risk" && list.count == 3)
        #expect(list.columns.map { String($0) } == ["country", "level", "since"])
        #expect(try loaded.has(#""AA""#) && loaded.has(#""C,C""#))
        #expect(try !loaded.has(#""aa""#) && !loaded.has("null") && !loaded.has("[]"))
        let cell = list.value(try loaded.value(#""AA""#), column: Key("since"))
        #expect(cell == .integer(2019))
        #expect(list.value(try loaded.value(#""BB""#), column: Key("since")) == nil)
        #expect(
            list.row(try loaded.value(#""BB""#)).map { JSONWriter.line($0) }
                == #"{"country":"BB","level":"low"}"#)
    }

    @Test func `YAML may be a list, values, values with rows, or rows with a key`() throws {
        for text in ["[x, 5411, true]", "values: [x, 5411, true]"] {
            let loaded = Loaded("lists/a.yaml", text)
            #expect(loaded.findings == [])
            #expect(try loaded.has(#""x""#) && loaded.has("5411") && loaded.has("5411.0"))
            #expect(try loaded.has("true") && !loaded.has("false") && !loaded.has(#""5411""#))
        }
        let mapping = Loaded("lists/a.yaml", "values: {IR: {level: high}, AA: low}")
        let key = try mapping.value(#""IR""#)
        #expect(mapping.list?.value(key, column: Key("level")) == .string("high"))
        let other = try mapping.value(#""AA""#)
        #expect(mapping.list?.value(other, column: Key("value")) == .string("low"))
        let rows = Loaded(
            "lists/a.yaml", "docket: 1\nkey: mcc\nrows: [{name: Shop, mcc: 5411}, {mcc: 742}]\n")
        #expect(rows.findings == [] && rows.list?.count == 2)
        #expect(rows.list?.value(.integer(5411), column: Key("name")) == .string("Shop"))
    }

    @Test func `keys that stand twice are found with their lines`() {
        let csv = Loaded("lists/a.csv", "a,b\nx,1\ny,2\nx,3\n")
        #expect(csv.codes == ["LS003"] && csv.places == ["4:1"] && csv.list == nil)
        #expect(csv.findings.first?.message.contains("on line 2") == true)
        let yaml = Loaded("lists/a.yaml", "values:\n  - 1\n  - x\n  - 1.0\n")
        #expect(yaml.codes == ["LS003"] && yaml.places == ["4:5"])
        // Equal as doubles, and different numbers.
        let exact = Loaded("lists/a.yaml", "[9007199254740993, 9007199254740992]")
        #expect(exact.findings == [] && exact.list?.count == 2)
    }

    @Test func `ragged rows, open quotes and empty keys are found in their places`() {
        let ragged = Loaded("lists/a.csv", "# c\na,b\nx,1\ny\nz,1,2\n,5\n")
        #expect(ragged.codes == ["LS002", "LS002", "LS004"])
        #expect(ragged.places == ["4:2", "5:5", "6:1"])
        #expect(Loaded("lists/a.csv", "a\n\"x\n").codes == ["LS002"])
        #expect(Loaded("lists/a.csv", "").codes == ["LS002"])
        #expect(
            Loaded("lists/a.yaml", "values: [[1], null, '']").codes == ["LS004", "LS004", "LS004"])
        #expect(Loaded("lists/a.yaml", "rows: [{a: 1}, {b: 2}, 3]").codes == ["LS004", "LS001"])
        #expect(Loaded("lists/a.yaml", "rule: []").codes == ["LS007", "LS001"])
        #expect(Loaded("lists/a.json", "{\"values\": 3}").codes == ["LS001"])
    }

    @Test func `what a spreadsheet leaves behind is read, and what only looks right is a warning`()
        throws
    {
        let sound = Loaded("lists/a.csv", "\u{FEFF}a,b,,\r\nx,1,,\r\n,,,\r\ny,,,\r\n")
        #expect(sound.findings == [] && sound.list?.count == 2)
        #expect(sound.list?.columns.map { String($0) } == ["a", "b"])
        for (cell, part) in [
            ("AA ", "has spaces around it"), ("AA\u{A0}", "U+00A0"), ("#N/A", "an error"),
            ("=A1", "a formula"), ("“AA”", "curly quotes"), ("Co\u{302}te", "an accent"),
        ] {
            let list = Loaded("lists/a.csv", "country,level\nBB,low\n\(cell),high\n")
            #expect(list.codes == ["LS008"] && list.places == ["3:1"], "\(cell)")
            #expect(list.findings.first?.message.contains(part) ?? false, "\(cell)")
            #expect(list.list?.count == 2)
        }
        let semicolons = Loaded("lists/a.csv", "a;b\nx;1\n")
        #expect(semicolons.codes == ["LS002"] && semicolons.places == ["1:1"])
        #expect(semicolons.findings.first?.message.contains("semicolons") ?? false)
    }

    @Test func `a wrong separator brings a bounded number of findings`() {
        let rows = (0..<5_000).map { "k\($0);1;2" }.joined(separator: "\n")
        let loaded = Loaded("lists/a.csv", "a,b\n\(rows)")
        #expect(loaded.findings.count == 20)
    }

    @Test func `a list of a hundred thousand keys finds each and no other`() throws {
        let count = 100_000
        let text = "key,n:number\n" + (0..<count).map { "k\($0),\($0)" }.joined(separator: "\n")
        let loaded = Loaded("lists/big.csv", text)
        let list = try #require(loaded.list)
        for index in stride(from: 0, to: count, by: 7) {
            let key = loaded.arena.string("k\(index)")
            #expect(list.value(key, column: Key("n")) == .integer(index))
            #expect(!list.contains(loaded.arena.string("k\(index + count)")))
        }
    }

    @Test func `rows are chosen by a column`() throws {
        let loaded = Loaded("lists/risk.csv", countries)
        let high = try #require(loaded.list).filtered(
            by: Key("level"), among: [.string("high")], in: loaded.arena)
        #expect(high.count == 2)
        #expect(high.contains(.string("AA")) && !high.contains(.string("BB")))
    }
}

@Suite struct ListExpressionTests {
    private let arena = Arena()
    private let library: ListLibrary

    init() {
        _ = Unmanaged.passRetained(arena)
        let list = NamedList.load(
            file: "lists/risk.csv", bytes: Array(countries.utf8), in: arena
        ).0
        let codes = NamedList.load(
            file: "lists/codes.yaml", bytes: Array("[5411, 742]".utf8), in: arena
        ).0
        library = ListLibrary([list, codes].compactMap { $0 }, in: arena)
    }

    private func value(_ json: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(json, into: arena)
    }

    private func logic(_ rule: String, _ data: String) throws -> String {
        let program = try JSONLogic.compile(try value(rule), lists: library, in: arena)
        return JSONWriter.line(try program.evaluate(Scope(try value(data)), in: arena))
    }

    private func path(_ expression: String, _ data: String) throws -> String {
        let program = try JMESPath.compile(expression, in: arena, lists: library)
        return JSONWriter.line(try program.evaluate(Scope(try value(data)), in: arena))
    }

    private func problems(logic rule: String) throws -> [String] {
        let source = Source(file: "r", arena: arena, value: try value(rule))
        return JSONLogic.check(source.root, lists: library).map { "\($0.code) \($0.message)" }
    }

    private func problems(path expression: String) -> [String] {
        let source = Source(file: "r", arena: arena, value: arena.string(expression))
        return JMESPath.check(source.root, lists: library).map { "\($0.code) \($0.message)" }
    }

    @Test func `JSONLogic asks whether a value is in a list, and for its row`() throws {
        #expect(try logic(#"{"in_list":["risk",{"var":"c"}]}"#, #"{"c":"AA"}"#) == "true")
        #expect(try logic(#"{"in_list":["risk",{"var":"c"}]}"#, #"{"c":"ZZ"}"#) == "false")
        #expect(try logic(#"{"!":{"in_list":["codes",{"var":"c"}]}}"#, #"{"c":5411}"#) == "false")
        #expect(
            try logic(#"{"lookup":["risk",{"var":"c"},"level"]}"#, #"{"c":"BB"}"#) == #""low""#)
        #expect(try logic(#"{"lookup":["risk",{"var":"c"}]}"#, #"{"c":"ZZ"}"#) == "null")
        #expect(
            try logic(
                #"{"some":[{"var":"all"},{"in_list":["risk",{"var":""}]}]}"#, #"{"all":["Z","AA"]}"#
            )
                == "true")
    }

    @Test func `JMESPath asks the same`() throws {
        #expect(try path("in_list('risk', c)", #"{"c":"AA"}"#) == "true")
        #expect(try path("lookup('risk', c, 'level') == 'high'", #"{"c":"AA"}"#) == "true")
        #expect(try path("lookup('risk', c).since", #"{"c":"AA"}"#) == "2019")
        #expect(try path("all[?in_list('codes', @)]", #"{"all":[1,742]}"#) == "[742]")
        #expect(try path("lookup('risk', c)", #"{"c":null}"#) == "null")
    }

    @Test func `unknown lists and columns come with the one that was probably meant`() throws {
        #expect(
            try problems(logic: #"{"in_list":["rsik",1]}"#)
                == ["LS010 there is no list 'rsik' in lists/; did you mean 'risk'?"])
        #expect(
            try problems(logic: #"{"lookup":["risk",1,"levle"]}"#).first?.hasSuffix(
                "only country, level, since; did you mean 'level'?") == true)
        #expect(problems(path: "in_list('rsk', c)").first?.hasPrefix("LS010") == true)
        #expect(problems(path: "lookup('risk', c, 'lvel')").first?.hasPrefix("LS011") == true)
        #expect(
            problems(path: "lookup('codes', c, 'x')").first?.contains("has no columns") == true)
    }

    @Test func `the list's name is written, never computed`() throws {
        #expect(
            try problems(logic: #"{"in_list":[{"var":"l"},1]}"#).first?.hasPrefix("LS012") == true)
        #expect(try problems(logic: #"{"in_list":"risk"}"#).first?.hasPrefix("LS012") == true)
        #expect(problems(path: "in_list(l, c)").first?.hasPrefix("LS012") == true)
        #expect(problems(path: "in_list('risk')").first?.hasPrefix("EX012") == true)
        #expect(problems(path: "lookup('risk', a, 'level', b)").first?.hasPrefix("LS012") == true)
    }

    @Test func `without lists there are no such operators, as in Ballerine`() throws {
        let rule = try value(#"{"in_list":["risk","AA"]}"#)
        #expect(throws: ExpressionError.self) {
            try JSONLogic.compile(rule, in: arena).evaluate(Scope(.null), in: arena)
        }
        #expect(throws: ExpressionError.self) {
            try JMESPath.compile("in_list('risk', c)", in: arena)
        }
        let imported = try JMESPath.compile(
            "in_list('risk', c)", in: arena, dialect: .ballerine, lists: library)
        #expect(throws: ExpressionError.self) {
            try imported.evaluate(Scope(.emptyObject), in: arena)
        }
    }

    @Test func `a library notes the files that were needed`() throws {
        library.used = []
        _ = try logic(#"{"in_list":["risk",1]}"#, "{}")
        #expect(library.used == ["lists/risk.csv"])
    }
}
