public import Documents
import Statecharts

/// How cases in flight move from an earlier version of their workflow to this one: an entry of
/// `migrations`.
public struct Migration: Sendable {
    /// What becomes of the cases in one state.
    public struct Move: Sendable {
        /// The state of the earlier version, as records name it.
        public var from: String
        /// The state of this version, as written: a path of keys joined by dots, or a state value.
        public var target: Value
        /// Whether the state is entered, with its entry actions and plugins, or only stood in.
        public var enters: Bool
        /// `file:line` of the entry.
        public var place: Text
    }

    /// The version that the cases have.
    public var version: Int
    /// By their states.
    public var moves: [Move]
}

extension Workflow {
    /// What becomes of a case of an earlier version in a state; nil: it stays on its pin.
    public func move(fromVersion version: Int, state: String) -> Migration.Move? {
        migrations.first { $0.version == version }?.moves
            .first { $0.from.utf8.elementsEqual(state.utf8) }
    }
}

extension Workflow {
    /// Whether a state value, as a record has it, is one of this version.
    public func hasState(_ value: Value) -> Bool {
        do throws(ChartError) {
            _ = try chart.configuration(from: value)
            return true
        } catch {
            return false
        }
    }
}

/// Names of states as records and histories have them, and the state values they stand for.
public enum StateName {
    /// The active leaves' paths, keys joined by dots, leaves by commas.
    public static func text(of value: Value) -> String {
        leaves(value).joined(separator: ",")
    }

    private static func leaves(_ value: Value) -> [String] {
        if let key = value.string { return [key] }
        var result: [String] = []
        for member in value.members ?? .init(start: nil, count: 0) {
            let below = leaves(member.value)
            result += below.isEmpty ? [String(member.key)] : below.map { "\(member.key).\($0)" }
        }
        return result
    }
}

/// Reads `migrations` of a workflow.
struct MigrationReader {
    let arena: Arena
    let chart: Chart
    let version: Int
    private(set) var findings: [Finding] = []

    init(arena: Arena, chart: Chart, version: Int) {
        self.arena = arena
        self.chart = chart
        self.version = version
    }

    private static let shape = Shape(
        whole: "a migration", members: [("from", .number), ("states", .object)],
        unknown: "WF003", type: "WF008")
    private static let moveShape = Shape(
        whole: "a move", members: [("to", .any), ("enter", .bool)], unknown: "WF003",
        type: "WF008")

    mutating func read(_ node: Node?) -> [Migration] {
        var result: [Migration] = []
        for entry in node?.elements ?? [] {
            findings += Self.shape.check(entry)
            guard let from = entry["from"]?.value.integer, from >= 0, from != version else {
                findings.append(
                    (entry["from"] ?? entry).finding(
                        "WF090", .error,
                        "a migration needs from, the version that cases move away from; this is "
                            + "version \(version)"))
                continue
            }
            guard !result.contains(where: { $0.version == from }) else {
                findings.append(
                    entry.finding("WF090", .error, "there is a migration from \(from) already"))
                continue
            }
            var moves: [Migration.Move] = []
            for (key, _, move) in entry["states"]?.members ?? [] {
                if let read = readMove(String(key), move) { moves.append(read) }
            }
            result.append(Migration(version: from, moves: moves))
        }
        return result
    }

    private mutating func readMove(_ from: String, _ node: Node) -> Migration.Move? {
        var target = node
        var enters = false
        if let to = node["to"] {
            findings += Self.moveShape.check(node)
            target = to
            enters = node["enter"]?.value.bool ?? false
        }
        do throws(ChartError) {
            _ = try chart.configuration(from: target.value)
        } catch {
            findings.append(
                target.finding(
                    "WF091", .error,
                    "version \(version) has no state to move to: \(error.message)"))
            return nil
        }
        return Migration.Move(
            from: from, target: arena.copy(target.value), enters: enters,
            place: arena.text(node.reference))
    }
}
