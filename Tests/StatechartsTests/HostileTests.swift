import Documents
import Statecharts
import Testing

/// A seeded generator (SplitMix64), so that a failure can be run again.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct HostileTests {
    private static let words = [
        "a", "b", "#a", ".a", "a.b", "", "*", "#", ".", "on", "states", "1000", "P1D", "deep",
        "parallel", "final", "history", "compound", "atomic", "x",
    ]

    private static func junk(_ random: inout Seeded, _ arena: Arena, _ depth: Int) -> Value {
        switch Int.random(in: 0..<(depth > 3 ? 6 : 10), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int.random(in: -5...3_000_000_000, using: &random))
        case 3, 4, 5: return arena.string(words.randomElement(using: &random) ?? "")
        case 6:
            return arena.array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    junk(&random, arena, depth + 1)
                })
        default: return state(&random, arena, depth + 1)
        }
    }

    /// Something that looks like a state, a transition and an action at once.
    private static func state(_ random: inout Seeded, _ arena: Arena, _ depth: Int) -> Value {
        var object = ObjectBuilder()
        func add(_ key: StaticString, _ odds: Int, _ make: (inout Seeded) -> Value) {
            if Int.random(in: 0..<10, using: &random) < odds { object[key] = make(&random) }
        }
        func any(_ random: inout Seeded) -> Value { junk(&random, arena, depth + 1) }
        func word(_ random: inout Seeded) -> Value {
            arena.string(words.randomElement(using: &random) ?? "")
        }
        func states(_ random: inout Seeded) -> Value {
            var object = ObjectBuilder()
            for key: StaticString in ["a", "b", "c"] {
                object[key] = depth > 3 ? .emptyObject : state(&random, arena, depth + 1)
            }
            return object.finish(in: arena)
        }
        func transitions(_ random: inout Seeded) -> Value {
            var object = ObjectBuilder()
            for key: StaticString in ["A", "B", "", "*"] where Bool.random(using: &random) {
                object[key] = junk(&random, arena, depth + 1)
            }
            return object.finish(in: arena)
        }
        add("initial", 8) { _ in .string("a") }
        add("states", 5, states)
        add("on", 6, transitions)
        add("always", 2, any)
        add("after", 1, transitions)
        add("onDone", 2, any)
        add("entry", 2, any)
        add("exit", 2, any)
        add("type", 2, word)
        add("id", 1, word)
        add("target", 5, word)
        add("history", 1, any)
        add("cond", 2, any)
        add("in", 1, any)
        add("actions", 2, any)
        add("internal", 1, any)
        add("event", 2, word)
        add("delay", 1, any)
        add("tags", 1, any)
        add("data", 1, any)
        return object.finish(in: arena)
    }

    @Test func `any definition compiles or gives findings, and any chart stays bounded`() throws {
        var charts = 0
        for seed in 1...600 as ClosedRange<UInt64> {
            let arena = Arena()
            var random = Seeded(state: seed)
            let definition = Self.state(&random, arena, 0)
            let source = Source(file: "seed \(seed)", arena: arena, value: definition)
            let compilation = Chart.compile(source.root, in: arena)
            guard let chart = compilation.chart else {
                #expect(compilation.findings.contains { $0.level == .error }, "seed \(seed)")
                continue
            }
            charts += 1
            var environment = Bench.Flags(
                conditions: compilation.conditions.map { $0.value.text ?? Text("?") },
                assignments: compilation.assignments.map(\.value))
            var runner = ChartRunner(microstepLimit: 50)
            var configuration = Configuration()
            do throws(ChartError) {
                _ = try runner.start(
                    chart, at: &configuration, context: .emptyObject, environment: &environment,
                    in: arena)
                for name: StaticString in ["A", "B", "A", "C", "B", "A"] {
                    _ = try runner.send(
                        Text(name), to: chart, at: &configuration, context: .emptyObject,
                        environment: &environment, in: arena)
                    let value = chart.value(of: configuration, in: arena)
                    let history = chart.history(of: configuration, in: arena)
                    _ = chart.nextEvents(configuration)
                    if chart.activeLeaves(configuration).count == 1 {
                        let resumed = try chart.configuration(from: value, history: history)
                        #expect(chart.value(of: resumed, in: arena) == value, "seed \(seed)")
                    }
                }
            } catch {
                #expect(error.code == .looping, "seed \(seed): \(error)")
            }
        }
        #expect(charts > 60, "\(charts) of 600 compiled")
    }
}
