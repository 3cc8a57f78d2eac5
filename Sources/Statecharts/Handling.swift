public import Documents

extension Chart {
    /// Whether an active state has a transition for an event, its guards aside; a wildcard counts,
    /// a forbidden event does not.
    public func handles(_ event: Text, _ configuration: Configuration) -> Bool {
        let id = self.event(named: event)
        for state in configuration.active {
            for at in row(state).pointee.ownEvents.range {
                let own = tables.indexes[at]
                if own == EventID.wildcard.rawValue { return true }
                if own == id.rawValue, id != .other { return true }
            }
        }
        return false
    }
}
