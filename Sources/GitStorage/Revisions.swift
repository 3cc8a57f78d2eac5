internal import CLibGit2

/// What a commit says.
public struct Commit: Sendable, Hashable {
    /// Its id.
    public let id: CommitID
    /// The tree it records.
    public let tree: TreeID
    /// Its parents in order. In a shallow clone they may not be there to read.
    public let parents: [CommitID]
    /// Who wrote the change and when.
    public let author: Signature
    /// Who made the commit and when.
    public let committer: Signature
    /// The whole message; bytes that are not UTF-8 are replaced.
    public let message: String
}

extension Repository {
    /// The commit that a revision names: `HEAD`, a branch, a tag, an id or the start of one, or any
    /// other form of gitrevisions(7) that libgit2 knows. Tags are followed to their commit.
    public func resolve(_ revision: String) throws(GitError) -> CommitID {
        var object: OpaquePointer?
        let status = git_revparse_single(&object, handle, revision)
        defer { git_object_free(object) }
        if status < 0 { throw unresolved(revision, status) }
        var commit: OpaquePointer?
        let peeled = git_object_peel(&commit, object, GIT_OBJECT_COMMIT)
        defer { git_object_free(commit) }
        guard peeled == 0, let id = git_object_id(commit) else {
            throw GitError(
                .wrongKind, operation: "resolve", message: "\(revision) does not name a commit")
        }
        return CommitID(ObjectID(id.pointee))
    }

    /// Reads a commit.
    public func commit(_ id: CommitID) throws(GitError) -> Commit {
        // Checks presence, kind and hash; libgit2 only takes the bytes apart.
        _ = try bytes(of: id.object, kind: .commit)
        var oid = try gitOID(id.object, operation: "read commit")
        var commit: OpaquePointer?
        let status = git_commit_lookup(&commit, handle, &oid)
        if status < 0 {
            throw GitError.last(status, operation: "read commit", code: .corruptObject)
        }
        defer { git_commit_free(commit) }
        guard let tree = git_commit_tree_id(commit),
            let author = git_commit_author(commit), let committer = git_commit_committer(commit)
        else { throw GitError.last(-1, operation: "read commit", code: .corruptObject) }
        let parents = (0..<git_commit_parentcount(commit)).compactMap { index in
            git_commit_parent_id(commit, index).map { CommitID(ObjectID($0.pointee)) }
        }
        return Commit(
            id: id, tree: TreeID(ObjectID(tree.pointee)), parents: parents,
            author: Signature(author.pointee), committer: Signature(committer.pointee),
            message: git_commit_message_raw(commit).map { String(cString: $0) } ?? "")
    }

    /// The commit at the tip of `refs/heads/NAME`, loose or packed; `nil` when there is no such
    /// branch.
    public func tip(of branch: BranchName) throws(GitError) -> CommitID? {
        var oid = git_oid()
        let status = git_reference_name_to_id(&oid, handle, branch.reference)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        try check(status, operation: "read branch \(branch.name)")
        return CommitID(ObjectID(oid))
    }

    private func unresolved(_ revision: String, _ status: Int32) -> GitError {
        if status == GIT_EAMBIGUOUS.rawValue {
            return GitError(
                .ambiguousRevision, operation: "resolve", message: "\(revision) is ambiguous",
                advice: "Give more digits, or a full name such as refs/heads/NAME")
        }
        if git_repository_head_unborn(handle) == 1 && revision.utf8.elementsEqual("HEAD".utf8) {
            return GitError(
                .noCommits, operation: "resolve", message: "the repository has no commits yet",
                advice: "Commit the definitions and cases first")
        }
        let advice =
            location.isShallow ? "This clone is shallow: `git fetch --unshallow` gets the rest" : ""
        return GitError(
            .revisionNotFound, operation: "resolve",
            message: "there is no branch, tag or commit named \(revision)", advice: advice)
    }
}

extension Signature {
    init(_ signature: git_signature) {
        identity = Identity(
            reading: signature.name.map { String(cString: $0) } ?? "",
            email: signature.email.map { String(cString: $0) } ?? "")
        seconds = signature.when.time
        offsetMinutes = Int(signature.when.offset)
    }
}
