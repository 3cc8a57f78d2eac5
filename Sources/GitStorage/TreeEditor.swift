/// One change to a tree.
public struct TreeChange: Sendable, Hashable {
    /// What happens at the path.
    public enum Action: Sendable, Hashable {
        /// A regular file with this content, new or replacing what was there.
        case write(BlobID)
        /// The file goes, and with it each directory it leaves empty. Nothing there is fine.
        case remove
    }

    /// Where.
    public let path: RepositoryPath
    /// What.
    public let action: Action

    /// A change.
    public init(_ path: RepositoryPath, _ action: Action) {
        self.path = path
        self.action = action
    }
}

/// A tree made from another: its id and the tree objects that were not there before.
public struct EditedTree: Sendable {
    /// The new root; the base itself when the changes change nothing.
    public let root: TreeID
    /// The tree objects that are new, each once, subtrees before what holds them.
    public let objects: [ObjectBytes]
}

/// Applies changes to a tree in one pass over the sorted paths. Only directories that a change
/// touches are read and only those that differ are written; the result depends on nothing but the
/// base and the set of changes.
public struct TreeEditor {
    private let repository: Repository
    private let changes: [TreeChange]
    private var objects: [ObjectBytes] = []
    private var written: Set<ObjectID> = []

    /// Applies `changes`, in any order, to `base` (`nil`: to nothing). Two changes of one path, a
    /// file where a directory is or the other way round, a path through a symbolic link or a
    /// submodule are errors with code `pathConflict`. A file can become a directory when it is
    /// removed in the same changes; a directory becomes a file when all its files are removed.
    public static func apply(
        _ changes: [TreeChange], to base: TreeID?, in repository: Repository
    ) throws(GitError) -> EditedTree {
        let sorted = changes.sorted { $0.path < $1.path }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.path == right.path {
            throw conflict(left.path.bytes, "is changed twice")
        }
        var editor = TreeEditor(repository: repository, changes: sorted)
        let root = try editor.edit(base, changes: sorted.indices, prefixLength: 0)
        if let root { return EditedTree(root: root, objects: editor.objects) }
        let empty = try editor.emit([])
        return EditedTree(root: empty, objects: editor.objects)
    }

    private init(repository: Repository, changes: [TreeChange]) {
        self.repository = repository
        self.changes = changes
    }

    /// The directory at `prefixLength` bytes into the paths of `range`; `nil` when it is empty.
    private mutating func edit(
        _ base: TreeID?, changes range: Range<Int>, prefixLength: Int
    ) throws(GitError) -> TreeID? {
        // An edited tree is read once, so it stays out of the handle's cache of trees.
        let old = try base.map { id throws(GitError) in
            try Tree(repository.bytes(of: id.object, kind: .tree), id: id)
        }
        var merge = Merge(old: old ?? Tree(format: repository.location.objectFormat))
        var position = range.lowerBound
        while position < range.upperBound {
            let path = changes[position].path.bytes
            let end = path[prefixLength...].firstIndex(of: 0x2F)
            let name = path[prefixLength..<(end ?? path.count)]
            let existing = merge.advance(to: name, isTree: end != nil)
            if let end {
                let group = groupEnd(from: position, limit: range.upperBound, prefix: path[...end])
                let subtree = try edit(
                    existing.map { TreeID($0.id) }, changes: position..<group,
                    prefixLength: end + 1)
                if let subtree {
                    merge.append(TreeEntry(name: Array(name), kind: .tree, id: subtree.object))
                }
                position = group
            } else {
                try replace(existing, at: position, name: Array(name), in: &merge)
                position += 1
            }
        }
        merge.finish()
        if let name = merge.doubleName() {
            let path = changes[range.lowerBound].path.bytes[..<prefixLength] + name
            throw Self.conflict(Array(path), "is both a file and a directory")
        }
        if merge.entries.isEmpty { return nil }
        if let base, !merge.isChanged { return base }
        return try emit(merge.entries)
    }

    /// A file's change: `existing` is what other than a directory stands at the name.
    private func replace(
        _ existing: TreeEntry?, at position: Int, name: [UInt8], in merge: inout Merge
    ) throws(GitError) {
        switch changes[position].action {
        case .write(let blob):
            merge.append(TreeEntry(name: name, kind: .file, id: blob.object))
        case .remove:
            if existing == nil, merge.old.entry(named: name) != nil {
                throw Self.conflict(
                    changes[position].path.bytes, "is a directory: remove the files in it")
            }
        }
    }

    private func groupEnd(from start: Int, limit: Int, prefix: ArraySlice<UInt8>) -> Int {
        // Doubling, then halving: most groups are small and the paths are sorted.
        var step = 1
        var low = start
        while low + step < limit, changes[low + step].path.bytes.starts(with: prefix) {
            low += step
            step *= 2
        }
        var high = min(low + step, limit)
        low += 1
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].path.bytes.starts(with: prefix) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private mutating func emit(_ entries: [TreeEntry]) throws(GitError) -> TreeID {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.name.count + 40 })
        for entry in entries {
            bytes += entry.kind.mode.utf8
            bytes.append(0x20)
            bytes += entry.name
            bytes.append(0)
            entry.id.withBytes { bytes.append(contentsOf: $0) }
        }
        let object = ObjectBytes(.tree, bytes, format: repository.location.objectFormat)
        if written.insert(object.id).inserted { objects.append(object) }
        return TreeID(object.id)
    }

    private static func conflict(_ path: [UInt8], _ why: String) -> GitError {
        GitError(
            .pathConflict, operation: "edit tree",
            message: "\(String(decoding: path, as: UTF8.self)) \(why)")
    }
}

/// The merge of one directory's old entries with its changes, both in git's order.
private struct Merge {
    let old: Tree
    var entries: [TreeEntry] = []
    private(set) var isChanged = false
    private var position = 0
    private var added: [Int] = []
    private var dropped: TreeEntry?

    init(old: Tree) { self.old = old }

    /// Takes over the old entries before a name, drops the one with that name and kind, and
    /// returns it.
    mutating func advance(to name: ArraySlice<UInt8>, isTree: Bool) -> TreeEntry? {
        settle()
        while position < old.count, old.isEntry(position, before: name, isTree: isTree) {
            entries.append(old[position])
            position += 1
        }
        guard position < old.count else { return nil }
        let entry = old[position]
        guard (entry.kind == .tree) == isTree, entry.name.elementsEqual(name) else { return nil }
        position += 1
        dropped = entry
        return entry
    }

    mutating func append(_ entry: TreeEntry) {
        if dropped == entry {
            dropped = nil
        } else {
            isChanged = true
            if dropped == nil { added.append(entries.count) }
            dropped = nil
        }
        entries.append(entry)
    }

    mutating func finish() {
        settle()
        while position < old.count {
            entries.append(old[position])
            position += 1
        }
    }

    /// A name that is now both a file's and a directory's: one of the two was added.
    func doubleName() -> [UInt8]? {
        for index in added {
            let entry = entries[index]
            let isTree = entry.kind != .tree
            var low = 0
            var high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if Self.precedes(entries[middle], entry.name, isTree: isTree) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            if low < entries.count, (entries[low].kind == .tree) == isTree,
                entries[low].name == entry.name
            {
                return entry.name
            }
        }
        return nil
    }

    /// An old entry dropped and not put back is a change.
    private mutating func settle() {
        if dropped != nil { isChanged = true }
        dropped = nil
    }

    private static func precedes(_ entry: TreeEntry, _ name: [UInt8], isTree: Bool) -> Bool {
        let left = entry.kind == .tree ? entry.name + [0x2F] : entry.name
        return left.precedes(isTree ? name + [0x2F] : name)
    }
}
