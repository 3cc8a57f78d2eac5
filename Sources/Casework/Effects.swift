public import Documents

/// A call to a vendor that a case waits for.
public struct VendorCall: Sendable {
    /// The plugin's name.
    public var plugin: Text
    /// The vendor's name, if the plugin gives one.
    public var vendor: Text?
    /// How often the plugin ran in this episode, this time included.
    public var visit: Int
    /// The position in an iteration, from 1; else 1.
    public var call: Int
    /// Upper case.
    public var method: Text
    /// With slots for secrets (see `SecretSlots`); of a GET with its query.
    public var url: Text
    /// In order, values with slots.
    public var headers: [(name: Text, value: Text)]
    /// What is asked, before the plugin's kind makes it the body: what recorded answers look at.
    public var asked: Value
    /// The request as a value: the body, or of a GET what the query was made from.
    public var request: Value
    /// Whether the request goes in the body.
    public var hasBody: Bool
}

/// What a vendor said.
public enum VendorAnswer: Sendable {
    /// An answer of HTTP's shape; the body is null when there is none.
    case response(status: Int, body: Value)
    /// The call failed: the vendor could not be reached or answered no HTTP.
    case failure(message: String)
    /// No answer now; the case waits for a later run.
    case unavailable(reason: String)
}

/// How an answer of a live vendor came in: part of the evidence.
public struct AnswerReceipt: Sendable, Hashable {
    /// When, by the machine's clock.
    public var at: Instant
    /// How long it took.
    public var milliseconds: Int
    /// Those that matter, names in lower case, in the order of their names.
    public var headers: [Header]
    /// SHA-256 of the body as it came, in hexadecimal; nil without one.
    public var bodyDigest: String?

    /// A header of an answer.
    public struct Header: Sendable, Hashable {
        /// In lower case.
        public var name: String
        /// As it came.
        public var value: String

        /// A header.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A receipt.
    public init(at: Instant, milliseconds: Int, headers: [Header], bodyDigest: String?) {
        self.at = at
        self.milliseconds = milliseconds
        self.headers = headers
        self.bodyDigest = bodyDigest
    }
}

/// The stored answer of a vendor.
public struct Evidence: Sendable {
    /// The call.
    public var call: VendorCall
    /// The answer.
    public var answer: VendorAnswer
    /// The episode.
    public var episode: Int
    /// Of a live vendor.
    public var receipt: AnswerReceipt?
    /// Whether the ledger has it already.
    public var isStored = false
}

/// A webhook payload for the outbox.
public struct Message: Sendable {
    /// The hash of case, episode, transition number, event and subscription, in hexadecimal: the same
    /// message is the same file in every replay.
    public var id: Text
    /// The episode that it was sent in.
    public var episode: Int
    /// The event's name.
    public var event: Text
    /// `POST` unless a webhook plugin says otherwise.
    public var method: Text
    /// Where to, with slots for secrets.
    public var url: Text
    /// In order, values with slots.
    public var headers: [(name: Text, value: Text)]
    /// The payload.
    public var body: Value
}

/// A determination on a case.
public struct Decision: Sendable {
    /// From 1 within its episode.
    public var number: Int
    /// The episode.
    public var episode: Int
    /// approved, rejected, resolved, dismissed or revision.
    public var outcome: Outcome
    /// The state that was reached.
    public var state: Text
    /// The run's clock.
    public var at: Instant
    /// The event that led there.
    public var event: Text
    /// The reviewer; nil when the rules decided.
    public var by: Text?
    /// `file:line` of the transition.
    public var because: Text?
    /// The event file and its blob, of a reviewer's decision.
    public var evidence: CaseRecord.AppliedEvent?
    /// The risk it was made on.
    public var risk: CaseRecord.Risk?
}

/// An event for the host: what a dispatch-event plugin emits.
public struct DispatchedEvent: Sendable {
    /// Its name.
    public var name: Text
    /// Its payload.
    public var payload: Value
    /// The state it was emitted in.
    public var state: Text
}

/// What a case amounts to for a person who looks at the whole.
public enum Outcome: String, Sendable, BitwiseCopyable, CaseIterable {
    case approved, rejected, resolved, dismissed
    case manualReview = "manual review"
    case revision
    case waitingForData = "waiting for data"
    case inProgress = "in progress"
    case failed, withdrawn

    private static let tags: [(StaticString, Outcome)] = [
        ("approved", .approved),
        ("rejected", .rejected),
        ("resolved", .resolved),
        ("dismissed", .dismissed),
        ("manual_review", .manualReview),
        ("revision", .revision),
        ("pending_process", .waitingForData),
        ("collection_flow", .waitingForData),
        ("data_enrichment", .waitingForData),
        ("failure", .failed),
    ]

    /// The outcome that a tag of Ballerine's stands for, if any.
    public init?(tag: Text) {
        for (name, outcome) in Self.tags
        where name.utf8CodeUnitCount == tag.count && tag == name {
            self = outcome
            return
        }
        return nil
    }

    /// Whether reaching it is a decision.
    public var isDecision: Bool {
        switch self {
        case .approved, .rejected, .resolved, .dismissed, .revision: true
        case .manualReview, .waitingForData, .inProgress, .failed, .withdrawn: false
        }
    }
}
