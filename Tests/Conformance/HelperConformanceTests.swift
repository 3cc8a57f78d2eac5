import Documents
import Expressions
import Testing

@testable import Casework
@testable import Definitions

/// `ballerine/helpers.jsonl`: placeholders, URLs, helper transforms and merges of plugin output. The
/// deep merge has its own suite, risk scores are tested with their rules.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct HelperConformanceTests {
    private static func run(_ kind: String, _ check: (Value, Arena) throws -> Void) throws -> Int {
        let arena = Arena()
        var count = 0
        for test in try SharedSuite.lines("ballerine/helpers.jsonl", into: arena)
        where test["kind"]?.string == kind {
            count += 1
            try check(test, arena)
        }
        withExtendedLifetime(arena) {}
        return count
    }

    @Test func `placeholders are filled as Ballerine fills them`() throws {
        let count = try Self.run("placeholders") { test, arena in
            let input = try #require(test["input"])
            let text = try #require(input["content"]?.text)
            let filled = Placeholders.compile(text, in: arena)
                .fill(input["context"] ?? .null, in: arena)
            let bytes = SecretSlots.filling(Array(try #require(filled.text).bytes)) { name in
                let secrets = [input["systemSecrets"], input["customerSecrets"]]
                return secrets.compactMap { $0?[name] }.first.map { ECMAScriptText.bytes(of: $0) }
            }
            #expect(String(decoding: bytes, as: UTF8.self) == test["expected"]?.string)
        }
        #expect(count == 6)
    }

    @Test func `helper transforms change the record as Ballerine's do`() throws {
        let now = try #require(Instant(parsing: "2024-10-24T12:00:00.000Z"))
        let count = try Self.run("helpersTransformer") { test, arena in
            let input = try #require(test["input"])
            let list = arena.array([
                arena.object(["transformer": .string("helper"), "mapping": input["mapping"]])
            ])
            var reader = TransformReader(arena: arena, dialect: .ballerine)
            let source = Source(file: "helpers", arena: arena, value: list)
            let transforms = reader.read(source.root)
            #expect(reader.findings == [])
            let result = try transforms.apply(
                to: input["data"] ?? .null, now: now, in: arena)
            withExtendedLifetime(reader) {}
            let expected = try #require(test["expected"])
            #expect(
                result == expected, "\(test["name"]?.string ?? ""): \(JSONWriter.line(result))")
        }
        #expect(count == 8)
    }

    @Test func `plugin output is merged into the context as Ballerine merges it`() throws {
        let count = try Self.run("mergeToContext") { test, arena in
            let input = try #require(test["input"])
            let path = MemberPath(dotted: try #require(input["path"]?.text), in: arena)
            let result = ContextMerge.merge(
                input["information"] ?? .null, into: input["context"] ?? .null, at: path, in: arena)
            let expected = try #require(test["expected"])
            #expect(
                result == expected, "\(test["name"]?.string ?? ""): \(JSONWriter.line(result))")
        }
        #expect(count == 5)
    }

    /// A URL without `url` is found when the definition is checked, not when it is called.
    @Test func `a plugin's url is built from its options and the context`() throws {
        let count = try Self.run("pluginUrl") { test, arena in
            let input = try #require(test["input"])
            let request = try Self.request(input, arena)
            if test["error"] != nil {
                let source = Source(file: "w", arena: arena, value: request)
                let catalog = Catalog(alone: source, as: .workflow)
                #expect(catalog.findings.contains { $0.code == "WF051" })
                return
            }
            let answer = Simulation.run(request, in: arena)
            #expect(answer["requests"]?[0]?["url"]?.string == test["expected"]?.string)
        }
        #expect(count == 3)
    }

    /// One state that calls the URL.
    private static func request(_ input: Value, _ arena: Arena) throws -> Value {
        var parser = JSONParser()
        let base = try parser.parse(
            Array(
                #"{"initial":"a","states":{"a":{"on":{"GO":"b"}},"b":{"on":{"X":"a","Y":"a"}}}}"#
                    .utf8), into: arena)
        let plugin = arena.object([
            "name": .string("p"), "pluginKind": .string("api"), "url": input["url"],
            "method": .string("POST"), "stateNames": arena.array([.string("b")]),
            "successAction": .string("X"), "errorAction": .string("Y"),
        ])
        return arena.object([
            "id": .string("w"), "definition": base, "context": input["context"],
            "extensions": arena.object(["apiPlugins": arena.array([plugin])]),
            "events": arena.array([arena.object(["type": .string("GO")])]),
        ])
    }
}
