import Casework
public import Documents

extension Explanation {
    /// The explanation for programs: the same facts, by name.
    public func json() -> Value {
        arena.object([
            "case": arena.string(id.path), "ledger": arena.string(ledger),
            "asOf": asOf.map { arena.string($0) },
            "workflow": record["workflow"], "version": record["version"],
            "episode": record["episode"], "state": record["state"], "status": record["status"],
            "outcome": record["outcome"], "since": since.map { arena.string($0) },
            "steps": arena.array(steps.map { json($0) }),
            "risk": record["risk"], "fault": record["fault"],
            "waits": strings(waits),
            "children": arena.array(
                children.map {
                    arena.object(["case": arena.string($0.id), "outcome": arena.string($0.outcome)])
                }),
            "monitors": monitors.isEmpty ? nil : arena.array(monitors.map { json($0) }),
            "next": arena.array(choices.map { json($0) }),
            "closed": closed.map { arena.string($0) }, "gaps": strings(gaps),
        ])
    }

    private func strings(_ list: [String]) -> Value {
        arena.array(list.map { arena.string($0) })
    }

    private func json(_ step: Step) -> Value {
        arena.object([
            "number": .integer(step.number), "at": arena.string(step.at),
            "event": arena.string(step.event), "from": arena.string(step.from),
            "to": arena.string(step.to), "result": arena.string(step.result),
            "because": step.because.map { arena.string($0) },
            "guard": step.condition.map { arena.string($0) },
            "guardPlace": step.conditionPlace.map { arena.string($0) },
            "failedGuards": step.failed.isEmpty ? nil : strings(step.failed),
            "read": step.values.isEmpty
                ? nil : arena.object(step.values.map { Member(arena.key($0.path), $0.value) }),
            "child": step.child.map { arena.string($0) },
            "monitor": step.monitor.map { arena.string($0.name) },
            "trigger": step.monitor.map { arena.string($0.trigger) },
            "plugins": step.work.isEmpty ? nil : arena.array(step.work.map { json($0) }),
            "decisions": step.determinations.isEmpty
                ? nil : arena.array(step.determinations.map { json($0) }),
        ])
    }

    private func json(_ monitor: MonitorStanding) -> Value {
        arena.object([
            "name": arena.string(monitor.name),
            "result": monitor.result.map { arena.string($0) },
            "since": monitor.since.map { arena.string($0) },
            "due": monitor.due.map { arena.string($0) },
            "pending": monitor.pending.map { arena.string($0) },
        ])
    }

    private func json(_ work: Work) -> Value {
        arena.object([
            "at": arena.string(work.at), "plugin": arena.string(work.plugin),
            "kind": work.kind.map { arena.string($0) }, "result": arena.string(work.result),
            "table": work.table.map { arena.string($0) },
            "rows": work.table == nil ? nil : strings(work.rows),
            "evidence": work.answers.isEmpty
                ? nil
                : arena.array(
                    work.answers.map {
                        arena.object(["file": arena.string($0.file), "said": arena.string($0.said)])
                    }),
        ])
    }

    private func json(_ determination: Determination) -> Value {
        arena.object([
            "number": arena.string(determination.number),
            "outcome": arena.string(determination.outcome),
            "by": determination.by.map { arena.string($0) },
            "reason": determination.reason.map { arena.string($0) },
            "expects": determination.expects.map { arena.string($0) },
            "eventFile": determination.file.map { arena.string($0) },
        ])
    }

    private func json(_ choice: Choice) -> Value {
        arena.object([
            "event": arena.string(choice.event),
            "leads": arena.array(
                choice.leads.map { lead in
                    arena.object([
                        "to": arena.string(lead.state),
                        "guard": lead.condition.map { arena.string($0) },
                    ])
                }),
        ])
    }
}
