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
                id: id, episode: sent.episode, event: sent.event, method: call.method,
                url: sent.url,
                headers: call.headers, body: call.request)
        }
        return Message(
            id: id, episode: sent.episode, event: sent.event, method: Text("POST"), url: sent.url,
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
        let keys = MessageKeys.all
        var members = MemberSpace(count: 16, in: arena)
        members.add(keys.id, .string(id))
        members.add(keys.eventName, .string(sent.event))
        if case .dispatched(let payload, let state) = sent.payload {
            members.add(keys.state, .string(state))
            members.add(keys.workflowRuntimeId, .string(caseText))
            members.add(keys.payload, payload)
            return members.finish()
        }
        let entity = sent.context["entity"]
        if case .state(let state) = sent.payload { members.add(keys.state, state) }
        members.add(keys.apiVersion, .string("1"))
        members.add(keys.timestamp, time(sent.at))
        if case .contextChange = sent.payload {
            members.add(keys.assignee, .null)
            members.add(keys.assignedAt, .null)
        }
        members.add(keys.workflowCreatedAt, time(record.created))
        members.add(keys.workflowResolvedAt, sent.resolved.map { time($0) } ?? .null)
        members.add(keys.workflowDefinitionId, .string(workflow.idText))
        members.add(keys.workflowRuntimeId, .string(caseText))
        if case .completion(let state) = sent.payload {
            members.add(keys.workflowStatus, .string("completed"))
            members.add(keys.workflowFinalState, .string(state))
        }
        members.add(keys.ballerineEntityId, entity?["ballerineEntityId"] ?? entity?["id"] ?? .null)
        members.add(keys.correlationId, entity?["id"] ?? .emptyString)
        members.add(keys.environment, .string(environmentText))
        members.add(keys.data, data(of: sent))
        return members.finish()
    }

    private func data(of sent: SentMessage) -> Value {
        guard sent.withChildren else { return sent.context }
        return sent.context.setting(
            Key("childWorkflowsRuntimeData"), to: children(of: sent.context), in: arena)
    }

    /// What the case had been told of its children then, in the order of their workflows and of their
    /// reports.
    private func children(of context: Value) -> Value {
        var list: [Value] = []
        for workflow in context[CaseMachine.results]?.members ?? .init(start: nil, count: 0) {
            for child in workflow.value.members ?? .init(start: nil, count: 0) {
                list.append(
                    arena.object([
                        "workflowRuntimeId": .string(child.key),
                        "workflowDefinitionId": .string(workflow.key),
                        "ballerineEntityId": child.value["entityId"],
                        "status": child.value["status"], "state": child.value["state"],
                        "tags": child.value["tags"], "result": child.value["result"],
                    ]))
            }
        }
        return arena.array(list)
    }

    /// Most times of a case are the run's clock, which is written once a case.
    private func time(_ instant: Instant) -> Value {
        instant == clockText.instant
            ? .string(clockText.text) : arena.string(instant.withMilliseconds)
    }
}

/// The members of payloads, hashed once.
private struct MessageKeys {
    static let all = MessageKeys()

    let id = Key("id")
    let eventName = Key("eventName")
    let state = Key("state")
    let workflowRuntimeId = Key("workflowRuntimeId")
    let payload = Key("payload")
    let apiVersion = Key("apiVersion")
    let timestamp = Key("timestamp")
    let assignee = Key("assignee")
    let assignedAt = Key("assignedAt")
    let workflowCreatedAt = Key("workflowCreatedAt")
    let workflowResolvedAt = Key("workflowResolvedAt")
    let workflowDefinitionId = Key("workflowDefinitionId")
    let workflowStatus = Key("workflowStatus")
    let workflowFinalState = Key("workflowFinalState")
    let ballerineEntityId = Key("ballerineEntityId")
    let correlationId = Key("correlationId")
    let environment = Key("environment")
    let data = Key("data")
}
