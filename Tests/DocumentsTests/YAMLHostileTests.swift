import Documents
import Testing

private func failure(_ yaml: [UInt8], _ limits: ParseLimits = ParseLimits()) -> ParseError? {
    do throws(ParseError) {
        _ = try YAMLParser(limits: limits).parse(yaml)
        return nil
    } catch { return error }
}

private func failure(_ yaml: String, _ limits: ParseLimits = ParseLimits()) -> ParseError? {
    failure(Array(yaml.utf8), limits)
}

@Suite struct YAMLHostileTests {
    @Test func `an alias bomb is refused for the values it repeats`() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let alias = "*a\(level - 1)"
            bomb +=
                "a\(level): &a\(level) [\(repeatElement(alias, count: 10).joined(separator: ", "))]\n"
        }
        let error = failure(bomb)
        #expect(error?.code == .tooManyNodes)
        #expect(error?.position.line == 7)
    }

    @Test func `aliases that nest ever deeper are refused for their depth`() {
        var tower = "a0: &a0 [x]\n"
        for level in 1..<300 { tower += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(failure(tower)?.code == .tooDeep)
    }

    @Test func `ten thousand levels are refused, in flow and in block`() {
        let flow = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(failure(flow)?.code == .tooDeep)
        #expect(failure(String(repeating: "{a: ", count: 10_000))?.code == .tooDeep)
        #expect(failure(String(repeating: "- ", count: 10_000) + "x")?.code == .tooDeep)
        let block = (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(failure(block)?.code == .tooDeep)
    }

    @Test func `a mapping of two hundred thousand keys is read in reasonable time`() throws {
        var text = ""
        for index in 0..<200_000 { text += "key\(index): \(index)\n" }
        let clock = ContinuousClock()
        let start = clock.now
        let source = try #require(try YAMLParser().parse(text).documents.first)
        let value = source.value
        #expect(value.count == 200_000)
        #expect(value["key199999"]?.integer == 199_999)
        #expect(clock.now - start < .seconds(20))
        withExtendedLifetime(source) {}
        #expect(
            failure(text + "key7: again\n")?.position == Position(line: 200_001, column: 1))
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF], 1, 4), ([0x61, 0x0A, 0x62, 0xC0, 0x80], 2, 2),
            ([0xED, 0xA0, 0x80], 1, 1), ([0xC3, 0xA9, 0x3A, 0x20, 0xE2, 0x82], 1, 4),
        ] as [([UInt8], Int, Int)])
    func `bytes that are not UTF-8 are refused where they stand`(
        bytes: [UInt8], line: Int, column: Int
    ) {
        let error = failure(bytes)
        #expect(error?.code == .encoding)
        #expect(error?.position == Position(line: line, column: column))
    }

    @Test func `control characters are refused where they stand`() {
        #expect(failure("a: \0")?.position == Position(line: 1, column: 4))
        #expect(failure("a: b\u{1}")?.position == Position(line: 1, column: 5))
        #expect(failure("a: \u{FFFE}")?.position == Position(line: 1, column: 4))
        #expect(failure("a: \u{7F}")?.code == .syntax)
    }

    @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
    func `a line break of YAML 1.1 only is refused, as it would be lost`(character: String) throws {
        #expect(failure("a: \"x\(character)y\"")?.position == Position(line: 1, column: 6))
        let source = try #require(
            try YAMLParser().parse("[\"\\N\\L\\P\", \u{A0}é\u{2027}\u{202A}]").documents.first)
        #expect(
            JSONWriter.line(source.value)
                == "[\"\u{85}\u{2028}\u{2029}\",\"\u{A0}é\u{2027}\u{202A}\"]")
    }

    @Test func `UTF-16 with a byte order mark is read, and refused when broken`() throws {
        let units = Array("\u{FEFF}é: [1, 😀]\n".utf16)
        let little = units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        for bytes in [little, big] {
            let source = try #require(try YAMLParser().parse(bytes).documents.first)
            #expect(JSONWriter.line(source.value) == #"{"é":[1,"😀"]}"#)
            #expect(source.root["é"]?.elements[1].position == Position(line: 1, column: 8))
        }
        #expect(failure([0xFF, 0xFE, 0x00, 0xD8, 0x61, 0x00])?.code == .encoding)
        #expect(failure([0xFF, 0xFE, 0x61])?.code == .encoding)
    }

    @Test func `a large scalar is read and a large file is refused`() throws {
        let text = String(repeating: "x", count: 5_000_000)
        let source = try #require(try YAMLParser().parse("a: \"\(text)\"").documents.first)
        #expect(source.value["a"]?.count == 5_000_000)
        withExtendedLifetime(source) {}
        #expect(failure(text, ParseLimits(bytes: 1000))?.code == .tooLarge)
        #expect(failure("[1, 2, 3]", ParseLimits(nodes: 3))?.code == .tooManyNodes)
        #expect(failure("[[1]]", ParseLimits(depth: 1))?.code == .tooDeep)
        #expect(failure("[[1]]", ParseLimits(depth: 2)) == nil)
        #expect(failure("0x" + String(repeating: "F", count: 1000))?.code == .unsupported)
    }

    @Test func `what costs libyaml or memory too much is refused`() {
        let tags = (0..<200).map { "%TAG !a\($0)! x\n" }.joined() + "--- a\n"
        #expect(failure(tags)?.position == Position(line: 101, column: 1))
        #expect(failure(String(repeating: "---\n", count: 20_000))?.code == .tooManyNodes)
    }

    @Test func `warnings do not pile up`() throws {
        let text = String(repeating: "- 007\n", count: 1000)
        #expect(try YAMLParser().parse(text).findings.count == 100)
    }

    @Test func `no bytes make the parser fail in another way`() {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "a", ":", " ", "\n", "- ", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "!!str ", "|",
            ">", "'", "\"", "#", "<<: ", "  ", "\t", "%", "---\n", "...\n", "\\", "0x1", "~",
        ]
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<30, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            if let source = try? YAMLParser().parse(text).documents.first {
                #expect(source.root.position != nil, "seed \(seed): \(text)")
            }
        }
    }
}

@Suite struct SourceParsingTests {
    @Test func `the ending chooses the language`() {
        let yaml = Source.parse("a.yml", Array("a: 1".utf8)).source?.root
        #expect(yaml?["a"]?.value.integer == 1)
        let json = Source.parse("a.JSON", Array("{\"a\": 1}".utf8)).source?.root
        #expect(json?["a"]?.value.integer == 1)
        #expect(Source.parse("a.json", Array("a: 1".utf8)).findings.map(\.code) == ["DOC001"])
        #expect(Source.parse("a.txt", Array("a".utf8)).findings.map(\.code) == ["DOC009"])
    }

    @Test func `bad input gives findings and good input a source`() {
        let broken = Source.parse("c.yaml", Array("a: [1".utf8))
        #expect(broken.source == nil)
        #expect(broken.findings.first?.description.hasPrefix("c.yaml:1:6: error DOC001") == true)
        let empty = Source.parse("c.yaml", [UInt8]())
        #expect(empty.source?.value.isNull == true && empty.findings.isEmpty)
        #expect(empty.source?.root.position == Position(line: 1, column: 1))
        let two = Source.parse("c.yaml", Array("a: 1\n---\nb: 2\n".utf8))
        #expect(two.findings.map(\.code) == ["DOC008"])
        #expect(two.findings.first?.position == Position(line: 3, column: 1))
    }

    @Test func `a double key in a large JSON object is named where it stands again`() {
        var text = "{\n"
        for index in 0..<100 { text += "\"k\(index)\": \(index),\n" }
        text += "\"k5\": 0\n}"
        let findings = Source.parse("a.json", Array(text.utf8)).findings
        #expect(findings.map(\.code) == ["DOC003"])
        #expect(findings.first?.position == Position(line: 102, column: 1))
    }
}
