internal import Glibc

/// A file descriptor that closes with its last owner.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// Opens `path`, close-on-exec always.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o666, operation: String) throws(GitError) {
        number = Files.retry { open(path, flags | O_CLOEXEC, mode) }
        if number < 0 { throw GitError.system(errno, operation: operation, path: path) }
    }

    deinit { close(number) }
}

/// The few calls of the operating system that this module needs.
enum Files {
    /// Repeats a call that a signal interrupted.
    static func retry(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    /// Writes all of `bytes` at the descriptor's position.
    static func writeAll(_ bytes: [UInt8], to number: Int32, path: String) throws(GitError) {
        let failure = bytes.withUnsafeBytes { raw -> Int32 in
            var rest = raw
            while !rest.isEmpty {
                let written = write(number, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                if written < 0 { return errno }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return 0
        }
        if failure != 0 { throw GitError.system(failure, operation: "write", path: path) }
    }

    /// The bytes of a small file; `nil` when it does not exist or is no file. At most `limitBytes`.
    static func contents(_ path: String, limitBytes: Int = 1 << 20) -> [UInt8]? {
        guard let file = try? FileDescriptor(path, O_RDONLY, operation: "read") else { return nil }
        return contents(of: file.number, limitBytes: limitBytes)
    }

    /// The bytes of an open file from its start; `nil` when it cannot be read.
    static func contents(of number: Int32, limitBytes: Int = 1 << 20) -> [UInt8]? {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while result.count < limitBytes {
            let count = pread(number, &chunk, chunk.count, off_t(result.count))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { break }
            result += chunk[..<count]
        }
        return result
    }

    /// The first line of a small text file, without the space around it.
    static func firstLine(_ path: String) -> String? {
        guard let bytes = contents(path) else { return nil }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        let tail = line.drop { $0 == 0x20 || $0 == 0x09 }
        var end = tail.endIndex
        while end > tail.startIndex, tail[end - 1] == 0x20 || tail[end - 1] == 0x09 { end -= 1 }
        return String(decoding: tail[..<end], as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a directory, sorted by bytes; empty when it does not exist.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
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

    /// When a file was last written, in nanoseconds since 1970; `nil` when it does not exist.
    static func modified(_ path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return nanoseconds(of: status)
    }

    static func nanoseconds(of status: stat) -> Int64 {
        Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// Makes one directory; one that exists is fine.
    static func makeDirectory(_ path: String) throws(GitError) {
        if mkdir(path, 0o777) != 0 && errno != EEXIST {
            throw GitError.system(errno, operation: "make directory", path: path)
        }
    }

    static func moveFile(_ source: String, to target: String) throws(GitError) {
        if rename(source, target) != 0 {
            throw GitError.system(errno, operation: "rename", path: target)
        }
    }

    /// Waits until a descriptor's data is on the disk.
    static func synchronize(_ number: Int32, path: String) throws(GitError) {
        if retry({ fsync(number) }) != 0 {
            throw GitError.system(errno, operation: "fsync", path: path)
        }
    }

    /// Waits until a directory's names are on the disk.
    static func synchronizeDirectory(_ path: String) throws(GitError) {
        let directory = try FileDescriptor(path, O_RDONLY | O_DIRECTORY, operation: "fsync")
        try synchronize(directory.number, path: path)
    }
}
