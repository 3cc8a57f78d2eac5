import Documents
import Testing

private func roundTrip(_ text: String, _ layout: JSONWriter.Layout = .compact) throws -> String {
    let arena = Arena()
    var parser = JSONParser()
    var writer = JSONWriter(layout)
    writer.write(try parser.parse(text, into: arena))
    return writer.string
}

private func failure(_ text: String, _ limits: ParseLimits = ParseLimits()) -> ParseError? {
    var parser = JSONParser(limits: limits)
    do throws(ParseError) {
        _ = try parser.parse(text, into: Arena())
        return nil
    } catch { return error }
}

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", #""""#, "0", "-0", "1.50", "1e3", "12345678901234567890.10",
        #"{"b":1,"a":[1,2,{"x":null}]}"#, #""é😀\u0001\n""#, "-12", "123456789012345678",
        "[[[[1]]]]",
    ])
    func `copied values keep their spelling and order`(text: String) throws {
        #expect(try roundTrip(text) == text)
    }

    @Test func `escapes become the characters they stand for`() throws {
        #expect(try roundTrip(#""\u00e9\ud83d\ude00\/\b\"""#) == #""é😀/\b\"""#)
    }

    @Test func `the indented layout is the one of canonical files`() throws {
        let text = "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}"
        #expect(try roundTrip(#"{"a":[],"b":[1,{}]}"#, .indented) == text)
    }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("01", 1, 1), ("1.", 1, 3),
        ("\"a", 1, 3), ("[1\n, x]", 2, 3), ("nul", 1, 1), ("1 2", 1, 3), ("\"\\x\"", 1, 2),
        ("\"\\ud800\"", 1, 8), ("{\"a\":1,\n \"a\":2}", 2, 2), ("\"\u{1}\"", 1, 2),
    ])
    func `a text that is no JSON is refused with its place`(text: String, line: Int, column: Int) {
        #expect(failure(text)?.position == Position(line: line, column: column))
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] {
            var parser = JSONParser()
            #expect(throws: ParseError.self) { try parser.parse(bytes, into: Arena()) }
        }
    }

    @Test func `limits hold on depth, size and number of values`() {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(failure(deep)?.code == .tooDeep)
        #expect(failure("[1,2,3]", ParseLimits(nodes: 3))?.code == .tooManyNodes)
        #expect(failure("[1,2,3]", ParseLimits(bytes: 3))?.code == .tooLarge)
    }

    @Test func `large objects find every key and see a double one`() throws {
        let pairs = (0..<500).map { "\"key\($0)\":\($0)" }
        var parser = JSONParser()
        let arena = Arena()
        let value = try parser.parse("{\(pairs.joined(separator: ","))}", into: arena)
        for index in 0..<500 { #expect(value["key\(index)"]?.integer == index) }
        #expect(value["key500"] == nil)
        #expect(
            failure("{\((pairs + ["\"key3\":0"]).joined(separator: ","))}")?.code == .duplicateKey)
        parser.duplicateKeys = .lastWins
        let last = try parser.parse(
            "{\((pairs + ["\"key3\":0"]).joined(separator: ","))}", into: arena)
        #expect(last["key3"]?.integer == 0 && last.count == 500)
    }

    @Test(arguments: [
        (0.1, "0.1"), (1e21, "1e+21"), (123456789.125, "123456789.125"), (1e-7, "1e-7"),
        (0.000001, "0.000001"), (-1.5e300, "-1.5e+300"), (100, "100"),
        (1e20, "100000000000000000000"),
        (Double.leastNonzeroMagnitude, "5e-324"), (-0.0, "0"), (0.1 + 0.2, "0.30000000000000004"),
    ])
    func `computed numbers print as ECMAScript prints them`(value: Double, text: String) {
        #expect(JSONWriter.line(.number(value)) == text)
    }

    @Test func `the writer spells every number as Numbers does`() {
        var generator = SeededGenerator(seed: seed)
        var values: [Double] = [
            1e15, 1e15 - 1, 999_999_999_999_999.9, 0.0000015, 123.4567895, 5e-7,
        ]
        for _ in 0..<20_000 {
            let digits = Double(Int.random(in: -9_999_999_999...9_999_999_999, using: &generator))
            let scale = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e9].randomElement(using: &generator)
            values.append(digits / (scale ?? 1))
            values.append(digits / 7)
        }
        for value in values {
            #expect(JSONWriter.line(.number(value)) == Numbers.spell(value))
        }
        for whole in [0, 9, 10, -1, -10, Int.max, Int.min, 1_000_000] {
            #expect(JSONWriter.line(.integer(whole)) == String(whole))
        }
    }

    @Test func `numbers read as the nearest double`() throws {
        for text in [
            "0.1", "1e308", "123456789012345678901234567890", "2.2250738585072011e-308", "1E-22",
            "9007199254740993",
        ] {
            var parser = JSONParser()
            let arena = Arena()
            let value = try parser.parse(text, into: arena)
            #expect(value.number == Double(text))
            withExtendedLifetime(arena) {}
        }
    }
}

@Suite struct ValueTests {
    @Test func `an optional value takes no more room than a value`() {
        #expect(MemoryLayout<Value?>.stride == 16 && MemoryLayout<Member>.stride == 32)
    }

    @Test func `setting a path copies the path and shares the rest`() throws {
        let arena = Arena()
        var parser = JSONParser()
        let old = try parser.parse(#"{"a":{"b":1,"c":[1]},"d":2}"#, into: arena)
        let new = old.setting([Key("a"), Key("b")], to: .string("x"), in: arena)
            .setting([Key("e"), Key("f")], to: .null, in: arena)
        #expect(JSONWriter.line(old) == #"{"a":{"b":1,"c":[1]},"d":2}"#)
        #expect(JSONWriter.line(new) == #"{"a":{"b":"x","c":[1]},"d":2,"e":{"f":null}}"#)
        #expect(JSONWriter.line(new.removing(Key("a"), in: arena)) == #"{"d":2,"e":{"f":null}}"#)
        #expect(JSONWriter.line(old.assigning(new, in: arena)) == JSONWriter.line(new))
    }

    @Test func `pointers follow RFC 6901`() throws {
        var parser = JSONParser()
        let arena = Arena()
        let value = try parser.parse(#"{"a/b":{"~":[10,20]},"":1}"#, into: arena)
        #expect(JSONPointer(parsing: "/a~1b/~0/1")?.resolve(in: value)?.integer == 20)
        #expect(JSONPointer(parsing: "/")?.resolve(in: value)?.integer == 1)
        #expect(JSONPointer(parsing: "/a~1b/~0/01")?.resolve(in: value) == nil)
        #expect(JSONPointer(parsing: "a") == nil && JSONPointer(parsing: "/~2") == nil)
        #expect(JSONPointer(["a/b", "~"]).description == "/a~1b/~0")
    }
}

@Suite struct InstantTests {
    @Test(arguments: [
        ("2026-11-22", "2026-11-22T00:00:00Z"),
        ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500Z"),
        ("2026-11-22T01:00:00+02:00", "2026-11-21T23:00:00Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00:00Z"),
    ])
    func `dates are read and written as ISO 8601`(text: String, written: String) {
        #expect(Instant(parsing: text)?.description == written)
    }

    @Test(arguments: [
        "2023-02-29", "2026-13-01", "26-01-01", "2026-01-01T25:00Z", "2026-01-01x", "",
    ])
    func `what is no date is refused`(text: String) {
        #expect(Instant(parsing: text) == nil)
    }
}
