/// Append-only memory for values: a bump allocator over growing chunks.
///
/// Everything a ``Value`` points to lives in an arena, so a value is a trivially copyable handle and
/// evaluating one allocates no object and counts no reference. A value must not outlive the arena it
/// came from; ``Document`` keeps the two together where a value has to travel.
///
/// An arena belongs to one worker at a time. Reading values of a finished arena from many workers is
/// safe; allocating from two is not.
public final class Arena {
    @usableFromInline
    struct Bump {
        @usableFromInline var cursor: UnsafeMutableRawPointer
        @usableFromInline var limit: UnsafeMutableRawPointer
    }

    @usableFromInline
    let bump: UnsafeMutablePointer<Bump>
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private let chunkBytes: Int

    /// - Parameter chunkBytes: bytes of the first chunk; later ones double up to 4 MiB.
    public init(chunkBytes: Int = 16_384) {
        self.chunkBytes = max(chunkBytes, 256)
        bump = .allocate(capacity: 1)
        let first = UnsafeMutableRawBufferPointer.allocate(
            byteCount: self.chunkBytes, alignment: 16)
        chunks.append(first)
        bump.initialize(
            to: Bump(cursor: first.baseAddress!, limit: first.baseAddress! + first.count))
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
        bump.deallocate()
    }

    /// Bytes held from the system, used or not.
    public var reservedBytes: Int { chunks.reduce(0) { $0 + $1.count } }

    /// Forgets every value, keeping the largest chunk for reuse.
    public func reset() {
        let largest = chunks.max { $0.count < $1.count }!
        for chunk in chunks where chunk.baseAddress != largest.baseAddress { chunk.deallocate() }
        chunks = [largest]
        bump.pointee = Bump(
            cursor: largest.baseAddress!, limit: largest.baseAddress! + largest.count)
    }

    /// Uninitialised memory aligned to 8 bytes.
    @inlinable
    @inline(__always)
    public func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let size = (byteCount &+ 7) & ~7
        let start = bump.pointee.cursor
        if size <= bump.pointee.limit - start {
            bump.pointee.cursor = start + size
            return start
        }
        return allocateSlowly(size)
    }

    @usableFromInline
    @inline(never)
    func allocateSlowly(_ size: Int) -> UnsafeMutableRawPointer {
        let doubled = min((chunks.last?.count ?? chunkBytes) * 2, 4 << 20)
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(size, doubled), alignment: 16)
        chunks.append(chunk)
        let start = chunk.baseAddress!
        bump.pointee = Bump(cursor: start + size, limit: start + chunk.count)
        return start
    }

    /// A copy of bytes that lives as long as the arena.
    @inlinable
    public func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        let start = allocate(bytes.count)
        if bytes.count > 0 { start.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count) }
        return UnsafeRawPointer(start)
    }
}

/// A value together with the arena that holds it.
///
/// Sendable because a document is never changed after it was made: its arena is private to it.
public final class Document: @unchecked Sendable {
    /// The arena; only for values that are to live as long as the document.
    public let arena: Arena
    /// The root value.
    public let root: Value

    /// - Parameters:
    ///   - arena: must hold everything `root` reaches, and must not be appended to by others later.
    ///   - root: the value.
    public init(arena: Arena, root: Value) {
        self.arena = arena
        self.root = root
    }

    /// Builds a document in an arena of its own.
    public convenience init(_ build: (Arena) throws -> Value) rethrows {
        let arena = Arena(chunkBytes: 1024)
        self.init(arena: arena, root: try build(arena))
    }

    /// A document with a copy of a value of any arena.
    public convenience init(copying value: Value) {
        self.init { $0.copy(value) }
    }
}
