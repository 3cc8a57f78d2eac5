import Documents

/// What a context may grow to. Values share their parts, so that an assignment which doubles what it
/// finds makes, in a few steps, a context that no disk holds; this is asked before it goes on.
struct ContextLimits {
    /// Values, shared ones counted as often as they would be written.
    static let values = 4_000_000
    /// Bytes of texts, counted the same way.
    static let bytes = 64 << 20
    /// Nesting: what the ledger's reader takes, less the levels around a context.
    static let depth = 180

    private var values = Self.values
    private var bytes = Self.bytes

    /// Whether a context is within all limits. Takes time in proportion to its size, and never more
    /// than the limits.
    static func allow(_ context: Value) -> Bool {
        var limits = ContextLimits()
        return limits.allow(context, depth: 0)
    }

    private mutating func allow(_ value: Value, depth: Int) -> Bool {
        values -= 1
        guard values >= 0, depth <= Self.depth else { return false }
        switch value.kind {
        case .string:
            bytes -= value.count
            return bytes >= 0
        case .array:
            for element in value.array ?? .init(start: nil, count: 0) {
                if !allow(element, depth: depth + 1) { return false }
            }
        case .object:
            for member in value.members ?? .init(start: nil, count: 0) {
                bytes -= member.key.count
                if !allow(member.value, depth: depth + 1) { return false }
            }
        default: break
        }
        return bytes >= 0
    }
}
