import Casework
import Documents
import Testing

@testable import DocketCommand

/// A verb's `--batch`, as a script drives it: text in, text out.
private struct VerbLines {
    var service: LineService

    static func eval(_ language: ExpressionLanguage) -> VerbLines {
        VerbLines(
            service: LineService { request, arena in language.evaluate(request, in: arena) })
    }

    static func simulate() -> VerbLines { VerbLines(service: LineService(Simulation.run)) }

    /// The answer to a request, read back from its line.
    mutating func ask(_ request: Value, _ arena: Arena) throws -> Value {
        try ask(line: JSONWriter.line(request), arena)
    }

    mutating func ask(line: String, _ arena: Arena) throws -> Value {
        let answer = service.respond(to: Array(line.utf8)[...])
        let text = try #require(answer)
        #expect(!text.utf8.contains(0x0A))
        var parser = JSONParser(limits: ParseLimits(bytes: 64 << 20, depth: 2_000))
        return try parser.parse(text, into: arena)
    }
}

/// Every shared suite through the lines of `eval --batch` and `simulate --batch`: what a user's
/// script gets, and not only the library below it. The suites lie outside the repository; where they
/// are absent these tests skip.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct LineVerbTests {
    @Test func `eval answers JSONLogic as the official suite says`() throws {
        let arena = Arena()
        let suite = try SharedSuite.value("conformance/json-logic/official.json", into: arena)
        var verb = VerbLines.eval(.jsonLogic)
        var ran = 0
        for row in suite.elements where row.kind == .array {
            ran += 1
            let answer = try verb.ask(
                arena.object(["rule": row[0], "data": row[1] ?? .null]), arena)
            #expect(answer == arena.object(["result": row[2]]), "\(JSONWriter.line(row))")
        }
        #expect(ran == 280)
    }

    @Test func `eval answers JSONLogic as json-logic-js does over the community suite`() throws {
        let arena = Arena()
        let suite = try SharedSuite.value(
            "conformance/json-logic/community-oracle.json", into: arena)
        var verb = VerbLines.eval(.jsonLogic)
        var (ran, errors) = (0, 0)
        for row in suite.elements {
            ran += 1
            let answer = try verb.ask(
                arena.object(["rule": row["rule"], "data": row["data"] ?? .null]), arena)
            if row["jsonLogicJsError"] != nil {
                errors += 1
                #expect(answer["error"]?.string != nil, "\(JSONWriter.line(row))")
            } else {
                let expected = row["jsonLogicJsResult"] ?? .null
                #expect(answer["result"] == expected, "\(JSONWriter.line(row))")
            }
        }
        #expect(ran == 1138)
        #expect(errors == 185)
    }

    @Test func `eval answers JMESPath as the compliance suite says, error kinds too`() throws {
        let arena = Arena()
        var verb = VerbLines.eval(.jmesPath)
        var ran = 0
        let files = [
            "basic", "boolean", "current", "escape", "filters", "functions", "identifiers",
            "indices", "literal", "multiselect", "pipe", "slice", "syntax", "unicode", "wildcard",
        ]
        for name in files {
            let suite = try SharedSuite.value("conformance/jmespath/\(name).json", into: arena)
            for group in suite.elements {
                for item in group["cases"]?.elements ?? [] {
                    ran += 1
                    let answer = try verb.ask(
                        arena.object([
                            "expression": item["expression"], "data": group["given"] ?? .null,
                        ]), arena)
                    let expected =
                        item["error"].map { arena.object(["error": $0]) }
                        ?? arena.object(["result": item["result"] ?? .null])
                    #expect(answer == expected, "\(name): \(JSONWriter.line(item))")
                }
            }
        }
        #expect(ran == 892)
    }

    @Test func `eval answers rule sets as Ballerine's engine does`() throws {
        let arena = Arena()
        let fixtures = try SharedSuite.value("ballerine/rules-fixtures.json", into: arena)
        var verb = VerbLines.eval(.ruleSet)
        var (ran, skipped, own, deviating) = (0, 0, 0, 0)
        for row in try SharedSuite.lines("ballerine/rules.jsonl", into: arena) {
            if row["skip"]?.bool == true {
                skipped += 1
                continue
            }
            let data =
                row["dataRef"]?.text.flatMap { fixtures["contexts"]?[$0] } ?? row["data"] ?? .null
            let answer = try verb.ask(
                arena.object(["ruleSet": row["ruleSet"], "data": data, "at": row["now"]]), arena)
            let agrees = Self.agrees(answer["results"], row["expected"])
            let text = JSONWriter.line(row["ruleSet"] ?? .null)
            if text.contains("IN_CASE_INSENSITIVE") || text.contains("EXISTS") {
                own += 1
                let statuses = answer["results"]?.elements.map { $0["status"] }
                if statuses != row["expected"]?.elements.map({ $0["status"] }) { deviating += 1 }
                continue
            }
            ran += 1
            #expect(agrees, "\(row["name"]?.string ?? ""): \(JSONWriter.line(answer))")
            let statuses = answer["results"]?.elements.map { $0["status"]?.string } ?? []
            #expect(answer["passed"]?.bool == statuses.allSatisfy { $0 == "PASSED" })
        }
        #expect(ran == 652)
        #expect(skipped == 7)
        // Ballerine cannot run these two operators; Docket gives them the meaning of their names,
        // which shows where they hold.
        #expect(own == 31 && deviating == 10)
    }

    /// Statuses, and messages where one is about a missing field.
    private static func agrees(_ results: Value?, _ expected: Value?) -> Bool {
        let (mine, theirs) = (results?.elements ?? [], expected?.elements ?? [])
        guard results != nil, mine.count == theirs.count else { return false }
        return zip(mine, theirs).allSatisfy { mine, theirs in
            let (left, right) = (mine["message"]?.string, theirs["message"]?.string)
            let isMissing = [left, right].contains { $0?.hasPrefix("Field ") == true }
            return mine["status"] == theirs["status"] && (left == nil) == (right == nil)
                && (!isMissing || left == right)
        }
    }

    @Test func `eval reads YAML as the suite says wherever libyaml does`() throws {
        let arena = Arena()
        var verb = VerbLines.eval(.yaml)
        var (ran, errors, compared) = (0, 0, 0)
        for row in try SharedSuite.lines("conformance/yaml/cases.jsonl", into: arena)
        where row["libyaml"]?.string != "fail" {
            ran += 1
            let answer = try verb.ask(arena.object(["yaml": row["yaml"]]), arena)
            let name = "\(row["id"]?.string ?? ""): \(JSONWriter.line(answer))"
            if row["error"]?.bool == true {
                errors += 1
                let place = answer["error"]
                #expect((place?["line"]?.integer ?? 0) >= 1, "\(name)")
                #expect((place?["column"]?.integer ?? 0) >= 1, "\(name)")
                #expect(place?["message"]?.string?.isEmpty == false, "\(name)")
            } else if let expected = row["json"] {
                compared += 1
                #expect(answer["documents"] == expected, "\(name)")
            }
        }
        #expect(ran == 330)
        #expect(errors == 78 && compared == 234)
    }

    @Test func `simulate reaches the states that Ballerine's engine reaches`() throws {
        let suite = try BallerineWorkflows()
        var verb = VerbLines.simulate()
        var (passed, deviating) = (0, 0)
        for test in suite.cases {
            let name = test["name"]?.string ?? ""
            let answer = try verb.ask(suite.request(test), suite.arena)
            if let difference = suite.difference(answer, test) {
                deviating += 1
                #expect(
                    WorkflowConformanceTests.deviations[name] != nil, "\(name): \(difference)")
            } else {
                passed += 1
            }
        }
        #expect(passed + deviating == 318)
        #expect(deviating == WorkflowConformanceTests.deviations.count)
        withExtendedLifetime(suite) {}
    }

    @Test func `simulate goes where XState goes`() throws {
        try play("cases.json", count: 476, deviations: Self.deviations)
        let staleActions = Dictionary(
            uniqueKeysWithValues: Self.staleActions.map {
                (
                    "fuzz-\($0)",
                    "XState lists entry actions of states that are not active again for an event "
                        + "that no transition takes; such an event does not reach the chart here"
                )
            })
        try play("generated.json", count: 300, deviations: staleActions)
    }

    /// Cases that `simulate` does not answer as the suite says, and why.
    private static let deviations: [String: String] = [
        "xstate/deterministic.test.ts > deterministic machine > machine.transition() with nested "
            + "states > should not transition from illegal events #2":
            "the root's initial state does not exist; XState looks only when it starts there, a "
            + "definition like that is refused here (SC002)",
        "xstate/interpreter.test.ts > interpreter > initial state > executes actions from a "
            + "restored state #2":
            "XState runs the actions of the persisted state again; a record holds none to run",
    ]

    private static let staleActions = [11, 32, 77, 118, 226, 294, 332, 473, 497, 552, 590, 654]

    @Test func `simulate goes XState's way where XState departs from SCXML`() throws {
        let arena = Arena()
        let suite = try SharedSuite.value(
            "conformance/statecharts/scxml-divergent.json", into: arena)
        var verb = VerbLines.simulate()
        var (ran, differing) = (0, [String]())
        for row in suite.elements {
            ran += 1
            let answer = try verb.ask(Self.request(row, arena), arena)
            let all = [answer["initial"]] + (answer["steps"]?.elements ?? [])
            let agrees = all.enumerated().allSatisfy { at, step in
                let other = row["differences"]?.elements.first { $0["step"]?.integer == at }
                let wanted = other?["xstateGives"] ?? row["expectedConfiguration"]?[at]
                return step?["configuration"]?.elements.compactMap(\.string).sorted()
                    == wanted?.elements.compactMap(\.string).sorted()
            }
            if !agrees { differing.append(row["name"]?.string ?? "") }
        }
        #expect(ran == 37)
        // As in StatechartConformanceTests: a history state that is initial.
        #expect(differing == ["w3c/test580"])
    }

    private func play(_ file: String, count: Int, deviations: [String: String]) throws {
        let arena = Arena()
        let suite = try SharedSuite.value("conformance/statecharts/\(file)", into: arena)
        var verb = VerbLines.simulate()
        var ran = 0
        var failures: [String] = []
        for row in suite.elements {
            ran += 1
            let name = row["name"]?.string ?? ""
            let answer = try verb.ask(Self.request(row, arena), arena)
            let difference = Self.difference(answer, row)
            if deviations[name] != nil {
                #expect(difference != nil, "\(name) passes now: take it off the list")
            } else if let difference {
                failures.append("\(name): \(difference)")
            }
        }
        #expect(ran == count)
        #expect(
            failures.isEmpty, "\(failures.count)\n\(failures.prefix(60).joined(separator: "\n"))")
    }

    /// Without a `runtimeId` the chart is started, as the suite does.
    private static func request(_ row: Value, _ arena: Arena) -> Value {
        arena.object([
            "definition": row["definition"], "context": row["context"],
            "state": row["start"]?["value"] ?? row["start"], "events": row["events"],
        ])
    }

    private static func difference(_ answer: Value, _ row: Value) -> String? {
        if let error = answer["error"] { return JSONWriter.line(error) }
        let steps = answer["steps"]?.elements ?? []
        let all = [answer["initial"] ?? .null] + steps
        let states = [row["expectedInitial"] ?? .null] + (row["expected"]?.elements ?? [])
        guard all.count == states.count else { return "\(all.count) steps" }
        for (at, (step, state)) in zip(all, states).enumerated() {
            if step["state"] != state {
                return "step \(at): \(JSONWriter.line(step["state"] ?? .null)), not "
                    + JSONWriter.line(state)
            }
            if let leaves = row["expectedConfiguration"]?[at] {
                let mine = step["configuration"]?.elements.compactMap(\.string).sorted() ?? []
                if mine != leaves.elements.compactMap(\.string).sorted() {
                    return "step \(at): leaves \(mine)"
                }
            }
            if let actions = row["expectedActions"]?[at], actions != step["actions"] {
                return "step \(at): actions \(JSONWriter.line(step["actions"] ?? .null)), not "
                    + JSONWriter.line(actions)
            }
            if let tags = row["expectedTags"]?[at], tags != step["tags"] {
                return "step \(at): tags"
            }
            if row["expectedContext"]?.kind == .array, let context = row["expectedContext"]?[at],
                context != step["context"]
            {
                return "step \(at): context \(JSONWriter.line(step["context"] ?? .null)), not "
                    + JSONWriter.line(context)
            }
        }
        if let done = row["expectedDone"], all.last?["done"] != done { return "done" }
        return nil
    }

    @Test func `lines that are no request are answered and the next ones too`() throws {
        let arena = Arena()
        var verb = VerbLines.eval(.jmesPath)
        for blank in ["", " \t\r"] {
            let answer = verb.service.respond(to: Array(blank.utf8)[...])
            #expect(answer == nil)
        }
        #expect(try verb.ask(line: "{", arena)["error"]?.string?.hasPrefix("not a JSON") == true)
        #expect(try verb.ask(line: "7", arena)["error"]?.string == "the request is no object")
        #expect(try verb.ask(line: "{}", arena)["error"]?.string == "syntax")
        #expect(
            try verb.ask(line: #"{"expression": "a", "data": {"a": 1}}"#, arena)["result"]?.integer
                == 1)
        var simulate = VerbLines.simulate()
        #expect(try simulate.ask(line: "[]", arena)["error"]?.string != nil)
        #expect(
            try simulate.ask(line: #"{"definition": {"states": {"a": 7}}}"#, arena)["error"]?.string
                == "state 'a' is no object")
    }
}

extension Value {
    /// The elements of an array; none of anything else.
    fileprivate var elements: [Value] { array.map { Array($0) } ?? [] }
}
