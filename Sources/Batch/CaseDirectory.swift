import Casework
import Documents
import GitStorage

/// One directory below `cases/`, by what its names mean.
struct CaseDirectory {
    /// A case of a file of its own.
    struct Case: Equatable {
        var id: CaseID
        var input: Input
        /// The directory of its events.
        var events: TreeID?
    }

    /// Where the input of a case stands.
    enum Input: Equatable {
        case file(path: String, blob: BlobID)
        case faulty(Finding)
    }

    /// A file with a case a line.
    struct Bulk: Equatable {
        /// The path below `cases/` without the ending.
        var id: CaseID
        var path: String
        var blob: BlobID
        var events: TreeID?
        /// Why it cannot be used.
        var problem: Finding?
    }

    /// A directory in this one.
    struct Child: Equatable {
        var path: String
        var tree: TreeID
        /// Whether it may not be entered.
        var isBlocked = false
    }

    private(set) var cases: [String: Case] = [:]
    private(set) var bulks: [String: Bulk] = [:]
    private(set) var children: [String: Child] = [:]
    /// Directories of events without a case here, by the id they are for: of children, or of nobody.
    private(set) var otherEvents: [String: TreeID] = [:]
    /// Problems with names that stand for no case, and warnings.
    private(set) var findings: [Finding] = []

    /// No entries.
    init() {}

    /// - Parameters:
    ///   - entries: of the directory.
    ///   - path: below the root, such as `cases/onboarding`.
    init(_ entries: some Sequence<TreeEntry>, path: String) {
        var events: [String: TreeID] = [:]
        var found: [(stem: String, name: String, entry: TreeEntry)] = []
        for entry in entries {
            let name = entry.text
            if name.hasPrefix(".") { continue }
            if entry.kind == .tree, name.hasSuffix(".events") {
                events[String(name.dropLast(7))] = TreeID(entry.id)
            } else if entry.kind == .tree {
                addChild(name, TreeID(entry.id), path)
            } else if let stem = Self.stem(name) {
                found.append((stem, name, entry))
            } else if let problem = Self.notAFile(entry.kind, "\(path)/\(name)") {
                findings.append(problem)
            } else if !name.hasSuffix(".md") {
                findings.append(
                    Finding(
                        "CS044", .warning,
                        "the file is no case: cases end in .yaml, .yml or .json, and files with a "
                            + "case a line in .ndjson, .jsonl or .csv", file: "\(path)/\(name)"))
            }
        }
        for (stem, name, entry) in found { add(stem, name, entry, events[stem], path) }
        reportClashes(found.map { ($0.stem, $0.name) }, path)
        let stems = Set(found.map(\.stem))
        for (stem, tree) in events where !stems.contains(stem) {
            otherEvents[Self.prefix(path) + stem] = tree
        }
        if cases.count > 1000 {
            findings.append(
                Finding(
                    "CS043", .warning,
                    "\(cases.count) case files in one directory; put them in several, or one a "
                        + "line in an .ndjson file", file: path))
        }
    }

    /// A link or a submodule.
    private static func notAFile(_ kind: EntryKind, _ file: String) -> Finding? {
        guard kind == .symlink || kind == .submodule else { return nil }
        let what = kind == .symlink ? "a symbolic link" : "a submodule"
        return Finding("CS031", .error, "\(what) is not followed; commit a file", file: file)
    }

    /// `cases` that is something else.
    static func notADirectory(_ kind: EntryKind) -> Finding {
        let what =
            switch kind {
            case .symlink: "a symbolic link"
            case .submodule: "a submodule"
            case .file, .executable, .tree: "a file"
            }
        return Finding(
            "CS031", .error, "'cases' is \(what); it must be a directory of this repository",
            file: "cases")
    }

    /// Events of no case.
    static func orphan(_ path: String) -> Finding {
        Finding(
            "CS041", .warning, "there is no case for the events in this directory", file: path)
    }

    /// What a file's name is without an ending that means something here.
    private static func stem(_ name: String) -> String? {
        for ending in [".yaml", ".yml", ".json", ".ndjson", ".jsonl", ".csv"]
        where name.hasSuffix(ending) {
            return String(name.dropLast(ending.utf8.count))
        }
        return nil
    }

    static func isBulk(_ name: String) -> Bool {
        [".ndjson", ".jsonl", ".csv"].contains { name.hasSuffix($0) }
    }

    private static func id(_ path: String) -> CaseID? {
        // Room for what is written below the id.
        path.utf8.count <= 600 ? CaseID(path) : nil
    }

    /// The part of an id that a directory gives.
    private static func prefix(_ path: String) -> String {
        path.utf8.count > 6 ? "\(path.dropFirst(6))/" : ""
    }

    private mutating func addChild(_ name: String, _ tree: TreeID, _ path: String) {
        let isID = Self.id(Self.prefix(path) + name) != nil
        children[name] = Child(path: "\(path)/\(name)", tree: tree, isBlocked: !isID)
        if !isID { findings.append(Self.badName("\(path)/\(name)")) }
    }

    private static func badName(_ path: String) -> Finding {
        Finding(
            "CS030", .error,
            "the name gives no case id: use letters, digits, '.', '_' and '-', at most 100, the "
                + "first a letter or digit", file: path)
    }

    private mutating func add(
        _ stem: String, _ name: String, _ entry: TreeEntry, _ events: TreeID?, _ path: String
    ) {
        let file = "\(path)/\(name)"
        guard let id = Self.id(Self.prefix(path) + stem),
            String(validating: entry.name, as: UTF8.self) != nil
        else { return findings.append(Self.badName(file)) }
        let problem = Self.notAFile(entry.kind, file)
        if Self.isBulk(name) {
            bulks[name] = Bulk(
                id: id, path: file, blob: BlobID(entry.id), events: events, problem: problem)
        } else {
            let input =
                problem.map { Input.faulty($0) } ?? .file(path: file, blob: BlobID(entry.id))
            cases[name] = Case(id: id, input: input, events: events)
        }
    }

    /// Names that give one id, or ids that differ only in case.
    private mutating func reportClashes(_ names: [(stem: String, name: String)], _ path: String) {
        var groups: [String: [String]] = [:]
        for (stem, name) in names { groups[Self.folded(stem), default: []].append(name) }
        for name in children.keys { groups[Self.folded(name), default: []].append(name) }
        for (_, group) in groups where group.count > 1 {
            let group = group.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            // A case and the directory of cases below it go together.
            if group.filter({ cases[$0] == nil }).count == 1, group.count == 2,
                group.contains(where: { children[$0] != nil })
            {
                continue
            }
            var ids: Set<String> = []
            for name in group {
                let others = group.filter { $0 != name }.map { "'\($0)'" }.joined(separator: ", ")
                let problem = Finding(
                    "CS033", .error, "'\(name)' and \(others) give the same case id; rename one",
                    file: "\(path)/\(name)")
                if let entry = cases[name] {
                    cases[name]?.input = .faulty(problem)
                    // The first stands for its id, the others for themselves.
                    if !ids.insert(entry.id.path).inserted { findings.append(problem) }
                }
                if let bulk = bulks[name] {
                    bulks[name]?.problem = problem
                    if bulksByID[bulk.id.path]?.path != bulk.path { findings.append(problem) }
                }
                if children[name] != nil {
                    children[name]?.isBlocked = true
                    findings.append(problem)
                }
            }
        }
    }

    private static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The cases by id; of names that give one id the first in byte order stands for all, with its
    /// fault.
    var casesByID: [String: Case] {
        var result: [String: Case] = [:]
        for name in cases.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let entry = cases[name], result[entry.id.path] == nil else { continue }
            result[entry.id.path] = entry
        }
        return result
    }

    /// As ``casesByID``.
    var bulksByID: [String: Bulk] {
        var result: [String: Bulk] = [:]
        for name in bulks.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let entry = bulks[name], result[entry.id.path] == nil else { continue }
            result[entry.id.path] = entry
        }
        return result
    }
}
