import Documents
import Foundation
import Testing

/// What `docket` says to people. They skip when the program is not built beside the tests.
@Suite(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
struct TranscriptTests {
    private let time = "2026-11-22T02:00:00Z"

    @Test func `a first hour with docket`() throws {
        let talk = try Transcript()
        try talk.docket("init", "risk")
        try talk.docket("init", "risk")
        try talk.docket("case", "list", in: "risk")
        try talk.docket("check", in: "risk")
        try talk.docket("run", "--at", time, in: "risk")
        try talk.docket("run", "--at", time, in: "risk")
        try talk.docket("case", "list", in: "risk")
        for name in ["acme", "newcomer", "unlisted"] {
            try talk.docket("case", "show", "onboarding/\(name)", in: "risk")
        }
        try talk.docket("case", "show", "cases/onboarding/newcomer.yaml", "--data", in: "risk")
        try talk.docket("case", "show", "onboarding/nobody", in: "risk")
        try talk.docket("case", "list", "--outcome", "manual review", in: "risk")
        try talk.docket("case", "list", "onboarding/a*", "-o", "jsonl", in: "risk")
        try talk.expectGolden("first-hour")
    }

    @Test func `expressions and what is wrong with them`() throws {
        let talk = try Transcript()
        try talk.write(
            "data.yaml", "score: 61\nowners: [{name: Ann, share: 30}, {name: Bo, share: 70}]\n")
        try talk.write(
            "rule.yaml",
            """
            operator: and
            rules:
              - {key: score, operator: GT, value: 60}
              - {key: country, operator: IN, value: [GB, IE]}

            """)
        try talk.write("broken.yaml", "a: 1\nb: [1, 2\nc: 3\n")
        let data = ["--data", "data.yaml"]
        for (language, expression) in [
            ("json-logic", #"{">": [{"var": "score"}, 60]}"#),
            ("json-logic", #"{"/": [1, 0]}"#),
            ("json-logic", #"{"greater": [1, 0]}"#),
            ("json-logic", #"{">": ["#),
            ("jmespath", "owners[?share > `50`].name"),
            ("jmespath", "owners[?share > `50`"),
            ("jmespath", "length(score)"),
            ("jmespath", "size(owners)"),
            ("rule-set", "rule.yaml"),
        ] {
            try talk.docket("eval", "--language", language, expression, data[0], data[1])
        }
        // Lists: none without --lists, so that what Ballerine refuses is refused.
        try talk.write("lists/geo/risk.csv", "country,level\nGB,low\n")
        let logic = #"{"in_list": ["geo/risk", "GB"]}"#
        let path = "lookup('geo/risk', 'GB', 'level')"
        try talk.docket("eval", "--language", "json-logic", logic)
        try talk.docket("eval", "--language", "json-logic", logic, "--lists", "lists")
        try talk.docket("eval", "--language", "jmespath", path, "--lists", "lists")
        try talk.docket(
            "eval", "--language", "jmespath", "in_list('geo', 'GB')", "--lists", "lists")
        try talk.docket("eval", "--language", "rule-set", "rule.yaml", "--lists", "lists")
        try talk.docket("eval", "--language", "yaml", "data.yaml")
        try talk.docket("eval", "--language", "yaml", "broken.yaml")
        try talk.docket("eval", "--language", "xpath", "a")
        try talk.docket("eval", "--language", "jmespath", "a", "--data", "nothing.json")
        try talk.expectGolden("eval")
    }

    @Test func `workflows tried in memory`() throws {
        let repository = try TestRepository(baseFiles)
        let talk = try Transcript(in: repository.directory)
        try talk.write("payload.json", #"{"context": {"entity": {"data": {"score": 3}}}}"#)
        try talk.write(
            "broken.yaml",
            """
            docket: 1
            id: broken
            definition:
              initial: a
              states:
                a: {on: {GO: c}}
                b: {}

            """)
        let clock = ["--at", time]
        try talk.docket(
            "simulate", "screening", "--context", "cases/people/bo.yaml", clock[0], clock[1])
        try talk.docket(
            "simulate", "screening", "--context", "cases/people/bo.yaml", "--event", "START",
            "--event", "nonsense", "--event", "INPUT_CHANGED=payload.json", "--event", "approve",
            "--event", "reject", clock[0], clock[1])
        try talk.docket(
            "simulate", "screening", "--state", "review", "--event", "reject", clock[0], clock[1])
        try talk.docket("simulate", "screening", "--state", "nowhere", clock[0], clock[1])
        try talk.docket("simulate", "screning", clock[0], clock[1])
        try talk.docket("simulate", "broken.yaml", clock[0], clock[1])
        try talk.docket(
            "simulate", "screening", "--state", "review", "--event", "approve", "-o", "json",
            clock[0], clock[1])
        try talk.expectGolden("simulate")
        // A plugin that calls stands between the transitions that it comes between.
        let start = try Transcript()
        try start.docket("init", "risk")
        let starter = try Transcript(in: start.directory + "/risk")
        try starter.docket(
            "simulate", "onboarding", "--context", "cases/onboarding/newcomer.yaml", clock[0],
            clock[1])
        try starter.expectGolden("simulate-starter")
    }

    @Test func `alerts and their cases`() throws {
        var files = baseFiles
        files["docket.yaml"] = AlertCaseTests.settings
        files["workflows/triage.yaml"] = AlertCaseTests.triage
        files["rules/alerts.yaml"] = sumRule(
            "    opens: {workflow: triage, automatically: true}")
        files["transactions/2026-11.ndjson"] =
            payment("t1", "shop-a", 1800, "21") + payment("t2", "shop-b", 2900, "21")
        let repository = try TestRepository(files)
        let talk = try Transcript(in: repository.directory)
        try talk.docket("alert", "list")
        try talk.docket("run", "--at", time)
        try talk.docket("alert", "list")
        try talk.docket("alert", "list", "--status", "completed")
        try talk.docket("alert", "list", "--status", "open")
        let alert = try repository.alerts()[0]
        let id = String(alert.split(separator: "/").last?.dropLast(5) ?? "")
        try talk.docket("alert", "show", id, "--data")
        try talk.docket("alert", "show", "")
        try talk.docket("alert", "decide", id, "closed")
        try talk.docket("case", "show", "alerts/large-sum/\(id)")
        try talk.docket("explain", "alerts/large-sum/\(id)")
        try talk.docket("alert", "open")
        let expects = "kind: decision\nby: analyst-7\nexpects: {state: triggered}\n"
        try repository.decide(alert, 0, "type: cleared\n" + expects)
        try repository.decide(alert, 1, "type: escalated\n" + expects)
        try repository.decide(alert, 2, "type: [\n" + expects)
        try talk.docket("check")
        try talk.docket("run", "--at", "2026-11-22T03:00:00Z")
        try talk.docket("alert", "list")
        try talk.docket("alert", "show", id)
        try talk.write(
            "docket.yaml",
            AlertCaseTests.settings.replacing("limits: {", with: "limits: {alerts: 0, "))
        try repository.commit()
        try talk.docket("run", "--at", time, "--ledger", "other")
        try talk.expectGolden("alerts")
    }

    @Test func `findings of a repository with much wrong in it`() throws {
        var files = baseFiles
        files["workflows/screening.yaml"] =
            workflowFile
            .replacingOccurrences(of: "target: review", with: "target: reviw")
        files["rules/r.yaml"] =
            "rules:\n  - {id: a, operator: and, rules: [{key: x, operator: EQ}]}\n"
        files["docket.yaml"] = settingsFile + "\nlimit: {}\n"
        files["cases/people/dup.yaml"] = "context: {}\ncontext: {}\n"
        files["cases/people/dup.json"] = "{}"
        files["cases/people/two words.yaml"] = "context: {}\n"
        files["cases/people/ed.yaml"] = "workflow: screning\ncontext: {}\n"
        files["cases/people/ada.events/1.yaml"] = "type: approve\nkind: wish\n"
        files["cases/bulk/list.ndjson"] = #"{"id":"a"}"# + "\n" + #"{"id":"A"}"# + "\n{\n"
        let repository = try TestRepository(files)
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("cases/people/link.yaml"), withDestinationPath: "ada.yaml")
        let talk = try Transcript(in: repository.directory)
        try talk.docket("check")
        try talk.docket("check", "cases/people/dup.yaml", "workflows/screening.yaml")
        try talk.docket("check", "nothing.yaml")
        try talk.docket("check", "--rev", "nothing")
        try talk.docket("run")
        try talk.expectGolden("check")
    }

    @Test func `cases in every standing`() throws {
        var files = baseFiles
        let name = "20261122T000000000Z-00000000000000000000000000000001.yaml"
        files["cases/people/held.yaml"] = "events: []\n" + applicant("held", score: 50)
        files["cases/people/held.events/\(name)"] = "type: approve\nkind: callback\n"
        files["cases/people/broken.yaml"] = "context: [\n"
        files["cases/people/lost.yaml"] = "workflow: nothing\ncontext: {}\n"
        files["cases/other/none.yaml"] = "context: {}\n"
        files["cases/people/gone.yaml"] = applicant("gone", score: 50)
        files["cases/bulk/list.ndjson"] = #"{"id":"a","entity":{"data":{"score":1}}}"# + "\n"
        let repository = try TestRepository(files)
        let talk = try Transcript(in: repository.directory)
        try talk.docket("run", "--at", "2026-11-22T02:00:00Z")
        try repository.remove("cases/people/gone.yaml")
        try repository.write(
            "cases/people/bo.events/\(name)",
            "type: approve\nkind: decision\nby: analyst-7\nexpects: {episode: 1, state: review}\n")
        try repository.write("cases/people/ada.events/\(name)", "type: approve\n")
        try repository.commit()
        try talk.docket("run", "--at", "2026-11-23T02:00:00Z")
        try talk.docket("case", "list")
        for id in [
            "people/bo", "people/ada", "people/held", "people/broken", "people/lost", "other/none",
            "people/gone", "bulk/list/a",
        ] {
            try talk.docket("case", "show", id)
        }
        try talk.docket("case", "show", "../etc")
        try talk.expectGolden("cases")
    }
}
