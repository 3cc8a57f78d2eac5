public import Documents

/// One answer of a vendor as a file of recorded answers has it.
public struct RecordedAnswer: Sendable {
    /// The members that a request must have, an object; nil when any request will do.
    public var when: Value?
    /// How the call's URL must end, without its query.
    public var url: String?
    /// The HTTP status; nil when there was no HTTP answer.
    public var status: Int?
    /// The body; nil when there was none.
    public var body: Value?
    /// Why there was no HTTP answer.
    public var networkError: String?

    /// The answer that stands in evidence; nil when it is of another vendor, or no answer at all.
    ///
    /// Members of the request that hold a secret are left out.
    ///
    /// - Parameter evidence: the content of a file under `evidence/`, which must outlive the result.
    public init?(_ evidence: Value, of vendor: String, in arena: Arena) {
        guard evidence["vendor"]?.string == vendor, let request = evidence["request"] else {
            return nil
        }
        let answer = evidence["answer"] ?? .null
        if let failure = answer["failure"]?.string {
            networkError = failure
        } else if let status = answer["status"]?.integer {
            self.status = status
            body = answer["body"].flatMap { $0.isNull ? nil : $0 }
        } else {
            return nil
        }
        let asked = request["asked"] ?? request["body"] ?? .null
        let members = (asked.members.map { Array($0) } ?? []).filter { !Self.holdsSecret($0.value) }
        when = members.isEmpty ? nil : arena.object(members)
        url = Self.path(of: request["url"]?.string ?? "")
    }

    /// The answer of an entry in a file.
    init(_ node: Node) {
        when = node["when"]?.value
        url = node["url"]?.value.string
        status = node["status"]?.value.integer
        body = node["body"]?.value
        networkError = node["networkError"]?.value.string
        if status == nil && networkError == nil { status = 200 }
    }

    private static func holdsSecret(_ value: Value) -> Bool {
        switch value.kind {
        case .string:
            let text = value.string ?? ""
            return text.contains("{secret.") || text.contains("{secrets.")
        case .array: return value.array?.contains { holdsSecret($0) } ?? false
        case .object: return value.members?.contains { holdsSecret($0.value) } ?? false
        default: return false
        }
    }

    /// The path of a URL after its host, without query and without what comes up to a secret.
    private static func path(of url: String) -> String? {
        var rest = url.utf8.prefix { $0 != 0x3F && $0 != 0x23 }
        if let scheme = url.range(of: "://") {
            rest = url.utf8[scheme...].prefix { $0 != 0x3F && $0 != 0x23 }
            rest = rest.drop { $0 != 0x2F }
        }
        var path = Array(rest)
        if let brace = path.lastIndex(of: 0x7D),
            String(decoding: path, as: UTF8.self).contains("{secret")
        {
            path = Array(path[path.index(after: brace)...])
        }
        while path.last == 0x2F && path.count == 1 { path.removeLast() }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    // MARK: Comparing

    /// What the answer is to, as bytes: two answers with the same are to the same request.
    var question: [UInt8] { Self.bytes(when) + [0] + Array((url ?? "").utf8) }

    /// What it says, as bytes.
    var content: [UInt8] {
        Array("\(status ?? 0)".utf8) + [0] + Self.bytes(body) + [0]
            + Array((networkError ?? "").utf8)
    }

    private static func bytes(_ value: Value?) -> [UInt8] {
        guard let value, !value.isNull else { return [] }
        var writer = JSONWriter(.compact, keys: .sorted)
        writer.write(value)
        return writer.bytes
    }

    /// Those that ask for more come first: the first that fits is the answer.
    static func precedes(_ a: RecordedAnswer, _ b: RecordedAnswer) -> Bool {
        let counts = (a.when?.count ?? 0, b.when?.count ?? 0)
        if counts.0 != counts.1 { return counts.0 > counts.1 }
        let lengths = (a.url?.utf8.count ?? 0, b.url?.utf8.count ?? 0)
        if lengths.0 != lengths.1 { return lengths.0 > lengths.1 }
        return a.question.lexicographicallyPrecedes(b.question)
    }

    // MARK: Masking and writing

    func masked(by masking: Masking, in arena: Arena) -> RecordedAnswer {
        var answer = self
        let whole = masking.mask(subject(in: arena), in: arena)
        answer.when = when == nil ? nil : whole["when"]
        answer.body = body == nil ? nil : whole["body"]
        answer.url = url.map { masking.mask(path: $0) }
        answer.networkError = networkError.map { masking.mask(text: $0) }
        return answer
    }

    /// What is masked, with the names that paths begin with.
    func subject(in arena: Arena) -> Value { arena.object(["when": when, "body": body]) }

    func value(in arena: Arena) -> Value {
        arena.object([
            "when": when.map { Self.sorted($0, arena) }, "url": url.map { arena.string($0) },
            "status": status.map { .integer($0) }, "body": body.map { Self.sorted($0, arena) },
            "networkError": networkError.map { arena.string($0) },
        ])
    }

    private static func sorted(_ value: Value, _ arena: Arena) -> Value {
        switch value.kind {
        case .object:
            arena.object(
                value.members.unsafelyUnwrapped.map { Member($0.lookup, sorted($0.value, arena)) }
                    .sorted { $0.key < $1.key })
        case .array: arena.array(value.array.unsafelyUnwrapped.map { sorted($0, arena) })
        default: value
        }
    }
}

extension String {
    /// Where what follows the first occurrence of a text begins, compared by bytes.
    fileprivate func range(of text: StaticString) -> Index? {
        let sought = Text(text).bytes
        let bytes = Array(utf8)
        guard bytes.count >= sought.count else { return nil }
        for at in 0...(bytes.count - sought.count)
        where bytes[at..<(at + sought.count)].elementsEqual(sought) {
            return utf8.index(startIndex, offsetBy: at + sought.count)
        }
        return nil
    }

    fileprivate func contains(_ text: StaticString) -> Bool { range(of: text) != nil }
}
