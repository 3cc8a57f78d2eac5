import Casework
import Definitions
import Documents
import Foundation
import Testing

@testable import DocketCommand

// The definitions lie outside the repository; where they are absent these tests skip.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct ImportConformanceTests {
    /// Ballerine's own definitions that its own engine does not construct, and the finding that says
    /// why.
    static let faulty = [
        "dynamic_external_request_example": "WF055", "kyb_external_request_example": "WF055",
        "dynamic_kyc_example": "WF054",
    ]

    private static func names(_ prefix: String) throws -> [String] {
        let folder = SharedSuite.root.appendingPathComponent("ballerine/definitions").path
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func importing(_ name: String) throws -> BallerineImport.Result {
        let bytes = try SharedSuite.bytes("ballerine/definitions/" + name)
        let parsed = Source.parse(name, bytes)
        let source = try #require(parsed.source)
        return try #require(try BallerineImport().results(of: source, named: name).first)
    }

    @Test func `every definition imports and checks without errors but three, which say why`()
        throws
    {
        let files = try (Self.names("workflow-") + Self.names("ui-")).map { try Self.importing($0) }
        #expect(files.count == 23)
        let settings = RepositoryFile(
            path: "docket.yaml", bytes: Array("docket: 1\nproject: imported\n".utf8))
        let catalog = Catalog(
            loading: [settings] + files.map { RepositoryFile(path: $0.path, bytes: $0.text) })
        #expect(catalog.workflows.count == 20)
        for finding in catalog.findings where finding.level == .error {
            let id = finding.file.dropFirst("workflows/".count).dropLast(".yaml".count)
            #expect(Self.faulty[String(id)] == finding.code, "\(finding)")
        }
        for (id, code) in Self.faulty {
            let file = "workflows/\(id).yaml"
            #expect(
                catalog.findings.contains { $0.file == file && $0.code == code }, "\(id) says why")
        }
    }

    @Test func `Ballerine's alert definitions import and check without errors`() throws {
        let name = "alert-definitions.json"
        let parsed = Source.parse(name, try SharedSuite.bytes("ballerine/alerts/" + name))
        let source = try #require(parsed.source)
        let results = try BallerineImport().results(of: source, named: name)
        #expect(results.map(\.path) == ["rules/alerts.yaml"])
        let settings = RepositoryFile(
            path: "docket.yaml", bytes: Array("docket: 1\nproject: imported\n".utf8))
        let catalog = Catalog(
            loading: [settings]
                + results.map { RepositoryFile(path: $0.path, bytes: $0.text) })
        #expect(!catalog.hasErrors, "\(catalog.findings)")
        #expect(catalog.alertRules.count == 31)
        #expect(catalog.alertRules.filter(\.isEnabled).count == 23)
        #expect(catalog.alertRules.allSatisfy { $0.semantics == .ballerine })
        let percentage = catalog.alertRules.first { $0.id == "HPC" }
        #expect(percentage?.dedupe == AlertDedupe(cooldownMinutes: 30_240))
        #expect(percentage?.severity == .high)
    }

    @Test func `an imported workflow holds what the definition holds, its hosting left out`() throws
    {
        let arena = Arena()
        for name in try Self.names("workflow-") {
            let result = try Self.importing(name)
            let original = try SharedSuite.value("ballerine/definitions/" + name, into: arena)
            let parsed = Source.parse(result.path, result.text)
            let written = try #require(parsed.source)
            for member in try #require(original.members) {
                let isHosting = ["projectId", "isPublic", "crossEnvKey"].contains(
                    String(member.key))
                let there = written.root[member.key]?.value
                if isHosting {
                    #expect(there == nil && result.dropped.contains(String(member.key)))
                } else {
                    #expect(there == member.value, "\(name): \(member.key)")
                }
            }
            withExtendedLifetime(written) {}
        }
        withExtendedLifetime(arena) {}
    }

    @Test func `imported workflows simulate to the results of their originals`() throws {
        let suite = try BallerineWorkflows()
        var imported: [String: Source] = [:]
        var compared = 0
        for test in suite.cases {
            guard let path = test["definitionRef"]?.string else { continue }
            if imported[path] == nil {
                let name = String(path.split(separator: "/").last ?? "")
                let result = try Self.importing(name)
                imported[path] = Source.parse(result.path, result.text).source
            }
            let definition = try #require(imported[path]).value
            let mine = Simulation.run(
                suite.request(test, definition: definition), in: suite.arena)
            let original = Simulation.run(suite.request(test), in: suite.arena)
            #expect(
                JSONWriter.line(mine) == JSONWriter.line(original), "\(test["name"]?.string ?? "")")
            compared += 1
        }
        withExtendedLifetime((suite, imported)) {}
        #expect(compared == 301)
    }

    @Test func `a name that would leave the folder, or hide, becomes a plain one`() {
        let names = [
            ("../../etc/passwd", "etc-passwd"), ("a/b", "a-b"), (".git", "git"), ("", "imported"),
            ("..", "imported"), ("Übung 1", "bung-1"), ("kyb_kyc", "kyb_kyc"),
            ("x.events", "x.events"),
        ]
        for (name, safe) in names { #expect(BallerineImport.safeName(name) == safe) }
    }
}
