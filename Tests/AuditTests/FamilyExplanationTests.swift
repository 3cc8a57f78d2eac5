import Audit
import Batch
import Casework
import Documents
import Foundation
import Testing

private let start = Instant(milliseconds: 1_795_312_800_000)  // 2026-11-22T02:00:00Z

/// What `docket explain` says of children, monitors, edited input and moved cases.
@Suite struct FamilyExplanationTests {
    private static let company = """
        docket: 1
        id: company
        version: 1
        definition:
          initial: idle
          states:
            idle: {on: {START: owners}}
            owners:
              always:
                - target: review
                  cond: {type: jmespath, options: {rule: "length(values(childWorkflows.person || `{}`)[?state == 'approved']) == length(entity.data.owners)"}}
              on: {OWNER_DONE: owners}
            stale: {on: {again: owners}}
            review: {tags: [manual_review], on: {approve: approved, LISTED: review}}
            approved: {type: final, tags: [approved]}
        extensions:
          commonPlugins:
            - {name: owner, pluginKind: iterative, stateNames: [owners], actionPluginName: owner_case, iterateOn: [{transformer: jmespath, mapping: entity.data.owners}]}
          childWorkflowPlugins:
            - {name: owner_case, definitionId: person, initEvent: START, transformers: [{transformer: jmespath, mapping: "{entity: {id: id, data: {name: name}}}"}]}
          apiPlugins:
            - {name: screen, pluginKind: api, vendor: sanctions, url: "https://s.example.com/p", method: POST, request: {transform: [{transformer: jmespath, mapping: "{name: entity.data.name}"}]}}
        monitors:
          - {name: screening, trigger: {list: lists/s.csv}, run: [screen], result: pluginsOutput.screen.hits, sends: LISTED, reopen: review}
        """

    private static let person = """
        docket: 1
        id: person
        definition:
          initial: idle
          states:
            idle:
              on:
                START:
                  - {target: review, cond: {type: jmespath, options: {rule: "starts_with(entity.data.name, 'Odd')"}}}
                  - target: approved
            review: {tags: [manual_review], on: {approve: approved}}
            approved: {type: final, tags: [approved]}
        config: {callbackResult: {transformers: [{transformer: jmespath, mapping: "{name: entity.data.name}"}], deliverEvent: OWNER_DONE}}
        """

    private func repository() throws -> TemporaryRepository {
        let repository = try TemporaryRepository()
        try repository.write(
            "docket.yaml",
            """
            docket: 1
            project: tests
            cases: {companies: {workflow: company, events: [{type: START}]}}
            vendors: {sanctions: {kind: recorded, answers: vendors/s.yaml}}
            """)
        try repository.write("vendors/s.yaml", "answers:\n  - {status: 200, body: {hits: [x]}}\n")
        try repository.write("lists/s.csv", "a\n")
        try repository.write("workflows/company.yaml", Self.company)
        try repository.write("workflows/person.yaml", Self.person)
        try write(owner: "Ann", in: repository)
        return repository
    }

    private func write(owner: String, in repository: TemporaryRepository) throws {
        try repository.write(
            "cases/companies/acme.yaml",
            "context: {entity: {id: acme, data: {name: Acme, owners: [{id: p-1, name: \(owner)}, {id: p-2, name: Odd Bo}]}}}\n"
        )
        try repository.commit()
    }

    private func event(_ place: String, _ number: Int, in repository: TemporaryRepository) throws {
        try repository.write(
            "cases/companies/\(place).events/20261122T02000000\(number)Z-00.yaml",
            "type: approve\nkind: decision\nby: analyst-1\n")
        try repository.commit()
    }

    private func run(
        _ second: Int, _ repository: TemporaryRepository, migrate: String? = nil
    ) throws {
        var options = RunOptions(
            directory: repository.directory, now: start.advanced(byMilliseconds: second * 1000),
            jobs: 1)
        (options.at, options.migrate) = (options.now, migrate)
        let report = try BatchRun(options: options).perform()
        #expect(report.faults.isEmpty)
    }

    private func told(_ id: String, _ repository: TemporaryRepository) throws -> String {
        let ledger = try #require(try Ledger.open(repository.directory))
        let caseID = try #require(CaseID(id))
        return try #require(
            try Explanation.load(caseID, from: ledger, in: repository.directory)
        ).text
    }

    @Test func `a step that a child led to names the child`() throws {
        let repository = try repository()
        try run(0, repository)
        try event("acme/owner-p-2", 1, in: repository)
        try run(1, repository)
        let text = try told("companies/acme", repository)
        #expect(
            text.contains(
                """
                   3. 2026-11-22T02:00:01Z  OWNER_DONE: stays in owners
                        told by  companies/acme/owner-p-2
                """))
        #expect(text.contains("screening looks when a list changes; nothing new so far"))
        try write(owner: "Anna", in: repository)
        try run(2, repository)
        let edited = try told("companies/acme", repository)
        #expect(edited.contains("its input was edited; no transition waits for that"))
    }

    @Test func `an event of a monitor names it, its trigger and its answer`() throws {
        let repository = try repository()
        try run(0, repository)
        try event("acme/owner-p-2", 1, in: repository)
        try run(1, repository)
        try repository.write("lists/s.csv", "b\n")
        try repository.commit()
        try run(2, repository)
        let text = try told("companies/acme", repository)
        #expect(text.contains("LISTED: stays in review"))
        #expect(text.contains("sent by  the monitor screening, because a list changed"))
        #expect(text.contains("[evidence/companies/acme/screen-1-1.json]"))
    }

    @Test func `an episode that a monitor opened names it, its trigger, result and evidence`()
        throws
    {
        let repository = try repository()
        try run(0, repository)
        try event("acme/owner-p-2", 1, in: repository)
        try event("acme", 2, in: repository)
        try run(1, repository)
        try repository.write("lists/s.csv", "b\n")
        try repository.commit()
        try run(2, repository)
        let text = try told("companies/acme", repository)
        #expect(text.contains("version 1, episode 2"))
        #expect(
            text.contains(
                "opened again by the monitor screening, because a list changed: from approved to review"
            ))
        #expect(text.contains("answered 200  [evidence/companies/acme/screen-1-1.json]"))
        let record = try repository.git("show", "ledger:results/companies/acme.json")
        let digest = try #require(
            record.split(separator: "\"result\": \"").dropFirst().first {
                $0.prefix(64).allSatisfy(\.isHexDigit)
            }
        ).prefix(12)
        #expect(
            text.contains(
                "screening looks when a list changes; result \(digest) since 2026-11-22T02:00:02Z"))
    }

    @Test func `a case that was moved says from where, to where and by which line`() throws {
        let repository = try repository()
        try run(0, repository)
        try repository.write(
            "workflows/company.yaml",
            Self.company.replacing(
                "version: 1", with: "version: 2\nmigrations: [{from: 1, states: {owners: stale}}]"))
        try repository.commit()
        try run(1, repository, migrate: "company")
        let text = try told("companies/acme", repository)
        #expect(
            text.contains(
                """
                moved to another version of the workflow: from owners to stale
                        by       workflows/company.yaml:4
                """))
        #expect(text.contains("company, version 2, episode 1"))
    }
}
