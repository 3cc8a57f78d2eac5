internal import Documents
internal import Synchronization

/// Compiled patterns by their source.
///
/// A schema is a trivially copyable handle and cannot own objects, so its patterns stay here, one
/// for each source, as long as the process. Looked up at compile time only.
enum PatternTable {
    private static let patterns = Mutex<[[UInt8]: Pattern]>([:])

    /// The pattern of a source, which will not go away.
    static func pattern(_ source: Text) throws(ExpressionError) -> Unmanaged<Pattern> {
        let key = Array(source.bytes)
        if let known = patterns.withLock({ $0[key] }) { return Unmanaged.passUnretained(known) }
        let made = try Pattern.compile(source)
        return patterns.withLock { table in
            if let known = table[key] { return Unmanaged.passUnretained(known) }
            table[key] = made
            return Unmanaged.passUnretained(made)
        }
    }
}
