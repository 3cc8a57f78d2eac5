import Casework
import Definitions
import Documents
import GitStorage

/// A case whose files are written.
struct Subject {
    let place: CasePlace
    /// Where its files are below `results/` and the others.
    let path: String
    let stored: StoredCase?
    /// The workflow it is counted under until it has a record.
    let workflow: String?
    /// Where its input stands.
    let source: String?
    /// Of a child: the case that no other is the parent of.
    var root: CaseID?
    /// Of a child.
    var parent: ParentLink?
    /// Of a case that a run opened for an alert.
    var alert: AlertLink?

    /// What came of it as long as nothing did.
    var result: CaseResult {
        var result = CaseResult(place)
        result.before = stored?.standing
        result.after = result.before
        result.daysBefore = stored.map { CaseWorker.days($0.record) } ?? []
        return result
    }
}

/// What a case came to in the engine.
struct Finished {
    var record: CaseRecord
    var evidence: [Evidence]
    var decisions: [Decision]
    var messages: [Message]
    var childSets: [ChildSet]
    var reports: [ChildReport]
    var monitorRuns: [MonitorRun]
    var steps: Int

    init(_ machine: inout CaseMachine) {
        record = machine.record
        evidence = machine.evidence
        decisions = machine.decisions
        messages = machine.messages
        childSets = machine.takeChildSets()
        reports = machine.reports
        monitorRuns = machine.monitorRuns
        steps = machine.stepsTaken
    }

    /// Adds what the case did when it was taken up again.
    mutating func add(_ other: consuming Finished) {
        record = other.record
        evidence += other.evidence
        decisions += other.decisions
        messages += other.messages
        childSets += other.childSets
        reports += other.reports
        monitorRuns += other.monitorRuns
        steps = other.steps
    }
}

/// Writes the files of cases.
extension CaseWorker {
    /// Keeps an answer outside of git when it is too large for it, and gives the pointer to it.
    private func content(_ evidence: Evidence) throws(GitError) -> Value? {
        guard let limit = run.catalog.settings.evidenceOutsideAbove,
            case .response(_, let body) = evidence.answer
        else { return nil }
        var json = JSONWriter(.compact, keys: .sorted)
        json.write(body)
        guard json.bytes.count > limit else { return nil }
        let pointer = ContentPointer(to: json.bytes)
        if !isBlocked, run.pack != nil { try run.contents.write(json.bytes, pointer) }
        return pointer.value(in: arena)
    }

    func write(
        _ subject: Subject, _ finished: Finished, _ footing: Footing, _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        let workflow = footing.workflow
        var record = finished.record
        let stored = subject.stored
        try writeEvidence(subject, finished, &result)
        if let fault = record.fault, !(stored?.isStarted ?? false) {
            return try fail(subject, fault, record.input, result)
        }
        let data = writer.data(record, of: workflow, in: arena)
        if writer.metNonFinite {
            let fault = CaseRecord.Fault(
                code: "RUN022", message: FaultSentence.of("RUN022"), place: workflow.file)
            return try fail(subject, fault, record.input, result)
        }
        if let fault = record.fault { record.fault = dated(fault, stored) }
        record.adopt(workflow, at: footing.commit)
        let bytes = writer.record(record, of: workflow, in: arena)
        if bytes != stored?.recordBytes {
            result.isAdvanced = true
            try add(LedgerPath.record(subject.path), bytes, &result)
        }
        if result.isAdvanced || data != stored?.dataBytes {
            result.alerts = alerts(bytes, record.context)
        }
        if data != stored?.dataBytes { try add(LedgerPath.data(subject.path), data, &result) }
        for decision in finished.decisions {
            try add(
                LedgerPath.decision(subject.path, decision),
                writer.decision(decision, of: record), &result)
            result.decisions += 1
        }
        for message in finished.messages {
            let bytes = writer.message(message, of: record, at: run.now, in: arena)
            try add(LedgerPath.message(String(message.id)), bytes, &result)
            result.messages += 1
        }
        result.monitors = finished.monitorRuns.map {
            .init(name: String($0.name), outcome: $0.outcome, isReopening: $0.reopened)
        }
        result.isReopened = finished.monitorRuns.contains { $0.reopened && $0.trigger != .period }
        result.after = CaseResult.Standing(
            workflow: record.workflow, outcome: record.outcome(in: workflow).rawValue,
            level: record.risk?.level.map { String($0) })
        let isWithdrawn = record.status == .withdrawn
        result.timers =
            isWithdrawn
            ? []
            : record.timers.map { timer(subject, $0.event, $0.due) }
                + record.held.map { held in
                    timer(
                        subject, workflow.shownName(of: held.event.type), held.expires, "callback")
                }
                + record.monitors.compactMap { monitor in
                    monitor.due.map { timer(subject, monitor.name, $0, "monitor") }
                }
        if let fault = record.fault {
            note(fault, subject, &result)
        } else if record.waitingFor != nil, !isWithdrawn {
            result.retry = .init(
                file: subject.place.file, root: subject.root?.path, why: "vendor", code: nil)
        }
        if record.hasPendingMonitor {
            result.retry = .init(
                file: subject.place.file, root: subject.root?.path, why: "monitor",
                code: record.fault?.code)
        }
        return result
    }

    /// What vendors were asked and answered stands whatever becomes of the case.
    func writeEvidence(
        _ subject: Subject, _ finished: Finished, _ result: inout CaseResult
    ) throws(GitError) {
        for evidence in finished.evidence where !evidence.isStored {
            let content = try content(evidence)
            let bytes = writer.evidence(
                evidence, of: finished.record.id, at: run.now, content: content, in: arena)
            try add(LedgerPath.evidence(subject.path, evidence.call), bytes, &result)
            result.evidence += 1
        }
    }

    private func timer(
        _ subject: Subject, _ event: Text, _ due: Instant, _ kind: StaticString? = nil
    ) -> CaseResult.Timer {
        let place = subject.place
        let line = arena.object([
            "case": arena.string(place.id.path), "file": place.file.map { arena.string($0) },
            "root": subject.root.map { arena.string($0.path) },
            "event": .string(event), "due": arena.string(due.description),
            "kind": kind.map { .string(Text($0)) },
        ])
        return .init(day: due.day, line: Array(JSONWriter.line(line).utf8))
    }

    private func add(
        _ path: String, _ bytes: [UInt8], _ result: inout CaseResult
    ) throws(GitError) {
        guard !isBlocked, run.pack != nil || run.isReplay else { return }
        let object = try PackObject.make(.blob, bytes)
        try run.pack?.add(object)
        result.writes.append(TreeChange(try RepositoryPath(path), .write(object.blob)))
    }

    // MARK: Faults

    static func fault(_ finding: Finding) -> CaseRecord.Fault {
        let position = finding.position.map { ":\($0.line):\($0.column)" } ?? ""
        return CaseRecord.Fault(
            code: finding.code, message: finding.message, place: finding.file + position)
    }

    /// The fault with the clock of the run that met it first.
    private func dated(_ fault: CaseRecord.Fault, _ stored: StoredCase?) -> CaseRecord.Fault {
        var fault = fault
        fault.at =
            isOld(fault, stored)
            ? stored?.fault?["at"]?.string.flatMap { Instant(parsing: $0) } ?? run.now : run.now
        return fault
    }

    private func isOld(_ fault: CaseRecord.Fault, _ stored: StoredCase?) -> Bool {
        guard let old = stored?.fault else { return false }
        return old["code"]?.string == fault.code && old["place"]?.string == fault.place
    }

    private func note(
        _ fault: CaseRecord.Fault, _ subject: Subject, _ result: inout CaseResult
    ) {
        result.fault = CaseFault(
            id: subject.place.id, fault: fault, isOld: isOld(fault, subject.stored))
        result.retry = .init(
            file: subject.place.file, root: subject.root?.path, why: "fault", code: fault.code)
    }

    /// Keeps the last good record with a fault beside it, or makes one of the fault alone.
    ///
    /// - Parameter wakes: children that wait with it.
    func fail(
        _ subject: Subject, _ fault: CaseRecord.Fault, _ digest: String?, _ result: CaseResult,
        _ wakes: [ChildWake] = []
    ) throws(GitError) -> CaseResult {
        var result = result
        let stored = subject.stored
        result.isDue = true
        result.isUndone = true
        result.isCreated = stored == nil
        result.timers = nil
        let fault = dated(fault, stored)
        let named = result.before?.workflow ?? subject.workflow
        let bytes: [UInt8]
        if let stored, stored.isStarted {
            bytes = writer.record(
                stored.record, status: .failed, outcome: .failed, fault: fault)
        } else {
            bytes = writer.faulty(
                subject.place.id, workflow: named, fault: fault, input: digest,
                parent: subject.parent, alert: subject.alert)
        }
        if bytes != stored?.recordBytes {
            result.isAdvanced = true
            result.alerts = alerts(bytes, stored)
            try add(LedgerPath.record(subject.path), bytes, &result)
        }
        result.after = CaseResult.Standing(
            workflow: named ?? "", outcome: Outcome.failed.rawValue, level: result.before?.level)
        note(fault, subject, &result)
        for wake in wakes { result.children.append(try postpone(wake, subject)) }
        return result
    }

    /// A child whose parent cannot be taken up: it is looked at again with it.
    func postpone(_ wake: ChildWake, _ root: Subject) throws(GitError) -> CaseResult {
        let place = root.place.child(wake.id)
        var child = Subject(
            place: place, path: place.path, stored: try read(place.path), workflow: nil,
            source: nil)
        child.root = root.place.id
        var result = child.result
        result.isDue = true
        result.retry = .init(
            file: place.file, root: root.place.id.path, why: "parent", code: nil)
        return result
    }

    /// Withdraws a case that cannot be taken up any more.
    func withdraw(_ subject: Subject, _ result: CaseResult) throws(GitError) -> CaseResult {
        guard let stored = subject.stored else { return result }
        var result = result
        result.isDue = true
        result.isAdvanced = true
        let bytes = writer.record(
            stored.record, status: .withdrawn, outcome: .withdrawn, fault: nil)
        result.alerts = alerts(bytes, stored)
        try add(LedgerPath.record(subject.path), bytes, &result)
        result.after?.outcome = Outcome.withdrawn.rawValue
        result.timers = []
        return result
    }
}
