public import Definitions
public import Documents
import Statecharts

/// Why a record cannot be taken up again.
public struct RecordError: Error, Sendable {
    /// The fault that the case gets.
    public let fault: CaseRecord.Fault

    init(_ code: String, _ message: String, place: String? = nil) {
        fault = CaseRecord.Fault(code: code, message: message, place: place)
    }
}

extension CaseRecord {
    /// Takes up a record from its files. A fault in it is forgotten: the case gets another try.
    ///
    /// - Parameters:
    ///   - record: `results/<case>.json`.
    ///   - data: `results/<case>.data.json`.
    ///   - workflow: the one that the record names.
    ///   - move: how the case comes to this version of the workflow, when the record is of an earlier
    ///     one: the state is the move's; what waited for a state that is left is dropped with it.
    ///   - arena: holds both files and takes what is made.
    /// - Throws: when the files are not whole, or stand in a state or wait for a plugin that the
    ///   workflow no longer has.
    public static func read(
        _ record: Value, data: Value, id: CaseID, workflow: Workflow,
        by move: Migration.Move? = nil, in arena: Arena
    ) throws(RecordError) -> CaseRecord {
        guard record["format"]?.integer == 1, let state = record["state"],
            let created = record["created"]?.string.flatMap({ Instant(parsing: $0) }),
            let input = record["input"]?.string, data["format"]?.integer == 1,
            let context = data["context"]
        else {
            throw RecordError("RUN020", "the record of '\(id)' on the ledger is not whole")
        }
        var result = CaseRecord(
            id: id, workflow: workflow.id, version: record["version"]?.integer ?? 1,
            closure: record["closure"]?.string ?? "", input: input, created: created,
            context: context, config: data["config"] ?? .emptyObject)
        result.pastReads = data["reads"] ?? .emptyArray
        do throws(ChartError) {
            result.configuration = try workflow.chart.configuration(
                from: move?.target ?? state,
                history: move == nil ? record["stateHistory"] : nil)
        } catch {
            throw RecordError("RUN004", error.message, place: error.place)
        }
        result.readStanding(record)
        result.visits = workflow.plugins.map { record["visits"]?[$0.name]?.integer ?? 0 }
        result.held = try heldCallbacks(record, data, id)
        for value in data["continuation"]?.array ?? .init(start: nil, count: 0) {
            do throws(RecordError) {
                result.parked.append(try frame(value, workflow, arena))
            } catch {
                if move == nil { throw error }
            }
        }
        if let move { result.leaveBehind(move, workflow) }
        return result
    }

    /// Drops what waited for a state of the earlier version.
    private mutating func leaveBehind(_ move: Migration.Move, _ workflow: Workflow) {
        if move.enters {
            parked = []
            timers = []
        } else {
            timers.removeAll { workflow.chart.event(named: $0.event) == .other }
        }
        if parked.isEmpty { waitingFor = nil }
    }

    private mutating func readStanding(_ record: Value) {
        episode = record["episode"]?.integer ?? 1
        status = record["status"]?.string.flatMap { Status(rawValue: $0) } ?? .active
        if status == .failed { status = .active }
        waitingFor = record["waitingFor"]?.string
        isStarted = record["started"]?.bool ?? true
        resolved = record["resolved"]?.string.flatMap { Instant(parsing: $0) }
        transitions = record["transitions"]?.integer ?? 0
        decisions = record["decisions"]?.integer ?? 0
        messages = record["messages"]?.integer ?? 0
        pastHistory = record["history"] ?? .emptyArray
        pastPluginRuns = record["plugins"] ?? .emptyArray
        if let risk = record["risk"], let score = risk["score"] {
            self.risk = Risk(
                score: score, level: risk["level"]?.text,
                indicators: risk["indicators"] ?? .emptyArray, bounds: risk["bounds"])
        }
        monitors = Self.monitors(of: record)
        applied = Self.appliedEvents(of: record)
        for timer in record["timers"]?.array ?? .init(start: nil, count: 0) {
            guard let event = timer["event"]?.text,
                let due = timer["due"]?.string.flatMap({ Instant(parsing: $0) })
            else { continue }
            timers.append(Timer(id: timer["id"]?.text ?? event, event: event, due: due))
        }
        children = record["children"]?.array?.compactMap { $0.string.flatMap { CaseID($0) } } ?? []
        parent = record["parent"].flatMap { ParentLink($0) }
        alert = record["alert"].flatMap { AlertLink($0) }
        if let pin = record["pin"], let commit = pin["commit"]?.string {
            self.pin = Pin(commit: commit, closure: pin["closure"]?.string ?? "")
        }
    }

    /// The event files that a record says were dealt with, in order.
    public static func appliedEvents(of record: Value) -> [AppliedEvent] {
        record["events"]?.array?.compactMap { entry in
            guard let file = entry["file"]?.string, let blob = entry["blob"]?.string else {
                return nil
            }
            return AppliedEvent(file: file, blob: blob)
        } ?? []
    }

    /// The record says since when and until when, the data what.
    private static func heldCallbacks(
        _ record: Value, _ data: Value, _ id: CaseID
    ) throws(RecordError) -> [HeldCallback] {
        var result: [HeldCallback] = []
        for (index, event) in (data["held"]?.array ?? .init(start: nil, count: 0)).enumerated() {
            let times = record["held"]?[index]
            guard let event = heldEvent(event),
                let since = times?["since"]?.string.flatMap({ Instant(parsing: $0) }),
                let expires = times?["expires"]?.string.flatMap({ Instant(parsing: $0) })
            else {
                throw RecordError("RUN020", "the record of '\(id)' on the ledger is not whole")
            }
            result.append(HeldCallback(event: event, since: since, expires: expires))
        }
        return result
    }

    private static func heldEvent(_ value: Value) -> CaseEvent? {
        guard let type = value["type"]?.text else { return nil }
        let kind = value["kind"]?.string.flatMap { CaseEvent.Kind(rawValue: $0) } ?? .callback
        var event = CaseEvent(type: type, kind: kind, payload: value["payload"])
        event.resultDestination = value["resultDestination"]?.text
        event.vendor = value["vendor"]?.text
        event.by = value["by"]?.text
        event.at = value["at"]?.string.flatMap { Instant(parsing: $0) }
        event.file = value["file"]?.string
        event.blob = value["blob"]?.string
        return event
    }

    private static func frame(
        _ value: Value, _ workflow: Workflow, _ arena: Arena
    ) throws(RecordError) -> CaseMachine.Frame {
        func number(_ name: Value?) throws(RecordError) -> Int {
            guard let name = name?.text,
                let index = workflow.plugins.firstIndex(where: { $0.name == name })
            else {
                throw RecordError(
                    "RUN021", "the case waits for a plugin that the workflow no longer has",
                    place: workflow.file)
            }
            return index
        }
        if let list = value["plugins"]?.array {
            var numbers: [Int] = []
            for name in list { numbers.append(try number(name)) }
            return .plugins(Table(numbers, in: arena), next: 0)
        }
        if value["iteration"] != nil {
            return .iteration(
                plugin: try number(value["iteration"]), elements: value["elements"] ?? .emptyArray,
                next: value["next"]?.integer ?? 0)
        }
        return .call(
            plugin: try number(value["call"]), element: value["element"],
            visit: value["visit"]?.integer ?? 1, position: value["position"]?.integer ?? 1)
    }
}

extension ParentLink {
    /// A link as a record has it.
    public init?(_ value: Value) {
        guard let id = value["case"]?.string.flatMap({ CaseID($0) }),
            let plugin = value["plugin"]?.string
        else { return nil }
        self.init(id: id, plugin: plugin, position: value["position"]?.integer)
        if let told = value["told"], let episode = told["episode"]?.integer,
            let transitions = told["transitions"]?.integer
        {
            self.told = Told(episode: episode, transitions: transitions)
        }
    }
}
