internal import CLibGit2
internal import Glibc

/// What went wrong in the repository, for a program (`code`) and for a person (the rest).
public struct GitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// No git repository at the path or above it.
        case notARepository
        /// A repository format that cannot be read or written here: SHA-256, reftable, others.
        case unsupportedRepository
        /// The repository belongs to another user of the machine.
        case notOwner
        /// A revision, branch or tag that does not exist.
        case revisionNotFound
        /// A shortened id or a name that fits several objects.
        case ambiguousRevision
        /// `HEAD` of a repository without commits.
        case noCommits
        /// An object that is not in this clone.
        case objectMissing
        /// An object that is here but cannot be read.
        case corruptObject
        /// An object of another kind than was asked for.
        case wrongKind
        /// A blob above the caller's limit, not read.
        case objectTooLarge
        /// A path that must not be written.
        case invalidPath
        /// Changes that contradict each other or the tree they apply to.
        case pathConflict
        /// A name that no branch can have.
        case invalidBranchName
        /// A branch of sources where the ledger was to be written.
        case notALedger
        /// A branch that some work tree has checked out.
        case branchCheckedOut
        /// Another run holds the lock.
        case locked
        /// A name or a depth past the limits of this module.
        case limitExceeded
        /// The operating system refused.
        case inputOutput
        /// Anything else that libgit2 reports.
        case library
    }

    /// What kind of failure.
    public let code: Code
    /// What was being done, as in "open" or "read blob".
    public let operation: String
    /// What happened, one sentence without a full stop.
    public let message: String
    /// What a person can do about it; empty when there is nothing to say.
    public let advice: String

    /// An error with its facts.
    public init(_ code: Code, operation: String, message: String, advice: String = "") {
        self.code = code
        self.operation = operation
        self.message = message
        self.advice = advice
    }

    /// Operation, message and advice on one line.
    public var description: String {
        "\(operation): \(message)" + (advice.isEmpty ? "" : ". \(advice)")
    }
}

extension GitError {
    /// An error from a libgit2 return code. libgit2 keeps its last message for each thread, so
    /// this is called at once, before anything else runs.
    static func last(_ status: Int32, operation: String, code: Code? = nil) -> GitError {
        var message = "libgit2 failed with \(status)"
        if let last = git_error_last(), let text = last.pointee.message {
            message = String(cString: text)
        }
        return GitError(code ?? Self.code(of: status), operation: operation, message: message)
    }

    private static func code(of status: Int32) -> Code {
        switch status {
        case GIT_ENOTFOUND.rawValue: .objectMissing
        case GIT_EAMBIGUOUS.rawValue: .ambiguousRevision
        case GIT_EUNBORNBRANCH.rawValue: .noCommits
        case GIT_EINVALIDSPEC.rawValue: .revisionNotFound
        case GIT_EOWNER.rawValue: .notOwner
        case GIT_ELOCKED.rawValue: .locked
        default: .library
        }
    }

    /// An error from `errno`.
    static func system(_ number: Int32, operation: String, path: String) -> GitError {
        GitError(
            .inputOutput, operation: operation,
            message: "\(path): \(String(cString: strerror(number)))")
    }
}

/// The one way libgit2 return codes become errors.
func check(_ status: Int32, operation: String) throws(GitError) {
    if status < 0 { throw GitError.last(status, operation: operation) }
}
