/// An entry met on a walk.
public struct WalkedEntry: Sendable, Hashable {
    /// The path from where the walk began, raw bytes with `/` between segments.
    public let path: [UInt8]
    /// What it is.
    public let kind: EntryKind
    /// Its object.
    public let id: ObjectID

    /// The path as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: path, as: UTF8.self) }
}

/// Walks all entries below a tree in git's order, each directory before what is in it. The limits
/// stop a tree that was built to never end.
public struct TreeWalker {
    /// The deepest directory that is entered.
    public static let depthLimit = 256

    private struct Level {
        var tree: Tree
        var next: Int
        var pathLength: Int
    }

    private let repository: Repository
    private let entryLimit: Int
    private var levels: [Level] = []
    private var path: [UInt8] = []
    private var pending: TreeID?
    private var count = 0

    /// A walk over `root`; it fails with `limitExceeded` after `entryLimit` entries.
    public init(
        _ root: TreeID, in repository: Repository, entryLimit: Int = 20_000_000
    ) throws(GitError) {
        self.repository = repository
        self.entryLimit = entryLimit
        levels.append(Level(tree: try repository.tree(root), next: 0, pathLength: 0))
    }

    /// The next entry; `nil` at the end.
    public mutating func next() throws(GitError) -> WalkedEntry? {
        if let pending {
            self.pending = nil
            try enter(pending)
        }
        while let level = levels.last {
            path.removeLast(path.count - level.pathLength)
            guard level.next < level.tree.count else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].next += 1
            let entry = level.tree[level.next]
            if !path.isEmpty { path.append(0x2F) }
            path += entry.name
            count += 1
            guard count <= entryLimit else { throw exceeded("more than \(entryLimit) entries") }
            if entry.kind == .tree { pending = TreeID(entry.id) }
            return WalkedEntry(path: path, kind: entry.kind, id: entry.id)
        }
        return nil
    }

    /// Leaves out what is below the directory returned last.
    public mutating func skipSubtree() { pending = nil }

    private mutating func enter(_ id: TreeID) throws(GitError) {
        guard levels.count < Self.depthLimit else {
            throw exceeded("directories more than \(Self.depthLimit) deep")
        }
        levels.append(Level(tree: try repository.tree(id), next: 0, pathLength: path.count))
    }

    private func exceeded(_ what: String) -> GitError {
        GitError(.limitExceeded, operation: "walk tree", message: "the tree has \(what)")
    }
}
