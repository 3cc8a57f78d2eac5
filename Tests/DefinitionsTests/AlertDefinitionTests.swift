import Definitions
import Documents
import Testing

/// What a catalog finds in alert rules that are nearly right, or wrong throughout.
@Suite struct AlertDefinitionTests {
    private func findings(_ alerts: String) -> [Finding] {
        let files = [
            ("docket.yaml", "docket: 1\nproject: t\n"),
            ("rules/a.yaml", "docket: 1\nalerts:\n\(alerts)"),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        return Catalog(loading: files).findings
    }

    private func codes(_ alerts: String) -> [String] { findings(alerts).map(\.code) }

    private static let dormant =
        "  - {id: d, fnName: evaluateDormantAccount, options: {timeAmount: 180, timeUnit: days}}\n"

    @Test func `a sound rule has no findings and is read whole`() throws {
        let text = """
              - id: d
                description: Long silence
                enabled: false
                defaultSeverity: critical
                fnName: evaluateDormantAccount
                options: {timeAmount: 180, timeUnit: days}
                dedupeStrategy: {mute: true}
                timezone: "-03:30"
                projectId: p
            """
        let files = [
            ("docket.yaml", "docket: 1\nproject: t\n"),
            ("rules/a.yaml", "docket: 1\nalerts:\n\(text)"),
        ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) }
        let catalog = Catalog(loading: files)
        #expect(catalog.findings.isEmpty, "\(catalog.findings)")
        let rule = try #require(catalog.alertRules.first)
        #expect(rule.severity == .critical && !rule.isEnabled && rule.offsetMinutes == -210)
        #expect(rule.subjects == ["counterpartyId"] && rule.semantics == .docket)
        #expect(rule.dedupe == AlertDedupe(isMuted: true, cooldownMinutes: nil))
        #expect(rule.reference == "rules/a.yaml#d" && rule.location == "rules/a.yaml:3")
    }

    @Test func `each mistake has its code and place`() {
        #expect(codes("  - {description: none}\n") == ["AL001"])
        #expect(codes("  - {id: a/b, sql: x}\n") == ["AL001"])
        #expect(codes(Self.dormant + Self.dormant) == ["AL002"])
        #expect(codes(Self.dormant.replacing("id: d", with: "id: d, severety: low")) == ["AL003"])
        #expect(codes(Self.dormant.replacing("id: d", with: "id: d, enabled: 1")) == ["AL004"])
        #expect(codes("  - {id: d, fnName: evaluateDormant}\n") == ["AL005"])
        #expect(codes(Self.dormant.replacing("days", with: "fortnights")) == ["AL006"])
        #expect(codes(Self.dormant.replacing("timeAmount: 180, ", with: "")) == ["AL006"])
        #expect(codes(Self.dormant.replacing("timeUnit", with: "unit: x, timeUnit")) == ["AL007"])
        #expect(
            codes(
                "  - {id: g, fnName: evaluateTransactionsAgainstDynamicRules, options: "
                    + "{timeAmount: 1, timeUnit: days, amountThreshold: 1, groupBy: [counterparty]}}\n"
            ) == ["AL008"])
        #expect(
            codes(Self.dormant.replacing("id: d", with: "id: d, subjects: [case]")) == ["AL009"])
        #expect(
            codes(Self.dormant.replacing("id: d", with: "id: d, opens: {workflow: w}"))
                == ["AL010"])
        #expect(codes("  - {id: q, sql: SELECT 1, columns: [n]}\n") == ["AL009"])
        #expect(
            codes(Self.dormant.replacing("id: d", with: "id: d, timezone: Europe/Paris"))
                == ["AL006"])
    }

    @Test func `what Ballerine lets pass is a warning under its semantics`() {
        let rule = Self.dormant.replacing("id: d", with: "id: d, semantics: ballerine")
            .replacing("timeAmount: 180, ", with: "")
        let found = findings(rule)
        #expect(found.map(\.code) == ["AL006"] && found.first?.level == .warning)
        #expect(found.first?.position?.line == 3)
    }
}
