import Casework
import Definitions
import Documents

/// Checks what is under `cases/`: that files parse, have the shape of a case or an event, name
/// workflows that exist and give ids of their own.
struct CaseTreeCheck {
    let catalog: Catalog
    private(set) var findings: [Finding] = []
    private(set) var caseCount = 0
    private(set) var eventCount = 0

    private var ids: [String: [(id: String, file: String)]] = [:]
    private var eventFolders: [String: String] = [:]
    private var bulkFiles: Set<String> = []

    /// More case files than this in one directory are better kept in a bulk file.
    private static let directoryLimit = 1_000

    init(catalog: Catalog) { self.catalog = catalog }

    /// Checks files below `cases/`, in byte order.
    mutating func check(_ files: [TreeFile]) {
        var perDirectory: [String: Int] = [:]
        for file in files {
            let path = String(file.path.dropFirst("cases/".count))
            guard file.kind == .file else {
                report(file, "CS031", "a case or event is a file, not a link or a submodule")
                continue
            }
            if let folder = Self.eventFolder(path) {
                checkEvent(file, folder)
            } else if [".ndjson", ".jsonl", ".csv"].contains(where: path.hasSuffix) {
                checkBulk(file, String(path[..<(path.lastIndex(of: ".") ?? path.endIndex)]))
            } else if DocumentFormat(path: path) != nil {
                checkCase(file, String(path[..<(path.lastIndex(of: ".") ?? path.endIndex)]))
                perDirectory[Self.directory(file.path), default: 0] += 1
            } else if !path.hasSuffix(".md") && !path.hasSuffix(".gitkeep") {
                report(
                    file, "CS044",
                    "this is no case: case files end in .yaml, .yml, .json, .ndjson, .jsonl or .csv",
                    .warning)
            }
        }
        checkDuplicates()
        checkEventFolders()
        for (directory, count) in perDirectory.sorted(by: { $0.key < $1.key })
        where count > Self.directoryLimit {
            findings.append(
                Finding(
                    "CS043", .warning,
                    "\(count) case files in one directory; keep so many in a bulk file (.ndjson)",
                    file: directory))
        }
    }

    private mutating func report(
        _ file: TreeFile, _ code: String, _ message: String, _ level: Finding.Level = .error
    ) {
        findings.append(Finding(code, level, message, file: file.path))
    }

    private static func directory(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// `a/b` of `a/b.events/FILE`, of `a/b.events/ID/FILE` too; nil for a path without such a folder.
    private static func eventFolder(_ path: String) -> String? {
        var end = path.startIndex
        for segment in path.split(separator: "/").dropLast() {
            end = path.index(end, offsetBy: segment.count)
            if segment.hasSuffix(".events") {
                return String(path[..<end].dropLast(".events".count))
            }
            end = path.index(after: end)
        }
        return nil
    }

    // MARK: Case files

    private mutating func checkCase(_ file: TreeFile, _ id: String) {
        caseCount += 1
        checkID(id, file)
        guard let bytes = read(file, limit: catalog.settings.limits.caseBytes) else { return }
        if Self.isPointer(bytes) {
            report(file, "CS034", "this is a Git LFS pointer; cases are stored in git itself")
            return
        }
        let parsed = Source.parse(
            file.path, bytes, limits: ParseLimits(bytes: catalog.settings.limits.caseBytes))
        findings += parsed.findings
        guard let root = parsed.source?.root else { return }
        let shape = Self.shape(of: root)
        findings += shape.findings
        if let input = shape.input {
            checkWorkflow(input.workflow, root["workflow"] ?? root, id: id)
        }
    }

    private mutating func read(_ file: TreeFile, limit: Int) -> [UInt8]? {
        do {
            return try file.read(limit)
        } catch {
            report(file, "CS032", "cannot be read, or is larger than limits.caseBytes: \(error)")
            return nil
        }
    }

    static func isPointer(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8)
    }

    private mutating func checkID(_ id: String, _ file: TreeFile) {
        if CaseID(id) == nil {
            report(
                file, "CS030",
                "the path gives no case id: each part is letters, digits, '.', '_' and '-', starts with "
                    + "a letter or digit, has at most 100 of them and does not end in .events or .data"
            )
        }
        ids[id.lowercased(), default: []].append((id, file.path))
    }

    private mutating func checkWorkflow(_ workflow: String?, _ node: Node, id: String) {
        guard let name = workflow ?? catalog.settings.defaults(for: id)?.workflow else {
            findings.append(
                node.finding(
                    "CS036", .error,
                    "the case names no workflow, and docket.yaml gives none for its directory"))
            return
        }
        guard workflow != nil, catalog.workflow(name) == nil,
            !catalog.brokenWorkflows.contains(name)
        else { return }
        findings.append(
            node.finding("CS037", .error, "there is no workflow '\(name)' in workflows/"))
    }

    /// The case in a file and what is wrong with it.
    static func shape(of root: Node) -> (input: CaseInput?, findings: [Finding]) {
        CaseInput.read(root, digest: Digest(of: ""))
    }

    // MARK: Bulk files

    private mutating func checkBulk(_ file: TreeFile, _ id: String) {
        bulkFiles.insert(id)
        checkID(id, file)
        guard let bytes = read(file, limit: 1 << 31) else { return }
        if Self.isPointer(bytes) {
            report(file, "CS034", "this is a Git LFS pointer; cases are stored in git itself")
            return
        }
        var bulk = BulkFileCheck(
            file: file.path, defaultWorkflow: catalog.settings.defaults(for: id)?.workflow,
            catalog: catalog)
        bulk.check(bytes)
        findings += bulk.findings
        caseCount += bulk.count
    }

    // MARK: Events

    private mutating func checkEvent(_ file: TreeFile, _ folder: String) {
        eventCount += 1
        eventFolders[folder] = file.path
        let name = String(file.path.split(separator: "/").last ?? "")
        if !Self.isEventName(name) {
            report(
                file, "CS056",
                "an event file is named by its time and 32 hexadecimal digits, such as "
                    + "20261122T020000123Z-7f3a9c0d5b1e4a6f8c2d3e4f5a6b7c8d.yaml; 'docket case event' "
                    + "writes one", .warning)
        }
        guard let bytes = read(file, limit: catalog.settings.limits.caseBytes) else { return }
        let parsed = Source.parse(file.path, bytes)
        findings += parsed.findings
        guard let root = parsed.source?.root else { return }
        findings += Self.eventShape(of: root)
    }

    static func eventShape(of root: Node) -> [Finding] { CaseEvent.read(root).1 }

    /// UTC milliseconds, a dash, 128 bits in hexadecimal.
    static func isEventName(_ name: String) -> Bool {
        let stem = Array(name.utf8.prefix { $0 != 0x2E })
        guard stem.count == 19 + 1 + 32, stem[8] == 0x54, stem[18] == 0x5A, stem[19] == 0x2D else {
            return false
        }
        let isTime = (0..<18).allSatisfy { $0 == 8 || (0x30...0x39).contains(stem[$0]) }
        return isTime
            && stem[20...].allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    private mutating func checkEventFolders() {
        for (folder, file) in eventFolders.sorted(by: { $0.key < $1.key }) {
            let isKnown = ids[folder.lowercased()] != nil
            if !isKnown {
                findings.append(
                    Finding(
                        "CS041", .warning,
                        "there is no case file for these events; they wait for cases/\(folder).yaml",
                        file: file))
            }
        }
    }

    private mutating func checkDuplicates() {
        for (_, group) in ids.sorted(by: { $0.key < $1.key }) where group.count > 1 {
            for entry in group {
                let others = group.filter { $0.file != entry.file }.map(\.file)
                findings.append(
                    Finding(
                        "CS033", .error,
                        "the case id '\(entry.id)' stands in \(others.joined(separator: ", ")) too, "
                            + "or in another spelling; ids are unique", file: entry.file))
            }
        }
    }
}
