internal import CLibGit2

/// How a compare-and-swap of a branch came out.
public enum BranchUpdate: Sendable, Hashable {
    /// The branch points to the new commit.
    case updated
    /// The branch was not where the caller thought and was left there; `nil`: it is gone.
    case moved(current: CommitID?)
}

extension Repository {
    /// Moves a branch to `target` if it is at `expected`, in one step against other processes;
    /// `nil` expects that it does not exist and creates it. The reflog, where the repository keeps
    /// one, gets `message`. A branch checked out in a work tree is not moved: the error's code is
    /// `branchCheckedOut`.
    public func moveBranch(
        _ branch: BranchName, to target: CommitID, from expected: CommitID?, message: String
    ) throws(GitError) -> BranchUpdate {
        if let place = checkout(of: branch) { throw checkedOut(branch, place) }
        var new = try gitOID(target.object, operation: "move branch")
        var old = try gitOID(
            expected?.object ?? ObjectID(zero: .sha1), operation: "move branch")
        var reference: OpaquePointer?
        // A zero id expects no branch; without force an existing one is told from a moved one.
        let status = git_reference_create_matching(
            &reference, handle, branch.reference, &new, expected == nil ? 0 : 1, &old, message)
        git_reference_free(reference)
        switch status {
        case 0: return .updated
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue, GIT_ENOTFOUND.rawValue:
            let error = GitError.last(status, operation: "move branch \(branch)", code: .library)
            let current = try tip(of: branch)
            if current == expected { throw error }
            return .moved(current: current)
        case GIT_ELOCKED.rawValue:
            throw GitError(
                .locked, operation: "move branch \(branch)",
                message: "another process is writing \(branch.reference)",
                advice: "Try again. If no git process runs, remove \(branch.reference).lock in "
                    + location.commonDirectory)
        default: throw GitError.last(status, operation: "move branch \(branch)")
        }
    }

    private func checkedOut(_ branch: BranchName, _ place: String) -> GitError {
        GitError(
            .branchCheckedOut, operation: "move branch \(branch)",
            message: "\(branch) is checked out in \(place)",
            advice: "Switch that work tree to another branch: its files would no longer match")
    }
}

extension Repository {
    /// The git directory of a work tree that has `branch` checked out, or is in the middle of a
    /// rebase or bisection of it; `nil` when there is none.
    public func checkout(of branch: BranchName) -> String? {
        let common = location.commonDirectory
        var places = Files.names(in: common + "/worktrees").map { common + "/worktrees/" + $0 }
        // A bare repository's HEAD is only its default branch.
        if !isCommonDirectoryBare { places.insert(common, at: 0) }
        return places.first { place in
            let head = Files.firstLine(place + "/HEAD").flatMap {
                BranchName.shortened(symbolicTarget: $0)
            }
            if let head, head.utf8.elementsEqual(branch.name.utf8) { return true }
            let inProgress = ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"]
            return inProgress.contains { file in
                guard let line = Files.firstLine("\(place)/\(file)") else { return false }
                return line.utf8.elementsEqual(branch.reference.utf8)
                    || line.utf8.elementsEqual(branch.name.utf8)
            }
        }
    }

    private var isCommonDirectoryBare: Bool {
        var config: OpaquePointer?
        guard git_repository_config(&config, handle) == 0 else { return isBare }
        defer { git_config_free(config) }
        var isBare: Int32 = 0
        return git_config_get_bool(&isBare, config, "core.bare") == 0 && isBare == 1
    }
}
