extension Array {
    /// Empties the array for reuse; does nothing to one that is empty.
    @inlinable
    @inline(__always)
    public mutating func clear() {
        if !isEmpty { removeAll(keepingCapacity: true) }
    }
}
