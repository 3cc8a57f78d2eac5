import Casework
public import Definitions
import Documents
import GitStorage
import Vendors

/// One pass over the cases of a repository: plan, run, commit.
public struct BatchRun: Sendable {
    private let options: RunOptions
    private let recorded: @Sendable (Catalog) -> any VendorAnswers
    private let live: @Sendable (Catalog) -> (any LiveVendors)?
    private static let attempts = 3

    /// A run whose calls are answered by the recorded vendors of its catalog, and by those outside.
    public init(
        options: RunOptions,
        live: @escaping @Sendable (Catalog) -> (any LiveVendors)? = { _ in nil }
    ) {
        self.options = options
        self.live = live
        recorded = { RecordedVendors($0, environment: options.environment) }
    }

    /// A run whose calls are answered at once by others.
    public init(options: RunOptions, vendors: any VendorAnswers) {
        self.options = options
        recorded = { _ in vendors }
        live = { _ in nil }
    }

    private var isWritten: Bool { !options.isDryRun && options.replay == nil }

    /// Runs. Whatever happens, the ledger is at its old commit or at the new one.
    public func perform(
        progress: some RunProgress = SilentProgress()
    ) throws(RunError) -> RunReport {
        let result: Result<RunReport, RunError>
        do throws(GitError) {
            let repository = try Repository.open(options.directory)
            if !isWritten {
                result = try attempts(repository, progress)
            } else {
                let lock = try RunLock.acquire(in: repository.location)
                PackLeftovers.remove(in: repository.location, olderThan: lock)
                result = try attempts(repository, progress)
            }
        } catch { throw .git(error) }
        return try result.get()
    }

    private func attempts(
        _ repository: Repository, _ progress: some RunProgress
    ) throws(GitError) -> Result<RunReport, RunError> {
        for _ in 0..<Self.attempts {
            switch try attempt(repository, progress) {
            case .done(let report): return .success(report)
            case .failed(let error): return .failure(error)
            case .moved: continue
            }
        }
        return .failure(
            .conflict("the branch \(options.ledger) kept moving; another process writes it"))
    }

    private enum Attempt {
        case done(RunReport)
        case failed(RunError)
        case moved
    }

    /// What an attempt starts from.
    private struct Start {
        var branch: BranchName
        var source: CommitID
        var tree: TreeID
        var ledger: LedgerState
        var clock: Instant
        var catalog: Catalog
        var findings: [Finding]
        var select: String?
        var migrate: String?
        var replayed: Replayed?
    }

    private func attempt(
        _ repository: Repository, _ progress: some RunProgress
    ) throws(GitError) -> Attempt {
        progress.began(.planning)
        let start: Start
        switch try self.start(repository) {
        case .success(let made): start = made
        case .failure(let error): return .failed(error)
        }
        var migrated: Workflow?
        if let id = start.migrate {
            switch WorkflowChoice.find(id, in: start.catalog) {
            case .success(let workflow): migrated = workflow
            case .failure(let failure): return .failed(.usage(failure.message))
            }
        }
        let base = base(start, repository)
        let changes = try SourceChanges(
            from: base, to: start.tree, start.catalog, in: repository)
        let plan = try Plan(
            from: base, to: start.tree, ledger: start.ledger,
            catalog: start.catalog, now: start.clock,
            changes: changes, select: start.select.map { CaseGlob($0) }, migrate: migrated,
            in: repository)
        let pack = isWritten ? try PackWriter(location: repository.location) : nil
        // Record, data, evidence, decision and message, and half as many trees.
        pack?.expect(objects: plan.cases.count * 7)
        let live = live(start.catalog)
        defer { if let live { CallExecutor.wait { await live.close() } } }
        let journal = live != nil && isWritten ? try CallJournal.open(in: repository) : nil
        let calls = CallTable(
            recorded: recorded(start.catalog), live: live, journal: journal,
            replayed: start.replayed?.tree, isOffline: options.isOffline || !isWritten)
        let context = RunContext(
            catalog: start.catalog, calls: calls, contents: ContentStore(repository.location),
            changes: changes,
            caseAlerts: CaseAlerts(start.catalog, now: start.clock),
            now: start.clock, source: start.source.description, sourceTree: start.tree,
            ledgerTree: start.ledger.root, pack: pack, isReplay: start.replayed != nil)
        progress.began(.running)
        let dealing = Dealing(context, repository, jobs: options.jobs)
        let results = try dealing.run(plan.cases, progress)
        var alerts = AlertRun(
            start.catalog, source: start.tree, base: base, ledger: start.ledger, now: start.clock,
            in: repository, pack: pack)
        let isWhole = start.select == nil && start.migrate == nil
        if isWhole { try alerts.look(at: results.withChildren) }
        var refusals: [MassChange] = []
        let isGated = !options.acceptsMassChange && start.replayed == nil
        if isGated {
            refusals = try MassChangeGate(limits: start.catalog.settings.limits, plan: plan)
                .refusals(plan.cases, results)
        }
        // No vendor is asked for the cases of alerts that nobody wanted.
        let opened =
            isGated && !alerts.floods.isEmpty
            ? [] : try dealing.run(alerts.openings(but: results), progress)
        let all = (results + opened).withChildren
        var report = Tally(start.ledger, plan).report(
            all, source: start.source, clock: start.clock, findings: start.findings)
        report.runID = RunID.make(
            clock: start.clock, source: start.source, ledgerTree: start.ledger.root,
            select: start.select, migrate: start.migrate)
        report.migration = plan.migration
        report.refusals = refusals
        report.alerts = isWhole ? try alerts.finish(opened.withChildren) : alerts.carried()
        report.floods = isGated ? alerts.floods : []
        report.messages += report.alerts?.messages ?? 0
        report.findings = (report.findings + (report.alerts?.findings ?? [])).sorted()
        for why in all.flatMap(\.unanswered) { report.unanswered[why, default: 0] += 1 }
        if let replayed = start.replayed {
            let changes = try self.changes(report, plan, all, start, nil)
            report.replay = try compare(replayed, changes, to: start.ledger.root, repository)
            return .done(report)
        }
        guard !report.isRefused, let pack else {
            pack?.abort()
            return .done(report)
        }
        progress.began(.committing)
        let attempt = try commit(report, plan, all, start, pack, repository)
        if case .done(let report) = attempt, report.commit != nil {
            try journal?.forgetUsed(all.flatMap(\.usedCalls))
        }
        return attempt
    }

    // MARK: Start

    private func start(_ repository: Repository) throws(GitError) -> Result<Start, RunError> {
        let branch = try BranchName(options.ledger)
        let source: CommitID
        let ledger: LedgerState
        var clock = options.at ?? options.now
        var (select, migrate) = (options.select, options.migrate)
        var replayed: Replayed?
        if let revision = options.replay {
            guard let run = try Replayed(revision, in: repository) else {
                return .failure(.usage("\(revision) is no run on a ledger"))
            }
            (source, ledger, clock) = (run.source, run.ledger, run.clock)
            (select, migrate) = (run.select, run.migrate)
            replayed = run
        } else {
            source = try repository.resolve(options.source ?? "HEAD")
            ledger = try LedgerState(branch, in: repository)
            try ledger.requireRuns(branch)
            if let last = ledger.lastClock, clock < last {
                guard options.at == nil else {
                    return .failure(
                        .usage("the clock \(clock) is before the last run's, \(last)"))
                }
                clock = last
            }
        }
        let tree = try repository.tree(of: source)
        let (catalog, problems) = try SourceCatalog.load(tree, in: repository)
        let findings = (catalog.findings + problems + AlertCheck.findings(catalog)).sorted()
        if !options.toleratesErrors, replayed == nil,
            findings.contains(where: { $0.level == .error })
        {
            return .failure(.definitions(findings))
        }
        return .success(
            Start(
                branch: branch, source: source, tree: tree, ledger: ledger, clock: clock,
                catalog: catalog, findings: findings, select: select, migrate: migrate,
                replayed: replayed))
    }

    /// The source tree as it was looked at last; nil when it is not known any more.
    private func base(_ start: Start, _ repository: Repository) -> TreeID? {
        guard let covered = start.ledger.covered else { return nil }
        return try? repository.tree(of: covered)
    }

    // MARK: Commit

    private func commit(
        _ report: RunReport, _ plan: Plan, _ results: [CaseResult], _ start: Start,
        _ pack: PackWriter, _ repository: Repository
    ) throws(GitError) -> Attempt {
        var report = report
        let changes = try self.changes(report, plan, results, start, pack)
        if options.onlyIfChanged {
            let edited = try TreeEditor.apply(
                Array(changes.dropLast()), to: start.ledger.root, in: repository, jobs: options.jobs
            )
            if edited.root == start.ledger.root {
                pack.abort()
                return .done(report)
            }
        }
        let edited = try TreeEditor.apply(
            changes, to: start.ledger.root, in: repository, jobs: options.jobs)
        try pack.add(edited.objects, jobs: options.jobs)
        let signature = Signature(
            identity: repository.identity, seconds: Int64(report.clock.milliseconds / 1000))
        let before: CommitID
        if let tip = start.ledger.commit {
            before = tip
        } else {
            before = try beginning(signature, pack)
        }
        let commit = try pack.add(
            CommitDraft(
                tree: edited.root, parents: [before, start.source], author: signature,
                message: manifest(report, start).message(engine: options.engine)))
        _ = try pack.finish()
        let update = try repository.moveBranch(
            start.branch, to: commit, from: start.ledger.commit,
            message: "docket run \(report.runID)")
        guard update == .updated else { return .moved }
        report.commit = commit
        return .done(report)
    }

    /// What the run writes, the manifest last.
    ///
    /// - Parameter pack: nil in a replay.
    private func changes(
        _ report: RunReport, _ plan: Plan, _ results: [CaseResult], _ start: Start,
        _ pack: PackWriter?
    ) throws(GitError) -> [TreeChange] {
        var changes = results.flatMap(\.writes) + (report.alerts?.writes ?? [])
        var indexes = LedgerIndexes(start.ledger)
        try indexes.updateTimers(results)
        indexes.updateRetries(results, plan.nameless)
        for (path, content) in indexes.files {
            changes.append(try change(path, content, pack))
        }
        changes.append(
            try change(
                LedgerPath.manifest(report.runID, report.clock), manifest(report, start).bytes,
                pack))
        return changes
    }

    private func manifest(_ report: RunReport, _ start: Start) -> Manifest {
        Manifest(
            report: report, ledger: start.ledger.root,
            covered: start.select == nil && start.migrate == nil
                ? start.source : start.ledger.covered,
            select: start.select, migrate: start.migrate,
            definitions: start.catalog.digest.hexadecimal,
            lists: start.catalog.lists.map { list in
                (list, start.ledger.lists[list] ?? start.clock.description)
            },
            sequence: start.ledger.sequence + 1)
    }

    /// The commit that a ledger begins with: empty and without parents, so that the first parents of
    /// a ledger are runs and nothing else.
    private func beginning(
        _ signature: Signature, _ pack: PackWriter
    ) throws(GitError) -> CommitID {
        let empty = try PackObject.make(.tree, [])
        try pack.add(empty)
        return try pack.add(
            CommitDraft(
                tree: TreeID(empty.id), parents: [], author: signature,
                message: "ledger: the beginning\n"))
    }

    private func change(
        _ path: String, _ content: [UInt8]?, _ pack: PackWriter?
    ) throws(GitError) -> TreeChange {
        let place = try RepositoryPath(path)
        guard let content else { return TreeChange(place, .remove) }
        let object = try PackObject.make(.blob, content)
        try pack?.add(object)
        return TreeChange(place, .write(object.blob))
    }
}
