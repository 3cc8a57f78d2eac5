import Batch
import Casework
import Documents
import Foundation
import Testing

/// What goes wrong in a case that has children, or in one of them.
@Suite struct FamilyFaultTests {
    private let eventFile = "20261122T020000123Z-0123456789abcdef0123456789abcdef.yaml"

    /// The company fails as soon as a child reports, until its guard is mended.
    private static func broken(_ owners: String) -> [String: String] {
        var files = ChildTests.files(owners)
        files["workflows/company.yaml"] = ChildTests.company.replacingOccurrences(
            of: "contains(values(childWorkflows.person || `{}`)[].state, 'rejected')",
            with: "childWorkflows.person && length(entity.data.nowhere) > `0`")
        return files
    }

    private func state(_ repository: TestRepository, _ id: String) throws -> String? {
        try repository.json("results/companies/\(id).json")["state"] as? String
    }

    private func mend(_ repository: TestRepository) throws {
        try repository.write("workflows/company.yaml", ChildTests.company)
        try repository.commit()
    }

    private func approve(_ repository: TestRepository, _ child: String) throws {
        try repository.write(
            "cases/companies/\(child).events/\(eventFile)",
            "type: approve\nkind: decision\nby: analyst-7\n")
        try repository.commit()
    }

    @Test func `children of a case that fails on its first events stand on no record`() throws {
        let repository = try TestRepository(Self.broken("[{id: a-1, name: Ann}, {name: Odd Bo}]"))
        let report = try repository.run()
        #expect(report.faults.map(\.fault.code) == ["RUN001"])
        #expect(
            try repository.files().filter { $0.hasPrefix("results/") || $0.hasPrefix("decisions/") }
                == ["results/companies/acme.json"])
        try mend(repository)
        #expect(try repository.run(at: clock.plus(seconds: 1)).faults.isEmpty)
        #expect(try state(repository, "acme/owner-a-1") == "approved")
        #expect(try state(repository, "acme/owner-2") == "review")
        #expect(try repository.files().contains("decisions/companies/acme/owner-a-1/1-1.json"))
    }

    @Test func `a decision on a child is not lost while its parent cannot begin`() throws {
        let repository = try TestRepository(Self.broken("[{id: b-1, name: Odd Bo}]"))
        try repository.run()
        try approve(repository, "acme/owner-b-1")
        try repository.run(at: clock.plus(seconds: 1))
        try repository.run(at: clock.plus(seconds: 2))
        try mend(repository)
        let report = try repository.run(at: clock.plus(seconds: 3))
        #expect(report.faults.isEmpty && report.findings.isEmpty)
        #expect(try state(repository, "acme/owner-b-1") == "approved")
        #expect(try state(repository, "acme") == "review")
        #expect(try repository.run(at: clock.plus(seconds: 4)).due == 0)
    }

    @Test func `a parent is mended by the commit that decides its child`() throws {
        let repository = try TestRepository(Self.broken("[{id: b-1, name: Odd Bo}]"))
        try repository.run()
        try repository.write("workflows/company.yaml", ChildTests.company)
        try approve(repository, "acme/owner-b-1")
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.isEmpty && report.findings.isEmpty)
        #expect(try state(repository, "acme") == "review")
    }

    @Test func `a family past its limit stands as it did before, and goes on when that is raised`()
        throws
    {
        var files = ChildTests.files("[{id: a-1, name: Ann}]")
        files["docket.yaml", default: ""] += "limits: {children: 3}\n"
        let repository = try TestRepository(files)
        try repository.run()
        let before = try repository.git("rev-parse", "ledger:results/companies/acme")
        try repository.write(
            "workflows/company.yaml",
            ChildTests.company.replacingOccurrences(
                of: "on: {approve: approved, again: owners}",
                with: "on: {approve: approved, again: owners, INPUT_CHANGED: owners}"))
        let owners = (1...5).map { "{id: n-\($0), name: Odd}" }.joined(separator: ", ")
        try repository.write("cases/companies/acme.yaml", ChildTests.acme("[\(owners)]"))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.map(\.fault.code) == ["RUN014"])
        #expect(try repository.git("rev-parse", "ledger:results/companies/acme") == before)
        try repository.write(
            "docket.yaml",
            try #require(files["docket.yaml"]).replacingOccurrences(
                of: "children: 3", with: "children: 5"))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 2)).faults.isEmpty)
        #expect(try state(repository, "acme/owner-n-5") == "review")
        let gone = try repository.json("results/companies/acme/owner-a-1.json")
        #expect(gone["status"] as? String == "withdrawn")
    }

    @Test func `more children than a case may take steps all report`() throws {
        let owners = (1...1200).map { "{id: p\($0), name: Person \($0)}" }
        var files = ChildTests.files("[\(owners.joined(separator: ", "))]")
        files["workflows/company.yaml"] = ChildTests.company.replacingOccurrences(
            of: "on: {OWNER_DONE: owners}", with: "on: {OWNER_DONE: {actions: noted}}")
        let repository = try TestRepository(files)
        #expect(try repository.run().faults.isEmpty)
        #expect(try state(repository, "acme") == "review")
    }

    @Test(arguments: ["none", "{id: a-1, name: Ann}"])
    func `a list that was replaced by something else is a fault and withdraws nobody`(
        _ value: String
    ) throws {
        let repository = try TestRepository(ChildTests.files("[{id: a-1, name: Odd Ann}]"))
        try repository.run()
        try repository.write("cases/companies/acme.yaml", ChildTests.acme(value))
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.map(\.fault.code) == ["RUN010"])
        #expect(try state(repository, "acme/owner-a-1") == "review")
        try repository.write("cases/companies/acme.yaml", ChildTests.acme("[]"))
        try repository.commit()
        #expect(try repository.run(at: clock.plus(seconds: 2)).faults.isEmpty)
        let gone = try repository.json("results/companies/acme/owner-a-1.json")
        #expect(gone["status"] as? String == "withdrawn")
    }

    @Test func `a new case whose list is none is not passed over`() throws {
        let repository = try TestRepository(ChildTests.files("none"))
        #expect(try repository.run().faults.map(\.fault.code) == ["RUN010"])
    }

    @Test func `events of a case file wait for the children that the first of them start`() throws {
        var files = ChildTests.files("[]")
        files["cases/companies/acme.yaml"] =
            "context: {entity: {id: acme, data: {owners: [{id: a-1, name: Ann}]}}}\n"
            + "events: [{type: START}, {type: approve}]\n"
        let repository = try TestRepository(files)
        try repository.run()
        #expect(try state(repository, "acme") == "approved")
    }

    @Test func `a case with the id that a child would have is left alone`() throws {
        var files = ChildTests.files("[{id: a-1, name: Odd Ann}]")
        files["cases/companies/acme/owner-a-1.yaml"] =
            "workflow: person\ncontext: {entity: {data: {name: Odd Zoe}}}\nevents: [{type: START}]\n"
        let repository = try TestRepository(files)
        #expect(try repository.run().faults.map(\.fault.code) == ["CS033"])
        let record = try repository.json("results/companies/acme/owner-a-1.json")
        #expect(record["parent"] == nil)
        try repository.remove("cases/companies/acme/owner-a-1.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(
            try repository.json("results/companies/acme/owner-a-1.json")["status"] as? String
                == "withdrawn")
    }

    @Test func `a case file with the id of a child is a fault and leaves the child alone`() throws {
        let repository = try TestRepository(ChildTests.files("[{id: a-1, name: Odd Ann}]"))
        try repository.run()
        let before = try repository.git("rev-parse", "ledger:results/companies/acme")
        try repository.write(
            "cases/companies/acme/owner-a-1.yaml",
            "workflow: person\ncontext: {entity: {data: {name: Zoe}}}\nevents: [{type: START}]\n")
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.map(\.fault.code) == ["CS033"])
        #expect(try repository.git("rev-parse", "ledger:results/companies/acme") == before)
    }

    @Test func `ids that grow past their length are a fault of that case`() throws {
        var files = ChildTests.files("[]")
        files["cases/companies/acme.yaml"] = nil
        files["docket.yaml", default: ""] += "limits: {childDepth: 30}\n"
        files["workflows/person.yaml"] = nil
        let long = String(repeating: "o", count: 58)
        files["workflows/company.yaml"] = """
            docket: 1
            id: company
            definition:
              initial: idle
              states: {idle: {on: {START: owners}}, owners: {}}
            extensions:
              commonPlugins:
                - {name: \(long), pluginKind: iterative, stateNames: [owners], actionPluginName: child, iterateOn: [{transformer: jmespath, mapping: entity.data.owners}]}
              childWorkflowPlugins:
                - {name: child, definitionId: company, initEvent: START, transformers: [{transformer: jmespath, mapping: "{entity: entity}"}]}
            """
        let name = String(repeating: "d", count: 90)
        let path = (1...5).map { "\(name)\($0)" }.joined(separator: "/")
        let id = String(repeating: "9", count: 40)
        files["cases/companies/\(path)/acme.yaml"] =
            "context: {entity: {data: {owners: [{id: '\(id)', entity: {id: '\(id)', data: {owners: [{id: '\(id)'}]}}}]}}}\n"
        let repository = try TestRepository(files)
        let report = try repository.run()
        #expect(report.faults.allSatisfy { $0.fault.code == "RUN013" })
    }

    // MARK: Gone and back

    @Test func `a finished company that is back brings its owners back as they stood`() throws {
        let repository = try TestRepository(
            ChildTests.files("[{id: a-1, name: Ann}, {id: b-1, name: Bo}, {id: c-1, name: Cy}]"))
        try repository.run()
        try repository.write(
            "cases/companies/acme.yaml",
            ChildTests.acme("[{id: a-1, name: Ann}, {id: b-1, name: Bo}]"))
        try repository.write("cases/companies/acme.events/\(eventFile)", "type: approve\n")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        #expect(try state(repository, "acme") == "approved")
        let file = ChildTests.acme("[{id: a-1, name: Ann}, {id: b-1, name: Bo}]")
        try repository.remove("cases/companies/acme.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        try repository.write("cases/companies/acme.yaml", file)
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 3))
        func record(_ id: String) throws -> [String: Any] {
            try repository.json("results/companies/\(id).json")
        }
        for id in ["acme", "acme/owner-a-1", "acme/owner-b-1"] {
            #expect(try record(id)["status"] as? String == "completed", "\(id)")
            #expect(try record(id)["episode"] as? Int == 1)
        }
        #expect(try record("acme/owner-c-1")["status"] as? String == "withdrawn")
    }

    @Test func `a reviewer's decision on an owner stands when the company's file was gone a night`()
        throws
    {
        let repository = try TestRepository(
            ChildTests.files("[{id: a-1, name: Odd Ann}, {id: b-1, name: Odd Bo}]"))
        try repository.run()
        try approve(repository, "acme/owner-a-1")
        try repository.run(at: clock.plus(seconds: 1))
        let file = ChildTests.acme("[{id: a-1, name: Odd Ann}, {id: b-1, name: Odd Bo}]")
        try repository.remove("cases/companies/acme.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 2))
        try repository.write("cases/companies/acme.yaml", file)
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 3))
        #expect(try state(repository, "acme/owner-a-1") == "approved")
        #expect(
            try repository.json("results/companies/acme/owner-a-1.json")["status"] as? String
                == "completed")
        try approve(repository, "acme/owner-b-1")
        try repository.run(at: clock.plus(seconds: 4))
        #expect(try state(repository, "acme") == "review")
    }

    @Test(arguments: [1, 3])
    func `a delay is not forgotten when its case's file is gone a while`(_ days: Int) throws {
        var files = baseFiles
        files["workflows/screening.yaml"] = workflowFile.replacingOccurrences(
            of: "tags: [manual_review]",
            with: "tags: [manual_review]\n      after: {2 days: rejected}"
        ).replacingOccurrences(of: "INPUT_CHANGED: review", with: "other: review")
        let repository = try TestRepository(files)
        try repository.run()
        #expect(try repository.files().contains { $0.hasPrefix("index/due/") })
        try repository.remove("cases/people/bo.yaml")
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1)) { $0.acceptsMassChange = true }
        #expect(try repository.files().contains { $0.hasPrefix("index/due/") } == false)
        #expect(try repository.run(at: clock.plus(seconds: 4 * 86_400 - 1)).due == 0)
        try repository.git("reset", "-q", "--hard", "HEAD~1")
        try repository.commit()
        try repository.git("branch", "-f", "late", "ledger~1")
        try repository.run(at: clock.plus(seconds: days * 86_400)) { $0.ledger = "late" }
        func state() throws -> String? {
            try repository.json("results/people/bo.json", at: "late")["state"] as? String
        }
        #expect(try state() == (days == 1 ? "review" : "rejected"))
        try repository.run(at: clock.plus(seconds: 5 * 86_400)) { $0.ledger = "late" }
        #expect(try state() == "rejected")
    }
}
