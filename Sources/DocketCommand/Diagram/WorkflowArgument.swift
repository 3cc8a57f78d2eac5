import Batch
import Definitions
import Documents
import GitStorage

/// A workflow that a person names: by its id in a repository or a commit, or by a file.
struct WorkflowArgument {
    let name: String
    let directory: String
    let revision: String?

    init(_ name: String, _ directory: String, _ revision: String?) {
        self.name = name
        self.directory = directory
        self.revision = revision
    }

    /// The workflow and the catalog that holds it, which must outlive it.
    func load() throws -> (Workflow, Catalog) {
        if revision == nil, WorkTree.kind(name) == .file { return try loadFile() }
        let catalog = try catalog()
        if let workflow = catalog.workflow(name) { return (workflow, catalog) }
        if catalog.brokenWorkflows.contains(name) { throw Self.refusal(catalog.findings) }
        let known = catalog.workflows.map(\.id).joined(separator: ", ")
        throw CommandError(
            .usage,
            "there is no workflow '\(name)' in workflows/ and no such file"
                + (known.isEmpty ? "" : "; there are \(known)"))
    }

    private func catalog() throws -> Catalog {
        guard let revision else {
            let files = try WorkTreeFiles(directory)
            return try SourceCatalog.load(files.root, in: files).catalog
        }
        let repository = try Repository.open(directory)
        let commit = try repository.commit(try repository.resolve(revision))
        return try SourceCatalog.load(commit.tree, in: repository).catalog
    }

    private func loadFile() throws -> (Workflow, Catalog) {
        let parsed = Source.parse(name, try WorkTree.read(name))
        guard let source = parsed.source else { throw Self.refusal(parsed.findings) }
        let catalog = Catalog(alone: source, as: .workflow)
        guard let workflow = catalog.workflows.first else {
            throw Self.refusal(catalog.findings)
        }
        return (workflow, catalog)
    }

    static func refusal(_ findings: [Finding]) -> CommandError {
        let errors = findings.filter { $0.level == .error }.map { "\n  \($0)" }.joined()
        return CommandError(.findings, "the workflow has errors" + errors)
    }
}
