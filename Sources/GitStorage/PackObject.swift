/// A git object in memory with its id.
public struct ObjectBytes: Sendable, Hashable {
    /// Its kind.
    public let kind: ObjectKind
    /// Its content without the header.
    public let bytes: [UInt8]
    /// Its id: the hash of `kind SP size NUL content`.
    public let id: ObjectID

    /// Hashes `bytes`. Pure; free to run on any thread.
    public init(_ kind: ObjectKind, _ bytes: [UInt8], format: ObjectFormat = .sha1) {
        self.kind = kind
        self.bytes = bytes
        id = bytes.withUnsafeBytes { Self.id(kind, $0, format: format) }
    }

    /// The id of an object with this content.
    static func id(
        _ kind: ObjectKind, _ content: UnsafeRawBufferPointer, format: ObjectFormat
    ) -> ObjectID {
        var digest = Digest(format)
        digest.update(Array("\(kind.name) \(content.count)\0".utf8))
        digest.update(content)
        return digest.finish()
    }
}

/// An object hashed and deflated, ready to be appended to a pack. Making one is the costly part of
/// writing and runs on any thread.
public struct PackObject: Sendable {
    /// Its id.
    public let id: ObjectID
    /// Its kind.
    public let kind: ObjectKind
    /// The entry as it stands in a pack: kind and size, then the zlib stream.
    let packed: [UInt8]
    /// The CRC-32 of `packed`, for the index.
    let crc: UInt32

    /// The level of deflate used unless another is asked for: the fastest that compresses.
    public static let defaultLevel = 1

    /// Hashes and deflates. `level` is libdeflate's, 0 (stored) to 12.
    public static func make(
        _ kind: ObjectKind, _ bytes: [UInt8], format: ObjectFormat = .sha1,
        level: Int = defaultLevel
    ) throws(GitError) -> PackObject {
        try make(ObjectBytes(kind, bytes, format: format), level: level)
    }

    /// Deflates an object that is hashed already.
    public static func make(
        _ object: ObjectBytes, level: Int = defaultLevel
    ) throws(GitError) -> PackObject {
        let packed = try Deflater.deflate(
            object.bytes, after: header(object.kind, size: object.bytes.count), level: level)
        return PackObject(
            id: object.id, kind: object.kind, packed: packed, crc: Deflater.crc32(packed))
    }

    /// The id as a blob's.
    public var blob: BlobID { BlobID(id) }

    /// Kind and size as in gitformat-pack(5): three bits of kind and four of size, then seven bits
    /// of size a byte, low ones first.
    static func header(_ kind: ObjectKind, size: Int) -> [UInt8] {
        var rest = size >> 4
        var byte = kind.rawValue << 4 | UInt8(size & 15)
        var result: [UInt8] = []
        while rest > 0 {
            result.append(byte | 0x80)
            byte = UInt8(rest & 0x7F)
            rest >>= 7
        }
        result.append(byte)
        return result
    }
}
