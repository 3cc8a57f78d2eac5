internal import Glibc

/// Names and files of packs in `objects/pack`.
enum PackFiles {
    /// How temporary files of ours begin. git takes `tmp_…` for its own rubbish and prunes it after
    /// two weeks.
    static let packPrefix = "tmp_docket_pack_"
    static let indexPrefix = "tmp_docket_idx_"

    static func temporaryPack(in directory: String) -> String {
        "\(directory)/\(packPrefix)\(getpid())_\(random)"
    }

    private static var random: String { String(UInt64.random(in: .min ... .max), radix: 16) }

    /// The first twelve bytes of a pack, version 2.
    static func header(objectCount: Int) -> [UInt8] {
        Array("PACK".utf8) + [0, 0, 0, 2]
            + withUnsafeBytes(of: UInt32(objectCount).bigEndian) { Array($0) }
    }

    /// The hash of a whole file.
    static func checksum(
        of number: Int32, path: String, format: ObjectFormat
    ) throws(GitError) -> ObjectID {
        var digest = Digest(format)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var position: off_t = 0
        while true {
            let count = pread(number, &chunk, chunk.count, position)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw GitError.system(errno, operation: "read pack", path: path) }
            if count == 0 { return digest.finish() }
            chunk.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += off_t(count)
        }
    }

    /// Writes the index and moves both into place: the pack first, since git looks for packs by
    /// their index. The index's temporary name holds the pack's, so that a pack whose index never
    /// came is known as ours.
    static func publish(
        pack: String, checksum: ObjectID, index: [UInt8], in directory: String
    ) throws(GitError) {
        let temporaryIndex = "\(directory)/\(indexPrefix)\(checksum)_\(random)"
        do throws(GitError) {
            try write(index, to: temporaryIndex)
            try Files.moveFile(pack, to: "\(directory)/pack-\(checksum).pack")
            try Files.moveFile(temporaryIndex, to: "\(directory)/pack-\(checksum).idx")
        } catch {
            unlink(temporaryIndex)
            throw error
        }
        try Files.synchronizeDirectory(directory)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(GitError) {
        let file = try FileDescriptor(
            path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o444, operation: "write index")
        try Files.writeAll(bytes, to: file.number, path: path)
        try Files.synchronize(file.number, path: path)
    }
}

/// What runs that were killed left in `objects/pack`: files of ours only, older than the lock that
/// the caller holds.
public enum PackLeftovers {
    /// Removes them and returns their names, sorted. `lock` proves that no other run is at work;
    /// files written since it was taken are left alone.
    @discardableResult
    public static func remove(
        in location: RepositoryLocation, olderThan lock: borrowing RunLock
    ) -> [String] {
        let directory = location.packDirectory
        var removed: [String] = []
        for name in Files.names(in: directory) {
            let isIndex = name.utf8.starts(with: PackFiles.indexPrefix.utf8)
            guard isIndex || name.utf8.starts(with: PackFiles.packPrefix.utf8),
                let modified = Files.modified("\(directory)/\(name)"),
                modified < lock.takenNanoseconds
            else { continue }
            if isIndex {
                let rest = name.dropFirst(PackFiles.indexPrefix.utf8.count)
                let pack = "pack-" + rest.prefix { $0 != "_" }
                // A pack without an index is nobody's.
                if !Files.exists("\(directory)/\(pack).idx"),
                    unlink("\(directory)/\(pack).pack") == 0
                {
                    removed.append("\(pack).pack")
                }
            }
            if unlink("\(directory)/\(name)") == 0 { removed.append(name) }
        }
        return removed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
