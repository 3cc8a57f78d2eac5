import Definitions
import Documents
import Expressions

/// A workflow's `contextSchema`: what holds of the context at intake and after each merge.
extension CaseMachine {
    /// Problems told at most.
    private static let told = 5

    /// What is wrong with a context, in a sentence that may name members of it; nil when nothing is.
    func schemaProblem(_ context: Value) -> String? {
        guard let schema = workflow.contextSchema else { return nil }
        let what: String
        do throws(ExpressionError) {
            if try schema.isValid(context, in: arena) { return nil }
            let errors = try schema.errors(context, limit: Self.told, in: arena)
            what = errors.map { error in
                "\(error.path.isEmpty ? "the context" : error.path) \(error.message) "
                    + "(\(error.keyword))"
            }.joined(separator: "; ")
        } catch { what = error.message }
        return "the context does not satisfy the workflow's contextSchema: \(what)"
    }

    /// Fails a new case whose context does not satisfy its workflow's schema.
    mutating func checkIntake() -> Bool {
        guard let problem = schemaProblem(record.context) else { return true }
        fail(code: "RUN015", problem, place: workflow.contextSchemaPlace)
        return false
    }

    /// Takes over a context that an assignment, a rule or a transformer made. Ballerine does not
    /// look at those; natively the case fails with what its workflow made of it.
    ///
    /// - Returns: whether the case goes on.
    mutating func keepsSchema() -> Bool {
        guard workflow.semantics == .docket, let problem = schemaProblem(record.context) else {
            return true
        }
        fail(code: "RUN016", problem, place: workflow.contextSchemaPlace)
        return false
    }
}
