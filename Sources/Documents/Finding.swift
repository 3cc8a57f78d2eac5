/// A place in a file. Lines and columns are 1-based; columns count code points.
public struct Position: Hashable, Sendable, Comparable {
    /// 1-based line.
    public var line: Int
    /// 1-based column in code points.
    public var column: Int

    /// A position.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Reading order.
    public static func < (a: Position, b: Position) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }

    /// The position of a byte offset in UTF-8 text; a byte order mark at its front takes no column.
    public init(of offset: Int, in bytes: UnsafeRawBufferPointer) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset).dropFirst(StreamBytes.start(bytes)) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(line: line, column: column)
    }
}

/// A problem in a definition or case file: what, where, and what to do.
public struct Finding: Hashable, Sendable {
    /// How bad it is. An error in a definition stops a run; an error in a case is its fault.
    public enum Level: String, Sendable, Comparable {
        case note, warning, error

        /// Note before warning before error.
        public static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// Stable code with a page in `docs/findings/`, such as `WF012`.
    public var code: String
    /// How bad it is.
    public var level: Level
    /// One sentence: what is wrong and what to do.
    public var message: String
    /// Repository path of the file.
    public var file: String
    /// Where in the file, when known.
    public var position: Position?

    /// A finding.
    public init(
        _ code: String, _ level: Level = .error, _ message: String, file: String,
        at position: Position? = nil
    ) {
        self.code = code
        self.level = level
        self.message = message
        self.file = file
        self.position = position
    }
}

extension Finding: Comparable {
    /// By file, place, code and message, all as bytes.
    public static func < (a: Finding, b: Finding) -> Bool {
        if a.file != b.file { return a.file.utf8.lexicographicallyPrecedes(b.file.utf8) }
        let first = a.position ?? Position(line: 0, column: 0)
        let second = b.position ?? Position(line: 0, column: 0)
        if first != second { return first < second }
        if a.code != b.code { return a.code.utf8.lexicographicallyPrecedes(b.code.utf8) }
        return a.message.utf8.lexicographicallyPrecedes(b.message.utf8)
    }
}

extension Finding: CustomStringConvertible {
    /// `file:line:column: level CODE: message`.
    public var description: String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        return "\(file)\(place): \(level.rawValue) \(code): \(message)"
    }
}

/// Bounds on what a parser accepts. Past one of them the input is refused with a message, before
/// memory or stack runs out.
public struct ParseLimits: Sendable {
    /// Bytes of input.
    public var bytes: Int
    /// Nesting of arrays and objects.
    public var depth: Int
    /// Values, those that aliases repeat included.
    public var nodes: Int

    /// Limits; the defaults fit a case file with room to spare.
    public init(bytes: Int = 16 << 20, depth: Int = 200, nodes: Int = 4_000_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}

/// Why a text could not be parsed.
public struct ParseError: Error, Hashable, Sendable {
    /// What kind of problem it is; each is a finding code of its own.
    public enum Code: String, Sendable {
        /// The text does not follow the grammar.
        case syntax
        /// The bytes are not UTF-8.
        case encoding
        /// An object has a key twice.
        case duplicateKey
        /// One of ``ParseLimits`` is passed.
        case tooLarge, tooDeep, tooManyNodes
        /// The format allows it and Docket does not (`.inf`, a custom tag).
        case unsupported
    }

    /// What kind of problem it is.
    public var code: Code
    /// One sentence.
    public var message: String
    /// Where.
    public var position: Position

    /// An error.
    public init(_ code: Code, _ message: String, at position: Position) {
        self.code = code
        self.message = message
        self.position = position
    }
}

extension ParseError {
    /// The finding that reports this error in a file.
    public func finding(file: String) -> Finding {
        let number =
            switch code {
            case .syntax: "DOC001"
            case .encoding: "DOC002"
            case .duplicateKey: "DOC003"
            case .tooLarge: "DOC004"
            case .tooDeep: "DOC005"
            case .tooManyNodes: "DOC006"
            case .unsupported: "DOC007"
            }
        return Finding(number, .error, message, file: file, at: position)
    }
}
