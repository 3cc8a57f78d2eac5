import ArgumentParser
import Documents
import Expressions

/// `docket eval`.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluate an expression, a rule set or a YAML text.",
        discussion: """
            Shows what an expression gives over data, with Ballerine's meaning. The expression stands \
            on the command line or in a file; a rule may be JSON or YAML.

              docket eval --language json-logic '{">": [{"var": "score"}, 60]}' --data case.json
              docket eval --language jmespath 'documents[?type == `id`].number' --data -
              docket eval --language rule-set rule.yaml --data case.yaml --at 2026-11-22T00:00:00Z
              docket eval --language yaml workflows/kyb.yaml

            With --batch, each line of standard input is a request and each line of standard output \
            its answer: {"rule","data"} for json-logic, {"expression","data"} for jmespath, \
            {"ruleSet","data","at"?} for rule-set, {"yaml"} for yaml.

            Exit codes: 0 evaluated; 1 the expression does not parse or cannot be evaluated; 2 usage.
            """)

    @Option(help: "json-logic, jmespath, rule-set or yaml.")
    var language: ExpressionLanguage

    @Flag(help: "Read one JSON request a line from standard input, write one JSON result a line.")
    var batch = false

    @Argument(help: "The expression, or a file that holds it.", completion: .file())
    var expression: String?

    @Option(help: "The data, a JSON or YAML file; '-' is standard input.", completion: .file())
    var data: String?

    @Option(help: "The clock that rules about dates see, such as 2026-11-22T00:00:00Z.")
    var at: String?

    func validate() throws {
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
        if batch {
            return LineService.run(language.evaluate)
        }
        let arena = Arena()
        let result = try read().evaluate(
            over: try data.map { try InputDocument.read($0, into: arena) } ?? .null,
            at: at.map { arena.string($0) }, in: arena)
        withExtendedLifetime(arena) { Output.write(JSONFindings.file(result)) }
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
