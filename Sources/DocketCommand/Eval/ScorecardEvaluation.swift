import Documents
import Expressions
import RiskRules

/// `docket eval --language scorecard`.
enum ScorecardEvaluation {
    /// The answer to `{scorecard, data, lists?}`: `{result}`, what the card makes of the data.
    ///
    /// The card is an entry of `scorecards`, or a file of `rules/` that has one. `lists` holds the lists
    /// that it names, each as a file of `lists/` has it.
    static func evaluate(
        _ request: Value, lists: ListFolder, in arena: Arena
    ) throws(ExpressionError) -> Value {
        let source = Source(
            file: "scorecard", arena: arena, value: request["scorecard"] ?? .null)
        let vocabulary = Vocabulary(
            lists: try lists.library(with: request, in: arena) ?? ListLibrary([], in: arena),
            in: arena)
        let entry = try entry(of: source.root)
        vocabulary.collect(source.root)
        let (card, findings) = Scorecard.compile(entry, vocabulary: vocabulary)
        if let problem = findings.first(where: { $0.level == .error }) {
            throw ExpressionError(.syntax, problem.message)
        }
        guard let card else { throw ExpressionError(.syntax, "a scorecard needs an id") }
        let scoring = try card.evaluate(Scope(request["data"] ?? .null), in: arena)
        return arena.object(["result": scoring.value(in: arena)])
    }

    private static func entry(of root: Node) throws(ExpressionError) -> Node {
        guard let cards = root["scorecards"] else { return root }
        guard let card = cards.elements.first, cards.elements.count == 1 else {
            throw ExpressionError(
                .syntax,
                "the file has \(cards.elements.count) scorecards; give one of them by itself")
        }
        return card
    }
}
