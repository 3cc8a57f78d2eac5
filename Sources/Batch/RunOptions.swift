public import Documents

/// What a run is asked to do.
public struct RunOptions: Sendable {
    /// A directory in the repository, or a bare repository.
    public var directory: String
    /// The revision to read; nil: the repository's `HEAD`.
    public var source: String?
    /// The branch to write.
    public var ledger = "ledger"
    /// The clock, when the caller sets it; never before the last run's.
    public var at: Instant?
    /// What the machine's clock says, used without ``at``.
    public var now: Instant
    /// Threads.
    public var jobs: Int
    /// Only cases whose ids match; nil: all. See ``CaseGlob``.
    public var select: String?
    /// Move the cases in flight of this workflow to its version now, and do nothing else.
    public var migrate: String?
    /// Ask no vendor that is outside: answers come from stored evidence, or cases wait.
    public var isOffline = false
    /// Do the run of this ledger commit again, on its parents and at its clock, and compare; writes
    /// nothing.
    public var replay: String?
    /// Do everything and write nothing.
    public var isDryRun = false
    /// Commit nothing when nothing changed.
    public var onlyIfChanged = false
    /// Run the workflows that are sound although others have errors.
    public var toleratesErrors = false
    /// Commit although more cases were withdrawn or flipped than `limits` allow.
    public var acceptsMassChange = false
    /// Name and digest of the program, for the commit message.
    public var engine = "docket"

    /// Options with their defaults.
    public init(directory: String, now: Instant, jobs: Int) {
        self.directory = directory
        self.now = now
        self.jobs = max(1, jobs)
    }
}

/// Told how a run goes. Called from many threads at once.
public protocol RunProgress: Sendable {
    /// So many of the cases that are due are done.
    func advanced(to done: Int, of due: Int)
    /// A new phase: `planning`, `running`, `committing`.
    func began(_ phase: RunPhase)
}

/// The parts of a run.
public enum RunPhase: String, Sendable {
    case planning, running, committing
}

/// Says nothing.
public struct SilentProgress: RunProgress {
    /// One.
    public init() {}
    /// Nothing.
    public func advanced(to done: Int, of due: Int) {}
    /// Nothing.
    public func began(_ phase: RunPhase) {}
}
