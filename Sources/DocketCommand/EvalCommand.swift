import ArgumentParser
import Documents

/// `docket eval`.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluate an expression, a rule set or a YAML text.")

    @Option(help: "json-logic, jmespath, rule-set or yaml.")
    var language: ExpressionLanguage

    @Flag(help: "Read one JSON request a line from standard input, write one JSON result a line.")
    var batch = false

    func run() throws {
        LineService.run { request, arena in language.evaluate(request, in: arena) }
    }
}
