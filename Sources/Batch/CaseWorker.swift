import Casework
import Definitions
import Documents
import GitStorage

/// What all workers of a run share.
struct RunContext: Sendable {
    let catalog: Catalog
    let vendors: any VendorAnswers
    let now: Instant
    /// The source commit in hexadecimal, and its tree.
    let source: String
    let sourceTree: TreeID
    let ledgerTree: TreeID?
    /// Nil in a dry run.
    let pack: PackWriter?
}

/// Takes cases through the engine, one at a time: what one thread owns.
final class CaseWorker {
    private final class Box {
        var machine: CaseMachine
        init(_ machine: consuming CaseMachine) { self.machine = machine }
    }

    let run: RunContext
    let arena = Arena(chunkBytes: 1 << 18)
    private let inputs: InputReader
    private let repository: Repository
    private var machines: [String: Box] = [:]
    private var writer = RecordWriter()
    private var json = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))

    init(_ run: RunContext, _ repository: Repository) {
        self.run = run
        self.repository = repository
        inputs = InputReader(
            repository, sourceTree: run.sourceTree, limits: run.catalog.settings.limits)
    }

    /// A case's files on the ledger.
    struct Stored {
        var record: Value
        var recordBytes: [UInt8]
        var data: Value?
        var dataBytes: [UInt8]?

        /// Whether it ever got past its first events.
        var isStarted: Bool { record["started"]?.bool != false && record["state"] != nil }
        var input: String? { record["input"]?.string }
        var fault: Value? { record["fault"] }
        var isWithdrawn: Bool { record["status"]?.text.map { $0 == "withdrawn" } ?? false }
        var isWaiting: Bool { record["waitingFor"] != nil }

        func hasTimer(dueBy now: Instant) -> Bool {
            CaseWorker.dueTimes(record).contains { $0 <= now }
        }

        var standing: CaseResult.Standing {
            CaseResult.Standing(
                workflow: record["workflow"]?.string ?? "",
                outcome: record["outcome"]?.string ?? "",
                level: record["risk"]?["level"]?.string)
        }
    }

    /// Takes a case as far as it goes.
    func advance(_ planned: PlannedCase) throws(GitError) -> CaseResult {
        arena.reset()
        inputs.reset()
        let place = planned.place.path
        let stored = try read(place)
        var result = CaseResult()
        result.before = stored?.standing
        result.after = result.before
        result.daysBefore = stored.map { Self.days($0.record) } ?? []
        let work: Work
        switch planned.input {
        case .faulty(let finding):
            return try fail(planned, place, stored, Self.fault(finding), nil, result)
        case .gone:
            guard let stored, !stored.isWithdrawn else { return result }
            work = Work(isGone: true)
        case .file, .line, .unchanged:
            switch try prepare(planned, stored) {
            case .success(let made):
                guard let made else { return result }
                work = made
            case .failure(let problem):
                result.findings += problem.findings
                return try fail(planned, place, stored, problem.fault, problem.digest, result)
            }
        }
        result.isDue = true
        result.findings += work.findings
        return try take(planned, place, stored, work, result)
    }

    // MARK: What came

    /// What there is to do with a case.
    private struct Work {
        var isGone = false
        var input: CaseInput?
        var isInputChanged = false
        var events: [CaseEvent] = []
        var findings: [Finding] = []
    }

    /// A problem with a case's input.
    struct Problem: Error {
        /// What became the fault.
        var finding: Finding
        var digest: String?
        /// Others beside it.
        var findings: [Finding]

        var fault: CaseRecord.Fault { CaseWorker.fault(finding) }
    }

    /// Nil when nothing came for the case.
    private func prepare(
        _ planned: PlannedCase, _ stored: Stored?
    ) throws(GitError) -> Result<Work?, Problem> {
        var work = Work()
        let isStarted = stored?.isStarted ?? false
        let digest = try inputs.digest(planned.input)
        if !isStarted, case .unchanged = planned.input { return .success(nil) }
        let applied = stored.map { CaseRecord.appliedEvents(of: $0.record) } ?? []
        let files = try inputs.eventFiles(planned.events)
        work.findings =
            Self.integrity(applied, files, planned.eventsPath)
            + inputs.strays.map { CaseDirectory.orphan("\(planned.eventsPath)/\($0)") }
        let new = files.filter { file in
            !applied.contains { $0.file.utf8.elementsEqual(file.name.utf8) }
        }
        if let stored, isStarted {
            work.isInputChanged = digest.map { $0 != stored.input } ?? false
            let isBack = stored.isWithdrawn && digest != nil
            let isDue =
                work.isInputChanged || isBack || !new.isEmpty || stored.fault != nil
                || stored.isWaiting || stored.hasTimer(dueBy: run.now)
            guard isDue else {
                return work.findings.isEmpty ? .success(nil) : .success(work)
            }
            work.isInputChanged = work.isInputChanged || isBack
        }
        if work.isInputChanged || !isStarted {
            switch try inputs.input(planned.input, in: arena) {
            case .success(let read):
                work.input = read.input
                work.findings += read.findings
            case .failure(let problem): return .failure(problem)
            }
        }
        switch try inputs.events(new, planned.eventsPath) {
        case .success(let read):
            work.events = read.events
            work.findings += read.findings
        case .failure(var problem):
            problem.digest = digest
            return .failure(problem)
        }
        return .success(work)
    }

    /// Applied event files that were edited or removed since.
    private static func integrity(
        _ applied: [CaseRecord.AppliedEvent], _ files: [InputReader.EventFile], _ path: String
    ) -> [Finding] {
        applied.compactMap { event in
            let file = files.first { $0.name.utf8.elementsEqual(event.file.utf8) }
            guard let file else {
                return Finding(
                    "CS051", .error, "the event was applied and its file is gone",
                    file: "\(path)/\(event.file)")
            }
            guard file.entry.id.description != event.blob else { return nil }
            return Finding(
                "CS050", .error,
                "the event was applied and its file was edited since; what happened is not "
                    + "rewritten: add another event", file: "\(path)/\(event.file)")
        }
    }

    // MARK: The engine

    private func take(
        _ planned: PlannedCase, _ place: String, _ stored: Stored?, _ work: Work,
        _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        let isStarted = stored?.isStarted ?? false
        let workflow: Workflow
        switch self.workflow(planned, stored, work) {
        case .success(let found): workflow = found
        case .failure(let error):
            if work.isGone, let stored { return try withdraw(place, stored, result) }
            let fault = CaseRecord.Fault(
                code: error.code, message: error.message, place: Self.place(planned))
            return try fail(
                planned, place, stored, fault, work.input?.digest.hexadecimal, result)
        }
        let record: CaseRecord
        if let stored, isStarted {
            do throws(RecordError) {
                record = try CaseRecord.read(
                    stored.record, data: stored.data ?? .null, id: planned.place.id,
                    workflow: workflow, in: arena)
            } catch {
                if work.isGone { return try withdraw(place, stored, result) }
                return try fail(planned, place, stored, error.fault, nil, result)
            }
        } else if let input = work.input {
            record = newRecord(planned.place.id, workflow, input)
            result.isCreated = stored == nil
        } else if let stored {
            return try withdraw(place, stored, result)
        } else {
            return result
        }
        let machine = self.machine(workflow, record)
        machine.machine.reset(record)
        feed(machine, work, isStarted: isStarted, planned)
        answerCalls(machine)
        return try write(planned, place, stored, machine, workflow, result)
    }

    private func workflow(
        _ planned: PlannedCase, _ stored: Stored?, _ work: Work
    ) -> Result<Workflow, WorkflowChoice.Failure> {
        var id = work.input?.workflow
        if let stored, stored.isStarted { id = stored.record["workflow"]?.string }
        id = id ?? run.catalog.settings.defaults(for: planned.place.id.path)?.workflow
        return WorkflowChoice.find(id, in: run.catalog)
    }

    private func newRecord(_ id: CaseID, _ workflow: Workflow, _ input: CaseInput) -> CaseRecord {
        CaseRecord(
            id: id, workflow: workflow.id, version: workflow.version,
            closure: workflow.closure.hexadecimal, input: input.digest.hexadecimal,
            created: run.now,
            context: workflow.initialContext.assigning(input.context, in: arena),
            config: input.config)
    }

    private func machine(_ workflow: Workflow, _ record: CaseRecord) -> Box {
        if let known = machines[workflow.id] { return known }
        let made = Box(
            CaseMachine(
                record, workflow: workflow, catalog: run.catalog, now: run.now, in: arena))
        machines[workflow.id] = made
        return made
    }

    private func feed(_ box: Box, _ work: Work, isStarted: Bool, _ planned: PlannedCase) {
        if work.isGone { return box.machine.withdraw() }
        if isStarted {
            if work.isInputChanged, let input = work.input { box.machine.add(changed: input) }
            box.machine.addDueTimers()
        } else {
            box.machine.create()
            for event in firstEvents(box.machine.record.id, work) { box.machine.add(event) }
            if work.input?.events == nil, defaultEvents(planned.place.id) == nil,
                let event = run.catalog.workflow(box.machine.record.workflow)?.initialEvent
            {
                box.machine.add(CaseEvent(type: event))
            }
        }
        for event in work.events { box.machine.add(event) }
    }

    private func firstEvents(_ id: CaseID, _ work: Work) -> [CaseEvent] {
        if let events = work.input?.events { return events }
        guard let events = defaultEvents(id) else { return [] }
        let source = Source(file: "docket.yaml", arena: arena, value: events)
        return source.root.elements.compactMap { CaseEvent.read($0).0 }
    }

    private func defaultEvents(_ id: CaseID) -> Value? {
        run.catalog.settings.defaults(for: id.path)?.events
    }

    private func answerCalls(_ box: Box) {
        while true {
            switch box.machine.run() {
            case .rest: return
            case .call(let call):
                box.machine.resume(with: run.vendors.answer(call, in: arena), to: call)
            }
        }
    }

    // MARK: Writing

    private func write(
        _ planned: PlannedCase, _ place: String, _ stored: Stored?, _ box: Box,
        _ workflow: Workflow, _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        var record = box.machine.record
        let isStarted = stored?.isStarted ?? false
        for evidence in box.machine.evidence {
            let bytes = writer.evidence(evidence, of: record.id, at: run.now, in: arena)
            try add(LedgerPath.evidence(place, evidence), bytes, &result)
            result.evidence += 1
        }
        if let fault = record.fault, !isStarted {
            return try fail(planned, place, stored, fault, record.input, result)
        }
        let data = writer.data(record, of: workflow, in: arena)
        if writer.metNonFinite {
            let fault = CaseRecord.Fault(
                code: "RUN022", message: FaultSentence.of("RUN022"), place: workflow.file)
            return try fail(planned, place, stored, fault, record.input, result)
        }
        if let fault = record.fault { record.fault = dated(fault, stored) }
        record.adopt(workflow, at: run.source)
        let bytes = writer.record(record, of: workflow, in: arena)
        if bytes != stored?.recordBytes {
            result.isAdvanced = true
            try add(LedgerPath.record(place), bytes, &result)
        }
        if data != stored?.dataBytes { try add(LedgerPath.data(place), data, &result) }
        for decision in box.machine.decisions {
            try add(
                LedgerPath.decision(place, decision), writer.decision(decision, of: record), &result
            )
            result.decisions += 1
        }
        for message in box.machine.messages {
            let bytes = writer.message(message, of: record, at: run.now, in: arena)
            try add(LedgerPath.message(String(message.id)), bytes, &result)
            result.messages += 1
        }
        result.after = CaseResult.Standing(
            workflow: record.workflow, outcome: record.outcome(in: workflow).rawValue,
            level: record.risk?.level.map { String($0) })
        result.timers =
            record.timers.map { timer(planned.place, $0.event, $0.due) }
            + record.held.map { timer(planned.place, $0.event.type, $0.expires, isHeld: true) }
        if let fault = record.fault {
            note(fault, planned, stored, &result)
        } else if record.waitingFor != nil {
            result.retry = .init(file: planned.place.file, why: "vendor", code: nil)
        }
        return result
    }

    private func timer(
        _ place: CasePlace, _ event: Text, _ due: Instant, isHeld: Bool = false
    ) -> CaseResult.Timer {
        let line = arena.object([
            "case": arena.string(place.id.path), "file": place.file.map { arena.string($0) },
            "event": .string(event), "due": arena.string(due.description),
            "kind": isHeld ? .string("callback") : nil,
        ])
        return .init(day: due.day, line: Array(JSONWriter.line(line).utf8))
    }

    private func add(
        _ path: String, _ bytes: [UInt8], _ result: inout CaseResult
    ) throws(GitError) {
        guard let pack = run.pack else { return }
        let object = try PackObject.make(.blob, bytes)
        try pack.add(object)
        result.writes.append(TreeChange(try RepositoryPath(path), .write(object.blob)))
    }

    // MARK: Faults

    private static func fault(_ finding: Finding) -> CaseRecord.Fault {
        let position = finding.position.map { ":\($0.line):\($0.column)" } ?? ""
        return CaseRecord.Fault(
            code: finding.code, message: finding.message, place: finding.file + position)
    }

    /// The file that a case stands in.
    private static func place(_ planned: PlannedCase) -> String? {
        switch planned.input {
        case .file(let path, _): path
        case .line(let file, let line): "\(file.path):\(file.lines[line].number)"
        case .unchanged, .gone, .faulty: nil
        }
    }

    /// The fault with the clock of the run that met it first.
    private func dated(_ fault: CaseRecord.Fault, _ stored: Stored?) -> CaseRecord.Fault {
        var fault = fault
        fault.at =
            isOld(fault, stored)
            ? stored?.fault?["at"]?.string.flatMap { Instant(parsing: $0) } ?? run.now : run.now
        return fault
    }

    private func isOld(_ fault: CaseRecord.Fault, _ stored: Stored?) -> Bool {
        guard let old = stored?.fault else { return false }
        return old["code"]?.string == fault.code && old["place"]?.string == fault.place
    }

    private func note(
        _ fault: CaseRecord.Fault, _ planned: PlannedCase, _ stored: Stored?,
        _ result: inout CaseResult
    ) {
        result.fault = CaseFault(
            id: planned.place.id, fault: fault, isOld: isOld(fault, stored))
        result.retry = .init(file: planned.place.file, why: "fault", code: fault.code)
    }

    /// Keeps the last good record with a fault beside it, or makes one of the fault alone.
    private func fail(
        _ planned: PlannedCase, _ place: String, _ stored: Stored?, _ fault: CaseRecord.Fault,
        _ digest: String?, _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        result.isDue = true
        result.isCreated = stored == nil
        result.timers = nil
        let fault = dated(fault, stored)
        let bytes: [UInt8]
        if let stored, stored.isStarted {
            bytes = writer.record(
                stored.record, status: .failed, outcome: .failed, fault: fault)
        } else {
            let named = run.catalog.settings.defaults(for: planned.place.id.path)?.workflow
            bytes = writer.faulty(
                planned.place.id, workflow: result.before?.workflow ?? named, fault: fault,
                input: digest)
        }
        if bytes != stored?.recordBytes {
            result.isAdvanced = true
            try add(LedgerPath.record(place), bytes, &result)
        }
        result.after = CaseResult.Standing(
            workflow: result.before?.workflow
                ?? run.catalog.settings.defaults(for: planned.place.id.path)?.workflow ?? "",
            outcome: Outcome.failed.rawValue, level: result.before?.level)
        note(fault, planned, stored, &result)
        return result
    }

    /// Withdraws a case that cannot be taken up any more.
    private func withdraw(
        _ place: String, _ stored: Stored, _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        result.isAdvanced = true
        let bytes = writer.record(
            stored.record, status: .withdrawn, outcome: .withdrawn, fault: nil)
        try add(LedgerPath.record(place), bytes, &result)
        result.after?.outcome = Outcome.withdrawn.rawValue
        result.timers = []
        return result
    }

    // MARK: Reading

    private func read(_ place: String) throws(GitError) -> Stored? {
        guard let bytes = try file(LedgerPath.record(place)),
            let record = try? json.parse(bytes, into: arena), record.kind == .object
        else { return nil }
        let data = try file(LedgerPath.data(place))
        return Stored(
            record: record, recordBytes: bytes,
            data: data.flatMap { try? json.parse($0, into: arena) }, dataBytes: data)
    }

    private func file(_ path: String) throws(GitError) -> [UInt8]? {
        guard let root = run.ledgerTree,
            let entry = try repository.entry(at: Array(path.utf8), in: root), entry.kind == .file
        else { return nil }
        return try repository.blob(BlobID(entry.id), limitBytes: 1 << 30)
    }

    private static func days(_ record: Value) -> [String] {
        dueTimes(record).map(\.day)
    }

    /// When something of a case comes due: timers, and the ends of held callbacks' time.
    private static func dueTimes(_ record: Value) -> [Instant] {
        func times(_ list: StaticString, _ member: StaticString) -> [Instant] {
            record[list]?.array?.compactMap {
                $0[member]?.string.flatMap { Instant(parsing: $0) }
            } ?? []
        }
        return times("timers", "due") + times("held", "expires")
    }
}
