public import Definitions
public import Documents
public import Statecharts

/// What Docket knows of a case: the record and, beside it, the personal part.
public struct CaseRecord {
    /// Where a case stands, whatever its workflow.
    public enum Status: String, Sendable {
        case active, waiting, completed, failed, withdrawn
    }

    /// A problem that stopped the case; its last good state stands.
    public struct Fault: Sendable, Hashable {
        /// Stable code with a page in `docs/findings/`.
        public var code: String
        /// One sentence, which may quote an expression's data: for the terminal. The record has
        /// ``FaultSentence`` instead.
        public var message: String
        /// `file:line:column` or a part of it, when known.
        public var place: String?
        /// The clock of the run that met it first.
        public var at: Instant?

        /// A fault.
        public init(code: String, message: String, place: String?) {
            self.code = code
            self.message = message
            self.place = place
        }
    }

    /// The definitions that a case stands on.
    public struct Pin: Sendable, Hashable {
        /// The source commit that first had them, in hexadecimal.
        public var commit: String
        /// The closure's digest in hexadecimal.
        public var closure: String
    }

    /// The risk as it was scored last.
    public struct Risk: Sendable {
        /// The total.
        public var score: Value
        /// The level's name, where the repository has levels.
        public var level: Text?
        /// What was raised: domain, name and rule reference.
        public var indicators: Value
        /// What bounded the sum, `[{by, rule?, to}]`; nil when nothing did.
        public var bounds: Value?
    }

    /// An event file that was dealt with.
    public struct AppliedEvent: Sendable, Hashable {
        /// Its name.
        public var file: String
        /// Its object id in hexadecimal.
        public var blob: String
    }

    /// An event that will come at a time.
    public struct Timer: Sendable {
        /// What cancels it.
        public var id: Text
        /// The event's name.
        public var event: Text
        /// When.
        public var due: Instant
    }

    /// One entry of the history.
    public struct HistoryEntry: BitwiseCopyable, Sendable {
        /// What came of the event.
        public enum Result: UInt8, BitwiseCopyable, Sendable {
            /// A transition.
            case transition
            /// The state has no transition for it.
            case refused
            /// The state has transitions for it and no guard held.
            case guarded
            /// It waits until the state accepts it.
            case held
            /// It was held and no state accepted it in time.
            case expired
            /// It was made on another episode or state.
            case outdated
            /// Kept as a note.
            case noted
            /// It moved to another version of its workflow.
            case migrated
            /// The context would not satisfy the workflow's schema.
            case invalid
            /// It opened this episode.
            case reopened
        }

        /// The run's clock.
        public var at: Instant
        /// The event's name; empty for a transition that needs none.
        public var event: Text
        /// The state before.
        public var from: Text
        /// The state after.
        public var to: Text
        /// `file:line` of the transition.
        public var because: Text?
        /// What came of it.
        public var result: Result
        /// Of what a child's report led to: the child.
        public var child: Text?
        /// Of what a monitor led to: the monitor and why it looked.
        public var monitor: (name: Text, trigger: Monitor.Trigger)?
        /// Of a transition: what its guards saw.
        var reason: Reason?
    }

    /// The case.
    public var id: CaseID
    /// The workflow's id.
    public var workflow: String
    /// The workflow's version.
    public var version: Int
    /// The closure's digest in hexadecimal.
    public var closure: String
    /// From 1.
    public var episode = 1
    /// Of a child case.
    public var parent: ParentLink?
    /// Of a case that a run opened for an alert.
    public var alert: AlertLink?
    /// Its children, in the order in which they were started, those that are gone too.
    public var children: [CaseID] = []
    /// The active states.
    public var configuration = Configuration()
    /// Where it stands.
    public var status = Status.active
    /// The last score.
    public var risk: Risk?
    /// Event files dealt with, in order.
    public var applied: [AppliedEvent] = []
    /// Callbacks waiting for a state that accepts them, in the order they came.
    public var held: [HeldCallback] = []
    /// What is known of the workflow's monitors, in their order.
    public var monitors: [MonitorStanding] = []
    /// Pending timers in the order they were set.
    public var timers: [Timer] = []
    /// History of the episode that was on the record already: an array, as written.
    public var pastHistory = Value.emptyArray
    /// History added in this run.
    public var history: [HistoryEntry] = []
    /// What guards read in the transitions that were on record already: an array, as written.
    public var pastReads = Value.emptyArray
    /// Runs of plugins in this episode that were on record already: an array, as written.
    public var pastPluginRuns = Value.emptyArray
    /// Runs of plugins added in this run.
    public var pluginRuns: [PluginRun] = []
    /// Transitions of this episode, so far.
    public var transitions = 0
    /// Decisions of this episode, so far.
    public var decisions = 0
    /// Messages of this episode, so far.
    public var messages = 0
    /// How often each plugin ran in this episode, by its number.
    public var visits: [Int] = []
    /// Digest of the input the context was made from, in hexadecimal.
    public var input: String
    /// What stopped it.
    public var fault: Fault?
    /// Whether something stopped it. Comparing ``fault`` with nil would copy it.
    var hasFault: Bool { if case .none = fault { false } else { true } }
    /// False when a fault came before its first events were all applied: the next try starts anew.
    public var isStarted = true
    /// The definitions it stands on; nil until it was on record once.
    public var pin: Pin?
    /// Plugin work that waits for a vendor, and why.
    public var parked: [CaseMachine.Frame] = []
    /// Why it waits.
    public var waitingFor: String?
    /// When it was created.
    public var created: Instant
    /// When it was completed.
    public var resolved: Instant?
    /// The personal part: the context.
    public var context: Value
    /// `config` of the input.
    public var config: Value

    /// A new case; ``CaseMachine`` takes it to its workflow's initial state.
    public init(
        id: CaseID, workflow: String, version: Int, closure: String, input: String,
        created: Instant, context: Value, config: Value
    ) {
        self.id = id
        self.workflow = workflow
        self.version = version
        self.closure = closure
        self.input = input
        self.created = created
        self.context = context
        self.config = config
    }
}
