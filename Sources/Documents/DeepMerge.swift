/// What a deep merge does where both sides have an array: Ballerine's `arrayMergeOption`.
public enum ArrayMerge: String, Sendable {
    /// Elements with the same `id` are merged, in order of first appearance; as `by_index` when an
    /// element of either side is no object or has no `id` (an `id` of null, false, 0 or "" is none).
    case byID = "by_id"
    /// Elements at the same index are merged, unless neither is an object, array or null: then the
    /// new one stands.
    case byIndex = "by_index"
    /// The new elements after the old ones.
    case concat
    /// The new array alone.
    case replace

    /// The option of a name; anything else, and none, is `concat`.
    public init(option: Text?) {
        self = option.flatMap { Self(rawValue: String($0)) } ?? .concat
    }
}

extension Value {
    /// This value with another merged into it: Ballerine's `deepMergeWithOptions`.
    ///
    /// Objects merge by key, arrays by `arrays`, all else is taken from `other`. New keys come after
    /// the old ones. Within elements that `by_id` and `by_index` merge, arrays are replaced, and a
    /// string or array met by an object counts as an object of its indexes, as there (by code
    /// points here, by UTF-16 units there).
    ///
    /// Recurses as deep as the values, which their parser has bounded.
    public func deepMerged(
        with other: Value, arrays: ArrayMerge = .concat, in arena: Arena
    ) -> Value {
        if let old = array, let new = other.array {
            return arrays.merge(self, other, old, new, in: arena)
        }
        guard kind == .object, let theirs = other.members else { return other }
        return updatingMembers(with: theirs, in: arena) { old, new in
            if old.kind == .array && new.kind == .array || new.kind == .object {
                return old.deepMerged(with: new, arrays: arrays, in: arena)
            }
            return new
        }
    }

    /// The members of this object, each of the others joined to the one of its key or appended.
    private func updatingMembers(
        with others: UnsafeBufferPointer<Member>, in arena: Arena,
        joining: (_ old: Value, _ new: Value) -> Value
    ) -> Value {
        if others.isEmpty { return self }
        var merged = members.map { Array($0) } ?? []
        merged.reserveCapacity(merged.count + others.count)
        for member in others {
            if let at = memberIndex(member.lookup) {
                merged[at] = Member(merged[at].lookup, joining(merged[at].value, member.value))
            } else {
                merged.append(member)
            }
        }
        return arena.object(merged)
    }

    /// `{...self, ...other}` level by level, both read as objects.
    fileprivate func objectMerged(with other: Value, in arena: Arena) -> Value {
        let mine = spread(in: arena)
        guard let theirs = other.spread(in: arena).members else { return mine }
        return mine.updatingMembers(with: theirs, in: arena) { old, new in
            new.kind == .object ? old.objectMerged(with: new, in: arena) : new
        }
    }

    /// `{...self}` of ECMAScript: arrays and strings by index, other scalars nothing.
    func spread(in arena: Arena) -> Value {
        switch kind {
        case .object: return self
        case .array:
            return arena.object(
                array.unsafelyUnwrapped.enumerated().map { index, element in
                    Member(arena.key(String(index)), element)
                })
        case .string:
            var result: [Member] = []
            for scalar in String(text.unsafelyUnwrapped).unicodeScalars {
                result.append(
                    Member(arena.key(String(result.count)), arena.string(String(scalar))))
            }
            return arena.object(result)
        default: return .emptyObject
        }
    }

    /// Whether ECMAScript holds the value for true.
    fileprivate var isTruthy: Bool {
        switch kind {
        case .null: false
        case .bool: bool == true
        case .integer, .double, .decimal: number.map { $0 != 0 && !$0.isNaN } ?? false
        case .string: count > 0
        case .array, .object: true
        }
    }
}

extension ArrayMerge {
    fileprivate func merge(
        _ a: Value, _ b: Value, _ old: UnsafeBufferPointer<Value>,
        _ new: UnsafeBufferPointer<Value>, in arena: Arena
    ) -> Value {
        switch self {
        case .replace: return b
        case .concat:
            if new.isEmpty { return a }
            return old.isEmpty ? b : arena.array(Array(old) + Array(new))
        case .byIndex: return Self.byIndex(old, new, in: arena)
        case .byID:
            let haveIDs = (old.allSatisfy(Self.hasID)) && new.allSatisfy(Self.hasID)
            return haveIDs ? Self.byID(old, new, in: arena) : Self.byIndex(old, new, in: arena)
        }
    }

    private static func hasID(_ element: Value) -> Bool { element["id"]?.isTruthy ?? false }

    private static func byIndex(
        _ old: UnsafeBufferPointer<Value>, _ new: UnsafeBufferPointer<Value>, in arena: Arena
    ) -> Value {
        func isObjectLike(_ value: Value) -> Bool {
            value.kind == .null || value.kind == .array || value.kind == .object
        }
        let merged = (0..<max(old.count, new.count)).map { index -> Value in
            guard index < new.count else { return old[index].isTruthy ? old[index] : .null }
            guard index < old.count else { return new[index] }
            let (a, b) = (old[index], new[index])
            return isObjectLike(a) || isObjectLike(b) ? a.objectMerged(with: b, in: arena) : b
        }
        return arena.array(merged)
    }

    /// Objects and arrays as ids are the same only as themselves, so each stays alone.
    private static func byID(
        _ old: UnsafeBufferPointer<Value>, _ new: UnsafeBufferPointer<Value>, in arena: Arena
    ) -> Value {
        var merged: [Value] = []
        var texts: [Text: Int] = [:]
        var numbers: [Double: Int] = [:]
        var boolean: Int?
        for element in Array(old) + Array(new) {
            let id = element["id"] ?? .null
            let known: Int? =
                switch id.kind {
                case .string: texts[id.text.unsafelyUnwrapped]
                case .integer, .double, .decimal: numbers[id.number ?? 0]
                case .bool: boolean
                default: nil
                }
            if let known {
                merged[known] = merged[known].objectMerged(with: element, in: arena)
                continue
            }
            switch id.kind {
            case .string: texts[id.text.unsafelyUnwrapped] = merged.count
            case .integer, .double, .decimal: numbers[id.number ?? 0] = merged.count
            case .bool: boolean = merged.count
            default: break
            }
            merged.append(element)
        }
        return arena.array(merged)
    }
}
