internal import Crypto

/// A running hash of either object format.
enum Digest {
    case sha1(Insecure.SHA1)
    case sha256(SHA256)

    init(_ format: ObjectFormat) {
        switch format {
        case .sha1: self = .sha1(Insecure.SHA1())
        case .sha256: self = .sha256(SHA256())
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // The state moves out and back, or else each update would copy it.
        switch consume self {
        case .sha1(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha1(hash)
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            self = .sha256(hash)
        }
    }

    mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    func finish() -> ObjectID {
        switch self {
        case .sha1(let hash):
            hash.finalize().withUnsafeBytes { Self.id($0, .sha1) }
        case .sha256(let hash):
            hash.finalize().withUnsafeBytes { Self.id($0, .sha256) }
        }
    }

    private static func id(_ raw: UnsafeRawBufferPointer, _ format: ObjectFormat) -> ObjectID {
        guard let start = raw.baseAddress else { return ObjectID(zero: format) }
        return ObjectID(loading: start, format: format)
    }
}
