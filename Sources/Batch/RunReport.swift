public import Casework
public import Documents
public import GitStorage

/// Why there was no run.
public enum RunError: Error, Sendable {
    /// The definitions have errors; nothing was run.
    case definitions([Finding])
    /// What was asked for makes no sense, such as a clock before the last run's.
    case usage(String)
    /// The repository cannot be read or written.
    case git(GitError)
    /// The ledger moved three times while this run was at work; safe to try again.
    case conflict(String)
}

/// A problem with one case in this run.
public struct CaseFault: Sendable {
    /// The case; of a file or line whose name is no case id, nil.
    public var id: CaseID?
    /// The fault; its message may quote data and is for the terminal only.
    public var fault: CaseRecord.Fault
    /// Whether the last run met the same.
    public var isOld: Bool
}

/// More cases of one bulk file withdrawn or flipped than `limits` allow.
public struct MassChange: Sendable {
    /// The bulk file's id.
    public var file: String
    /// Cases withdrawn.
    public var withdrawn: Int
    /// Cases that went from approved to rejected or back.
    public var flipped: Int
    /// Cases that a monitor opened again, for another reason than that time passed.
    public var reopened: Int
    /// The file's cases before.
    public var cases: Int
    /// How many would have been allowed.
    public var allowed: Int
}

/// A rule that raised more new alerts than `limits.alerts` allows.
public struct AlertFlood: Sendable, Equatable {
    /// The rule's id.
    public var rule: String
    /// New alerts.
    public var raised: Int
    /// How many would have been allowed.
    public var allowed: Int
}

/// What one monitor did in a run. `due` is `evaluated`, `waiting` and `failed` together; `evaluated`
/// is `changed` and `unchanged`.
public struct MonitorCounts: Sendable, Equatable {
    /// The workflow's id.
    public var workflow: String
    /// The monitor's name.
    public var monitor: String
    /// Cases at rest whose trigger came.
    public var due: Int { evaluated + waiting + failed }
    /// Of these, cases that were looked at.
    public var evaluated: Int { changed + unchanged }
    /// Cases with another result than before.
    public var changed = 0
    /// Cases with the same.
    public var unchanged = 0
    /// Of the changed, finished cases that began their next episode.
    public var reopened = 0
    /// Cases whose vendor has no answer now: looked at in the next run.
    public var waiting = 0
    /// Cases with a fault of the monitor: looked at in the next run.
    public var failed = 0
}

/// How many cases stand where, over the whole ledger.
public struct RunTotals: Sendable, Equatable {
    /// By workflow and outcome.
    public var outcomes: [String: [String: Int]] = [:]
    /// By risk level's name.
    public var levels: [String: Int] = [:]

    /// Nothing.
    public init() {}
}

/// What a run did.
public struct RunReport: Sendable {
    /// As in `20261122T020000123Z-7f3a9c00`.
    public var runID = ""
    /// The source commit.
    public var source: CommitID
    /// The ledger commit made; nil when none was.
    public var commit: CommitID?
    /// The run's clock.
    public var clock: Instant
    /// Cases that something came for.
    public var due = 0
    /// Of these, cases that other cases started.
    public var children = 0
    /// Of the due, cases whose record changed.
    public var advanced = 0
    /// Of the due, new ones.
    public var created = 0
    /// Cases withdrawn.
    public var withdrawn = 0
    /// Cases with a fault, old ones not counted.
    public var failed = 0
    /// Decisions written.
    public var decisions = 0
    /// Messages written.
    public var messages = 0
    /// Stored answers written.
    public var evidence = 0
    /// Cases at rest that at least one monitor looked at.
    public var screened = 0
    /// What monitors did, by workflow and name; those for which nothing was due are left out.
    public var monitors: [MonitorCounts] = []
    /// What alert rules came to; nil when there never were any.
    public var alerts: AlertReport?
    /// Of all cases on the ledger.
    public var totals = RunTotals()
    /// Faults of this run, in the order of the cases, then those that stand since earlier runs.
    public var faults: [CaseFault] = []
    /// Findings in definitions and inputs, sorted.
    public var findings: [Finding] = []
    /// Why vendors gave no answer, with how many calls wait.
    public var unanswered: [String: Int] = [:]
    /// Of a replay: what came out.
    public var replay: ReplayReport?
    /// Of a migration: what it means for the cases in flight.
    public var migration: MigrationReport?
    /// Why nothing was committed, if that is so.
    public var refusals: [MassChange] = []
    /// As ``refusals``: rules that raised too many alerts.
    public var floods: [AlertFlood] = []

    /// Whether nothing was committed because too much changed.
    public var isRefused: Bool { !refusals.isEmpty || !floods.isEmpty }

    /// Whether a case has a fault that it did not have before.
    public var hasNewFaults: Bool {
        faults.contains { !$0.isOld } || alerts?.hasNewFaults == true
    }
    /// Whether an applied event file was edited or removed.
    public var hasIntegrityFindings: Bool {
        findings.contains { $0.code == "CS050" || $0.code == "CS051" }
    }
}

/// Whether a run that is done again comes to the same.
public struct ReplayReport: Sendable {
    /// The commit that was replayed.
    public var commit: CommitID
    /// Its tree.
    public var expected: TreeID
    /// The tree that came out.
    public var made: TreeID
    /// Name and digest of the program that made the commit, as its message says.
    public var engine: String?
    /// Paths that differ, sorted; at most a thousand.
    public var differences: [String]

    /// Whether every byte is the same.
    public var isSame: Bool { expected == made }
}
