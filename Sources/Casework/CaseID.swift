import Documents

/// The id of a case: its path under `cases/` without the ending; of a bulk line, the file's id, a
/// slash and the line's id; of a child, its parent's id, a slash and the child's name.
public struct CaseID: Hashable, Sendable {
    /// Segments of `[A-Za-z0-9][A-Za-z0-9._-]{0,99}` joined by `/`.
    public let path: String

    /// An id; nil when a segment is empty, longer than 100, holds another character, or ends in
    /// `.events` or `.data`.
    public init?(_ path: some StringProtocol) {
        guard path.utf8.count <= 1000 else { return nil }
        let segments = path.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for segment in segments where !Self.isSegment(segment) { return nil }
        self.path = String(path)
    }

    /// An id that is not checked: of cases that never reach a disk.
    init(unchecked path: String) { self.path = path }

    private static func isSegment(_ segment: some Collection<UInt8>) -> Bool {
        guard let first = segment.first, segment.count <= 100, isLetterOrDigit(first) else {
            return false
        }
        for byte in segment
        where !isLetterOrDigit(byte) && byte != 0x2E && byte != 0x5F && byte != 0x2D {
            return false
        }
        let text = String(decoding: segment, as: UTF8.self)
        return !text.hasSuffix(".events") && !text.hasSuffix(".data")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }
}

extension CaseID: CustomStringConvertible {
    /// The path.
    public var description: String { path }
}

extension CaseID: Comparable {
    /// Byte order.
    public static func < (a: CaseID, b: CaseID) -> Bool {
        let order = a.path.utf8.withContiguousStorageIfAvailable { left in
            b.path.utf8.withContiguousStorageIfAvailable { right in
                Text.compare(
                    Text(UnsafeRawBufferPointer(left)), Text(UnsafeRawBufferPointer(right)))
            }
        }
        if case .some(.some(let order)) = order { return order < 0 }
        return a.path.utf8.lexicographicallyPrecedes(b.path.utf8)
    }
}
