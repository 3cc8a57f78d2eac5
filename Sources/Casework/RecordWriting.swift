import DecisionTables
public import Definitions
public import Documents
import Statecharts

/// Writes the files that a case has on the ledger. Bytes are canonical: the documented order of keys,
/// two spaces of indent, one newline at the end.
///
/// A worker keeps one writer for its memory. Only ``data(_:of:in:)``, ``evidence(_:of:in:)`` and
/// ``message(_:of:in:)`` give files with personal data; ``record(_:of:in:)`` and
/// ``decision(_:of:in:)`` hold none: no payload, no context, no text that an expression made.
public struct RecordWriter {
    private var json = JSONWriter(.indented)
    /// Whether the data written last holds a number that is not finite: the case has a fault.
    public private(set) var metNonFinite = false

    /// A writer.
    public init() {}

    // MARK: Record

    /// `results/<case>.json`.
    ///
    public mutating func record(
        _ record: borrowing CaseRecord, of workflow: Workflow, in arena: Arena
    ) -> [UInt8] {
        begin(record.id)
        member("workflow", record.workflow)
        member("version", record.version)
        member("closure", record.closure)
        member("episode", record.episode)
        if !record.configuration.isEmpty { writeState(record, workflow, arena) }
        member("status", record.status.rawValue)
        member("outcome", record.outcome(in: workflow).rawValue)
        if let fault = record.fault { writeFault(fault) }
        if let reason = record.waitingFor { member("waitingFor", reason) }
        if !record.isStarted { member("started", false) }
        member("created", record.created.description)
        if let resolved = record.resolved { member("resolved", resolved.description) }
        if let risk = record.risk { writeRisk(risk) }
        writeEvents(record)
        writeHeld(record, workflow)
        writeTimers(record)
        writeMonitors(record)
        json.key("children")
        json.beginArray()
        for child in record.children {
            json.element()
            json.write(child.path)
        }
        json.endArray()
        if let parent = record.parent { writeParent(parent) }
        if let alert = record.alert { writeAlert(alert) }
        member("transitions", record.transitions)
        member("decisions", record.decisions)
        member("messages", record.messages)
        writeVisits(record, workflow)
        writeHistory(record, workflow)
        writePluginRuns(record, workflow)
        member("input", record.input)
        if let pin = record.pin {
            json.key("pin")
            json.beginObject()
            member("commit", pin.commit)
            member("closure", pin.closure)
            json.endObject()
        }
        return end()
    }

    private mutating func writeParent(_ parent: ParentLink) {
        json.key("parent")
        json.beginObject()
        member("case", parent.id.path)
        member("plugin", parent.plugin)
        if let position = parent.position { member("position", position) }
        if let told = parent.told {
            json.key("told")
            json.beginObject()
            member("episode", told.episode)
            member("transitions", told.transitions)
            json.endObject()
        }
        json.endObject()
    }

    private mutating func writeAlert(_ alert: AlertLink) {
        json.key("alert")
        json.beginObject()
        member("rule", alert.rule)
        member("id", alert.id)
        json.endObject()
    }

    /// The record of a case that never started: its input, or its first step, is faulty.
    public mutating func faulty(
        _ id: CaseID, workflow: String?, fault: CaseRecord.Fault, input: String?,
        parent: ParentLink? = nil, alert: AlertLink? = nil
    ) -> [UInt8] {
        begin(id)
        if let workflow { member("workflow", workflow) }
        member("status", CaseRecord.Status.failed.rawValue)
        member("outcome", Outcome.failed.rawValue)
        writeFault(fault)
        member("started", false)
        if let parent { writeParent(parent) }
        if let alert { writeAlert(alert) }
        if let input { member("input", input) }
        return end()
    }

    /// A record as it stands, with another status and a fault beside it or none.
    ///
    /// - Parameter record: as read from the ledger.
    public mutating func record(
        _ record: Value, status: CaseRecord.Status, outcome: Outcome, fault: CaseRecord.Fault?
    ) -> [UInt8] {
        json.reset()
        json.beginObject()
        for member in record.members ?? .init(start: nil, count: 0) {
            if member.key == "fault" { continue }
            json.key(member.key)
            if member.key == "status" {
                json.write(status.rawValue)
            } else if member.key == "outcome" {
                json.write(outcome.rawValue)
                if let fault { writeFault(fault) }
            } else {
                json.write(member.value)
            }
        }
        return end()
    }

    private mutating func writeState(
        _ record: borrowing CaseRecord, _ workflow: Workflow, _ arena: Arena
    ) {
        json.key("state")
        json.write(workflow.chart.value(of: record.configuration, in: arena))
        if let history = workflow.chart.history(of: record.configuration, in: arena) {
            json.key("stateHistory")
            json.write(history)
        }
        json.key("tags")
        json.beginArray()
        for tag in workflow.chart.tags(record.configuration) {
            json.element()
            json.write(tag)
        }
        json.endArray()
    }

    private mutating func writeFault(_ fault: CaseRecord.Fault) {
        json.key("fault")
        json.beginObject()
        member("code", fault.code)
        member("message", FaultSentence.of(fault.code))
        if let place = fault.place { member("place", place) }
        if let at = fault.at { member("at", at.description) }
        json.endObject()
    }

    private mutating func writeRisk(_ risk: CaseRecord.Risk) {
        json.key("risk")
        json.beginObject()
        json.key("score")
        json.write(risk.score)
        json.key("level")
        json.write(risk.level.map { .string($0) } ?? .null)
        json.key("indicators")
        json.write(risk.indicators)
        if let bounds = risk.bounds {
            json.key("bounds")
            json.write(bounds)
        }
        json.endObject()
    }

    private mutating func writeEvents(_ record: borrowing CaseRecord) {
        json.key("events")
        json.beginArray()
        for event in record.applied {
            json.element()
            json.beginObject()
            member("file", event.file)
            member("blob", event.blob)
            json.endObject()
        }
        json.endArray()
    }

    private mutating func writeHeld(_ record: borrowing CaseRecord, _ workflow: Workflow) {
        if record.held.isEmpty { return }
        json.key("held")
        json.beginArray()
        for held in record.held {
            json.element()
            json.beginObject()
            member("event", workflow.shownName(of: held.event.type))
            member("since", held.since.description)
            member("expires", held.expires.description)
            json.endObject()
        }
        json.endArray()
    }

    private mutating func writeTimers(_ record: borrowing CaseRecord) {
        json.key("timers")
        json.beginArray()
        for timer in record.timers {
            json.element()
            json.beginObject()
            member("event", timer.event)
            member("due", timer.due.description)
            member("id", timer.id)
            json.endObject()
        }
        json.endArray()
    }

    /// Digests and times: what was found stands in the context.
    private mutating func writeMonitors(_ record: borrowing CaseRecord) {
        if record.monitors.isEmpty { return }
        json.key("monitors")
        json.beginObject()
        for monitor in record.monitors {
            json.key(monitor.name)
            json.beginObject()
            if let result = monitor.result { member("result", result) }
            if let at = monitor.at { member("at", at.description) }
            if let due = monitor.due { member("due", due.description) }
            if let pending = monitor.pending { member("pending", pending.rawValue) }
            json.endObject()
        }
        json.endObject()
    }

    private mutating func writeVisits(_ record: borrowing CaseRecord, _ workflow: Workflow) {
        json.key("visits")
        json.beginObject()
        for (index, visits) in record.visits.enumerated() where visits > 0 {
            json.key(workflow.plugins[index].name)
            json.write(visits)
        }
        json.endObject()
    }

    private mutating func writePluginRuns(
        _ record: borrowing CaseRecord, _ workflow: Workflow
    ) {
        json.key("plugins")
        json.beginArray()
        for entry in record.pastPluginRuns.array ?? .init(start: nil, count: 0) {
            json.element()
            json.write(entry)
        }
        for run in record.pluginRuns {
            json.element()
            json.beginObject()
            member("at", run.at.description)
            member("plugin", workflow.plugins[run.plugin].name)
            member("visit", run.visit)
            member("after", run.after)
            if run.calls > 0 { member("calls", run.calls) }
            if run.outcome != .done { member("result", Text(run.outcomeName)) }
            if let table = workflow.plugins[run.plugin].table, let outcome = run.table {
                write(TableReasons.places(outcome, table), of: table)
            }
            json.endObject()
        }
        json.endArray()
    }

    private mutating func writeHistory(_ record: borrowing CaseRecord, _ workflow: Workflow) {
        json.key("history")
        json.beginArray()
        for entry in record.pastHistory.array ?? .init(start: nil, count: 0) {
            json.element()
            json.write(entry)
        }
        for entry in record.history {
            json.element()
            json.beginObject()
            member("at", entry.at.description)
            member("event", entry.event)
            member("from", entry.from)
            member("to", entry.to)
            if let because = entry.because { member("because", because) }
            if let reason = entry.reason,
                let place = workflow.guardPlaces[Int(reason.transition.rawValue)]
            {
                member("guard", place)
                if let (table, rows) = TableReasons.asked(reason, workflow) {
                    write(rows, of: table)
                }
            }
            if entry.result != .transition { member("result", Text(entry.result.name)) }
            if let child = entry.child { member("child", child) }
            if let monitor = entry.monitor {
                member("monitor", monitor.name)
                member("trigger", monitor.trigger.rawValue)
            }
            json.endObject()
        }
        json.endArray()
    }

    // MARK: Data

    /// `results/<case>.data.json`: the context and whatever else is of the person. Keys are sorted.
    public mutating func data(
        _ record: borrowing CaseRecord, of workflow: Workflow, in arena: Arena
    ) -> [UInt8] {
        var sorted = JSONWriter(.indented, keys: .sorted)
        let reads = Self.reads(record, workflow, arena)
        let held = record.held.map { $0.event.value(in: arena) }
        let continuation = record.parked.map { Self.value($0, workflow, arena) }
        sorted.write(
            arena.object([
                "format": .integer(1), "case": arena.string(record.id.path),
                "context": SecretSlots.showing(record.context, in: arena), "config": record.config,
                "held": held.isEmpty ? nil : arena.array(held),
                "continuation": continuation.isEmpty ? nil : arena.array(continuation),
                "reads": reads.isEmpty ? nil : arena.array(reads),
            ]))
        sorted.endLine()
        metNonFinite = sorted.metNonFinite
        return sorted.bytes
    }

    /// What guards read, by the place of their transition in the history, from 1.
    private static func reads(
        _ record: borrowing CaseRecord, _ workflow: Workflow, _ arena: Arena
    ) -> [Value] {
        var reads = record.pastReads.array.map { Array($0) } ?? []
        var place = record.pastHistory.count
        for entry in record.history {
            place += 1
            guard let reason = entry.reason,
                let values = ReadValues.shown(reason, workflow, in: arena)
            else { continue }
            reads.append(
                arena.object([
                    "history": .integer(place),
                    "values": SecretSlots.showing(values, in: arena),
                ]))
        }
        return reads
    }

    private static func value(
        _ frame: CaseMachine.Frame, _ workflow: Workflow, _ arena: Arena
    ) -> Value {
        func name(_ plugin: Int) -> Value { .string(workflow.plugins[plugin].name) }
        switch frame {
        case .plugins(let list, let next):
            return arena.object(["plugins": arena.array(list[next...].map { name($0) })])
        case .iteration(let plugin, let elements, let next):
            return arena.object([
                "iteration": name(plugin), "elements": elements, "next": .integer(next),
            ])
        case .call(let plugin, let element, let visit, let position):
            return arena.object([
                "call": name(plugin), "element": element, "visit": .integer(visit),
                "position": .integer(position),
            ])
        }
    }

    // MARK: Decisions, evidence, messages

    /// `decisions/<case>/<episode>-<number>.json`. The reviewer is named by identifier only.
    public mutating func decision(
        _ decision: Decision, of record: borrowing CaseRecord
    ) -> [UInt8] {
        begin(record.id)
        member("workflow", record.workflow)
        member("version", record.version)
        member("episode", decision.episode)
        member("number", decision.number)
        member("outcome", decision.outcome.rawValue)
        member("state", decision.state)
        member("at", decision.at.description)
        member("event", decision.event)
        if let by = decision.by { member("by", by) }
        if let because = decision.because { member("because", because) }
        if let file = decision.evidence {
            json.key("eventFile")
            json.beginObject()
            member("file", file.file)
            member("blob", file.blob)
            json.endObject()
        }
        if let risk = decision.risk { writeRisk(risk) }
        return end()
    }

    /// `evidence/<case>/<plugin>-<visit>-<call>.json`. Secrets are shown as `{secret.NAME}`.
    ///
    /// - Parameter content: where the answer's body stands instead, outside of git.
    public mutating func evidence(
        _ evidence: Evidence, of id: CaseID, at: Instant, content: Value? = nil, in arena: Arena
    ) -> [UInt8] {
        let call = evidence.call
        begin(id)
        member("episode", evidence.episode)
        member("plugin", call.plugin)
        if let vendor = call.vendor { member("vendor", vendor) }
        member("visit", call.visit)
        member("call", call.call)
        member("at", at.description)
        json.key("request")
        json.beginObject()
        member("method", call.method)
        member("url", SecretSlots.showing(call.url, in: arena))
        json.key("headers")
        json.beginObject()
        for header in call.headers {
            member(header.name, SecretSlots.showing(header.value, in: arena))
        }
        json.endObject()
        // What recorded answers look at, where the body does not say it.
        if call.asked.count > 0, !call.hasBody || call.asked != call.request {
            json.key("asked")
            json.write(SecretSlots.showing(call.asked, in: arena))
        }
        if call.hasBody {
            json.key("body")
            json.write(SecretSlots.showing(call.request, in: arena))
        }
        json.endObject()
        json.key("answer")
        json.beginObject()
        switch evidence.answer {
        case .response(let status, let body):
            member("status", status)
            json.key(content == nil ? "body" : "content")
            json.write(content ?? body)
        case .failure(let message): member("failure", message)
        case .unavailable(let reason): member("unavailable", reason)
        }
        if let receipt = evidence.receipt { writeReceipt(receipt, arena) }
        json.endObject()
        return end()
    }

    /// Whether the request of an evidence file is that of a call.
    public static func isRequest(_ request: Value, _ call: VendorCall, in arena: Arena) -> Bool {
        guard request["method"]?.text.map({ $0 == call.method }) ?? false,
            request["url"]?.text.map({ $0 == SecretSlots.showing(call.url, in: arena) }) ?? false
        else { return false }
        guard call.hasBody else { return request["body"] == nil }
        return request["body"].map { $0 == SecretSlots.showing(call.request, in: arena) } ?? false
    }

    private mutating func writeReceipt(_ receipt: AnswerReceipt, _ arena: Arena) {
        member("received", receipt.at.withMilliseconds)
        member("milliseconds", receipt.milliseconds)
        json.key("headers")
        json.beginObject()
        for header in receipt.headers {
            json.key(arena.text(header.name))
            json.write(header.value)
        }
        json.endObject()
        if let digest = receipt.bodyDigest { member("sha256", digest) }
    }

    /// `outbox/pending/<id>.json`. A text with secrets is written in parts, so that braces in data
    /// stay data: `{"parts": ["https://…/", {"secret": "TOKEN"}]}`.
    public mutating func message(
        _ message: Message, of record: borrowing CaseRecord, at: Instant, in arena: Arena
    ) -> [UInt8] {
        json.reset()
        json.beginObject()
        member("format", 1)
        member("id", message.id)
        member("case", record.id.path)
        member("episode", message.episode)
        member("event", message.event)
        member("method", message.method)
        json.key("url")
        json.write(SecretSlots.parting(message.url, in: arena))
        json.key("headers")
        json.beginObject()
        for header in message.headers {
            json.key(header.name)
            json.write(SecretSlots.parting(header.value, in: arena))
        }
        json.endObject()
        json.key("body")
        json.write(SecretSlots.parting(message.body, in: arena))
        member("at", at.description)
        return end()
    }

    // MARK: Pieces

    private mutating func begin(_ id: CaseID) {
        json.reset()
        json.beginObject()
        member("format", 1)
        member("case", id.path)
    }

    private mutating func end() -> [UInt8] {
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private mutating func member(_ key: StaticString, _ value: some StringProtocol) {
        json.key(key)
        json.write(value)
    }

    /// The table, and where the rows that matched stand.
    private mutating func write(_ rows: [String], of table: DecisionTable) {
        member("table", table.reference)
        json.key("rows")
        json.beginArray()
        for row in rows {
            json.element()
            json.write(row)
        }
        json.endArray()
    }

    private mutating func member(_ key: StaticString, _ value: Text) {
        json.key(key)
        json.write(value)
    }

    private mutating func member(_ key: Text, _ value: Text) {
        json.key(key)
        json.write(value)
    }

    private mutating func member(_ key: StaticString, _ value: Int) {
        json.key(key)
        json.write(value)
    }

    private mutating func member(_ key: StaticString, _ value: Bool) {
        json.key(key)
        json.write(value)
    }
}

extension CaseRecord.HistoryEntry.Result {
    /// As the history names it.
    var name: StaticString {
        switch self {
        case .transition: "transition"
        case .refused: "refused"
        case .guarded: "guarded"
        case .held: "held"
        case .expired: "expired"
        case .outdated: "outdated"
        case .invalid: "invalid"
        case .noted: "noted"
        case .migrated: "migrated"
        case .reopened: "reopened"
        }
    }
}

extension CaseEvent {
    /// As a held event stands in the data of its case.
    func value(in arena: Arena) -> Value {
        arena.object([
            "type": .string(type), "kind": arena.string(kind.rawValue), "payload": payload,
            "resultDestination": resultDestination.map { .string($0) },
            "vendor": vendor.map { .string($0) },
            "by": by.map { .string($0) }, "at": at.map { arena.string($0.description) },
            "file": file.map { arena.string($0) }, "blob": blob.map { arena.string($0) },
        ])
    }
}
