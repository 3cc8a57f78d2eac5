import Batch
import Casework
import Documents
import Foundation
import GitStorage
import Testing

/// A check of a source and a run over it read the same files with the same code.
@Suite struct SourceCheckTests {
    /// What both can know: the code, and the file it is about.
    private struct Place: Hashable, CustomStringConvertible {
        var code: String
        var file: String
        var line: Int?

        var description: String { "\(code) \(file)\(line.map { ":\($0)" } ?? "")" }
    }

    private func check(_ repository: TestRepository, _ revision: String = "HEAD") throws
        -> [Finding]
    {
        let git = try Repository.open(repository.directory)
        return try SourceCheck(try git.tree(of: try git.resolve(revision)), in: git).findings
    }

    private func checkWorkTree(_ repository: TestRepository) throws -> [Finding] {
        let files = try WorkTreeFiles(repository.directory)
        return try SourceCheck(files.root, in: files).findings
    }

    /// Of a run: its faults, whose places are `file:line:column` or a part of it, and its findings.
    private func places(_ report: RunReport) -> Set<Place> {
        let faults = report.faults.map { fault -> Place in
            let parts = (fault.fault.place ?? "").split(separator: ":").map(String.init)
            return Place(
                code: fault.fault.code, file: parts.first ?? "",
                line: parts.count > 1 ? Int(parts[1]) : nil)
        }
        return Set(faults).union(report.findings.map(place))
    }

    private func place(_ finding: Finding) -> Place {
        Place(code: finding.code, file: finding.file, line: finding.position?.line)
    }

    /// Every finding of the run is one of the check; the lines agree where the run knows one.
    private func expectSame(
        _ found: [Finding], _ report: RunReport, except: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let checked = Set(found.map(place))
        for place in places(report) where !except.contains(place.code) {
            let isThere =
                checked.contains(place)
                || place.line == nil
                    && checked.contains { $0.code == place.code && $0.file == place.file }
            #expect(isThere, "the run found \(place)", sourceLocation: sourceLocation)
        }
        let run = Set(places(report).map { "\($0.code) \($0.file)" })
        // Names of event files are the check's alone.
        for place in checked where place.code != "CS056" {
            #expect(
                run.contains("\(place.code) \(place.file)"), "the check found \(place)",
                sourceLocation: sourceLocation)
        }
    }

    private static let pointer = """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 12345

        """

    /// Everything that is wrong with names, kinds of file and content.
    private func hostile() throws -> TestRepository {
        let repository = try TestRepository(baseFiles)
        let texts: [String: String] = [
            "cases/people/broken.yaml": "context: {a: [1, 2}",
            "cases/people/twice.yaml": "context: {}\ncontext: {}",
            "cases/people/nothing.yaml": "workflow: nothing\ncontext: {}",
            "cases/people/shape.yaml": "context: 7\nextra: 1\nevents: {}\nconfig: []",
            "cases/people/list.yaml": "[1]",
            "cases/other/none.yaml": "context: {}",
            "cases/people/same.yaml": "context: {}", "cases/people/same.json": #"{"context":{}}"#,
            "cases/people/Case.yaml": "context: {}", "cases/people/case.yaml": "context: {}",
            "cases/people/sp ace.yaml": "context: {}",
            "cases/people/note.txt": "x", "cases/people/README.md": "x",
            "cases/Dir/a.yaml": "context: {}", "cases/dir/b.yaml": "context: {}",
            "cases/people/lfs.yaml": Self.pointer, "cases/bulk/lfs.ndjson": Self.pointer,
            "cases/people/filtered.yaml": "context: {}",
            "cases/bulk/filtered.ndjson": #"{"id":"a"}"#,
            "cases/people/.gitattributes": "filtered.yaml ident\n",
            ".gitattributes": "cases/bulk/filtered.ndjson filter=crypt\n*.json text eol=crlf\n",
            "cases/people/nobody.events/1.yaml": "type: approve",
            "cases/people/ada.events/20261122T000000000Z-00000000000000000000000000000001.yaml":
                "type: [",
            "cases/people/bo.events/20261122T000000000Z-00000000000000000000000000000001.yaml":
                "type: approve\nkind: wish\nmore: 1",
            "cases/people/cy.events/20261122T000000000Z-00000000000000000000000000000001.yaml":
                Self.pointer,
            "cases/people/eve.events/deep/1.yaml": "type: approve",
            "cases/people/dee.events/20261122T000000000Z-00000000000000000000000000000001.yaml":
                "type: seen\nkind: note",
            "cases/people/dee.yaml": "context: {}", "cases/people/eve.yaml": "context: {}",
            "cases/bulk/rows.csv": "id,entity.data.score:number\nr1,5\nr2,x\nr1,6\n,7\n",
            "cases/bulk/wrong.csv": "id,id\n1,2\n",
            "cases/bulk/list.ndjson": """
            {"id":"a","entity":{"data":{"score":1}}}
            {"id":"b"
            {"id":"a"}
            {"id":"x y"}
            {"noid":1}
            {"id":"d","context":7}
            {"id":"e","workflow":"nothing"}
            [1]
            {"id":"Z-1"}
            {"id":"z-1"}
            """,
            "cases/bulk/list.events/gone/1.yaml": "type: approve",
            "cases/bulk/list.events/loose.yaml": "type: approve",
            "cases/other/list.ndjson": #"{"id":"a"}"#,
        ]
        for (name, text) in texts { try repository.write(name, text) }
        // One name to Swift, two to git.
        for name in ["caf\u{E9}", "cafe\u{301}"] {
            try repository.write("cases/people/\(name).yaml", "context: {}")
        }
        try repository.write("cases/people/latin.yaml", Array("context: {a: ".utf8) + [0xE9, 0x7D])
        try repository.write(
            "cases/people/large.yaml", [UInt8](repeating: 0x20, count: 65_537))
        let manager = FileManager.default
        for (link, target) in [
            ("cases/people/link.yaml", "/etc/passwd"), ("cases/bulk/link.ndjson", "list.ndjson"),
            ("cases/people/linkdir", "/etc"), ("cases/people/to.yaml", "ada.yaml"),
            (
                "cases/people/dee.events/20261122T000000000Z-00000000000000000000000000000002.yaml",
                "/etc/passwd"
            ),
        ] {
            try manager.createSymbolicLink(
                atPath: repository.path(link), withDestinationPath: target)
        }
        try repository.commit()
        return repository
    }

    @Test func `a run and a check find the same in a hostile tree`() throws {
        let repository = try hostile()
        let found = try check(repository)
        let report = try repository.run()
        // One fault a case is what a record keeps; the check goes on.
        let codes = Set(found.map(\.code))
        for code in [
            "CS001", "CS003", "CS007", "CS021", "CS024", "CS030", "CS031", "CS032", "CS033",
            "CS034", "CS035", "CS036", "CS037", "CS041", "CS044", "DOC001", "DOC002", "DOC003",
        ] {
            #expect(codes.contains(code), "the tree was to have a \(code)")
        }
        expectSame(found, report)
    }

    @Test func `the work tree and its commit give the same findings`() throws {
        let repository = try hostile()
        #expect(try checkWorkTree(repository) == check(repository))
        #expect(try check(repository).count > 40)
    }

    @Test func `a run and a check find the same in the example`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let repository = try TestRepository()
        for name in ["docket.yaml", "workflows", "rules", "forms", "vendors", "lists", "cases"] {
            try FileManager.default.copyItem(
                atPath: root.appendingPathComponent(name).path, toPath: repository.path(name))
        }
        try repository.commit()
        let found = try check(repository)
        #expect(
            found.filter { $0.level == .error }.map { "\($0)".prefix { $0 != " " } } == [
                "cases/onboarding/planted-broken-yaml.yaml:9:3:",
                "cases/onboarding/planted-documents-number.yaml:19:14:",
                "cases/onboarding/planted-duplicate-key.yaml:10:7:",
                "cases/onboarding/planted-unknown-workflow.yaml:2:11:",
            ])
        // A guard that cannot be evaluated over the data shows only when it is evaluated.
        expectSame(found, try repository.run(), except: ["RUN001"])
    }

    @Test func `a finding stands on all that clash, by case or by encoding`() throws {
        let found = try check(try hostile())
        func files(_ code: String) -> Set<String> {
            Set(found.filter { $0.code == code }.map { $0.file })
        }
        #expect(
            files("CS033").isSuperset(of: [
                "cases/people/Case.yaml", "cases/people/case.yaml", "cases/people/same.yaml",
                "cases/people/same.json", "cases/Dir", "cases/dir",
            ]))
        let lines = found.filter { $0.code == "CS033" && $0.file == "cases/bulk/list.ndjson" }
        #expect(lines.map { $0.position?.line } == [1, 3, 9, 10])
        let names = found.filter { $0.code == "CS030" }.map { Array($0.file.utf8) }
        #expect(names.contains(Array("cases/people/caf\u{E9}.yaml".utf8)))
        #expect(names.contains(Array("cases/people/cafe\u{301}.yaml".utf8)))
    }

    @Test func `a submodule is told, committed or not`() throws {
        let repository = try TestRepository(baseFiles)
        let inner = try TestRepository(["cases/a.yaml": "context: {}"])
        try FileManager.default.copyItem(
            atPath: inner.directory, toPath: repository.path("cases/people/sub.yaml"))
        try FileManager.default.copyItem(
            atPath: inner.directory, toPath: repository.path("workflows/sub"))
        try repository.commit()
        #expect(try repository.git("ls-tree", "HEAD", "cases/people/sub.yaml").hasPrefix("160000"))
        for found in [try check(repository), try checkWorkTree(repository)] {
            #expect(
                found.map { "\($0.code) \($0.file)" } == [
                    "CS031 cases/people/sub.yaml", "DEF001 workflows/sub",
                ])
        }
    }

    @Test func `a directory without files of its own that is a submodule is told`() throws {
        let repository = try TestRepository(baseFiles)
        let inner = try TestRepository(["cases/a.yaml": "context: {}"])
        try FileManager.default.copyItem(
            atPath: inner.directory, toPath: repository.path("cases/team"))
        try repository.commit()
        let found = try check(repository)
        #expect(found.map { "\($0.code) \($0.file)" } == ["CS031 cases/team"])
        expectSame(found, try repository.run())
    }

    @Test func `definitions behind filters, links and pointers are errors in both`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write("rules/pointer.yaml", Self.pointer)
        try repository.write("workflows/filtered.yaml", workflowFile)
        try repository.write(".gitattributes", "workflows/filtered.yaml filter=crypt\n")
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("workflows/link.yaml"), withDestinationPath: "/etc/passwd")
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("forms"), withDestinationPath: "/etc")
        try repository.commit()
        let found = try check(repository)
        let codes = Set(found.map { "\($0.code) \($0.file)" })
        #expect(
            codes.isSuperset(of: [
                "CS034 rules/pointer.yaml", "CS035 workflows/filtered.yaml",
                "DEF001 workflows/link.yaml", "DEF001 forms",
            ]))
        #expect(try checkWorkTree(repository) == found)
        do {
            try repository.run()
            Issue.record("the run went on")
        } catch RunError.definitions(let findings) {
            #expect(findings == found)
        }
    }

    @Test func `a directory of more than a thousand case files is warned about`() throws {
        let repository = try TestRepository(baseFiles)
        for number in 0...1000 {
            try repository.write("cases/people/many/c\(number).yaml", "context: {}")
        }
        let found = try checkWorkTree(repository)
        #expect(found.map(\.code) == ["CS043"])
        #expect(found.first?.level == .warning)
        #expect(found.first?.file == "cases/people/many")
        try repository.remove("cases/people/many/c0.yaml")
        #expect(try checkWorkTree(repository).isEmpty)
    }

    @Test func `a link in the place of cases is told, and withdraws nothing`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try FileManager.default.moveItem(
            atPath: repository.path("cases"), toPath: repository.path("moved"))
        try FileManager.default.createSymbolicLink(
            atPath: repository.path("cases"), withDestinationPath: "moved")
        try repository.commit()
        let found = try check(repository)
        #expect(found.map { "\($0.code) \($0.file)" } == ["CS031 cases"])
        let report = try repository.run(at: clock.plus(seconds: 1))
        #expect(report.withdrawn == 0 && report.hasNewFaults)
        expectSame(found, report)
        #expect(try !repository.run(at: clock.plus(seconds: 2)).hasNewFaults)
        try repository.remove("cases")
        try FileManager.default.moveItem(
            atPath: repository.path("moved"), toPath: repository.path("cases"))
        try repository.commit()
        let mended = try repository.run(at: clock.plus(seconds: 3))
        #expect(mended.faults.isEmpty && mended.withdrawn == 0)
    }

    @Test func `directories that clashed are read once they do not`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write("cases/people/Sub/ed.yaml", applicant("ed", score: 1))
        try repository.write("cases/people/sub/flo.yaml", applicant("flo", score: 1))
        try repository.commit()
        let report = try repository.run()
        #expect(report.faults.map(\.fault.code) == ["CS033", "CS033"])
        #expect(report.created == 3)
        try repository.git("mv", "cases/people/Sub", "cases/people/other")
        try repository.commit()
        let mended = try repository.run(at: clock.plus(seconds: 1))
        #expect(mended.faults.isEmpty)
        #expect(mended.created == 2)
    }

    @Test func `files of one id are faults until one of them is gone, whichever`() throws {
        for gone in ["same.yaml", "same.json"] {
            let repository = try TestRepository(baseFiles)
            try repository.write("cases/people/same.yaml", applicant("same", score: 1))
            try repository.write("cases/people/same.json", #"{"context": {}}"#)
            try repository.commit()
            #expect(try repository.run().faults.map(\.fault.code) == ["CS033", "CS033"])
            let again = try repository.run(at: clock.plus(seconds: 1))
            #expect(again.faults.count == 2 && !again.hasNewFaults)
            try repository.remove("cases/people/\(gone)")
            try repository.commit()
            let mended = try repository.run(at: clock.plus(seconds: 2))
            #expect(mended.faults.map(\.fault.code).filter { $0 == "CS033" } == [])
        }
    }

    @Test func `a bulk file that is wrong throughout says so a hundred times`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.write(
            "cases/bulk/list.ndjson", String(repeating: "{\"id\": 1\n", count: 300))
        let found = try checkWorkTree(repository)
        #expect(found.count == 101)
        #expect(found.contains { $0.code == "CS055" })
    }
}
