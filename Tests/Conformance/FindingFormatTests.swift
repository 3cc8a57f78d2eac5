import Documents
import Testing

@testable import DocketCommand

/// The four ways in which `docket check` shows findings.
@Suite struct FindingFormatTests {
    private static let findings = [
        Finding("CS031", .warning, "100 % of it", file: "cases/a,b:c.yaml"),
        Finding(
            "WF003", .error, "one line\nand \u{1B}[31m another", file: "workflows/kyb.yaml",
            at: Position(line: 7, column: 3)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `annotations escape what would end them`() {
        #expect(
            Self.text(GitHubFindings.text(Self.findings)) == """
                ::warning file=cases/a%2Cb%3Ac.yaml,title=CS031::100 %25 of it
                ::error file=workflows/kyb.yaml,line=7,col=3,title=WF003::one line%0Aand \u{1B}[31m another

                """)
    }

    @Test func `pretty output lets no control character through to a terminal`() {
        let text = Self.text(
            PrettyFindings().text(Self.findings, checked: CheckedFiles(definitions: 2, cases: 1)))
        #expect(!text.contains("\u{1B}"))
        #expect(
            text.contains(
                #"workflows/kyb.yaml:7:3: error: one line\u{a}and \u{1b}[31m another [WF003]"#))
        #expect(text.contains("Checked 2 definitions, 1 case, 0 event files: 1 error, 1 warning."))
        let coloured = PrettyFindings(isColoured: true)
        #expect(
            Self.text(coloured.text(Self.findings, checked: CheckedFiles())).contains(
                "\u{1B}[1;31m"))
    }

    @Test func `JSON and SARIF are documents with a result for each finding`() throws {
        let arena = Arena()
        var parser = JSONParser()
        let json = try parser.parse(
            JSONFindings.text(Self.findings, checked: CheckedFiles()), into: arena)
        #expect(json["findings"]?.count == 2)
        #expect(json["summary"]?["errors"]?.integer == 1)
        #expect(json["findings"]?[1]?["line"]?.integer == 7)
        let log = try parser.parse(SARIFFindings.text(Self.findings), into: arena)
        #expect(log["version"]?.string == "2.1.0")
        let results = log["runs"]?[0]?["results"]
        #expect(results?.count == 2)
        #expect(results?[0]?["level"]?.string == "warning")
        let location = results?[0]?["locations"]?[0]?["physicalLocation"]
        #expect(location?["artifactLocation"]?["uri"]?.string == "cases/a%2Cb%3Ac.yaml")
        #expect(location?["region"] == nil)
        withExtendedLifetime(arena) {}
    }
}
