public import Documents

/// A list of `lists/`, compiled: its keys in one flat hashed table, with a row each.
///
/// A trivially copyable handle into the arena it was loaded into, so that workers share it without
/// cost. Looking a key up allocates nothing and takes the same time in lists of any size. Keys are
/// strings, numbers and booleans; two are the same when they are of one type and equal, strings by
/// their bytes, numbers by their exact values. `"5411"` and `5411` are different keys.
@frozen
public struct NamedList: BitwiseCopyable, @unchecked Sendable {
    /// One key with its row.
    struct Entry: BitwiseCopyable {
        let key: Value
        let hash: UInt64
        /// All columns as an object, that of the key included; null in a set.
        let row: Value
    }

    struct Header: BitwiseCopyable {
        let name: Text
        let file: Text
        let keyColumn: Text?
        let entries: UnsafeBufferPointer<Entry>
        let columns: UnsafeBufferPointer<Key>
        /// Positions of entries, or -1; a power of two, at least twice the entries.
        let slots: UnsafePointer<Int32>
        let mask: UInt64
        let keys: Value
    }

    @usableFromInline let pointer: UnsafeRawPointer

    var header: UnsafePointer<Header> { pointer.assumingMemoryBound(to: Header.self) }

    /// Rows that a list may have.
    public static let rowLimit = 1_000_000

    /// Its name: the path below `lists/` without the ending.
    public var name: Text { header.pointee.name }
    /// Repository path of its file.
    public var file: Text { header.pointee.file }
    /// The number of keys.
    public var count: Int { header.pointee.entries.count }
    /// All keys as an array, in file order.
    public var keys: Value { header.pointee.keys }
    /// The column that rows are found by; nil of a set without columns.
    public var keyColumn: Text? { header.pointee.keyColumn }
    /// The names of the columns, the key's included; none of a set.
    public var columns: [Text] { header.pointee.columns.map(\.text) }

    /// Whether there is a column.
    public func hasColumn(_ name: Text) -> Bool {
        header.pointee.columns.contains { $0.text == name }
    }

    /// Whether a value is one of the keys; arrays, objects and null never are.
    @inline(__always)
    public func contains(_ key: Value) -> Bool { entry(key) != nil }

    /// The row of a key as an object; nil when it is not listed. Null in a set.
    public func row(_ key: Value) -> Value? { entry(key)?.pointee.row }

    /// A cell of a key's row; nil when the key is not listed or its cell is empty.
    public func value(_ key: Value, column: Key) -> Value? { entry(key)?.pointee.row[column] }

    private func entry(_ key: Value) -> UnsafePointer<Entry>? {
        guard let hash = Self.hash(key) else { return nil }
        let header = header
        var slot = hash & header.pointee.mask
        while true {
            let index = header.pointee.slots[Int(slot)]
            guard index >= 0 else { return nil }
            let entry = header.pointee.entries.baseAddress.unsafelyUnwrapped + Int(index)
            if entry.pointee.hash == hash, Self.areSame(entry.pointee.key, key) { return entry }
            slot = (slot &+ 1) & header.pointee.mask
        }
    }

    /// Of what can be a key; equal keys have equal hashes.
    static func hash(_ key: Value) -> UInt64? {
        switch key.kind {
        case .string: return mixed(UInt64(key.text.unsafelyUnwrapped.hash))
        case .bool: return key.bool == true ? 1 : 2
        case .integer, .double, .decimal:
            let number = key.number.unsafelyUnwrapped
            return number.isNaN ? nil : mixed((number == 0 ? 0 : number).bitPattern &+ 3)
        case .null, .array, .object: return nil
        }
    }

    private static func mixed(_ bits: UInt64) -> UInt64 {
        let product = bits.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    /// Of one type and equal.
    static func areSame(_ a: Value, _ b: Value) -> Bool {
        if let x = a.text { return b.text.map { x == $0 } ?? false }
        if a.isNumber { return b.isNumber && ExactNumbers.compare(a, b) == 0 }
        return a.kind == b.kind && a.bool == b.bool
    }
}

extension NamedList {
    /// A list as an operand of a program.
    var operand: Value { .integer(Int(bitPattern: pointer)) }

    /// The list of an operand.
    init(operand: Value) {
        pointer =
            UnsafeRawPointer(
                bitPattern: operand.integer.unsafelyUnwrapped
            ).unsafelyUnwrapped
    }

    /// A list of keys and rows.
    ///
    /// - Parameters:
    ///   - rows: in file order, each an object or null, under keys that are all different.
    ///   - columns: names in order.
    ///   - arena: holds the keys and rows already, and the list from now on.
    public init(
        name: Text, file: Text, rows: [(key: Value, row: Value)], keyColumn: Text? = nil,
        columns: [Text] = [], in arena: Arena
    ) {
        var size = 4
        while size < rows.count * 2 { size *= 2 }
        let slots = arena.allocate(size * MemoryLayout<Int32>.stride)
            .bindMemory(to: Int32.self, capacity: size)
        slots.initialize(repeating: -1, count: size)
        let entries = arena.allocate(rows.count * MemoryLayout<Entry>.stride)
            .bindMemory(to: Entry.self, capacity: rows.count)
        let mask = UInt64(size - 1)
        for (index, row) in rows.enumerated() {
            let hash = Self.hash(row.key) ?? 0
            (entries + index).initialize(to: Entry(key: row.key, hash: hash, row: row.row))
            var slot = hash & mask
            while slots[Int(slot)] >= 0 { slot = (slot &+ 1) & mask }
            slots[Int(slot)] = Int32(index)
        }
        let names = arena.allocate(columns.count * MemoryLayout<Key>.stride)
            .bindMemory(to: Key.self, capacity: columns.count)
        for (index, column) in columns.enumerated() {
            (names + index).initialize(to: Key(column))
        }
        let header = arena.allocate(MemoryLayout<Header>.stride)
            .bindMemory(to: Header.self, capacity: 1)
        header.initialize(
            to: Header(
                name: name, file: file, keyColumn: keyColumn,
                entries: UnsafeBufferPointer(start: entries, count: rows.count),
                columns: UnsafeBufferPointer(start: names, count: columns.count),
                slots: UnsafePointer(slots), mask: mask,
                keys: arena.array(rows.map(\.key))))
        pointer = UnsafeRawPointer(header)
    }

    /// The part of the list whose rows have one of some values in a column: a list of its own.
    public func filtered(by column: Key, among values: [Value], in arena: Arena) -> NamedList {
        let rows = header.pointee.entries.filter { entry in
            guard let cell = entry.row[column] else { return false }
            return values.contains { Self.areSame(cell, $0) }
        }
        return NamedList(
            name: name, file: file, rows: rows.map { ($0.key, $0.row) }, keyColumn: keyColumn,
            columns: columns, in: arena)
    }
}
