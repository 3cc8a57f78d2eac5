public import Casework
public import Documents

/// Why an event file could not be written.
public struct EventFileError: Error, Sendable, CustomStringConvertible {
    /// One sentence without a full stop.
    public let description: String
}

/// A new event of a case, written into the work tree for a person to commit. Nothing that is there
/// is ever changed.
public struct EventFile: Sendable {
    /// The case.
    public var id: CaseID
    /// The event's name.
    public var type: String
    /// What sort of thing it is.
    public var kind: CaseEvent.Kind
    /// Who sends it: an identifier.
    public var by: String?
    /// When: the file is named by it.
    public var at: Instant
    /// Why, in the sender's words.
    public var reason: String?
    /// Of a decision: the episode and the state it was made on.
    public var expects: (episode: Int, state: String)?
    /// What guards see, an object.
    public var payload: Document?
    /// Of a callback: where in the context its payload is kept.
    public var resultDestination: String?
    /// Of a callback: the vendor that it is from, whose `resultDestination` holds when that is nil.
    public var vendor: String?
    /// When it happened, as its sender says, if that is not ``at``.
    public var happened: Instant?

    /// An event.
    public init(_ id: CaseID, type: String, kind: CaseEvent.Kind, at: Instant) {
        self.id = id
        self.type = type
        self.kind = kind
        self.at = at
    }

    /// Writes the file and returns its path below the work tree.
    ///
    /// - Parameters:
    ///   - workTree: the directory that holds `docket.yaml`.
    ///   - random: 128 random bits, so that nobody's file has the name of another's.
    /// - Throws: when there is no such case in the work tree, the way leads through a symbolic link,
    ///   or the file cannot be written.
    public func write(
        in workTree: String, random: (UInt64, UInt64)
    ) throws(EventFileError) -> String {
        let directory = try Self.directory(of: id, in: workTree)
        try SafeFiles.makeDirectories(directory, in: workTree)
        let path = "\(directory)/\(name(random)).yaml"
        try SafeFiles.create("\(workTree)/\(path)", content)
        return path
    }

    /// As in `20261122T020000123Z-7f3a9c…`.
    func name(_ random: (UInt64, UInt64)) -> String {
        let time = at.withMilliseconds.filter { $0 != "-" && $0 != ":" && $0 != "." }
        return "\(time)-\(Self.hexadecimal(random.0))\(Self.hexadecimal(random.1))"
    }

    /// Whether a file of events has such a name: UTC milliseconds, a dash, 128 bits in hexadecimal.
    static func isName(_ name: String) -> Bool {
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

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The file's text.
    public var content: [UInt8] {
        let arena = Arena()
        let expected = expects.map { expects in
            arena.object([
                "episode": .integer(expects.episode), "state": arena.string(expects.state),
            ])
        }
        return YAMLWriter.file(
            arena.object([
                "type": arena.string(type), "kind": arena.string(kind.rawValue),
                "by": by.map { arena.string($0) },
                "at": arena.string((happened ?? at).withMilliseconds),
                "reason": reason.map { arena.string($0) }, "expects": expected,
                "resultDestination": resultDestination.map { arena.string($0) },
                "vendor": vendor.map { arena.string($0) }, "payload": payload?.root,
            ]))
    }

    // MARK: Places

    /// The directory of a case's events: beside its file, or below its bulk file's; of a child in
    /// the directory named like its parent.
    static func directory(
        of id: CaseID, in workTree: String
    ) throws(EventFileError) -> String {
        if hasFile(id.path, ["yaml", "yml", "json"], in: workTree) { return "cases/\(id).events" }
        for slash in id.path.utf8.indices.reversed() where id.path.utf8[slash] == 0x2F {
            let above = String(id.path[..<slash])
            let rest = id.path[id.path.utf8.index(after: slash)...]
            if hasFile(above, ["ndjson", "jsonl", "csv"], in: workTree) {
                return rest.contains("/")
                    ? "cases/\(ChildEvents.path(of: id, file: above))"
                    : "cases/\(above).events/\(rest)"
            }
            // A child of the case above it.
            if hasFile(above, ["yaml", "yml", "json"], in: workTree) {
                return "cases/\(id).events"
            }
        }
        // A run opened it for an alert, and it has no file.
        if AlertLink(caseID: id) != nil { return "cases/\(id).events" }
        throw EventFileError(
            description: "there is no file in cases/ for the case '\(id)' in this work tree")
    }

    private static func hasFile(_ id: String, _ endings: [String], in workTree: String) -> Bool {
        endings.contains { SafeFiles.isFile("\(workTree)/cases/\(id).\($0)") }
    }
}
