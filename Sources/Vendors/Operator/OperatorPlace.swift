import Glibc

/// Where an operator's files may lie, and who may touch them.
struct OperatorPlace {
    struct Refusal: Error {
        let code: String
        let message: String
    }

    private static let fileLimitBytes = 1 << 20
    /// The repository's directories, links resolved.
    private let repository: [String]

    /// The place around a repository's directories.
    init(_ repository: [String]) { self.repository = repository.map { Self.resolved($0) ?? $0 } }

    /// The bytes of a file that only its owner may read.
    func readPrivate(_ path: String) throws(Refusal) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard number >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Refusal(code: "OP001", message: "the operator's file cannot be read: \(reason)")
        }
        defer { close(number) }
        // Of the open file, so that nobody changes it in between.
        let status = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { status.deallocate() }
        guard fstat(number, status) == 0, status.pointee.st_mode & S_IFMT == S_IFREG,
            status.pointee.st_size <= Self.fileLimitBytes
        else {
            throw Refusal(
                code: "OP001", message: "the operator's file is no plain file of at most 1 MiB")
        }
        let owner = status.pointee.st_uid
        guard owner == geteuid() || owner == 0, status.pointee.st_mode & 0o077 == 0 else {
            throw Refusal(
                code: "OP002",
                message: "the operator's file must belong to you or root, and nobody else may "
                    + "read or write it; 'chmod 600' it")
        }
        if let real = Self.resolved(path), isInside(real) {
            throw Refusal(
                code: "OP001",
                message: "the operator's file lies in the repository; whoever changes definitions "
                    + "could change it: keep it elsewhere")
        }
        return try Self.bytes(of: number)
    }

    private static func bytes(of number: Int32) throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= fileLimitBytes {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, used in
                repeat {
                    count = Glibc.read(number, memory.baseAddress, memory.count)
                } while count < 0 && errno == EINTR
                used = max(0, count)
            }
            if count < 0 {
                throw Refusal(code: "OP001", message: "the operator's file cannot be read")
            }
            if count == 0 { return bytes }
            bytes += chunk
        }
        throw Refusal(code: "OP001", message: "the operator's file has more than 1 MiB")
    }

    /// What is wrong with a path that must be from the root and outside the repository.
    func problem(ofPath path: String) -> String? {
        guard path.utf8.first == 0x2F else { return "must be a path from the root" }
        if isInside(Self.resolved(path) ?? path) {
            return "lies in the repository; whoever changes definitions could change it"
        }
        return nil
    }

    /// What is wrong with an executable.
    func problem(ofProgram path: String) -> String? {
        if let problem = problem(ofPath: path) { return problem }
        let status = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { status.deallocate() }
        guard stat(path, status) == 0 else { return "cannot be found" }
        guard status.pointee.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            return "is no executable file"
        }
        let owner = status.pointee.st_uid
        guard owner == geteuid() || owner == 0, status.pointee.st_mode & 0o022 == 0 else {
            return "must belong to you or root, and nobody else may write it"
        }
        return nil
    }

    /// A variable of Docket's own environment.
    func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private func isInside(_ path: String) -> Bool {
        repository.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
