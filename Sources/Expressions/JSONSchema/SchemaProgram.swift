internal import Documents

/// One compiled schema, in an arena.
typealias SchemaPointer = UnsafePointer<SchemaRecord>

/// A keyword of a schema, or several that are checked together.
enum SchemaOpcode: UInt8 {
    case type
    // numbers
    case maximum, minimum, exclusiveMaximum, exclusiveMinimum, multipleOf
    // strings
    case maxLength, minLength, pattern, format
    // arrays
    case maxItems, minItems, prefixItems, items, contains, uniqueItems, unevaluatedItems
    // objects
    case maxProperties, minProperties, required, propertyNames, additionalProperties
    case dependentRequired, dependentSchemas, properties, patternProperties, unevaluatedProperties
    /// `properties`, `patternProperties`, `additionalProperties` and `required` in one pass.
    case object
    // all values
    case reference, enter, dynamicReference, constant, enumeration
    case not, anyOf, oneOf, allOf, conditional
}

/// A keyword with its operands; which are used depends on the opcode.
struct SchemaInstruction: BitwiseCopyable {
    var code: SchemaOpcode
    /// `items`: the keyword as written was `additionalItems`. `dependentRequired`: `dependencies`.
    /// `contains`: does not count as looking at elements. `uniqueItems`: the elements are scalars.
    var isVariant = false
    /// Elements of the list that `operand` points to, a resource, a format, or an index.
    var count: UInt32 = 0
    /// A count such as that of `maxLength`, or an address in the arena; never a null address.
    var operand: UInt
    var schema: SchemaPointer?

    init(
        _ code: SchemaOpcode, _ schema: SchemaPointer? = nil, count: Int = 0, operand: UInt = 16
    ) {
        self.code = code
        self.schema = schema
        self.count = UInt32(truncatingIfNeeded: count)
        self.operand = operand
    }

    init(
        _ code: SchemaOpcode, _ schema: SchemaPointer? = nil, count: Int = 0,
        at address: UnsafeRawPointer
    ) {
        self.init(code, schema, count: count, operand: UInt(bitPattern: address))
    }

    /// The operand as an address of something the compiler put into the arena.
    @inline(__always)
    func list<Element>(_ type: Element.Type) -> UnsafePointer<Element> {
        UnsafeRawPointer(bitPattern: operand).unsafelyUnwrapped.assumingMemoryBound(to: type)
    }
}

/// A compiled schema: its types, and for each kind of value the instructions that apply to it.
struct SchemaRecord: BitwiseCopyable {
    /// A bit for each kind of value that `type` allows.
    var types: UInt8 = 0xFF
    /// Whether numbers that are whole are allowed although `types` has no bit for their kind.
    var allowsWhole = false
    /// The schema `false`.
    var isNever = false
    /// Whether the errors of this schema are reworded.
    var hasErrorMessage = false
    /// Instructions of ``report``.
    var reportCount: UInt16 = 0
    /// First instruction and end for each kind of value, eight bits each.
    var begins: UInt64 = 0
    var ends: UInt64 = 0
    var code: UnsafePointer<SchemaInstruction>
    /// One instruction a keyword in AJV's order, for ``SchemaReporter``.
    var report: UnsafePointer<SchemaInstruction>
    /// The value of `type`.
    var typeNames: Value = .null
    /// The value of `errorMessage`.
    var errorMessage: Value = .null
}

/// A bound on numbers.
struct NumberLimit: BitwiseCopyable {
    let value: Value
    let nearest: Double
    let whole: Int
    let isWhole: Bool
}

/// How many elements `contains` wants.
struct ContainsBounds: BitwiseCopyable {
    let minimum: Int
    let maximum: Int
}

/// The branches of `if`.
struct SchemaBranches: BitwiseCopyable {
    let then: SchemaPointer?
    let otherwise: SchemaPointer?
}

/// A member that asks for others.
struct DependentKeys: BitwiseCopyable {
    let key: Key
    let required: UnsafePointer<Key>
    let count: Int
}

/// A member with a schema.
struct KeyedSchema: BitwiseCopyable {
    let key: Key
    let schema: SchemaPointer
}

/// A pattern for the names of members, with a schema for their values.
struct PatternSchema: BitwiseCopyable {
    let pattern: SchemaPattern
    let schema: SchemaPointer
}

/// What `additionalProperties` and the evaluation of members need to know of their neighbours.
struct MemberPlan: BitwiseCopyable {
    /// A power of two of slots, at most half of them taken, found by the hash of the key. The keys
    /// are those of the schema, so no value can make the search longer than the schema's own keys.
    let slots: UnsafePointer<MemberSlot>
    let mask: UInt32
    let requiredCount: UInt32
    let patterns: UnsafePointer<PatternSchema>
    let patternCount: Int
    let additional: SchemaPointer?
    /// The members that `properties` names, in its order.
    let properties: UnsafePointer<KeyedSchema>
    let propertyCount: Int

    @inline(__always)
    func slot(_ member: Member) -> UnsafePointer<MemberSlot>? {
        var index = member.keyHash & mask
        while true {
            let slot = slots + Int(index)
            if slot.pointee.isEmpty { return nil }
            if slot.pointee.hash == member.keyHash, slot.pointee.key.isSame(as: member.key) {
                return slot
            }
            index = (index &+ 1) & mask
        }
    }
}

/// A member that `properties` or `required` names.
struct MemberSlot: BitwiseCopyable {
    var key: Text
    var hash: UInt32
    var isEmpty: Bool
    var isRequired: Bool
    /// Whether `properties` names it.
    var isProperty: Bool
    var schema: SchemaPointer?
}

/// Where the names of `$dynamicAnchor` stand, by name and resource.
struct DynamicScopeTable: BitwiseCopyable {
    /// Whether there is a `$dynamicRef` to resolve at all.
    var isUsed = false
    var resourceCount = 0
    /// The resource of the root schema.
    var rootResource: UInt32 = 0
    /// For each name `resourceCount` schemas.
    var targets: UnsafePointer<SchemaPointer?>?
}
