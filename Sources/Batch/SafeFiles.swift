import Documents
import Glibc

/// New files in a work tree: never through a link, never over what is there, never half-written.
enum SafeFiles {
    static func kind(_ path: String) -> mode_t? {
        let status = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { status.deallocate() }
        guard lstat(path, status) == 0 else { return nil }
        return status.pointee.st_mode & S_IFMT
    }

    static func isFile(_ path: String) -> Bool { kind(path) == S_IFREG }

    /// Makes the directories that are missing; one that is something else is refused.
    static func makeDirectories(_ path: String, in workTree: String) throws(EventFileError) {
        var current = workTree
        for segment in path.split(separator: "/") {
            current += "/\(segment)"
            if mkdir(current, 0o777) != 0 && errno != EEXIST { throw failure(current) }
            guard kind(current) == S_IFDIR else {
                throw EventFileError(description: "\(current) is no directory")
            }
        }
    }

    /// Writes a file under a name of its own, which begins with a dot and so counts for nothing, and
    /// then gives it its name, if nobody has it.
    static func create(_ path: String, _ content: [UInt8]) throws(EventFileError) {
        let slash = path.utf8.lastIndex(of: 0x2F) ?? path.startIndex
        let name = path[path.utf8.index(after: slash)...]
        let draft = "\(path[..<slash])/.\(name).\(getpid())"
        let number = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw failure(path) }
        defer { unlink(draft) }
        do throws(EventFileError) {
            try write(content, to: number, path)
        } catch {
            close(number)
            throw error
        }
        guard close(number) == 0 else { throw failure(path) }
        if link(draft, path) == 0 { return }
        // A file system without hard links.
        guard errno == EPERM || errno == ENOTSUP, kind(path) == nil, rename(draft, path) == 0
        else { throw failure(path) }
    }

    private static func write(
        _ content: [UInt8], to number: Int32, _ path: String
    ) throws(EventFileError) {
        var rest = content[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(path) }
            rest = rest.dropFirst(written)
        }
        guard fsync(number) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> EventFileError {
        EventFileError(description: "\(path): \(String(cString: strerror(errno)))")
    }
}
