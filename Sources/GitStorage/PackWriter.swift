internal import Dispatch
internal import Glibc
internal import Synchronization

/// Writes one pack of whole objects into a repository. Any thread may add; nothing is visible to
/// git until ``finish()``. Compressed bytes go to a file as they come, and only id, offset and CRC
/// of each object stay in memory.
///
/// A writer that goes away unfinished removes its file. What a killed process leaves behind is
/// removed by ``PackLeftovers``.
public final class PackWriter: Sendable {
    /// What a finished pack holds.
    public struct Summary: Sendable, Hashable {
        /// The number of objects in the pack; 0 when no pack was needed.
        public let objectCount: Int
        /// The size of the pack file in bytes.
        public let packBytes: Int
        /// The name without directory and ending, as in `pack-…`; `nil` when no pack was needed.
        public let name: String?
    }

    /// What to do with an object that the repository has already.
    public enum Existing: Sendable, Hashable {
        /// Leave it out; costs a look-up for each object, a third of the time of making it.
        case skip
        /// Write it again, which is harmless.
        case write
    }

    private let location: RepositoryLocation
    private let existing: Existing
    private let indexThreshold: UInt64
    private let state: Mutex<State>

    /// A writer for the repository at `location`. Callers that write only what changed have no use
    /// for `.skip`.
    public convenience init(
        location: RepositoryLocation, existing: Existing = .write
    ) throws(GitError) {
        try self.init(
            location: location, existing: existing, indexThreshold: PackIndex.largeOffset)
    }

    init(
        location: RepositoryLocation, existing: Existing, indexThreshold: UInt64
    ) throws(GitError) {
        self.location = location
        self.existing = existing
        self.indexThreshold = indexThreshold
        state = Mutex(try State.begin(in: location))
    }

    /// Adds an object unless it was added before (or is in the repository, with `.skip`). True when
    /// it is now in the pack.
    @discardableResult
    public func add(_ object: PackObject) throws(GitError) -> Bool {
        try state.withLock { (state) throws(GitError) in
            try state.add(object, skipExisting: existing == .skip)
        }
    }

    /// Makes room to remember so many objects; more may come.
    public func expect(objects count: Int) {
        state.withLock { $0.expect(count) }
    }

    /// Deflates and adds many objects on `jobs` threads, in their order: the same objects give the
    /// same pack whatever the number of threads.
    public func add(
        _ objects: [ObjectBytes], jobs: Int, level: Int = PackObject.defaultLevel
    ) throws(GitError) {
        let chunk = 512
        let jobs = max(jobs, 1)
        let round = chunk * jobs
        for start in stride(from: 0, to: objects.count, by: round) {
            let end = min(start + round, objects.count)
            let results = Mutex<[[PackObject]]>(Array(repeating: [], count: jobs))
            let failure = Mutex<GitError?>(nil)
            DispatchQueue.concurrentPerform(iterations: jobs) { job in
                let low = min(start + job * chunk, end)
                do throws(GitError) {
                    var made: [PackObject] = []
                    for object in objects[low..<min(low + chunk, end)] {
                        made.append(try PackObject.make(object, level: level))
                    }
                    results.withLock { $0[job] = made }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
            if let error = failure.withLock({ $0 }) { throw error }
            for object in results.withLock({ $0 }).joined() { try add(object) }
        }
    }

    /// Adds a commit and returns its id.
    public func add(_ commit: CommitDraft) throws(GitError) -> CommitID {
        let object = try PackObject.make(.commit, commit.bytes, format: location.objectFormat)
        try add(object)
        return CommitID(object.id)
    }

    /// Writes the rest, waits for the disk, and moves pack and index into place. After it the
    /// objects are in the repository; what points to them comes next. A writer finishes once.
    public func finish() throws(GitError) -> Summary {
        try state.withLock { (state) throws(GitError) in
            try state.finish(location: location, indexThreshold: indexThreshold)
        }
    }

    /// Throws away what was added and removes the file.
    public func abort() {
        state.withLock { $0.abort() }
    }
}

extension PackWriter {
    /// What the lock guards.
    private struct State: ~Copyable {
        private static let bufferBytes = 1 << 20

        private let repository: Repository
        private let path: String
        private var file: FileDescriptor?
        private var buffer: [UInt8] = []
        private var offset: UInt64 = 0
        private var entries: [PackIndexEntry] = []
        private var known: Set<ObjectID> = []

        static func begin(in location: RepositoryLocation) throws(GitError) -> sending State {
            let repository = try Repository(location: location)
            let path = PackFiles.temporaryPack(in: location.packDirectory)
            try Files.makeDirectory(location.packDirectory)
            let file = try FileDescriptor(
                path, O_RDWR | O_CREAT | O_EXCL, mode: 0o444, operation: "write pack")
            return State(repository: repository, path: path, file: file)
        }

        private init(repository: Repository, path: String, file: consuming FileDescriptor) {
            self.repository = repository
            self.path = path
            self.file = .some(file)
            buffer.reserveCapacity(Self.bufferBytes + (1 << 16))
            // The number of objects is filled in at the end.
            append(PackFiles.header(objectCount: 0))
        }

        deinit { if file != nil { unlink(path) } }

        mutating func expect(_ count: Int) {
            known.reserveCapacity(known.count + count)
            entries.reserveCapacity(entries.count + count)
        }

        mutating func add(_ object: PackObject, skipExisting: Bool) throws(GitError) -> Bool {
            guard file != nil else { throw Self.finished }
            if !known.insert(object.id).inserted { return false }
            if skipExisting && repository.containsNow(object.id) { return false }
            guard entries.count < Int(UInt32.max >> 1) else {
                throw GitError(
                    .limitExceeded, operation: "write pack", message: "too many objects for a pack")
            }
            entries.append(PackIndexEntry(id: object.id, offset: offset, crc: object.crc))
            append(object.packed)
            if buffer.count >= Self.bufferBytes { try flush() }
            return true
        }

        mutating func finish(
            location: RepositoryLocation, indexThreshold: UInt64
        ) throws(GitError) -> Summary {
            guard let file = file.take() else { throw Self.finished }
            guard !entries.isEmpty else {
                unlink(path)
                return Summary(objectCount: 0, packBytes: 0, name: nil)
            }
            do throws(GitError) {
                try write(to: file)
                let (checksum, sorted) = try seal(file)
                let index = PackIndex.encode(
                    sorted: sorted, packChecksum: checksum, threshold: indexThreshold)
                try PackFiles.publish(
                    pack: path, checksum: checksum, index: index, in: location.packDirectory)
                return Summary(
                    objectCount: entries.count, packBytes: Int(offset), name: "pack-\(checksum)")
            } catch {
                unlink(path)
                throw error
            }
        }

        mutating func abort() {
            if file.take() != nil { unlink(path) }
        }

        private mutating func append(_ bytes: [UInt8]) {
            buffer += bytes
            offset += UInt64(bytes.count)
        }

        private mutating func flush() throws(GitError) {
            guard let file = file.take() else { throw Self.finished }
            do throws(GitError) {
                try write(to: file)
            } catch {
                unlink(path)
                throw error
            }
            self.file = consume file
        }

        private mutating func write(to file: borrowing FileDescriptor) throws(GitError) {
            try Files.writeAll(buffer, to: file.number, path: path)
            buffer.removeAll(keepingCapacity: true)
        }

        /// Fills in the header, appends the checksum over everything before it, and waits for the
        /// disk. The header comes first in the hash, so the file is read once more; meanwhile the
        /// entries are sorted for the index and the disk is set to work.
        private mutating func seal(
            _ file: borrowing FileDescriptor
        ) throws(GitError) -> (ObjectID, [PackIndexEntry]) {
            let header = PackFiles.header(objectCount: entries.count)
            guard pwrite(file.number, header, header.count, 0) == header.count else {
                throw GitError.system(errno, operation: "write pack", path: path)
            }
            let (number, path, entries) = (file.number, path, entries)
            let format = repository.location.objectFormat
            let sorted = Mutex<[PackIndexEntry]>([])
            let result = Mutex<Result<ObjectID, GitError>?>(nil)
            DispatchQueue.concurrentPerform(iterations: 2) { job in
                if job == 1 {
                    let made = PackIndex.sorted(entries)
                    sorted.withLock { $0 = made }
                    // What fails here fails again below.
                    try? Files.synchronize(number, path: path)
                    return
                }
                let checksum: Result<ObjectID, GitError>
                do throws(GitError) {
                    checksum = .success(
                        try PackFiles.checksum(of: number, path: path, format: format))
                } catch { checksum = .failure(error) }
                result.withLock { $0 = checksum }
            }
            guard let checksum = try result.withLock({ $0 })?.get() else { throw Self.finished }
            append(checksum.bytes)
            try write(to: file)
            try Files.synchronize(file.number, path: path)
            return (checksum, sorted.withLock { $0 })
        }

        private static var finished: GitError {
            GitError(
                .inputOutput, operation: "write pack",
                message: "the pack is finished, was aborted, or failed before")
        }
    }
}
