internal import Dispatch
internal import Synchronization

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
    /// Directories edited apart, by their first change.
    private var parts: [Int: Part] = [:]

    /// Changes below one directory.
    private struct Part: Sendable {
        var range: Range<Int>
        var prefixLength: Int
        var outcome: Result<(root: TreeID?, objects: [ObjectBytes]), GitError>?
    }
    /// Changes that are worth another thread.
    private static let worthwhile = 4096

    /// Applies `changes`, in any order, to `base` (`nil`: to nothing). Two changes of one path, a
    /// file where a directory is or the other way round, a path through a symbolic link or a
    /// submodule are errors with code `pathConflict`. A file can become a directory when it is
    /// removed in the same changes; a directory becomes a file when all its files are removed.
    ///
    /// - Parameter jobs: threads to use; the result is the same for any number.
    public static func apply(
        _ changes: [TreeChange], to base: TreeID?, in repository: Repository, jobs: Int = 1
    ) throws(GitError) -> EditedTree {
        let jobs = changes.count < worthwhile ? 1 : max(jobs, 1)
        let sorted = sorted(changes, jobs: jobs)
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.path == right.path {
            throw conflict(left.path.bytes, "is changed twice")
        }
        var editor = TreeEditor(repository: repository, changes: sorted)
        if jobs > 1 { try editor.editParts(of: base, jobs: jobs) }
        let root = try editor.edit(base, changes: sorted.indices, prefixLength: 0)
        if let root { return EditedTree(root: root, objects: editor.objects) }
        let empty = try editor.emit([])
        return EditedTree(root: empty, objects: editor.objects)
    }

    private init(repository: Repository, changes: [TreeChange]) {
        self.repository = repository
        self.changes = changes
    }

    // MARK: Threads

    private static func sorted(_ changes: [TreeChange], jobs: Int) -> [TreeChange] {
        let step = (changes.count + jobs - 1) / jobs
        guard jobs > 1 else { return changes.sorted { $0.path < $1.path } }
        let slices = Mutex<[[TreeChange]]>(Array(repeating: [], count: jobs))
        DispatchQueue.concurrentPerform(iterations: jobs) { job in
            let low = min(job * step, changes.count)
            let slice = changes[low..<min(low + step, changes.count)]
            let sorted = slice.sorted { $0.path < $1.path }
            slices.withLock { $0[job] = sorted }
        }
        return slices.withLock { $0 }.reduce([]) { merged($0, $1) }
    }

    private static func merged(_ left: [TreeChange], _ right: [TreeChange]) -> [TreeChange] {
        if left.isEmpty || right.isEmpty { return left + right }
        var result: [TreeChange] = []
        result.reserveCapacity(left.count + right.count)
        var (at, other) = (0, 0)
        while at < left.count && other < right.count {
            if right[other].path < left[at].path {
                result.append(right[other])
                other += 1
            } else {
                result.append(left[at])
                at += 1
            }
        }
        return result + left[at...] + right[other...]
    }

    /// Edits directories with neither few nor most of the changes apart, on several threads; the
    /// pass over the whole takes up what came of them.
    private mutating func editParts(of base: TreeID?, jobs: Int) throws(GitError) {
        var found: [Part] = []
        findParts(changes.indices, 0, limit: changes.count / (jobs * 8), &found)
        let next = Mutex(0)
        let done = Mutex(found)
        let (changes, location, count) = (changes, repository.location, found.count)
        let failure = Mutex<GitError?>(nil)
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            do throws(GitError) {
                let repository = try Repository(location: location)
                while true {
                    let index = next.withLock { next in
                        next += 1
                        return next - 1
                    }
                    guard index < count else { return }
                    var part = done.withLock { $0[index] }
                    part.outcome = Self.outcome(of: part, base, changes, repository)
                    done.withLock { [part] in $0[index] = part }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        for part in done.withLock({ $0 }) { parts[part.range.lowerBound] = part }
    }

    private static func outcome(
        of part: Part, _ base: TreeID?, _ changes: [TreeChange], _ repository: Repository
    ) -> Result<(root: TreeID?, objects: [ObjectBytes]), GitError> {
        var editor = TreeEditor(repository: repository, changes: changes)
        do throws(GitError) {
            let path = changes[part.range.lowerBound].path.bytes[..<(part.prefixLength - 1)]
            let old = try base.flatMap { root throws(GitError) in
                try repository.entry(at: Array(path), in: root)
            }
            let root = try editor.edit(
                old?.kind == .tree ? old.map { TreeID($0.id) } : nil, changes: part.range,
                prefixLength: part.prefixLength)
            return .success((root, editor.objects))
        } catch { return .failure(error) }
    }

    private func findParts(
        _ range: Range<Int>, _ prefixLength: Int, limit: Int, _ found: inout [Part]
    ) {
        var position = range.lowerBound
        while position < range.upperBound {
            let path = changes[position].path.bytes
            guard let end = path[prefixLength...].firstIndex(of: 0x2F) else {
                position += 1
                continue
            }
            let group = groupEnd(from: position, limit: range.upperBound, prefix: path[...end])
            if group - position > limit {
                findParts(position..<group, end + 1, limit: limit, &found)
            } else if group - position >= 32 {
                found.append(Part(range: position..<group, prefixLength: end + 1))
            }
            position = group
        }
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
                let subtree: TreeID?
                if let part = parts[position], part.range == position..<group,
                    part.prefixLength == end + 1, let outcome = part.outcome
                {
                    subtree = try take(outcome)
                } else {
                    subtree = try edit(
                        existing.map { TreeID($0.id) }, changes: position..<group,
                        prefixLength: end + 1)
                }
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

    private mutating func take(
        _ outcome: Result<(root: TreeID?, objects: [ObjectBytes]), GitError>
    ) throws(GitError) -> TreeID? {
        let (root, new) = try outcome.get()
        for object in new where written.insert(object.id).inserted { objects.append(object) }
        return root
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
