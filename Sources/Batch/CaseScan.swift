import Casework
import Documents
import GitStorage

/// What changed below `cases/` between two commits. Directories with one tree id are not read.
struct CaseScan {
    /// A bulk file that changed: its lines, its events, or both.
    struct BulkChange {
        var id: String
        var old: CaseDirectory.Bulk?
        var new: CaseDirectory.Bulk?
    }

    /// Cases that are new or changed.
    private(set) var changed: [CaseDirectory.Case] = []
    /// Cases whose file is gone.
    private(set) var gone: [CaseID] = []
    private(set) var bulks: [BulkChange] = []
    /// Events without a case file that are new, changed or gone, by the id they are for.
    private(set) var otherEvents: [String: TreeID?] = [:]
    private(set) var findings: [Finding] = []
    /// The directories that were read, because something in them changed.
    private(set) var directories: Set<String> = []

    private let files: any SourceFiles

    /// - Parameters:
    ///   - old: the tree `cases/` as it was looked at last; nil: everything is new.
    ///   - new: the tree `cases/` now.
    init(from old: TreeID?, to new: TreeID?, in files: any SourceFiles) throws(GitError) {
        self.files = files
        try compare(old, new, path: "cases")
        bulks.sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }

    private mutating func compare(
        _ old: TreeID?, _ new: TreeID?, path: String
    ) throws(GitError) {
        if old == new { return }
        guard path.utf8.split(separator: 0x2F).count < 64 else { return }
        let before =
            try old.map { id throws(GitError) in
                CaseDirectory(try files.entries(of: id), path: path)
            } ?? CaseDirectory()
        let after =
            try new.map { id throws(GitError) in
                CaseDirectory(try files.entries(of: id), path: path)
            } ?? CaseDirectory()
        findings += after.findings
        directories.insert(path)
        compareCases(before.casesByID, after.casesByID)
        compareBulks(before.bulksByID, after.bulksByID)
        for id in Self.union(before.otherEvents.keys, after.otherEvents.keys)
        where before.otherEvents[id] != after.otherEvents[id] {
            otherEvents[id] = .some(after.otherEvents[id])
        }
        for name in Self.union(before.children.keys, after.children.keys) {
            let (left, right) = (before.children[name], after.children[name])
            if right?.isBlocked == true { continue }
            // What was blocked was never looked at.
            let old = left?.isBlocked == true ? nil : left?.tree
            try compare(old, right?.tree, path: "\(path)/\(name)")
        }
    }

    private mutating func compareCases(
        _ before: [String: CaseDirectory.Case], _ after: [String: CaseDirectory.Case]
    ) {
        for id in Self.union(before.keys, after.keys) where before[id] != after[id] {
            if let entry = after[id] {
                changed.append(entry)
            } else if let entry = before[id] {
                gone.append(entry.id)
            }
        }
    }

    private mutating func compareBulks(
        _ before: [String: CaseDirectory.Bulk], _ after: [String: CaseDirectory.Bulk]
    ) {
        for id in Self.union(before.keys, after.keys) where before[id] != after[id] {
            bulks.append(BulkChange(id: id, old: before[id], new: after[id]))
        }
    }

    static func union(
        _ first: some Sequence<String>, _ second: some Sequence<String>
    ) -> [String] {
        Set(first).union(second).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// Finds single cases in a commit, reading each directory once.
struct CaseFinder {
    private let files: any SourceFiles
    private let cases: TreeID?
    private var directories: [String: CaseDirectory] = [:]

    init(_ cases: TreeID?, in files: any SourceFiles) {
        self.cases = cases
        self.files = files
    }

    /// The directory that a case or bulk file stands in.
    private mutating func directory(of id: String) throws(GitError) -> CaseDirectory {
        let segments = id.split(separator: "/").dropLast()
        let path = segments.joined(separator: "/")
        if let known = directories[path] { return known }
        var tree = cases
        for segment in segments {
            guard let current = tree else { break }
            let entry = try files.entry(at: Array(segment.utf8), in: current)
            tree = entry.flatMap { $0.kind == .tree ? TreeID($0.id) : nil }
        }
        let place = path.isEmpty ? "cases" : "cases/\(path)"
        let result =
            try tree.map { id throws(GitError) in
                CaseDirectory(try files.entries(of: id), path: place)
            } ?? CaseDirectory()
        directories[path] = result
        return result
    }

    /// A case of a file of its own.
    mutating func find(_ id: CaseID) throws(GitError) -> CaseDirectory.Case? {
        try directory(of: id.path).casesByID[id.path]
    }

    /// The case that a child by its id would have above it: the nearest that has a file.
    mutating func root(of child: String) throws(GitError) -> String? {
        var above = child
        while let slash = above.utf8.lastIndex(of: UInt8(ascii: "/")) {
            above = String(above[..<slash])
            if let id = CaseID(above), try find(id) != nil { return above }
        }
        return nil
    }

    /// A bulk file.
    mutating func findBulk(_ id: String) throws(GitError) -> CaseDirectory.Bulk? {
        try directory(of: id).bulksByID[id]
    }
}
