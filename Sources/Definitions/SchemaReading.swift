import Documents
import Expressions

/// Compiles the JSON Schemas of definitions, as Ballerine does: draft 7 unless a schema says otherwise,
/// and formats assert.
enum SchemaReading {
    /// The schema; nil with a finding at the part that is wrong.
    static func compile(
        _ schema: Node, into findings: inout [Finding], in arena: Arena
    ) -> JSONSchema? {
        do throws(ExpressionError) {
            return try JSONSchema.compile(schema, draft: .draft7, formats: true, in: arena)
        } catch {
            let place = narrowed(schema, error.message)
            findings.append(place.finding("EX030", .error, error.message))
            return nil
        }
    }

    /// The innermost part of a schema that is wrong in the same way when it stands alone.
    private static func narrowed(_ schema: Node, _ message: String) -> Node {
        var found = schema
        var tries = 0
        var next: Node? = schema
        while let node = next {
            found = node
            let parts = node.members.map(\.node) + node.elements
            next = parts.first { part in
                tries += 1
                return tries <= 1_000 && fails(part, message)
            }
        }
        return found
    }

    /// Whether a part, or a map or list of schemas in it, is wrong with that message.
    private static func fails(_ part: Node, _ message: String) -> Bool {
        guard part.value.kind == .object || part.value.kind == .array else { return false }
        // A map or a list of schemas is no schema: it stands under a keyword that takes it.
        let scratch = Arena(chunkBytes: 4096)
        let keyword: StaticString = part.value.kind == .array ? "anyOf" : "properties"
        let wrapped = scratch.object([(keyword): part.value])
        return [part.value, wrapped].contains { value in
            do throws(ExpressionError) {
                _ = try JSONSchema.compile(value, draft: .draft7, formats: true, in: scratch)
                return false
            } catch { return error.message.utf8.elementsEqual(message.utf8) }
        }
    }
}
