internal import Documents

/// What `var` reads: the scope of the rule, or the element that an iteration stands on.
struct Frame: BitwiseCopyable {
    enum Kind: UInt8 {
        /// `value` alone.
        case value
        /// `other` above `value`.
        case layered
        /// The two variables of `reduce`: `value` is `current`, `other` is `accumulator`.
        case reduction
    }

    let kind: Kind
    let value: Value
    let other: Value

    @inline(__always)
    init(_ scope: Scope) {
        value = scope.context
        if let payload = scope.payload {
            kind = .layered
            other = payload
        } else {
            kind = .value
            other = scope.context
        }
    }

    @inline(__always)
    init(element: Value) {
        kind = .value
        value = element
        other = element
    }

    @inline(__always)
    init(current: Value, accumulator: Value) {
        kind = .reduction
        value = current
        other = accumulator
    }

    /// The value at a compiled path, or nil where ECMAScript has `undefined`.
    @inline(__always)
    func find(_ path: UnsafePointer<PathStep>, _ count: Int) -> Value? {
        guard var value = first(path.pointee) else { return nil }
        var at = 1
        while at < count {
            guard let next = Frame.member(value, path[at]) else { return nil }
            value = next
            at &+= 1
        }
        return ECMAScript.isUndefined(value) ? nil : value
    }

    /// The value at a dotted path that is known only now.
    func find(_ path: Text) -> Value? {
        var end = Frame.partEnd(path, 0)
        guard var value = first(PathStep(path[0..<end])) else { return nil }
        while end < path.count {
            let start = end + 1
            end = Frame.partEnd(path, start)
            guard let next = Frame.member(value, PathStep(path[start..<end])) else { return nil }
            value = next
        }
        return ECMAScript.isUndefined(value) ? nil : value
    }

    private static func partEnd(_ path: Text, _ start: Int) -> Int {
        var at = start
        while at < path.count, path[at] != 0x2E { at &+= 1 }
        return at
    }

    @inline(__always)
    private func first(_ step: PathStep) -> Value? {
        switch kind {
        case .value: return Frame.member(value, step)
        case .layered: return Frame.named(other, step.key) ?? Frame.member(value, step)
        case .reduction:
            switch step.role {
            case .current: return value
            case .accumulator: return other
            case .other: return nil
            }
        }
    }

    /// A property as ECMAScript finds it: members, array elements, characters, `length`. Inherited
    /// ones, such as `constructor`, are no data and are not found.
    @inline(__always)
    static func member(_ value: Value, _ step: PathStep) -> Value? {
        value.kind == .object ? named(value, step.key) : element(value, step)
    }

    /// A member of an object, as `object[key]`.
    @inline(__always)
    private static func named(_ object: Value, _ key: Key) -> Value? {
        let members = object.members.unsafelyUnwrapped
        guard members.count <= 16 else { return object[key] }
        var at = 0
        while at < members.count {
            if members[at].keyHash == key.hash, members[at].key.isSame(as: key.text) {
                return members[at].value
            }
            at &+= 1
        }
        return nil
    }

    @inline(never)
    private static func element(_ value: Value, _ step: PathStep) -> Value? {
        switch value.kind {
        case .array:
            if step.index >= 0 { return value[Int(step.index)] }
            return step.key.text == "length" ? .integer(value.count) : nil
        case .string:
            let text = value.text.unsafelyUnwrapped
            if step.index >= 0 {
                return UTF16Text.unit(text, Int(step.index)).map { .string($0) }
            }
            return step.key.text == "length" ? .integer(UTF16Text.length(text)) : nil
        default: return nil
        }
    }

    /// Everything as one value: what `{"var": ""}` gives.
    func whole(in arena: Arena) -> Value {
        switch kind {
        case .value: value
        case .layered: Scope(value, under: other).whole(in: arena)
        case .reduction:
            arena.object(["current": value, "accumulator": ECMAScript.defined(other)])
        }
    }
}
