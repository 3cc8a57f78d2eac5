import Definitions
import Documents

/// Slots of secrets in what is written.
extension SecretSlots {
    /// The text with each slot as `{secret.NAME}`.
    static func showing(_ text: Text, in arena: Arena) -> Text {
        guard text.bytes.contains(0xFF) else { return text }
        return showing(Array(text.bytes)).withUnsafeBytes {
            Text(start: arena.copy($0), count: $0.count)
        }
    }

    /// The value with each slot in it as `{secret.NAME}`.
    static func showing(_ value: Value, in arena: Arena) -> Value {
        mapping(value, in: arena) { .string(showing($0, in: arena)) }
    }

    /// The text, or where it has slots `{"parts": […]}` of texts and `{"secret": NAME}`.
    static func parting(_ text: Text, in arena: Arena) -> Value {
        let bytes = text.bytes
        guard bytes.contains(0xFF) else { return .string(text) }
        var parts: [Value] = []
        var from = 0
        while let open = bytes[from...].firstIndex(of: 0xFF),
            let close = bytes[open...].firstIndex(of: 0xFE)
        {
            if open > from { parts.append(.string(text[from..<open])) }
            parts.append(arena.object(["secret": .string(text[(open + 1)..<close])]))
            from = close + 1
        }
        if from < text.count { parts.append(.string(text[from..<text.count])) }
        return arena.object(["parts": arena.array(parts)])
    }

    /// The value with each text in parts where it has slots.
    static func parting(_ value: Value, in arena: Arena) -> Value {
        mapping(value, in: arena) { parting($0, in: arena) }
    }

    private static func mapping(
        _ value: Value, in arena: Arena, _ transform: (Text) -> Value
    ) -> Value {
        guard holdsSlot(value) else { return value }
        switch value.kind {
        case .string: return transform(value.text.unsafelyUnwrapped)
        case .array:
            return arena.array(
                value.array.unsafelyUnwrapped.map { mapping($0, in: arena, transform) })
        case .object:
            return arena.object(
                value.members.unsafelyUnwrapped.map {
                    Member($0.lookup, mapping($0.value, in: arena, transform))
                })
        default: return value
        }
    }

    private static func holdsSlot(_ value: Value) -> Bool {
        switch value.kind {
        case .string: value.text.unsafelyUnwrapped.bytes.contains(0xFF)
        case .array: value.array.unsafelyUnwrapped.contains { holdsSlot($0) }
        case .object: value.members.unsafelyUnwrapped.contains { holdsSlot($0.value) }
        default: false
        }
    }
}
