public import DecisionTables
public import Documents
public import Expressions
public import RiskRules

/// Work that a workflow does on entering a state, compiled.
public struct Plugin: BitwiseCopyable, @unchecked Sendable {
    /// What it does.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// Emits an event to subscribers.
        case dispatchEvent
        /// Starts a child workflow.
        case child
        /// Runs another plugin for each element of a list.
        case iterative
        /// Reshapes the context.
        case transformer
        /// Evaluates risk rules.
        case riskRules
        /// Evaluates a scorecard.
        case scorecard
        /// Evaluates a decision table.
        case table
        /// Attaches a form.
        case attachForm
        /// Calls a vendor and waits for the answer.
        case api
        /// Sends a message and does not wait.
        case webhook
    }

    /// The lists of `extensions`, in the order in which a state's plugins run.
    public enum Phase: UInt8, BitwiseCopyable, Sendable, CaseIterable {
        case dispatchEvent, childWorkflow, common, api
    }

    /// Unique in its workflow.
    public var name: Text
    /// What it does.
    public var kind: Kind
    /// The list it stands in.
    public var phase: Phase
    /// The kind as written; empty when left out.
    public var writtenKind: Text
    /// The states that run it when entered.
    public var states: Table<Text>
    /// The event sent when it succeeds.
    public var successAction: Text?
    /// The event sent when it fails.
    public var errorAction: Text?
    /// `pluginsOutput.<name>`, where the output goes.
    public var output: MemberPath
    /// Where the output goes instead of `pluginsOutput.<name>`.
    public var destination: MemberPath?
    /// `file:line` of the definition.
    public var place: Text

    /// Of an API or webhook plugin.
    public var call: CallDefinition
    /// Of an iterative plugin: the list; of a transformer, dispatch-event or child: the payload.
    public var transforms: Transforms
    /// Of an iterative plugin: the index of the plugin it runs, or -1.
    public var action: Int
    /// Of a dispatch-event plugin: the event, and what its transforms see over the context.
    public var eventName: Text?
    /// Of a dispatch-event plugin, an object.
    public var payload: Value?
    /// Of a plugin that attaches a form: its id, and how many minutes its token is good for.
    public var form: (id: Text, expireInMinutes: Int?)?
    /// Of a child plugin: the workflow and the event it starts with.
    public var child: (definition: Text, initialEvent: Text?)?
    /// Of a risk-rules plugin.
    public var rules: UnsafeBufferPointer<RiskRule>
    /// Of a scorecard plugin, unless it does not compile.
    public var scorecard: Scorecard?
    /// Of a table plugin.
    public var table: DecisionTable?
}

/// How an API or webhook plugin reaches its vendor.
public struct CallDefinition: BitwiseCopyable, Sendable {
    /// The vendor's name in `docket.yaml`: as given, else that of the plugin's kind; nil for a
    /// plain API plugin that names none.
    public var vendor: Text?
    /// The kind that the call is made of; nil for a plain API or webhook plugin.
    public var kind: Text?
    /// `GET`, `POST`, …; upper case.
    public var method: Text
    /// The address.
    public var url: Placeholders?
    /// Names and values in order.
    public var headers: Table<Header>
    /// Whether there is a request at all; without one nothing is sent in the body.
    public var hasRequest: Bool
    /// Makes the request out of the context.
    public var request: Transforms
    /// What the request must satisfy, if anything.
    public var requestSchema: JSONSchema?
    /// Makes the output out of the answer.
    public var response: Transforms
    /// What the output must satisfy, if anything.
    public var responseSchema: JSONSchema?
    /// What the plugin's kind makes of the request before it leaves.
    public var sending: Sending?

    /// A header of a request.
    public struct Header: BitwiseCopyable, Sendable {
        /// As written.
        public var name: Text
        /// With placeholders.
        public var value: Placeholders
    }

    static let none = CallDefinition(
        vendor: nil, kind: nil, method: Text("GET"), url: nil, headers: Table(), hasRequest: false,
        request: .identity, requestSchema: nil, response: .identity, responseSchema: nil,
        sending: nil)
}

/// What a plugin kind makes of a request, after the plugin's own transforms and schema: its `send`.
public struct Sending: BitwiseCopyable, Sendable {
    /// One thing that must hold of the request.
    public struct Requirement: BitwiseCopyable, Sendable {
        /// Must be true of the request.
        public var rule: JMESPath
        /// The plugin's error when it is not.
        public var message: Text
    }

    /// Reshapes the request; what follows sees the result.
    public var prepare: Transforms
    /// Checked in order.
    public var requirements: Table<Requirement>
    /// Where it holds, nothing is sent and the call succeeds.
    public var skip: JMESPath?
    /// Appended to the URL; its placeholders are looked up in the request.
    public var path: Placeholders?
    /// Makes what is sent.
    public var body: Transforms
}
