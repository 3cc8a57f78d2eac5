import ArgumentParser
import Documents
import Expressions

/// `docket eval`.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract:
            "Evaluate an expression, a rule set, a decision table, a scorecard, a JSON Schema or a YAML text.",
        discussion: """
            Shows what an expression gives over data, with Ballerine's meaning; scorecards are Docket's. \
            The expression stands on the command line or in a file; a rule may be JSON or YAML.

              docket eval --language json-logic '{">": [{"var": "score"}, 60]}' --data case.json
              docket eval --language jmespath 'documents[?type == `id`].number' --data -
              docket eval --language jmespath "in_list('mcc', code)" --lists lists --data -
              docket eval --language rule-set rule.yaml --data case.yaml --at 2026-11-22T00:00:00Z
              docket eval --language scorecard rules/credit.yaml --data case.yaml
              docket eval --language json-schema schema.yaml --data case.json --formats
              docket eval --language table review-tier --data customer.json
              docket eval --language yaml workflows/kyb.yaml
              docket eval --language alert request.json

            With --batch, each line of standard input is a request and each line of standard output \
            its answer: {"rule","data"} for json-logic, {"expression","data"} for jmespath, \
            {"ruleSet","data","at"?} for rule-set, {"table" or "id","data"} for table, whose answer is \
            {"outputs","rows","places"}, {"scorecard","data"} for scorecard, {"yaml"} for yaml, \
            {"definition","transactions","counterparties","now","projectId","businessReports"?,\
            "defaultSeverity"?,"semantics"?} for alert, whose answer is {"rows"}, and for json-schema \
            {"schema","data","draft"?,"format"?}, whose answer is {"valid","errors"}: every way in \
            which the data does not satisfy the schema as {"path","keyword","message"}.

            Expressions and scorecards may name the lists of --lists, and those of a request's "lists", an \
            object of lists by name: {"in_list": …} and {"lookup": …}, in_list() and lookup().

            A table is a file, or the id of one in rules/ of the repository in the current directory; \
            the rows of a file's table may stand in a CSV file below the same folder.

            A reference of a schema leads into the schema itself, to a published meta-schema, or to a \
            file of --remotes, whose files stand for http://localhost:1234/. Nothing is ever fetched.

            Exit codes: 0 evaluated; 1 the expression does not parse or cannot be evaluated, or the \
            data does not satisfy the schema; 2 usage.
            """)

    @Option(
        help: "json-logic, jmespath, rule-set, table, scorecard, json-schema, yaml or alert.")
    var language: ExpressionLanguage

    @Flag(help: "Read one JSON request a line from standard input, write one JSON result a line.")
    var batch = false

    @Argument(help: "The expression, or a file that holds it.", completion: .file())
    var expression: String?

    @Option(help: "The data, a JSON or YAML file; '-' is standard input.", completion: .file())
    var data: String?

    @Option(help: "The clock that rules about dates see, such as 2026-11-22T00:00:00Z.")
    var at: String?

    @Option(help: "The draft of a JSON Schema that does not say: 7 or 2020-12.")
    var draft: String?

    @Flag(help: "Formats of a JSON Schema assert.")
    var formats = false

    @Option(
        help: "A directory of JSON Schemas that references to http://localhost:1234/ lead to.",
        completion: .directory)
    var remotes: String?

    @Option(
        help: "A directory of lists, as lists/, that expressions and scorecards may name.",
        completion: .directory)
    var lists: String?

    func validate() throws {
        if lists != nil, ![.jsonLogic, .jmesPath, .scorecard].contains(language) {
            throw ValidationError("--lists is for --language json-logic, jmespath and scorecard")
        }
        if language != .jsonSchema && (draft != nil || formats || remotes != nil) {
            throw ValidationError("--draft, --formats and --remotes are for --language json-schema")
        }
        if let draft, draft != "7", draft != "2020-12" {
            throw ValidationError("--draft is 7 or 2020-12")
        }
        if batch && (draft != nil || formats) {
            throw ValidationError("--batch takes draft and format from each request")
        }
        if batch {
            if expression != nil || data != nil || at != nil {
                throw ValidationError("--batch takes everything from standard input")
            }
        } else if expression == nil {
            throw ValidationError("give an expression or a file, or --batch")
        }
        if let at, Instant(parsing: at) == nil {
            throw ValidationError("--at takes a time such as 2026-11-22T00:00:00Z")
        }
    }

    func run() throws {
        let remotes = try remotes.map { try RemoteSchemas(folder: $0) } ?? RemoteSchemas()
        let lists = try lists.map { try ListFolder(folder: $0) } ?? ListFolder()
        if batch {
            let tables = TableCatalog(".")
            return LineService.run { request, arena in
                language.evaluate(
                    request, remotes: remotes, tables: tables, lists: lists, in: arena)
            }
        }
        let arena = Arena()
        var expression = try read()
        expression.lists = lists
        expression.schemaOptions = (draft ?? "7", formats, remotes)
        let result = try expression.evaluate(
            over: try data.map { try InputDocument.read($0, into: arena) } ?? .null,
            at: at.map { arena.string($0) }, in: arena)
        try withExtendedLifetime((arena, lists)) {
            Output.write(JSONFindings.file(result))
            if language == .jsonSchema, result["valid"]?.bool == false {
                throw ExitCode(ExitStatus.findings.rawValue)
            }
        }
    }

    private func read() throws -> Expression {
        let given = expression ?? ""
        if given == "-" || WorkTree.kind(given) == .file {
            let bytes =
                given == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(given)
            return Expression(language: language, text: bytes, file: given)
        }
        return Expression(language: language, text: Array(given.utf8), file: nil)
    }
}
