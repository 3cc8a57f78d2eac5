import Definitions
import Documents
import RiskRules

/// Ballerine's `mergeToContext`: how the output of plugins gets into the context.
enum ContextMerge {
    /// The context with information merged at a path.
    static func merge(
        _ information: Value, into context: Value, at path: MemberPath, in arena: Arena
    ) -> Value {
        let existing =
            context.at(path).flatMap { Condition.isTruthy($0) ? $0 : nil } ?? .emptyObject
        return set(
            path, 0, of: context, to: merge(information, over: existing, in: arena), in: arena)
    }

    private static func set(
        _ path: MemberPath, _ index: Int, of value: Value, to new: Value, in arena: Arena
    ) -> Value {
        guard index < path.count else { return new }
        let key = path[index]
        let inner = value[key].flatMap { $0.kind == .object ? $0 : nil } ?? .emptyObject
        let deeper = set(path, index + 1, of: inner, to: new, in: arena)
        return value.setting(key, to: deeper, in: arena)
    }

    /// One object over another: objects merge, everything else replaces. What is no object does not
    /// change what is there.
    static func merge(_ new: Value, over old: Value, in arena: Arena) -> Value {
        let base = spread(old, in: arena)
        guard old.kind == .object, let members = new.members else { return base }
        if old.count == 0 { return new }
        var changed = MemberSpace(count: members.count, in: arena)
        for member in members {
            if member.value.kind == .object, let there = old[member.lookup],
                Condition.isTruthy(there)
            {
                changed.add(member.lookup, merge(member.value, over: there, in: arena))
            } else {
                changed.add(member)
            }
        }
        return base.assigning(changed.finish(), in: arena)
    }

    /// `{...value}`: arrays and strings become objects by position, other scalars nothing.
    static func spread(_ value: Value, in arena: Arena) -> Value {
        switch value.kind {
        case .object: return value
        case .array:
            return arena.object(
                value.array.unsafelyUnwrapped.enumerated().map {
                    Member(arena.key(String($0.offset)), $0.element)
                })
        case .string:
            let characters = Array((value.string ?? "").utf16)
            return arena.object(
                characters.enumerated().map {
                    Member(
                        arena.key(String($0.offset)),
                        arena.string(String(decoding: [$0.element], as: UTF16.self)))
                })
        default: return .emptyObject
        }
    }
}
