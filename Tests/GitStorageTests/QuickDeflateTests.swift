import Testing

@testable import GitStorage

@Suite struct QuickDeflateTests {
    @Test func whatIsDeflatedInflatesToTheSameBytes() throws {
        let seed: UInt64 = 20_261_122
        var random = SplitMix(state: seed)
        let test = try TestRepository.with(["a": "a"])
        let writer = try PackWriter(location: test.open().location)
        var inputs = (0..<64).map { [UInt8](repeating: 0x61, count: $0) }
        inputs += [255, 258, 259, 260, 261, 516, 1000].map { [UInt8](repeating: 0, count: $0) }
        for _ in 0..<400 { inputs.append(Self.bytes(&random)) }
        for length in [-1, 0, 1] {
            let count = QuickDeflate.inputLimit + length
            inputs.append((0..<count).map { UInt8(truncatingIfNeeded: $0 / 97 ^ $0) })
        }
        var blobs: [(id: BlobID, bytes: [UInt8])] = []
        for input in inputs {
            let object = try PackObject.make(.blob, input)
            try writer.add(object)
            blobs.append((object.blob, input))
        }
        _ = try writer.finish()
        let repository = try test.open()
        for blob in blobs {
            let read = try repository.blob(blob.id, limitBytes: 1 << 20)
            #expect(read == blob.bytes, "seed \(seed), \(blob.bytes.count) bytes")
        }
        #expect(blobs.count == 474)
        try test.verify()
    }

    @Test func recordsShrinkAndNoiseHardlyGrows() throws {
        var random = SplitMix(state: 7)
        let record = Array(
            (0..<20).map { "  \"member\($0)\": {\"status\": \"active\"},\n" }.joined().utf8)
        let noise = (0..<4000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        #expect(try PackObject.make(.blob, record).packed.count < record.count / 3)
        #expect(try PackObject.make(.blob, noise).packed.count < noise.count + 20)
    }

    /// Bytes of a small or large alphabet with repeats at all distances.
    private static func bytes(_ random: inout SplitMix) -> [UInt8] {
        let count = Int(random.next() % [8, 100, 1500, 16_384].randomElement(using: &random)!)
        let alphabet = [2, 16, 64, 256].randomElement(using: &random)!
        var bytes: [UInt8] = []
        while bytes.count < count {
            if !bytes.isEmpty, random.next() % 3 == 0 {
                let from = Int(random.next() % UInt64(bytes.count))
                let length = Int(random.next() % 300)
                bytes += bytes[from..<min(from + length, bytes.count)]
            } else {
                bytes.append(UInt8(truncatingIfNeeded: Int(random.next() % UInt64(alphabet))))
            }
        }
        return Array(bytes.prefix(count))
    }
}
