import Definitions
import Documents
import GitStorage
import Synchronization

/// What a case runs on: its workflow, the definitions that it belongs to, and their commit.
struct Footing: Sendable {
    let workflow: Workflow
    let catalog: Catalog
    /// In hexadecimal.
    let commit: String
}

/// Catalogs of earlier commits, read from history once each: what cases of earlier versions of their
/// workflows are pinned to.
final class PinnedCatalogs: Sendable {
    private let known = Mutex<[String: Result<Catalog, GitError>]>([:])

    /// The definitions of a commit.
    ///
    /// - Parameter repository: the caller's own.
    func catalog(at commit: String, in repository: Repository) -> Result<Catalog, GitError> {
        known.withLock { known in
            if let catalog = known[commit] { return catalog }
            let read = Self.read(commit, repository)
            known[commit] = read
            return read
        }
    }

    private static func read(
        _ commit: String, _ repository: Repository
    ) -> Result<Catalog, GitError> {
        do throws(GitError) {
            guard let id = CommitID(hex: commit) else {
                throw GitError(
                    .revisionNotFound, operation: "read a pin",
                    message: "'\(commit)' is no commit id",
                    advice: "only Docket writes records; find out what changed this one")
            }
            let tree = try repository.tree(of: id)
            return .success(try SourceCatalog.load(tree, in: repository).catalog)
        } catch { return .failure(error) }
    }
}

extension RunContext {
    /// What a case on the ledger runs on: the workflow as it is now when it has the record's
    /// version, else as it was in the commit that the record is pinned to.
    func footing(
        of record: Value, in repository: Repository
    ) -> Result<Footing, WorkflowChoice.Failure> {
        guard let name = record["workflow"]?.string else { return footing(of: nil) }
        guard let version = record["version"]?.integer,
            let commit = record["pin"]?["commit"]?.string,
            let current = catalog.workflow(name), current.version != version
        else { return footing(of: name) }
        func unreadable(_ why: String) -> Result<Footing, WorkflowChoice.Failure> {
            .failure(
                .init(
                    code: "RUN023",
                    message: "the case is pinned to version \(version) of '\(name)' in commit "
                        + "\(commit.prefix(12)), \(why)"))
        }
        switch pins.catalog(at: commit, in: repository) {
        case .failure(let error):
            return unreadable("which cannot be read (is this a shallow clone?): \(error.message)")
        case .success(let old):
            if old.brokenWorkflows.contains(name) {
                return unreadable("whose definitions this version of Docket finds errors in")
            }
            guard let workflow = old.workflow(name), workflow.version == version else {
                return unreadable("which does not have it")
            }
            return .success(Footing(workflow: workflow, catalog: old, commit: commit))
        }
    }

    /// What a new case runs on: the workflow as it is now.
    func footing(of name: String?) -> Result<Footing, WorkflowChoice.Failure> {
        WorkflowChoice.find(name, in: catalog).map {
            Footing(workflow: $0, catalog: catalog, commit: source)
        }
    }
}
