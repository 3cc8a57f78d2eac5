internal import CLibGit2

/// The name of a branch, as in `ledger`: valid by git-check-ref-format(1), not starting with a dash.
public struct BranchName: Sendable, Hashable, CustomStringConvertible {
    /// The name without `refs/heads/`.
    public let name: String

    /// Checks a name; `refs/heads/NAME` is taken as `NAME`.
    public init(_ text: String) throws(GitError) {
        try LibGit2.start()
        let name = Self.shortened(text)
        var isValid: Int32 = 0
        let status = git_branch_name_is_valid(&isValid, name)
        guard status == 0, isValid == 1, !name.utf8.elementsEqual("HEAD".utf8) else {
            throw GitError(
                .invalidBranchName, operation: "name branch",
                message: "\"\(text)\" is not a name that a branch can have")
        }
        self.name = name
    }

    /// The full name of the reference.
    public var reference: String { Self.prefix + name }

    /// The name without `refs/heads/`.
    public var description: String { name }

    private static let prefix = "refs/heads/"

    private static func shortened(_ reference: String) -> String {
        reference.utf8.starts(with: prefix.utf8)
            ? String(reference.dropFirst(prefix.utf8.count)) : reference
    }

    /// `main` for the line `ref: refs/heads/main` of a `HEAD` file; `nil` for anything else.
    static func shortened(symbolicTarget line: String) -> String? {
        guard line.utf8.starts(with: "ref:".utf8) else { return nil }
        let target = String(line.dropFirst("ref:".utf8.count).drop { $0 == " " || $0 == "\t" })
        return target.utf8.starts(with: prefix.utf8) ? shortened(target) : nil
    }
}
