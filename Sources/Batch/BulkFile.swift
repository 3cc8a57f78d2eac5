import Casework
import Documents
import GitStorage
import Synchronization

/// The lines of a bulk file: their ids, their digests, and on demand their values.
final class BulkFile: Sendable {
    /// A line that can be told apart.
    struct Line: Sendable {
        let id: String
        /// Of the line's bytes; of a CSV file of the header too.
        let digest: Digest
        let number: Int
        fileprivate let content: Content
    }

    fileprivate enum Content: Sendable {
        case json(StreamLine)
        case row(CSVRow)
    }

    /// The path in the source.
    let path: String
    /// In the order of the file; of lines with one id the first.
    let lines: [Line]
    /// Lines by id.
    let index: [String: Int]
    /// Ids that several lines have, with the lines' numbers.
    let duplicates: [String: [Int]]
    /// Lines that cannot be read, with the id where one can be made out.
    let broken: [(id: String?, finding: Finding)]
    /// Why the whole file cannot be read.
    let problem: Finding?

    private let memory: Memory
    private let limits: ParseLimits

    /// Bytes that stay where they are.
    private final class Memory: @unchecked Sendable {
        private let bytes: UnsafeMutableRawBufferPointer
        let content: UnsafeRawBufferPointer
        let names = Arena(chunkBytes: 1024)

        init(_ content: [UInt8]) {
            bytes = .allocate(byteCount: max(content.count, 1), alignment: 16)
            bytes.copyBytes(from: content)
            self.content = UnsafeRawBufferPointer(rebasing: bytes[..<content.count])
        }

        deinit { bytes.deallocate() }
    }

    /// Reads the ids of all lines.
    init(path: String, content: [UInt8], lineLimitBytes: Int) {
        self.path = path
        memory = Memory(content)
        limits = ParseLimits(bytes: lineLimitBytes)
        var reader = BulkReading(path: path, limits: limits)
        if path.hasSuffix(".csv") {
            reader.readRows(memory.content, names: memory.names)
        } else {
            reader.readLines(memory.content)
        }
        lines = reader.lines
        index = reader.index
        duplicates = reader.duplicates.merging(BulkClashes.find(reader.lines)) { $0 + $1 }
            .mapValues { Array(Set($0)).sorted() }
        broken = reader.broken
        problem = reader.problem
    }

    /// What is wrong with lines before their content is looked at: what cannot be read, and ids on
    /// several lines, each at every one of them.
    var findings: [Finding] {
        var clashes: [Int: Finding] = [:]
        for (id, numbers) in duplicates.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            let first = index[id].map { lines[$0].number }
            // A line is named by the id that it has itself.
            for number in numbers where clashes[number] == nil || number == first {
                clashes[number] = duplicate(id, on: numbers, at: number)
            }
        }
        return broken.map(\.finding)
            + clashes.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A parser of lines for one worker.
    func makeReader() -> Reader { Reader(self) }

    /// Parses lines; strings point into the file's bytes.
    struct Reader {
        private let file: BulkFile
        private var json: JSONParser
        private var csv: CSVReader?
        private let names = Arena(chunkBytes: 1024)

        fileprivate init(_ file: BulkFile) {
            self.file = file
            json = JSONParser(limits: file.limits)
            if file.path.hasSuffix(".csv") {
                csv = try? CSVReader(file.memory.content, limits: file.limits, names: names)
            }
        }

        /// The value of a line.
        mutating func value(_ line: Line, into arena: Arena) throws(ParseError) -> Value {
            switch line.content {
            case .json(let content): return try content.parse(with: &json, into: arena)
            case .row(let row):
                return try csv?.parse(row, into: arena) ?? .null
            }
        }
    }
}

/// Goes once over a bulk file.
private struct BulkReading {
    let path: String
    let limits: ParseLimits
    var lines: [BulkFile.Line] = []
    var index: [String: Int] = [:]
    var duplicates: [String: [Int]] = [:]
    var broken: [(id: String?, finding: Finding)] = []
    var problem: Finding?
    private let arena = Arena()

    init(path: String, limits: ParseLimits) {
        self.path = path
        self.limits = limits
    }

    mutating func readLines(_ bytes: UnsafeRawBufferPointer) {
        var parser = JSONParser(limits: limits)
        for line in NDJSONLines(bytes) {
            defer { if arena.reservedBytes > 1 << 20 { arena.reset() } }
            do throws(ParseError) {
                let value = try line.parse(with: &parser, into: arena)
                add(value, Digest(of: Self.trimmed(line.bytes)), line.number, .json(line))
            } catch {
                broken.append((Self.salvagedID(line.bytes), error.finding(file: path)))
            }
        }
    }

    mutating func readRows(_ bytes: UnsafeRawBufferPointer, names: Arena) {
        do throws(ParseError) {
            var reader = try CSVReader(bytes, limits: limits, names: names)
            let header = reader.columns.map { "\($0.name):\($0.cell.rawValue)" }
            var scratch = Array(header.joined(separator: ",").utf8) + [0x0A]
            let headerCount = scratch.count
            while let row = reader.next() {
                defer { if arena.reservedBytes > 1 << 20 { arena.reset() } }
                do throws(ParseError) {
                    let value = try reader.parse(row, into: arena)
                    scratch.removeSubrange(headerCount...)
                    scratch.append(contentsOf: row.bytes)
                    add(value, Digest(of: scratch), row.line, .row(row))
                } catch {
                    broken.append((nil, error.finding(file: path)))
                }
            }
        } catch { problem = error.finding(file: path) }
    }

    private mutating func add(
        _ value: Value, _ digest: Digest, _ number: Int, _ content: BulkFile.Content
    ) {
        guard let id = Self.id(value), CaseID(id) != nil, !id.utf8.contains(0x2F) else {
            broken.append(
                (
                    nil,
                    Finding(
                        "CS030", .error,
                        "the line needs an id: letters, digits, '.', '_' and '-', at most 100, the "
                            + "first a letter or digit",
                        file: path, at: Position(line: number, column: 1))
                ))
            return
        }
        if let first = index[id] {
            duplicates[id, default: [lines[first].number]].append(number)
            return
        }
        index[id] = lines.count
        lines.append(.init(id: id, digest: digest, number: number, content: content))
    }

    private static func id(_ value: Value) -> String? {
        guard let id = value["id"] else { return nil }
        return id.kind == .integer ? id.integer.map { String($0) } : id.string
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (low, high) = (0, bytes.count)
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while low < high, isBlank(bytes[low]) { low += 1 }
        while high > low, isBlank(bytes[high - 1]) { high -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[low..<high])
    }

    /// The id that a line which does not parse shows at its start, as in `{"id": "C-1", …`.
    private static func salvagedID(_ bytes: UnsafeRawBufferPointer) -> String? {
        let start = bytes.prefix(300).filter { $0 != 0x20 && $0 != 0x09 }
        let opening = Array("{\"id\":\"".utf8)
        guard start.starts(with: opening) else { return nil }
        let id = String(
            decoding: start.dropFirst(opening.count).prefix { $0 != 0x22 }, as: UTF8.self)
        return CaseID(id) != nil && !id.utf8.contains(0x2F) ? id : nil
    }
}
