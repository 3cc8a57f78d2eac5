/// Where source files are read from: the commits of a repository, or a work tree as it stands.
/// What reads them does not know which, so that a check before a commit and a run after it see
/// the same.
public protocol SourceFiles: AnyObject {
    /// The entries of a directory, sorted by the bytes of their names or in git's order.
    func entries(of tree: TreeID) throws(GitError) -> [TreeEntry]

    /// The entry at a path below `root`, with `/` between its segments; `nil` when there is nothing
    /// there. Symbolic links are not followed.
    func entry(at path: [UInt8], in root: TreeID) throws(GitError) -> TreeEntry?

    /// The size of a file in bytes, without reading it.
    func size(of blob: BlobID) throws(GitError) -> Int

    /// The bytes of a file; above the limit it is not read and the error's code is
    /// `objectTooLarge`.
    func blob(_ id: BlobID, limitBytes: Int) throws(GitError) -> [UInt8]
}

extension Repository: SourceFiles {
    /// The entries of a tree, in git's order.
    public func entries(of tree: TreeID) throws(GitError) -> [TreeEntry] {
        Array(try self.tree(tree))
    }

    /// The size of a blob in bytes, read from its header.
    public func size(of blob: BlobID) throws(GitError) -> Int { try header(of: blob.object).size }
}
