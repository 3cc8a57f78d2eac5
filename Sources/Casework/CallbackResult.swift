import Definitions
import Documents
import RiskRules

/// How a vendor's callback gets its payload into the context, as Ballerine's hook does.
enum CallbackResult {
    /// The context with a callback's payload at a path. The plugin's own output, above the path, is
    /// marked as successful when it has a status.
    static func merge(
        _ data: Value, into context: Value, at path: Text, in arena: Arena
    ) -> Value {
        let placed = place(data, at: path, over: context, status: "SUCCESS", in: arena)
        return context.deepMerged(with: placed, arrays: .byID, in: arena)
    }

    /// An object with the data at a path and nothing else, but for the `status` of what stands
    /// there in the context and has one.
    ///
    /// - Parameter isInside: whether the path's last member is inside the plugin's output; else the
    ///   path is the output itself and the data stands at `data` in it.
    static func place(
        _ data: Value, at path: Text, over context: Value, status: StaticString,
        isInside: Bool = true, in arena: Arena
    ) -> Value {
        let whole = MemberPath(dotted: path, in: arena)
        let output = isInside ? MemberPath(whole.dropLast(), in: arena) : whole
        let kept = isInside ? data : arena.object(["data": data])
        let placed = Value.emptyObject.setting(whole, to: kept, in: arena)
        guard output.count > 0, let there = context.at(output), there.kind == .object,
            there["status"].map({ Condition.isTruthy($0) }) ?? false,
            let new = placed.at(output), new.kind == .object
        else { return placed }
        let marked = new.setting(Key("status"), to: .string(status), in: arena)
        return placed.setting(output, to: marked, in: arena)
    }
}

/// Documents by what tells them apart.
enum DocumentUpdates {
    /// The documents, each that is updated in its place and new ones at the end.
    static func apply(_ updates: Value, to documents: Value, in arena: Arena) -> Value {
        var result = documents.array.map { Array($0) } ?? []
        for update in updates.array.map({ Array($0) }) ?? [] {
            if let at = result.firstIndex(where: { identity($0) == identity(update) }) {
                result[at] = update
            } else {
                result.append(update)
            }
        }
        return arena.array(result)
    }

    /// Its `id`, else category, type and the issuer's country.
    private static func identity(_ document: Value) -> [UInt8] {
        if let id = document["id"], Condition.isTruthy(id) { return ECMAScriptText.bytes(of: id) }
        let parts = [document["category"], document["type"], document["issuer"]?["country"]]
        return parts.reduce(into: []) { bytes, part in
            bytes += [0xFF] + (part.map { ECMAScriptText.bytes(of: $0) } ?? [])
        }
    }
}
