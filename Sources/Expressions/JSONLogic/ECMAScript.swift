internal import Documents

/// The value semantics of ECMAScript that json-logic-js rests on: coercions, equality and order
/// (ECMA-262, section 7). Numbers are doubles here, whatever their spelling.
///
/// `undefined` is a NaN with bits of its own; it never leaves an evaluation. The arena comes
/// unmanaged, so that only what writes to it counts references.
enum ECMAScript {
    @inline(__always)
    static var undefined: Value { .number(Double(bitPattern: 0x7FF8_0000_0000_0D0C)) }

    @inline(__always)
    static func isUndefined(_ value: Value) -> Bool {
        guard value.kind == .double, let number = value.number else { return false }
        return number.bitPattern == 0x7FF8_0000_0000_0D0C
    }

    /// JSON has no `undefined`; serialised it is `null`.
    @inline(__always)
    static func defined(_ value: Value) -> Value { isUndefined(value) ? .null : value }

    /// The truth of json-logic: as in ECMAScript, but an empty array is false.
    @inline(__always)
    static func isTrue(_ value: Value) -> Bool {
        switch value.kind {
        case .null: return false
        case .bool: return value.bool.unsafelyUnwrapped
        case .integer, .double, .decimal:
            let number = value.number.unsafelyUnwrapped
            return number != 0 && number == number
        case .string, .array: return value.count != 0
        case .object: return true
        }
    }

    // MARK: Equality

    /// `a === b`. Arrays and objects are equal only to themselves; an empty one to no other.
    @inline(__always)
    static func areSame(_ a: Value, _ b: Value) -> Bool {
        if a.kind == .string, b.kind == .string {
            return a.text.unsafelyUnwrapped.isSame(as: b.text.unsafelyUnwrapped)
        }
        if a.isNumber, b.isNumber {
            if isUndefined(a) { return isUndefined(b) }
            return a.number.unsafelyUnwrapped == b.number.unsafelyUnwrapped
        }
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .null: return true
        case .bool: return a.bool == b.bool
        default: return a.count > 0 && a.count == b.count && start(a) == start(b)
        }
    }

    private static func start(_ tree: Value) -> UnsafeRawPointer? {
        if let elements = tree.array { return elements.baseAddress.map { UnsafeRawPointer($0) } }
        return tree.members?.baseAddress.map { UnsafeRawPointer($0) }
    }

    /// `a == b`.
    @inline(__always)
    static func areEqual(_ a: Value, _ b: Value, in arena: Unmanaged<Arena>) -> Bool {
        if a.kind == .string, b.kind == .string {
            return a.text.unsafelyUnwrapped.isSame(as: b.text.unsafelyUnwrapped)
        }
        return areLooselyEqual(a, b, in: arena)
    }

    @inline(never)
    private static func areLooselyEqual(_ a: Value, _ b: Value, in arena: Unmanaged<Arena>) -> Bool
    {
        let aIsNothing = a.isNull || isUndefined(a)
        let bIsNothing = b.isNull || isUndefined(b)
        if aIsNothing || bIsNothing { return aIsNothing && bIsNothing }
        if a.isNumber, b.isNumber {
            return a.number.unsafelyUnwrapped == b.number.unsafelyUnwrapped
        }
        let aIsTree = a.kind.rawValue >= Value.Kind.array.rawValue
        let bIsTree = b.kind.rawValue >= Value.Kind.array.rawValue
        if (aIsTree && bIsTree) || a.kind == b.kind { return areSame(a, b) }
        if aIsTree, b.kind == .string { return primitive(a, in: arena).text == b.text }
        if bIsTree, a.kind == .string { return primitive(b, in: arena).text == a.text }
        return number(a, in: arena) == number(b, in: arena)
    }

    // MARK: Order

    /// `a < b`.
    @inline(__always)
    static func isLess(_ a: Value, _ b: Value, in arena: Unmanaged<Arena>) -> Bool {
        if a.isNumber, b.isNumber {
            return a.number.unsafelyUnwrapped < b.number.unsafelyUnwrapped
        }
        return compare(a, b, in: arena) {
            $0 < $1
        } byText: {
            $0 < 0
        }
    }

    /// `a <= b`.
    @inline(__always)
    static func isLessOrEqual(_ a: Value, _ b: Value, in arena: Unmanaged<Arena>) -> Bool {
        if a.isNumber, b.isNumber {
            return a.number.unsafelyUnwrapped <= b.number.unsafelyUnwrapped
        }
        return compare(a, b, in: arena) {
            $0 <= $1
        } byText: {
            $0 <= 0
        }
    }

    @inline(never)
    private static func compare(
        _ a: Value, _ b: Value, in arena: Unmanaged<Arena>, byNumber: (Double, Double) -> Bool,
        byText: (Int) -> Bool
    ) -> Bool {
        let a = primitive(a, in: arena)
        let b = primitive(b, in: arena)
        if let a = a.text, let b = b.text { return byText(order(a, b)) }
        return byNumber(number(a, in: arena), number(b, in: arena))
    }

    /// Order by UTF-16 code units, which differs from byte order in one thing: characters past
    /// U+FFFF (lead bytes F0 to F4) come before U+E000 to U+FFFF (EE and EF).
    static func order(_ a: Text, _ b: Text) -> Int {
        let shorter = min(a.count, b.count)
        var at = 0
        while at < shorter, a[at] == b[at] { at += 1 }
        guard at < shorter else { return a.count - b.count }
        let rank = { (byte: UInt8) in byte >= 0xF0 ? 0xED1 + Int(byte & 7) : Int(byte) * 16 }
        return rank(a[at]) - rank(b[at])
    }

    // MARK: Coercion

    /// ToPrimitive: trees become strings, all else stays.
    static func primitive(_ value: Value, in arena: Unmanaged<Arena>) -> Value {
        value.kind.rawValue >= Value.Kind.array.rawValue
            ? .string(Spelling.text(value, in: arena.takeUnretainedValue())) : value
    }

    /// ToNumber.
    @inline(__always)
    static func number(_ value: Value, in arena: Unmanaged<Arena>) -> Double {
        if value.isNumber {
            return isUndefined(value) ? .nan : value.number.unsafelyUnwrapped
        }
        return coercedNumber(value, in: arena)
    }

    @inline(never)
    private static func coercedNumber(_ value: Value, in arena: Unmanaged<Arena>) -> Double {
        switch value.kind {
        case .null: 0
        case .bool: value.bool.unsafelyUnwrapped ? 1 : 0
        case .string: NumberText.number(value.text.unsafelyUnwrapped)
        case .array: NumberText.number(Spelling.text(value, in: arena.takeUnretainedValue()))
        default: .nan
        }
    }

    /// `parseFloat(value)`.
    @inline(__always)
    static func parsedFloat(_ value: Value, in arena: Unmanaged<Arena>) -> Double {
        if value.isNumber {
            return isUndefined(value) ? .nan : value.number.unsafelyUnwrapped + 0
        }
        return otherFloat(value, in: arena)
    }

    @inline(never)
    private static func otherFloat(_ value: Value, in arena: Unmanaged<Arena>) -> Double {
        switch value.kind {
        case .string: NumberText.prefix(value.text.unsafelyUnwrapped)
        case .array: NumberText.prefix(Spelling.text(value, in: arena.takeUnretainedValue()))
        default: .nan
        }
    }

    /// ToIntegerOrInfinity, kept within what a length can be.
    static func integer(_ number: Double) -> Int {
        if number.isNaN { return 0 }
        return Int(max(-9e15, min(9e15, number)))
    }
}
