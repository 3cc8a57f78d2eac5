public import Documents
import Expressions

/// Finds the column inside the file at which an expression goes wrong.
///
/// A definition's nodes know where a scalar starts. When its expression does not parse, the
/// scalar is read again from the file's text, this time with the place of every byte.
public enum ExpressionPlaces {
    /// The findings, those about JMESPath expressions moved from the start of the expression to
    /// where it goes wrong.
    public static func refine(_ findings: [Finding], in files: [RepositoryFile]) -> [Finding] {
        findings.map { finding in
            guard finding.code.hasPrefix("EX01"), let start = finding.position,
                let file = files.first(where: { $0.path.utf8.elementsEqual(finding.file.utf8) })
            else { return finding }
            var refined = finding
            refined.position = place(of: start, in: file.bytes) ?? start
            return refined
        }
    }

    private static func place(of start: Position, in bytes: [UInt8]) -> Position? {
        guard let scalar = PlacedScalar(at: start, in: bytes) else { return nil }
        let arena = Arena(chunkBytes: 4096)
        let text = scalar.bytes.withUnsafeBytes {
            Text(start: arena.copy($0), count: $0.count)
        }
        do throws(ExpressionError) {
            _ = try JMESPath.compile(text, in: arena)
            return nil
        } catch {
            guard let offset = error.offset, !scalar.places.isEmpty else { return nil }
            return scalar.places[min(offset, scalar.places.count - 1)]
        }
    }
}

/// The bytes of a scalar of YAML or JSON, each with its place in the file. White space where lines
/// are folded may differ from what the parser makes of it.
struct PlacedScalar {
    private(set) var bytes: [UInt8] = []
    private(set) var places: [Position] = []

    private let input: [UInt8]
    private var at: Int
    private var position: Position

    /// - Parameter start: of the scalar, its quote or indicator.
    init?(at start: Position, in input: [UInt8]) {
        self.input = input
        at = 0
        position = Position(line: 1, column: 1)
        while at < input.count, position < start { step() }
        guard at < input.count, position == start else { return nil }
        switch input[at] {
        case UInt8(ascii: "\""): readDoubleQuoted()
        case UInt8(ascii: "'"): readSingleQuoted()
        case UInt8(ascii: "|"), UInt8(ascii: ">"): readBlock()
        default: readPlain()
        }
    }

    /// Passes one byte.
    private mutating func step() {
        if input[at] == 0x0A {
            position = Position(line: position.line + 1, column: 1)
        } else if at + 1 >= input.count || input[at + 1] & 0xC0 != 0x80 {
            position.column += 1
        }
        at += 1
    }

    /// Keeps a byte and passes it.
    private mutating func take(_ byte: UInt8? = nil) {
        bytes.append(byte ?? input[at])
        places.append(position)
        step()
    }

    private mutating func readDoubleQuoted() {
        step()
        while at < input.count, input[at] != UInt8(ascii: "\"") {
            guard input[at] == UInt8(ascii: "\\"), at + 1 < input.count else {
                take(input[at] == 0x0A ? 0x20 : nil)
                continue
            }
            let escaped = input[at + 1]
            switch escaped {
            case UInt8(ascii: "n"): take(0x0A)
            case UInt8(ascii: "t"): take(0x09)
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"): take(UInt8(ascii: "?"))
            default: take(escaped)
            }
            if at < input.count { step() }
            if escaped == UInt8(ascii: "x") || escaped | 0x20 == UInt8(ascii: "u") {
                let digits = escaped == 0x78 ? 2 : escaped == 0x75 ? 4 : 8
                for _ in 0..<digits where at < input.count { step() }
            }
        }
    }

    private mutating func readSingleQuoted() {
        step()
        while at < input.count {
            if input[at] == UInt8(ascii: "'") {
                guard at + 1 < input.count, input[at + 1] == UInt8(ascii: "'") else { return }
                step()
            }
            take(input[at] == 0x0A ? 0x20 : nil)
        }
    }

    /// A block ends before the first line that is indented less than its first.
    private mutating func readBlock() {
        skipLine()
        var indent: Int?
        while at < input.count {
            let spaces = input[at...].prefix { $0 == 0x20 }.count
            let isBlank = at + spaces >= input.count || input[at + spaces] == 0x0A
            if indent == nil, !isBlank { indent = spaces }
            if !isBlank, spaces < indent ?? 0 || spaces == 0 { return }
            for _ in 0..<min(spaces, indent ?? spaces) { step() }
            while at < input.count, input[at] != 0x0A { take() }
            if at < input.count { take() }
        }
    }

    private mutating func skipLine() {
        while at < input.count, input[at] != 0x0A { step() }
        if at < input.count { step() }
    }

    /// The rest of the line; ` #` and `: ` end it.
    private mutating func readPlain() {
        while at < input.count, input[at] != 0x0A {
            let isFollowedBySpace = at + 1 < input.count && input[at + 1] <= 0x20
            if input[at] == UInt8(ascii: ":"), isFollowedBySpace { return }
            if input[at] == 0x20, at + 1 < input.count, input[at + 1] == UInt8(ascii: "#") {
                return
            }
            take()
        }
    }
}
