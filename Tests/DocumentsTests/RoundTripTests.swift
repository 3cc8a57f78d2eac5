import Documents
import Testing

@Suite struct RoundTripTests {
    @Test func `generated values read back from JSON as they were`() throws {
        var random = RandomValues(generator: SeededGenerator(seed: seed), arena: Arena())
        var parser = JSONParser()
        for round in 0..<2000 {
            let value = random.value()
            for layout in [JSONWriter.Layout.compact, .indented] {
                var writer = JSONWriter(layout)
                writer.write(value)
                let read = try parser.parse(writer.bytes, into: random.arena)
                #expect(read == value, "seed \(seed), round \(round): \(writer.string)")
                var again = JSONWriter(layout)
                again.write(read)
                #expect(again.bytes == writer.bytes, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `a string is read exactly when its bytes are UTF-8`() throws {
        var generator = SeededGenerator(seed: seed)
        let starts: [UInt8] = [
            0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
            0xEF,
            0xF0, 0xF1, 0xF4, 0xF5, 0x9F, 0xA0, 0x8F, 0x90, 0xAA, 0x42,
        ]
        let characters = ["é", "я", "京", "€", "😀", "a", "ab", "\u{FFFF}", "\u{800}", "\u{D7FF}"]
        let arena = Arena()
        var parser = JSONParser()
        for round in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                bytes += (characters.randomElement(using: &generator) ?? "").utf8
            }
            if Bool.random(using: &generator) {
                let at = Int.random(in: 0...bytes.count, using: &generator)
                bytes.insert(starts.randomElement(using: &generator) ?? 0x41, at: at)
            }
            let expected = String(validating: bytes, as: UTF8.self)
            let read = try? parser.parse([0x22] + bytes + [0x22], into: arena)
            #expect(
                read?.text.map { Array($0.bytes) } == expected.map { Array($0.utf8) }, "\(round)")
            let yaml = try? YAMLParser().parse([0x22] + bytes + [0x22])
            if expected == nil { #expect(yaml == nil, "seed \(seed), round \(round): \(bytes)") }
        }
    }

    @Test func `generated values read back from YAML as they were`() throws {
        var random = RandomValues(generator: SeededGenerator(seed: seed), arena: Arena())
        for round in 0..<2000 {
            let value = random.value()
            let text = YAMLWriter.text(value)
            let stream = try YAMLParser().parse(text)
            let source = try #require(stream.documents.first)
            let read = source.value
            let expected = JSONWriter.line(value)
            #expect(
                JSONWriter.line(read) == expected, "seed \(seed), round \(round):\n\(text)")
            #expect(stream.documents.count == 1 && stream.findings.isEmpty)
            withExtendedLifetime(source) {}
        }
    }

    @Test func `JSON read as a source gives the same value as JSON read alone`() throws {
        var random = RandomValues(generator: SeededGenerator(seed: seed), arena: Arena())
        for _ in 0..<500 {
            let bytes = JSONWriter.canonicalFile(random.value())
            let source = try #require(Source.parse("a.json", bytes).source)
            #expect(JSONWriter.canonicalFile(source.value) == bytes, "seed \(seed)")
            check(source.root)
        }
    }

    /// Every node of a source has a place, in reading order.
    private func check(_ node: Node) {
        guard let position = node.position else {
            Issue.record("a node without a place, seed \(seed)")
            return
        }
        var last = position
        for member in node.members {
            #expect(member.keyPosition.map { $0 > last || $0 == last } == true)
            #expect(member.node.position.map { $0 > last } == true)
            last = member.node.position ?? last
            check(member.node)
        }
        for element in node.elements {
            #expect(element.position.map { $0 > last } == true)
            last = element.position ?? last
            check(element)
        }
    }
}

@Suite struct YAMLWriterTests {
    private func text(_ json: String) throws -> String {
        var parser = JSONParser()
        let arena = Arena()
        let value = try parser.parse(json, into: arena)
        return withExtendedLifetime(arena) { YAMLWriter.text(value) }
    }

    @Test func `objects and lists are written in block style, in order`() throws {
        let json = """
            {"b": {"z": 1, "a": [1, {"x": true, "w": []}, [2, 3]]}, "empty": {}, "v": null}
            """
        #expect(
            try text(json) == """
                b:
                  z: 1
                  a:
                    - 1
                    - x: true
                      w: []
                    - - 2
                      - 3
                empty: {}
                v: null

                """)
    }

    @Test(arguments: [
        "no", "On", "YES", "y", "null", "~", "", " a", "a ", "007", "1e3", "2026-11-22", "12:30",
        "a: b", "a #b", "- a", "<<", "=", "*a", "&a", "!a", "{a}", "[a]", "%a", "@a", "`a", "key:",
        ".5", "+1", "0o17", "0x1F", "1_000", "? a", "...", "---", "|", "true", "False", "tab\there",
    ])
    func `text that a reader might take for something else is quoted`(string: String) {
        let arena = Arena()
        let written = withExtendedLifetime(arena) { YAMLWriter.text(arena.string(string)) }
        #expect(written.hasPrefix("\"") || written.hasPrefix("'"), "\(written)")
    }

    @Test(arguments: [
        "Acme Ltd", "a-b", "http://example.com/a?b=c", "Zoë", "it's", "1st", "a, b", "x{y}", "nope",
        "entity.data.country", "20 High Street", "日本",
    ])
    func `ordinary text is not quoted`(string: String) {
        let arena = Arena()
        withExtendedLifetime(arena) {
            #expect(YAMLWriter.text(arena.string(string)) == string + "\n")
        }
    }

    @Test func `text of several lines is a literal block when nothing is lost`() throws {
        #expect(try text(#"{"a":"x\n  y\n"}"#) == "a: |\n  x\n    y\n")
        #expect(try text(#"{"a":"x\n\ny"}"#) == "a: |-\n  x\n\n  y\n")
        #expect(try text(#"{"a":["x\ny\n\n"]}"#) == "a:\n  - |+\n    x\n    y\n\n")
        #expect(try text(#"{"a":" x\ny"}"#) == "a: \" x\\ny\"\n")
        #expect(try text(#"{"a":"say \"hi\""}"#) == "a: say \"hi\"\n")
    }
}
