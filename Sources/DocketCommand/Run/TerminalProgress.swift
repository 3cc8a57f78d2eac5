import Batch
import Glibc
import Synchronization

/// Progress on standard error: one line that is written over on a terminal, else a line a phase.
final class TerminalProgress: RunProgress {
    private let isTerminal = isatty(2) == 1
    private let shown = Mutex(0)

    func began(_ phase: RunPhase) {
        if isTerminal {
            if phase == .committing { write("\r\u{1B}[K") }
        } else {
            Output.error("docket: \(phase.rawValue)")
        }
    }

    func advanced(to done: Int, of due: Int) {
        guard isTerminal, due > 0 else { return }
        let percent = done * 100 / due
        let isNew = shown.withLock { last in
            defer { last = max(last, percent) }
            return percent > last
        }
        if isNew { write("\r\u{1B}[Kdocket: \(done) of \(due) cases (\(percent) %)") }
    }

    private func write(_ text: String) { Output.errorBytes(Array(text.utf8)) }
}
