import Documents
import Glibc

/// The files of a work tree, as verbs that read and write before a commit need them.
enum WorkTree {
    /// What stands at a path, links not followed.
    enum Kind { case file, directory, link, other }

    /// What stands at a path; nil when nothing does.
    static func kind(_ path: String) -> Kind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .link
        default: return .other
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: when it cannot be read or has more than `limit` bytes.
    static func read(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        return try read(descriptor, path, limit: limit)
    }

    /// The bytes of standard input.
    static func readStandardInput(limit: Int = 1 << 30) throws -> [UInt8] {
        try read(0, "standard input", limit: limit)
    }

    private static func read(_ descriptor: Int32, _ path: String, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 18) { memory, used in
                repeat {
                    count = Glibc.read(descriptor, memory.baseAddress, memory.count)
                } while count < 0 && errno == EINTR
                used = max(0, count)
            }
            if count < 0 { throw failure(path) }
            if count == 0 { return bytes }
            bytes += chunk
            if bytes.count > limit {
                throw CommandError(.usage, "\(path) has more than \(limit) bytes")
            }
        }
    }

    /// The names in a directory, sorted by bytes.
    static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else { throw failure(directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The paths of all files below a directory, relative to it; links are not followed.
    ///
    /// - Throws: when a directory cannot be read or they nest deeper than 64.
    static func files(below directory: String) throws -> [String] {
        try files(in: directory, below: "", depth: 0)
    }

    private static func files(in directory: String, below path: String, depth: Int) throws
        -> [String]
    {
        guard depth < 64 else {
            throw CommandError(.usage, "\(directory): folders are nested deeper than 64")
        }
        return try names(in: directory).flatMap { name -> [String] in
            switch kind(directory + "/" + name) {
            case .directory:
                try files(in: directory + "/" + name, below: path + name + "/", depth: depth + 1)
            case .file: [path + name]
            default: []
            }
        }
    }

    /// Writes a file that is not there yet, or replaces one; folders above it are made. A link is
    /// never followed out of the tree.
    static func write(_ bytes: [UInt8], to path: String, replacing: Bool) throws {
        try write(bytes, to: path, replacing: replacing, mode: 0o666)
    }

    /// Writes a file that only its owner may read, or replaces one.
    static func writePrivate(_ bytes: [UInt8], to path: String) throws {
        try write(bytes, to: path, replacing: true, mode: 0o600)
    }

    private static func write(
        _ bytes: [UInt8], to path: String, replacing: Bool, mode: mode_t
    ) throws {
        try makeFolders(above: path)
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (replacing ? O_TRUNC : O_EXCL)
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var at = 0
        while at < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.unsafelyUnwrapped + at, $0.count - at)
            }
            if written < 0 && errno != EINTR { throw failure(path) }
            at += max(0, written)
        }
    }

    /// Makes a directory and those above it; one that is there is fine.
    static func makeFolder(_ path: String) throws {
        try makeFolders(above: path + "/")
        guard kind(path) == .directory || path == "." else {
            throw CommandError(.usage, "\(path) is no directory")
        }
    }

    /// A path from the root, `.` and links resolved where it exists.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func makeFolders(above path: String) throws {
        var at = path.startIndex
        while let slash = path[at...].firstIndex(of: "/") {
            let folder = String(path[..<slash])
            at = path.index(after: slash)
            if folder.isEmpty || folder == "." { continue }
            if mkdir(folder, 0o777) != 0 && errno != EEXIST { throw failure(folder) }
        }
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError(.usage, "\(path): \(String(cString: strerror(errno)))")
    }
}
