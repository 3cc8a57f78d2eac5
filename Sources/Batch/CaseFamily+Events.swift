import Casework
import Definitions
import Documents
import GitStorage

/// What came for a family: event files, timers and moves, of the case and of those below it.
extension CaseFamily {
    /// Applies the event files of the whole family in the order of their names, which is that of
    /// their times: what a reviewer decided on the parent after its owner was cleared is applied
    /// after that, in one run on an empty ledger as in many.
    func apply(
        _ events: [CaseEvent], _ wakes: [ChildWake], _ member: Member
    ) throws(GitError) {
        let wakes = wakes.sorted { $0.id < $1.id }
        var moments: [(file: String, event: Int?, wake: Int?)] = []
        for (index, event) in events.enumerated() { moments.append((event.file ?? "", index, nil)) }
        for (index, wake) in wakes.enumerated() {
            for name in try worker.eventNames(wake) { moments.append((name, nil, index)) }
        }
        // A stable order: of two files of one name, the parent's comes first.
        let order = moments.indices.sorted {
            let (left, right) = (moments[$0].file.utf8, moments[$1].file.utf8)
            return left.elementsEqual(right) ? $0 < $1 : left.lexicographicallyPrecedes(right)
        }
        for moment in order.map({ moments[$0] }) {
            if let index = moment.wake {
                _ = try wake(wakes[index], from: member, upTo: moment.file)
            } else if let index = moment.event, member.canGoOn {
                try run(member) { $0.add(events[index]) }
                try settle(member)
            }
        }
        for wake in wakes {
            if try self.wake(wake, from: member, upTo: nil) { continue }
            if wake.events != nil {
                member.result.findings.append(CaseDirectory.orphan(wake.eventsPath))
            }
            if wake.isRetried {
                // It waits no longer.
                var gone = CaseResult(root.place.child(wake.id))
                gone.isDue = true
                member.result.children.append(gone)
            }
        }
    }

    /// Whether the child is there.
    ///
    /// - Parameter last: the name of the last event file to apply; nil for all, and for whatever else
    ///   came for the child.
    func wake(
        _ wake: ChildWake, from member: Member, upTo last: String?
    ) throws(GitError) -> Bool {
        let next = try children(of: member).first {
            let path = $0.known.id.path
            return wake.id.path.utf8.elementsEqual(path.utf8) || wake.id.path.hasPrefix(path + "/")
        }
        guard let next else { return false }
        if next.known.id == wake.id {
            try rouse(next, wake, member, upTo: last)
            return true
        }
        guard let under = try self.member(next, of: member) else { return true }
        guard try self.wake(wake, from: under, upTo: last) else { return false }
        try conclude(under, of: member)
        try settle(member)
        return true
    }

    func rouse(
        _ child: Child, _ wake: ChildWake, _ parent: Member, upTo last: String?
    ) throws(GitError) {
        if let move = wake.move { return try self.move(child, move, parent) }
        // One that the parent took up in this run has had its turn, but for its own events.
        guard isThere(child), child.failure == nil else {
            if child.failure == nil && last == nil { try askAgain(parent) }
            return
        }
        let applied =
            child.member?.finished.record.applied
            ?? child.subject.stored.map { CaseRecord.appliedEvents(of: $0.record) } ?? []
        let work: CaseWorker.Work
        switch try worker.prepare(wake, child.subject.stored, applied: applied, upTo: last) {
        case .failure(let problem):
            child.failure = try worker.fail(
                child.subject, problem.fault, child.known.input, child.subject.result)
            child.failure?.findings += problem.findings
            return
        case .success(let made):
            guard let made else { return }
            work = made
        }
        guard let member = try self.member(child, of: parent) else { return }
        member.result.findings += work.findings
        var events = work.events[...]
        repeat {
            let isFirst = !member.hadTurn
            let event = events.popFirst()
            try run(member) { machine in
                if isFirst { machine.addDueTimers() }
                if let event { machine.add(event) }
            }
            try conclude(member, of: parent)
            try settle(parent)
        } while !events.isEmpty && member.canGoOn
        guard last == nil, let stored = child.subject.stored, stored.isStarted else { return }
        try monitor(member, worker.run.occasion(isMonitored: wake.isMonitored, stored))
        try conclude(member, of: parent)
        try settle(parent)
    }

    func move(
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
            try run(member) { $0.add(move, from: state) }
            try conclude(member, of: parent)
            try settle(parent)
        }
    }

    /// Reads the parent's lists again for a child that never started.
    func askAgain(_ parent: Member) throws(GitError) {
        guard parent.canGoOn else { return }
        try run(parent) { $0.rereadChildren() }
        try settle(parent)
    }

    /// What children reported while the member could not be told.
    func tellAgain(_ member: Member) throws(GitError) {
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
}
