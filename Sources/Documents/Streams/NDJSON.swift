internal import Glibc

/// One line of a newline-delimited file that is not blank.
public struct StreamLine: Sendable {
    /// 1-based line in the file.
    public let number: Int
    /// Where the line lies in the file, its ending left out.
    public let range: Range<Int>
    /// The line's bytes, without its ending; they live as long as the file's.
    nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer

    /// Parses the line as JSON. Its strings point into the file's bytes.
    ///
    /// - Parameter parser: its limits hold for the line alone, and one worker's parser serves all
    ///   lines.
    /// - Throws: an error with the place in the file.
    public func parse(
        with parser: inout JSONParser, into arena: Arena
    ) throws(ParseError) -> Value {
        do throws(ParseError) {
            return try parser.parse(bytes, into: arena)
        } catch {
            var error = error
            if error.code == .tooLarge {
                error.message =
                    "a line of \(bytes.count) bytes, more than the limit of \(parser.limits.bytes)"
            }
            error.position.line = number
            throw error
        }
    }
}

/// The lines of NDJSON (JSON Lines): one JSON text a line, blank lines skipped, `\n` or `\r\n`, with
/// or without an ending on the last, a byte order mark ignored.
public struct NDJSONLines: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var at: Int
    private var line = 0

    /// - Parameter bytes: the file; must live as long as the lines and what is parsed of them.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        at = StreamBytes.start(bytes)
    }

    /// The next line that is not blank.
    public mutating func next() -> StreamLine? {
        while at < bytes.count {
            let start = at
            var end = StreamBytes.lineEnd(bytes, at)
            at = end + 1
            line += 1
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }
            let content = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            return StreamLine(number: line, range: start..<end, bytes: content)
        }
        return nil
    }
}

/// Byte work that the streams share.
enum StreamBytes {
    /// Past a byte order mark.
    static func start(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    /// The newline at or after an offset, or the end.
    static func lineEnd(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        guard from < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + from, 0x0A, bytes.count - from)
        else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }

    /// The first byte that is not part of well-formed UTF-8, if any.
    static func firstMalformed(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var at = 0
        while at < bytes.count {
            if at &+ 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080
                    == 0
            {
                at &+= 8
            } else if let length = JSONStringScan.characterLength(bytes, at) {
                at &+= length
            } else {
                return at
            }
        }
        return nil
    }
}
