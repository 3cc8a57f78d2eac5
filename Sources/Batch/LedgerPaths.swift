import Casework
import Documents

/// A case and where its files are.
struct CasePlace: Sendable, Hashable {
    let id: CaseID
    /// Of a bulk line: how many bytes of the id name its file; else 0.
    let fileLength: Int

    /// A case of a file of its own.
    init(_ id: CaseID) {
        self.id = id
        fileLength = 0
    }

    /// A line of a bulk file.
    init(_ id: CaseID, lineOf file: String) {
        self.id = id
        fileLength = file.utf8.count
    }

    /// The id of the bulk file.
    var file: String? {
        fileLength == 0 ? nil : String(decoding: id.path.utf8.prefix(fileLength), as: UTF8.self)
    }

    /// The line's own id, with what a child of it has after that.
    var lineID: String {
        String(
            decoding: id.path.utf8.dropFirst(fileLength == 0 ? 0 : fileLength + 1), as: UTF8.self)
    }

    /// A child's place: beside its parent's.
    func child(_ id: CaseID) -> CasePlace {
        file.map { CasePlace(id, lineOf: $0) } ?? CasePlace(id)
    }

    /// The case's path below `results/`, `decisions/` and `evidence/`: bulk lines are fanned out by
    /// the first four digits of the hash of their id.
    var path: String {
        guard let file else { return id.path }
        let line = lineID
        // A child stands beside its line's record.
        let own = line.prefix { $0 != "/" }
        let shard = Digest(of: String(own)).hexadecimal
        let second = shard.index(shard.startIndex, offsetBy: 2)
        return "\(file)/\(shard[..<second])/\(shard[second...].prefix(2))/\(line)"
    }
}

/// The files of the ledger.
enum LedgerPath {
    static func record(_ place: String) -> String { "results/\(place).json" }
    static func data(_ place: String) -> String { "results/\(place).data.json" }

    static func decision(_ place: String, _ decision: Decision) -> String {
        "decisions/\(place)/\(decision.episode)-\(decision.number).json"
    }

    static func evidence(_ place: String, _ call: VendorCall) -> String {
        let plugin = encoded(String(call.plugin))
        return "evidence/\(place)/\(plugin)-\(call.visit)-\(call.call).json"
    }

    static func message(_ id: String) -> String { "outbox/pending/\(id.prefix(2))/\(id).json" }

    static func manifest(_ run: String, _ clock: Instant) -> String {
        let time = clock.civil
        return "runs/\(two(time.year))/\(two(time.month))/\(two(time.day))/\(run).json"
    }

    static let dueDirectory = "index/due"
    static func due(_ day: String) -> String { "index/due/\(day).ndjson" }
    static let retry = "index/retry.ndjson"

    /// A plugin's name as part of a file name: what is not a letter, digit, `_` or `-` as `%XX`.
    static func encoded(_ name: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return bytes.count <= 180 ? text : "\(text.prefix(100))-\(Digest(of: name).hexadecimal)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
