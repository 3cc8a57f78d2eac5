internal import CLibGit2
internal import Glibc

/// Where a repository lives and how it is laid out: everything needed to open it again, on any
/// thread. Paths are absolute and have no slash at their end.
public struct RepositoryLocation: Sendable, Hashable {
    /// The git directory; for a linked work tree its own one under `worktrees/`.
    public let gitDirectory: String
    /// The git directory that all work trees of the repository share: objects, branches, config.
    public let commonDirectory: String
    /// The hash function of its objects.
    public let objectFormat: ObjectFormat
    /// True for a clone cut off at some depth: older commits are missing.
    public let isShallow: Bool
    /// True for a clone made with `--filter`: some objects were left at the remote.
    public let isPartialClone: Bool

    /// Docket's own directory for its lock, journal and caches, inside the common git directory.
    /// It may not exist yet; see ``createDocketDirectory()``.
    public var docketDirectory: String { commonDirectory + "/docket" }

    /// Where packs are.
    var packDirectory: String { commonDirectory + "/objects/pack" }

    /// Makes ``docketDirectory`` if it is not there and returns it.
    @discardableResult
    public func createDocketDirectory() throws(GitError) -> String {
        try Files.makeDirectory(docketDirectory)
        return docketDirectory
    }

    /// Finds the repository that contains `path` (a work tree, a directory in one, a bare
    /// repository) and says clearly why it cannot be used when it cannot. Environment variables
    /// such as `GIT_DIR` have no effect.
    public init(discovering path: String) throws(GitError) {
        try LibGit2.start()
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        let status = git_repository_discover(&buffer, path, 0, nil)
        guard status == 0, let found = buffer.ptr else {
            throw GitError(
                .notARepository, operation: "open",
                message: "no git repository at \(path) or above it",
                advice: "Run `git init` there, or name another directory")
        }
        try self.init(gitDirectory: Self.trimmed(String(cString: found)))
    }

    private init(gitDirectory: String) throws(GitError) {
        var common = gitDirectory
        if let named = Files.firstLine(gitDirectory + "/commondir"), !named.isEmpty {
            common = named.utf8.first == 0x2F ? named : gitDirectory + "/" + named
            if let resolved = realpath(common, nil) {
                common = String(cString: resolved)
                free(resolved)
            }
        }
        common = Self.trimmed(common)
        try Ownership.check(gitDirectory: gitDirectory, commonDirectory: common)
        let settings = try FormatSettings(configFile: common + "/config")
        try settings.checkSupport(directory: common)
        self.gitDirectory = gitDirectory
        commonDirectory = common
        objectFormat = .sha1
        isShallow = !(Files.contents(common + "/shallow") ?? []).isEmpty
        isPartialClone = settings.isPartialClone
    }

    private static func trimmed(_ path: String) -> String {
        var bytes = Array(path.utf8)
        while bytes.count > 1 && bytes.last == 0x2F { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The settings of a repository that decide whether libgit2 1.5 can work on it. They are read
/// before it is opened, because libgit2's own refusal does not say what a person can do.
private struct FormatSettings {
    /// Names and values under `extensions.`, names in lower case, in file order.
    var extensions: [(name: String, value: String)] = []
    var version = 0
    var isPartialClone = false

    init(configFile: String) throws(GitError) {
        guard Files.exists(configFile) else { return }
        var config: OpaquePointer?
        try check(git_config_open_ondisk(&config, configFile), operation: "read config")
        defer { git_config_free(config) }
        var number: Int32 = 0
        if git_config_get_int32(&number, config, "core.repositoryformatversion") == 0 {
            version = Int(number)
        }
        var iterator: OpaquePointer?
        let pattern = "^(extensions\\..*|remote\\..*\\.promisor)$"
        try check(
            git_config_iterator_glob_new(&iterator, config, pattern), operation: "read config")
        defer { git_config_iterator_free(iterator) }
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, iterator) == 0, let item = entry?.pointee {
            let name = String(cString: item.name)
            let value = item.value.map { String(cString: $0) } ?? ""
            if name.utf8.starts(with: "extensions.".utf8) {
                let short = String(name.dropFirst("extensions.".utf8.count))
                extensions.append((short, value))
                if short == "partialclone" { isPartialClone = true }
            } else if value.lowercased() == "true" {
                isPartialClone = true
            }
        }
    }

    func checkSupport(directory: String) throws(GitError) {
        func refuse(_ what: String, _ advice: String) -> GitError {
            GitError(
                .unsupportedRepository, operation: "open",
                message: "\(directory) \(what)", advice: advice)
        }
        if version > 1 {
            throw refuse(
                "has repository format version \(version)", "Only versions 0 and 1 are known")
        }
        for (name, value) in extensions {
            switch name {
            case "objectformat" where value.lowercased() != "sha1":
                throw refuse(
                    "names its objects by \(value) (extensions.objectFormat)",
                    "libgit2 1.5 reads SHA-1 repositories only: use one made with "
                        + "`git init --object-format=sha1`")
            case "refstorage" where value.lowercased() != "files":
                throw refuse(
                    "keeps its branches as \(value) (extensions.refStorage)",
                    "Convert it with `git refs migrate --ref-format=files`")
            case "objectformat", "refstorage", "noop": break
            case _ where LibGit2.harmlessExtensions.contains(name): break
            case _ where version == 0: break
            default:
                throw refuse(
                    "uses the repository extension \(name)", "It is not known to libgit2 1.5")
            }
        }
    }
}
