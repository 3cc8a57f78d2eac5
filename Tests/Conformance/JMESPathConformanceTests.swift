import Documents
import Expressions
import Foundation
import Testing

/// The JMESPath compliance suite, from the folder beside the repository or `DOCKET_SHARED`.
private enum Suite {
    static let files = [
        "basic", "boolean", "current", "escape", "filters", "functions", "identifiers",
        "indices", "literal", "multiselect", "pipe", "slice", "syntax", "unicode", "wildcard",
    ]

    static let folder: String = {
        let shared =
            ProcessInfo.processInfo.environment["DOCKET_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared").path
        return shared + "/conformance/jmespath/"
    }()

    static let isPresent = FileManager.default.fileExists(atPath: folder + "basic.json")

    static func read(_ name: String, into arena: Arena) throws -> Value {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + name + ".json"))
        var parser = JSONParser(duplicateKeys: .lastWins)
        return try parser.parse([UInt8](data), into: arena)
    }
}

/// What an expression comes to: a value, or the kind of error.
private enum Outcome: Equatable, CustomStringConvertible {
    case value(Value)
    case error(String)

    init(_ expression: Text, _ given: Value, _ dialect: JMESPath.Dialect, _ arena: Arena) {
        do throws(ExpressionError) {
            let program = try JMESPath.compile(expression, in: arena, dialect: dialect)
            self = .value(try program.evaluate(Scope(given), in: arena))
        } catch { self = .error(error.code.rawValue) }
    }

    /// What a case of the suite expects.
    init?(expected item: Value) {
        if let error = item["error"]?.string {
            self = .error(error)
        } else if let result = item["result"] {
            self = .value(result)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .value(let value): JSONWriter.line(value)
        case .error(let code): code
        }
    }
}

// The suite lies outside the repository; where it is absent these tests skip.
@Suite(.enabled(if: Suite.isPresent, "the shared JMESPath suite is absent"))
struct JMESPathConformanceTests {
    @Test func `every case of the compliance suite gives its result or its kind of error`() throws {
        var cases = 0
        for name in Suite.files {
            let arena = Arena()
            for group in try #require(try Suite.read(name, into: arena).array) {
                let given = try #require(group["given"])
                for item in try #require(group["cases"]?.array) {
                    let expression = try #require(item["expression"]?.text)
                    let expected = try #require(Outcome(expected: item))
                    let outcome = Outcome(expression, given, .standard, arena)
                    #expect(outcome == expected, "\(name): \(expression)")
                    cases += 1
                }
            }
        }
        #expect(cases == 892)
    }

    @Test func `Ballerine's dialect differs from the suite exactly where jmespath.js does`() throws
    {
        let differences = Arena()
        var unseen: [String: Value] = [:]
        let listed = try Suite.read("jmespath-js-0.16-differences", into: differences)
        for item in try #require(listed.array) {
            let expression = try #require(item["expression"]?.string)
            unseen[expression] = item["jmespathJs"]
        }
        #expect(unseen.count == 5)
        for name in Suite.files {
            let arena = Arena()
            for group in try #require(try Suite.read(name, into: arena).array) {
                let given = try #require(group["given"])
                for item in try #require(group["cases"]?.array) {
                    let expression = try #require(item["expression"]?.text)
                    let outcome = Outcome(expression, given, .ballerine, arena)
                    if let js = unseen.removeValue(forKey: String(expression)) {
                        #expect(outcome == .value(js), "\(name): \(expression)")
                    } else {
                        let expected = try #require(Outcome(expected: item))
                        #expect(outcome == expected, "\(name): \(expression)")
                    }
                }
            }
        }
        #expect(unseen.isEmpty)
    }

    @Test func `the benchmark expressions compile and evaluate`() throws {
        let arena = Arena()
        var cases = 0
        for group in try #require(try Suite.read("benchmarks", into: arena).array) {
            let given = try #require(group["given"])
            for item in try #require(group["cases"]?.array) {
                let expression = try #require(item["expression"]?.text)
                let program = try JMESPath.compile(expression, in: arena)
                _ = try program.evaluate(Scope(given), in: arena)
                cases += 1
            }
        }
        #expect(cases == 16)
    }
}
