/// An executable that the operator lets answer for vendors of `kind: external`.
///
/// It comes out of the operator's file only, never out of a repository: see ``OperatorFile``.
public struct ExternalProgram: Sendable {
    /// What `program:` of a vendor in `docket.yaml` names.
    public var name: String
    /// The executable, from the root.
    public var path: String
    /// What comes after the program's name; no shell reads it.
    public var arguments: [String] = []
    /// The whole environment of the program, in order.
    public var environment: [(name: String, value: String)] = []
    /// Where it runs, from the root, outside the repository.
    public var workingDirectory = "/"
    /// Whether the same key may be asked again without further cost or effect; the program may say
    /// so too.
    public var isIdempotent = false
    /// Bounds on it.
    public var limits = Limits()

    /// Bounds on a program. The defaults are those of the operator's file.
    public struct Limits: Sendable {
        /// Requests it has at once; the program may say fewer.
        public var concurrency = 8
        /// From a request's first byte written to its answer.
        public var timeoutMilliseconds = 30_000
        /// From its start to its answer to the greeting.
        public var startMilliseconds = 10_000
        /// Between the end of its input, SIGTERM and SIGKILL.
        public var graceMilliseconds = 2_000
        /// Bytes of one line of its output.
        public var lineBytes = 1 << 20
        /// Bytes of all its output since a start.
        public var outputBytes = 1 << 30
        /// How often it is started again after it ended by itself or was stopped.
        public var restarts = 2

        /// The defaults.
        public init() {}
    }

    /// A program.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// What became of a program, for the operator's eyes. Never written into a repository: its errors
/// may hold anything.
public struct ExternalReport: Sendable {
    /// What `program:` names.
    public var program: String
    /// How often it was started.
    public var starts = 0
    /// Requests that it answered.
    public var answered = 0
    /// Why it was stopped or ended, the last ones, oldest first.
    public var troubles: [String] = []
    /// The end of what it wrote to standard error, at most 64 KiB; any bytes.
    public var standardError: [UInt8] = []
}
