/// Where an object stands in a pack.
struct PackIndexEntry: Sendable {
    let id: ObjectID
    let offset: UInt64
    let crc: UInt32
}

/// The bytes of a pack index, version 2 of gitformat-pack(5): a fan-out table, sorted ids, CRCs,
/// 32-bit offsets, 64-bit offsets for what lies beyond them, and two checksums.
enum PackIndex {
    /// The first offset that does not fit into 31 bits.
    static let largeOffset: UInt64 = 1 << 31

    /// Encodes `entries`, each id once, in any order. Offsets from `threshold` on go to the table of
    /// 64-bit offsets; a lower one than git's own is for tests.
    static func encode(
        _ entries: [PackIndexEntry], packChecksum: ObjectID, threshold: UInt64 = largeOffset
    ) -> [UInt8] {
        encode(sorted: sorted(entries), packChecksum: packChecksum, threshold: threshold)
    }

    /// The entries by id. Ids are spread evenly, so dealing them out by their first bytes leaves
    /// little to sort.
    static func sorted(_ entries: [PackIndexEntry]) -> [PackIndexEntry] {
        guard entries.count > 1 << 14 else { return entries.sorted { $0.id < $1.id } }
        var ends = [Int](repeating: 0, count: 1 << 16)
        for entry in entries { ends[entry.id.firstTwoBytes] += 1 }
        var total = 0
        for index in ends.indices {
            total += ends[index]
            ends[index] = total - ends[index]
        }
        var sorted = entries
        for entry in entries {
            sorted[ends[entry.id.firstTwoBytes]] = entry
            ends[entry.id.firstTwoBytes] += 1
        }
        var start = 0
        for end in ends where end > start {
            sorted[start..<end].sort { $0.id < $1.id }
            start = end
        }
        return sorted
    }

    /// Encodes entries that are in the order of their ids.
    static func encode(
        sorted: [PackIndexEntry], packChecksum: ObjectID, threshold: UInt64
    ) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2]
        bytes.reserveCapacity(
            8 + 1024 + sorted.count * (packChecksum.format.byteCount + 16) + 64)
        var fanOut = [UInt32](repeating: 0, count: 256)
        for entry in sorted { fanOut[entry.id.firstByte] += 1 }
        var total: UInt32 = 0
        for count in fanOut {
            total += count
            append(total, to: &bytes)
        }
        for entry in sorted { entry.id.withBytes { bytes.append(contentsOf: $0) } }
        for entry in sorted { append(entry.crc, to: &bytes) }
        var large: [UInt64] = []
        for entry in sorted {
            if entry.offset < min(threshold, largeOffset) {
                append(UInt32(entry.offset), to: &bytes)
            } else {
                append(0x8000_0000 | UInt32(large.count), to: &bytes)
                large.append(entry.offset)
            }
        }
        for offset in large { append(offset, to: &bytes) }
        packChecksum.withBytes { bytes.append(contentsOf: $0) }
        var digest = Digest(packChecksum.format)
        digest.update(bytes)
        digest.finish().withBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
