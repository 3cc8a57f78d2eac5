/// A parsed file: its values, and where each stands.
public final class Source: @unchecked Sendable {
    /// Where a value (or a key) starts, and how many entries its subtree takes.
    ///
    /// Entries are in preorder: a value, then for an array its elements, for an object each key
    /// followed by its value.
    struct Place: BitwiseCopyable, Sendable {
        var line: UInt32
        var column: UInt32
        var subtree: UInt32
    }

    /// Repository path of the file.
    public let file: String
    /// The arena that holds the values; nothing is added to it later.
    public let arena: Arena
    /// The root value.
    public let value: Value
    let places: [Place]

    init(file: String, arena: Arena, value: Value, places: [Place]) {
        self.file = file
        self.arena = arena
        self.value = value
        self.places = places
    }

    /// A source whose values have no places, such as one made by a program.
    public convenience init(file: String, arena: Arena, value: Value) {
        self.init(file: file, arena: arena, value: value, places: [])
    }

    /// The root with its place.
    public var root: Node { Node(value: value, source: self, index: places.isEmpty ? -1 : 0) }
}

/// A value with the place it was written at: what definitions are checked through.
public struct Node: Sendable {
    /// The value.
    public let value: Value
    /// The file it comes from.
    public let source: Source
    /// Into `source.places`, or -1 without a place.
    let index: Int

    /// Repository path of the file.
    public var file: String { source.file }

    /// Where the value starts, when known.
    public var position: Position? { source.position(index) }

    /// `file:line`, or the file alone: how history names a place.
    public var reference: String { position.map { "\(file):\($0.line)" } ?? file }

    /// A member, or nil when there is none or this is no object.
    public subscript(key: StaticString) -> Node? { self[Text(key)] }

    /// A member, or nil when there is none or this is no object.
    public subscript(key: Text) -> Node? {
        guard let target = value.memberIndex(Key(key)), let members = value.members else {
            return nil
        }
        guard index >= 0 else {
            return Node(value: members[target].value, source: source, index: -1)
        }
        var at = index + 1
        for _ in 0..<target { at += 1 + source.subtree(at + 1) }
        return Node(value: members[target].value, source: source, index: at + 1)
    }

    /// The members with their keys' positions, in order; empty for anything but an object.
    public var members: [(key: Text, keyPosition: Position?, node: Node)] {
        guard let members = value.members else { return [] }
        var at = index + 1
        return members.map { member in
            guard index >= 0 else {
                return (member.key, nil, Node(value: member.value, source: source, index: -1))
            }
            defer { at += 1 + source.subtree(at + 1) }
            return (
                member.key, source.position(at),
                Node(value: member.value, source: source, index: at + 1)
            )
        }
    }

    /// The elements; empty for anything but an array.
    public var elements: [Node] {
        guard let elements = value.array else { return [] }
        var at = index + 1
        return elements.map { element in
            guard index >= 0 else { return Node(value: element, source: source, index: -1) }
            defer { at += source.subtree(at) }
            return Node(value: element, source: source, index: at)
        }
    }

    /// The elements of an array, or this node alone when it is something else.
    public var oneOrMore: [Node] { value.kind == .array ? elements : [self] }

    /// A finding at this place.
    public func finding(
        _ code: String, _ level: Finding.Level = .error, _ message: String
    ) -> Finding {
        Finding(code, level, message, file: file, at: position)
    }
}

extension Source {
    func position(_ index: Int) -> Position? {
        guard index >= 0, index < places.count else { return nil }
        return Position(line: Int(places[index].line), column: Int(places[index].column))
    }

    func subtree(_ index: Int) -> Int { Int(places[index].subtree) }
}
