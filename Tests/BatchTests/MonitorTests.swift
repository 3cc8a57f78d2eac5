import Batch
import Documents
import Foundation
import Testing

/// Cases at rest are looked at when what their workflow's monitors wait for comes, and at no other
/// time.
@Suite struct MonitorTests: MonitorSuite {
    // MARK: Lists

    @Test func `a changed list opens the next episode of decided cases with another result`() throws
    {
        let repository = try repository()
        #expect(
            try repository.run().totals.outcomes["watched"] == ["approved": 2, "manual review": 1])
        let decision = try repository.git("show", "ledger:decisions/people/ada/1-1.json")
        try list(["Ada"], in: repository)
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 3)
        #expect(report.screened == 3)
        let counts = try #require(report.monitors.first)
        #expect(counts.workflow == "watched" && counts.monitor == "screening")
        #expect(counts.changed == 2 && counts.unchanged == 1 && counts.reopened == 1)
        #expect(report.monitors.count == 1 && counts.due == 3 && counts.evaluated == 3)

        let ada = try repository.json("results/people/ada.json")
        #expect(ada["episode"] as? Int == 2)
        #expect(ada["state"] as? String == "review")
        #expect(ada["status"] as? String == "active")
        let opened = try history("people/ada", repository)
        #expect(opened.map { $0["event"] } == ["REOPENED"])
        #expect(opened[0]["from"] == "approved" && opened[0]["to"] == "review")
        #expect(opened[0]["because"]?.hasPrefix("workflows/watched.yaml:") == true)
        #expect(try repository.git("show", "ledger:decisions/people/ada/1-1.json") == decision)
        // The hit of an active case is gone, which is another result too.
        #expect(try history("people/bo", repository).last?["event"] == "LISTED")
        #expect(try repository.json("results/people/bo.json")["state"] as? String == "escalated")
        #expect(try repository.json("results/people/cy.json")["episode"] as? Int == 1)
        #expect(try repository.json("results/plain/dee.json")["episode"] as? Int == 1)

        // What was asked stands as evidence, never over an earlier answer.
        let evidence = try repository.files().filter { $0.hasPrefix("evidence/people/") }
        #expect(evidence.count == 6)
        #expect(evidence.contains("evidence/people/cy/screen-2-1.json"))
    }

    @Test func `the next episode is decided like the first, in a file of its own`() throws {
        let repository = try repository()
        try repository.run()
        try list(["Ada", "Bo"], in: repository)
        try repository.run(at: clock.plus(seconds: 1))
        try repository.write(
            "cases/people/ada.events/1.yaml",
            "{type: reject, kind: decision, by: a-7, expects: {episode: 2, state: review}}")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 2)).decisions == 1)
        let made = try repository.json("decisions/people/ada/2-1.json")
        #expect(made["outcome"] as? String == "rejected")
        #expect(made["episode"] as? Int == 2)
        #expect(
            try repository.json("decisions/people/ada/1-1.json")["outcome"] as? String == "approved"
        )
    }

    @Test func `a night without a change looks at nothing`() throws {
        let repository = try repository()
        try repository.run()
        try repository.write("lists/other.txt", "2\n")
        try repository.write("README.md", "x")
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 0)
        #expect(report.monitors == [])
        try list(["Bo"], in: repository)
        // Only the last line end differs: other bytes, the same results, and nothing is written.
        let same = try repository.run(at: clock.plus(seconds: 2))
        #expect(same.monitors.map(\.unchanged) == [3])
        #expect(same.advanced == 3)
        let first = try standing("screening", of: "people/cy", repository)
        #expect(first["at"] == clock.plus(seconds: 2).description)
        try repository.write("lists/sanctions.csv", "Bo\n\n")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 3))
        #expect(try standing("screening", of: "people/cy", repository) == first)
    }

    @Test func `the manifest tells lists and counts that add up`() throws {
        let repository = try repository()
        try repository.run()
        try list(["Ada", "Cy"], in: repository)
        let report = try repository.run(at: clock.plus(seconds: 1))
        let path = try #require(
            try repository.files().last { $0.hasPrefix("runs/") && $0.contains(report.runID) })
        let manifest = try repository.json(path)
        let lists = try #require(manifest["lists"] as? [[String: String]])
        let blob = try repository.git("rev-parse", "main:lists/sanctions.csv")
        #expect(lists.map { $0["path"] } == ["lists/other.txt", "lists/sanctions.csv"])
        #expect(lists[0]["since"] == clock.description)
        #expect(lists[1]["since"] == clock.plus(seconds: 1).description)
        #expect(lists[1]["blob"] == blob)
        let monitors = try #require(manifest["monitors"] as? [[String: Any]])
        let counts = monitors[0].compactMapValues { $0 as? Int }
        #expect(counts["due"] == 3)
        #expect(counts["evaluated"]! + counts["waiting"]! + counts["failed"]! == counts["due"])
        #expect(counts["changed"]! + counts["unchanged"]! == counts["evaluated"])
        let all = try #require(manifest["counts"] as? [String: Int])
        #expect(all["screened"] == 3)
        #expect(all["due"] == all["advanced"]! + all["unchanged"]!)
        #expect(
            try repository.git("log", "-1", "--format=%B", "ledger").contains("3 of 3 looked at"))
    }

    @Test func `without a monitor a changed list or rule re-decides nothing`() throws {
        let repository = try repository("")
        try repository.run()
        try repository.write("rules/risk.yaml", Self.rules(over: 90))
        try list(["Ada", "Cy"], in: repository)
        #expect(try repository.run(at: clock.plus(seconds: 1)).due == 0)
    }

    @Test func `a list that is gone and one that is new are changes, and folders are watched`()
        throws
    {
        let monitors = """
            monitors:
              - {name: any, trigger: {list: lists/names/}, run: [screen], result: pluginsOutput.screen.hits, reopen: review}
            """
        let repository = try repository(monitors, ["lists/names/a.csv": "Bo"])
        try repository.run()
        try repository.write("lists/names/b.csv", "x")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 1)).monitors.map(\.due) == [3])
        try repository.remove("lists/names/b.csv")
        try repository.write("lists/other.txt", "9")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 2)).monitors.map(\.due) == [3])
        try repository.write("lists/other.txt", "10")
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 3)).due == 0)
    }

    // MARK: Rules

    @Test func `a changed rule scores again, a changed comment does not`() throws {
        let monitors = """
            monitors:
              - {name: rescoring, trigger: rule, run: [risk], sends: LISTED, reopen: decision}
            """
        let repository = try repository(
            monitors, ["cases/people/ed.yaml": Self.person("Ed", age: 20)])
        try repository.run()
        #expect(try repository.json("results/people/ed.json")["state"] as? String == "approved")
        try repository.write("rules/risk.yaml", "# of this year\n" + Self.rules(over: 5))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 1)).due == 0)
        try repository.write("rules/risk.yaml", Self.rules(over: 60))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 2))
        #expect(report.monitors.map(\.due) == [4])
        #expect(report.monitors.map(\.reopened) == [1])
        let ed = try repository.json("results/people/ed.json")
        #expect(ed["state"] as? String == "review")
        #expect((ed["risk"] as? [String: Any])?["score"] as? Int == 60)
        #expect(report.totals.levels["high"] == 1)
    }

    // MARK: Periods

    @Test func `a period is over exactly when it is, and counts again from there`() throws {
        let repository = try repository(Self.period)
        try repository.run()
        let due = clock.plus(seconds: 90 * Self.day)
        #expect(try standing("review", of: "people/ada", repository) == ["due": due.description])
        #expect(try repository.files().contains("index/due/\(due.day).ndjson"))
        #expect(try repository.run(at: due.advanced(byMilliseconds: -1)).due == 0)
        let first = try repository.run(at: due)
        #expect(first.monitors.map(\.changed) == [3])
        #expect(first.monitors.map(\.reopened) == [2])
        #expect(try history("people/ada", repository).map { $0["event"] } == ["REOPENED"])
        #expect(try history("people/bo", repository).last?["event"] == "DUE")
        #expect(try repository.run(at: due).due == 0)
        let again = due.plus(seconds: 90 * Self.day)
        #expect(
            try standing("review", of: "people/bo", repository)["due"] == again.description)
        let second = try repository.run(at: again)
        #expect(second.monitors.map(\.due) == [3])
        // Two in review, and one that is escalated already and does not wait for it.
        #expect(try history("people/ada", repository).last?["event"] == "DUE")
        #expect(try history("people/bo", repository).last?["result"] == "refused")
        #expect(try repository.run(at: again.plus(seconds: 1)).due == 0)
    }

    @Test func `a decision starts the period anew`() throws {
        let repository = try repository(Self.period)
        try repository.run()
        try repository.write(
            "cases/people/bo.events/1.yaml", "{type: approve, kind: decision, by: a-7}")
        try repository.commit()
        let decided = clock.plus(seconds: 30 * Self.day)
        try repository.run(at: decided)
        #expect(
            try standing("review", of: "people/bo", repository)["due"]
                == decided.plus(seconds: 90 * Self.day).description)
        let report = try repository.run(at: clock.plus(seconds: 90 * Self.day))
        #expect(report.monitors.map(\.due) == [2])
    }

    @Test func `a new period reaches cases that are at rest, a shorter one too`() throws {
        let repository = try repository("")
        try repository.run()
        let watched = "workflows/watched.yaml"
        try repository.write(watched, Self.workflow("watched", monitors: Self.period))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 3 && report.monitors == [])
        let due = clock.plus(seconds: 90 * Self.day).description
        #expect(try standing("review", of: "people/cy", repository)["due"] == due)
        let shorter = Self.period.replacingOccurrences(of: "90 days", with: "1 day")
        try repository.write(watched, Self.workflow("watched", monitors: shorter))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        #expect(
            try standing("review", of: "people/cy", repository)["due"]
                == clock.plus(seconds: 2 + Self.day).description)
        try repository.write(watched, Self.workflow("watched"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 3))
        let late = try repository.run(at: clock.plus(seconds: 3 + Self.day))
        #expect(late.monitors == [])
        #expect(try standing("review", of: "people/cy", repository) == [:])
        #expect(try repository.run(at: clock.plus(seconds: 4 + Self.day)).due == 0)
    }

    @Test func `a withdrawn case is not reviewed`() throws {
        let repository = try repository(Self.period)
        try repository.run()
        try repository.remove("cases/people/ada.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try standing("review", of: "people/ada", repository) == [:])
        let report = try repository.run(at: clock.plus(seconds: 90 * Self.day))
        #expect(report.monitors.map(\.due) == [2])
    }

    // MARK: Entities

    @Test func `edited input of a decided case is looked at where it matters`() throws {
        let monitors = """
            monitors:
              - {name: details, trigger: {entity: entity.data.fullName}, run: [screen], result: pluginsOutput.screen.hits, sends: LISTED, reopen: review}
            """
        let repository = try repository(monitors)
        try repository.run()
        // Another age matters to nobody, another name does.
        try repository.write("cases/people/ada.yaml", Self.person("Ada", age: 41))
        try repository.write("cases/people/cy.yaml", Self.person("Bo"))
        try repository.write("cases/plain/dee.yaml", Self.person("Bo"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 3)
        #expect(report.monitors.map(\.due) == [1])
        #expect(report.monitors.map(\.reopened) == [1])
        let cy = try repository.json("results/people/cy.json")
        #expect(cy["episode"] as? Int == 2 && cy["state"] as? String == "review")
        #expect(
            try history("people/cy", repository).map { $0["event"] } == [
                "INPUT_CHANGED", "REOPENED",
            ])
        let data = try repository.git("show", "ledger:results/people/cy.data.json")
        #expect(data.contains(#""fullName": "Bo""#))
        #expect(try repository.json("results/plain/dee.json")["episode"] as? Int == 1)
        let plain = try repository.git("show", "ledger:results/plain/dee.data.json")
        #expect(plain.contains(#""fullName": "Ada""#))
        // The case that was not opened again is looked at as it is now.
        let ada = try repository.git("show", "ledger:results/people/ada.data.json")
        #expect(ada.contains(#""age": 41"#))
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
    }

    @Test func `without plugins the edited members themselves are the result`() throws {
        let repository = try repository(
            "monitors: [{name: moved, trigger: entity, reopen: screening}]")
        try repository.run()
        try repository.write("cases/people/ada.yaml", Self.person("Bo"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.monitors.map(\.reopened) == [1])
        // The state that the episode opens in is entered: it asks the vendor about the new name.
        let ada = try repository.json("results/people/ada.json")
        #expect(ada["state"] as? String == "review")
        #expect(
            try history("people/ada", repository).map { $0["to"] }
                == ["approved", "screening", "scoring", "decision", "review"])
    }

    // MARK: Many

    private func lines(_ count: Int) -> String {
        (0..<count).map { #"{"id":"P-\#($0)","entity":{"data":{"fullName":"P\#($0)","age":40}}}"# }
            .joined(separator: "\n")
    }

    @Test func `two thousand cases of a bulk file are screened, at any number of workers alike`()
        throws
    {
        let repository = try repository(
            Self.screening, ["cases/bulk/customers.ndjson": lines(2000)])
        for (jobs, ledger) in [(1, "ledger"), (8, "other")] {
            try repository.run {
                $0.jobs = jobs
                $0.ledger = ledger
            }
        }
        try list(["P7", "P1234", "P1999", "Bo"], in: repository)
        for (jobs, ledger) in [(8, "ledger"), (1, "other")] {
            let report = try repository.run(at: clock.plus(seconds: 1)) {
                $0.jobs = jobs
                $0.ledger = ledger
            }
            #expect(report.monitors.map(\.due) == [2003])
            #expect(report.monitors.map(\.reopened) == [3])
            #expect(report.monitors.map(\.unchanged) == [2000])
        }
        let trees = try ["ledger", "other"].map { try repository.git("rev-parse", "\($0)^{tree}") }
        #expect(trees[0] == trees[1])
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
        var options = RunOptions(directory: repository.directory, now: clock, jobs: 4)
        options.replay = "ledger"
        let replayed = try BatchRun(options: options).perform()
        #expect(replayed.replay?.isSame == true)
    }

    @Test func `a list that would open too much of a bulk file again is refused`() throws {
        let repository = try repository(
            Self.screening, ["cases/bulk/customers.ndjson": lines(500)])
        try repository.run()
        let tip = try repository.git("rev-parse", "ledger")
        try list((0..<6).map { "P\($0)" }, in: repository)
        let refused = try repository.run(at: clock.plus(seconds: 1))
        #expect(refused.commit == nil)
        #expect(refused.refusals.map(\.reopened) == [6])
        #expect(refused.refusals.map(\.cases) == [500])
        #expect(refused.refusals.map(\.allowed) == [5])
        #expect(try repository.git("rev-parse", "ledger") == tip)
        let accepted = try repository.run(at: clock.plus(seconds: 1)) {
            $0.acceptsMassChange = true
        }
        #expect(accepted.monitors.map(\.reopened) == [6])
    }

    @Test func `a review that was due by time is no mass change`() throws {
        let repository = try repository(
            Self.period, ["cases/bulk/customers.ndjson": lines(50)])
        try repository.run()
        let report = try repository.run(at: clock.plus(seconds: 90 * Self.day))
        #expect(report.refusals.isEmpty)
        #expect(report.monitors.map(\.reopened) == [52])
    }
}
