import Glibc

/// The `git` command, for the few things a new repository needs of it.
enum Git {
    /// Runs git and waits for it; its output goes to standard error.
    ///
    /// - Throws: ``CommandError`` when git is not there or fails.
    static func run(_ arguments: [String], in directory: String) throws {
        let words = ["git", "-C", directory] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        var process: pid_t = 0
        let status = posix_spawnp(&process, "git", &actions, nil, &pointers, environ)
        guard status == 0 else {
            throw CommandError(
                .usage,
                "git is needed and could not be started: \(String(cString: strerror(status)))")
        }
        var result: Int32 = 0
        while waitpid(process, &result, 0) < 0 {
            if errno != EINTR { throw CommandError(.usage, "git could not be waited for") }
        }
        guard result == 0 else {
            throw CommandError(.usage, "'git \(arguments.joined(separator: " "))' failed")
        }
    }
}
