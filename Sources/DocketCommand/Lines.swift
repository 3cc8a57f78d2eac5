import Documents
import Glibc

/// Standard input, a line at a time.
struct InputLines {
    private var buffer: [UInt8] = []
    private var start = 0
    private var atEnd = false

    /// The next line without its newline, nil at the end.
    mutating func next() -> ArraySlice<UInt8>? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            scanned = buffer.count
            if atEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return buffer[start...]
            }
            scanned -= start
            buffer.removeFirst(start)
            start = 0
            readMore()
        }
    }

    private mutating func readMore() {
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
            repeat {
                count = max(-1, read(0, memory.baseAddress, memory.count))
            } while count < 0
                && errno == EINTR
            count = max(0, count)
        }
        atEnd = chunk.isEmpty
        buffer += chunk
    }
}

/// Standard output and standard error as bytes.
enum Output {
    /// Whether standard output is a terminal that wants colour.
    static var isTerminal: Bool {
        guard isatty(1) == 1, getenv("NO_COLOR") == nil else { return false }
        return getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
    }

    /// Writes bytes to standard output.
    static func write(_ bytes: [UInt8]) { write(bytes, to: 1) }

    /// Writes a line to standard output.
    static func line(_ text: String) { write(Array(text.utf8) + [0x0A]) }

    /// Writes bytes to standard error.
    static func errorBytes(_ bytes: [UInt8]) { write(bytes, to: 2) }

    /// Writes a line to standard error.
    static func error(_ text: String) { write(Array(text.utf8) + [0x0A], to: 2) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var at = 0
        bytes.withUnsafeBytes { bytes in
            while at < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
                if written < 0 && errno != EINTR { return }
                at += max(0, written)
            }
        }
    }
}

/// Answers one JSON object a line with one JSON object a line.
struct LineService {
    private let answer: (Value, Arena) -> Value
    private let arena = Arena()
    private var parser = JSONParser(
        limits: ParseLimits(bytes: 256 << 20, depth: 12_000, nodes: 50_000_000),
        duplicateKeys: .lastWins)

    /// A service that gives each object's answer in the same arena.
    init(_ answer: @escaping (Value, Arena) -> Value) { self.answer = answer }

    /// Reads standard input to its end and answers on standard output.
    static func run(_ answer: @escaping (Value, Arena) -> Value) {
        var input = InputLines()
        serve({ input.next() }, answer) { Output.line($0) }
    }

    /// Answers the lines that `next` gives, as ``run(_:)`` does.
    static func serve(
        _ next: () -> ArraySlice<UInt8>?, _ answer: @escaping (Value, Arena) -> Value,
        write: (String) -> Void
    ) {
        var service = LineService(answer)
        while let line = next() {
            if let text = service.respond(to: line) { write(text) }
        }
    }

    /// The answer to a line; nil for a blank one. A line that is no JSON gives `{"error": …}`.
    mutating func respond(to line: ArraySlice<UInt8>) -> String? {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return nil }
        defer { arena.reset() }
        do throws(ParseError) {
            return JSONWriter.line(answer(try parser.parse(Array(line), into: arena), arena))
        } catch {
            return JSONWriter.line(
                arena.object(["error": arena.string("not a JSON object: \(error.message)")]))
        }
    }
}
