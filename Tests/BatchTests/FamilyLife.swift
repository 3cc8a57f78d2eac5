import Batch
import Documents
import Foundation

/// Companies with owners that live through many runs: lists edited, owners and companies decided,
/// callbacks too early, timers, files that go and come back, versions raised, cases moved. The same seed
/// gives the same life.
final class FamilyLife {
    let repository: TestRepository
    private(set) var time = clock
    private var random: UInt64
    private var events = 0
    private var companies: [[String]]
    private var isThere: [Bool]
    private var versions = ["company": 1, "person": 1]

    /// What a round does besides its edits.
    enum Round {
        case run
        /// Moves the cases of a workflow.
        case migrate(String)
    }

    init(seed: UInt64, companies count: Int) throws {
        random = seed
        companies = Array(repeating: [], count: count)
        isThere = Array(repeating: true, count: count)
        repository = try TestRepository([
            "docket.yaml": """
            docket: 1
            project: tests
            cases: {companies: {workflow: company, events: [{type: START}]}}
            vendors: {registry: {kind: recorded, answers: vendors/registry.yaml}}
            subscriptions:
              - {type: webhook, url: "https://hooks.example.com/x", events: [workflow.completed, workflow.state.changed]}
            """,
            "vendors/registry.yaml": """
            answers:
              - {when: {name: Odd}, status: 200, body: {found: false}}
              - {status: 200, body: {found: true}}
            """,
        ])
        try writeWorkflows()
        for company in 0..<count {
            companies[company] = (0..<(next(5))).map { owner($0) }
            try write(company)
        }
        try repository.commit()
    }

    private func next(_ bound: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(random >> 33) % bound
    }

    // MARK: Definitions

    private func writeWorkflows() throws {
        let version = versions["company"] ?? 1
        let migrations =
            version == 1
            ? ""
            : "migrations: [{from: 1, states: {owners: {to: owners, enter: true}, review: review}}]\n"
        try repository.write(
            "workflows/company.yaml",
            """
            docket: 1
            id: company
            version: \(version)
            \(migrations)definition:
              initial: idle
              states:
                idle: {on: {START: owners}}
                owners:
                  tags: [pending_process]
                  after: {20 days: stale}
                  always:
                    - target: rejected
                      cond: {type: jmespath, options: {rule: "contains(values(childWorkflows.person || `{}`)[].state, 'rejected')"}}
                    - target: review
                      cond: {type: jmespath, options: {rule: "length(values(childWorkflows.person || `{}`)[?state == 'approved']) == length(entity.data.owners)"}}
                  on: {OWNER_DONE: owners}
                stale: {tags: [manual_review], on: {again: owners}}
                review:
                  tags: [manual_review]
                  on: {approve: approved, again: owners, REGISTERED: confirmed}
                confirmed: {tags: [manual_review], on: {approve: approved}}
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
                    - {transformer: jmespath, mapping: "{entity: {type: 'individual', id: id, data: {name: name}}}"}
            """)
        try writePerson()
    }

    private func writePerson() throws {
        let version = versions["person"] ?? 1
        let migrations =
            version == 1 ? "" : "migrations: [{from: 1, states: {review: second_review}}]\n"
        let review = version == 1 ? "review" : "second_review"
        try repository.write(
            "workflows/person.yaml",
            """
            docket: 1
            id: person
            version: \(version)
            \(migrations)definition:
              initial: idle
              states:
                idle: {on: {START: asked}}
                asked: {on: {ANSWERED: decided, FAILED: \(review)}}
                decided:
                  always:
                    - target: approved
                      cond: {type: jmespath, options: {rule: "!starts_with(entity.data.name, 'Odd')"}}
                    - target: \(review)
                \(review):
                  tags: [manual_review]
                  after: {3 days: reminded, 9 days: rejected}
                  on: {approve: approved, reject: rejected}
                reminded: {tags: [manual_review], after: {4 days: rejected}, on: {approve: approved}}
                approved: {type: final, tags: [approved]}
                rejected: {type: final, tags: [rejected]}
            extensions:
              apiPlugins:
                - name: registry
                  pluginKind: api
                  vendor: registry
                  url: "https://registry.example.com/people"
                  method: POST
                  stateNames: [asked]
                  successAction: ANSWERED
                  errorAction: FAILED
                  request: {transform: [{transformer: jmespath, mapping: "{name: entity.data.name}"}]}
            config:
              callbackResult:
                transformers: [{transformer: jmespath, mapping: "{name: entity.data.name}"}]
                deliverEvent: OWNER_DONE
            """)
    }

    // MARK: Cases

    private func owner(_ number: Int) -> String {
        let name = "\(next(3) == 0 ? "Odd" : "Even") Person \(next(1000))"
        return next(3) == 0 ? "{name: \(name)}" : "{id: p\(number)-\(next(50)), name: \(name)}"
    }

    private func write(_ company: Int) throws {
        guard isThere[company] else { return }
        try repository.write(
            "cases/companies/c\(company).yaml",
            "context: {entity: {type: business, id: c\(company), data: {owners: "
                + "[\(companies[company].joined(separator: ", "))]}}}\n")
    }

    private func edit(_ company: Int) {
        switch next(4) {
        case 0: companies[company].append(owner(companies[company].count))
        case 1: if !companies[company].isEmpty { companies[company].removeFirst() }
        case 2: companies[company].reverse()
        default:
            if !companies[company].isEmpty {
                let place = next(companies[company].count)
                companies[company][place] = owner(place)
            }
        }
    }

    private func addEvent(_ case: String, _ type: String, _ kind: String = "decision") throws {
        events += 1
        let number = String(repeating: "0", count: 6 - "\(events)".count) + "\(events)"
        try repository.write(
            "cases/companies/\(`case`).events/20261122T020\(number)Z-00.yaml",
            "type: \(type)\nkind: \(kind)\nby: analyst-\(events)\npayload: {number: \(events)}\n")
    }

    /// Edits the source and lets some days pass.
    ///
    /// - Parameter ledger: whose children get events.
    func live(_ round: Int, ledger: String) throws -> Round {
        time = time.plus(seconds: 86_400 * next(4) + 1)
        let children = try repository.files(ledger).filter {
            $0.hasPrefix("results/companies/c") && $0.split(separator: "/").count == 4
                && !$0.hasSuffix(".data.json")
        }.map { String($0.dropFirst(18).dropLast(5)) }
        for company in companies.indices {
            switch next(6) {
            case 0, 1: edit(company)
            case 2: try addEvent("c\(company)", ["approve", "again"][next(2)])
            case 3: try addEvent("c\(company)", "REGISTERED", "callback")
            case 4 where next(3) == 0:
                isThere[company].toggle()
                if !isThere[company] { try repository.remove("cases/companies/c\(company).yaml") }
            default: break
            }
            try write(company)
        }
        for child in children where next(4) == 0 {
            try addEvent(child, ["approve", "approve", "reject", "nonsense"][next(4)])
        }
        if round == 3 { versions["person"] = 2 }
        if round == 5 { versions["company"] = 2 }
        try writeWorkflows()
        try repository.commit()
        switch round {
        case 6: return .migrate("person")
        case 7: return .migrate("company")
        default: return .run
        }
    }
}
