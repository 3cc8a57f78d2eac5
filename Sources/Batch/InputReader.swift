import Casework
import Definitions
import Documents
import GitStorage

/// Reads case files, lines and event files for one worker, refusing what must not be read.
final class InputReader {
    /// A file in a directory of events.
    struct EventFile {
        var name: String
        var entry: TreeEntry
    }

    private let files: any SourceFiles
    private let limits: Settings.Limits
    private var attributes: Attributes
    private var readers: [ObjectIdentifier: BulkFile.Reader] = [:]
    /// Of the case at hand: they hold its values.
    private var sources: [Source] = []
    private var content: (blob: BlobID, bytes: [UInt8])?
    /// Folders in the directory of events looked at last: they hold no events of the case.
    private(set) var folders: [(name: String, tree: TreeID)] = []

    init(_ files: any SourceFiles, sourceTree: TreeID, limits: Settings.Limits) {
        self.files = files
        self.limits = limits
        attributes = Attributes(of: sourceTree, in: files)
    }

    /// Forgets the case read before.
    func reset() {
        sources.removeAll(keepingCapacity: true)
        content = nil
    }

    /// The file read last.
    var root: Node? { sources.last?.root }

    // MARK: Inputs

    /// The digest of an input in hexadecimal; nil when it is not there or too large to read.
    func digest(_ input: PlannedCase.Input) throws(GitError) -> String? {
        switch input {
        case .line(let file, let line): return file.lines[line].digest.hexadecimal
        case .file(_, let blob):
            return try bytes(blob).map { Digest(of: $0).hexadecimal }
        case .alert(let made): return Digest(of: made.content).hexadecimal
        case .unchanged, .gone, .faulty: return nil
        }
    }

    private func bytes(_ blob: BlobID) throws(GitError) -> [UInt8]? {
        if let content, content.blob == blob { return content.bytes }
        guard try files.size(of: blob) <= limits.caseBytes else { return nil }
        let bytes = try files.blob(blob, limitBytes: limits.caseBytes)
        content = (blob, bytes)
        return bytes
    }

    /// Reads an input; errors in it are the case's fault.
    func input(
        _ input: PlannedCase.Input, in arena: Arena
    ) throws(GitError) -> Result<(input: CaseInput, findings: [Finding]), CaseWorker.Problem> {
        switch input {
        case .file(let path, let blob): return try file(path, blob)
        case .line(let file, let line): return self.line(file, file.lines[line], arena)
        case .alert(let made): return parsed(made.path, made.content)
        case .unchanged, .gone, .faulty:
            let problem = Finding("CS001", .error, "the case has no input", file: "cases")
            return .failure(Self.problem(problem, nil, []))
        }
    }

    private func file(
        _ path: String, _ blob: BlobID
    ) throws(GitError) -> Result<(input: CaseInput, findings: [Finding]), CaseWorker.Problem> {
        guard let bytes = try bytes(blob) else {
            let size = try files.size(of: blob)
            return .failure(
                Self.problem(
                    Finding(
                        "CS032", .error,
                        "the file has \(size) bytes, more than limits.caseBytes "
                            + "(\(limits.caseBytes))", file: path), nil, []))
        }
        if let problem = try conversion(of: path, bytes) {
            return .failure(Self.problem(problem, Digest(of: bytes), []))
        }
        return parsed(path, bytes)
    }

    private func parsed(
        _ path: String, _ bytes: [UInt8]
    ) -> Result<(input: CaseInput, findings: [Finding]), CaseWorker.Problem> {
        let digest = Digest(of: bytes)
        let parsed = Source.parse(path, bytes, limits: ParseLimits(bytes: limits.caseBytes))
        guard let source = parsed.source else {
            return .failure(Self.problem(parsed.findings, digest))
        }
        sources.append(source)
        let (read, findings) = CaseInput.read(source.root, digest: digest)
        return Self.checked(read, parsed.findings + findings, digest)
    }

    private func line(
        _ file: BulkFile, _ line: BulkFile.Line, _ arena: Arena
    ) -> Result<(input: CaseInput, findings: [Finding]), CaseWorker.Problem> {
        let key = ObjectIdentifier(file)
        var reader = readers.removeValue(forKey: key) ?? file.makeReader()
        defer { readers[key] = reader }
        do throws(ParseError) {
            let (source, read, findings) = try reader.input(line, of: file, into: arena)
            sources.append(source)
            return Self.checked(read, findings, line.digest)
        } catch {
            return .failure(Self.problem(error.finding(file: file.path), line.digest, []))
        }
    }

    private static func checked(
        _ input: CaseInput?, _ findings: [Finding], _ digest: Digest
    ) -> Result<(input: CaseInput, findings: [Finding]), CaseWorker.Problem> {
        guard let input, !findings.contains(where: { $0.level == .error }) else {
            return .failure(problem(findings, digest))
        }
        return .success((input, findings))
    }

    /// The first error is the fault; the others are findings beside it.
    private static func problem(_ findings: [Finding], _ digest: Digest?) -> CaseWorker.Problem {
        let first =
            findings.first { $0.level == .error }
            ?? Finding("DOC001", .error, "the file cannot be read", file: "")
        return problem(first, digest, findings.filter { $0 != first })
    }

    private static func problem(
        _ finding: Finding, _ digest: Digest?, _ others: [Finding]
    ) -> CaseWorker.Problem {
        CaseWorker.Problem(finding: finding, digest: digest?.hexadecimal, findings: others)
    }

    /// Why git's content of a file is another than what people see.
    func conversion(of path: String, _ bytes: [UInt8]) throws(GitError) -> Finding? {
        try GitContent.problem(path, Array(path.utf8), bytes, &attributes)
    }

    // MARK: Events

    /// The files of a directory of events, in name order.
    func eventFiles(_ directory: TreeID?) throws(GitError) -> [EventFile] {
        folders = []
        guard let directory else { return [] }
        let entries = try files.entries(of: directory)
        folders = entries.filter { $0.kind == .tree }.map { ($0.text, TreeID($0.id)) }
        return
            entries
            .filter { $0.kind != .tree && $0.name.first != 0x2E }
            .map { EventFile(name: $0.text, entry: $0) }
            .sorted { $0.entry.name.lexicographicallyPrecedes($1.entry.name) }
    }

    /// Reads events in order; a file that cannot be read is the case's fault, and none is applied.
    func events(
        _ eventFiles: [EventFile], _ path: String
    ) throws(GitError) -> Result<(events: [CaseEvent], findings: [Finding]), CaseWorker.Problem> {
        var events: [CaseEvent] = []
        var findings: [Finding] = []
        for file in eventFiles {
            let name = "\(path)/\(file.name)"
            guard file.entry.kind == .file || file.entry.kind == .executable else {
                let problem = Finding(
                    "CS031", .error,
                    "a symbolic link or a submodule is not followed; commit a file",
                    file: name)
                return .failure(Self.problem(problem, nil, findings))
            }
            let blob = BlobID(file.entry.id)
            guard try files.size(of: blob) <= limits.caseBytes else {
                let problem = Finding(
                    "CS032", .error,
                    "the file is larger than limits.caseBytes (\(limits.caseBytes))", file: name)
                return .failure(Self.problem(problem, nil, findings))
            }
            let bytes = try files.blob(blob, limitBytes: limits.caseBytes)
            if let problem = try conversion(of: name, bytes) {
                return .failure(Self.problem(problem, nil, findings))
            }
            let parsed = Source.parse(name, bytes, limits: ParseLimits(bytes: limits.caseBytes))
            guard let source = parsed.source else {
                return .failure(Self.problem(parsed.findings, nil))
            }
            sources.append(source)
            let (event, problems) = CaseEvent.read(source.root)
            findings += parsed.findings + problems
            guard var event, !findings.contains(where: { $0.level == .error }) else {
                return .failure(Self.problem(findings, nil))
            }
            event.file = file.name
            event.blob = file.entry.id.description
            events.append(event)
        }
        return .success((events, findings))
    }
}

extension BulkFile.Reader {
    /// The case on a line, with its findings at the line.
    mutating func input(
        _ line: BulkFile.Line, of file: BulkFile, into arena: Arena
    ) throws(ParseError) -> (source: Source, input: CaseInput?, findings: [Finding]) {
        let source = Source(
            file: file.path, arena: arena, value: try value(line, into: arena))
        var (input, findings) = CaseInput.read(source.root, isLine: true, digest: line.digest)
        for index in findings.indices {
            findings[index].position = Position(line: line.number, column: 1)
        }
        return (source, input, findings)
    }
}
