import CSpawn
import Glibc

/// A running program and the ends of its three pipes. One thread owns it.
///
/// It leads a session and so a process group of its own: what it starts goes when it goes. It
/// inherits no descriptor but the three pipes, no signal mask and no environment but its own.
struct ChildProcess: ~Copyable {
    /// How a program ended.
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)

        var words: String {
            switch self {
            case .code(let code): "ended with \(code)"
            case .signal(let signal): "was killed by signal \(signal)"
            }
        }
    }

    struct StartFailure: Error {
        let message: String
    }

    let id: pid_t
    /// Its standard input, not blocking; -1 once closed.
    private(set) var input: Int32
    /// Its standard output, not blocking.
    let output: Int32
    /// Its standard error, not blocking.
    let errors: Int32

    /// Starts a program, without a shell.
    init(starting program: borrowing ExternalProgram) throws(StartFailure) {
        var pipes: [(read: Int32, write: Int32)] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard pipe2(&ends, O_CLOEXEC) == 0 else {
                let problem = errno
                for pipe in pipes { Self.close(pipe) }
                throw Self.failure(problem)
            }
            pipes.append((ends[0], ends[1]))
        }
        let (status, child) = Self.spawn(program, pipes)
        guard status == 0 else {
            for pipe in pipes { Self.close(pipe) }
            throw Self.failure(status)
        }
        _ = Glibc.close(pipes[0].read)
        _ = Glibc.close(pipes[1].write)
        _ = Glibc.close(pipes[2].write)
        id = child
        input = pipes[0].write
        output = pipes[1].read
        errors = pipes[2].read
        for end in [input, output, errors] {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        for end in [input, output, errors] where end >= 0 { _ = Glibc.close(end) }
    }

    private static func close(_ pipe: (read: Int32, write: Int32)) {
        _ = Glibc.close(pipe.read)
        _ = Glibc.close(pipe.write)
    }

    private static func failure(_ code: Int32) -> StartFailure {
        StartFailure(message: String(cString: strerror(code)))
    }

    private static func spawn(
        _ program: borrowing ExternalProgram, _ pipes: [(read: Int32, write: Int32)]
    ) -> (status: Int32, child: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[0].read, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1].write, 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[2].write, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, program.workingDirectory)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(&attributes, flags | docket_spawn_setsid)
        let environment = program.environment.map { "\($0.name)=\($0.value)" }
        var child: pid_t = 0
        let status = withStrings([program.path] + program.arguments) { arguments in
            withStrings(environment) { variables in
                posix_spawn(&child, program.path, &actions, &attributes, arguments, variables)
            }
        }
        return (status, child)
    }

    private static func withStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }

    // MARK: Its end

    /// Closes its standard input: how a program is asked to end.
    mutating func closeInput() {
        if input >= 0 { _ = Glibc.close(input) }
        input = -1
    }

    /// Whether the program itself has ended, what it started aside.
    var hasEnded: Bool {
        var information = siginfo_t()
        let result = waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT)
        return result != 0 || information.si_signo != 0
    }

    /// Ends the program and all it started: SIGTERM, SIGKILL after the grace. Returns at once when it
    /// has ended already. Must be called once, before it is let go.
    mutating func end(grace milliseconds: Int) -> Exit {
        closeInput()
        if !hasEnded {
            kill(-id, SIGTERM)
            let end = Monotonic.now + milliseconds
            while !hasEnded && Monotonic.now < end { usleep(5_000) }
        }
        // Its number stays taken until it is waited for, so that the group is still its own.
        kill(-id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }
}

/// The clock that never goes back, in milliseconds.
enum Monotonic {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
