import Documents
import Expressions
import Foundation

private let data = #"""
    {"entity": {"type": "business", "data": {"country": "GB", "employees": 42, "turnover": 1250000.50,
     "owners": [{"name": "Ann", "share": 60, "pep": false}, {"name": "Bo", "share": 40, "pep": true}]}},
     "pluginsOutput": {"registry": {"status": "active", "score": 71}}, "documents": [{"decision": {"status": "approved"}}]}
    """#

private let logic = [
    #"{"==": [{"var": "entity.data.country"}, "GB"]}"#,
    #"{"and": [{">": [{"var": "pluginsOutput.registry.score"}, 50]}, {"in": [{"var": "entity.data.country"}, ["GB", "NL", "DE"]]}]}"#,
]

private let paths = [
    "entity.data.country",
    "length(documents[?decision.status == 'approved']) == length(documents)",
    "entity.data.owners[?share > `50`].name",
]

/// JSONLogic and JMESPath, compiled once and evaluated often.
func expressionBenchmark() throws {
    let arena = Arena()
    var parser = JSONParser()
    let value = try parser.parse(data, into: arena)
    let work = Arena(chunkBytes: 1 << 20)
    let count = 300_000
    for rule in logic {
        let program = try JSONLogic.compile(try parser.parse(rule, into: arena), in: arena)
        var held = 0
        let seconds = try Measure.seconds {
            for _ in 0..<count where try program.holds(Scope(value), in: work) { held += 1 }
            work.reset()
        }
        precondition(held > 0)
        Measure.report("JSONLogic: \(rule.prefix(30))…", Measure.perSecond(count, seconds))
    }
    for path in paths {
        let program = try JMESPath.compile(path, in: arena)
        let seconds = try Measure.seconds {
            for index in 0..<count {
                _ = try program.evaluate(Scope(value), in: work)
                if index & 1023 == 0 { work.reset() }
            }
        }
        Measure.report(
            "JMESPath: \(path.prefix(32))", Measure.perSecond(count, seconds),
            against: comparison(path, seconds / Double(count)))
    }
}

private func comparison(_ path: String, _ own: Double) -> String {
    let program = """
        import jmespath, json, sys, time
        data = json.loads(sys.argv[1]); e = jmespath.compile(sys.argv[2]); best = []
        for _ in range(5):
            s = time.perf_counter()
            for _ in range(5000): e.search(data)
            best.append((time.perf_counter() - s) / 5000)
        print(sorted(best)[2])
        """
    guard let other = Measure.python(program, [data, path]) else {
        return "(Python's jmespath is not installed)"
    }
    return String(format: "%.0f times Python's jmespath", other / own)
}
