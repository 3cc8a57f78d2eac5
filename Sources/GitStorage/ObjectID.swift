/// The hash function that names a repository's objects (`extensions.objectFormat`).
public enum ObjectFormat: String, Sendable, Hashable {
    /// SHA-1, 20 bytes: git's default.
    case sha1
    /// SHA-256, 32 bytes.
    case sha256

    /// Length of a raw object id in bytes.
    public var byteCount: Int { self == .sha1 ? 20 : 32 }
}

/// The kind of a git object, with its number in a pack entry.
public enum ObjectKind: UInt8, Sendable, Hashable {
    /// A commit.
    case commit = 1
    /// A tree.
    case tree = 2
    /// A blob.
    case blob = 3
    /// An annotated tag.
    case tag = 4

    /// The word that stands in an object's header.
    public var name: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        case .tag: "tag"
        }
    }
}

/// The name of a git object of any kind: 20 or 32 raw bytes, held inline. Sorts as its bytes do.
public struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
    // Big-endian words, so that comparing numbers compares bytes.
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64
    /// The hash function the id comes from.
    public let format: ObjectFormat

    /// An id from raw bytes; `nil` unless there are exactly 20 or 32.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 20: format = .sha1
        case 32: format = .sha256
        default: return nil
        }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { target in
            for (index, byte) in bytes.enumerated() { target[index] = byte }
        }
        (word0, word1) = (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1))
        (word2, word3) = (UInt64(bigEndian: words.2), UInt64(bigEndian: words.3))
    }

    /// The id of nothing: zero bytes only.
    init(zero format: ObjectFormat) {
        (word0, word1, word2, word3) = (0, 0, 0, 0)
        self.format = format
    }

    /// An id from memory that holds at least `format.byteCount` bytes.
    init(loading source: UnsafeRawPointer, format: ObjectFormat) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { target in
            target.baseAddress?.copyMemory(from: source, byteCount: format.byteCount)
        }
        (word0, word1) = (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1))
        (word2, word3) = (UInt64(bigEndian: words.2), UInt64(bigEndian: words.3))
        self.format = format
    }

    /// An id from its 40 or 64 hexadecimal digits, either case; `nil` for anything else.
    public init?(hex: some StringProtocol) {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in hex.utf8 {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x57
            case 0x41...0x46: value = digit - 0x37
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        guard high == nil else { return nil }
        self.init(bytes: bytes)
    }

    /// The first two bytes as a number.
    var firstTwoBytes: Int { Int(word0 >> 48) }

    /// Calls `body` with the id's raw bytes.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words = (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)
        return try withUnsafeBytes(of: words) { (all) throws(Failure) -> Result in
            try body(UnsafeRawBufferPointer(rebasing: all[..<format.byteCount]))
        }
    }

    /// The raw bytes.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    /// The id in lower-case hexadecimal.
    public var description: String {
        withBytes { raw in
            String(unsafeUninitializedCapacity: raw.count * 2) { text in
                for (index, byte) in raw.enumerated() {
                    text[index * 2] = Self.digit(byte >> 4)
                    text[index * 2 + 1] = Self.digit(byte & 15)
                }
                return raw.count * 2
            }
        }
    }

    /// The first byte: an index file's fan-out bucket.
    var firstByte: Int { Int(word0 >> 56) }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// Compares raw bytes.
    public static func < (left: ObjectID, right: ObjectID) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    /// Ids are uniform already, so their first 16 bytes are hash enough.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(word0)
        hasher.combine(word1)
    }
}

/// An object id that also says, as a type, what kind of object it names.
public protocol TypedObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The id without the kind.
    var object: ObjectID { get }
    /// Takes the caller's word that `object` names an object of this kind.
    init(_ object: ObjectID)
}

extension TypedObjectID {
    /// An id from its hexadecimal digits; `nil` unless there are 40 or 64 of them.
    public init?(hex: some StringProtocol) {
        guard let object = ObjectID(hex: hex) else { return nil }
        self.init(object)
    }

    /// The id in lower-case hexadecimal.
    public var description: String { object.description }

    /// Compares raw bytes.
    public static func < (left: Self, right: Self) -> Bool { left.object < right.object }
}

/// The id of a commit.
public struct CommitID: TypedObjectID {
    /// The id without the kind.
    public let object: ObjectID
    /// Takes the caller's word that `object` names a commit.
    public init(_ object: ObjectID) { self.object = object }
}

/// The id of a tree.
public struct TreeID: TypedObjectID {
    /// The id without the kind.
    public let object: ObjectID
    /// Takes the caller's word that `object` names a tree.
    public init(_ object: ObjectID) { self.object = object }
}

/// The id of a blob.
public struct BlobID: TypedObjectID {
    /// The id without the kind.
    public let object: ObjectID
    /// Takes the caller's word that `object` names a blob.
    public init(_ object: ObjectID) { self.object = object }
}
