public import Documents
public import Expressions

/// Work that a workflow does on a case at rest, whatever its state: an entry of `monitors`.
public struct Monitor: Sendable {
    /// What makes a monitor look.
    public enum Trigger: String, BitwiseCopyable, Sendable, CaseIterable {
        /// The case's own input was edited.
        case entity
        /// A file of `lists/` changed.
        case list
        /// A file of `rules/` changed.
        case rule
        /// Its time came.
        case period
    }

    /// Unique in its workflow.
    public var name: Text
    /// Members of the context whose change matters, any when empty; nil: none does.
    public var entity: [MemberPath]?
    /// Paths of lists whose change matters, of folders with `/` at the end, any when empty; nil: none
    /// does.
    public var lists: [String]?
    /// Paths of the rule files whose change matters.
    public var rules: [String]
    /// How long after the last time it looks again; nil: never of itself.
    public var periodMilliseconds: Int?
    /// Numbers of the plugins that it runs; none: the trigger is all there is to know.
    public var run: [Int]
    /// Where the outputs of these are.
    public var outputs: [MemberPath]
    /// What of the context is compared with what it was before; nil: the outputs.
    public var result: JMESPath?
    /// The event that an active case gets when the result is another one.
    public var event: Text?
    /// The state in which a finished case opens its next episode then.
    public var reopen: Value?
    /// `file:line` of the entry.
    public var place: Text

    /// Whether a change of a list matters.
    public func concerns(list path: String) -> Bool {
        guard let lists else { return false }
        return lists.isEmpty || lists.contains { Self.path($0, includes: path) }
    }

    /// Whether a change of a rule file matters.
    public func concerns(rules path: String) -> Bool {
        rules.contains { $0.utf8.elementsEqual(path.utf8) }
    }

    /// Whether a path of a definition is that of a file, or of a folder that it stands in.
    static func path(_ written: String, includes path: String) -> Bool {
        written.hasSuffix("/") ? path.hasPrefix(written) : written.utf8.elementsEqual(path.utf8)
    }
}

/// A file of `lists/`.
public struct ListFile: Sendable, Hashable {
    /// From the root, such as `lists/sanctions.ndjson`.
    public var path: String
    /// Its content's object id in hexadecimal.
    public var blob: String

    /// A list.
    public init(path: String, blob: String) {
        self.path = path
        self.blob = blob
    }
}
