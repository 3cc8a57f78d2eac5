import Documents
import GitStorage
import Glibc
import Vendors

/// What evidence says of content that stands outside of git.
struct ContentPointer {
    /// SHA-256, in hexadecimal.
    var sha256: String
    /// In bytes.
    var size: Int

    init(to bytes: [UInt8]) {
        sha256 = Digest(of: bytes).hexadecimal
        size = bytes.count
    }

    /// Nil for what is no pointer.
    init?(_ value: Value) {
        guard let sha256 = value["sha256"]?.string, let size = value["size"]?.integer,
            sha256.utf8.count == 64,
            sha256.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.sha256 = sha256
        self.size = size
    }

    func value(in arena: Arena) -> Value {
        arena.object([
            "sha256": arena.string(sha256), "size": .integer(size),
            "mediaType": arena.string("application/json"),
        ])
    }
}

/// Content too large for the ledger, by its hash, in `docket/contents` of the git directory: for its
/// owner alone, as it is personal data. See `docs/decisions/contents-outside.md`.
struct ContentStore: Sendable {
    private let directory: String

    init(_ location: RepositoryLocation) { directory = location.docketDirectory + "/contents" }

    private func path(_ pointer: ContentPointer) -> String {
        "\(directory)/\(pointer.sha256.prefix(2))/\(pointer.sha256)"
    }

    /// Keeps content; returns when it is on disk.
    func write(_ bytes: [UInt8], _ pointer: ContentPointer) throws(GitError) {
        let path = path(pointer)
        if access(path, F_OK) == 0 { return }
        let folder = "\(directory)/\(pointer.sha256.prefix(2))"
        for place in [directory, folder] where mkdir(place, 0o700) != 0 && errno != EEXIST {
            throw Self.system(place)
        }
        let draft = "\(path).\(getpid()).\(pthread_self())"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Self.system(draft) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        let isWhole = rest.isEmpty && fsync(file) == 0
        close(file)
        guard isWhole, rename(draft, path) == 0 else {
            let error = Self.system(path)
            unlink(draft)
            throw error
        }
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }

    /// The content, checked against its hash.
    ///
    /// - Parameter place: the file that points to it, for the error.
    func read(_ pointer: ContentPointer, for place: String) throws(GitError) -> [UInt8] {
        let path = path(pointer)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            throw GitError(
                .objectMissing, operation: "read stored content",
                message: "\(place) points to content \(pointer.sha256), which is not in "
                    + directory,
                advice: "Content outside of git is not cloned: copy the directory from where the "
                    + "run was, or from its backup")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while bytes.count <= pointer.size {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.system(path) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count == pointer.size,
            Digest(of: bytes).hexadecimal.utf8.elementsEqual(pointer.sha256.utf8)
        else {
            throw GitError(
                .corruptObject, operation: "read stored content",
                message: "\(path), to which \(place) points, has another hash",
                advice: "Something changed it; bring it back from a backup")
        }
        return bytes
    }

    /// The body of a stored answer, wherever it is; nil for one without.
    ///
    /// - Parameter answer: of an evidence file.
    func body(of answer: Value, for place: String, in arena: Arena) throws(GitError) -> Value? {
        guard let pointer = answer["content"].flatMap({ ContentPointer($0) }) else {
            return answer["body"]
        }
        let bytes = try read(pointer, for: place)
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        return try? parser.parse(bytes, into: arena)
    }

    private static func system(_ path: String) -> GitError {
        GitError(
            .inputOutput, operation: "keep content outside of git",
            message: "\(path): \(String(cString: strerror(errno)))")
    }
}
