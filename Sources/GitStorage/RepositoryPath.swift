internal import Glibc

/// A path of a file inside a repository that is safe to write: relative, `/` between its segments,
/// and nothing in it that could leave the repository or touch its git directory when the tree is
/// checked out on any system. Paths compare by bytes.
public struct RepositoryPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The longest path in bytes.
    public static let lengthLimitBytes = 1024
    /// The longest segment in bytes, the limit of common file systems.
    public static let segmentLimitBytes = 255

    /// The path in UTF-8.
    public let bytes: [UInt8]

    /// Checks text. The error's code is `invalidPath`.
    public init(_ text: String) throws(GitError) {
        try self.init(bytes: Array(text.utf8))
    }

    /// Checks raw bytes. The error's code is `invalidPath`.
    public init(bytes: [UInt8]) throws(GitError) {
        if let reason = Self.objection(to: bytes) {
            throw GitError(
                .invalidPath, operation: "check path",
                message: "\"\(Self.printable(bytes))\" \(reason)")
        }
        self.bytes = bytes
    }

    /// The path as text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Why a path must not be written; `nil` when it may.
    public static func objection(to path: [UInt8]) -> String? {
        if path.isEmpty { return "is empty" }
        if path.count > lengthLimitBytes { return "is longer than \(lengthLimitBytes) bytes" }
        if isPlain(path) { return nil }
        if path[0] == 0x2F { return "begins with a slash" }
        for byte in path {
            if byte < 0x20 || byte == 0x7F { return "holds a control character" }
            if byte == 0x5C { return "holds a backslash" }
        }
        if String(validating: path, as: UTF8.self) == nil { return "is not UTF-8" }
        for segment in path.split(separator: 0x2F, omittingEmptySubsequences: false) {
            if segment.isEmpty { return "has an empty segment" }
            if segment.count > segmentLimitBytes {
                return "has a segment longer than \(segmentLimitBytes) bytes"
            }
            if segment.elementsEqual([0x2E]) || segment.elementsEqual([0x2E, 0x2E]) {
                return "has a segment that is . or .."
            }
            if DotGit.matches(segment) { return "has a segment that is a spelling of .git" }
        }
        return nil
    }

    /// True for a path of letters, digits and `-_.%` that clearly passes: most paths, and found out
    /// in one pass. False says nothing.
    private static func isPlain(_ path: [UInt8]) -> Bool {
        var length = 0
        for byte in path {
            switch byte {
            case 0x2F:
                if length == 0 { return false }
                length = 0
                continue
            // Where a spelling of .git could begin.
            case 0x2E, 0x47, 0x67: if length == 0 { return false }
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x25, 0x2D, 0x5F: break
            default: return false
            }
            length += 1
            if length > segmentLimitBytes { return false }
        }
        return length > 0
    }

    /// Compares by bytes, which is git's order for files.
    public static func < (left: RepositoryPath, right: RepositoryPath) -> Bool {
        left.bytes.precedes(right.bytes)
    }

    private static func printable(_ bytes: [UInt8]) -> String {
        let shown = bytes.prefix(200).map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }
        return String(decoding: shown, as: UTF8.self) + (bytes.count > 200 ? "…" : "")
    }
}

/// The names that some file system takes for `.git`: by case, by characters it ignores, by the
/// dots and spaces it drops, by short names, by streams (CVE-2014-9390, CVE-2019-1352).
enum DotGit {
    static func matches(_ segment: ArraySlice<UInt8>) -> Bool {
        // NTFS: everything from a colon on names a stream of the same directory; dots and spaces
        // at the end are dropped.
        var name = segment.prefix { $0 != 0x3A }
        while let last = name.last, last == 0x2E || last == 0x20 { name.removeLast() }
        if isDotGit(name) || isShortName(name) { return true }
        // HFS+ ignores some characters anywhere in a name; none of them is ASCII.
        guard segment.contains(where: { $0 >= 0x80 }) else { return false }
        let folded = String(decoding: segment, as: UTF8.self).unicodeScalars.filter {
            !isIgnoredByHFS($0)
        }
        return isDotGit(Array(String(String.UnicodeScalarView(folded)).utf8)[...])
    }

    private static func isDotGit(_ name: ArraySlice<UInt8>) -> Bool {
        name.map { $0 | ($0 >= 0x41 && $0 <= 0x5A ? 0x20 : 0) }.elementsEqual(".git".utf8)
    }

    private static func isShortName(_ name: ArraySlice<UInt8>) -> Bool {
        let lower = name.map { $0 | ($0 >= 0x41 && $0 <= 0x5A ? 0x20 : 0) }
        return lower.starts(with: "git~".utf8) && lower.count > 4
            && lower.dropFirst(4).allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
        default: false
        }
    }
}

extension [UInt8] {
    /// Compares by bytes, a prefix before what it begins.
    func precedes(_ other: [UInt8]) -> Bool {
        withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                guard let start = left.baseAddress, let otherStart = right.baseAddress else {
                    return left.count < right.count
                }
                let order = memcmp(start, otherStart, Swift.min(left.count, right.count))
                return order == 0 ? left.count < right.count : order < 0
            }
        }
    }
}
