public import Documents

/// How a child's standing reaches its parent: `config.childCallbackResults[]` of the parent, or
/// `config.callbackResult` of the child's own workflow.
public struct ChildCallback: BitwiseCopyable, Sendable {
    /// The child's workflow; nil in the child's own definition.
    public var definition: Text?
    /// Make the result out of the child's context; the identity when none are written.
    public var transforms: Transforms
    /// States, besides the final ones, in which the parent is told.
    public var states: Table<Text>
    /// The event that the parent gets.
    public var event: Text?
}

extension Workflow {
    /// The callback for a child of this workflow that stands in a state; nil when this state is none
    /// that the parent is told of.
    ///
    /// The parent's own entries come first: the one that names the state, and for a child that is
    /// done the first of its workflow. Else the child's workflow says it.
    ///
    /// - Parameters:
    ///   - child: the child's workflow.
    ///   - state: as records name it.
    public func callback(for child: Workflow, in state: Text, isDone: Bool) -> ChildCallback? {
        let own = childCallbacks.filter { $0.definition.map { $0 == child.idText } ?? false }
        if let named = own.first(where: { $0.states.contains { $0 == state } }) { return named }
        if let first = own.first { return isDone ? first : nil }
        guard let callback = child.ownCallback else {
            return isDone ? ChildCallback.silent : nil
        }
        return isDone || callback.states.contains { $0 == state } ? callback : nil
    }

    /// The event that tells this workflow of a child that is gone.
    public func eventOfGoneChild(_ definition: Text, _ child: Workflow?) -> Text? {
        let own = childCallbacks.first { $0.definition.map { $0 == definition } ?? false }
        return own?.event ?? child?.ownCallback?.event
    }
}

extension ChildCallback {
    /// Of a child that nobody wrote a callback for: its end is told, nothing of its context.
    static let silent = ChildCallback(
        definition: nil, transforms: .identity, states: Table(), event: nil)

    /// Whether anybody wrote it.
    public var isWritten: Bool { definition != nil || !transforms.steps.isEmpty || event != nil }
}

/// Reads callbacks out of a workflow's `config`.
struct ChildCallbackReader {
    private(set) var transforms: TransformReader

    init(_ transforms: TransformReader) { self.transforms = transforms }

    mutating func read(_ node: Node) -> ChildCallback {
        let states = node["persistenceStates"]?.elements.compactMap { $0.value.text } ?? []
        return ChildCallback(
            definition: node["definitionId"]?.value.text,
            transforms: transforms.read(node["transformers"]),
            states: Table(states, in: transforms.arena), event: node["deliverEvent"]?.value.text)
    }
}
