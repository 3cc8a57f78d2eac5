public import Definitions
public import Documents
import Expressions

/// A workflow's `contextSchema`: what holds of the context at intake and after each merge.
extension CaseMachine {
    /// What is wrong with a context, in a sentence that may name members of it; nil when nothing is.
    ///
    /// - Parameter path: what was set or merged since the context was looked at last; nil when
    ///   anything may have changed.
    mutating func schemaProblem(_ context: Value, after path: MemberPath? = nil) -> String? {
        guard let schema = workflow.contextSchema else { return nil }
        if let key = path?.first, let members = workflow.contextSchemaMembers,
            !members.contains(where: { $0.text == key.text })
        {
            return nil
        }
        return ContextProblem(context, schema, in: arena)?.message
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
    mutating func keepsSchema(after path: MemberPath? = nil) -> Bool {
        guard workflow.semantics == .docket,
            let problem = schemaProblem(record.context, after: path)
        else { return true }
        fail(code: "RUN016", problem, place: workflow.contextSchemaPlace)
        return false
    }
}

/// Checks the input of a case against the `contextSchema` of its workflow, where it is read.
public enum IntakeCheck {
    /// What is wrong with the context that a new case of this input would have, at the part of its
    /// file that is wrong; nil when nothing is.
    ///
    /// - Parameters:
    ///   - root: of the file or line the input was read from.
    ///   - position: of a line of many, whose parts have no places of their own.
    public static func finding(
        _ input: CaseInput, of workflow: Workflow, at root: Node, line position: Position?,
        in arena: Arena
    ) -> Finding? {
        guard let schema = workflow.contextSchema else { return nil }
        let context = workflow.initialContext.assigning(input.context, in: arena)
        guard let problem = ContextProblem(context, schema, in: arena) else { return nil }
        return Finding(
            "RUN015", .error, problem.message, file: root.file,
            at: position ?? place(problem.path, root["context"] ?? root).position)
    }

    /// The innermost part of the context on the path that the file holds.
    private static func place(_ path: String, _ context: Node) -> Node {
        var node = context
        let scratch = Arena(chunkBytes: 256)
        for token in JSONPointer(parsing: path)?.tokens ?? [] {
            let elements = node.elements
            if let index = Int(token), elements.indices.contains(index) {
                node = elements[index]
            } else if let member = node[scratch.text(token)] {
                node = member
            } else {
                return node
            }
        }
        return node
    }
}

/// Why a context does not satisfy a schema.
struct ContextProblem {
    /// Problems told at most.
    private static let told = 5

    /// A sentence that may name members of the context.
    let message: String
    /// JSON pointer to the first part that is wrong.
    let path: String

    /// Nil when nothing is wrong.
    init?(_ context: Value, _ schema: JSONSchema, in arena: Arena) {
        let what: String
        do throws(ExpressionError) {
            if try schema.isValid(context, in: arena) { return nil }
            let errors = try schema.errors(context, limit: Self.told, in: arena)
            path = errors.first?.path ?? ""
            what = errors.map { error in
                "\(error.path.isEmpty ? "the context" : error.path) \(error.message) "
                    + "(\(error.keyword))"
            }.joined(separator: "; ")
        } catch { (what, path) = (error.message, "") }
        message = "the context does not satisfy the workflow's contextSchema: \(what)"
    }
}
