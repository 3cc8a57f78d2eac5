internal import Glibc

/// The lock that one run at a time holds on a repository: `docket/run.lock` in the common git
/// directory. The lock is the kernel's (flock) on the open file, so a killed process releases it;
/// the file's content only says who holds it. The file itself stays.
public struct RunLock: ~Copyable, Sendable {
    /// Who holds a lock, or held it.
    public struct Holder: Sendable, Hashable, CustomStringConvertible {
        /// The process.
        public let processID: Int32
        /// The machine's name.
        public let host: String
        /// When it took the lock, seconds since 1970-01-01T00:00:00Z.
        public let startSeconds: Int64

        /// As in `process 4711 on tern, since 2026-11-22T02:00:00Z`.
        public var description: String {
            "process \(processID) on \(host), since \(Self.time(startSeconds))"
        }

        private static func time(_ seconds: Int64) -> String {
            var value = time_t(seconds)
            var parts = tm()
            gmtime_r(&value, &parts)
            var text = [CChar](repeating: 0, count: 32)
            let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        fileprivate var bytes: [UInt8] {
            Array("pid \(processID)\nhost \(host)\nstarted \(startSeconds)\n".utf8)
        }

        fileprivate init(processID: Int32, host: String, startSeconds: Int64) {
            self.processID = processID
            self.host = host
            self.startSeconds = startSeconds
        }

        fileprivate init?(_ bytes: [UInt8]) {
            var fields: [String: String] = [:]
            for line in bytes.split(separator: 0x0A) {
                let words = line.split(separator: 0x20, maxSplits: 1)
                guard words.count == 2 else { return nil }
                fields[String(decoding: words[0], as: UTF8.self)] = String(
                    decoding: words[1], as: UTF8.self)
            }
            guard let process = fields["pid"].flatMap({ Int32($0) }), let host = fields["host"],
                let start = fields["started"].flatMap({ Int64($0) })
            else { return nil }
            self.init(processID: process, host: host, startSeconds: start)
        }
    }

    /// The run that held the lock before and never released it: it was killed, or the machine
    /// stopped. `nil` when the last run ended in order.
    public let leftBehind: Holder?
    /// When the file was written, by the file system's clock.
    let takenNanoseconds: Int64
    private let file: FileDescriptor

    /// Takes the lock without waiting. When another run holds it the error's code is `locked` and
    /// its message names the holder.
    public static func acquire(in location: RepositoryLocation) throws(GitError) -> RunLock {
        let path = try location.createDocketDirectory() + "/run.lock"
        let file = try FileDescriptor(path, O_RDWR | O_CREAT, operation: "lock")
        guard Files.retry({ flock(file.number, LOCK_EX | LOCK_NB) }) == 0 else {
            guard errno == EWOULDBLOCK else {
                throw GitError.system(errno, operation: "lock", path: path)
            }
            throw held(by: Files.contents(of: file.number).flatMap { Holder($0) })
        }
        return try RunLock(taken: file, path: path)
    }

    private init(taken file: consuming FileDescriptor, path: String) throws(GitError) {
        let number = file.number
        leftBehind = Files.contents(of: number).flatMap { Holder($0) }
        let holder = Holder(processID: getpid(), host: Self.host, startSeconds: Int64(time(nil)))
        guard ftruncate(number, 0) == 0, lseek(number, 0, SEEK_SET) == 0 else {
            throw GitError.system(errno, operation: "lock", path: path)
        }
        try Files.writeAll(holder.bytes, to: number, path: path)
        try Files.synchronize(number, path: path)
        var status = stat()
        guard fstat(number, &status) == 0 else {
            throw GitError.system(errno, operation: "lock", path: path)
        }
        takenNanoseconds = Files.nanoseconds(of: status)
        self.file = file
    }

    // An empty file says that the run ended in order. Unlocking comes before closing, because a child
    // that is being forked elsewhere holds a copy of the descriptor for a moment.
    deinit {
        ftruncate(file.number, 0)
        flock(file.number, LOCK_UN)
    }

    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func held(by holder: Holder?) -> GitError {
        let who = holder.map { " (\($0))" } ?? ""
        return GitError(
            .locked, operation: "lock",
            message: "another run is at work in this repository\(who)",
            advice: "Wait for it to end. The lock goes with its process: never delete the file")
    }
}
