import Documents

/// Ids of a bulk file that differ only in case.
enum BulkClashes {
    /// Lines by the id they have, for each id that another one is spelt like.
    ///
    /// A file of ids that all differ, which is nearly every file, costs one sorted list of hashes.
    static func find(_ lines: [BulkFile.Line]) -> [String: [Int]] {
        var hashes = lines.map { hash($0.id) }
        hashes.sort()
        guard zip(hashes, hashes.dropFirst()).contains(where: { $0 == $1 }) else { return [:] }
        var groups: [[UInt8]: [Int]] = [:]
        for (index, line) in lines.enumerated() {
            groups[line.id.utf8.map(folded), default: []].append(index)
        }
        var result: [String: [Int]] = [:]
        for group in groups.values where group.count > 1 {
            let numbers = group.map { lines[$0].number }
            for index in group { result[lines[index].id] = numbers }
        }
        return result
    }

    /// FNV-1a over the bytes, letters as small ones.
    private static func hash(_ id: String) -> UInt64 {
        id.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64(folded($1))) &* 0x100_0000_01B3 }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}

extension BulkFile {
    /// The most bytes of a file that is read.
    static let limitBytes = 2 << 30

    /// A file past the limit.
    static func tooLarge(_ path: String) -> Finding {
        Finding("CS032", .error, "the file is larger than 2 GiB", file: path)
    }

    /// Lines that are not blank, readable or not.
    var count: Int {
        guard !duplicates.isEmpty else { return lines.count + broken.count }
        let numbers = Set(lines.map(\.number)).union(duplicates.values.joined())
        return numbers.count + broken.count
    }

    /// Several lines with one id.
    ///
    /// - Parameter line: where the finding stands; the first of them when nil.
    func duplicate(_ id: String, on numbers: [Int], at line: Int? = nil) -> Finding {
        let places = numbers.map { String($0) }.joined(separator: ", ")
        return Finding(
            "CS033", .error,
            "the lines \(places) have the id '\(id)' or one that differs only in case; ids are "
                + "unique", file: path, at: Position(line: line ?? numbers[0], column: 1))
    }
}
