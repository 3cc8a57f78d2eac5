import Documents
import Expressions
import Foundation
import Testing

/// The shared suites, beside the package unless DOCKET_SHARED names their folder.
private let suites =
    (ProcessInfo.processInfo.environment["DOCKET_SHARED"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../shared"))
    .standardizedFileURL.appendingPathComponent("conformance/json-logic")

private let hasSuites = FileManager.default.fileExists(atPath: suites.path)

// Skipped, and said to be so by the runner, where the shared suites are absent.
@Suite(.enabled(if: hasSuites, "the shared conformance suites are not here"))
struct JSONLogicConformanceTests {
    /// Cases of the community suite with another result than json-logic-js, and why.
    static let deviations: [String: String] = [:]

    @Test func `all cases of the official suite hold`() throws {
        let arena = Arena()
        let cases = try load("official.json", into: arena).filter { $0.kind == .array }
        #expect(cases.count == 280)
        var failures: [String] = []
        for row in cases {
            let outcome = try run(row[0] ?? .null, row[1] ?? .null, in: arena)
            let expected = JSONWriter.line(row[2] ?? .null)
            if !outcome.agrees(row[2] ?? .null) {
                failures.append("\(JSONWriter.line(row)): \(outcome), not \(expected)")
            }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }

    @Test func `the community suite gives what json-logic-js gives`() throws {
        let arena = Arena()
        let cases = try load("community-oracle.json", into: arena)
        #expect(cases.count == 1138)
        var failures: [String] = []
        var agreed = 0
        var unexpectedlyPassed: [String] = []
        for row in cases {
            let outcome = try run(row["rule"] ?? .null, row["data"] ?? .null, in: arena)
            let holds =
                row["jsonLogicJsError"] != nil
                ? outcome.isError : outcome.agrees(row["jsonLogicJsResult"] ?? .null)
            let name = "\(row["suite"]?.string ?? ""): \(row["description"]?.string ?? "")"
            if holds {
                agreed += 1
                if Self.deviations[name] != nil { unexpectedlyPassed.append(name) }
            } else if Self.deviations[name] == nil {
                failures.append("\(JSONWriter.line(row)): \(outcome)")
            }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(unexpectedlyPassed.isEmpty, "remove from the list: \(unexpectedlyPassed)")
        #expect(agreed == 1138 - Self.deviations.count)
    }

    @Test func `compiling twice and evaluating in another arena give the same`() throws {
        let arena = Arena()
        for row in try load("official.json", into: arena) where row.kind == .array {
            let program = try JSONLogic.compile(row[0] ?? .null, in: arena)
            for _ in 0..<2 {
                let result = try program.evaluate(Scope(row[1] ?? .null), in: Arena())
                _ = result.kind
                let holds = try program.holds(Scope(row[1] ?? .null), in: arena)
                let value = try program.evaluate(Scope(row[1] ?? .null), in: arena)
                #expect(holds == isTrue(value))
            }
        }
    }

    private func isTrue(_ value: Value) -> Bool {
        switch value.kind {
        case .null: false
        case .bool: value.bool == true
        case .integer, .double, .decimal: value.number != 0 && value.number?.isNaN == false
        case .string, .array: value.count > 0
        case .object: true
        }
    }

    private func load(_ file: String, into arena: Arena) throws -> [Value] {
        var parser = JSONParser()
        let data = try Data(contentsOf: suites.appendingPathComponent(file))
        return try Array(
            parser.parse(Array(data), into: arena).array ?? .init(start: nil, count: 0))
    }

    private func run(_ rule: Value, _ data: Value, in arena: Arena) throws -> Outcome {
        let program = try JSONLogic.compile(rule, in: arena)
        do throws(ExpressionError) {
            return .value(try program.evaluate(Scope(data), in: arena))
        } catch { return .error(error.code) }
    }
}

/// What a rule came to.
private enum Outcome: CustomStringConvertible {
    case value(Value)
    case error(ExpressionError.Code)

    var isError: Bool {
        if case .error = self { true } else { false }
    }

    var description: String {
        switch self {
        case .value(let value): JSONWriter.line(value)
        case .error(let code): "error \(code)"
        }
    }

    /// Whether the value is the expected one; `{"nonFinite": "NaN"}` stands for that number.
    func agrees(_ expected: Value) -> Bool {
        guard case .value(let value) = self else { return false }
        if let name = expected["nonFinite"]?.string, expected.count == 1 {
            guard let number = value.number, !number.isFinite else { return false }
            return spelled(number) == name
        }
        return value == expected
    }

    private func spelled(_ number: Double) -> String {
        number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    }
}
