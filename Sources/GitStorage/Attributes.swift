/// The state of a git attribute for a path.
public enum AttributeState: Sendable, Hashable {
    /// No rule speaks of it, or a rule took it back with `!`.
    case unspecified
    /// Set, as in `text`.
    case set
    /// Unset, as in `-text`.
    case unset
    /// Set to a value, as in `filter=lfs`.
    case value(String)
}

/// An attribute by which what git checks out differs from the blob in the commit.
public struct AttributeUse: Sendable, Hashable {
    /// The attribute: `filter`, `working-tree-encoding`, `ident`, `text` or `eol`.
    public let name: String
    /// Its state, never unspecified or unset.
    public let state: AttributeState
    /// The path of the `.gitattributes` file that says so.
    public let file: String
    /// The line in it, from 1.
    public let line: Int

    /// True for an attribute that only changes line ends (`text`, `eol`); the others change the
    /// content.
    public var isLineEndsOnly: Bool { name == "text" || name == "eol" }
}

/// The git attributes of one tree, from the `.gitattributes` files in its tree and nothing else:
/// neither the user's files nor `info/attributes`, which are not part of the commit. Files are read
/// when a path needs them, each once.
public struct Attributes {
    private static let names = ["filter", "working-tree-encoding", "ident", "text", "eol"]
    private static let fileName = Array(".gitattributes".utf8)
    /// Files above this size are ignored, as a rule file of that size is no rule file.
    private static let fileLimitBytes = 1 << 20

    private struct Directory {
        /// The files that apply, outermost first, with the length of their directory's path.
        var files: [(name: String, prefixLength: Int, content: AttributesFile)]
    }

    private let files: any SourceFiles
    private let root: TreeID
    private var directories: [[UInt8]: Directory] = [:]
    private var macros: [String: [AttributesFile.Setting]] = [:]

    /// The attributes of the tree `root`.
    public init(of root: TreeID, in files: any SourceFiles) {
        self.files = files
        self.root = root
    }

    /// The attributes that make the checked-out file at `path` differ from its blob, in the order
    /// `filter`, `working-tree-encoding`, `ident`, `text`, `eol`.
    public mutating func conversions(at path: [UInt8]) throws(GitError) -> [AttributeUse] {
        let slash = path.lastIndex(of: 0x2F)
        let directory = try directory(at: Array(path[..<(slash ?? 0)]))
        if directory.files.isEmpty { return [] }
        var found: [String: AttributeUse] = [:]
        for (name, prefixLength, content) in directory.files {
            let relative = path[prefixLength...]
            for rule in content.rules where rule.pattern.matches(relative) {
                for setting in expanded(rule.settings, depth: 0) {
                    found[setting.name] = AttributeUse(
                        name: setting.name, state: setting.state, file: name, line: rule.line)
                }
            }
        }
        return Self.names.compactMap { name in
            guard let use = found[name] else { return nil }
            return use.state == .unset || use.state == .unspecified ? nil : use
        }
    }

    /// As ``conversions(at:)`` for a checked path.
    public mutating func conversions(
        at path: RepositoryPath
    ) throws(GitError) -> [AttributeUse] {
        try conversions(at: path.bytes)
    }

    private func expanded(
        _ settings: [AttributesFile.Setting], depth: Int
    ) -> [AttributesFile.Setting] {
        settings.flatMap { setting in
            guard setting.state == .set, depth < 8 else { return [setting] }
            if let macro = macros[setting.name] {
                return [setting] + expanded(macro, depth: depth + 1)
            }
            // The one macro that git has built in.
            guard setting.name == "binary" else { return [setting] }
            return [setting, AttributesFile.Setting(name: "text", state: .unset)]
        }
    }

    private mutating func directory(at path: [UInt8]) throws(GitError) -> Directory {
        if let known = directories[path] { return known }
        var result: Directory
        if path.isEmpty {
            result = Directory(files: [])
        } else {
            let slash = path.lastIndex(of: 0x2F)
            result = try directory(at: Array(path[..<(slash ?? 0)]))
        }
        let name = path.isEmpty ? Self.fileName : path + [0x2F] + Self.fileName
        let entry = try files.entry(at: name, in: root)
        if let entry, entry.kind == .file || entry.kind == .executable,
            try files.size(of: BlobID(entry.id)) <= Self.fileLimitBytes
        {
            let content = AttributesFile(
                try files.blob(BlobID(entry.id), limitBytes: Self.fileLimitBytes))
            if path.isEmpty { macros = content.macros }
            result.files.append(
                (
                    name: String(decoding: name, as: UTF8.self),
                    prefixLength: path.isEmpty ? 0 : path.count + 1, content: content
                ))
        }
        directories[path] = result
        return result
    }
}

/// Pointers of Git LFS, which stand in a commit for a file kept elsewhere.
public enum LFSPointer {
    /// True when a blob is a pointer by the LFS specification: a short text that begins with its
    /// version line and names a sha256.
    public static func isPointer(_ bytes: [UInt8]) -> Bool {
        let versions = ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"]
        guard bytes.count < 1024,
            versions.contains(where: { bytes.starts(with: "version \($0)\n".utf8) })
        else { return false }
        let lines = bytes.split(separator: 0x0A)
        return lines.contains { $0.starts(with: "oid sha256:".utf8) }
            && lines.contains { $0.starts(with: "size ".utf8) }
    }
}
