import Documents
import Expressions
import Statecharts

/// A chart of a test: definition in YAML, guards by name over the context's booleans.
final class Bench {
    let arena = Arena()
    let compilation: ChartCompilation
    var runner = ChartRunner()
    var configuration = Configuration()
    var context: Value
    var environment: Flags
    var done = false

    /// Guards hold when the context (or payload) has a true member of their name; `boom` throws.
    /// Assignments are literals.
    struct Flags: ChartEnvironment {
        var conditions: [Text]
        var assignments: [Value]

        mutating func holds(_ condition: Int, _ scope: Scope) throws(ChartError) -> Bool {
            if conditions[condition] == "boom" { throw ChartError(.guardFailed, "boom") }
            return scope[Key(conditions[condition])]?.bool ?? false
        }

        mutating func assign(_ assignment: Int, _ scope: Scope) throws(ChartError) -> Value {
            assignments[assignment]
        }
    }

    init(_ yaml: String, context: String = "{}") {
        let bytes = Array(yaml.utf8)
        let parsed = bytes.withUnsafeBytes { Source.parse("chart.yaml", $0) }
        let source =
            parsed.source ?? Source(file: "chart.yaml", arena: Arena(), value: .null)
        compilation = Chart.compile(source.root, in: arena)
        environment = Flags(
            conditions: compilation.conditions.map { $0.value.text ?? Text("?") },
            assignments: compilation.assignments.map(\.value))
        var parser = JSONParser()
        self.context = (try? parser.parse(context, into: arena)) ?? .null
    }

    var chart: Chart {
        get throws { try compilation.chart ?? { throw Missing(findings: findings) }() }
    }

    struct Missing: Error { var findings: [String] }

    var findings: [String] {
        compilation.findings.map {
            "\($0.code) \($0.position?.line ?? 0):\($0.position?.column ?? 0)"
        }
    }

    @discardableResult
    func start() throws -> Step {
        let step = try runner.start(
            chart, at: &configuration, context: context, environment: &environment, in: arena)
        context = step.context
        return step
    }

    @discardableResult
    func send(_ event: String, _ payload: String? = nil) throws -> Step {
        var parser = JSONParser()
        let payload = try payload.map { try parser.parse($0, into: arena) }
        let step = try runner.send(
            arena.text(event), payload: payload, to: chart, at: &configuration, context: context,
            environment: &environment, in: arena)
        context = step.context
        return step
    }

    var state: String {
        get throws { JSONWriter.line(try chart.value(of: configuration, in: arena)) }
    }

    var actions: [String] {
        get throws {
            let chart = try chart
            return runner.executed.map { String(chart.name($0)) }
        }
    }

    func names(_ states: [StateID]) throws -> [String] {
        let chart = try chart
        return states.map { String(chart.id($0)) }
    }
}
