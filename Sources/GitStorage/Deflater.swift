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

    /// The CRC-32 of zlib and of pack indexes.
    static func crc32(_ bytes: [UInt8]) -> UInt32 { libdeflate_crc32(0, bytes, bytes.count) }
}
