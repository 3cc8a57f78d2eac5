import Casework
import Definitions
import Documents
import Foundation
import Vendors

private func files(of root: URL) -> [RepositoryFile] {
    let paths =
        ["docket.yaml"]
        + ["workflows", "rules", "forms", "vendors"].flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(
                atPath: root.appendingPathComponent(folder).path)) ?? []).map { "\(folder)/\($0)" }
        }
    return paths.compactMap { path in
        guard let data = try? Data(contentsOf: root.appendingPathComponent(path)) else {
            return nil
        }
        return RepositoryFile(path: path, bytes: Array(data))
    }
}

private struct BenchmarkCase {
    var id: CaseID
    var source: Source
    var input: CaseInput
}

/// Cases of `Benchmarks/onboarding`, the example's business onboarding as it was with one case a
/// company, taken from intake to rest again and again: statechart,
/// guards, transforms, vendor answers, risk rules, decisions, messages.
func engineBenchmark(_ repository: URL) throws {
    let root = repository.appendingPathComponent("Benchmarks/onboarding")
    let catalog = Catalog(loading: files(of: root))
    guard !catalog.hasErrors, let workflow = catalog.workflow("kyb_onboarding") else {
        print("the repository has no sound workflow kyb_onboarding; give its path")
        exit(2)
    }
    let folder = root.appendingPathComponent("cases/onboarding")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let cases = names.compactMap { name -> BenchmarkCase? in
        guard name.hasSuffix(".yaml"), !name.hasPrefix("planted"),
            let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
            let id = CaseID("onboarding/\(name.dropLast(5))")
        else { return nil }
        let parsed = Source.parse("cases/onboarding/\(name)", Array(data))
        guard let source = parsed.source,
            let input = CaseInput.read(source.root, digest: Digest(of: Array(data))).0
        else { return nil }
        return BenchmarkCase(id: id, source: source, input: input)
    }
    let vendors = RecordedVendors(catalog)
    let defaults = catalog.settings.defaults(for: "onboarding/x")
    let arena = Arena(chunkBytes: 1 << 20)
    let now = Instant(parsing: "2026-11-22T02:00:00Z") ?? Instant(milliseconds: 0)
    let defaultEvents = (defaults?.events?.array ?? .init(start: nil, count: 0)).compactMap {
        $0["type"]?.text.map { CaseEvent(type: $0) }
    }
    let count = 20_000
    var transitions = 0
    var messages = 0
    /// - Parameter isRendering: whether ids and payloads of the messages are made as well, as a run
    ///   does when it writes them.
    func pass(isRendering: Bool) {
        (transitions, messages) = (0, 0)
        func record(_ item: BenchmarkCase) -> CaseRecord {
            CaseRecord(
                id: item.id, workflow: workflow.id, version: workflow.version, closure: "",
                input: "", created: now, context: item.input.context, config: item.input.config)
        }
        var machine = CaseMachine(
            record(cases[0]), workflow: workflow, catalog: catalog, now: now, in: arena)
        for index in 0..<count {
            let item = cases[index % cases.count]
            arena.reset()
            machine.reset(record(item))
            machine.create()
            for event in item.input.events ?? defaultEvents { machine.add(event) }
            while case .call(let call) = machine.run() {
                machine.resume(with: vendors.answer(call, in: arena), to: call)
            }
            transitions += machine.record.transitions
            messages += isRendering ? machine.messages.count : machine.messageCount
        }
    }
    let seconds = Measure.seconds { pass(isRendering: false) }
    let each = Double(count)
    Measure.report(
        "engine: onboarding cases", Measure.perSecond(count, seconds),
        against: String(
            format: "%.1f us a case, %.1f transitions, %.1f messages", seconds / each * 1e6,
            Double(transitions) / each, Double(messages) / each))
    let rendering = Measure.seconds { pass(isRendering: true) }
    Measure.report(
        "engine: and their messages' ids and payloads", Measure.perSecond(count, rendering),
        against: String(format: "%.1f us a case", rendering / each * 1e6))
}
