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

    @Test func `a callback's data is placed as Ballerine places it`() throws {
        let count = try Self.run("setPluginStatus") { test, arena in
            let input = try #require(test["input"])
            let placed = CallbackResult.place(
                input["data"] ?? .null, at: try #require(input["resultDestinationPath"]?.text),
                over: input["context"] ?? .null, status: "SUCCESS",
                isInside: input["ignoreLastKey"]?.bool ?? true, in: arena)
            #expect(placed == test["expected"], "\(JSONWriter.line(placed))")
        }
        #expect(count == 4)
    }

    @Test func `documents are updated in their places`() throws {
        let count = try Self.run("updateDocuments") { test, arena in
            let input = try #require(test["input"])
            let updates = try #require(
                input.members?.first { !($0.key == "existing") }?.value)
            let made = DocumentUpdates.apply(
                updates, to: input["existing"] ?? .emptyArray, in: arena)
            #expect(made == test["expected"], "\(test["name"]?.string ?? "")")
        }
        #expect(count == 3)
    }

    @Test func `payloads are signed as Ballerine signs them`() throws {
        func signature(_ input: Value) throws -> String {
            let body = Array(JSONWriter.line(try #require(input["payload"])).utf8)
            return Digest.hmac(of: body, key: Array((input["key"]?.string ?? "").utf8)).hexadecimal
        }
        let signed = try Self.run("sign") { test, _ in
            let made = try signature(try #require(test["input"]))
            #expect(made == test["expected"]?.string)
        }
        #expect(signed == 3)
        let verified = try Self.run("verifySignature") { test, _ in
            let input = try #require(test["input"])
            let isValid = try signature(input) == input["signature"]?.string
            #expect(isValid == test["expected"]?.bool)
        }
        #expect(verified == 6)
    }

    @Test func `definitions that Ballerine's validator takes have no errors here`() throws {
        let arena = Arena()
        let count = try Self.run("validateDefinition") { test, _ in
            let path = try #require(test["input"]?["definitionRef"]?.string)
            let value = try SharedSuite.value("ballerine/" + path, into: arena)
            let catalog = Catalog(
                alone: Source(file: path, arena: arena, value: value), as: .workflow)
            let errors = catalog.findings.filter { $0.level == .error }
            if path.hasSuffix("dynamic_kyc_example.json") {
                // Its validator takes the workflow that its engine does not construct.
                #expect(errors.map(\.code) == ["WF054"])
                return
            }
            #expect(errors.isEmpty == test["expected"]?["valid"]?.bool, "\(errors)")
        }
        #expect(count == 11)
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
