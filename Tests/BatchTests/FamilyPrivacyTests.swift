import Batch
import Casework
import Documents
import Foundation
import Testing

/// Where the data of people stands when cases have children, monitors, timers and faults.
@Suite struct FamilyPrivacyTests {
    /// Fails for every file that may hold no personal data and has the marker, in its path or bytes.
    private func expectNoMarker(_ repository: TestRepository) throws {
        for commit in try repository.git("rev-list", "ledger", "^main").split(separator: "\n") {
            for path in try repository.files(String(commit)) {
                #expect(!path.lowercased().contains("zebediah"), "\(path)")
                if path.hasSuffix(".data.json") || path.hasPrefix("evidence/")
                    || path.hasPrefix("outbox/")
                {
                    continue
                }
                let text = try repository.git("show", "\(commit):\(path)")
                #expect(!text.lowercased().contains("zebediah"), "\(path): \(text)")
            }
        }
        let messages = try repository.git("log", "--format=%B", "ledger", "^main")
        #expect(!messages.lowercased().contains("zebediah"))
    }

    @Test func `an element's id that is a name or an address stands in no path and no record`()
        throws
    {
        let repository = try TestRepository(
            ChildTests.files(
                "[{id: Zebediah, name: Ann}, {id: zebediah@example.com, name: Odd Bo}, "
                    + "{id: Zebediah Zorn, name: Cy}, {ballerineEntityId: P-7, name: Di}]"))
        try repository.run()
        let children = try #require(
            try repository.json("results/companies/acme.json")["children"] as? [String])
        #expect(children.last == "companies/acme/owner-P-7")
        try repository.write(
            "cases/companies/acme.yaml",
            ChildTests.acme(
                "[{id: Zebediah Zorn, name: Cy}, {id: zebediah@example.com, name: Odd Bo}, "
                    + "{id: Zebediah, name: Odd Ann}]"))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 1))
        let after = try repository.json("results/companies/acme.json")
        #expect(after["children"] as? [String] == children)
        try expectNoMarker(repository)
    }

    @Test func `what somebody wrote as the type of an event stands in no record`() throws {
        let repository = try TestRepository(ChildTests.files("[{id: a-1, name: Odd Ann}]"))
        try repository.run()
        let types = [
            ("note", "Called Zebediah, he is abroad"), ("callback", "zebediah@example.com"),
            ("submission", "Zebediah's answer"), ("decision", "approve Zebediah"),
        ]
        for (number, entry) in types.enumerated() {
            for place in ["acme", "acme/owner-a-1"] {
                try repository.write(
                    "cases/companies/\(place).events/20261122T02000000\(number)Z-00.yaml",
                    "type: \"\(entry.1)\"\nkind: \(entry.0)\n"
                        + "payload: {who: Zebediah}\nreason: Zebediah\n")
            }
        }
        try repository.commit()
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.faults.isEmpty)
        #expect(try repository.json("results/companies/acme.json")["events"] as? [Any] != nil)
        try expectNoMarker(repository)
        // The callback is still held under its own name.
        try repository.run(at: clock.plus(seconds: 2))
        let data = try repository.json("results/companies/acme.data.json")
        let held = (data["held"] as? [[String: Any]])?.first
        #expect(held?["type"] as? String == "zebediah@example.com")
    }

    @Test func `faults of children, timers and migrated cases quote no data`() throws {
        var files = ChildTests.files(
            "[{id: a-1, name: Odd Zebediah}, {id: a-2, name: [Zebediah]}, {id: a-3, name: Odd Z}]")
        files["workflows/person.yaml"] = ChildTests.person.replacingOccurrences(
            of: "on: {approve: approved, reject: rejected}",
            with: "after: {2 days: rejected}\n      on: {approve: approved, reject: rejected}")
        let repository = try TestRepository(files)
        #expect(try repository.run().faults.map(\.fault.code) == ["RUN001"])
        try repository.write(
            "workflows/person.yaml",
            try #require(files["workflows/person.yaml"]).replacingOccurrences(
                of: "version: 1",
                with:
                    "version: 2\nmigrations: [{from: 1, states: {review: {to: review, enter: true}}}]"
            ))
        try repository.commit()
        try repository.run(at: clock.plus(seconds: 5)) { $0.migrate = "person" }
        try repository.run(at: clock.plus(seconds: 3 * 86_400))
        #expect(
            try repository.json("results/companies/acme/owner-a-1.json")["version"] as? Int == 2)
        #expect(
            try repository.json("results/companies/acme/owner-a-1.json")["state"] as? String
                == "rejected")
        try expectNoMarker(repository)
    }
}
