public import Casework

/// A pattern of case ids: `*` and `?` stop at a slash, `**` does not. A pattern without any of them
/// that names a directory or a bulk file means all cases below it.
public struct CaseGlob: Sendable {
    private let pattern: [UInt8]

    /// A pattern.
    public init(_ pattern: String) {
        var bytes = Array(pattern.utf8)
        if bytes.starts(with: Array("cases/".utf8)) { bytes.removeFirst(6) }
        while bytes.last == 0x2F { bytes.removeLast() }
        self.pattern = bytes
    }

    /// Whether an id matches.
    public func matches(_ id: CaseID) -> Bool { matches(id.path) }

    func matches(_ path: String) -> Bool { match(Array(path.utf8)[...]) }

    /// Whether anything below a directory may match: false only when the pattern's first letters,
    /// up to its first wildcard, lead elsewhere.
    func mayMatch(below directory: String) -> Bool {
        var literal = pattern.prefix { $0 != 0x2A && $0 != 0x3F }
        // Bulk lines are fanned out below their file, so the last segment says nothing.
        while let last = literal.last, last != 0x2F { literal.removeLast() }
        let path = Array(directory.utf8) + [0x2F]
        return zip(literal, path).allSatisfy { $0 == $1 } || path.starts(with: literal)
    }

    /// Follows all readings at once: at most pattern times path steps.
    private func match(_ path: ArraySlice<UInt8>) -> Bool {
        var states = closure([0])
        for byte in path {
            if byte == 0x2F && isLiteral && states.contains(pattern.count) { return true }
            var next: Set<Int> = []
            for state in states where state < pattern.count {
                switch pattern[state] {
                case 0x2A:
                    if byte != 0x2F || isDouble(state) { next.insert(state) }
                case 0x3F: if byte != 0x2F { next.insert(state + 1) }
                case let expected: if expected == byte { next.insert(state + 1) }
                }
            }
            states = closure(next)
            if states.isEmpty { return false }
        }
        return states.contains(pattern.count)
    }

    private var isLiteral: Bool { !pattern.contains { $0 == 0x2A || $0 == 0x3F } }

    private func isDouble(_ at: Int) -> Bool {
        (at + 1 < pattern.count && pattern[at + 1] == 0x2A) || (at > 0 && pattern[at - 1] == 0x2A)
    }

    private func closure(_ states: Set<Int>) -> Set<Int> {
        var result: Set<Int> = []
        for start in states {
            var state = start
            result.insert(state)
            while state < pattern.count, pattern[state] == 0x2A {
                state += 1
                result.insert(state)
            }
        }
        return result
    }
}
