internal import Glibc

/// The files of a directory as they stand, committed or not, shaped as git would commit them:
/// links are entries of their own and never followed, a directory with a `.git` in it is a
/// submodule, empty directories and what is neither file nor link are left out. Ignored files are
/// there.
///
/// The ids it gives are numbers of its own and no hashes: they stand for a path, in this object
/// only.
public final class WorkTreeFiles: SourceFiles {
    /// Paths from the root by number; the root itself is first, and empty.
    private var paths: [[UInt8]] = [[]]
    private let directory: [UInt8]

    /// The whole directory.
    public let root: TreeID

    /// The files below a directory.
    ///
    /// - Throws: when it is no directory.
    public init(_ directory: String) throws(GitError) {
        self.directory = Array(directory.utf8)
        root = TreeID(Self.id(0))
        guard Self.kind(self.directory, isRoot: true) == .tree else {
            throw GitError(
                .inputOutput, operation: "read the work tree",
                message: "\(directory) is no directory")
        }
    }

    /// The entries of a directory, by the bytes of their names.
    public func entries(of tree: TreeID) throws(GitError) -> [TreeEntry] {
        let path = path(of: tree.object)
        guard let stream = opendir(absolute(path)) else { throw failure(path) }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start)))
                }
            }
            if name != [0x2E], name != [0x2E, 0x2E], name != Array(".git".utf8) {
                names.append(name)
            }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names.compactMap { name in
            entry(name, at: path.isEmpty ? name : path + [0x2F] + name)
        }
    }

    /// The entry at a path.
    public func entry(at path: [UInt8], in root: TreeID) throws(GitError) -> TreeEntry? {
        var current = self.path(of: root.object)
        let segments = path.split(separator: 0x2F)
        for (index, segment) in segments.enumerated() {
            current += (current.isEmpty ? [] : [0x2F]) + segment
            guard let found = entry(Array(segment), at: current) else { return nil }
            if index == segments.count - 1 { return found }
            guard found.kind == .tree else { return nil }
        }
        return nil
    }

    /// The size of a file in bytes.
    public func size(of blob: BlobID) throws(GitError) -> Int {
        let path = path(of: blob.object)
        var status = stat()
        guard lstat(absolute(path), &status) == 0 else { throw failure(path) }
        return Int(status.st_size)
    }

    /// The bytes of a file.
    public func blob(_ id: BlobID, limitBytes: Int) throws(GitError) -> [UInt8] {
        let path = path(of: id.object)
        let descriptor = open(absolute(path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 18) { memory, used in
                repeat {
                    count = read(descriptor, memory.baseAddress, memory.count)
                } while count < 0 && errno == EINTR
                used = max(0, count)
            }
            if count < 0 { throw failure(path) }
            if count == 0 { return bytes }
            bytes += chunk
            guard bytes.count <= limitBytes else {
                throw GitError(
                    .objectTooLarge, operation: "read file",
                    message:
                        "\(String(decoding: path, as: UTF8.self)) has more than \(limitBytes) bytes"
                )
            }
        }
    }

    // MARK: Paths

    private func entry(_ name: [UInt8], at path: [UInt8]) -> TreeEntry? {
        guard let kind = Self.kind(directory + [0x2F] + path, isRoot: false) else { return nil }
        paths.append(path)
        return TreeEntry(name: name, kind: kind, id: Self.id(paths.count - 1))
    }

    private static func kind(_ path: [UInt8], isRoot: Bool) -> EntryKind? {
        var status = stat()
        let found = terminated(path)
        guard (isRoot ? stat(found, &status) : lstat(found, &status)) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return status.st_mode & S_IXUSR != 0 ? .executable : .file
        case S_IFLNK: return .symlink
        case S_IFDIR:
            let isNested = !isRoot && lstat(terminated(path + Array("/.git".utf8)), &status) == 0
            return isNested ? .submodule : .tree
        default: return nil
        }
    }

    private static func id(_ number: Int) -> ObjectID {
        var bytes = [UInt8](repeating: 0, count: 20)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        return ObjectID(bytes: bytes) ?? ObjectID(zero: .sha1)
    }

    private func path(of id: ObjectID) -> [UInt8] {
        let number = id.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        return paths.indices.contains(number) ? paths[number] : []
    }

    private func absolute(_ path: [UInt8]) -> [CChar] {
        Self.terminated(path.isEmpty ? directory : directory + [0x2F] + path)
    }

    private static func terminated(_ path: [UInt8]) -> [CChar] {
        path.map { CChar(bitPattern: $0) } + [0]
    }

    private func failure(_ path: [UInt8]) -> GitError {
        .system(
            errno, operation: "read the work tree",
            path: String(decoding: directory + [0x2F] + path, as: UTF8.self))
    }
}
