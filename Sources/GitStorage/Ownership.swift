internal import CLibGit2
internal import Glibc

/// Whether the person running this may trust a repository, by git's rule: it belongs to them, or
/// their own or the system's configuration names it in `safe.directory`. The repository's own
/// configuration has no say.
///
/// libgit2 has the same check, turned off here: version 1.5 knows neither `*` nor `DIRECTORY/*`,
/// and reports "not found" when `safe.directory` is nowhere set.
enum Ownership {
    /// Throws `notOwner` unless the repository is trusted.
    static func check(gitDirectory: String, commonDirectory: String) throws(GitError) {
        var directories = [gitDirectory]
        if !gitDirectory.utf8.elementsEqual(commonDirectory.utf8) {
            directories.append(commonDirectory)
            if let file = Files.firstLine(gitDirectory + "/gitdir") {
                directories.append(parent(file) ?? file)
            }
        }
        directories += directories.compactMap { parent($0) }
        guard let foreign = directories.first(where: { !isOwn($0) }) else { return }
        if isTrusted(directories, by: safeDirectories()) { return }
        throw GitError(
            .notOwner, operation: "open", message: "\(foreign) belongs to another user",
            advice: "Run as its owner, or trust it with "
                + "`git config --global --add safe.directory \(directories.last ?? foreign)`")
    }

    /// Whether the values of `safe.directory`, in their order, name one of the directories. An empty
    /// value forgets those before it.
    static func isTrusted(_ directories: [String], by values: [String]) -> Bool {
        var isTrusted = false
        for value in values {
            var bytes = Array(value.utf8)
            if bytes.isEmpty { isTrusted = false }
            if bytes == [0x2A] { isTrusted = true }
            let isPrefix = bytes.suffix(2).elementsEqual("/*".utf8)
            if isPrefix { bytes.removeLast() }
            while !isPrefix, bytes.count > 1, bytes.last == 0x2F { bytes.removeLast() }
            for directory in directories {
                let path = Array(directory.utf8)
                if isPrefix ? path.starts(with: bytes) : path == bytes { isTrusted = true }
            }
        }
        return isTrusted
    }

    /// The work tree of a `.git` directory.
    private static func parent(_ path: String) -> String? {
        let ending = Array("/.git".utf8)
        guard path.utf8.count > ending.count, path.utf8.suffix(ending.count).elementsEqual(ending)
        else { return nil }
        return String(path.dropLast(ending.count))
    }

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        // What is not there belongs to nobody.
        guard lstat(path, &status) == 0 else { return true }
        if status.st_uid == geteuid() { return true }
        // Under sudo the caller's own repositories are theirs still.
        guard geteuid() == 0, let caller = getenv("SUDO_UID") else { return false }
        return UInt32(String(cString: caller)) == status.st_uid
    }

    private static func safeDirectories() -> [String] {
        var config: OpaquePointer?
        guard git_config_open_default(&config) == 0 else { return [] }
        defer { git_config_free(config) }
        var iterator: OpaquePointer?
        guard git_config_multivar_iterator_new(&iterator, config, "safe.directory", nil) == 0 else {
            return []
        }
        defer { git_config_iterator_free(iterator) }
        var values: [String] = []
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, iterator) == 0, let item = entry?.pointee {
            values.append(item.value.map { String(cString: $0) } ?? "")
        }
        return values
    }
}
