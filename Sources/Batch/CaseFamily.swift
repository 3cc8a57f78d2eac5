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
    final class Member {
        let subject: Subject
        let footing: Footing
        let depth: Int
        var finished: Finished
        var result: CaseResult
        /// Its children, in the order in which they were started; nil until they are needed.
        var children: [Child]?
        /// Whether it had a turn in this run.
        var hadTurn = false
        /// Whether it stands in the middle of a step, for want of an answer.
        var isBlocked = false
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
    final class Child {
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

    let worker: CaseWorker
    let root: Subject
    var started = 0
    /// What came for those below the root.
    private let wakes: [ChildWake]
    /// Whether there is a directory of the root's name, which may hold cases; nil: not looked at yet.
    var hasCasesBelow: Bool?

    init(_ worker: CaseWorker, _ root: Subject, _ wakes: [ChildWake]) {
        self.worker = worker
        self.root = root
        self.wakes = wakes
    }

    // MARK: Ways in

    /// Goes on after the case itself ran on all that came but its event files.
    ///
    /// - Parameters:
    ///   - events: those of its event files.
    ///   - monitors: what its monitors have to know; nil of a case that just began.
    ///   - isTold: whether the case knows all that its children reported so far; false after a fault
    ///     of it.
    func goOn(
        with finished: Finished, _ footing: Footing, _ events: [CaseEvent],
        _ result: CaseResult, monitors: MonitorOccasion?, isTold: Bool
    ) throws(GitError) -> CaseResult {
        let member = Member(root, footing, 0, finished)
        member.result = result
        member.hadTurn = true
        if finished.record.status == .withdrawn {
            try withdrawChildren(of: member)
        } else {
            if let time = root.stored?.withdrawnAt { try bringBack(member, since: time) }
            if !isTold { try tellAgain(member) }
            try settle(member)
            try apply(events, wakes, member)
            if let monitors { try monitor(member, monitors) }
        }
        return try write(member)
    }

    /// Goes on with children that something came for, of a case that nothing came for.
    func wake(_ result: CaseResult) throws(GitError) -> CaseResult {
        guard let stored = root.stored, stored.isStarted else {
            var result = result
            for wake in wakes { result.children.append(try worker.postpone(wake, root)) }
            return result
        }
        let member: Member
        switch try take(root, stored, depth: 0) {
        case .success(let taken): member = taken
        case .failure(let error): return try worker.fail(root, error.fault, nil, result, wakes)
        }
        member.result.findings = result.findings
        try apply([], wakes, member)
        return try write(member)
    }

    /// Monitors look when everything else is done.
    func monitor(_ member: Member, _ occasion: MonitorOccasion) throws(GitError) {
        if member.workflow.monitors.isEmpty || !member.canGoOn { return }
        try run(member) { $0.addMonitors(occasion) }
        try settle(member)
    }

    struct Unreadable: Error {
        let fault: CaseRecord.Fault
    }

    /// A member at its record, with nothing done yet.
    func take(
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
    ///
    /// While an answer is missing, only children that begin get one: they ask what they will ask in
    /// any case, so that calls of many children leave together; all else waits for the next pass.
    func run(
        _ member: Member, isBeginning: Bool = false, _ feed: (inout CaseMachine) -> Void
    ) throws(GitError) {
        if worker.isBlocked && !isBeginning { return }
        let before = worker.pending.count
        let box = worker.machine(member.footing, member.finished.record)
        box.machine.reset(
            member.finished.record, depth: member.depth,
            resumingAfter: member.hadTurn ? member.finished.steps : nil)
        member.hadTurn = true
        member.result.isDue = true
        feed(&box.machine)
        try worker.answerCalls(box, member.subject)
        if worker.pending.count > before { member.isBlocked = true }
        member.finished.add(Finished(&box.machine))
    }

    /// Starts, asks and withdraws children as the member's plugins want it, until they want nothing.
    func settle(_ member: Member) throws(GitError) {
        if member.isBlocked { return }
        while !member.finished.childSets.isEmpty {
            let set = member.finished.childSets.removeFirst()
            let children = try children(of: member)
            var matching = ChildMatching(set, of: member.id, known: children.map(\.known))
            guard matching.hasRoom || set.requests.isEmpty else {
                member.refusal = CaseRecord.Fault(
                    code: "RUN013",
                    message: "ids of children of '\(member.id)' would be longer than 1000 bytes",
                    place: member.workflow.file)
                member.finished.childSets.removeAll()
                return
            }
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
            for case .ask(let index, let request, let input) in steps {
                try forget(children[index], request, set, input, member)
            }
            for step in steps {
                if member.refusal != nil { break }
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
    func conclude(_ child: Member, of parent: Member) throws(GitError) {
        try settle(child)
        let reports = child.finished.reports
        child.finished.reports.removeAll()
        // Nothing of it will be on record.
        let isStored = child.subject.stored?.isStarted ?? false
        if child.refusal != nil || child.finished.record.fault != nil && !isStored { return }
        for report in reports where parent.canGoOn {
            try tell(parent, of: child) { $0.add(report) }
            if parent.canGoOn { child.finished.record.parent?.told = report.point }
        }
    }

    /// Tells a parent of a child. When it asks the children of the same list again on that account,
    /// those that looked at the same have nothing to add: else they would answer each other for ever.
    func tell(
        _ parent: Member, of child: Member, _ feed: (inout CaseMachine) -> Void
    ) throws(GitError) {
        let count = parent.finished.childSets.count
        try run(parent, feed)
        let plugin = child.subject.parent?.plugin ?? ""
        for index in parent.finished.childSets.indices.dropFirst(count)
        where String(parent.finished.childSets[index].plugin).utf8.elementsEqual(plugin.utf8) {
            parent.finished.childSets[index].isAsked = false
        }
    }

    // MARK: Writing

    func write(_ member: Member) throws(GitError) -> CaseResult {
        var result: CaseResult
        if let refusal = member.refusal {
            result = try worker.fail(
                member.subject, refusal, member.finished.record.input, member.result)
            try worker.writeEvidence(member.subject, member.finished, &result)
        } else {
            result = try worker.write(
                member.subject, member.finished, member.footing, member.result)
        }
        if result.isUndone {
            try undo(member, &result)
            return result
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

    /// Of a case that stands as it did before, those below it stand so too: else they would be cases
    /// without a parent that knows them, or would have told it what it forgot. Their evidence is
    /// kept; what came for them comes again with their parent.
    private func undo(_ member: Member, _ result: inout CaseResult) throws(GitError) {
        try keepEvidence(below: member, &result)
        let below = member.id.path + "/"
        for wake in wakes where wake.id.path.hasPrefix(below) {
            result.children.append(try worker.postpone(wake, root))
        }
    }

    private func keepEvidence(
        below member: Member, _ result: inout CaseResult
    ) throws(GitError) {
        for child in member.children ?? [] {
            guard let under = child.member else { continue }
            try worker.writeEvidence(under.subject, under.finished, &result)
            try keepEvidence(below: under, &result)
        }
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
