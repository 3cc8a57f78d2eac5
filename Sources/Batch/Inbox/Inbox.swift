public import Casework
public import Documents
public import GitStorage
import Glibc

/// A directory outside the repository that an upstream system fills with the callbacks of vendors,
/// one JSON file each.
///
/// Each becomes an event file of its case, once: a file with the same content, whatever its name,
/// gives no second event. What cannot be taken stays where it is, with a finding.
public struct Inbox {
    /// A file that was taken.
    public struct Taken: Sendable {
        /// Its name in the inbox.
        public var name: String
        /// The case.
        public var id: CaseID
        /// The event's name.
        public var type: String
        /// The event file below the work tree.
        public var path: String
        /// Whether the event was there already.
        public var isKnown: Bool
    }

    /// What became of an inbox.
    public struct Report: Sendable {
        /// In the order of their names.
        public var taken: [Taken] = []
        /// Why others were left; the file is the name in the inbox.
        public var findings: [Finding] = []
    }

    /// Why an inbox was not looked at.
    public struct Refusal: Error, Sendable {
        /// One sentence without a full stop.
        public let message: String
        /// Whether another is at it, so that trying again helps.
        public let isBusy: Bool
    }

    private let directory: String
    private let workTree: String
    private let done: String?

    /// An inbox.
    ///
    /// - Parameters:
    ///   - directory: what upstream fills; outside the work tree.
    ///   - workTree: where `cases/` stands.
    ///   - done: where files go that were taken, on the same file system; nil: they stay.
    public init(
        _ directory: String, into workTree: String, done: String? = nil
    ) throws(Refusal) {
        guard let root = Self.resolved(workTree) else {
            throw Refusal(message: "\(workTree): no such directory", isBusy: false)
        }
        for path in [directory, done].compactMap({ $0 }) {
            guard let real = Self.resolved(path), SafeFiles.kind(real) == S_IFDIR else {
                throw Refusal(message: "\(path) is no directory", isBusy: false)
            }
            guard !(real + "/").hasPrefix(root + "/") else {
                throw Refusal(
                    message: "\(path) lies in the repository; an inbox is outside of it, so that "
                        + "callbacks are committed only as events", isBusy: false)
            }
        }
        self.directory = directory
        self.workTree = workTree
        self.done = done
    }

    /// Takes what is there, in the order of the files' names. Names that begin with a dot or do not
    /// end in `.json` are passed over: write a file under such a name, then rename it.
    ///
    /// - Parameter now: the event files are named by it.
    public func take(
        at now: Instant, in location: RepositoryLocation
    ) throws(Refusal) -> Report {
        let lock = try lock(location)
        defer { close(lock) }
        var report = Report()
        for name in try names() {
            // Of two files the one with the smaller name is applied first.
            let time = now.advanced(byMilliseconds: report.taken.count)
            switch take(name, at: time) {
            case .success(let taken):
                report.taken.append(taken)
                if let problem = moveAway(name) { report.findings.append(problem) }
            case .failure(let problem): report.findings += problem.findings
            }
        }
        return report
    }

    /// One at a time in a repository.
    private func lock(_ location: RepositoryLocation) throws(Refusal) -> Int32 {
        let folder: String
        do throws(GitError) {
            folder = try location.createDocketDirectory()
        } catch { throw Refusal(message: error.description, isBusy: false) }
        let number = open("\(folder)/inbox.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard number >= 0, flock(number, LOCK_EX | LOCK_NB) == 0 else {
            let isBusy = number >= 0 && errno == EWOULDBLOCK
            if number >= 0 { close(number) }
            throw Refusal(
                message: isBusy
                    ? "another 'docket inbox take' is at work in this repository"
                    : "the inbox cannot be locked: \(String(cString: strerror(errno)))",
                isBusy: isBusy)
        }
        return number
    }

    private func names() throws(Refusal) -> [String] {
        guard let stream = opendir(directory) else {
            throw Refusal(
                message: "\(directory): \(String(cString: strerror(errno)))", isBusy: false)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") && !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func moveAway(_ name: String) -> Finding? {
        guard let done, rename("\(directory)/\(name)", "\(done)/\(name)") != 0 else { return nil }
        return Finding(
            "IN005", .warning,
            "the event is written, but the file could not be moved: "
                + String(cString: strerror(errno)), file: name)
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    // MARK: One file

    private struct Problem: Error {
        var findings: [Finding]
    }

    private func take(_ name: String, at time: Instant) -> Result<Taken, Problem> {
        func refuse(_ code: String, _ message: String) -> Result<Taken, Problem> {
            .failure(Problem(findings: [Finding(code, .error, message, file: name)]))
        }
        guard let bytes = Self.bytes("\(directory)/\(name)") else {
            return refuse("IN001", "a callback is a plain file of at most 1 MiB that can be read")
        }
        let callback: InboxCallback
        switch InboxCallback.read(name, bytes) {
        case .success(let read): callback = read
        case .failure(let problem): return .failure(Problem(findings: problem.findings))
        }
        do throws(EventFileError) {
            let folder = try EventFile.directory(of: callback.id, in: workTree)
            let ending = "-\(callback.mark).yaml"
            if let known = Self.file(endingIn: ending, in: "\(workTree)/\(folder)") {
                return .success(callback.taken(name, "\(folder)/\(known)", isKnown: true))
            }
            let path = try callback.event(at: time).write(in: workTree, random: callback.bits)
            return .success(callback.taken(name, path, isKnown: false))
        } catch { return refuse("IN003", error.description) }
    }

    private static func file(endingIn ending: String, in folder: String) -> String? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), name.hasSuffix(ending) { return name }
        }
        return nil
    }

    private static let limitBytes = 1 << 20

    /// Nil for what is no plain file, too large or unreadable; links are not followed.
    private static func bytes(_ path: String) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        let status = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { status.deallocate() }
        guard fstat(number, status) == 0, status.pointee.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        var bytes: [UInt8] = []
        while bytes.count <= limitBytes {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, used in
                repeat {
                    count = Glibc.read(number, memory.baseAddress, memory.count)
                } while count < 0 && errno == EINTR
                used = max(0, count)
            }
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += chunk
        }
        return nil
    }
}
