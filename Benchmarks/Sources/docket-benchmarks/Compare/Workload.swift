import Documents
import Expressions
import Foundation

/// The languages that are compared, and with what.
enum Language: String, CaseIterable {
    case jsonlogic, jmespath
    case validity = "schema"
    case errors = "schema errors"
    case table

    /// The file of its workloads.
    var file: String {
        switch self {
        case .jsonlogic: "jsonlogic.json"
        case .jmespath: "jmespath.json"
        case .validity, .errors: "schemas.json"
        case .table: "tables.json"
        }
    }

    var title: String {
        switch self {
        case .jsonlogic: "JSONLogic, results as JSON text"
        case .jmespath: "JMESPath"
        case .validity: "JSON Schema, yes or no"
        case .errors: "JSON Schema, all errors"
        case .table: "decision tables"
        }
    }

    var package: String {
        switch self {
        case .jsonlogic: "datalogic-py"
        case .jmespath: "jmespath"
        case .validity, .errors: "jsonschema-rs"
        case .table: "zen-engine"
        }
    }

    /// How many times as fast as the package is asked for.
    var target: Double {
        switch self {
        case .jsonlogic, .validity, .errors: 1
        case .jmespath: 50
        case .table: 20
        }
    }
}

/// A rule with the documents it is evaluated over.
struct Workload {
    let language: Language
    let name: String
    /// What the Python side compiles.
    let rule: Value
    /// JSON texts.
    let lines: [String]
    let documents: [Value]
    let program: Program

    /// The workloads of a language's file.
    static func all(
        _ language: Language, _ folder: URL, _ applications: [String], in arena: Arena
    ) throws -> [Workload] {
        let file = folder.appendingPathComponent(language.file)
        guard let data = try? Data(contentsOf: file) else { return [] }
        var parser = JSONParser()
        let entries = try parser.parse(Array(data), into: arena)
        return try (entries.array ?? .init(start: nil, count: 0)).map {
            try Workload($0, language, applications, arena)
        }
    }

    private init(
        _ entry: Value, _ language: Language, _ applications: [String], _ arena: Arena
    ) throws {
        var parser = JSONParser()
        self.language = language
        name = entry["name"]?.string ?? ""
        var texts = applications
        if let selection = entry["documents"]?.string {
            let selector = try JMESPath.compile(selection, in: arena)
            texts = try applications.map {
                JSONWriter.line(
                    try selector.evaluate(Scope(try parser.parse($0, into: arena)), in: arena))
            }
        }
        lines = texts
        documents = try texts.map { try parser.parse($0, into: arena) }
        switch language {
        case .jsonlogic:
            rule = entry["rule"] ?? .null
            program = .logic(try JSONLogic.compile(rule, in: arena))
        case .jmespath:
            rule = entry["expression"] ?? .null
            program = .path(try JMESPath.compile(rule.string ?? "", in: arena))
        case .validity:
            rule = entry["schema"] ?? .null
            program = .validity(try JSONSchema.compile(rule, formats: true, in: arena))
        case .errors:
            rule = entry["schema"] ?? .null
            program = .errors(try JSONSchema.compile(rule, formats: true, in: arena))
        case .table:
            rule =
                entry["table"] ?? Tables.bands(Int(entry["rows"]?.integer ?? 10), in: arena)
            program = try Tables.compile(rule, in: arena)
        }
    }
}
