import Casework
public import Definitions
public import Documents
public import GitStorage

/// Checks definitions against the cases in flight on a ledger: what an edit would strand.
public struct LedgerCheck {
    /// Sorted by file and place.
    public private(set) var findings: [Finding] = []

    /// Cases that one finding is about.
    private struct Stranded {
        var count = 0
        var first: String
    }

    private let catalog: Catalog
    private var missing: [String: Stranded] = [:]
    private var states: [String: Stranded] = [:]

    /// Checks the definitions of a catalog against a ledger's records.
    public init(_ catalog: Catalog, against ledger: Ledger) throws(GitError) {
        self.catalog = catalog
        try ledger.forEachRecord { place, record in
            check(place, record)
            return true
        }
        report()
        findings.sort()
    }

    private mutating func check(_ place: CasePlace, _ record: Value) {
        guard Ledger.isInFlight(record), let name = record["workflow"]?.string,
            let state = record["state"]
        else { return }
        guard let workflow = catalog.workflow(name) else {
            if !catalog.brokenWorkflows.contains(name) { Self.add(place, name, &missing) }
            return
        }
        // Another version: the case is on its pin.
        guard record["version"]?.integer == workflow.version else { return }
        if !workflow.hasState(state) {
            Self.add(place, "\(name) \(StateName.text(of: state))", &states)
        }
    }

    private static func add(
        _ place: CasePlace, _ key: String, _ into: inout [String: Stranded]
    ) {
        into[key, default: Stranded(first: place.id.path)].count += 1
    }

    private mutating func report() {
        for (name, cases) in missing {
            findings.append(
                Finding(
                    "WF092", .error,
                    "there is no workflow '\(name)' any more, and \(Self.text(cases)) in flight on "
                        + "it; put it back until they are decided", file: "workflows"))
        }
        for (key, cases) in states {
            let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
            guard let workflow = catalog.workflow(parts[0]) else { continue }
            let root = workflow.source.root
            findings.append(
                (root["definition"]?["states"] ?? root).finding(
                    "WF093", .error,
                    "the state '\(parts.last ?? "")' is gone, and \(Self.text(cases)) in it; put it "
                        + "back, or raise 'version' and say in 'migrations' where its cases go"))
        }
    }

    private static func text(_ cases: Stranded) -> String {
        cases.count == 1
            ? "the case \(cases.first) is" : "\(cases.count) cases (\(cases.first), …) are"
    }
}
