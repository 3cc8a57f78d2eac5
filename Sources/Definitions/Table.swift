public import Documents

/// An array in an arena: a trivially copyable view, so that compiled definitions are shared by
/// workers without counting references.
@frozen
public struct Table<Element: BitwiseCopyable>: RandomAccessCollection, BitwiseCopyable,
    @unchecked Sendable
{
    @usableFromInline let start: UnsafePointer<Element>?
    /// The number of elements.
    public let count: Int

    /// A copy of the elements in an arena.
    @inlinable
    public init(_ elements: some Collection<Element>, in arena: Arena) {
        count = elements.count
        guard count > 0 else {
            start = nil
            return
        }
        let memory = arena.allocate(count * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: count)
        var next = memory
        for element in elements {
            next.initialize(to: element)
            next += 1
        }
        start = UnsafePointer(memory)
    }

    /// No elements.
    public init() {
        start = nil
        count = 0
    }

    /// 0.
    @inlinable public var startIndex: Int { 0 }
    /// ``count``.
    @inlinable public var endIndex: Int { count }

    /// An element.
    @inlinable
    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return start.unsafelyUnwrapped[index]
    }
}

/// A path of object members, split at dots when it is compiled.
public typealias MemberPath = Table<Key>

extension Table where Element == Key {
    /// The keys of a dotted path.
    public init(dotted path: Text, in arena: Arena) {
        var keys: [Key] = []
        var from = 0
        for at in 0...path.count where at == path.count || path[at] == UInt8(ascii: ".") {
            keys.append(Key(path[from..<at]))
            from = at + 1
        }
        self.init(keys, in: arena)
    }
}

extension Value {
    /// This value with the member at the end of a path set; objects are made on the way.
    public func setting(
        _ path: MemberPath, from index: Int = 0, to value: Value, in arena: Arena
    ) -> Value {
        guard index < path.count else { return value }
        let key = path[index]
        let inner = self[key] ?? .emptyObject
        let set = inner.setting(path, from: index + 1, to: value, in: arena)
        return setting(key, to: set, in: arena)
    }

    /// The value of a member path, or nil where it leaves the objects.
    public func at(_ path: MemberPath) -> Value? {
        var value = self
        var index = 0
        while index < path.count {
            guard let next = value[path[index]] else { return nil }
            value = next
            index &+= 1
        }
        return value
    }
}
