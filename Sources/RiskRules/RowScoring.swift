internal import DecisionTables
internal import Documents
internal import Expressions

/// The outputs of a table that are a risk rule's scores and indicator: `table: {id: ID, baseRiskScore:
/// OUTPUT, additionalRiskScore: OUTPUT, indicator: OUTPUT}`. What a row leaves empty is the rule's own.
struct RowScoring: BitwiseCopyable {
    let test: TableTest
    let base: Key?
    let additional: Key?
    let indicator: Key?

    /// What a rule that is raised adds and says.
    struct Result: BitwiseCopyable {
        let base: Value
        let additional: Value
        let indicator: Text
        /// `rules/countries.csv:14`: the first row that matched, and how many did.
        let row: Text
        let rowCount: Int
    }

    /// The rule's scores in a case; nil when it is not raised.
    func evaluate(
        _ rule: RiskRule, _ scope: Scope, in arena: Arena
    ) throws(ExpressionError) -> UnsafePointer<Result>? {
        let outcome = try test.table.evaluate(scope, in: arena)
        guard let first = outcome.rows.first, test.holds(outcome) else { return nil }
        func given(_ output: Key?) -> Value? {
            output.flatMap { outcome.outputs[$0] }.flatMap { $0.isNull ? nil : $0 }
        }
        let result = arena.allocate(MemoryLayout<Result>.stride).bindMemory(
            to: Result.self, capacity: 1)
        result.initialize(
            to: Result(
                base: given(base) ?? rule.baseScore,
                additional: given(additional) ?? rule.additionalScore,
                indicator: given(indicator)?.text ?? rule.indicator,
                row: arena.text(test.table.place(ofRow: Int(first))), rowCount: outcome.rows.count))
        return UnsafePointer(result)
    }
}

extension RowScoring {
    /// Members of `table` beside those that every condition has.
    static let members: [StaticString] = ["baseRiskScore", "additionalRiskScore", "indicator"]

    /// Reads them; nil when there are none, or with findings.
    static func read(
        _ node: Node, _ condition: Condition, in arena: Arena
    ) -> (RowScoring?, [Finding]) {
        guard node.value.kind == .object, members.contains(where: { node[$0] != nil }),
            case .table(let test) = condition
        else { return (nil, []) }
        let table = test.table
        var findings: [Finding] = []
        if table.givesList {
            let finding = node.finding(
                "DT032", .error,
                "the table '\(table.id)' gives a list, which is no score; give it a hit policy of one "
                    + "row, or collect with sum, min or max")
            return (nil, [finding])
        }
        func output(_ name: StaticString, _ known: [Text], _ kind: String) -> Key? {
            guard let member = node[name] else { return nil }
            guard let text = member.value.text, known.contains(where: { $0 == text }) else {
                findings.append(
                    member.finding(
                        "DT032", .error,
                        "`\(name)` is the name of an output of '\(table.id)' that is \(kind)"))
                return nil
            }
            return Key(Text(start: arena.copy(text.bytes), count: text.count))
        }
        let scoring = RowScoring(
            test: test, base: output("baseRiskScore", table.numberOutputs, "a number"),
            additional: output("additionalRiskScore", table.numberOutputs, "a number"),
            indicator: output("indicator", table.textOutputs, "a text"))
        for key in [scoring.base, scoring.additional].compactMap({ $0 }) {
            findings += negative(key, in: table, for: node)
        }
        return (findings.isEmpty ? scoring : nil, findings)
    }

    /// Rows whose score is below 0.
    private static func negative(
        _ output: Key, in table: DecisionTable, for node: Node
    ) -> [Finding] {
        let row = (0..<table.rowCount).first {
            (table.outputs(ofRow: $0)[output]?.number ?? 0) < 0
        }
        guard let row else { return [] }
        return [
            node.finding(
                "DT032", .error,
                "a risk score is not negative, and the row at \(table.place(ofRow: row)) gives "
                    + JSONWriter.line(table.outputs(ofRow: row)[output] ?? .null))
        ]
    }
}
