internal import Documents

extension Arena {
    /// An array of values that stand in the arena already, without another copy.
    ///
    /// `Value` is frozen, so its three parts lie as they do here.
    @inline(__always)
    func adopt(_ elements: UnsafeMutablePointer<Value>, count: Int) -> Value {
        guard count > 0 else { return .emptyArray }
        struct Parts {
            let payload: UInt64
            let length: UInt32
            let kind: Value.Kind
        }
        let parts = Parts(
            payload: UInt64(UInt(bitPattern: elements)), length: UInt32(truncatingIfNeeded: count),
            kind: .array)
        return unsafeBitCast(parts, to: Value.self)
    }
}
