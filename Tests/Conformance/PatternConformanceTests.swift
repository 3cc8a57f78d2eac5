import Documents
import Expressions
import Foundation
import Testing

/// The shared suites, beside the package unless DOCKET_SHARED names their folder.
private let suites =
    (ProcessInfo.processInfo.environment["DOCKET_SHARED"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../shared"))
    .standardizedFileURL.appendingPathComponent("conformance/json-schema")

private let hasSuites = FileManager.default.fileExists(atPath: suites.path)

// Skipped, and said to be so by the runner, where the shared suites are absent.
@Suite(.enabled(if: hasSuites, "the shared conformance suites are not here"))
struct PatternConformanceTests {
    /// Cases of the suites with another answer, and why.
    static let deviations: [String: String] = [
        "(?<=a+)b": "PCRE2 looks behind by fixed lengths only; the pattern is refused, never wrong"
    ]

    @Test(arguments: ["draft7", "draft2020-12"])
    func `patterns of JSON Schema have their ECMAScript meaning`(draft: String) throws {
        let arena = Arena()
        var ran = 0
        var failures: [String] = []
        for file in ["ecmascript-regex", "non-bmp-regex"] {
            for group in try load("\(draft)/optional/\(file).json", into: arena) {
                for test in group["tests"]?.array.map(Array.init) ?? [] {
                    guard let valid = isValid(test["data"] ?? .null, group["schema"] ?? .null)
                    else { continue }
                    ran += 1
                    let name = "\(file): \(group["description"]?.string ?? "")"
                    let holds = try valid.get() == (test["valid"]?.bool == true)
                    if holds == (Self.deviations[name] != nil) {
                        failures.append("\(name): \(JSONWriter.line(test))")
                    }
                }
            }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(ran == 81)
    }

    @Test(arguments: ["draft7", "draft2020-12"])
    func `the formats regex tell patterns from what is none`(draft: String) throws {
        let arena = Arena()
        var ran = 0
        for file in ["ecmascript-regex", "regex"] {
            for group in try load("\(draft)/optional/format/\(file).json", into: arena) {
                for test in group["tests"]?.array.map(Array.init) ?? [] {
                    guard let text = test["data"]?.text else { continue }
                    ran += 1
                    let holds =
                        ((try? Pattern.compile(text)) != nil) == (test["valid"]?.bool == true)
                    #expect(holds == (Self.deviations["\(text)"] == nil), "\(text)")
                }
            }
        }
        #expect(ran >= 3)
    }

    /// What a schema of patterns alone says of a value; nil for other schemas and values.
    private func isValid(
        _ value: Value, _ schema: Value
    ) -> Result<Bool, ExpressionError>? {
        do throws(ExpressionError) {
            if let source = schema["pattern"]?.text {
                guard let text = value.text else { return nil }
                return .success(try Pattern.compile(source).matches(text))
            }
            guard let patterns = schema["patternProperties"]?.members,
                let members = value.members, schema["additionalProperties"]?.bool == false
            else { return nil }
            for member in members {
                var matched = false
                for pattern in patterns where !matched {
                    matched = try Pattern.compile(pattern.key).matches(member.key)
                }
                if !matched { return .success(false) }
            }
            return .success(true)
        } catch { return .failure(error) }
    }

    private func load(_ file: String, into arena: Arena) throws -> [Value] {
        var parser = JSONParser()
        let data = try Data(contentsOf: suites.appendingPathComponent(file))
        return try parser.parse(Array(data), into: arena).array.map(Array.init) ?? []
    }
}
