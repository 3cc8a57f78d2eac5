import DecisionTables
import Documents
import Testing

/// Random tables against an evaluator that reads the cells one by one.
@Suite struct PropertyTests {
    /// A cell as the naive evaluator knows it, and as text. Values of every type are small whole
    /// numbers: texts are `k3`, dates days of 2020, numbers halves.
    private indirect enum Cell {
        case any, null
        /// `k0`, `k1` and `k2`.
        case list
        case compare(String, Int)
        case range(Int, Int, Bool, Bool)
        case set([Cell])
        case not([Cell])

        func matches(_ value: Int?) -> Bool {
            switch self {
            case .any: return true
            case .null: return value == nil
            case .list: return value.map { $0 < 3 } ?? false
            case .compare("!=", let other): return value != other
            case .compare(let operation, let other):
                guard let value else { return false }
                switch operation {
                case "<": return value < other
                case "<=": return value <= other
                case ">": return value > other
                case ">=": return value >= other
                default: return value == other
                }
            case .range(let low, let high, let hasLow, let hasHigh):
                guard let value else { return false }
                return (hasLow ? value >= low : value > low)
                    && (hasHigh ? value <= high : value < high)
            case .set(let cells): return cells.contains { $0.matches(value) }
            case .not(let cells): return !cells.contains { $0.matches(value) }
            }
        }

        func text(_ spell: (Int) -> String) -> String {
            switch self {
            case .any: "-"
            case .null: "null"
            case .list: "list(small)"
            case .compare(let operation, let value):
                operation.isEmpty ? spell(value) : "\(operation) \(spell(value))"
            case .range(let low, let high, let hasLow, let hasHigh):
                "\(hasLow ? "[" : low % 2 == 0 ? "]" : "(")\(spell(low))..\(spell(high))"
                    + (hasHigh ? "]" : low % 3 == 0 ? "[" : ")")
            case .set(let cells): cells.map { $0.text(spell) }.joined(separator: ", ")
            case .not(let cells):
                "not(\(cells.map { $0.text(spell) }.joined(separator: ", ")))"
            }
        }
    }

    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let types = ["string", "number", "integer", "date"]

    private static func spell(_ type: String, _ value: Int) -> String {
        switch type {
        case "string": return "k\(value)"
        case "number": return value % 2 == 0 ? "\(value / 2)" : "\(value / 2).5"
        case "date": return "2020-01-\(value < 9 ? "0" : "")\(value + 1)"
        default: return "\(value)"
        }
    }

    private static func term(_ type: String, _ size: Int, _ random: inout Random) -> Cell {
        let value = Int.random(in: 0..<size, using: &random)
        let kind = Int.random(in: 0..<10, using: &random)
        if kind == 0 { return .null }
        if kind == 2, type == "string" { return .list }
        if kind == 1 { return .compare("!=", value) }
        if type == "string" || kind < 5 { return .compare(kind % 2 == 0 ? "" : "=", value) }
        if kind < 8 {
            let operations = ["<", "<=", ">", ">="]
            return .compare(operations[Int.random(in: 0..<4, using: &random)], value)
        }
        let high = value + 1 + Int.random(in: 0..<3, using: &random)
        return .range(value, high, Bool.random(using: &random), Bool.random(using: &random))
    }

    private static func cell(_ type: String, _ size: Int, _ random: inout Random) -> Cell {
        let kind = Int.random(in: 0..<8, using: &random)
        if kind < 2 { return .any }
        if kind < 6 { return term(type, size, &random) }
        let count = Int.random(in: 1...3, using: &random)
        let terms = (0..<count).map { _ in term(type, size, &random) }
        return kind == 6 ? .set(terms) : .not(terms)
    }

    @Test func `tables match what a naive evaluator matches`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("decision tables: seed \(seed)")
        var random = Random(state: seed)
        var (evaluations, matches) = (0, 0)
        for round in 0..<120 {
            let columns = Int.random(in: 1...4, using: &random)
            let rows = round % 5 == 0 ? Int.random(in: 65...300, using: &random) : round % 20 + 1
            let size = Int.random(in: 2...20, using: &random)
            let types = (0..<columns).map { _ in Self.types[Int.random(in: 0..<4, using: &random)] }
            let cells = (0..<rows).map { _ in
                types.map { Self.cell($0, size, &random) }
            }
            let policy = Self.policies[round % Self.policies.count]
            let trial = Self.trial(types, cells, policy)
            for _ in 0..<40 {
                let values = types.map { _ in
                    Int.random(in: 0..<8, using: &random) == 0
                        ? nil : Int.random(in: 0..<(size + 4), using: &random)
                }
                let expected = cells.indices.filter { row in
                    zip(cells[row], values).allSatisfy { $0.matches($1) }
                }
                let data = zip(types, values).enumerated().map { index, pair in
                    let text = pair.1.map { value in
                        let spelled = Self.spell(pair.0, value)
                        return pair.0 == "string" || pair.0 == "date" ? "\"\(spelled)\"" : spelled
                    }
                    return "\"c\(index)\": \(text ?? "null")"
                }
                evaluations += 1
                matches += expected.isEmpty ? 0 : 1
                let note: Comment = "seed \(seed), round \(round), \(data)"
                if policy == "unique" || policy == "any", expected.count > 1 {
                    #expect(
                        trial.failure("{\(data.joined(separator: ", "))}").contains(
                            "the rows \(expected[0] + 1) "), note)
                    continue
                }
                let found = try trial.rows("{\(data.joined(separator: ", "))}")
                switch policy {
                case "first": #expect(found == Array(expected.prefix(1)), note)
                case "priority":
                    let best = expected.min { (Self.rank($0), $0) < (Self.rank($1), $1) }
                    #expect(found == (best.map { [$0] } ?? []), note)
                default: #expect(found == expected, note)
                }
            }
        }
        #expect(evaluations == 4800)
        #expect(matches > 100)
    }

    private static let policies = ["rule order", "first", "unique", "priority", "any", "collect"]

    /// The place of a row's second output in the order of its values.
    private static func rank(_ row: Int) -> Int { row * 7 % 3 }

    private static func trial(_ types: [String], _ cells: [[Cell]], _ policy: String) -> Trial {
        let inputs = types.enumerated().map { "{name: c\($0), type: \($1)}" }
        var csv = (types.indices.map { "c\($0)" } + ["row", "rank"]).joined(separator: ",") + "\n"
        for (row, line) in cells.enumerated() {
            let texts = zip(types, line).map { type, cell in
                "\"\(cell.text { spell(type, $0) })\""
            }
            csv += (texts + ["\(row)", "\(rank(row))"]).joined(separator: ",") + "\n"
        }
        return Trial(
            """
            id: trial
            hitPolicy: \(policy)
            inputs: [\(inputs.joined(separator: ", "))]
            outputs: [{name: row, type: integer}, {name: rank, type: integer, values: [0, 1, 2]}]
            file: trial.csv
            """, csv: Array(csv.utf8), lists: ["small": ["k0", "k1", "k2"]])
    }
}
