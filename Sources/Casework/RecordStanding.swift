public import Definitions
import Documents
import Statecharts

extension CaseRecord {
    /// What the case amounts to: by its status, else by the first known tag of its state.
    public func outcome(in workflow: Workflow) -> Outcome {
        switch status {
        case .failed: return .failed
        case .withdrawn: return .withdrawn
        case .active, .waiting, .completed: break
        }
        if let outcome = workflow.chart.first(configuration, where: { Outcome(tag: $0) }) {
            return outcome
        }
        switch status {
        case .completed: return .resolved
        case .waiting: return .waitingForData
        case .active, .failed, .withdrawn: return .inProgress
        }
    }

    /// Stands the case on the workflow as it is now, when it took a transition in this run.
    ///
    /// - Parameter commit: of the source that the workflow is of, in hexadecimal.
    public mutating func adopt(_ workflow: Workflow, at commit: String) {
        guard
            pin == nil
                || history.contains(where: {
                    $0.result == .transition || $0.result == .migrated || $0.result == .reopened
                })
        else { return }
        version = workflow.version
        closure = workflow.closure.hexadecimal
        if pin?.closure.utf8.elementsEqual(closure.utf8) != true {
            pin = Pin(commit: commit, closure: closure)
        }
    }
}

/// What a fault's code says in a record: a sentence that is the same for every case, because the
/// message of the moment may quote the person's data.
public enum FaultSentence {
    /// The sentence of a code.
    public static func of(_ code: String) -> String {
        sentences.first { $0.code.utf8.elementsEqual(code.utf8) }?.sentence
            ?? (code.hasPrefix("DOC")
                ? "the case's file cannot be read" : "the case's input is not valid")
    }

    private static let sentences: [(code: String, sentence: String)] = [
        ("RUN001", "a guard could not be evaluated over this case"),
        ("RUN002", "an assignment could not be evaluated over this case"),
        ("RUN003", "the transitions of a state lead to each other without end"),
        ("RUN004", "the case stands in a state that its workflow does not have"),
        ("RUN005", "the case took too many steps in one run"),
        ("RUN006", "assignments made the case's context larger than its limits"),
        ("RUN010", "a plugin's transform failed over this case"),
        ("RUN011", "a transformer made a value that is no object"),
        ("RUN012", "the result of a child case could not be made"),
        ("RUN013", "the case starts children too many levels deep"),
        ("RUN014", "the case starts too many children"),
        ("RUN015", "the case's context does not satisfy its workflow's contextSchema"),
        ("RUN016", "the workflow made a context that does not satisfy its contextSchema"),
        ("RUN020", "the case's files on the ledger are not whole"),
        ("RUN021", "the case waits for a plugin that its workflow does not have"),
        ("RUN022", "the result holds a number that is not finite"),
        ("RUN023", "the definitions that the case is pinned to cannot be read"),
        ("RUN030", "a monitor of the case could not be made out"),
        ("CS030", "the case's name is no case id"),
        ("CS031", "the case's file is a symbolic link or a submodule"),
        ("CS032", "the case's file is larger than limits.caseBytes"),
        ("CS033", "two inputs have this case id, or one that differs only in case"),
        ("CS034", "the case's file is a Git LFS pointer"),
        ("CS035", "a git filter changes the case's file on checkout"),
        ("CS036", "the case names no workflow and its directory has no default"),
        ("CS037", "the case's workflow does not exist"),
        ("CS038", "the definition of the case's workflow has errors"),
        ("CS040", "an event file of the case cannot be read"),
    ]
}
