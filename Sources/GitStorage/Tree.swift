/// What a tree's entry is.
public enum EntryKind: UInt8, Sendable, Hashable {
    /// A regular file.
    case file
    /// A regular file that may be executed.
    case executable
    /// A symbolic link; its blob is the target.
    case symlink
    /// A directory.
    case tree
    /// A submodule: a commit of another repository.
    case submodule

    /// The mode as git writes it in a tree.
    public var mode: String {
        switch self {
        case .file: "100644"
        case .executable: "100755"
        case .symlink: "120000"
        case .tree: "40000"
        case .submodule: "160000"
        }
    }

    /// Reads any mode that git has ever written, as git does.
    init(mode: UInt32) {
        switch mode & 0o170000 {
        case 0o100000: self = mode & 0o100 != 0 ? .executable : .file
        case 0o120000: self = .symlink
        case 0o040000: self = .tree
        default: self = .submodule
        }
    }
}

/// One entry of a tree.
public struct TreeEntry: Sendable, Hashable {
    /// The name as git stores it: bytes of no particular encoding, never empty, without a slash.
    public let name: [UInt8]
    /// What it is.
    public let kind: EntryKind
    /// The object: a tree for `.tree`, a commit elsewhere for `.submodule`, else a blob.
    public let id: ObjectID

    /// An entry.
    public init(name: [UInt8], kind: EntryKind, id: ObjectID) {
        self.name = name
        self.kind = kind
        self.id = id
    }

    /// The name as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: name, as: UTF8.self) }
}

/// One directory of a commit, in git's order: by bytes, directories as if their name ended in `/`.
public struct Tree: Sendable, RandomAccessCollection {
    private struct Slot {
        var nameStart: UInt32
        var nameEnd: UInt32
        var kind: EntryKind
    }

    private let bytes: [UInt8]
    private let slots: [Slot]
    private let format: ObjectFormat

    /// Takes apart the bytes of a tree object.
    init(_ bytes: [UInt8], id: TreeID) throws(GitError) {
        func corrupt(_ why: String) -> GitError {
            GitError(.corruptObject, operation: "read tree", message: "tree \(id) \(why)")
        }
        let idLength = id.object.format.byteCount
        var slots: [Slot] = []
        slots.reserveCapacity(bytes.count / (idLength + 20))
        var position = 0
        while position < bytes.count {
            var mode: UInt32 = 0
            while position < bytes.count, bytes[position] != 0x20 {
                let digit = bytes[position]
                guard (0x30...0x37).contains(digit), mode < 0o1000000 else {
                    throw corrupt("has an entry with a malformed mode")
                }
                mode = mode << 3 | UInt32(digit - 0x30)
                position += 1
            }
            let start = position + 1
            position = start
            while position < bytes.count, bytes[position] != 0 {
                if bytes[position] == 0x2F { throw corrupt("has an entry with a slash in it") }
                position += 1
            }
            guard position > start, position + idLength < bytes.count else {
                throw corrupt("has an entry that is cut off or has no name")
            }
            slots.append(
                Slot(
                    nameStart: UInt32(start), nameEnd: UInt32(position),
                    kind: EntryKind(mode: mode)))
            position += 1 + idLength
        }
        self.bytes = bytes
        self.slots = slots
        format = id.object.format
    }

    /// A tree without entries.
    init(format: ObjectFormat = .sha1) {
        bytes = []
        slots = []
        self.format = format
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of entries.
    public var endIndex: Int { slots.count }

    /// The entry at a position.
    public subscript(position: Int) -> TreeEntry {
        let slot = slots[position]
        return TreeEntry(
            name: Array(bytes[Int(slot.nameStart)..<Int(slot.nameEnd)]), kind: slot.kind,
            id: id(of: slot))
    }

    /// The entry with a name; `nil` when there is none. Takes a binary search.
    public func entry(named name: some Collection<UInt8>) -> TreeEntry? {
        position(of: name, isTree: false) ?? position(of: name, isTree: true)
    }

    /// The memory this value holds on to, in bytes.
    var footprint: Int { bytes.count + slots.count * MemoryLayout<Slot>.stride + 64 }

    /// Compares an entry with a name that is a tree's or another's, in git's order.
    func isEntry(_ position: Int, before name: some Collection<UInt8>, isTree: Bool) -> Bool {
        let slot = slots[position]
        var own = bytes[Int(slot.nameStart)..<Int(slot.nameEnd)].makeIterator()
        var other = name.makeIterator()
        while true {
            let left = own.next()
            let right = other.next()
            if let left, let right {
                if left != right { return left < right }
                continue
            }
            // Past the end a tree's name goes on with a slash, another's with nothing.
            let leftEnd: UInt8 = left ?? (slot.kind == .tree ? 0x2F : 0)
            let rightEnd: UInt8 = right ?? (isTree ? 0x2F : 0)
            return leftEnd < rightEnd
        }
    }

    private func position(of name: some Collection<UInt8>, isTree: Bool) -> TreeEntry? {
        var low = 0
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if isEntry(middle, before: name, isTree: isTree) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < slots.count, (slots[low].kind == .tree) == isTree,
            bytes[Int(slots[low].nameStart)..<Int(slots[low].nameEnd)].elementsEqual(name)
        else { return nil }
        return self[low]
    }

    private func id(of slot: Slot) -> ObjectID {
        bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { return ObjectID(zero: format) }
            return ObjectID(loading: start + Int(slot.nameEnd) + 1, format: format)
        }
    }
}

extension Repository {
    /// Reads one directory.
    public func tree(_ id: TreeID) throws(GitError) -> Tree {
        if let known = trees[id] { return known }
        let tree = try Tree(bytes(of: id.object, kind: .tree), id: id)
        trees.insert(tree, id: id)
        return tree
    }

    /// The tree of a commit.
    public func tree(of commit: CommitID) throws(GitError) -> TreeID {
        try self.commit(commit).tree
    }

    /// The directory at a path below `root`; `nil` when there is none.
    public func tree(at path: RepositoryPath, in root: TreeID) throws(GitError) -> Tree? {
        guard let entry = try entry(at: path, in: root), entry.kind == .tree else { return nil }
        return try tree(TreeID(entry.id))
    }

    /// The entry at a path below `root`; `nil` when there is nothing there. Symbolic links are not
    /// followed.
    public func entry(at path: RepositoryPath, in root: TreeID) throws(GitError) -> TreeEntry? {
        try entry(at: path.bytes, in: root)
    }

    /// The entry at a path of raw bytes with `/` between its segments.
    public func entry(at path: [UInt8], in root: TreeID) throws(GitError) -> TreeEntry? {
        var directory = root
        var rest = path[...]
        while true {
            let segment = rest.prefix { $0 != 0x2F }
            let entry = try tree(directory).entry(named: segment)
            rest = rest.dropFirst(segment.count)
            guard let entry, !rest.isEmpty else { return entry }
            guard entry.kind == .tree else { return nil }
            rest = rest.dropFirst()
            directory = TreeID(entry.id)
        }
    }
}

/// The trees a handle read last, so that looking up many paths reads each directory once.
struct TreeCache {
    private static let limitBytes = 64 << 20
    private var trees: [TreeID: Tree] = [:]
    private var footprint = 0

    subscript(id: TreeID) -> Tree? { trees[id] }

    mutating func insert(_ tree: Tree, id: TreeID) {
        if footprint + tree.footprint > Self.limitBytes {
            trees.removeAll(keepingCapacity: true)
            footprint = 0
        }
        footprint += tree.footprint
        trees[id] = tree
    }
}
