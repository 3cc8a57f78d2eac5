import Alerting
import DecisionTables
import Documents
import Expressions

/// An expression that a person gave to `docket eval`, in a file or on the command line.
struct Expression {
    let language: ExpressionLanguage
    /// The text as given.
    let text: [UInt8]
    /// The file's name, nil when it was given on the command line.
    let file: String?
    /// Of json-schema: the draft, whether formats assert, and what references may name.
    var schemaOptions: (draft: String, formats: Bool, remotes: RemoteSchemas)?

    /// What it may name.
    var lists = ListFolder()

    /// The result over data, in the arena.
    ///
    /// - Throws: ``CommandError`` with the expression and a caret under the place, where there is one.
    func evaluate(over data: Value, at: Value?, in arena: Arena) throws -> Value {
        var request = ObjectBuilder()
        request["data"] = data
        if let at { request["at"] = at }
        switch language {
        case .jmesPath:
            return try evaluatePath(over: data, in: arena)
        case .jsonLogic: request["rule"] = try parsed(into: arena)
        case .ruleSet: request["ruleSet"] = try parsed(into: arena)
        case .jsonSchema:
            request["schema"] = try parsed(into: arena)
            request["draft"] = arena.string(schemaOptions?.draft ?? "7")
            request["format"] = .bool(schemaOptions?.formats ?? false)
        case .alert:
            let answer = AlertRequest.answer(try parsed(into: arena), in: arena)
            if let error = answer["error"] { throw failure(error) }
            return answer["rows"] ?? .emptyArray
        case .table: return try evaluateTable(over: data, in: arena)
        case .scorecard: request["scorecard"] = try parsed(into: arena)
        case .yaml: request["yaml"] = arena.string(String(decoding: text, as: UTF8.self))
        }
        let answer = language.evaluate(
            request.finish(in: arena), remotes: schemaOptions?.remotes ?? RemoteSchemas(),
            lists: lists, in: arena)
        if let error = answer["error"] { throw failure(error) }
        return answer["result"] ?? answer["documents"] ?? answer
    }

    /// A table in a file, or the id of one in the repository around.
    private func evaluateTable(over data: Value, in arena: Arena) throws -> Value {
        var request = ObjectBuilder()
        request["data"] = data
        var own: DecisionTable?
        if let file {
            let root = try parsed(into: arena)
            do throws(ExpressionError) {
                own = try TableEvaluation.compile(root, file: file, arena) {
                    try? WorkTree.read($0)
                }
            } catch { throw CommandError(.findings, error.message) }
            request["id"] = .emptyString
        } else {
            request["id"] = arena.string(trimmed)
        }
        let catalog = TableCatalog(".")
        do throws(ExpressionError) {
            return try TableEvaluation.evaluate(
                request.finish(in: arena), named: { own ?? catalog.find($0) }, in: arena)
        } catch { throw CommandError(.findings, error.message) }
    }

    private var trimmed: String {
        let space: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let head = text.drop(while: space)
        let tail = head.reversed().drop(while: space)
        return String(decoding: tail.reversed(), as: UTF8.self)
    }

    /// A rule, JSON or YAML. Text that is neither is shown with a caret.
    private func parsed(into arena: Arena) throws -> Value {
        do throws(ParseError) {
            let stream = try YAMLParser().parse(text, file: file ?? "expression", into: arena)
            guard let root = stream.documents.first?.value else {
                throw ParseError(.syntax, "there is no rule", at: Position(line: 1, column: 1))
            }
            return root
        } catch {
            throw CommandError(
                .findings,
                Self.pointing(
                    at: error.position, in: String(decoding: text, as: UTF8.self),
                    "\(place(error.position)): \(error.message)"))
        }
    }

    private func place(_ position: Position) -> String {
        "\(file ?? "expression"):\(position.line):\(position.column)"
    }

    private func evaluatePath(over data: Value, in arena: Arena) throws -> Value {
        let expression = trimmed
        do throws(ExpressionError) {
            let program = try JMESPath.compile(
                arena.text(expression), in: arena,
                lists: try lists.library(with: .null, in: arena))
            let result = try program.evaluate(Scope(data), in: arena)
            return ExpressionLanguage.showNonFinite(result, in: arena)
        } catch {
            guard let offset = error.offset else {
                // The name of ECMAScript's error says nothing here.
                let message =
                    error.message.hasPrefix("TypeError: ")
                    ? String(error.message.dropFirst(11)) : error.message
                throw CommandError(.findings, "\(error.code.rawValue): \(message)")
            }
            let position = Array(expression.utf8).withUnsafeBytes {
                Position(of: min(offset, $0.count), in: $0)
            }
            throw CommandError(
                .findings,
                Self.pointing(
                    at: position, in: expression,
                    "\(place(position)): \(error.code.rawValue): \(error.message)"))
        }
    }

    private func failure(_ error: Value) -> CommandError {
        if let line = error["line"]?.integer, let column = error["column"]?.integer {
            let position = Position(line: line, column: column)
            return CommandError(
                .findings,
                Self.pointing(
                    at: position, in: String(decoding: text, as: UTF8.self),
                    "\(place(position)): \(error["message"]?.string ?? "")"))
        }
        return CommandError(.findings, "not evaluated: \(error.string ?? "")")
    }

    /// The message, the line it is about, and a caret below the column.
    static func pointing(at position: Position, in text: String, _ message: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard position.line >= 1, position.line <= lines.count else { return message }
        let line = PrettyFindings.printable(String(lines[position.line - 1]))
        guard line.utf8.count <= 400 else { return message }
        let spaces = String(repeating: " ", count: max(0, position.column - 1))
        return "\(message)\n  \(line)\n  \(spaces)^"
    }
}
