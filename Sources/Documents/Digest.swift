internal import Crypto

/// A SHA-256 digest: names closures, inputs, messages and the shards of bulk cases.
public struct Digest: Hashable, Sendable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// The digest of bytes.
    public init(of bytes: some Sequence<UInt8>) {
        var hasher = SHA256()
        hasher.update(data: Array(bytes))
        self.bytes = Array(hasher.finalize())
    }

    /// The digest of bytes.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        self.bytes = Array(hasher.finalize())
    }

    /// HMAC-SHA256 of a message (RFC 2104): how webhooks are signed.
    public static func hmac(of message: [UInt8], key: [UInt8]) -> Digest {
        let code = HMAC<SHA256>.authenticationCode(
            for: message, using: SymmetricKey(data: key))
        return Digest(bytes: Array(code))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The digest of a string's UTF-8.
    public init(of string: String) { self.init(of: Array(string.utf8)) }

    /// The first bytes of a digest as lower-case hexadecimal digits in an arena.
    public static func text(
        of bytes: UnsafeRawBufferPointer, first count: Int, in arena: Arena
    ) -> Text {
        let start = arena.allocate(count * 2)
        let digits = Text("0123456789abcdef")
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        hasher.finalize().withUnsafeBytes { digest in
            for index in 0..<min(count, digest.count) {
                let byte = digest[index]
                start.storeBytes(
                    of: digits[Int(byte >> 4)], toByteOffset: index * 2, as: UInt8.self)
                start.storeBytes(
                    of: digits[Int(byte & 15)], toByteOffset: index * 2 + 1, as: UInt8.self)
            }
        }
        return Text(start: UnsafeRawPointer(start), count: count * 2)
    }

    /// The 64 lower-case hexadecimal digits.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
