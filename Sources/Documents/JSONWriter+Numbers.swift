/// Spelling numbers straight into the output, without a string in between.
extension JSONWriter {
    private static let room = 32

    /// The digits of a number as ``Numbers/spell(_:)`` has them, when it is below 1e15 and has six
    /// decimals at most; nil for others.
    ///
    /// A decimal of up to fifteen digits that reads back as the number is its shortest spelling.
    static func decimals(_ magnitude: Double) -> (digits: UInt64, decimals: Int)? {
        var scale = 1.0
        for decimals in 0...6 {
            let scaled = magnitude * scale
            guard scaled < 1e15 else { return nil }
            let digits = UInt64(scaled + 0.5)
            if Double(digits) / scale == magnitude { return (digits, decimals) }
            scale *= 10
        }
        return nil
    }

    /// Gives the bytes of a decimal to a function.
    static func spell(
        _ digits: UInt64, decimals: Int, isNegative: Bool, _ use: (UnsafeRawBufferPointer) -> Void
    ) {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { bytes in
            var at = room
            var rest = digits
            var left = decimals
            repeat {
                at &-= 1
                bytes[at] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                left &-= 1
                if left == 0 {
                    at &-= 1
                    bytes[at] = 0x2E
                }
            } while rest > 0 || left >= 0
            if isNegative {
                at &-= 1
                bytes[at] = 0x2D
            }
            use(UnsafeRawBufferPointer(rebasing: bytes[at..<room]))
        }
    }
}
