import Dispatch
public import Documents
import Glibc
import Synchronization

/// Why the journal could not be read or written.
public struct JournalError: Error, Sendable, CustomStringConvertible {
    /// One sentence without a full stop.
    public let description: String
}

/// The journal of calls to vendors, a file in the git directory: before a call leaves, its intent is
/// on disk, and before its answer is used, the answer is. So a run that was killed pays and asks for
/// nothing twice: the next one finds the answer, or that there may be one.
///
/// A line is `{"intent": key, "vendor", "at", "repeatable", "case", "place"}`, or
/// `{"answer": key, "vendor", "at", "milliseconds", "status"?, "headers"?, "body"?, "bytes"?,
/// "failure"?}`, or `{"none": key}` of a call that got no answer and may be sent again. Answers hold
/// personal data; the file is for its owner alone.
public final class CallJournal: Sendable {
    /// An answer as it came, secrets scrubbed.
    public struct Answer: Sendable {
        /// Of HTTP; nil when the call failed for good.
        public var status: Int?
        /// What an answer without a status says.
        public var failure: String?
        /// Those kept as evidence.
        public var headers: [(name: String, value: String)]
        /// As it came.
        public var body: [UInt8]
        /// When, by the machine's clock.
        public var at: Instant
        /// How long it took.
        public var milliseconds: Int

        /// An answer.
        public init(
            status: Int?, failure: String? = nil, headers: [(name: String, value: String)] = [],
            body: [UInt8] = [], at: Instant, milliseconds: Int
        ) {
            self.status = status
            self.failure = failure
            self.headers = headers
            self.body = body
            self.at = at
            self.milliseconds = milliseconds
        }
    }

    /// A call that was about to leave.
    public struct Intent: Sendable {
        /// The call's key.
        public var key: String
        /// The vendor's name.
        public var vendor: String
        /// When, by the machine's clock.
        public var at: Instant
        /// Whether it may be sent again without harm.
        public var isRepeatable: Bool
        /// The case's id.
        public var caseID: String
        /// Which call of the case: plugin, visit and position, as in `first-1-1`.
        public var place: String

        /// An intent.
        public init(
            key: String, vendor: String, at: Instant, isRepeatable: Bool, caseID: String = "",
            place: String = ""
        ) {
            self.key = key
            self.vendor = vendor
            self.at = at
            self.isRepeatable = isRepeatable
            self.caseID = caseID
            self.place = place
        }
    }

    struct State {
        var answers: [String: Answer] = [:]
        var intents: [String: Intent] = [:]
        /// Lines to write, and who waits for them.
        var pending: [UInt8] = []
        var waiting: [CheckedContinuation<String?, Never>] = []
        var isFlushing = false
    }

    private let path: String
    private let file: Int32
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "docket.journal")

    /// Opens a journal, or begins one.
    ///
    /// - Parameter path: in a directory that exists.
    public init(_ path: String) throws(JournalError) {
        self.path = path
        var state = State()
        let bytes = try Self.read(path)
        try Self.load(bytes, path, &state)
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Self.system(path) }
        // A line that was cut off by a crash never counted.
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        if whole < bytes.count, ftruncate(file, off_t(whole)) != 0 { throw Self.system(path) }
        self.state = Mutex(state)
    }

    deinit { close(file) }

    // MARK: Asking

    /// The answer to a call; nil when none is known.
    public func answer(_ key: String) -> Answer? { state.withLock { $0.answers[key] } }

    /// The intent of a call that has no known answer.
    public func intent(_ key: String) -> Intent? {
        state.withLock { $0.answers[key] == nil ? $0.intents[key] : nil }
    }

    /// The calls of a journal that no commit holds yet, by the time at which they left: what they
    /// were, and the answers of those that have one. Reads the file as it is, also while a run
    /// writes it.
    public static func calls(
        at path: String
    ) throws(JournalError) -> [(intent: Intent, answer: Answer?)] {
        var state = State()
        try load(try read(path), path, &state)
        return state.intents.values.sorted { ($0.at, $0.key) < ($1.at, $1.key) }
            .map { ($0, state.answers[$0.key]) }
    }

    // MARK: Noting

    /// Notes that a call is about to leave; returns when that is on disk.
    public func note(_ intent: Intent) async throws(JournalError) {
        try await append(Self.line(intent)) { $0.intents[intent.key] = intent }
    }

    /// Notes an answer; returns when it is on disk.
    public func note(_ answer: Answer, to key: String, of vendor: String) async throws(JournalError)
    {
        try await append(Self.line(answer, key, vendor)) { $0.answers[key] = answer }
    }

    /// Notes that a call got no answer and did no harm: it may be sent again.
    public func note(noAnswerTo key: String) async throws(JournalError) {
        let arena = Arena(chunkBytes: 1024)
        let line = Self.bytes(arena.object(["none": arena.string(key)]))
        try await append(line) { $0.intents[key] = nil }
    }

    private func append(
        _ line: [UInt8], _ change: @Sendable (inout State) -> Void
    ) async throws(JournalError) {
        let problem = await withCheckedContinuation { continuation in
            let starts = state.withLock { state in
                change(&state)
                state.pending += line
                state.waiting.append(continuation)
                defer { state.isFlushing = true }
                return !state.isFlushing
            }
            if starts { queue.async { self.flush() } }
        }
        if let problem { throw JournalError(description: problem) }
    }

    /// Writes what is pending, again and again until nothing is: those who come while the disk is
    /// busy share the next write.
    private func flush() {
        while true {
            let (lines, waiting) = state.withLock { state in
                defer { (state.pending, state.waiting) = ([], []) }
                if state.waiting.isEmpty { state.isFlushing = false }
                return (state.pending, state.waiting)
            }
            if waiting.isEmpty { return }
            let problem = Self.write(lines, to: file, path)
            for continuation in waiting { continuation.resume(returning: problem) }
        }
    }

    // MARK: Forgetting

    /// Forgets calls whose answers a commit holds now, and what else the caller names. Whatever
    /// happens, the file is the old one or the new one.
    public func forget(_ keys: Set<String>) throws(JournalError) {
        let lines = state.withLock { state in
            for key in keys {
                state.answers[key] = nil
                state.intents[key] = nil
            }
            var lines: [UInt8] = []
            for key in state.intents.keys.sorted() {
                if let intent = state.intents[key] { lines += Self.line(intent) }
            }
            for key in state.answers.keys.sorted() {
                guard let answer = state.answers[key] else { continue }
                lines += Self.line(answer, key, state.intents[key]?.vendor ?? "")
            }
            return lines
        }
        if lines.isEmpty {
            guard ftruncate(file, 0) == 0, fsync(file) == 0 else { throw Self.system(path) }
            return
        }
        try replace(lines)
    }

    private func replace(_ lines: [UInt8]) throws(JournalError) {
        let next = path + ".new"
        let number = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw Self.system(next) }
        let problem = Self.write(lines, to: number, next)
        // The open file goes on as the one that is appended to.
        let isMoved = problem == nil && rename(next, path) == 0 && dup2(number, file) >= 0
        close(number)
        if let problem { throw JournalError(description: problem) }
        guard isMoved else { throw Self.system(path) }
        _ = fcntl(file, F_SETFL, O_APPEND)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    }

    // MARK: Files

    private static func read(_ path: String) throws(JournalError) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if number < 0 && errno == ENOENT { return [] }
        guard number >= 0 else { throw system(path) }
        defer { close(number) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(number, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw system(path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Nil, or what went wrong.
    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) -> String? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return system(path).description }
            rest = rest.dropFirst(count)
        }
        return fsync(file) == 0 ? nil : system(path).description
    }

    private static func system(_ path: String) -> JournalError {
        JournalError(description: "\(path): \(String(cString: strerror(errno)))")
    }
}
