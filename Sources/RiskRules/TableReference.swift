public import DecisionTables
public import Documents

/// Reads what names a table: guards and plugins.
public enum TableReference {
    /// `{type: table, table: ID}`, in which `id` and `options` may stand too.
    public static func name(_ value: Value) -> Value? {
        value["table"] ?? value["options"]?["table"] ?? value["id"] ?? value["options"]?["id"]
    }

    /// The table that a plugin or guard names.
    public static func table(
        _ node: Node, _ tables: (String) -> DecisionTable?, in arena: Arena
    ) -> (DecisionTable?, [Finding]) {
        let place =
            node["table"] ?? node["options"]?["table"] ?? node["id"] ?? node["options"]?["id"]
        guard let place, let name = place.value.string else {
            let finding = (place ?? node).finding(
                "DT030", .error, "name the table; write table: ID of a table under rules/")
            return (nil, [finding])
        }
        if let table = tables(name) { return (table, []) }
        let finding = place.finding(
            "DT030", .error,
            "there is no table '\(name)' that is sound; write the id of a table under `tables` in a "
                + "file of rules/")
        return (nil, [finding])
    }

    /// What a guard asks: `output` names an output that must be true.
    public static func test(
        _ node: Node, _ tables: (String) -> DecisionTable?, in arena: Arena
    ) -> (TableTest?, [Finding]) {
        let (table, findings) = table(node, tables, in: arena)
        guard let table else { return (nil, findings) }
        guard let output = node["output"] ?? node["options"]?["output"] else {
            return (TableTest(table, output: nil), findings)
        }
        let isKnown = output.value.text.map { text in
            table.booleanOutputs.contains { $0 == text }
        }
        guard isKnown ?? false, let text = output.value.text else {
            let finding = output.finding(
                "DT031", .error, "a guard's output is the name of a boolean output of the table")
            return (nil, findings + [finding])
        }
        return (TableTest(table, output: Key(arena.text(String(text)))), findings)
    }
}
