import Documents
import Testing

private func json(_ yaml: String) throws -> String {
    try YAMLParser().parse(yaml).documents.map { JSONWriter.line($0.value) }
        .joined(separator: " ")
}

private func failure(_ yaml: String, _ limits: ParseLimits = ParseLimits()) -> ParseError? {
    failure(Array(yaml.utf8), limits)
}

private func failure(_ yaml: [UInt8], _ limits: ParseLimits = ParseLimits()) -> ParseError? {
    do throws(ParseError) {
        _ = try YAMLParser(limits: limits).parse(yaml)
        return nil
    } catch { return error }
}

private func root(_ yaml: String) throws -> Node {
    try #require(try YAMLParser().parse(yaml, file: "f.yaml").documents.first).root
}

@Suite struct YAMLSchemaTests {
    @Test(arguments: [
        ("~", "null"), ("null", "null"), ("NULL", "null"), ("Null", "null"), ("nULL", "\"nULL\""),
        ("true", "true"), ("TRUE", "true"), ("False", "false"), ("tRUE", "\"tRUE\""),
        ("NO", "\"NO\""), ("on", "\"on\""), ("yes", "\"yes\""), ("y", "\"y\""),
        ("2026-11-22", "\"2026-11-22\""), ("12:30:45", "\"12:30:45\""), ("1_000", "\"1_000\""),
        ("0", "0"), ("-12", "-12"), ("+1", "1"), ("-0", "-0"), ("0o17", "15"), ("0x1F", "31"),
        ("0o8", "\"0o8\""), ("017", "17"), ("0b1", "\"0b1\""), ("-0x1", "\"-0x1\""),
        ("1e3", "1e3"), ("1.", "1"), (".5", "0.5"), ("-.5", "-0.5"), ("+.5e-1", "0.5e-1"),
        ("1.e5", "1e5"), ("1.50", "1.50"), ("01.5", "1.5"), (".", "\".\""), ("1e", "\"1e\""),
        ("-", "[null]"), ("+", "\"+\""), ("1.2.3", "\"1.2.3\""), ("- -1", "[-1]"),
        ("0xFFFFFFFFFFFFFFFFFF", "4722366482869645213695"),
        ("12345678901234567890", "12345678901234567890"), ("'1'", "\"1\""), ("\"no\"", "\"no\""),
        ("+12345678901234567890", "12345678901234567890"), ("infinity", "\"infinity\""),
    ])
    func `plain scalars are what the core schema says`(yaml: String, expected: String) throws {
        #expect(try json(yaml) == expected)
    }

    @Test(arguments: [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "[1, .inf]", "!!float .inf"])
    func `numbers that JSON cannot hold are refused`(yaml: String) {
        #expect(failure(yaml)?.code == .unsupported)
    }

    @Test(arguments: [
        ("!!str 12", "\"12\""), ("! 12", "\"12\""), ("!!int '12'", "12"), ("!!float 1", "1"),
        ("!!null ''", "null"), ("!!bool 'true'", "true"), ("!!str", "\"\""),
        ("!<tag:yaml.org,2002:str> 1", "\"1\""), ("!!map {a: 1}", #"{"a":1}"#),
        ("!local 12", "\"12\""), ("!!binary aGk=", "\"aGk=\""),
    ])
    func `tags of the core schema are honoured and others leave text`(
        yaml: String, expected: String
    ) throws {
        #expect(try json(yaml) == expected)
    }

    @Test(arguments: ["!!int a", "!!bool 1", "!!null 1", "!!map [1]", "!!seq {a: 1}", "!!str [1]"])
    func `a core tag that does not fit is refused`(yaml: String) {
        #expect(failure(yaml)?.code == .unsupported)
    }

    @Test func `an ignored tag and an unquoted identifier are warned about`() throws {
        let yaml = "id: 007\nok: '007'\nlist: [!x y, 00]\nzero: 0\n008: key\n"
        let findings = try YAMLParser().parse(yaml, file: "f.yaml").findings
        #expect(
            findings.map(\.description) == [
                "f.yaml:1:5: warning DOC010: 007 reads as the number 7; put it in quotes if it is "
                    + "an identifier",
                "f.yaml:3:8: warning DOC011: the tag '!x' is ignored; remove it",
                "f.yaml:3:14: warning DOC010: 00 reads as the number 0; put it in quotes if it is "
                    + "an identifier",
            ])
    }

    @Test func `scalars as keys become text`() throws {
        #expect(
            try json("1: a\ntrue: b\n~: c\n0x10: d\n007: e\n1.50: f\n+2: g\n\"q\": h\non: i\n")
                == #"{"1":"a","true":"b","null":"c","16":"d","007":"e","1.50":"f","2":"g","q":"h","#
                + #""on":"i"}"#)
        #expect(failure("1: a\n0x1: b\n")?.code == .duplicateKey)
    }

    @Test(arguments: ["? [a]\n: b", "? {a: 1}\n: b", "{{name}}: 1", "a: {{ name }}", "[a]: b"])
    func `a collection as key is refused`(yaml: String) {
        #expect(failure(yaml)?.code == .unsupported)
    }

    @Test func `documents of a stream are read in order`() throws {
        #expect(try json("a: 1\n---\n- 2\n...\n---\n--- x\n") == #"{"a":1} [2] null "x""#)
        #expect(try json("") == "")
        #expect(try json("# only a comment\n") == "")
        #expect(try json("\u{FEFF}a: 1\r\nb:\r\n  - 2\r\n") == #"{"a":1,"b":[2]}"#)
    }
}

@Suite struct YAMLAnchorTests {
    @Test func `aliases repeat what their anchor named last`() throws {
        #expect(try json("a: &x [1]\nb: *x\nc: &x 2\nd: *x\n") == #"{"a":[1],"b":[1],"c":2,"d":2}"#)
        #expect(
            try json("&k key: *k\n*k : 1\n".replacing("*k :", with: "b:"))
                == #"{"key":"key","b":1}"#)
        #expect(try json("a: &k x\n*k : 1\n") == #"{"a":"x","x":1}"#)
        #expect(failure("a: *none\n")?.position == Position(line: 1, column: 4))
        #expect(failure("a: &x 1\n---\nb: *x\n")?.position == Position(line: 3, column: 4))
    }

    @Test func `an alias inside what it repeats is refused`() {
        #expect(failure("&x [*x]")?.code == .unsupported)
        #expect(failure("a: &x\n  b: *x\n")?.position == Position(line: 2, column: 6))
    }

    @Test func `merged members stand at the merge key and explicit ones win`() throws {
        let base = "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\n"
        let start = #"{"base":{"x":1,"y":2},"other":{"y":3,"z":4},"#
        #expect(try json(base + "m: {<<: *b, y: 9}") == start + #""m":{"x":1,"y":9}}"#)
        #expect(try json(base + "m: {y: 9, <<: *b}") == start + #""m":{"y":9,"x":1}}"#)
        #expect(try json(base + "m: {<<: [*b, *o]}") == start + #""m":{"x":1,"y":2,"z":4}}"#)
        #expect(try json(base + "m: {\"<<\": 1}") == start + #""m":{"<<":1}}"#)
        #expect(failure(base + "m: {<<: 1}")?.code == .unsupported)
        #expect(failure(base + "m: {<<: [*b, 2]}")?.position == Position(line: 3, column: 14))
        #expect(failure(base + "m: {<<: *b, <<: *o}")?.code == .duplicateKey)
        #expect(
            failure(base + "m: {<<: *b, y: 1, y: 2}")?.position == Position(line: 3, column: 19))
    }

    @Test func `merged members keep the place where they were written`() throws {
        let node = try root(
            "base: &b\n  x: 1\n  y: &y [5]\nm:\n  a: &in {q: 1}\n  <<: *b\n  z: *y\nn: *in\nk: *y\n"
        )
        let merged = try #require(node["m"])
        #expect(merged["x"]?.position == Position(line: 2, column: 6))
        #expect(merged["a"]?["q"]?.position == Position(line: 5, column: 14))
        #expect(merged["z"]?.position == Position(line: 7, column: 6))
        #expect(merged["z"]?.elements.first?.position == Position(line: 3, column: 10))
        #expect(node["n"]?.position == Position(line: 8, column: 4))
        #expect(node["n"]?["q"]?.position == Position(line: 5, column: 14))
        #expect(merged.members.map(\.keyPosition?.line) == [5, 2, 3, 7])
    }

    @Test func `an anchor within a merged mapping can be repeated later`() throws {
        let node = try root("m: {<<: {a: &x [1], b: 2}, a: 0}\nn: *x\n")
        #expect(
            JSONWriter.line(node.value)
                == #"{"m":{"a":0,"b":2},"n":[1]}"#.replacing(
                    #"{"a":0,"b":2}"#, with: #"{"b":2,"a":0}"#))
        #expect(node["n"]?.elements.first?.position == Position(line: 1, column: 17))
    }

    @Test func `the last of a double key stands where that is asked for`() throws {
        let parser = YAMLParser(duplicateKeys: .lastWins)
        let source = try #require(try parser.parse("a: 1\nb: 2\na: [3]\n").documents.first)
        let large = (0..<40).map { "k\($0): \($0)\n" }.joined() + "k3: x\n"
        #expect(JSONWriter.line(source.value) == #"{"a":[3],"b":2}"#)
        #expect(source.root["a"]?.position == Position(line: 3, column: 4))
        let read = try #require(try parser.parse(large).documents.first).root
        #expect(read["k3"]?.value.string == "x")
    }
}

@Suite struct YAMLPositionTests {
    @Test func `every value and key has its line and column in code points`() throws {
        let node = try root("é: 'ü'\nlist:\n  - a: 1\n    ö: {b: [x, y]}\n  - |\n    text\n")
        #expect(node.position == Position(line: 1, column: 1))
        #expect(node["é"]?.position == Position(line: 1, column: 4))
        let list = try #require(node["list"]).elements
        #expect(
            list.map(\.position) == [Position(line: 3, column: 5), Position(line: 5, column: 5)])
        #expect(list[0]["ö"]?["b"]?.elements[1].position == Position(line: 4, column: 16))
        #expect(
            list[0].members.map(\.keyPosition) == [
                Position(line: 3, column: 5), Position(line: 4, column: 5),
            ])
        #expect(list[0].reference == "f.yaml:3")
    }

    @Test func `JSON files have the same places as YAML`() throws {
        let text = "{\n  \"é\": [1, {\"b\": \"x\"}],\n  \"c\": {\"d\": null}\n}\n"
        let asJSON = try #require(Source.parse("a.json", Array(text.utf8)).source).root
        let asYAML = try root(text)
        for node in [asJSON, asYAML] {
            #expect(node["é"]?.elements[1]["b"]?.position == Position(line: 2, column: 18))
            #expect(node["c"]?["d"]?.position == Position(line: 3, column: 14))
            #expect(node.members[1].keyPosition == Position(line: 3, column: 3))
        }
    }

    @Test(arguments: [
        ("a: 1\n\tb: 2\n", 2, 1, "tab"), ("a: b: c\n", 1, 5, "':'"),
        ("a:\n  - 1\n b: 2\n", 3, 2, ""),
        ("a: 'x\n", 1, 4, "never closed"), ("a: [1, 2\nb: 3\n", 2, 2, ""), ("a: @x\n", 1, 4, "'@'"),
        ("key\nother: 1\n", 2, 6, ""), ("a: \"\\d\"\n", 1, 5, "escape"),
        ("a: !x!y z\n", 1, 4, "tag"),
        ("a: 1\na: 2\n", 2, 1, "twice"), ("a: *\n", 1, 5, "asterisk"), ("- a\nb: 1\n", 2, 1, ""),
        ("a: {b: 1\n", 2, 1, ""), ("a: `x`\n", 1, 4, "quotes"), ("a: %x\n", 1, 4, "quotes"),
        ("a: \"x\" y\n", 1, 8, "key"),
    ])
    func `an error says where it is and what to do`(
        yaml: String, line: Int, column: Int, word: String
    ) {
        let error = failure(yaml)
        #expect(error?.position == Position(line: line, column: column), "\(error?.message ?? "")")
        #expect(error?.message.contains(word) == true || word.isEmpty, "\(error?.message ?? "")")
    }
}
