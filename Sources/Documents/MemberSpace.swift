/// Room for the members of one object in its arena, filled in order: makes objects on hot paths without
/// an array in between.
public struct MemberSpace {
    private let arena: Arena
    private let start: UnsafeMutablePointer<Member>
    private let capacity: Int
    private var count = 0

    /// Room for so many members.
    public init(count capacity: Int, in arena: Arena) {
        self.arena = arena
        self.capacity = max(capacity, 0)
        start = arena.memberSpace(self.capacity)
    }

    /// The members of an object, and room for more.
    init(_ members: UnsafeBufferPointer<Member>, more: Int, in arena: Arena) {
        self.init(count: members.count + more, in: arena)
        guard let first = members.baseAddress else { return }
        start.initialize(from: first, count: members.count)
        count = members.count
    }

    /// Adds a member, whose key must be another than those before it.
    public mutating func add(_ member: Member) {
        precondition(count < capacity)
        (start + count).initialize(to: member)
        count &+= 1
    }

    /// Adds a member, whose key must be another than those before it and outlive the object.
    public mutating func add(_ key: Key, _ value: Value) { add(Member(key, value)) }

    /// Adds a member with a literal's key; a nil value leaves it out.
    public mutating func add(_ key: StaticString, _ value: Value?) {
        if let value { add(Member(key, value)) }
    }

    mutating func replace(_ position: Int, with member: Member) {
        precondition(position < count)
        start[position] = member
    }

    /// The object.
    public func finish() -> Value {
        count == 0 ? .emptyObject : arena.object(finishing: start, count: count)
    }
}
