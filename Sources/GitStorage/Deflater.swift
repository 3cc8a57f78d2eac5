internal import CLibDeflate
internal import Synchronization

/// One libdeflate compressor. Unchecked, because the pool below hands it to one thread at a time
/// and nobody else makes one.
private final class Compressor: @unchecked Sendable {
    let handle: OpaquePointer

    init?(level: Int) {
        guard let handle = libdeflate_alloc_compressor(Int32(clamping: level)) else { return nil }
        self.handle = handle
    }

    deinit { libdeflate_free_compressor(handle) }
}

/// Compression to zlib streams on any thread. Compressors are large, so they are kept and reused:
/// there are never more of them than threads that compressed at once.
enum Deflater {
    /// The levels of libdeflate, from stored to smallest.
    static let levels = 0...12

    private static let pool = Mutex<[[Compressor]]>(Array(repeating: [], count: levels.count))

    /// `prefix` followed by the zlib stream of `input`.
    static func deflate(
        _ input: [UInt8], after prefix: [UInt8], level: Int
    ) throws(GitError) -> [UInt8] {
        if level == quickLevel, input.count <= QuickDeflate.inputLimit,
            let result = quickly(input, after: prefix)
        {
            return result
        }
        let level = min(max(level, levels.lowerBound), levels.upperBound)
        let kept = pool.withLock { $0[level].popLast() }
        guard let compressor = kept ?? Compressor(level: level) else {
            throw GitError(.library, operation: "deflate", message: "out of memory")
        }
        defer { pool.withLock { $0[level].append(compressor) } }
        let bound = libdeflate_zlib_compress_bound(compressor.handle, input.count)
        var written = 0
        // In two steps, so that what is kept is no longer than what was written.
        let result = withUnsafeTemporaryAllocation(byteCount: prefix.count + bound, alignment: 16) {
            buffer in
            buffer.copyBytes(from: prefix)
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[prefix.count...])
            written = libdeflate_zlib_compress(
                compressor.handle, input, input.count, target.baseAddress, target.count)
            return [UInt8](buffer[..<(prefix.count + written)])
        }
        guard written > 0 else {
            throw GitError(.library, operation: "deflate", message: "libdeflate gave no output")
        }
        return result
    }

    /// The level at which small inputs are not worth a compressor.
    private static let quickLevel = 1

    /// As ``deflate(_:after:level:)`` by ``QuickDeflate``; nil when nothing is gained by it.
    private static func quickly(_ input: [UInt8], after prefix: [UInt8]) -> [UInt8]? {
        let room = prefix.count + 2 + QuickDeflate.bound(input.count) + 4
        return withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            buffer.copyBytes(from: prefix)
            // A zlib stream (RFC 1950): 32 KiB of window, the fastest level.
            start.storeBytes(of: 0x78, toByteOffset: prefix.count, as: UInt8.self)
            start.storeBytes(of: 0x01, toByteOffset: prefix.count + 1, as: UInt8.self)
            let count = input.withUnsafeBytes {
                QuickDeflate.compress($0, into: start + prefix.count + 2)
            }
            if count >= input.count + 5 { return nil }
            let end = prefix.count + 2 + count
            start.storeBytes(
                of: libdeflate_adler32(1, input, input.count).bigEndian, toByteOffset: end,
                as: UInt32.self)
            return [UInt8](UnsafeRawBufferPointer(rebasing: buffer[..<(end + 4)]))
        }
    }

    /// The CRC-32 of zlib and of pack indexes.
    static func crc32(_ bytes: [UInt8]) -> UInt32 { libdeflate_crc32(0, bytes, bytes.count) }
}
