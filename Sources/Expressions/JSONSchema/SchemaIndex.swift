internal import Documents

/// A schema with a base URI of its own: a document, or a part of one with `$id`.
struct SchemaResource {
    /// Without fragment.
    let uri: String
    let root: Value
    let dialect: SchemaDialect
    /// Names of `$anchor` and `$dynamicAnchor`, or fragments of `$id` in draft 7, as bytes.
    var anchors: [[UInt8]: Value] = [:]
    var dynamicAnchors: [[UInt8]: Value] = [:]
}

/// What a reference names.
struct SchemaTarget {
    let schema: Value
    let resource: Int
    /// The name of the `$dynamicAnchor` that the fragment named, as bytes.
    var dynamicAnchor: [UInt8]?
    /// The reference as written.
    var name = ""
}

/// All schemas a compilation may refer to, found by URI. Documents are copied into the arena when
/// something first refers to them.
struct SchemaIndex {
    private let arena: Arena
    private let defaultDialect: SchemaDialect
    private(set) var resources: [SchemaResource] = []
    private var byURI: [[UInt8]: Int] = [:]
    /// Resources by the address of their root's members.
    private var byAddress: [UInt: Int] = [:]
    /// Documents not yet read, sorted by URI.
    private var unread: [(uri: String, schema: Value)]
    private static let nestingLimit = 500

    init(_ draft: JSONSchema.Draft, _ documents: [String: Value], _ arena: Arena) {
        self.arena = arena
        defaultDialect = draft == .draft7 ? .draft7 : .draft2020
        unread = documents.map { (SchemaURI($0.key).withoutFragment, $0.value) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    // MARK: Reading documents

    /// Copies a document and notes what it holds.
    mutating func add(
        _ document: Value, at uri: String, _ fallback: SchemaDialect? = nil
    ) throws(ExpressionError) -> SchemaTarget {
        let schema = arena.copy(document)
        let dialect = try dialect(of: schema, inherited: fallback ?? defaultDialect)
        let resource = addResource(schema, uri, dialect)
        var pending: [(schema: Value, resource: Int, depth: Int)] = [(schema, resource, 0)]
        while let next = pending.popLast() {
            guard next.depth < SchemaIndex.nestingLimit else {
                throw ExpressionError(
                    .limit, "the schema nests more than \(SchemaIndex.nestingLimit) levels deep")
            }
            let resource = try note(next.schema, next.resource, isRoot: next.depth == 0)
            forEachSubschema(of: next.schema) { pending.append(($0, resource, next.depth + 1)) }
        }
        // With an `$id` of its own the document is that resource, whatever URI it was found at.
        let root = owner(schema, or: resource)
        byURI[Array(uri.utf8)] = root
        return SchemaTarget(schema: schema, resource: root)
    }

    private mutating func addResource(
        _ root: Value, _ uri: String, _ dialect: SchemaDialect
    ) -> Int {
        resources.append(SchemaResource(uri: uri, root: root, dialect: dialect))
        let number = resources.count - 1
        if byURI[Array(uri.utf8)] == nil { byURI[Array(uri.utf8)] = number }
        if let address = address(root) { byAddress[address] = number }
        return number
    }

    /// Notes the identifiers of one schema; gives the resource it belongs to.
    private mutating func note(
        _ schema: Value, _ parent: Int, isRoot: Bool
    ) throws(ExpressionError) -> Int {
        guard schema.kind == .object else { return parent }
        var resource = parent
        let isDraft7 = resources[parent].dialect.isDraft7
        if let id = schema["$id"]?.string, !(isDraft7 && schema["$ref"] != nil) {
            let uri = SchemaURI(id)
            if isDraft7, let fragment = uri.fragment, !fragment.isEmpty {
                resources[parent].anchors[Array(fragment.utf8)] = schema
            }
            if id.utf8.first != 0x23 {
                let full = uri.resolved(against: SchemaURI(resources[parent].uri))
                let dialect = try dialect(of: schema, inherited: resources[parent].dialect)
                resource = addResource(schema, full.withoutFragment, dialect)
            }
        }
        guard !isDraft7 else { return resource }
        if let name = schema["$anchor"]?.text {
            resources[resource].anchors[Array(name.bytes)] = schema
        }
        if let name = schema["$dynamicAnchor"]?.text {
            resources[resource].anchors[Array(name.bytes)] = schema
            resources[resource].dynamicAnchors[Array(name.bytes)] = schema
        }
        return resource
    }

    private mutating func dialect(
        of schema: Value, inherited: SchemaDialect
    ) throws(ExpressionError) -> SchemaDialect {
        guard let name = schema["$schema"]?.string else { return inherited }
        let uri = SchemaURI(name).withoutFragment
        if let known = SchemaDialect.published(uri) { return known }
        guard let index = unread.firstIndex(where: { $0.uri.utf8.elementsEqual(uri.utf8) }) else {
            return byURI[Array(uri.utf8)].flatMap { SchemaDialect.custom(resources[$0].root) }
                ?? inherited
        }
        return SchemaDialect.custom(unread[index].schema) ?? inherited
    }

    // MARK: Resolving

    /// What a reference in a resource names.
    mutating func resolve(
        _ reference: String, in resource: Int
    ) throws(ExpressionError) -> SchemaTarget {
        let written = SchemaURI(reference)
        let uri = written.resolved(against: SchemaURI(resources[resource].uri))
        let full = uri.withoutFragment
        var target = resource
        if !full.utf8.elementsEqual(resources[resource].uri.utf8) {
            target = try find(full, reference)
        }
        let fragment = uri.decodedFragment
        if fragment.isEmpty {
            return SchemaTarget(schema: resources[target].root, resource: target)
        }
        if fragment.utf8.first == 0x2F {
            return try follow(fragment, from: target, reference)
        }
        let name = Array(fragment.utf8)
        guard let schema = resources[target].anchors[name] else {
            throw unknown(reference, "there is no anchor of that name")
        }
        let isDynamic = resources[target].dynamicAnchors[name] != nil
        return SchemaTarget(
            schema: schema, resource: owner(schema, or: target),
            dynamicAnchor: isDynamic ? name : nil)
    }

    private func unknown(_ reference: String, _ why: String) -> ExpressionError {
        ExpressionError(.syntax, "the reference '\(reference)' leads nowhere: \(why)")
    }

    private mutating func find(
        _ uri: String, _ reference: String
    ) throws(ExpressionError) -> Int {
        let key = Array(uri.utf8)
        if let known = byURI[key] { return known }
        if let index = unread.firstIndex(where: { $0.uri.utf8.elementsEqual(uri.utf8) }) {
            let document = unread.remove(at: index)
            return try add(document.schema, at: document.uri).resource
        }
        if let text = MetaSchemas.text(uri) {
            var parser = JSONParser()
            do {
                let schema = try parser.parse(text, into: arena)
                return try add(schema, at: uri).resource
            } catch {
                throw unknown(reference, "its meta-schema cannot be read")
            }
        }
        // A part of a document that has not been read yet may have this URI.
        while let document = unread.popLast() {
            _ = try add(document.schema, at: document.uri)
            if let known = byURI[key] { return known }
        }
        throw unknown(reference, "no schema is known for '\(uri)', and nothing is fetched")
    }

    private func follow(
        _ fragment: String, from start: Int, _ reference: String
    ) throws(ExpressionError) -> SchemaTarget {
        guard let pointer = JSONPointer(parsing: fragment) else {
            throw unknown(reference, "its fragment is no JSON pointer")
        }
        var value = resources[start].root
        var resource = start
        for token in pointer.tokens {
            let next =
                value.kind == .array ? Int(token).flatMap { value[$0] } : value[token]
            guard let next else { throw unknown(reference, "there is no such part") }
            value = next
            resource = owner(value, or: resource)
        }
        return SchemaTarget(schema: value, resource: resource)
    }

    /// The resource that a schema is the root of, or the one it was found in.
    func owner(_ schema: Value, or resource: Int) -> Int {
        address(schema).flatMap { byAddress[$0] } ?? resource
    }

    /// What tells one schema of the arena from another; nil for those without members.
    func address(_ schema: Value) -> UInt? {
        schema.members?.baseAddress.map { UInt(bitPattern: $0) }
    }
}

/// Calls with each schema that stands directly in another, whatever the draft.
func forEachSubschema(of schema: Value, _ body: (Value) -> Void) {
    guard let members = schema.members else { return }
    for member in members {
        switch SchemaKeywords.place(member.key) {
        case .none: break
        case .schema:
            if member.value.kind == .object { body(member.value) }
            member.value.array?.forEach(body)
        case .list: member.value.array?.forEach(body)
        case .map: member.value.members?.forEach { body($0.value) }
        }
    }
}

/// Where schemas stand in schemas.
enum SchemaKeywords {
    enum Place {
        case none, schema, list, map
    }

    static func place(_ keyword: Text) -> Place {
        if single.contains(where: { keyword == Text($0) }) { return .schema }
        if lists.contains(where: { keyword == Text($0) }) { return .list }
        return maps.contains(where: { keyword == Text($0) }) ? .map : .none
    }

    private static let single: [StaticString] = [
        "items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties",
        "propertyNames", "unevaluatedProperties", "not", "if", "then", "else", "contentSchema",
    ]
    private static let lists: [StaticString] = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let maps: [StaticString] = [
        "properties", "patternProperties", "dependentSchemas", "dependencies", "$defs",
        "definitions",
    ]
}
