internal import CLibGit2
internal import Glibc

/// An open repository. One handle serves one thread: give each worker its own (``reopen()``, or
/// ``init(location:)`` on the worker). Of the user's own configuration only the identity is used,
/// and `safe.directory`, by which a person trusts another owner's repository.
public final class Repository {
    /// Where the repository lives and how it is laid out.
    public let location: RepositoryLocation
    /// Who commits: `user.name` and `user.email` of the configuration, else Docket itself.
    public let identity: Identity
    let handle: OpaquePointer
    let objects: OpaquePointer
    var trees = TreeCache()

    /// Opens the repository that contains `path`: a work tree, a directory in one, or a bare
    /// repository.
    public static func open(_ path: String) throws(GitError) -> Repository {
        try Repository(location: RepositoryLocation(discovering: path))
    }

    /// Opens a repository found before.
    public convenience init(location: RepositoryLocation) throws(GitError) {
        try self.init(location: location, identity: nil)
    }

    private init(location: RepositoryLocation, identity: Identity?) throws(GitError) {
        try LibGit2.start()
        var opened: OpaquePointer?
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
        try check(
            git_repository_open_ext(&opened, location.gitDirectory, flags, nil), operation: "open")
        guard let opened else { throw GitError.last(-1, operation: "open") }
        var database: OpaquePointer?
        do throws(GitError) {
            self.identity = identity ?? Identity.configured(in: opened)
            try Self.useOwnConfiguration(opened, location: location, identity: self.identity)
            try check(git_repository_odb(&database, opened), operation: "open")
        } catch {
            git_repository_free(opened)
            throw error
        }
        guard let database else {
            git_repository_free(opened)
            throw GitError.last(-1, operation: "open")
        }
        self.location = location
        handle = opened
        objects = database
    }

    deinit {
        git_odb_free(objects)
        git_repository_free(handle)
    }

    /// A second handle on the same repository, free to go to another thread.
    public func reopen() throws(GitError) -> sending Repository {
        try Repository(location: location, identity: identity)
    }

    /// True when the repository has no work tree of its own.
    public var isBare: Bool { git_repository_is_bare(handle) == 1 }

    /// The work tree's directory, without a slash at the end; `nil` when bare.
    public var workTree: String? {
        guard let path = git_repository_workdir(handle) else { return nil }
        let text = String(cString: path)
        return text.utf8.count > 1 && text.utf8.last == 0x2F ? String(text.dropLast()) : text
    }

    /// The branch that `HEAD` names, as in `main`, whether it has commits or not; `nil` when `HEAD`
    /// is detached.
    public var defaultBranch: String? {
        guard let line = Files.firstLine(location.gitDirectory + "/HEAD") else { return nil }
        return BranchName.shortened(symbolicTarget: line)
    }

    /// Leaves the handle with the repository's own configuration only, so that what is in a home
    /// directory changes nothing, and with a signature for reflogs.
    private static func useOwnConfiguration(
        _ handle: OpaquePointer, location: RepositoryLocation, identity: Identity
    ) throws(GitError) {
        var config: OpaquePointer?
        let file = location.commonDirectory + "/config"
        try check(git_config_open_ondisk(&config, file), operation: "read config")
        defer { git_config_free(config) }
        try check(git_repository_set_config(handle, config), operation: "read config")
        try check(
            git_repository_set_ident(handle, identity.name, identity.email),
            operation: "set identity")
    }
}

// One handle, one thread.
@available(*, unavailable)
extension Repository: Sendable {}
