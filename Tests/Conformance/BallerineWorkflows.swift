import Casework
import Documents

/// `ballerine/workflow.jsonl`: what Ballerine's own engine answered to 318 requests.
struct BallerineWorkflows {
    let arena = Arena()
    let fixtures: Value
    let cases: [Value]
    private var definitions: [String: Value] = [:]

    init() throws {
        fixtures = try SharedSuite.value("ballerine/workflow-fixtures.json", into: arena)
        cases = try SharedSuite.lines("ballerine/workflow.jsonl", into: arena)
        for test in cases {
            guard let path = test["definitionRef"]?.string, definitions[path] == nil else {
                continue
            }
            definitions[path] = try SharedSuite.value("ballerine/" + path, into: arena)
        }
    }

    /// The definition of a case: its own, or the file it refers to.
    func definition(_ test: Value) -> Value {
        test["definitionRef"]?.string.flatMap { definitions[$0] } ?? test
    }

    /// The request for `simulate`, over this definition or another in its place.
    func request(_ test: Value, definition: Value? = nil) -> Value {
        let definition = definition ?? self.definition(test)
        let stored = test["workflowContext"]
        let context =
            test["contextRef"]?.text.flatMap { fixtures["contexts"]?[$0] }
            ?? stored?["machineContext"]
        let state = [test["state"], stored?["state"]].compactMap { $0 }.first { $0.count > 0 }
        let http = test["httpRef"]?.text.flatMap { fixtures["http"]?[$0] } ?? test["http"]
        return arena.object([
            "definition": definition["definition"],
            "extensions": definition["extensions"].flatMap { $0.isNull ? nil : $0 },
            "config": definition["config"].flatMap { $0.isNull ? nil : $0 },
            "events": test["events"], "runtimeId": test["runtimeId"], "at": fixtures["now"],
            "env": fixtures["env"], "context": context, "state": state, "http": http,
        ])
    }

    /// Where an answer departs from what was expected; nil when it does not.
    func difference(_ answer: Value, _ test: Value) -> String? {
        guard let expected = test["expected"] else { return "no expectation" }
        if let message = expected["constructError"] {
            return differ("constructError", answer["error"], message)
        }
        if let error = answer["error"] { return "error \(JSONWriter.line(error))" }
        for key: StaticString in ["state", "done", "tags", "nextEvents"] {
            let (mine, theirs) = (answer["initial"]?[key], expected["initial"]?[key])
            if let text = differ("initial.\(key)", mine, theirs) { return text }
        }
        let steps = answer["steps"]?.array.map(Array.init) ?? []
        let wanted = expected["steps"]?.array.map(Array.init) ?? []
        for (at, (step, want)) in zip(steps, wanted).enumerated() {
            for key: StaticString in ["state", "error", "done", "tags", "nextEvents", "context"] {
                if let text = differ("step \(at).\(key)", step[key], want[key]) { return text }
            }
        }
        return differ("requests", answer["requests"], expected["requests"])
            ?? differ(
                "children", answer["children"], expected["childWorkflows"] ?? .emptyArray)
    }

    private func differ(_ what: String, _ mine: Value?, _ theirs: Value?) -> String? {
        if mine == nil && theirs == nil { return nil }
        if let mine, let theirs, mine == theirs { return nil }
        let (got, want) = (mine.map(JSONWriter.line) ?? "-", theirs.map(JSONWriter.line) ?? "-")
        return "\(what): \(got.prefix(300)) instead of \(want.prefix(300))"
    }
}
