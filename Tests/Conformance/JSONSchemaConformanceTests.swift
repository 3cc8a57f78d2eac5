import Documents
import Expressions
import Foundation
import Testing

@testable import DocketCommand

/// JSON-Schema-Test-Suite, from the folder beside the repository or `DOCKET_SHARED`.
private enum Suite {
    static let folder: String = {
        let shared =
            ProcessInfo.processInfo.environment["DOCKET_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared").path
        return shared + "/conformance/json-schema/"
    }()

    static let isPresent = FileManager.default.fileExists(atPath: folder + "draft7/type.json")

    static let ballerine = folder + "../../ballerine/helpers.jsonl"

    static func read(_ path: String, into arena: Arena) throws -> Value {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + path))
        var parser = JSONParser(duplicateKeys: .lastWins)
        return try parser.parse([UInt8](data), into: arena)
    }

    /// The files of a folder, which hold groups of tests.
    static func files(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + path)
            .filter { $0.hasSuffix(".json") }.sorted().map { path + "/" + $0 }
    }

    /// The schemas that the suite serves at `http://localhost:1234/`.
    static func remotes(into arena: Arena) throws -> [String: Value] {
        var result: [String: Value] = [:]
        let all = try #require(FileManager.default.enumerator(atPath: folder + "remotes"))
        for case let name as String in all where name.hasSuffix(".json") {
            result["http://localhost:1234/" + name] = try read("remotes/" + name, into: arena)
        }
        return result
    }
}

/// What running a folder of the suite comes to.
private struct Outcome {
    var cases = 0
    /// `file: group: test` of those with another answer than the suite's.
    var failures: [String] = []

    /// The same through the lines of `docket eval --language json-schema --batch`.
    init(lines path: String, draft: String, formats: Bool = false) throws {
        let remotes = try RemoteSchemas(folder: Suite.folder + "remotes")
        var names: [String] = []
        var expected: [Bool] = []
        var lines: [String] = []
        for file in try Suite.files(path) {
            let arena = Arena()
            for group in try #require(try Suite.read(file, into: arena).array) {
                for test in try #require(group["tests"]?.array) {
                    let request = arena.object([
                        "schema": group["schema"], "data": test["data"],
                        "draft": arena.string(draft), "format": .bool(formats),
                    ])
                    lines.append(JSONWriter.line(request))
                    expected.append(test["valid"]?.bool ?? false)
                    let name = file.split(separator: "/").last ?? ""
                    names.append(
                        "\(name): \(group["description"]?.string ?? ""): "
                            + (test["description"]?.string ?? ""))
                }
            }
        }
        let answers = Self.serve(lines) { request, arena in
            ExpressionLanguage.jsonSchema.evaluate(request, remotes: remotes, in: arena)
        }
        let arena = Arena()
        for (at, text) in answers.enumerated() {
            var parser = JSONParser()
            let answer = try parser.parse(text, into: arena)
            let isValid = answer["valid"]?.bool
            #expect(isValid != nil, "\(names[at]): \(text)")
            #expect((answer["errors"]?.count == 0) == isValid, "errors say why")
            if isValid != expected[at] { failures.append(names[at]) }
        }
        cases = answers.count
    }

    static func serve(
        _ lines: [String], _ answer: @escaping (Value, Arena) -> Value
    ) -> [String] {
        var next = 0
        var answers: [String] = []
        LineService.serve(
            {
                guard next < lines.count else { return nil }
                defer { next += 1 }
                return Array(lines[next].utf8)[...]
            }, answer
        ) { answers.append($0) }
        return answers
    }

    init(_ path: String, _ draft: JSONSchema.Draft, formats: Bool = false) throws {
        let shared = Arena()
        let remotes = try Suite.remotes(into: shared)
        for file in try Suite.files(path) {
            let arena = Arena()
            for group in try #require(try Suite.read(file, into: arena).array) {
                let schema = try JSONSchema.compile(
                    try #require(group["schema"]), draft: draft, formats: formats,
                    resources: remotes, in: arena)
                for test in try #require(group["tests"]?.array) {
                    let data = try #require(test["data"])
                    let isValid = try schema.isValid(data, in: arena)
                    let errors = try schema.errors(data, in: arena)
                    cases += 1
                    #expect(errors.isEmpty == isValid, "both ways of asking agree")
                    if isValid == test["valid"]?.bool { continue }
                    let name = file.split(separator: "/").last ?? ""
                    failures.append(
                        "\(name): \(group["description"]?.string ?? ""): "
                            + (test["description"]?.string ?? ""))
                }
            }
        }
    }
}

// The suite lies outside the repository; where it is absent these tests skip.
@Suite(.enabled(if: Suite.isPresent, "the shared JSON Schema suite is absent"))
struct JSONSchemaConformanceTests {
    // `contentEncoding` and `contentMediaType` are notes here, as 2020-12 wants them and as
    // Ballerine's AJV has them: what a string holds is not decoded.
    private static let contents = [
        "content.json: validation of string-encoded content based on media type: "
            + "an invalid JSON document",
        "content.json: validation of binary string-encoding: "
            + "an invalid base64 string (% is not a valid character)",
        "content.json: validation of binary-encoded media type documents: "
            + "a validly-encoded invalid JSON document",
        "content.json: validation of binary-encoded media type documents: "
            + "an invalid base64 string that is valid JSON",
    ]
    // PCRE2 has no lookbehind of variable length, see `Pattern`.
    private static let lookbehind =
        "ecmascript-regex.json: ECMA 262 lookbehind is valid, including variable width: "
        + "a variable-width lookbehind (ES2018)"

    @Test func `eval answers every case of both drafts a line at a time`() throws {
        let required = try Outcome(lines: "draft7", draft: "7")
        #expect(required.failures == [])
        #expect(required.cases == 927)
        let newer = try Outcome(lines: "draft2020-12", draft: "2020-12")
        #expect(newer.failures == [])
        #expect(newer.cases == 1299)
        let optional = try Outcome(lines: "draft7/optional", draft: "7")
        #expect(optional.failures == Self.contents)
        #expect(optional.cases == 118)
        let optionalNewer = try Outcome(lines: "draft2020-12/optional", draft: "2020-12")
        #expect(optionalNewer.failures == [])
        #expect(optionalNewer.cases == 162)
        let formats = try Outcome(lines: "draft7/optional/format", draft: "7", formats: true)
        #expect(formats.failures == [Self.lookbehind])
        #expect(formats.cases == 676)
        let formatsNewer = try Outcome(
            lines: "draft2020-12/optional/format", draft: "2020-12", formats: true)
        #expect(formatsNewer.failures == [Self.lookbehind])
        #expect(formatsNewer.cases == 764)
    }

    @Test func `eval refuses a reference that nothing answers, and schemas without end`() {
        let requests = [
            #"{"schema": {"$ref": "http://localhost:1234/none.json"}, "data": 1, "draft": "7"}"#,
            #"{"schema": {"$ref": "https://example.com/s.json"}, "data": 1}"#,
            ##"{"schema": {"$ref": "#"}, "data": 1}"##,
            #"{"schema": {"type": 7}, "data": 1}"#, #"{"schema": true}"#, "[]", "{",
            #"{"schema": true, "data": 1, "draft": "4"}"#,
            #"{"schema": {"pattern": "^(a+)+$"}, "data": "\#(String(repeating: "a", count: 40))!"}"#,
        ]
        let answers = Outcome.serve(requests) { request, arena in
            ExpressionLanguage.jsonSchema.evaluate(request, in: arena)
        }
        #expect(answers.count == requests.count)
        for (answer, request) in zip(answers, requests) {
            let isBounded = answer.contains(#""error":"#) || request.contains("(a+)+")
            #expect(isBounded, "\(request.prefix(60)): \(answer)")
        }
        #expect(answers[0].contains("nothing is fetched"))
        let valid = Outcome.serve([#"{"schema":{"type":"string"},"data":1}"#]) { request, arena in
            ExpressionLanguage.jsonSchema.evaluate(request, in: arena)
        }
        #expect(
            valid == [
                #"{"valid":false,"errors":[{"path":"","keyword":"type","message":"must be string"}]}"#
            ])
    }

    @Test func `every required case of draft 7 has the suite's answer`() throws {
        let outcome = try Outcome("draft7", .draft7)
        #expect(outcome.failures.isEmpty)
        #expect(outcome.cases == 927)
    }

    @Test func `every required case of 2020-12 has the suite's answer`() throws {
        let outcome = try Outcome("draft2020-12", .draft2020)
        #expect(outcome.failures.isEmpty)
        #expect(outcome.cases == 1299)
    }

    @Test func `optional cases have the suite's answer but for contents in strings`() throws {
        let outcome = try Outcome("draft7/optional", .draft7)
        #expect(outcome.failures == Self.contents)
        #expect(outcome.cases == 118)
        let newer = try Outcome("draft2020-12/optional", .draft2020)
        #expect(newer.failures.isEmpty)
        #expect(newer.cases == 162)
    }

    @Test func `formats have the suite's answer but for one regular expression`() throws {
        let outcome = try Outcome("draft7/optional/format", .draft7, formats: true)
        #expect(outcome.failures == [Self.lookbehind])
        #expect(outcome.cases == 676)
        let newer = try Outcome("draft2020-12/optional/format", .draft2020, formats: true)
        #expect(newer.failures == [Self.lookbehind])
        #expect(newer.cases == 764)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: Suite.ballerine)))
    func `errors read as those of Ballerine's validator`() throws {
        let text = try String(contentsOfFile: Suite.ballerine, encoding: .utf8)
        var cases = 0
        for line in text.split(separator: "\n") where line.contains("requestSchemaError") {
            let arena = Arena()
            var parser = JSONParser()
            let item = try parser.parse(String(line), into: arena)
            let schema = try JSONSchema.compile(
                try #require(item["input"]?["schema"]), draft: .draft7, in: arena)
            let errors = try schema.errors(try #require(item["input"]?["data"]), in: arena)
            #expect(errors.ajvText == item["expected"]?["errorMessage"]?.string)
            cases += 1
        }
        #expect(cases == 3)
    }
}
