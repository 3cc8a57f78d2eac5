import Casework
import Definitions
import Documents
import GitStorage
import Vendors

/// One pass over the cases of a repository: plan, run, commit.
public struct BatchRun: Sendable {
    private let options: RunOptions
    private let vendors: @Sendable (Catalog) -> any VendorAnswers
    private static let attempts = 3

    /// A run whose calls are answered by the recorded vendors of its catalog.
    public init(options: RunOptions) {
        self.options = options
        vendors = { RecordedVendors($0) }
    }

    /// A run whose calls are answered by others.
    public init(options: RunOptions, vendors: any VendorAnswers) {
        self.options = options
        self.vendors = { _ in vendors }
    }

    /// Runs. Whatever happens, the ledger is at its old commit or at the new one.
    public func perform(
        progress: some RunProgress = SilentProgress()
    ) throws(RunError) -> RunReport {
        let result: Result<RunReport, RunError>
        do throws(GitError) {
            let repository = try Repository.open(options.directory)
            if options.isDryRun {
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
        if let id = options.migrate {
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
            changes: changes, select: options.select.map { CaseGlob($0) }, migrate: migrated, in: repository)
        let pack = options.isDryRun ? nil : try PackWriter(location: repository.location)
        // Record, data, evidence, decision and message, and half as many trees.
        pack?.expect(objects: plan.cases.count * 7)
        let context = RunContext(
            catalog: start.catalog, vendors: vendors(start.catalog),
            changes: changes, now: start.clock, source: start.source.description, sourceTree: start.tree,
            ledgerTree: start.ledger.root, pack: pack)
        progress.began(.running)
        let results = try Dealing(context, repository, jobs: options.jobs)
            .run(plan.cases, progress)
        let all = results.withChildren
        var report = Tally(start.ledger, plan).report(
            all, source: start.source, clock: start.clock, findings: start.findings)
        report.runID = RunID.make(
            clock: start.clock, source: start.source, ledgerTree: start.ledger.root,
            select: options.select, migrate: options.migrate)
        report.migration = plan.migration
        if !options.acceptsMassChange {
            report.refusals = try MassChangeGate(
                limits: start.catalog.settings.limits, plan: plan
            ).refusals(plan.cases, results)
        }
        guard report.refusals.isEmpty, let pack else {
            pack?.abort()
            return .done(report)
        }
        progress.began(.committing)
        return try commit(report, plan, all, start, pack, repository)
    }

    // MARK: Start

    private func start(_ repository: Repository) throws(GitError) -> Result<Start, RunError> {
        let branch = try BranchName(options.ledger)
        let source = try repository.resolve(options.source ?? "HEAD")
        let tree = try repository.tree(of: source)
        let ledger = try LedgerState(branch, in: repository)
        var clock = options.at ?? options.now
        if let last = ledger.lastClock, clock < last {
            guard options.at == nil else {
                return .failure(
                    .usage("the clock \(clock) is before the last run's, \(last)"))
            }
            clock = last
        }
        let (catalog, problems) = try SourceCatalog.load(tree, in: repository)
        let findings = (catalog.findings + problems).sorted()
        if !options.toleratesErrors, findings.contains(where: { $0.level == .error }) {
            return .failure(.definitions(findings))
        }
        return .success(
            Start(
                branch: branch, source: source, tree: tree, ledger: ledger, clock: clock,
                catalog: catalog, findings: findings))
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
        var changes = results.flatMap(\.writes)
        var indexes = LedgerIndexes(start.ledger)
        try indexes.updateTimers(results)
        indexes.updateRetries(results, plan.nameless)
        for (path, content) in indexes.files {
            changes.append(try change(path, content, pack))
        }
        if options.onlyIfChanged {
            let edited = try TreeEditor.apply(
                changes, to: start.ledger.root, in: repository, jobs: options.jobs)
            if edited.root == start.ledger.root {
                pack.abort()
                return .done(report)
            }
        }
        let manifest = Manifest(
            report: report, ledger: start.ledger.root,
            covered: options.select == nil && options.migrate == nil
                ? start.source : start.ledger.covered,
            select: options.select, migrate: options.migrate,
            definitions: start.catalog.digest.hexadecimal,
            lists: start.catalog.lists.map { list in
                (list, start.ledger.lists[list] ?? start.clock.description)
            },
            sequence: start.ledger.sequence + 1)
        changes.append(
            try change(LedgerPath.manifest(report.runID, report.clock), manifest.bytes, pack))
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
                message: manifest.message(engine: options.engine)))
        _ = try pack.finish()
        let update = try repository.moveBranch(
            start.branch, to: commit, from: start.ledger.commit,
            message: "docket run \(report.runID)")
        guard update == .updated else { return .moved }
        report.commit = commit
        return .done(report)
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
        _ path: String, _ content: [UInt8]?, _ pack: PackWriter
    ) throws(GitError) -> TreeChange {
        let place = try RepositoryPath(path)
        guard let content else { return TreeChange(place, .remove) }
        let object = try PackObject.make(.blob, content)
        try pack.add(object)
        return TreeChange(place, .write(object.blob))
    }
}
