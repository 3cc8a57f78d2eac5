public import Documents

/// `{name}` in the texts of a request's mapping: looked up in the request that the mapping makes.
///
/// They are recognised in the mapping's text, when it is compiled, and travel through its result as
/// slots: a byte that UTF-8 never uses, the name, and the byte that ends a secret's slot. Braces in
/// data stay data.
public enum RequestSlots {
    static let open: UInt8 = 0xFD
    static let close = SecretSlots.close

    /// A mapping with each `{name}` inside a `'…'` text made a slot of the same length.
    static func marking(_ mapping: Text, in arena: Arena) -> Text {
        var output = Array(mapping.bytes)
        var isText = false
        var start: Int?
        var isMarked = false
        for at in 0..<output.count {
            switch output[at] {
            case UInt8(ascii: "'"):
                if at == 0 || output[at - 1] != UInt8(ascii: "\\") { isText.toggle() }
                start = nil
            case UInt8(ascii: "{") where isText: start = at
            case UInt8(ascii: "}"):
                if let open = start, at > open + 1 {
                    output[open] = Self.open
                    output[at] = close
                    isMarked = true
                }
                start = nil
            default: break
            }
        }
        guard isMarked else { return mapping }
        return output.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    /// The request with the slots of its own members filled from it; elsewhere, and where a name
    /// leads nowhere, the text stands as it was written.
    public static func fill(_ request: Value, in arena: Arena) -> Value {
        guard holdsSlot(request) else { return request }
        guard let members = request.members else { return replaced(request, nil, arena) }
        let plain = arena.object(
            members.map { Member($0.lookup, replaced($0.value, nil, arena)) })
        return arena.object(
            members.map { member in
                let isOwn = member.value.kind == .string
                return Member(
                    member.lookup, replaced(member.value, isOwn ? plain : nil, arena))
            })
    }

    /// The value with each slot as the `{name}` that was written.
    public static func showing(_ value: Value, in arena: Arena) -> Value {
        replaced(value, nil, arena)
    }

    private static func holdsSlot(_ value: Value) -> Bool {
        switch value.kind {
        case .string: value.text.unsafelyUnwrapped.bytes.contains(open)
        case .array: value.array.unsafelyUnwrapped.contains { holdsSlot($0) }
        case .object: value.members.unsafelyUnwrapped.contains { holdsSlot($0.value) }
        default: false
        }
    }

    private static func replaced(_ value: Value, _ context: Value?, _ arena: Arena) -> Value {
        guard holdsSlot(value) else { return value }
        switch value.kind {
        case .string:
            return text(value.text.unsafelyUnwrapped, context, arena)
        case .array:
            return arena.array(
                value.array.unsafelyUnwrapped.map { replaced($0, context, arena) })
        case .object:
            return arena.object(
                value.members.unsafelyUnwrapped.map {
                    Member($0.lookup, replaced($0.value, context, arena))
                })
        default: return value
        }
    }

    private static func text(_ text: Text, _ context: Value?, _ arena: Arena) -> Value {
        let bytes = text.bytes
        var output: [UInt8] = []
        var at = 0
        while at < bytes.count {
            guard bytes[at] == open, let end = bytes[at...].firstIndex(of: close) else {
                output.append(bytes[at])
                at += 1
                continue
            }
            let name = text[(at + 1)..<end]
            if let value = context?.at(MemberPath(dotted: name, in: arena)) {
                output.append(contentsOf: ECMAScriptText.bytes(of: value))
            } else {
                output.append(UInt8(ascii: "{"))
                output.append(contentsOf: name.bytes)
                output.append(UInt8(ascii: "}"))
            }
            at = end + 1
        }
        return output.withUnsafeBytes { arena.string($0) }
    }
}
