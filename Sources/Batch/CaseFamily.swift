import Casework
import Definitions
import Documents
import GitStorage

/// A case and its children, taken through the engine together until nothing moves.
///
/// The case runs first, then each child it asked for, with that child's own children, then the case
/// again on what the child reports. One worker does a whole family, so that the order, and with it
/// every byte, is the same at any number of workers.
final class CaseFamily {
    /// One case of the family while it is taken up.
    private final class Member {
        let subject: Subject
        let footing: Footing
        let depth: Int
        var finished: Finished
        var result: CaseResult
        /// Its children, in the order in which they were started; nil until they are needed.
        var children: [Child]?
        /// Whether it had a turn in this run.
        var hadTurn = false
        /// A problem of the family that sends it back to where it was.
        var refusal: CaseRecord.Fault?

        init(_ subject: Subject, _ footing: Footing, _ depth: Int, _ finished: Finished) {
            self.subject = subject
            self.footing = footing
            self.depth = depth
            self.finished = finished
            result = subject.result
        }

        var id: CaseID { subject.place.id }
        var workflow: Workflow { footing.workflow }
        var canGoOn: Bool { finished.record.fault == nil && refusal == nil }
    }

    /// A child as its parent knows it.
    private final class Child {
        let subject: Subject
        var known: KnownChild
        /// Nil until it is taken up.
        var member: Member?
        /// Nil unless it could not be taken up.
        var failure: CaseResult?

        init(_ subject: Subject, _ known: KnownChild) {
            self.subject = subject
            self.known = known
        }
    }

    private let worker: CaseWorker
    private let root: Subject
    private var started = 0

    init(_ worker: CaseWorker, _ root: Subject) {
        self.worker = worker
        self.root = root
    }

    // MARK: Ways in

    /// Goes on after the case itself ran.
    ///
    /// - Parameter isTold: whether the case knows all that its children reported so far; false after
    ///   a fault of it.
    func goOn(
        with finished: Finished, _ footing: Footing, _ wakes: [ChildWake], _ result: CaseResult,
        isTold: Bool
    ) throws(GitError) -> CaseResult {
        let member = Member(root, footing, 0, finished)
        member.result = result
        member.hadTurn = true
        if finished.record.status == .withdrawn {
            try withdrawChildren(of: member)
        } else {
            if !isTold { try tellAgain(member) }
            try settle(member)
            try wake(wakes, member)
        }
        return try write(member)
    }

    /// Goes on with children that something came for, of a case that nothing came for.
    func wake(_ wakes: [ChildWake], _ result: CaseResult) throws(GitError) -> CaseResult {
        guard let stored = root.stored, stored.isStarted else { return result }
        let member: Member
        switch try take(root, stored, depth: 0) {
        case .success(let taken): member = taken
        case .failure(let error): return try worker.fail(root, error.fault, nil, result, wakes)
        }
        member.result.findings = result.findings
        try wake(wakes, member)
        return try write(member)
    }

    private struct Unreadable: Error {
        let fault: CaseRecord.Fault
    }

    /// A member at its record, with nothing done yet.
    private func take(
        _ subject: Subject, _ stored: StoredCase, depth: Int, by move: Migration.Move? = nil
    ) throws(GitError) -> Result<Member, Unreadable> {
        let footing: Footing
        let found =
            move == nil
            ? worker.run.footing(of: stored.record, in: worker.repository)
            : worker.run.footing(of: stored.record["workflow"]?.string)
        switch found {
        case .success(let made): footing = made
        case .failure(let error):
            return .failure(
                Unreadable(fault: .init(code: error.code, message: error.message, place: nil)))
        }
        do throws(RecordError) {
            let record = try CaseRecord.read(
                stored.record, data: stored.data ?? .null, id: subject.place.id,
                workflow: footing.workflow, by: move, in: worker.arena)
            return .success(Member(subject, footing, depth, Finished(at: record)))
        } catch { return .failure(Unreadable(fault: error.fault)) }
    }

    // MARK: Moving

    /// Gives a member a turn on what is fed to it.
    private func run(_ member: Member, _ feed: (inout CaseMachine) -> Void) {
        let box = worker.machine(member.footing, member.finished.record)
        box.machine.reset(
            member.finished.record, depth: member.depth,
            resumingAfter: member.hadTurn ? member.finished.steps : nil)
        member.hadTurn = true
        member.result.isDue = true
        feed(&box.machine)
        worker.answerCalls(box)
        member.finished.add(Finished(&box.machine))
    }

    /// Starts, asks and withdraws children as the member's plugins want it, until they want nothing.
    private func settle(_ member: Member) throws(GitError) {
        while !member.finished.childSets.isEmpty {
            let set = member.finished.childSets.removeFirst()
            let children = try children(of: member)
            var matching = ChildMatching(set, of: member.id, known: children.map(\.known))
            let steps = matching.steps()
            let new = steps.count { if case .start = $0 { true } else { false } }
            let limit = worker.run.catalog.settings.limits.children
            guard started + new <= limit else {
                member.refusal = CaseRecord.Fault(
                    code: "RUN014",
                    message: "the case and its children would start \(started + new) children in "
                        + "this run, and limits.children is \(limit)", place: member.workflow.file)
                member.finished.childSets.removeAll()
                return
            }
            for step in steps {
                switch step {
                case .start(let request, let id, let position, let input):
                    started += 1
                    try start(id, request, set, position, input, member)
                case .ask(let index, let request, let input):
                    try ask(children[index], request, set, input, member)
                case .withdraw(let index):
                    try withdraw(children[index], of: member)
                }
            }
        }
    }

    /// Settles a child's own children, then tells its parent what it came to.
    private func conclude(_ child: Member, of parent: Member) throws(GitError) {
        try settle(child)
        let reports = child.finished.reports
        child.finished.reports.removeAll()
        for report in reports where parent.canGoOn {
            run(parent) { $0.add(report) }
            if parent.canGoOn { child.finished.record.parent?.told = report.point }
        }
    }

    // MARK: Children

    private func children(of member: Member) throws(GitError) -> [Child] {
        if let children = member.children { return children }
        var children: [Child] = []
        for id in member.finished.record.children { children.append(try child(id, of: member)) }
        member.children = children
        return children
    }

    /// A child that the member's record names.
    private func child(_ id: CaseID, of member: Member) throws(GitError) -> Child {
        var subject = try subject(id, of: member)
        let record = subject.stored?.record
        let link = record?["parent"].flatMap { ParentLink($0) }
        subject.parent = link
        return Child(
            subject,
            KnownChild(
                id: id, plugin: link?.plugin ?? "", position: link?.position,
                input: record?["input"]?.string ?? "",
                isWithdrawn: subject.stored?.isWithdrawn ?? false))
    }

    private func subject(_ id: CaseID, of member: Member) throws(GitError) -> Subject {
        let place = member.subject.place.child(id)
        let path = place.path
        return Subject(
            place: place, path: path, stored: try worker.read(path), workflow: nil,
            source: root.source, root: root.place.id, parent: nil)
    }

    private func start(
        _ id: CaseID, _ request: ChildRequest, _ set: ChildSet, _ position: Int?, _ input: Digest,
        _ parent: Member
    ) throws(GitError) {
        var subject = try subject(id, of: parent)
        let plugin = String(set.plugin)
        subject.parent = ParentLink(id: parent.id, plugin: plugin, position: position)
        let child = Child(
            subject,
            KnownChild(
                id: id, plugin: plugin, position: position, input: input.hexadecimal,
                isWithdrawn: false))
        parent.finished.record.children.append(id)
        parent.children?.append(child)
        try begin(child, request, input, parent)
    }

    /// A child in its workflow's initial state, with its first event.
    private func begin(
        _ child: Child, _ request: ChildRequest, _ input: Digest, _ parent: Member
    ) throws(GitError) {
        child.known.input = input.hexadecimal
        child.known.isWithdrawn = false
        let definition = String(request.definition)
        switch footing(of: definition, parent) {
        case .failure(let error):
            let fault = CaseRecord.Fault(
                code: error.code, message: error.message, place: parent.workflow.file)
            child.failure = try worker.fail(
                child.subject.counted(under: definition), fault, input.hexadecimal,
                child.subject.result)
        case .success(let footing):
            let workflow = footing.workflow
            let config = config(parent)
            var record = CaseRecord(
                id: child.known.id, workflow: workflow.id, version: workflow.version,
                closure: workflow.closure.hexadecimal, input: input.hexadecimal,
                created: worker.run.now, context: context(request, workflow), config: config)
            record.parent = child.subject.parent
            let member = Member(
                child.subject.counted(under: definition), footing, parent.depth + 1,
                Finished(at: record))
            member.result.isCreated = child.subject.stored == nil
            child.member = member
            run(member) { start(&$0, request, workflow) }
            try conclude(member, of: parent)
        }
    }

    /// A child runs on the definitions of its parent: those of one commit belong together.
    private func footing(
        of definition: String, _ parent: Member
    ) -> Result<Footing, WorkflowChoice.Failure> {
        WorkflowChoice.find(definition, in: parent.footing.catalog).map {
            Footing(workflow: $0, catalog: parent.footing.catalog, commit: parent.footing.commit)
        }
    }

    private func start(
        _ machine: inout CaseMachine, _ request: ChildRequest, _ workflow: Workflow
    ) {
        machine.create()
        if let event = request.initialEvent ?? workflow.initialEvent {
            machine.add(CaseEvent(type: event))
        }
    }

    private func context(_ request: ChildRequest, _ workflow: Workflow) -> Value {
        workflow.initialContext.assigning(request.context, in: worker.arena)
    }

    /// A child speaks its parent's language.
    private func config(_ parent: Member) -> Value {
        let language =
            parent.finished.record.config["language"] ?? parent.workflow.config["language"]
        return worker.arena.object(["language": language])
    }

    /// Asks a child that is there: one that looked at the same already answers as it stands, one
    /// that is still at work gets the change, one that is done looks again in its next episode.
    private func ask(
        _ child: Child, _ request: ChildRequest, _ set: ChildSet, _ input: Digest, _ parent: Member
    ) throws(GitError) {
        guard let stored = child.subject.stored ?? child.member?.subject.stored, stored.isStarted,
            child.failure == nil
        else {
            if child.member == nil { try begin(child, request, input, parent) }
            return
        }
        let isSame = child.known.input.utf8.elementsEqual(input.hexadecimal.utf8)
        if isSame && !set.isAsked && !child.known.isWithdrawn { return }
        guard let member = try self.member(child, of: parent) else { return }
        let record = member.finished.record
        let isOver = record.isDone(in: member.workflow) || child.known.isWithdrawn
        let definition = String(request.definition)
        let isMoved = !definition.utf8.elementsEqual(member.workflow.id.utf8)
        if isMoved || isOver && (!isSame || child.known.isWithdrawn) {
            try reopen(child, member, request, input, parent)
        } else if isSame {
            if record.status == .failed { run(member) { _ in } }
            if member.finished.reports.isEmpty {
                member.finished.reports = [
                    member.finished.record.report(in: member.workflow, worker.arena)
                ]
            }
            try conclude(member, of: parent)
        } else {
            child.known.input = input.hexadecimal
            let changed = CaseInput(
                workflow: nil, context: request.context, config: record.config, digest: input)
            run(member) { $0.add(changed: changed) }
            try conclude(member, of: parent)
        }
    }

    private func reopen(
        _ child: Child, _ member: Member, _ request: ChildRequest, _ input: Digest,
        _ parent: Member
    ) throws(GitError) {
        guard case .success(let footing) = footing(of: String(request.definition), parent) else {
            return try begin(child, request, input, parent)
        }
        let workflow = footing.workflow
        child.known.input = input.hexadecimal
        child.known.isWithdrawn = false
        var finished = member.finished
        finished.record.reopen(
            on: input.hexadecimal, context: context(request, workflow), config: config(parent),
            workflow: workflow)
        let next = Member(member.subject, footing, member.depth, finished)
        next.children = member.children
        child.member = next
        run(next) { start(&$0, request, workflow) }
        try conclude(next, of: parent)
    }

    /// A child taken up from its record; nil when that is not possible, with its fault noted.
    private func member(_ child: Child, of parent: Member) throws(GitError) -> Member? {
        if let member = child.member { return member }
        guard child.failure == nil, let stored = child.subject.stored, stored.isStarted else {
            return nil
        }
        switch try take(child.subject, stored, depth: parent.depth + 1) {
        case .success(let member):
            child.member = member
            return member
        case .failure(let error):
            child.failure = try worker.fail(
                child.subject, error.fault, child.known.input, child.subject.result)
            return nil
        }
    }

    private func withdraw(_ child: Child, of parent: Member) throws(GitError) {
        child.known.isWithdrawn = true
        guard let member = try self.member(child, of: parent) else {
            child.failure = try worker.withdraw(child.subject, child.subject.result)
            return
        }
        run(member) { $0.withdraw() }
        member.finished.reports.removeAll()
        try withdrawChildren(of: member)
        if parent.canGoOn {
            let workflow = member.workflow
            run(parent) { $0.add(goneChild: member.id, of: workflow.id, workflow) }
        }
    }

    private func withdrawChildren(of member: Member) throws(GitError) {
        member.finished.childSets.removeAll()
        for child in try children(of: member) where !child.known.isWithdrawn {
            child.known.isWithdrawn = true
            guard let under = try self.member(child, of: member) else {
                child.failure = try worker.withdraw(child.subject, child.subject.result)
                continue
            }
            run(under) { $0.withdraw() }
            under.finished.reports.removeAll()
            try withdrawChildren(of: under)
        }
    }

    // MARK: Waking

    private func wake(_ wakes: [ChildWake], _ member: Member) throws(GitError) {
        for wake in wakes.sorted(by: { $0.id < $1.id }) {
            if try self.wake(wake, from: member) { continue }
            member.result.findings.append(CaseDirectory.orphan(wake.eventsPath))
        }
    }

    /// Whether the child is there.
    private func wake(_ wake: ChildWake, from member: Member) throws(GitError) -> Bool {
        let next = try children(of: member).first {
            let path = $0.known.id.path
            return wake.id.path.utf8.elementsEqual(path.utf8) || wake.id.path.hasPrefix(path + "/")
        }
        guard let next else { return false }
        if next.known.id == wake.id {
            try rouse(next, wake, member)
            return true
        }
        guard let under = try self.member(next, of: member) else { return true }
        guard try self.wake(wake, from: under) else { return false }
        try conclude(under, of: member)
        try settle(member)
        return true
    }

    private func rouse(_ child: Child, _ wake: ChildWake, _ parent: Member) throws(GitError) {
        if let move = wake.move { return try self.move(child, move, parent) }
        // One that the parent took up in this run has had its turn, but for its own events.
        guard let stored = child.subject.stored, stored.isStarted else {
            if child.member == nil && child.failure == nil { try askAgain(parent) }
            return
        }
        let work: CaseWorker.Work
        switch try worker.prepare(wake, stored) {
        case .failure(let problem):
            child.failure = try worker.fail(
                child.subject, problem.fault, child.known.input, child.subject.result)
            child.failure?.findings += problem.findings
            return
        case .success(let made):
            guard let made else { return }
            work = made
        }
        let isFirst = !(child.member?.hadTurn ?? false)
        guard let member = try self.member(child, of: parent) else { return }
        member.result.findings += work.findings
        let occasion = worker.run.occasion(isMonitored: wake.isMonitored, stored)
        run(member) { machine in
            if isFirst { machine.addDueTimers() }
            for event in work.events { machine.add(event) }
            machine.addMonitors(occasion)
        }
        try conclude(member, of: parent)
        try settle(parent)
    }

    private func move(
        _ child: Child, _ move: Migration.Move, _ parent: Member
    ) throws(GitError) {
        guard let stored = child.subject.stored, stored.isStarted, child.member == nil,
            let state = stored.stateName
        else { return }
        switch try take(child.subject, stored, depth: parent.depth + 1, by: move) {
        case .failure(let error):
            child.failure = try worker.fail(
                child.subject, error.fault, child.known.input, child.subject.result)
        case .success(let member):
            child.member = member
            run(member) { $0.add(move, from: state) }
            try conclude(member, of: parent)
            try settle(parent)
        }
    }

    /// Reads the parent's lists again for a child that never started.
    private func askAgain(_ parent: Member) throws(GitError) {
        guard parent.canGoOn else { return }
        run(parent) { $0.rereadChildren() }
        try settle(parent)
    }

    /// What children reported while the member could not be told.
    private func tellAgain(_ member: Member) throws(GitError) {
        guard member.canGoOn else { return }
        for child in try children(of: member) where !child.known.isWithdrawn {
            guard let under = try self.member(child, of: member) else { continue }
            let report = under.finished.record.report(in: under.workflow, worker.arena)
            if under.finished.record.parent?.told != report.point {
                under.finished.reports = [report]
                try conclude(under, of: member)
            }
        }
    }

    // MARK: Writing

    private func write(_ member: Member) throws(GitError) -> CaseResult {
        var result: CaseResult
        if let refusal = member.refusal {
            result = try worker.fail(
                member.subject, refusal, member.finished.record.input, member.result)
        } else {
            result = try worker.write(
                member.subject, member.finished, member.footing, member.result)
        }
        for child in member.children ?? [] {
            var made = child.failure
            if made == nil, let member = child.member { made = try write(member) }
            guard let made else { continue }
            result.children += [made] + made.children
            result.children[result.children.count - 1 - made.children.count].children = []
        }
        return result
    }
}

extension Subject {
    func counted(under workflow: String) -> Subject {
        var copy = Subject(
            place: place, path: path, stored: stored, workflow: workflow, source: source)
        copy.root = root
        copy.parent = parent
        return copy
    }
}

extension Finished {
    /// A case taken up, with nothing done yet.
    init(at record: CaseRecord) {
        self.record = record
        evidence = []
        decisions = []
        messages = []
        childSets = []
        reports = []
        monitorRuns = []
        steps = 0
    }
}
