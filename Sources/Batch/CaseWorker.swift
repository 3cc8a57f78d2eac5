import Casework
import Definitions
import Documents
import GitStorage
import Vendors

/// What all workers of a run share.
struct RunContext: Sendable {
    let catalog: Catalog
    let pins = PinnedCatalogs()
    let calls: CallTable
    let contents: ContentStore
    let changes: SourceChanges
    let caseAlerts: CaseAlerts
    let now: Instant
    /// The source commit in hexadecimal, and its tree.
    let source: String
    let sourceTree: TreeID
    let ledgerTree: TreeID?
    /// Nil in a dry run.
    let pack: PackWriter?
    /// Whether what would be written counts although nothing is: a replay.
    var isReplay = false
}

/// What one pass over a case came to.
enum Pass {
    case done(CaseResult)
    /// Nothing was written: these calls need answers first.
    case waiting([OutgoingCall])
}

/// Takes cases through the engine, one at a time: what one thread owns.
final class CaseWorker {
    final class Box {
        var machine: CaseMachine
        init(_ machine: consuming CaseMachine) { self.machine = machine }
    }

    let run: RunContext
    let arena = Arena(chunkBytes: 1 << 18)
    private let inputs: InputReader
    let repository: Repository
    private var machines: [ObjectIdentifier: Box] = [:]
    var writer = RecordWriter()
    private var json = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))

    /// Calls that this pass needs answers to: nothing of it may be written.
    private(set) var pending: [OutgoingCall] = []
    /// Keys of answers that this pass used.
    private var used: [String] = []
    /// Why calls of this pass have no answer.
    private var unanswered: [String] = []
    var isBlocked: Bool { !pending.isEmpty }

    init(_ run: RunContext, _ repository: Repository) {
        self.run = run
        self.repository = repository
        inputs = InputReader(
            repository, sourceTree: run.sourceTree, limits: run.catalog.settings.limits)
    }

    /// Takes a case as far as it goes without waiting.
    func advance(_ planned: PlannedCase) throws(GitError) -> Pass {
        pending.removeAll()
        used.removeAll()
        unanswered.removeAll()
        var result = try pass(planned)
        guard pending.isEmpty else { return .waiting(pending) }
        result.usedCalls = used
        result.unanswered = unanswered
        return .done(result)
    }

    private func pass(_ planned: PlannedCase) throws(GitError) -> CaseResult {
        arena.reset()
        inputs.reset()
        let subject = try self.subject(planned)
        var result = subject.result
        if subject.stored?.record["parent"] != nil { return refuse(planned, subject) }
        let work: Work
        switch planned.input {
        case .faulty(let finding):
            return try fail(subject, Self.fault(finding), nil, result, planned.wakes)
        case .gone:
            guard let stored = subject.stored, !stored.isWithdrawn else { return result }
            work = Work(isGone: true)
        case .file, .line, .alert, .unchanged:
            switch try prepare(planned, subject.stored) {
            case .success(let made):
                guard let made else {
                    return planned.wakes.isEmpty
                        ? result : try CaseFamily(self, subject, planned.wakes).wake(result)
                }
                work = made
            case .failure(let problem):
                result.findings += problem.findings
                return try fail(
                    subject, problem.fault, problem.digest, result, planned.wakes)
            }
        }
        result.isDue = true
        result.findings += work.findings
        return try take(planned, subject, work, result)
    }

    /// A case file with the id of another case's child, whose record is left as it is.
    private func refuse(_ planned: PlannedCase, _ subject: Subject) -> CaseResult {
        var result = subject.result
        result.isDue = true
        guard let source = subject.source else { return result }
        let fault = CaseRecord.Fault(
            code: "CS033",
            message: "a child of another case has this id already; rename the file", place: source)
        result.fault = CaseFault(id: subject.place.id, fault: fault, isOld: false)
        result.retry = .init(
            file: subject.place.file, root: nil, why: "fault", code: fault.code)
        return result
    }

    private func subject(_ planned: PlannedCase) throws(GitError) -> Subject {
        let path = planned.place.path
        var place: String?
        if case .file(let file, _) = planned.input { place = file }
        if case .line(let file, let line) = planned.input {
            place = "\(file.path):\(file.lines[line].number)"
        }
        if case .alert(let made) = planned.input { place = made.path }
        var subject = Subject(
            place: planned.place, path: path, stored: try read(path),
            workflow: run.catalog.settings.defaults(for: planned.place.id.path)?.workflow,
            source: place)
        subject.alert = subject.stored?.record["alert"].flatMap { AlertLink($0) }
        if case .alert(let made) = planned.input { subject.alert = made.alert }
        return subject
    }

    // MARK: What came

    /// What there is to do with a case.
    struct Work {
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
        _ planned: PlannedCase, _ stored: StoredCase?
    ) throws(GitError) -> Result<Work?, Problem> {
        var work = Work()
        let isStarted = stored?.isStarted ?? false
        let digest = try inputs.digest(planned.input)
        if !isStarted, case .unchanged = planned.input { return .success(nil) }
        let applied = stored.map { CaseRecord.appliedEvents(of: $0.record) } ?? []
        let files = try inputs.eventFiles(planned.events)
        work.findings =
            Self.integrity(applied, files, planned.eventsPath)
            + inputs.folders.filter { _ in planned.eventsPath.hasSuffix(".events") }
            .map { CaseDirectory.orphan("\(planned.eventsPath)/\($0.name)") }
        let new = files.filter { file in
            !applied.contains { $0.file.utf8.elementsEqual(file.name.utf8) }
        }
        if let stored, isStarted {
            work.isInputChanged = digest.map { $0 != stored.input } ?? false
            let isBack = stored.isWithdrawn && digest != nil
            let isDue =
                work.isInputChanged || isBack || !new.isEmpty || stored.fault != nil
                || stored.isWaiting || stored.hasTimer(dueBy: run.now) || planned.move != nil
                || planned.isMonitored || stored.hasPendingMonitor
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
        if !isStarted, let problem = intakeProblem(planned, stored, work) {
            return .failure(Problem(finding: problem, digest: digest, findings: work.findings))
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

    /// What its workflow's schema says of a new case's input.
    private func intakeProblem(
        _ planned: PlannedCase, _ stored: StoredCase?, _ work: Work
    ) -> Finding? {
        guard let input = work.input, let root = inputs.root,
            case .success(let footing) = self.footing(planned, stored, work)
        else { return nil }
        var line: Position?
        if case .line(let file, let number) = planned.input {
            line = Position(line: file.lines[number].number, column: 1)
        }
        return IntakeCheck.finding(input, of: footing.workflow, at: root, line: line, in: arena)
    }

    /// What came for a child that was started: nil when nothing did.
    ///
    /// - Parameters:
    ///   - stored: nil for a child that was started in this run.
    ///   - applied: its events so far.
    ///   - last: the name of the last event file to read; nil for all and for what else is due.
    func prepare(
        _ wake: ChildWake, _ stored: StoredCase?, applied: [CaseRecord.AppliedEvent],
        upTo last: String?
    ) throws(GitError) -> Result<Work?, Problem> {
        let files = try inputs.eventFiles(wake.events)
        var work = Work()
        if last == nil {
            work.findings =
                Self.integrity(applied, files, wake.eventsPath)
                + inputs.folders.map { CaseDirectory.orphan("\(wake.eventsPath)/\($0.name)") }
        }
        let new = files.filter { file in
            if let last, last.utf8.lexicographicallyPrecedes(file.name.utf8) { return false }
            return !applied.contains { $0.file.utf8.elementsEqual(file.name.utf8) }
        }
        let isDue =
            last == nil
            && (stored.map {
                $0.fault != nil || $0.isWaiting || $0.hasTimer(dueBy: run.now)
                    || $0.hasPendingMonitor || wake.isMonitored
            } ?? false)
        guard isDue || !new.isEmpty else {
            return work.findings.isEmpty ? .success(nil) : .success(work)
        }
        switch try inputs.events(new, wake.eventsPath) {
        case .success(let read):
            work.events = read.events
            work.findings += read.findings
            return .success(work)
        case .failure(let problem): return .failure(problem)
        }
    }

    /// The names of a child's event files, in order.
    func eventNames(_ wake: ChildWake) throws(GitError) -> [String] {
        try inputs.eventFiles(wake.events).map(\.name)
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
        _ planned: PlannedCase, _ subject: Subject, _ work: Work, _ result: CaseResult
    ) throws(GitError) -> CaseResult {
        var result = result
        let stored = subject.stored
        let isStarted = stored?.isStarted ?? false
        let footing: Footing
        switch self.footing(planned, stored, work) {
        case .success(let found): footing = found
        case .failure(let error):
            if work.isGone { return try withdraw(subject, result) }
            let fault = CaseRecord.Fault(
                code: error.code, message: error.message, place: subject.source)
            return try fail(
                subject, fault, work.input?.digest.hexadecimal, result, planned.wakes)
        }
        let record: CaseRecord
        if let stored, isStarted {
            do throws(RecordError) {
                record = try CaseRecord.read(
                    stored.record, data: stored.data ?? .null, id: planned.place.id,
                    workflow: footing.workflow, by: planned.move, in: arena)
            } catch {
                if work.isGone { return try withdraw(subject, result) }
                return try fail(subject, error.fault, nil, result, planned.wakes)
            }
        } else if let input = work.input {
            record = newRecord(subject, footing.workflow, input)
            result.isCreated = stored == nil
        } else if stored != nil {
            return try withdraw(subject, result)
        } else {
            return result
        }
        let box = self.machine(footing, record)
        box.machine.reset(record)
        if let move = planned.move, let state = stored?.stateName {
            box.machine.add(move, from: state)
        }
        // With children in between, events are applied one at a time.
        let isFamily =
            !record.children.isEmpty
            || footing.workflow.plugins.contains { $0.kind == .child }
        let events = feed(box, work, isStarted: isStarted, planned, footing.workflow)
        let occasion = isStarted && !work.isGone ? run.occasion(of: planned, stored) : nil
        if !isFamily {
            for event in events { box.machine.add(event) }
            if let occasion { box.machine.addMonitors(occasion) }
        }
        try answerCalls(box, subject)
        if isBlocked { return result }
        let finished = Finished(&box.machine)
        if !isFamily && planned.wakes.isEmpty {
            return try write(subject, finished, footing, result)
        }
        return try CaseFamily(self, subject, planned.wakes).goOn(
            with: finished, footing, isFamily ? events : [], result,
            monitors: isFamily ? occasion : nil, isTold: stored?.fault == nil)
    }

    private func footing(
        _ planned: PlannedCase, _ stored: StoredCase?, _ work: Work
    ) -> Result<Footing, WorkflowChoice.Failure> {
        if let stored, stored.isStarted {
            if planned.move != nil { return run.footing(of: stored.record["workflow"]?.string) }
            return run.footing(of: stored.record, in: repository)
        }
        let defaults = run.catalog.settings.defaults(for: planned.place.id.path)
        return run.footing(of: work.input?.workflow ?? defaults?.workflow)
    }

    private func newRecord(
        _ subject: Subject, _ workflow: Workflow, _ input: CaseInput
    ) -> CaseRecord {
        var record = CaseRecord(
            id: subject.place.id, workflow: workflow.id, version: workflow.version,
            closure: workflow.closure.hexadecimal, input: input.digest.hexadecimal,
            created: run.now,
            context: workflow.initialContext.assigning(input.context, in: arena),
            config: input.config)
        record.alert = subject.alert
        return record
    }

    func machine(_ footing: Footing, _ record: CaseRecord) -> Box {
        let key = ObjectIdentifier(footing.workflow)
        if let known = machines[key] { return known }
        let made = Box(
            CaseMachine(
                record, workflow: footing.workflow, catalog: run.catalog,
                definitions: footing.catalog, now: run.now, in: arena))
        machines[key] = made
        return made
    }

    /// What comes before all events, and the events in order, those of its input first.
    private func feed(
        _ box: Box, _ work: Work, isStarted: Bool, _ planned: PlannedCase, _ workflow: Workflow
    ) -> [CaseEvent] {
        if work.isGone {
            box.machine.withdraw()
            return []
        }
        if isStarted {
            if work.isInputChanged, let input = work.input { box.machine.add(changed: input) }
            box.machine.addDueTimers()
            return work.events
        }
        box.machine.create()
        var events = firstEvents(box.machine.record.id, work)
        if work.input?.events == nil, defaultEvents(planned.place.id) == nil,
            let event = workflow.initialEvent
        {
            events.append(CaseEvent(type: event))
        }
        return events + work.events
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

    /// Goes on until the case rests, or needs an answer that is not known yet.
    func answerCalls(_ box: Box, _ subject: Subject) throws(GitError) {
        while case .call(let call) = box.machine.run() {
            let record = box.machine.record
            switch try run.calls.look(
                up: call, of: record.id, episode: record.episode, at: subject.path, self)
            {
            case .known(let answer, let receipt, let key, let isStored):
                if let key { used.append(key) }
                box.machine.resume(
                    with: answer, receipt: receipt, isStored: isStored, to: call)
            case .none(let answer, let why):
                unanswered.append("\(call.vendor.map { String($0) } ?? ""): \(why)")
                box.machine.resume(with: answer, to: call)
            case .pending(let outgoing):
                pending.append(outgoing)
                return
            }
        }
    }

    // MARK: Reading

    func read(_ place: String) throws(GitError) -> StoredCase? {
        let path = LedgerPath.record(place)
        guard let bytes = try file(path) else { return nil }
        let record: Value
        do throws(ParseError) {
            record = try json.parse(bytes, into: arena)
        } catch { throw Ledger.damaged(path, error) }
        guard record.kind == .object else { return nil }
        let data = try file(LedgerPath.data(place))
        return StoredCase(
            record: record, recordBytes: bytes,
            data: data.flatMap { try? json.parse($0, into: arena) }, dataBytes: data)
    }

    private func file(_ path: String) throws(GitError) -> [UInt8]? {
        guard let root = run.ledgerTree,
            let entry = try repository.entry(at: Array(path.utf8), in: root), entry.kind == .file
        else { return nil }
        return try repository.blob(BlobID(entry.id), limitBytes: 1 << 30)
    }

    static func days(_ record: Value) -> [String] {
        dueTimes(record).map(\.day)
    }

    /// When something of a case comes due: timers, the ends of held callbacks' time, and monitors'
    /// periods.
    static func dueTimes(_ record: Value) -> [Instant] {
        func times(_ list: StaticString, _ member: StaticString) -> [Instant] {
            record[list]?.array?.compactMap {
                $0[member]?.string.flatMap { Instant(parsing: $0) }
            } ?? []
        }
        let periods = record["monitors"]?.members?.compactMap { member in
            member.value["due"]?.string.flatMap { Instant(parsing: $0) }
        }
        return times("timers", "due") + times("held", "expires") + (periods ?? [])
    }
}
