import Definitions
import Documents

/// A message as it was sent: all that its id and payload are made of, which is done when it is written.
/// Values never change, so that a payload made later is the same.
struct SentMessage: BitwiseCopyable {
    /// What its payload tells besides the case.
    enum Payload: BitwiseCopyable {
        /// The state reached.
        case state(Value)
        /// The final state's name.
        case completion(Text)
        case contextChange
        /// What a dispatch-event plugin emitted, and in which state.
        case dispatched(Value, state: Text)
        /// The request of a webhook plugin, into ``CaseMachine/webhookCalls``.
        case request(Int)
    }

    var event: Text
    var payload: Payload
    var url: Text
    /// The subscription's number, or ``CaseMachine/ofPlugin``.
    var subscription: Int
    var withChildren: Bool
    /// The message's number in its episode.
    var number: Int
    /// Transitions of the episode before it.
    var transitions: Int
    var episode: Int
    var at: Instant
    var resolved: Instant?
    var context: Value
}

/// Making the ids and payloads of messages.
extension CaseMachine {
    private static let jsonHeaders = [(name: Text("Content-Type"), value: Text("application/json"))]

    /// A message for the outbox.
    func message(_ sent: SentMessage) -> Message {
        let id = id(of: sent)
        if case .request(let number) = sent.payload {
            let call = webhookCalls[number]
            return Message(
                id: id, event: sent.event, method: call.method, url: sent.url,
                headers: call.headers, body: call.request)
        }
        return Message(
            id: id, event: sent.event, method: Text("POST"), url: sent.url,
            headers: Self.jsonHeaders, body: body(of: sent, id))
    }

    /// The first 160 bits of the hash of case, episode, the message's number in it, the transition
    /// number, event and subscription.
    private func id(of sent: SentMessage) -> Text {
        let isPlugin = sent.subscription == Self.ofPlugin
        let count = caseText.count + 36 + sent.event.count + (isPlugin ? 0 : sent.url.count)
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { bytes in
            var end = 0
            func append(_ text: Text) {
                bytes[end...].copyBytes(from: text.bytes)
                end += text.count
            }
            append(caseText)
            for number in [sent.episode, sent.number, sent.transitions, sent.subscription] {
                bytes[end] = 0x0A
                bytes.storeBytes(
                    of: UInt64(number).littleEndian, toByteOffset: end + 1, as: UInt64.self)
                end += 9
            }
            append(sent.event)
            if !isPlugin { append(sent.url) }
            return Digest.text(of: UnsafeRawBufferPointer(bytes), first: 20, in: arena)
        }
    }

    private func body(of sent: SentMessage, _ id: Text) -> Value {
        var members = MemberSpace(count: 16, in: arena)
        members.add("id", .string(id))
        members.add("eventName", .string(sent.event))
        if case .dispatched(let payload, let state) = sent.payload {
            members.add("state", .string(state))
            members.add("workflowRuntimeId", .string(caseText))
            members.add("payload", payload)
            return members.finish()
        }
        let entity = sent.context["entity"]
        if case .state(let state) = sent.payload { members.add("state", state) }
        members.add("apiVersion", .string("1"))
        members.add("timestamp", time(sent.at))
        if case .contextChange = sent.payload {
            members.add("assignee", .null)
            members.add("assignedAt", .null)
        }
        members.add("workflowCreatedAt", time(record.created))
        members.add("workflowResolvedAt", sent.resolved.map { time($0) } ?? .null)
        members.add("workflowDefinitionId", .string(workflow.idText))
        members.add("workflowRuntimeId", .string(caseText))
        if case .completion(let state) = sent.payload {
            members.add("workflowStatus", .string("completed"))
            members.add("workflowFinalState", .string(state))
        }
        members.add("ballerineEntityId", entity?["ballerineEntityId"] ?? entity?["id"] ?? .null)
        members.add("correlationId", entity?["id"] ?? .emptyString)
        members.add("environment", .string(environmentText))
        members.add("data", data(of: sent))
        return members.finish()
    }

    private func data(of sent: SentMessage) -> Value {
        guard sent.withChildren else { return sent.context }
        return sent.context.setting(
            Key("childWorkflowsRuntimeData"), to: .emptyArray, in: arena)
    }

    /// Most times of a case are the run's clock, which is written once a case.
    private func time(_ instant: Instant) -> Value {
        instant == clockText.instant
            ? .string(clockText.text) : arena.string(instant.withMilliseconds)
    }
}
