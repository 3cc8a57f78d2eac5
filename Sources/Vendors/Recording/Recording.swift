public import Documents

/// Answers of one vendor, gathered for a file of recorded answers.
///
/// The same evidence gives the same file, in whatever order it comes. Of two answers to one request
/// the later one stands.
public struct Recording {
    private struct Entry {
        var answer: RecordedAnswer
        var at: String
        var place: String
    }

    /// The vendor.
    public let vendor: String
    private let arena: Arena
    private var entries: [[UInt8]: Entry] = [:]
    /// Answers that a later one to the same request replaced.
    public private(set) var superseded = 0

    /// No answers yet.
    ///
    /// - Parameter arena: where the values are; it must outlive the recording.
    public init(of vendor: String, in arena: Arena) {
        self.vendor = vendor
        self.arena = arena
    }

    /// How many answers there are.
    public var count: Int { entries.count }

    /// Takes a file of evidence in, if it holds an answer of this vendor.
    ///
    /// - Parameters:
    ///   - evidence: its content, in the recording's arena.
    ///   - place: its path: decides between answers of the same time.
    public mutating func add(_ evidence: Value, at place: String) {
        guard let answer = RecordedAnswer(evidence, of: vendor, in: arena) else { return }
        let at = evidence["answer"]?["received"]?.string ?? evidence["at"]?.string ?? ""
        let entry = Entry(answer: answer, at: at, place: place)
        if let there = entries[answer.question] {
            superseded += 1
            let isLater =
                there.at.utf8.elementsEqual(at.utf8)
                ? there.place.utf8.lexicographicallyPrecedes(place.utf8)
                : there.at.utf8.lexicographicallyPrecedes(at.utf8)
            if !isLater { return }
        }
        entries[answer.question] = entry
    }

    /// Masks all of them; ``Masking`` learns from all first.
    public mutating func mask(_ masking: Masking) {
        var masking = masking
        let all = answers
        for answer in all { masking.learn(answer.subject(in: arena)) }
        entries = [:]
        for answer in all {
            let masked = answer.masked(by: masking, in: arena)
            entries[masked.question] = Entry(answer: masked, at: "", place: "")
        }
    }

    /// The answers, those that ask for more first.
    public var answers: [RecordedAnswer] {
        entries.values.map(\.answer).sorted(by: RecordedAnswer.precedes)
    }
}

/// A file of recorded answers with new ones in it.
public struct RecordedFile {
    /// An answer of the file that says something else than the one recorded.
    public struct Conflict: Sendable {
        /// Where the file's stands.
        public var position: Position?
    }

    /// Why a file cannot be added to.
    public struct Refusal: Error, Sendable {
        /// One sentence without a full stop.
        public let message: String
    }

    /// The text, if it differs from what is there.
    public private(set) var bytes: [UInt8]?
    /// How many answers are new.
    public private(set) var added = 0
    /// How many were there already.
    public private(set) var known = 0
    /// How many took the place of another, because that was asked for.
    public private(set) var replaced = 0
    /// Those that were left as they are.
    public private(set) var conflicts: [Conflict] = []

    private static let heading = """
        # Answers of a vendor, kept by 'docket vendor record'. The first whose `when` agrees with the
        # request and whose `url` ends its URL is given. Recording again adds to this file.

        """

    /// Adds answers to a file. One that a person wrote keeps its text, and new answers come before
    /// its own, which are never changed; one of Docket's is written anew, sorted.
    ///
    /// - Parameters:
    ///   - answers: sorted, see ``Recording/answers``.
    ///   - existing: what is there, if anything.
    ///   - replacing: whether an answer to a request that the file has takes its place.
    public init(
        adding answers: [RecordedAnswer], to existing: (path: String, bytes: [UInt8])?,
        replacing: Bool, in arena: Arena
    ) throws(Refusal) {
        guard let existing, existing.bytes.contains(where: { $0 > 0x20 }) else {
            added = answers.count
            bytes = Self.file(answers, arena)
            return
        }
        let parsed = existing.bytes.withUnsafeBytes { Source.parse(existing.path, $0) }
        guard let source = parsed.source, let list = source.root["answers"],
            list.value.kind == .array
        else {
            throw Refusal(
                message: parsed.findings.first.map { "\($0)" }
                    ?? "\(existing.path) is no file of recorded answers: it has no list 'answers'")
        }
        let nodes = list.elements
        let old = nodes.map { RecordedAnswer($0) }
        let isOwn = Self.file(old.sorted(by: RecordedAnswer.precedes), arena) == existing.bytes
        var (new, kept) = ([RecordedAnswer](), old)
        for answer in answers {
            guard let at = old.firstIndex(where: { $0.question == answer.question }) else {
                new.append(answer)
                continue
            }
            if old[at].content == answer.content {
                known += 1
            } else if replacing && isOwn {
                kept[at] = answer
                replaced += 1
            } else {
                conflicts.append(Conflict(position: nodes[at].position))
            }
        }
        added = new.count
        if new.isEmpty && replaced == 0 { return }
        bytes =
            isOwn
            ? Self.file((kept + new).sorted(by: RecordedAnswer.precedes), arena)
            : try Self.inserting(new, before: old, list, existing, arena)
        withExtendedLifetime(source) {}
    }

    private static func file(_ answers: [RecordedAnswer], _ arena: Arena) -> [UInt8] {
        let list = arena.array(answers.map { $0.value(in: arena) })
        return Array(heading.utf8) + YAMLWriter.file(arena.object(["answers": list]))
    }

    /// The text with new entries after the line `answers:`, if it then says just that.
    private static func inserting(
        _ new: [RecordedAnswer], before old: [RecordedAnswer], _ list: Node,
        _ existing: (path: String, bytes: [UInt8]), _ arena: Arena
    ) throws(Refusal) -> [UInt8] {
        let refusal = Refusal(
            message: "\(existing.path) is written in a way that cannot be added to; put 'answers:' "
                + "on a line of its own with its entries below, or record into another file")
        var lines = existing.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { Array($0) }
        guard
            let head = lines.firstIndex(where: { line in
                String(decoding: line, as: UTF8.self).split(separator: "#")[...].first
                    .map { $0.utf8.filter { $0 > 0x20 }.elementsEqual("answers:".utf8) } ?? false
            }), let column = list.elements.first?.position?.column, let first = list.position
        else { throw refusal }
        _ = column
        let indent = max(0, first.column - 1)
        let text = YAMLWriter.file(arena.array(new.map { $0.value(in: arena) }))
        let added = text.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
            .map { $0.isEmpty ? [] : [UInt8](repeating: 0x20, count: indent) + Array($0) }
        lines.insert(contentsOf: added, at: head + 1)
        let bytes = Array(lines.joined(separator: [0x0A]))
        let again = bytes.withUnsafeBytes { Source.parse(existing.path, $0) }
        let read = again.source?.root["answers"]?.elements.map { RecordedAnswer($0) } ?? []
        let expected = new + old
        guard read.count == expected.count,
            zip(read, expected).allSatisfy({
                $0.question == $1.question && $0.content == $1.content
            })
        else { throw refusal }
        return bytes
    }
}
