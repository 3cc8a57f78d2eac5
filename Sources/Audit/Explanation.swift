public import Casework
public import Documents

/// Why a case stands where it stands, out of one commit of the ledger and the source commits it
/// names: what happened in order, what each step rested on, and what can happen next.
public struct Explanation {
    /// What ran after a step.
    public struct Work {
        /// The clock.
        public var at: String
        /// The plugin's name.
        public var plugin: String
        /// The kind as its definition writes it, when that is known.
        public var kind: String?
        /// `done`, `failed` or `waiting`.
        public var result: String
        /// What vendors said: the evidence file and `answered 200` or the failure.
        public var answers: [(file: String, said: String)]
        /// Of a decision table: `rules/review.yaml#review-tier`.
        public var table: String?
        /// Where the rows stand that matched.
        public var rows: [String] = []
    }

    /// A determination that a step led to.
    public struct Determination {
        /// `1-1`: episode and number.
        public var number: String
        /// approved, rejected, resolved, dismissed or revision.
        public var outcome: String
        /// The reviewer; nil when the rules decided.
        public var by: String?
        /// The reviewer's reason, from the event file.
        public var reason: String?
        /// The episode and state it was made on, as the event file says.
        public var expects: String?
        /// The event file.
        public var file: String?
    }

    /// One entry of the history.
    public struct Step {
        /// From 1.
        public var number: Int
        /// The clock.
        public var at: String
        /// As recorded; empty for a transition that needs no event.
        public var event: String
        /// The state before.
        public var from: String
        /// The state after.
        public var to: String
        /// `transition`, or what else came of the event, as records name it.
        public var result: String
        /// `file:line` of the transition.
        public var because: String?
        /// The guard that held, in words.
        public var condition: String?
        /// `file:line` of that guard.
        public var conditionPlace: String?
        /// Guards of the same state and event that stand before it and did not hold.
        public var failed: [String] = []
        /// The child that it was told by.
        public var child: String?
        /// The monitor that led to it, and why it looked.
        public var monitor: (name: String, trigger: String)?
        /// What guards read.
        public var values: [(path: String, value: Value)] = []
        /// What ran then.
        public var work: [Work] = []
        /// What was decided.
        public var determinations: [Determination] = []
    }

    /// A part of the risk score.
    public struct ScorePart {
        /// The points it adds; nil on records of versions that did not note them.
        public var adds: Value?
        /// The indicator.
        public var name: String
        /// Its domain.
        public var domain: String
        /// `rules/FILE.yaml#ID`.
        public var rule: String
        /// `rules/FILE.csv:14`: the row of the rule's table that gave the points, if one did.
        public var row: String?
        /// The members that its conditions found.
        public var evidence: [String]
    }

    /// What the case knows of a monitor of its workflow.
    public struct MonitorStanding {
        /// Its name.
        public var name: String
        /// What makes it look, in words.
        public var triggers: String?
        /// Digest of what it found last; nil when it has not found anything that counts yet.
        public var result: String?
        /// Since when that is the result.
        public var since: String?
        /// When its period is over.
        public var due: String?
        /// Why it has to look again: `entity`, `list`, `rule` or `period`.
        public var pending: String?
    }

    /// An event that the case accepts now.
    public struct Choice {
        /// Its name.
        public var event: String
        /// Where it may lead: the state, with the guard in words.
        public var leads: [(state: String, condition: String?)]
    }

    /// The case.
    public var id: CaseID
    /// The record, as on the ledger.
    public var record: Value
    /// The ledger commit in hexadecimal.
    public var ledger: String
    /// The clock of the last run that looked at the ledger's cases.
    public var asOf: String?
    /// The history, in order.
    public var steps: [Step] = []
    /// What ran before the first step.
    public var firstWork: [Work] = []
    /// The parts of the score, the highest first.
    public var score: [ScorePart] = []
    /// What it waits for, each a sentence.
    public var waits: [String] = []
    /// Since when it is in its state.
    public var since: String?
    /// What looks at it while it rests.
    public var monitors: [MonitorStanding] = []
    /// Child cases with their outcomes.
    public var children: [(id: String, outcome: String)] = []
    /// Events it accepts now.
    public var choices: [Choice] = []
    /// Why ``choices`` is empty, when it is.
    public var closed: String?
    /// What could not be read, each a sentence.
    public var gaps: [String] = []

    /// Holds ``record`` and the values.
    let arena: Arena

    func text(_ key: StaticString) -> String {
        record[key].map { $0.string ?? JSONWriter.line($0) } ?? ""
    }
}
