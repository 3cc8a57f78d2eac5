import CSpawn
import Glibc
import Synchronization

/// What the tasks that ask and the thread that drives a program share: a list of commands, a
/// descriptor that wakes the thread, and the report.
final class ExternalLoop: Sendable {
    /// A request that waits for its answer.
    struct Asked: Sendable {
        let ticket: Int
        let request: VendorRequest
        let continuation: CheckedContinuation<VendorReply, Never>

        init(
            _ ticket: Int, _ request: VendorRequest,
            _ continuation: CheckedContinuation<VendorReply, Never>
        ) {
            self.ticket = ticket
            self.request = request
            self.continuation = continuation
        }
    }

    enum Command: Sendable {
        case ask(Asked)
        case cancel(Int)
        case close(CheckedContinuation<Void, Never>?)
    }

    private struct State {
        var commands: [Command] = []
        var isRunning = false
        var isClosed = false
        var report: ExternalReport
    }

    let program: ExternalProgram
    /// An eventfd that is readable when there are commands.
    let bell: Int32
    private let state: Mutex<State>

    init(_ program: ExternalProgram) {
        self.program = program
        bell = eventfd(0, docket_eventfd_flags)
        state = Mutex(State(report: ExternalReport(program: program.name)))
    }

    deinit { if bell >= 0 { _ = Glibc.close(bell) } }

    var report: ExternalReport { state.withLock { $0.report } }

    func update(_ change: (inout ExternalReport) -> Void) {
        state.withLock { change(&$0.report) }
    }

    /// Hands a command to the thread, which is made at the first one.
    func post(_ command: Command) {
        enum Next { case start, wake, refuse }
        let next = state.withLock { state -> Next in
            if state.isClosed { return .refuse }
            if !state.isRunning, case .close = command {
                state.isClosed = true
                return .refuse
            }
            if !state.isRunning, case .cancel = command { return .refuse }
            state.commands.append(command)
            if state.isRunning { return .wake }
            state.isRunning = true
            return .start
        }
        switch next {
        case .wake: ring()
        case .refuse: Self.refuse(command, program)
        case .start: if !start() { finish() }
        }
    }

    /// The commands that came, oldest first.
    func take() -> [Command] {
        var count: UInt64 = 0
        _ = Glibc.read(bell, &count, MemoryLayout<UInt64>.size)
        return state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Ends: what still came is refused.
    func finish() {
        let left = state.withLock { state -> [Command] in
            state.isClosed = true
            defer { state.commands = [] }
            return state.commands
        }
        for command in left { Self.refuse(command, program) }
    }

    private static func refuse(_ command: Command, _ program: ExternalProgram) {
        switch command {
        case .ask(let asked):
            asked.continuation.resume(
                returning: .unavailable("the external program '\(program.name)' was ended"))
        case .cancel: break
        case .close(let continuation): continuation?.resume()
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = Glibc.write(bell, &one, MemoryLayout<UInt64>.size)
    }

    private func start() -> Bool {
        var thread = pthread_t()
        let loop = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                var driver = ExternalDriver(
                    Unmanaged<ExternalLoop>.fromOpaque(argument).takeRetainedValue())
                driver.run()
                return nil
            }, loop.toOpaque())
        guard status == 0 else {
            loop.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
