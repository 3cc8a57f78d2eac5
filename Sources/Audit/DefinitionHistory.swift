import Batch
import Definitions
import Documents
import GitStorage
import Statecharts

/// The definitions of the commits that a ledger was made from: a history names lines of files as
/// they were then.
final class DefinitionHistory {
    private let repository: Repository
    private let ledger: TreeID
    /// The source commit of the run that wrote the ledger commit.
    let source: CommitID?
    private var catalogs: [CommitID: Catalog?] = [:]
    private var sources: [String: CommitID?] = [:]

    init(_ repository: Repository, ledger commit: CommitID) throws(GitError) {
        self.repository = repository
        let found = try repository.commit(commit)
        ledger = found.tree
        source = found.parents.count > 1 ? found.parents[found.parents.count - 1] : nil
    }

    /// The definitions of a commit; nil when it is not there, as in a shallow clone.
    func catalog(_ commit: CommitID) -> Catalog? {
        if let known = catalogs[commit] { return known }
        let made = load(commit)
        catalogs[commit] = made
        return made
    }

    private func load(_ commit: CommitID) -> Catalog? {
        do throws(GitError) {
            let tree = try repository.commit(commit).tree
            return try SourceCatalog.load(tree, in: repository).catalog
        } catch { return nil }
    }

    /// A commit by its hexadecimal id; nil when it is not there.
    func commit(_ hexadecimal: String) -> CommitID? {
        do throws(GitError) { return try repository.resolve(hexadecimal) } catch { return nil }
    }

    /// The transition that a history entry names, in the definitions of the first commit that has it
    /// there: the case's pin, the last run's source, the source of the run at that time.
    func transition(
        of step: Explanation.Step, workflow id: String, pin: CommitID?
    ) -> (workflow: Workflow, transition: TransitionID)? {
        let time = Instant(parsing: step.at)
        for candidate in [pin, source, time.flatMap { source(ofRunAt: $0) }] {
            guard let candidate, let workflow = catalog(candidate)?.workflow(id) else { continue }
            let found = (0..<workflow.chart.transitionCount).filter {
                Self.fits(step, $0, workflow)
            }
            let exact = found.first { index in
                let targets = workflow.chart.targets(TransitionID(rawValue: Int32(index)))
                return targets.contains {
                    Self.same(workflow.stateNames[Int($0.rawValue)], step.to)
                }
            }
            if let index = exact ?? found.first {
                return (workflow, TransitionID(rawValue: Int32(index)))
            }
        }
        return nil
    }

    /// Whether a step may have been a transition: the same line, event and guard's line. Several of
    /// one line are told apart by where they lead.
    private static func fits(_ step: Explanation.Step, _ index: Int, _ workflow: Workflow) -> Bool {
        let event = workflow.chart.event(TransitionID(rawValue: Int32(index)))
        guard let because = step.because, same(workflow.transitionPlaces[index], because),
            event == "*" || same(event, step.event)
        else { return false }
        guard let place = workflow.guardPlaces[index] else { return step.conditionPlace == nil }
        return step.conditionPlace.map { same(place, $0) } ?? false
    }

    private static func same(_ text: Text, _ string: String) -> Bool {
        text.bytes.elementsEqual(string.utf8)
    }

    /// The source commit that the run of a clock read, by its manifest.
    private func source(ofRunAt time: Instant) -> CommitID? {
        let digits = time.withMilliseconds.filter { $0 != "-" && $0 != ":" && $0 != "." }
        if let known = sources[digits] { return known }
        let found = manifest(ofRunAt: time, named: digits)
        sources[digits] = found
        return found
    }

    private func manifest(ofRunAt time: Instant, named digits: String) -> CommitID? {
        let day = "runs/" + time.day.replacing("-", with: "/")
        do throws(GitError) {
            guard let folder = try repository.entry(at: Array(day.utf8), in: ledger),
                folder.kind == .tree
            else { return nil }
            for entry in try repository.tree(TreeID(folder.id)) where entry.text.hasPrefix(digits) {
                let bytes = try repository.blob(BlobID(entry.id), limitBytes: 1 << 24)
                let arena = Arena()
                var parser = JSONParser()
                guard let manifest = try? parser.parse(bytes, into: arena) else { continue }
                return manifest["source"]?.string.flatMap { commit($0) }
            }
        } catch {}
        return nil
    }

    /// A blob of the source, such as an event file that was applied.
    func blob(_ hexadecimal: String) -> [UInt8]? {
        guard let id = ObjectID(hex: hexadecimal) else { return nil }
        do throws(GitError) {
            return try repository.blob(BlobID(id), limitBytes: 1 << 24)
        } catch { return nil }
    }
}
