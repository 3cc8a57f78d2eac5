import Casework
import Definitions
import Documents
import GitStorage

/// Children of a family: found, started, asked, opened again, withdrawn.
extension CaseFamily {
    func children(of member: Member) throws(GitError) -> [Child] {
        if let children = member.children { return children }
        var children: [Child] = []
        for id in member.finished.record.children { children.append(try child(id, of: member)) }
        member.children = children
        return children
    }

    /// A child that the member's record names.
    func child(_ id: CaseID, of member: Member) throws(GitError) -> Child {
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

    func subject(_ id: CaseID, of member: Member) throws(GitError) -> Subject {
        let place = member.subject.place.child(id)
        let path = place.path
        return Subject(
            place: place, path: path, stored: try worker.read(path), workflow: nil,
            source: root.source, root: root.place.id, parent: nil)
    }

    func start(
        _ id: CaseID, _ request: ChildRequest, _ set: ChildSet, _ position: Int?, _ input: Digest,
        _ parent: Member
    ) throws(GitError) {
        var subject = try subject(id, of: parent)
        if try isCaseOfItsOwn(id) || subject.stored != nil {
            parent.refusal = CaseRecord.Fault(
                code: "CS033",
                message: "the plugin '\(set.plugin)' starts the child '\(id)', and there is a case "
                    + "with this id already; rename that case's file",
                place: parent.workflow.file)
            return
        }
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

    /// Whether the source has a case file of this id.
    private func isCaseOfItsOwn(_ id: CaseID) throws(GitError) -> Bool {
        if root.place.file != nil { return false }
        if hasCasesBelow == nil {
            let entry = try worker.repository.entry(
                at: Array("cases/\(root.place.id)".utf8), in: worker.run.sourceTree)
            hasCasesBelow = entry?.kind == .tree
        }
        guard hasCasesBelow == true else { return false }
        for ending in ["yaml", "yml", "json"] {
            let entry = try worker.repository.entry(
                at: Array("cases/\(id).\(ending)".utf8), in: worker.run.sourceTree)
            if entry != nil { return true }
        }
        return false
    }

    /// A child in its workflow's initial state, with its first event.
    func begin(
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
            try run(member, isBeginning: true) { start(&$0, request, workflow) }
            try conclude(member, of: parent)
        }
    }

    /// A child runs on the definitions of its parent: those of one commit belong together.
    func footing(
        of definition: String, _ parent: Member
    ) -> Result<Footing, WorkflowChoice.Failure> {
        WorkflowChoice.find(definition, in: parent.footing.catalog).map {
            Footing(workflow: $0, catalog: parent.footing.catalog, commit: parent.footing.commit)
        }
    }

    func start(
        _ machine: inout CaseMachine, _ request: ChildRequest, _ workflow: Workflow
    ) {
        machine.create()
        if let event = request.initialEvent ?? workflow.initialEvent {
            machine.add(CaseEvent(type: event))
        }
    }

    func context(_ request: ChildRequest, _ workflow: Workflow) -> Value {
        workflow.initialContext.assigning(request.context, in: worker.arena)
    }

    /// A child speaks its parent's language.
    func config(_ parent: Member) -> Value {
        let language =
            parent.finished.record.config["language"] ?? parent.workflow.config["language"]
        return worker.arena.object(["language": language])
    }

    /// Whether a child was started, in this run or before.
    func isThere(_ child: Child) -> Bool {
        child.member != nil || child.subject.stored?.isStarted ?? false
    }

    /// Asks a child that is there: one that looked at the same already answers as it stands, one
    /// that is still at work gets the change, one that is done looks again in its next episode.
    func ask(
        _ child: Child, _ request: ChildRequest, _ set: ChildSet, _ input: Digest, _ parent: Member
    ) throws(GitError) {
        guard isThere(child), child.failure == nil else {
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
            if record.status == .failed { try run(member) { _ in } }
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
            try run(member) { $0.add(changed: changed) }
            try conclude(member, of: parent)
        }
    }

    /// Takes a child's standing out of its parent's context before the child is asked again or looks
    /// again, so that the parent never goes on by what was said of an earlier list.
    func forget(
        _ child: Child, _ request: ChildRequest, _ set: ChildSet, _ input: Digest, _ parent: Member
    ) throws(GitError) {
        let isSame = child.known.input.utf8.elementsEqual(input.hexadecimal.utf8)
        guard set.isAsked || !isSame, let member = try self.member(child, of: parent),
            set.isAsked || member.finished.record.isDone(in: member.workflow)
        else { return }
        parent.finished.record.forget(member.id, of: member.workflow, in: worker.arena)
        member.finished.record.parent?.told = nil
    }

    func reopen(
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
        finished.record.beginEpisode(
            on: input.hexadecimal, context: context(request, workflow), config: config(parent),
            workflow: workflow, after: member.workflow)
        let next = Member(member.subject, footing, member.depth, finished)
        next.children = member.children
        child.member = next
        try run(next, isBeginning: true) { start(&$0, request, workflow) }
        try conclude(next, of: parent)
    }

    /// A child taken up from its record; nil when that is not possible, with its fault noted.
    func member(_ child: Child, of parent: Member) throws(GitError) -> Member? {
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

    func withdraw(_ child: Child, of parent: Member) throws(GitError) {
        child.known.isWithdrawn = true
        guard let member = try self.member(child, of: parent) else {
            child.failure = try worker.withdraw(child.subject, child.subject.result)
            return
        }
        try run(member) { $0.withdraw() }
        member.finished.reports.removeAll()
        try withdrawChildren(of: member)
        if parent.canGoOn {
            let workflow = member.workflow
            try tell(parent, of: member) { $0.add(goneChild: member.id, of: workflow.id, workflow) }
        }
    }

    /// Brings back the children that were withdrawn with their parent, each where it stood: not those
    /// whose element was gone before.
    func bringBack(_ parent: Member, since time: String) throws(GitError) {
        for child in try children(of: parent) {
            guard let there = child.subject.stored?.withdrawnAt,
                there.utf8.elementsEqual(time.utf8),
                let member = try self.member(child, of: parent)
            else { continue }
            child.known.isWithdrawn = false
            try run(member) { $0.comeBack() }
            try bringBack(member, since: time)
            try conclude(member, of: parent)
        }
    }

    func withdrawChildren(of member: Member) throws(GitError) {
        member.finished.childSets.removeAll()
        for child in try children(of: member) where !child.known.isWithdrawn {
            child.known.isWithdrawn = true
            guard let under = try self.member(child, of: member) else {
                child.failure = try worker.withdraw(child.subject, child.subject.result)
                continue
            }
            try run(under) { $0.withdraw() }
            under.finished.reports.removeAll()
            try withdrawChildren(of: under)
        }
    }
}
