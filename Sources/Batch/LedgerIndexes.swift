import Casework
import Documents
import GitStorage

/// The indexes of the ledger, rewritten only where this run changed them.
struct LedgerIndexes {
    private let ledger: LedgerState
    /// A file's new content; nil: it goes.
    private(set) var files: [(path: String, content: [UInt8]?)] = []

    init(_ ledger: LedgerState) { self.ledger = ledger }

    // MARK: Timers

    /// - Parameter results: with those of children.
    mutating func updateTimers(_ results: [CaseResult]) throws(GitError) {
        var touched: [String: (gone: Set<String>, new: [(id: String, line: [UInt8])])] = [:]
        for result in results {
            guard let timers = result.timers else { continue }
            let id = result.place.id.path
            for day in result.daysBefore {
                touched[day, default: ([], [])].gone.insert(id)
            }
            for timer in timers {
                touched[timer.day, default: ([], [])].gone.insert(id)
                touched[timer.day, default: ([], [])].new.append((id, timer.line))
            }
        }
        for (day, change) in touched.sorted(by: { $0.key < $1.key }) {
            let old = try ledger.dueLines(day)
            let lines = (old.filter { !change.gone.contains($0.id) } + change.new).sorted {
                $0.id == $1.id
                    ? $0.line.lexicographicallyPrecedes($1.line)
                    : $0.id.utf8.lexicographicallyPrecedes($1.id.utf8)
            }
            put(LedgerPath.due(day), lines.map(\.line))
        }
    }

    // MARK: Retries

    /// Cases to look at again, and faults of names and lines without an id.
    ///
    /// - Parameter results: with those of children.
    mutating func updateRetries(
        _ results: [CaseResult], _ nameless: [LedgerState.NamelessFault]
    ) {
        var retries = ledger.retries
        for result in results where result.isDue {
            retries[result.place.id.path] = result.retry
        }
        let arena = Arena()
        var lines: [[UInt8]] = []
        for id in retries.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let retry = retries[id] else { continue }
            let value = arena.object([
                "case": arena.string(id), "file": retry.file.map { arena.string($0) },
                "root": retry.root.map { arena.string($0) }, "why": arena.string(retry.why),
                "code": retry.code.map { arena.string($0) },
            ])
            lines.append(Array(JSONWriter.line(value).utf8))
        }
        let sorted = nameless.sorted { a, b in
            a.path == b.path
                ? (a.line, a.code) < (b.line, b.code)
                : a.path.utf8.lexicographicallyPrecedes(b.path.utf8)
        }
        for fault in sorted {
            let value = arena.object([
                "path": arena.string(fault.path),
                "line": fault.line > 0 ? .integer(fault.line) : nil,
                "why": .string("fault"), "code": arena.string(fault.code),
            ])
            lines.append(Array(JSONWriter.line(value).utf8))
        }
        put(LedgerPath.retry, lines)
    }

    private mutating func put(_ path: String, _ lines: [[UInt8]]) {
        files.append((path, lines.isEmpty ? nil : Array(lines.map { $0 + [0x0A] }.joined())))
    }
}
