internal import CLibGit2
internal import Glibc

/// The process-wide state of libgit2, set once before its first use.
enum LibGit2 {
    /// Format extensions that change nothing for a reader of objects and writer of packs and
    /// refs, and that libgit2 1.5 does not know by itself. The values of the last two are checked
    /// when a repository is found.
    static let harmlessExtensions = [
        "partialclone", "worktreeconfig", "preciousobjects", "relativeworktrees",
        "objectformat", "refstorage",
    ]

    /// True once libgit2 is ready.
    static let isReady: Bool = {
        guard git_libgit2_init() > 0 else { return false }
        // Refs and their directories reach the disk before a run calls itself done.
        guard docket_git_enable_fsync_gitdir(1) == 0 else { return false }
        // Objects are hashed where they are read, three times as fast (Repository.bytes).
        guard docket_git_enable_strict_hash_verification(0) == 0 else { return false }
        // See Ownership.
        guard docket_git_set_owner_validation(0) == 0 else { return false }
        var names = harmlessExtensions.map { UnsafePointer(strdup($0)) }
        defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
        return docket_git_set_extensions(&names, names.count) == 0
    }()

    static func start() throws(GitError) {
        guard isReady else {
            throw GitError(.library, operation: "start", message: "libgit2 does not start")
        }
    }
}
