import Alerting
import ArgumentParser
import Documents
import Expressions
import RiskRules

/// A language that `docket eval` knows, with Ballerine's meaning.
enum ExpressionLanguage: String, ExpressibleByArgument, CaseIterable {
    case jsonLogic = "json-logic"
    case jmesPath = "jmespath"
    case ruleSet = "rule-set"
    case jsonSchema = "json-schema"
    case scorecard
    case table
    case yaml
    case alert

    /// The answer to a request: `{"result"}`, of json-schema `{"valid", "errors"}`, of table
    /// `{"outputs", "rows", "places"}`, or `{"error"}`.
    func evaluate(
        _ request: Value, remotes: RemoteSchemas = RemoteSchemas(), tables: TableCatalog? = nil,
        lists: ListFolder = ListFolder(), in arena: Arena
    ) -> Value {
        guard request.kind == .object else {
            return arena.object(["error": .string("the request is no object")])
        }
        do throws(ExpressionError) {
            switch self {
            case .jsonLogic: return try evaluateLogic(request, lists, arena)
            case .jmesPath: return try evaluatePath(request, lists, arena)
            case .ruleSet: return try evaluateRules(request, arena)
            case .jsonSchema:
                return try SchemaEvaluation.evaluate(request, remotes: remotes, in: arena)
            case .table:
                return try TableEvaluation.evaluate(
                    request, named: { tables?.find($0) }, in: arena)
            case .scorecard:
                return try ScorecardEvaluation.evaluate(request, lists: lists, in: arena)
            case .yaml: return parseYAML(request, arena)
            case .alert: return AlertRequest.answer(request, in: arena)
            }
        } catch {
            let text = self == .jmesPath ? error.code.rawValue : error.message
            return arena.object(["error": arena.string(text)])
        }
    }

    private func evaluateLogic(
        _ request: Value, _ lists: ListFolder, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let program = try JSONLogic.compile(
            request["rule"] ?? .null, lists: try lists.library(with: request, in: arena), in: arena)
        let result = try program.evaluate(Scope(request["data"] ?? .null), in: arena)
        return arena.object(["result": Self.showNonFinite(result, in: arena)])
    }

    private func evaluatePath(
        _ request: Value, _ lists: ListFolder, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let text = request["expression"]?.text else {
            throw ExpressionError(.syntax, "the request needs an expression, a string")
        }
        let program = try JMESPath.compile(
            text, in: arena, lists: try lists.library(with: request, in: arena))
        let result = try program.evaluate(Scope(request["data"] ?? .null), in: arena)
        return arena.object(["result": Self.showNonFinite(result, in: arena)])
    }

    private func evaluateRules(
        _ request: Value, _ arena: Arena
    ) throws(ExpressionError) -> Value {
        let source = Source(file: "rule set", arena: arena, value: request["ruleSet"] ?? .null)
        let (program, findings) = RuleSet.compile(source.root, semantics: .ballerine, in: arena)
        guard let program else {
            throw ExpressionError(.syntax, findings.first?.message ?? "no rule set")
        }
        let now = request["at"]?.string.flatMap { Instant(parsing: $0) } ?? SystemClock.now
        let outcome = program.evaluate(request["data"] ?? .null, now: now, in: arena)
        let results = outcome.results.map { result in
            arena.object([
                "status": .string(result.status.name),
                "message": result.message.map { arena.string($0) },
            ])
        }
        // As in Ballerine, every member must pass, whatever the operator.
        return arena.object([
            "results": arena.array(results), "passed": .bool(outcome.everyPassed),
        ])
    }

    private func parseYAML(_ request: Value, _ arena: Arena) -> Value {
        guard let text = request["yaml"]?.text else {
            return arena.object(["error": .string("the request needs yaml, a string")])
        }
        do throws(ParseError) {
            let stream = try YAMLParser().parse(text.bytes, file: "input")
            return arena.object([
                "documents": arena.array(stream.documents.map { arena.copy($0.value) })
            ])
        } catch {
            return arena.object([
                "error": arena.object([
                    "line": .integer(error.position.line),
                    "column": .integer(error.position.column),
                    "message": arena.string(error.message),
                ])
            ])
        }
    }

    /// A value with each NaN and infinity as `{"nonFinite": …}`.
    static func showNonFinite(_ value: Value, in arena: Arena) -> Value {
        switch value.kind {
        case .double:
            guard let number = value.number, !number.isFinite else { return value }
            let name: StaticString =
                number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity"
            return arena.object(["nonFinite": .string(name)])
        case .array:
            return arena.array(
                value.array.unsafelyUnwrapped.map { showNonFinite($0, in: arena) })
        case .object:
            return arena.object(
                value.members.unsafelyUnwrapped.map {
                    Member($0.lookup, showNonFinite($0.value, in: arena))
                })
        default: return value
        }
    }
}
