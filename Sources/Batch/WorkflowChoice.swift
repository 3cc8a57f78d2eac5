import Definitions
import Documents

/// The workflow of a case by the name that its input, its record or its directory gives.
enum WorkflowChoice {
    /// Why there is none: a finding's code and message.
    struct Failure: Error {
        let code: String
        let message: String
    }

    static func find(_ name: String?, in catalog: Catalog) -> Result<Workflow, Failure> {
        guard let name else {
            return .failure(
                Failure(
                    code: "CS036",
                    message:
                        "the case names no workflow and docket.yaml has none for its directory"))
        }
        if catalog.brokenWorkflows.contains(name) {
            return .failure(
                Failure(
                    code: "CS038", message: "the definition of the workflow '\(name)' has errors"))
        }
        guard let workflow = catalog.workflow(name) else {
            return .failure(Failure(code: "CS037", message: "there is no workflow '\(name)'"))
        }
        return .success(workflow)
    }
}
