public import Casework
import Definitions
import Documents
import GitStorage

/// What a raised version means for the cases in flight on a ledger.
public struct MigrationReport: Sendable {
    /// Cases in one state of an earlier version.
    public struct Group: Sendable {
        /// The version that they are pinned to.
        public var version: Int
        /// As records name it.
        public var state: String
        /// Where they move; nil: they stay on their pin.
        public var target: String?
        /// Whether that state is entered, with its plugins.
        public var enters: Bool
        /// In the order of the ledger.
        public var cases: [CaseID]
    }

    /// The workflow.
    public var workflow: String
    /// Its version now.
    public var version: Int
    /// By version and state.
    public var groups: [Group] = []

    /// How many cases move.
    public var moving: Int { groups.reduce(0) { $0 + ($1.target == nil ? 0 : $1.cases.count) } }
    /// How many stay on their pin.
    public var staying: Int { groups.reduce(0) { $0 + ($1.target == nil ? $1.cases.count : 0) } }
}

/// A case in flight on another version of its workflow than the one there is now.
struct CaseInFlight {
    let place: CasePlace
    let version: Int
    let state: String
    /// Of a child: the case that no other is the parent of.
    let root: String?
}

extension Ledger {
    /// The cases of a workflow that are in flight on another version of it.
    func casesInFlight(
        of workflow: Workflow, matching glob: CaseGlob?
    ) throws(GitError) -> [CaseInFlight] {
        var found: [(place: CasePlace, version: Int, state: String, parent: String?)] = []
        try forEachRecord(matching: glob) { place, record in
            guard record["workflow"]?.text.map({ $0 == workflow.idText }) ?? false,
                let version = record["version"]?.integer, version != workflow.version,
                let state = record["state"], Self.isInFlight(record)
            else { return true }
            found.append(
                (place, version, StateName.text(of: state), record["parent"]?["case"]?.string))
            return true
        }
        var result: [CaseInFlight] = []
        for entry in found {
            result.append(
                CaseInFlight(
                    place: entry.place, version: entry.version, state: entry.state,
                    root: try entry.parent.map { id throws(GitError) in try root(of: id) }))
        }
        return result
    }

    static func isInFlight(_ record: Value) -> Bool {
        switch record["status"]?.string.flatMap({ CaseRecord.Status(rawValue: $0) }) {
        case .active, .waiting, .failed: true
        case .completed, .withdrawn, nil: false
        }
    }

    /// The topmost case above a child's parent, that one included.
    func root(of id: String) throws(GitError) -> String {
        let arena = Arena(chunkBytes: 1 << 14)
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30))
        var top = id
        for _ in 0..<64 {
            guard let known = CaseID(top), let file = try record(known),
                let value = try? parser.parse(file.bytes, into: arena),
                let parent = value["parent"]?["case"]?.string
            else { break }
            top = parent
        }
        return top
    }
}

extension MigrationReport {
    init(_ workflow: Workflow, _ cases: [CaseInFlight]) {
        self.workflow = workflow.id
        version = workflow.version
        var indexes: [String: Int] = [:]
        for entry in cases {
            let key = "\(entry.version) \(entry.state)"
            let index = indexes[key] ?? groups.count
            if index == groups.count {
                indexes[key] = index
                let move = workflow.move(fromVersion: entry.version, state: entry.state)
                groups.append(
                    Group(
                        version: entry.version, state: entry.state,
                        target: move.map { StateName.text(of: $0.target) },
                        enters: move?.enters ?? false, cases: []))
            }
            groups[index].cases.append(entry.place.id)
        }
        groups.sort {
            $0.version == $1.version
                ? $0.state.utf8.lexicographicallyPrecedes($1.state.utf8) : $0.version < $1.version
        }
    }
}
