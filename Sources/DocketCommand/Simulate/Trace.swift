import Casework
import Definitions
import Documents

/// A rehearsal for people: state, event, state; what was called; where the case came to rest.
struct Trace {
    let rehearsal: Rehearsal

    /// The lines.
    var text: String {
        let workflow = rehearsal.workflow
        var lines = [
            "\(workflow.id), version \(workflow.version), \(workflow.semantics.rawValue) semantics"
        ]
        for step in rehearsal.steps { lines += self.lines(step) }
        lines += ending
        return lines.map { PrettyFindings.printable($0) + "\n" }.joined()
    }

    private func lines(_ step: Rehearsal.Step) -> [String] {
        var lines = ["", step.event.map { "event \($0)" } ?? "start"]
        var calls = step.calls[...]
        for place in 0...step.entries.count {
            while let next = calls.first, next.after <= place || place == step.entries.count {
                lines.append("  " + line(next.call, next.answer))
                calls.removeFirst()
            }
            if place < step.entries.count { lines.append("  " + line(step.entries[place])) }
        }
        if step.entries.isEmpty && step.event != nil { lines.append("  nothing happened") }
        lines.append("  now in \(name(step.state))")
        return lines
    }

    private func line(_ entry: CaseRecord.HistoryEntry) -> String {
        let event = String(entry.event)
        let place = entry.because.map { "  [\($0)]" } ?? ""
        switch entry.result {
        case .transition:
            let from = entry.from.isEmpty ? "(outside)" : String(entry.from)
            let cause = event.isEmpty ? "always" : "on \(event)"
            return "\(from) -> \(entry.to)  \(cause)\(place)"
        case .refused: return "\(event) refused: the state '\(entry.from)' has no transition for it"
        case .guarded: return "\(event) not taken: no guard held in '\(entry.from)'\(place)"
        case .held: return "\(event) held until a state accepts it"
        case .invalid:
            return "\(event) refused: the context would not satisfy contextSchema\(place)"
        case .expired: return "\(event) given up: no state accepted it in time"
        case .outdated: return "\(event) refused: it was made on another episode or state"
        case .noted: return "\(event) noted"
        case .migrated: return "\(entry.from) -> \(entry.to)  by a migration\(place)"
        case .reopened: return "\(entry.from) -> \(entry.to)  opened again by a monitor\(place)"
        }
    }

    private func line(_ call: VendorCall, _ answer: VendorAnswer) -> String {
        let url = String(
            decoding: SecretSlots.showing(Array(call.url.bytes)), as: UTF8.self)
        let outcome =
            switch answer {
            case .response(let status, _): "\(status)"
            case .failure(let message): "failed: \(message)"
            case .unavailable(let reason): "waits: \(reason)"
            }
        return "plugin \(call.plugin): \(call.method) \(url) gives \(outcome)"
    }

    private var ending: [String] {
        guard let record = rehearsal.record else { return [] }
        var lines = ["", "status: \(record.status.rawValue)"]
        if let risk = record.risk {
            lines.append(
                "risk: \(JSONWriter.line(risk.score))" + (risk.level.map { ", \($0)" } ?? ""))
            for indicator in risk.indicators.array ?? .init(start: nil, count: 0) {
                lines.append(
                    "  \(indicator["domain"]?.string ?? ""): \(indicator["name"]?.string ?? "")"
                        + (indicator["rule"]?.string.map { "  [\($0)]" } ?? ""))
            }
        }
        if let reason = record.waitingFor { lines.append("waits: \(reason)") }
        if let fault = record.fault {
            lines.append(
                "fault: \(fault.code) \(fault.message)" + (fault.place.map { " [\($0)]" } ?? ""))
        }
        for message in rehearsal.messages {
            lines.append("message: \(message.event) to \(message.url)")
        }
        for child in rehearsal.children { lines.append("child workflow: \(child.definition)") }
        return lines
    }

    private func name(_ state: Value) -> String { state.string ?? JSONWriter.line(state) }
}

extension Trace {
    /// The same as a JSON document, with the context.
    func json(in arena: Arena) -> Value {
        let record = rehearsal.record
        let risk = record?.risk.map { risk in
            arena.object([
                "score": risk.score, "level": risk.level.map { .string($0) },
                "indicators": risk.indicators,
            ])
        }
        let fault = record?.fault.map { fault in
            arena.object([
                "code": arena.string(fault.code), "message": arena.string(fault.message),
                "place": fault.place.map { arena.string($0) },
            ])
        }
        let messages = rehearsal.messages.map { message in
            arena.object([
                "event": .string(message.event), "url": .string(message.url), "body": message.body,
            ])
        }
        return arena.object([
            "workflow": arena.string(rehearsal.workflow.id),
            "steps": arena.array(rehearsal.steps.map { value($0, arena) }),
            "status": record.map { arena.string($0.status.rawValue) },
            "risk": risk, "waitingFor": record?.waitingFor.map { arena.string($0) }, "fault": fault,
            "messages": arena.array(messages), "context": record?.context,
        ])
    }

    private func value(_ step: Rehearsal.Step, _ arena: Arena) -> Value {
        let history = step.entries.map { entry in
            arena.object([
                "event": .string(entry.event), "from": .string(entry.from), "to": .string(entry.to),
                "because": entry.because.map { .string($0) },
                "result": arena.string("\(entry.result)"),
            ])
        }
        let calls = step.calls.map { call, _, _ in
            arena.object([
                "plugin": .string(call.plugin), "method": .string(call.method),
                "url": shown(call.url, arena),
            ])
        }
        return arena.object([
            "event": step.event.map { arena.string($0) }, "history": arena.array(history),
            "calls": arena.array(calls), "state": step.state,
        ])
    }

    private func shown(_ text: Text, _ arena: Arena) -> Value {
        arena.string(
            String(decoding: SecretSlots.showing(Array(text.bytes)), as: UTF8.self))
    }
}
