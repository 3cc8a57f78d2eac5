/// Who did something and when, as git writes it.
public struct Signature: Sendable, Hashable {
    /// Name and address.
    public let identity: Identity
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64
    /// The local time zone's distance from UTC in minutes, for display only.
    public let offsetMinutes: Int

    /// A signature; UTC unless an offset is given.
    public init(identity: Identity, seconds: Int64, offsetMinutes: Int = 0) {
        self.identity = identity
        self.seconds = seconds
        self.offsetMinutes = offsetMinutes
    }

    /// The line of a commit object: `Name <email> seconds +hhmm`.
    var line: String {
        let minutes = abs(offsetMinutes) % 6000
        let digits = String(minutes / 60 * 100 + minutes % 60)
        let zone = String(repeating: "0", count: 4 - digits.utf8.count) + digits
        return "\(identity) \(seconds) \(offsetMinutes < 0 ? "-" : "+")\(zone)"
    }
}

/// A commit to be written. The same fields always give the same bytes and so the same id.
public struct CommitDraft: Sendable, Hashable {
    /// The tree it records.
    public var tree: TreeID
    /// Its parents in order; git shows the first as its line of descent.
    public var parents: [CommitID]
    /// Who wrote the change and when.
    public var author: Signature
    /// Who makes the commit and when.
    public var committer: Signature
    /// The message. NUL is taken out; one line end is put at its end where there is none.
    public var message: String

    /// A draft; the committer is the author unless another is given.
    public init(
        tree: TreeID, parents: [CommitID], author: Signature, committer: Signature? = nil,
        message: String
    ) {
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer ?? author
        self.message = message
    }

    /// The object's bytes without its header, as in git-hash-object(1).
    public var bytes: [UInt8] {
        var text = "tree \(tree)\n"
        for parent in parents { text += "parent \(parent)\n" }
        text += "author \(author.line)\ncommitter \(committer.line)\n\n"
        var result = Array(text.utf8)
        result.append(contentsOf: message.utf8.lazy.filter { $0 != 0 })
        if result.last != 0x0A { result.append(0x0A) }
        return result
    }
}
