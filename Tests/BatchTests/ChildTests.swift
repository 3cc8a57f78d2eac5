import Batch
import Casework
import Documents
import Foundation
import Testing

/// Child cases: one for each element of a list of their parent's.
@Suite struct ChildTests {
    /// A company is approved when all of its owners are, and rejected as soon as one is not.
    static let company = """
        docket: 1
        id: company
        version: 1
        definition:
          initial: idle
          states:
            idle: {on: {START: owners}}
            owners:
              tags: [pending_process]
              always:
                - target: rejected
                  cond: {type: jmespath, options: {rule: "contains(values(childWorkflows.person || `{}`)[].state, 'rejected')"}}
                - target: review
                  cond: {type: jmespath, options: {rule: "length(values(childWorkflows.person || `{}`)[?state == 'approved']) == length(entity.data.owners)"}}
              on: {OWNER_DONE: owners}
            review:
              tags: [manual_review]
              on: {approve: approved, again: owners}
            approved: {type: final, tags: [approved]}
            rejected: {type: final, tags: [rejected]}
        extensions:
          commonPlugins:
            - name: owner
              pluginKind: iterative
              stateNames: [owners]
              actionPluginName: owner_case
              iterateOn: [{transformer: jmespath, mapping: entity.data.owners}]
          childWorkflowPlugins:
            - name: owner_case
              definitionId: person
              initEvent: START
              transformers:
                - {transformer: jmespath, mapping: "{entity: {type: 'individual', id: id, data: {name: name, owners: owners}}}"}
        """

    /// A person is approved unless the name says that a reviewer has to look.
    static let person = """
        docket: 1
        id: person
        version: 1
        definition:
          initial: idle
          states:
            idle:
              on:
                START:
                  - target: review
                    cond: {type: jmespath, options: {rule: "starts_with(entity.data.name, 'Odd')"}}
                  - target: approved
            review:
              tags: [manual_review]
              on: {approve: approved, reject: rejected}
            approved: {type: final, tags: [approved]}
            rejected: {type: final, tags: [rejected]}
        config:
          callbackResult:
            transformers: [{transformer: jmespath, mapping: "{name: entity.data.name}"}]
            deliverEvent: OWNER_DONE
        """

    static func files(_ owners: String) -> [String: String] {
        [
            "docket.yaml":
                "docket: 1\nproject: tests\ncases: {companies: {workflow: company, events: [{type: START}]}}\n",
            "workflows/company.yaml": company, "workflows/person.yaml": person,
            "cases/companies/acme.yaml": acme(owners),
        ]
    }

    static func acme(_ owners: String) -> String {
        "context: {entity: {type: business, id: acme, data: {owners: \(owners)}}}\n"
    }

    private func state(_ repository: TestRepository, _ id: String) throws -> String? {
        try repository.json("results/\(id).json")["state"] as? String
    }

    private func event(_ type: String) -> String {
        "type: \(type)\nkind: decision\nby: analyst-7\nexpects: {episode: 1, state: review}\n"
    }

    private let eventFile = "20261122T020000123Z-0123456789abcdef0123456789abcdef.yaml"

    private func standing(_ repository: TestRepository) throws -> [String: [String: Any]] {
        let data = try repository.json("results/companies/acme.data.json")
        let context = data["context"] as? [String: Any]
        let results = context?["childWorkflows"] as? [String: Any]
        return results?["person"] as? [String: [String: Any]] ?? [:]
    }

    @Test func `each element of a list has its child, and the parent its result`() throws {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Ann}, {name: Bo}, {id: 7, name: Cy}]"))
        let report = try repository.run()
        #expect(report.faults.isEmpty)
        #expect(report.due == 4 && report.children == 3)
        let manifest = try repository.files().first { $0.hasPrefix("runs/") } ?? ""
        let counts = try repository.json(manifest)["counts"] as? [String: Int]
        #expect(counts?["due"] == 4 && counts?["children"] == 3)
        let record = try repository.json("results/companies/acme.json")
        #expect(record["state"] as? String == "review")
        #expect(
            record["children"] as? [String]
                == [
                    "companies/acme/owner-ann-1", "companies/acme/owner-2",
                    "companies/acme/owner-7",
                ])
        let child = try repository.json("results/companies/acme/owner-ann-1.json")
        #expect(child["state"] as? String == "approved")
        #expect((child["parent"] as? [String: Any])?["case"] as? String == "companies/acme")
        let results = try standing(repository)
        #expect(results.count == 3)
        let ann = try #require(results["companies/acme/owner-ann-1"])
        #expect(ann["status"] as? String == "completed")
        #expect(ann["entityId"] as? String == "ann-1")
        #expect(ann["tags"] as? [String] == ["approved"])
        #expect((ann["result"] as? [String: String])?["name"] == "Ann")
        #expect(try repository.run(at: clock.plus(seconds: 1)).due == 0)
    }

    @Test func `a child decided by a person wakes its parent in the next run`() throws {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Ann}, {id: bo-1, name: Odd Bo}]"))
        try repository.run()
        #expect(try state(repository, "companies/acme") == "owners")
        #expect(try state(repository, "companies/acme/owner-bo-1") == "review")
        try repository.write(
            "cases/companies/acme/owner-bo-1.events/\(eventFile)", event("approve"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.isEmpty && report.findings.isEmpty)
        #expect(try state(repository, "companies/acme/owner-bo-1") == "approved")
        #expect(try state(repository, "companies/acme") == "review")
        let made = try repository.json("decisions/companies/acme/owner-bo-1/1-1.json")
        #expect(made["by"] as? String == "analyst-7")
        #expect(try repository.run(at: clock.plus(seconds: 2)).due == 0)
    }

    @Test func `on an empty ledger the event files of a family apply in the order of their times`()
        throws
    {
        var files = Self.files("[{id: bo-1, name: Odd Bo}]")
        files["cases/companies/acme/owner-bo-1.events/\(eventFile)"] = event("approve")
        files["cases/companies/acme.events/20261122T030000123Z-\(eventFile.suffix(37))"] =
            event("approve")
        let repository = try TestRepository(files)
        let report = try repository.run()
        #expect(report.faults.isEmpty && report.findings.isEmpty)
        #expect(try state(repository, "companies/acme/owner-bo-1") == "approved")
        #expect(try state(repository, "companies/acme") == "approved")
        #expect(try repository.run(at: clock.plus(seconds: 1)).due == 0)
    }

    @Test func `a parent that asks again does not go on by what an edited child said before`()
        throws
    {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Ann}, {id: bo-1, name: Bo}]"))
        try repository.run()
        #expect(try state(repository, "companies/acme") == "review")
        try repository.write(
            "cases/companies/acme.yaml",
            Self.acme("[{id: ann-1, name: Ann}, {id: bo-1, name: Odd Bo}]"))
        try repository.write("cases/companies/acme.events/\(eventFile)", event("again"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try state(repository, "companies/acme") == "owners")
        #expect(try standing(repository).keys.sorted() == ["companies/acme/owner-ann-1"])
        try repository.write(
            "cases/companies/acme/owner-bo-1.events/\(eventFile)",
            event("approve").replacingOccurrences(of: "episode: 1", with: "episode: 2"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        #expect(try state(repository, "companies/acme") == "review")
        #expect(try standing(repository).count == 2)
    }

    /// A company that goes on by its children's event alone.
    private static func goingOnByEvent(_ owners: String) -> [String: String] {
        var files = files(owners)
        files["workflows/company.yaml"] =
            company
            .replacingOccurrences(
                of: "always:\n        - target: rejected",
                with: "on:\n        OWNER_DONE:\n        - target: rejected"
            )
            .replacingOccurrences(of: "      on: {OWNER_DONE: owners}\n", with: "")
        return files
    }

    @Test func `a child that started in this run and is asked again in it answers again`() throws {
        var files = Self.goingOnByEvent("[{id: ann-1, name: Ann}, {id: bo-1, name: Bo}]")
        files["cases/companies/acme.events/\(eventFile)"] = event("again")
        let repository = try TestRepository(files)
        let report = try repository.run()
        #expect(report.faults.isEmpty && report.findings.isEmpty)
        let record = try repository.json("results/companies/acme.json")
        #expect(record["state"] as? String == "review")
        let history = record["history"] as? [[String: Any]] ?? []
        #expect(history.count { $0["event"] as? String == "again" } == 1)
        let bo = try repository.json("results/companies/acme/owner-bo-1.json")
        #expect(bo["episode"] as? Int == 1)
    }

    @Test func `a state that is entered again by its children's answers asks nobody twice`() throws
    {
        let owners = "[{id: ann-1, name: Ann}, {id: bo-1, name: Odd Bo}, {id: cy-1, name: Odd Cy}]"
        let repository = try TestRepository(Self.files(owners))
        try repository.run()
        for (second, name) in ["bo-1", "cy-1"].enumerated() {
            try repository.write(
                "cases/companies/acme/owner-\(name).events/\(eventFile)", event("approve"))
            try repository.commit()
            let report = try repository.run(at: clock.plus(seconds: second + 1))
            #expect(report.faults.isEmpty)
            #expect(
                try state(repository, "companies/acme") == (name == "bo-1" ? "owners" : "review"))
        }
    }

    @Test func `an element that is added, removed or moved changes that child alone`() throws {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Odd Ann}, {name: Odd Bo}, {name: Odd Cy}]"))
        try repository.run()
        let before = try repository.git("rev-parse", "ledger:results/companies/acme")
        // Moved: nobody is asked again.
        try repository.write(
            "cases/companies/acme.yaml",
            Self.acme("[{name: Odd Cy}, {id: ann-1, name: Odd Ann}, {name: Odd Bo}]"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try repository.git("rev-parse", "ledger:results/companies/acme") == before)
        // Cy goes, Di comes.
        try repository.write(
            "cases/companies/acme.yaml",
            Self.acme("[{name: Odd Di}, {id: ann-1, name: Odd Ann}, {name: Odd Bo}]"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 2))
        #expect(report.faults.isEmpty)
        let record = try repository.json("results/companies/acme.json")
        #expect(
            record["children"] as? [String] == [
                "companies/acme/owner-ann-1", "companies/acme/owner-2", "companies/acme/owner-3",
                "companies/acme/owner-1",
            ])
        func status(_ name: String) throws -> String? {
            try repository.json("results/companies/acme/\(name).json")["status"] as? String
        }
        #expect(try status("owner-3") == "withdrawn")
        #expect(try status("owner-2") == "active")
        #expect(try status("owner-ann-1") == "active")
        #expect(try status("owner-1") == "active")
        let di = try repository.json("results/companies/acme/owner-1.data.json")
        let entity = (di["context"] as? [String: Any])?["entity"] as? [String: Any]
        #expect((entity?["data"] as? [String: Any])?["name"] as? String == "Odd Di")
    }

    @Test func `the parent goes on when the last element it waited for is removed`() throws {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Ann}, {id: bo-1, name: Odd Bo}]"))
        try repository.run()
        #expect(try state(repository, "companies/acme") == "owners")
        try repository.write("cases/companies/acme.yaml", Self.acme("[{id: ann-1, name: Ann}]"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try state(repository, "companies/acme") == "review")
        #expect(try standing(repository).keys.sorted() == ["companies/acme/owner-ann-1"])
        // Back again: looked at anew, in the next episode.
        try repository.write(
            "cases/companies/acme.yaml", Self.acme("[{id: bo-1, name: Bo}, {id: ann-1, name: Ann}]")
        )
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        let bo = try repository.json("results/companies/acme/owner-bo-1.json")
        #expect(bo["episode"] as? Int == 2)
        #expect(bo["state"] as? String == "approved")
    }

    @Test func `a decided child whose element was edited looks again, the others do not`() throws {
        let repository = try TestRepository(
            Self.files("[{id: ann-1, name: Ann}, {id: bo-1, name: Bo}]"))
        try repository.run()
        #expect(try state(repository, "companies/acme") == "review")
        try repository.write(
            "cases/companies/acme.yaml",
            Self.acme("[{id: ann-1, name: Ann}, {id: bo-1, name: Odd Bo}]"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.due == 2)
        let bo = try repository.json("results/companies/acme/owner-bo-1.json")
        #expect(bo["episode"] as? Int == 2)
        #expect(bo["state"] as? String == "review")
        #expect(
            try repository.json("results/companies/acme/owner-ann-1.json")["episode"] as? Int == 1)
    }

    @Test func `300 children of one parent`() throws {
        let owners = (1...300).map { "{id: p\($0), name: Person \($0)}" }.joined(separator: ", ")
        let repository = try TestRepository(Self.files("[\(owners)]"))
        let report = try repository.run()
        #expect(report.due == 301)
        #expect(report.faults.isEmpty)
        #expect(try state(repository, "companies/acme") == "review")
        #expect(try standing(repository).count == 300)
    }

    @Test func `two workers and eight write the same tree`() throws {
        let owners = (1...40).map { "{name: \($0 % 3 == 0 ? "Odd" : "Even") \($0)}" }
        let repository = try TestRepository(Self.files("[\(owners.joined(separator: ", "))]"))
        try repository.run { ($0.jobs, $0.ledger) = (1, "one") }
        try repository.run { ($0.jobs, $0.ledger) = (8, "eight") }
        #expect(
            try repository.git("rev-parse", "one^{tree}")
                == repository.git("rev-parse", "eight^{tree}"))
    }

    /// A group of companies: `company` starts a `company` for each owner that has owners itself.
    private static func nested(_ levels: Int) -> [String: String] {
        var files = files(owners(levels))
        files["workflows/company.yaml"] =
            company
            .replacingOccurrences(of: "definitionId: person", with: "definitionId: company")
            .replacingOccurrences(of: "childWorkflows.person", with: "childWorkflows.company")
            .replacingOccurrences(
                of: "idle: {on: {START: owners}}",
                with:
                    "idle: {on: {START: [{target: owners, cond: {type: jmespath, options: {rule: 'entity.data.owners'}}}, {target: approved}]}}"
            )
            .replacingOccurrences(
                of: "on: {approve: approved, again: owners}", with: "always: approved")
            + "\nconfig: {callbackResult: {deliverEvent: OWNER_DONE}}\n"
        return files
    }

    private static func owners(_ levels: Int) -> String {
        levels == 0
            ? "null" : "[{id: l\(levels), name: Level \(levels), owners: \(owners(levels - 1))}]"
    }

    @Test func `children three deep all report upwards in one run`() throws {
        let repository = try TestRepository(Self.nested(3))
        let report = try repository.run()
        #expect(report.faults.isEmpty)
        #expect(report.due == 4)
        #expect(try state(repository, "companies/acme/owner-l3/owner-l2/owner-l1") == "approved")
        #expect(try state(repository, "companies/acme/owner-l3") == "approved")
        #expect(try state(repository, "companies/acme") == "approved")
    }

    @Test func `children without end are a fault of one case`() throws {
        var files = Self.nested(1)
        files["workflows/company.yaml"] = files["workflows/company.yaml"]?
            .replacingOccurrences(
                of: "data: {name: name, owners: owners}",
                with: "data: {name: name, owners: [{id: id}]}")
        files["cases/companies/solo.yaml"] = Self.acme("null")
        let repository = try TestRepository(files)
        let report = try repository.run()
        #expect(report.faults.map(\.fault.code) == ["RUN013"])
        #expect(try state(repository, "companies/solo") == "approved")
        #expect(try state(repository, "companies/acme") == "owners")
    }

    @Test func `a case that is withdrawn takes its children along`() throws {
        let repository = try TestRepository(Self.files("[{id: ann-1, name: Odd Ann}]"))
        try repository.run()
        try repository.remove("cases/companies/acme.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        for id in ["acme", "acme/owner-ann-1"] {
            let record = try repository.json("results/companies/\(id).json")
            #expect(record["status"] as? String == "withdrawn")
        }
    }

    @Test func `children of a line of a bulk file stand beside its record`() throws {
        var files = Self.files("[]")
        files["cases/companies/acme.yaml"] = nil
        files["cases/companies/list.ndjson"] =
            #"{"id": "C-1", "entity": {"id": "C-1", "data": {"owners": [{"id": "bo-1", "name": "Odd Bo"}]}}}"#
            + "\n"
        let repository = try TestRepository(files)
        try repository.run()
        let path = try #require(
            try repository.files().first { $0.hasSuffix("/C-1/owner-bo-1.json") })
        #expect(path.hasPrefix("results/companies/list/"))
        #expect(path.split(separator: "/").count == 7)
        try repository.write(
            "cases/companies/list.events/C-1/owner-bo-1.events/\(eventFile)", event("approve"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.findings.isEmpty && report.faults.isEmpty)
        #expect(try repository.json(path)["state"] as? String == "approved")
        let line = path.replacingOccurrences(of: "/owner-bo-1.json", with: ".json")
        #expect(try repository.json(line)["state"] as? String == "review")
    }
}
