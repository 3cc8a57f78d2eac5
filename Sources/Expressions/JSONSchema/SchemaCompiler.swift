internal import Documents

/// Compiles schemas and what they refer to. Works through a list instead of recursing, so that long
/// chains of references cost no stack.
struct SchemaCompiler {
    /// Whether `format` asserts.
    let formats: Bool
    var index: SchemaIndex
    let arena: Arena

    /// A schema that is to be compiled into a record.
    struct Entry {
        let record: UnsafeMutablePointer<SchemaRecord>
        let schema: Value
        let resource: Int
        let location: String
    }

    private struct EntryKey: Hashable {
        let address: UInt
        let resource: Int
    }

    private(set) var entries: [Entry] = []
    private var known: [EntryKey: SchemaPointer] = [:]
    private var dynamicNames: [[UInt8]] = []
    /// From each record to those it always applies to the same value, by address.
    private var edges: [(from: UInt, to: UInt)] = []
    private let always: SchemaPointer
    private let never: SchemaPointer

    /// Dynamic anchors times resources.
    private static let dynamicLimit = 1_000_000

    init(formats: Bool, index: SchemaIndex, arena: Arena) {
        self.formats = formats
        self.index = index
        self.arena = arena
        let none = UnsafePointer<SchemaInstruction>(
            arena.allocate(8).assumingMemoryBound(to: SchemaInstruction.self))
        let start = arena.allocate(2 * MemoryLayout<SchemaRecord>.stride)
            .assumingMemoryBound(to: SchemaRecord.self)
        start.initialize(to: SchemaRecord(code: none, report: none))
        var refusing = SchemaRecord(code: none, report: none)
        refusing.types = 0
        refusing.isNever = true
        (start + 1).initialize(to: refusing)
        always = UnsafePointer(start)
        never = UnsafePointer(start + 1)
    }

    mutating func compile(_ schema: Value) throws(ExpressionError) -> JSONSchema {
        let target = try index.add(schema, at: "")
        let root = try record(target.schema, target.resource, at: "#")
        var compiled = 0
        var table = DynamicScopeTable()
        repeat {
            while compiled < entries.count {
                try fill(entries[compiled])
                compiled += 1
            }
            table = try dynamicTable()
        } while compiled < entries.count
        try refuseCycles()
        table.rootResource = UInt32(truncatingIfNeeded: target.resource)
        return JSONSchema(root: root, scope: table)
    }

    // MARK: Records

    /// The record of a schema that stands in a resource, which may be the root of another.
    mutating func link(
        _ schema: Value, from resource: Int, at location: @autoclosure () -> String
    ) throws(ExpressionError) -> SchemaPointer {
        let owner = index.owner(schema, or: resource)
        let inner = try record(schema, owner, at: location())
        guard crosses(resource, owner) else { return inner }
        var wrapper = SchemaRecord(code: always.pointee.code, report: always.pointee.report)
        assemble(
            &wrapper, SchemaGroups(any: [SchemaInstruction(.enter, inner, count: owner)]))
        let start = arena.allocate(MemoryLayout<SchemaRecord>.stride)
            .assumingMemoryBound(to: SchemaRecord.self)
        start.initialize(to: wrapper)
        edges.append((UInt(bitPattern: start), UInt(bitPattern: inner)))
        return UnsafePointer(start)
    }

    /// Whether going from one resource to another matters to dynamic references.
    func crosses(_ resource: Int, _ other: Int) -> Bool {
        resource != other && !index.resources[other].dialect.isDraft7
    }

    /// The record of a schema of a resource; compiled later when it is new. A schema that is but a
    /// reference has the record of what it refers to.
    mutating func record(
        _ schema: Value, _ resource: Int, at location: String
    ) throws(ExpressionError) -> SchemaPointer {
        var schema = schema
        var resource = resource
        var visited: Set<UInt> = []
        while true {
            if let truth = schema.bool { return truth ? always : never }
            guard schema.kind == .object else {
                throw ExpressionError(.syntax, "\(location): a schema is an object or a bool")
            }
            guard let address = index.address(schema) else { return always }
            let key = EntryKey(address: address, resource: resource)
            if let record = known[key] { return record }
            if let next = try alias(schema, resource) {
                guard visited.insert(address).inserted else {
                    throw ExpressionError(.syntax, "\(location): the reference leads to itself")
                }
                (schema, resource) = (next.schema, next.resource)
                continue
            }
            let record = arena.allocate(MemoryLayout<SchemaRecord>.stride)
                .assumingMemoryBound(to: SchemaRecord.self)
            record.initialize(to: always.pointee)
            known[key] = UnsafePointer(record)
            entries.append(
                Entry(record: record, schema: schema, resource: resource, location: location))
            return UnsafePointer(record)
        }
    }

    /// The target of a schema that has nothing but a reference within its resource.
    private mutating func alias(
        _ schema: Value, _ resource: Int
    ) throws(ExpressionError) -> SchemaTarget? {
        guard let reference = schema["$ref"]?.string else { return nil }
        if !index.resources[resource].dialect.isDraft7 {
            let only = schema.members.unsafelyUnwrapped.allSatisfy { member in
                member.key == "$ref"
                    || SchemaCompiler.annotations.contains { member.key == Text($0) }
            }
            guard only else { return nil }
        }
        let target = try index.resolve(reference, in: resource)
        return crosses(resource, target.resource) ? nil : target
    }

    private static let annotations: [StaticString] = [
        "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly", "$defs", "definitions", "$anchor",
    ]

    /// An instruction that applies what a reference names.
    mutating func reference(
        _ reference: Value, _ entry: Entry
    ) throws(ExpressionError) -> SchemaInstruction {
        let target = try resolve(reference, entry)
        let record = try record(target.schema, target.resource, at: target.name)
        return crosses(entry.resource, target.resource)
            ? SchemaInstruction(.enter, record, count: target.resource)
            : SchemaInstruction(.reference, record)
    }

    /// An instruction for `$dynamicRef`.
    mutating func dynamicReference(
        _ reference: Value, _ entry: Entry
    ) throws(ExpressionError) -> SchemaInstruction {
        let target = try resolve(reference, entry)
        guard let name = target.dynamicAnchor else { return try self.reference(reference, entry) }
        if !dynamicNames.contains(name) { dynamicNames.append(name) }
        let record = try record(target.schema, target.resource, at: target.name)
        return SchemaInstruction(
            .dynamicReference, record, count: dynamicNames.firstIndex(of: name) ?? 0)
    }

    private mutating func resolve(
        _ reference: Value, _ entry: Entry
    ) throws(ExpressionError) -> SchemaTarget {
        guard let text = reference.string else {
            throw ExpressionError(.syntax, "\(entry.location): a reference is a string")
        }
        var target = try index.resolve(text, in: entry.resource)
        target.name = text
        return target
    }

    // MARK: Across records

    /// Compiles what dynamic references may lead to; done when that adds no entries.
    private mutating func dynamicTable() throws(ExpressionError) -> DynamicScopeTable {
        var table = DynamicScopeTable()
        guard !dynamicNames.isEmpty else { return table }
        table.isUsed = true
        table.resourceCount = index.resources.count
        let size = dynamicNames.count * table.resourceCount
        guard size <= SchemaCompiler.dynamicLimit else {
            throw ExpressionError(.limit, "the schema has too many dynamic anchors")
        }
        var targets: [SchemaPointer?] = []
        for name in dynamicNames {
            for resource in 0..<table.resourceCount {
                guard let schema = index.resources[resource].dynamicAnchors[name] else {
                    targets.append(nil)
                    continue
                }
                targets.append(
                    try record(schema, resource, at: String(decoding: name, as: UTF8.self)))
            }
        }
        table.targets = keep(targets)
        return table
    }

    mutating func addEdge(_ entry: Entry, _ target: SchemaPointer) {
        edges.append((UInt(bitPattern: entry.record), UInt(bitPattern: target)))
    }

    /// Refuses schemas that apply themselves to the same value without end.
    private func refuseCycles() throws(ExpressionError) {
        var targets: [UInt: [UInt]] = [:]
        var incoming: [UInt: Int] = [:]
        for edge in edges {
            targets[edge.from, default: []].append(edge.to)
            incoming[edge.to, default: 0] += 1
            incoming[edge.from, default: 0] += 0
        }
        var free = incoming.filter { $0.value == 0 }.map(\.key)
        while let next = free.popLast() {
            incoming[next] = nil
            for target in targets[next] ?? [] {
                let left = (incoming[target] ?? 1) - 1
                incoming[target] = left
                if left == 0 { free.append(target) }
            }
        }
        guard !incoming.isEmpty else { return }
        let first = entries.first { incoming[UInt(bitPattern: $0.record)] != nil }
        throw ExpressionError(
            .syntax, "\(first?.location ?? "#"): the schema applies itself to the same value again")
    }

    // MARK: Memory

    /// A copy of elements in the arena.
    func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let start = arena.allocate(max(elements.count, 1) * MemoryLayout<Element>.stride)
            .assumingMemoryBound(to: Element.self)
        for (index, element) in elements.enumerated() { (start + index).initialize(to: element) }
        return UnsafePointer(start)
    }
}
