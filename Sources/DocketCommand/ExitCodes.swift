import ArgumentParser
import Documents
import GitStorage

/// What `docket` ends with: the one mapping from what happened to an exit code.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Done.
    case done = 0
    /// Error-level findings, failed tests, a failed evaluation, or a gate that holds.
    case findings = 1
    /// Wrong usage or configuration.
    case usage = 2
    /// Some cases have new faults; the others were committed.
    case faults = 3
    /// What is stored is not what was written, or a signature is wrong.
    case integrity = 4
    /// Somebody else moved the branch or holds the lock; safe to try again.
    case conflict = 5
    /// Interrupted.
    case interrupted = 130

    /// The list for a verb's help, one line a code.
    static func help(_ codes: [(ExitStatus, String)]) -> String {
        "Exit codes: " + codes.map { "\($0.rawValue) \($1)" }.joined(separator: "; ") + "."
    }
}

/// An error for the person at the terminal: one sentence, and what the command ends with.
struct CommandError: Error, CustomStringConvertible {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus = .usage, _ message: String) {
        self.status = status
        self.message = message
    }

    var description: String { message }
}

extension ExitStatus {
    /// The exit code of an error that ended a command.
    static func of(_ error: any Error) -> ExitStatus {
        switch error {
        case let error as CommandError: return error.status
        case let error as GitError: return of(error)
        case is ParseError: return .findings
        default:
            let code = Docket.exitCode(for: error).rawValue
            // ArgumentParser ends wrong usage with 64 and other errors with 1.
            if code == ExitCode.validationFailure.rawValue { return .usage }
            return ExitStatus(rawValue: code) ?? .usage
        }
    }

    private static func of(_ error: GitError) -> ExitStatus {
        switch error.code {
        case .corruptObject, .wrongKind: .integrity
        case .locked, .pathConflict: .conflict
        default: .usage
        }
    }
}

extension Docket {
    /// Runs the command line and gives the exit code; `docket/main.swift` only calls this.
    ///
    /// - Parameter arguments: without the program's name; nil for the process's own.
    public static func execute(_ arguments: [String]? = nil) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return ExitStatus.done.rawValue
        } catch {
            return report(error).rawValue
        }
    }

    private static func report(_ error: any Error) -> ExitStatus {
        if let error = error as? CommandError {
            Output.error("docket: \(error.message)")
            return error.status
        }
        if let error = error as? GitError {
            Output.error("docket: \(error)")
            return .of(error)
        }
        let status = ExitStatus.of(error)
        let message = fullMessage(for: error)
        if !message.isEmpty {
            if status == .done { Output.line(message) } else { Output.error(message) }
        }
        return status
    }
}
