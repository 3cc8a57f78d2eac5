import Documents
import Expressions

/// JSON Schemas that a `$ref` may name: the files of a folder, each under
/// `http://localhost:1234/` and its path. Nothing is ever fetched.
struct RemoteSchemas {
    /// By absolute URI; in ``arena``.
    private(set) var byURI: [String: Value] = [:]
    private let arena = Arena()

    /// No schemas.
    init() {}

    /// The `.json` files of a folder and those below it; links are not followed.
    ///
    /// - Throws: ``CommandError`` when one cannot be read or is no JSON.
    init(folder: String) throws {
        guard WorkTree.kind(folder) == .directory else {
            throw CommandError(.usage, "--remotes \(folder): no such directory")
        }
        for path in try WorkTree.files(below: folder) where DocumentFormat(path: path) == .json {
            byURI["http://localhost:1234/" + path] =
                try InputDocument.read(folder + "/" + path, into: arena)
        }
    }

}

/// `docket eval --language json-schema`.
enum SchemaEvaluation {
    /// The answer to `{schema, data, draft?, format?}`: `{valid, errors}`, or `{error}` when the
    /// schema is none, refers to what is not there, or takes too many steps.
    static func evaluate(
        _ request: Value, remotes: RemoteSchemas, in arena: Arena
    ) throws(ExpressionError) -> Value {
        guard let schema = request["schema"] else {
            throw ExpressionError(.syntax, "the request needs a schema")
        }
        guard let data = request["data"] else {
            throw ExpressionError(.syntax, "the request needs data")
        }
        let program = try JSONSchema.compile(
            schema, draft: try draft(request["draft"]), formats: request["format"]?.bool ?? false,
            resources: remotes.byURI, in: arena)
        let isValid = try program.isValid(data, in: arena)
        let errors = isValid ? [] : try program.errors(data, in: arena)
        return arena.object([
            "valid": .bool(isValid),
            "errors": arena.array(
                errors.map { error in
                    arena.object([
                        "path": arena.string(error.path), "keyword": arena.string(error.keyword),
                        "message": arena.string(error.message),
                    ])
                }),
        ])
    }

    /// Draft 7, as workflows have it, unless the request says otherwise.
    private static func draft(_ value: Value?) throws(ExpressionError) -> JSONSchema.Draft {
        guard let value, !value.isNull else { return .draft7 }
        let text = value.string ?? JSONWriter.line(value)
        if text == "7" { return .draft7 }
        if text == "2020-12" { return .draft2020 }
        throw ExpressionError(.syntax, "draft is 7 or 2020-12")
    }
}
