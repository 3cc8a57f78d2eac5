internal import Documents
internal import Expressions

/// A compiled table: flat arrays in the arena it was compiled into.
///
/// The values of each input fall into classes that no cell of its column tells apart: for numbers and
/// dates the bounds of the column and the gaps between them, for texts the literals of the column
/// and all others. A cell is a set of classes, mostly one span of their numbers. Evaluation finds the
/// class of each input and intersects the rows that accept each class.
struct TableProgram: BitwiseCopyable {
    var id: Text
    var reference: Text
    /// `file:line` of the table.
    var place: Text
    /// The file the rows stand in.
    var rowFile: Text
    var policy: HitPolicy
    var aggregation: Aggregation
    var rowCount: Int
    /// Words of a set of rows.
    var words: Int
    var columns: UnsafeBufferPointer<Column>
    /// Row by row, a cell for each column.
    var cells: UnsafePointer<CellSpans>
    /// Of cells with several spans, or none.
    var spans: UnsafePointer<Span>
    /// 0, 1, 2, …: a matched row as a list of rows.
    var numbers: UnsafePointer<Int32>
    /// The lines of the rows.
    var lines: UnsafePointer<Int32>
    var outputs: UnsafeBufferPointer<Output>
    /// Each row's outputs, an object.
    var results: UnsafePointer<Value>
    /// Equal for rows with the same outputs.
    var resultClasses: UnsafePointer<Int32>
    /// The order of priority; lower is better.
    var ranks: UnsafePointer<Int32>
    /// What comes of no match.
    var none: Value

    /// An inclusive run of class numbers.
    struct Span: BitwiseCopyable {
        var low: Int32
        var high: Int32

        func holds(_ other: Int32) -> Bool { low <= other && other <= high }
    }

    /// The classes that a cell accepts: one span; or, where `low` is negative, `high` spans from
    /// `-low - 1` on.
    struct CellSpans: BitwiseCopyable {
        var low: Int32
        var high: Int32
    }

    /// An output of the table.
    struct Output: BitwiseCopyable {
        var key: Key
        var type: CellType
        /// Digits after the point of all its numbers.
        var scale: Int
        /// By row: the number in units of the scale, and whether there is one; of a sum.
        var units: UnsafePointer<Int64>
        /// By row: the place of the value among the column's; -1 of null.
        var order: UnsafePointer<Int32>
    }

    /// Whether a row's cell of a column accepts a class.
    @inline(__always)
    func accepts(_ row: Int, _ column: Int, _ class: Int32) -> Bool {
        let cell = cells[row &* columns.count &+ column]
        if cell.low >= 0 { return `class` >= cell.low && `class` <= cell.high }
        return acceptsAmong(Int(-1 - cell.low), Int(cell.high), `class`)
    }

    private func acceptsAmong(_ start: Int, _ count: Int, _ class: Int32) -> Bool {
        var (low, high) = (start, start + count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].high < `class` { low = middle + 1 } else { high = middle }
        }
        return low < start + count && spans[low].low <= `class`
    }
}

/// An input: what it reads, and which rows accept each class of its values.
struct Column: BitwiseCopyable, @unchecked Sendable {
    /// The rows that accept a class: a set to begin with, in which some rows change sides.
    struct RowSet: BitwiseCopyable {
        var count: Int32
        /// Of a short set, where its rows stand in ``Column/lists``; else -1.
        var list: Int32
        /// The set to begin with, in ``Column/bases``.
        var base: Int32
        /// The rows that change sides, in ``Column/changes``.
        var changes: Int32
        var changeCount: Int32
    }

    /// The class of values of another type, where the table lets them pass.
    static let mismatch: Int32 = 0
    static let null: Int32 = 1
    /// The first class of a value: the lowest gap, `false`, or the texts that no cell names.
    static let values: Int32 = 2
    /// The longest set that is kept as a list too.
    static let listLimit = 24

    var name: Text
    var expression: JMESPath
    var type: CellType
    var isFolded = false
    var letsMismatchPass = false
    var classCount: Int32 = 0
    var points: UnsafeBufferPointer<Double> = .init(start: nil, count: 0)
    var pointValues: UnsafePointer<Value>?
    var literals: UnsafeBufferPointer<Text> = .init(start: nil, count: 0)
    /// Open addressing, twice as many slots as literals at least; -1 is empty.
    var slots: UnsafePointer<Int32>?
    var slotMask: UInt32 = 0
    /// By class, whether the input's `values` have it; nil when they allow all.
    var allowed: UnsafePointer<Bool>?
    var sets: UnsafePointer<RowSet>?
    var lists: UnsafePointer<Int32>?
    var bases: UnsafePointer<UInt64>?
    var changes: UnsafePointer<Int32>?

    /// The class of a value; ``mismatch`` for one of another type.
    @inline(__always)
    func classify(_ value: Value, in arena: Arena) -> Int32 {
        if value.isNull { return Self.null }
        switch type {
        case .string:
            guard let text = value.text else { return Self.mismatch }
            return isFolded ? find(Folding.folded(text, in: arena)) : find(text)
        case .boolean:
            guard let flag = value.bool else { return Self.mismatch }
            return flag ? Self.values &+ 1 : Self.values
        default:
            guard let point = Scalars.point(value, type) else { return Self.mismatch }
            return locate(point)
        }
    }

    @inline(__always)
    func find(_ text: Text) -> Int32 {
        guard let slots else { return Self.values }
        var slot = text.hash & slotMask
        while true {
            let index = slots[Int(slot)]
            if index < 0 { return Self.values }
            if literals[Int(index)] == text { return Self.values &+ 1 &+ index }
            slot = (slot &+ 1) & slotMask
        }
    }

    /// Gaps have even classes, points odd ones.
    @inline(__always)
    func locate(_ point: Point) -> Int32 {
        guard let start = points.baseAddress, let values = pointValues else { return Self.values }
        var low = 0
        var count = points.count
        while count > 0 {
            let half = count &>> 1
            let isBelow = start[low &+ half] < point.double
            low = isBelow ? low &+ half &+ 1 : low
            count = isBelow ? count &- half &- 1 : half
        }
        while low < points.count, start[low] == point.double {
            let order = Point.compare(Point(double: start[low], value: values[low]), point)
            if order == 0 { return Self.values &+ 1 &+ 2 &* Int32(truncatingIfNeeded: low) }
            if order > 0 { break }
            low &+= 1
        }
        return Self.values &+ 2 &* Int32(truncatingIfNeeded: low)
    }
}

/// Texts without their case, for inputs that do not care.
enum Folding {
    /// The text in lower case; without a copy where it is so already.
    static func folded(_ text: Text, in arena: Arena) -> Text {
        var hasUpper = false
        for byte in text.bytes {
            if byte >= 0x80 { return arena.text(String(text).lowercased()) }
            if byte >= 0x41, byte <= 0x5A { hasUpper = true }
        }
        guard hasUpper else { return text }
        let copy = arena.allocate(text.count)
        for at in 0..<text.count {
            let byte = text[at]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            copy.storeBytes(of: folded, toByteOffset: at, as: UInt8.self)
        }
        return Text(start: UnsafeRawPointer(copy), count: text.count)
    }
}

extension Arena {
    /// A copy of the elements that lives as long as the arena.
    func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        guard !elements.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
        let room = allocate(elements.count * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: elements.count)
        elements.withUnsafeBufferPointer {
            room.initialize(from: $0.baseAddress.unsafelyUnwrapped, count: $0.count)
        }
        return UnsafeBufferPointer(start: room, count: elements.count)
    }

    /// The same, for arrays that are never read when they are empty.
    func pointer<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        keep(elements).baseAddress
            ?? UnsafePointer(allocate(16).bindMemory(to: Element.self, capacity: 0))
    }
}
