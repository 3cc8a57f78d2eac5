import Definitions
import Documents
import Testing

/// `vendors` of `docket.yaml`: what is read, and what is found wrong.
@Suite struct VendorSettingsTests {
    private func load(_ vendors: String) -> Catalog {
        let lines = vendors.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        return Catalog(
            loading: [
                ("docket.yaml", "docket: 1\nproject: test\nvendors:\n" + lines + "\n"),
                ("vendors/v.yaml", "answers: []"),
            ].map { RepositoryFile(path: $0.0, bytes: Array($0.1.utf8)) })
    }

    private func codes(_ vendors: String) -> [String] {
        load(vendors).findings.map(\.code)
    }

    private func http(_ reach: VendorReach?) -> HTTPVendorSettings? {
        if case .http(let settings)? = reach { settings } else { nil }
    }

    @Test func `a vendor over HTTP has what is written, and defaults`() throws {
        let catalog = load(
            """
            v:
              kind: http
              description: Screening
              hosts: [screening.example.com, "*.example.org", "localhost:8443"]
              concurrency: 50
              ratePerSecond: 0.5
              timeoutSeconds: 10
              connectTimeoutSeconds: 2.5
              retries: 3
              backoffSeconds: 1
              maxRetryAfterSeconds: 60
              breaker: {failures: 5, seconds: 10}
              idempotent: true
              maxResponseBytes: 2048
              allowPrivate: true
              allowPlaintext: true
              trustRoots: /etc/docket/roots.pem
              secrets: [SCREENING_KEY]
              resultDestination: pluginsOutput.screening
            """)
        #expect(catalog.findings == [])
        let vendor = try #require(catalog.settings.vendors.first)
        #expect(vendor.name == "v" && vendor.resultDestination == "pluginsOutput.screening")
        let settings = try #require(http(vendor.reach))
        #expect(settings.hosts == ["screening.example.com", "*.example.org", "localhost:8443"])
        #expect(settings.concurrency == 50 && settings.ratePerSecond == 0.5)
        #expect(settings.timeoutSeconds == 10 && settings.connectTimeoutSeconds == 2.5)
        #expect(settings.retries == 3 && settings.backoffSeconds == 1)
        #expect(settings.maxRetryAfterSeconds == 60)
        #expect(settings.breakerFailures == 5 && settings.breakerSeconds == 10)
        #expect(settings.idempotent && settings.allowPrivate && settings.allowPlaintext)
        #expect(settings.maxResponseBytes == 2048 && settings.secrets == ["SCREENING_KEY"])
        #expect(settings.trustRoots == "/etc/docket/roots.pem")
        let plain = try #require(
            http(load("v: {kind: http, hosts: [a.example.com]}").settings.vendors.first?.reach))
        #expect(plain.concurrency == 20 && plain.ratePerSecond == nil && plain.retries == 2)
        #expect(plain.timeoutSeconds == 30 && plain.maxResponseBytes == 1_048_576)
        #expect(!plain.idempotent && !plain.allowPrivate && !plain.allowPlaintext)
    }

    @Test func `an environment changes what it names, or stands alone with a kind`() throws {
        let catalog = load(
            """
            v:
              kind: http
              hosts: [screening.example.com]
              retries: 5
              secrets: [KEY]
              environments:
                staging: {hosts: [staging.example.com], secrets: []}
                test: {kind: recorded, answers: vendors/v.yaml}
                local: {kind: external, program: screener}
            """)
        #expect(catalog.findings == [])
        let vendor = try #require(catalog.settings.vendors.first)
        #expect(http(vendor.reach(in: "production"))?.hosts == ["screening.example.com"])
        let staging = try #require(http(vendor.reach(in: "staging")))
        #expect(staging.hosts == ["staging.example.com"] && staging.retries == 5)
        #expect(staging.secrets == [])
        guard case .recorded("vendors/v.yaml") = vendor.reach(in: "test") else {
            Issue.record("not recorded")
            return
        }
        guard case .external(let external) = vendor.reach(in: "local") else {
            Issue.record("not external")
            return
        }
        #expect(external.program == "screener")
    }

    @Test(arguments: [
        ["v: {kind: smtp}", "CFG010"], ["v: {hosts: [a.example.com]}", "CFG010"],
        ["v: {kind: recorded}", "CFG012"], ["v: {kind: external}", "CFG012"],
        ["v: {kind: recorded, answers: vendors/w.yaml}", "CFG011"],
        ["v: {kind: http}", "CFG020"], ["v: {kind: http, hosts: []}", "CFG020"],
        ["v: {kind: http, hosts: [\"https://a.example.com\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"a.example.com/x\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"user@a.example.com\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"*\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"*.com\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"a.*.com\"]}", "CFG021"],
        ["v: {kind: http, hosts: [\"a.example.com:0\"]}", "CFG021"],
        ["v: {kind: http, hosts: [bücher.example]}", "CFG021"],
        ["v: {kind: http, hosts: [a], concurrency: 0}", "CFG022"],
        ["v: {kind: http, hosts: [a], concurrency: 1001}", "CFG022"],
        ["v: {kind: http, hosts: [a], concurrency: 1.5}", "CFG022"],
        ["v: {kind: http, hosts: [a], ratePerSecond: 0}", "CFG022"],
        ["v: {kind: http, hosts: [a], timeoutSeconds: 601}", "CFG022"],
        ["v: {kind: http, hosts: [a], connectTimeoutSeconds: 0}", "CFG022"],
        ["v: {kind: http, hosts: [a], retries: -1}", "CFG022"],
        ["v: {kind: http, hosts: [a], retries: 11}", "CFG022"],
        ["v: {kind: http, hosts: [a], maxResponseBytes: 1e12}", "CFG022"],
        ["v: {kind: http, hosts: [a], breaker: {failures: 0}}", "CFG022"],
        ["v: {kind: http, hosts: [a], secrets: {KEY: value}}", "CFG023"],
        ["v: {kind: http, hosts: [a], secrets: KEY}", "CFG023"],
        ["v: {kind: http, hosts: [a], secrets: [\"KEY=value\"]}", "CFG023"],
        ["v: {kind: external, program: p, secrets: [{KEY: v}]}", "CFG023"],
        ["v: {kind: http, hosts: [a], trustRoots: certificates/root.pem}", "CFG024"],
        ["v: {kind: http, hosts: [a], retries: many}", "CFG006"],
        ["v: {kind: http, hosts: a}", "CFG006"],
        ["v: {kind: http, hosts: [a], breaker: 3}", "CFG006"],
        ["v: recorded", "CFG006"], ["v: {kind: http, hosts: [a], environments: {t: x}}", "CFG006"],
        ["v: {kind: http, hosts: [a], timeout: 3}", "CFG002"],
        ["v: {kind: recorded, answers: vendors/v.yaml, hosts: [a]}", "CFG002"],
        ["v: {kind: http, hosts: [a], environments: {t: {environments: {}}}}", "CFG002"],
        ["v: {kind: http, hosts: [a], environments: {t: {kind: http}}}", "CFG020"],
        ["v: {kind: http, hosts: [a], environments: {t: {retries: 99}}}", "CFG022"],
        [
            "v: {kind: http, hosts: [a], environments: {t: {kind: recorded, answers: no.yaml}}}",
            "CFG011",
        ],
    ])
    func `what is wrong with a vendor is found`(pair: [String]) {
        #expect(codes(pair[0]).contains(pair[1]), "\(pair[0]) \(codes(pair[0]))")
    }

    @Test func `a finding does not repeat what might be a secret`() {
        let findings = load("v: {kind: http, hosts: [a.b], secrets: {KEY: topsecret}}").findings
        #expect(findings.map(\.code) == ["CFG023"])
        #expect(!(findings.first?.message.contains("topsecret") ?? true))
        #expect(findings.first?.position == Position(line: 4, column: 42))
    }
}
