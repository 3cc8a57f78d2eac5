import Documents
import RiskRules
import Testing

@Suite struct TimeZoneTests {
    /// Whether a date is within so many years, for a rule with a zone of its own or a default.
    private func isRecent(
        _ date: String, at now: String, years: String = "1", zone: String? = nil,
        default: ZoneOffset = .utc
    ) throws -> Bool {
        let own = zone.map { #","timeZone":"\#($0)""# } ?? ""
        let rule = #"{"key":"d","operator":"LAST_YEAR","value":{"years":\#(years)\#(own)}}"#
        return try Answer(
            #"{"operator":"and","rules":[\#(rule)]}"#, on: #"{"d":"\#(date)"}"#, at: now,
            zone: `default`
        ).passed
    }

    @Test(arguments: [
        // 29 February becomes 1 March in a year that has none.
        ("2023-03-01", "2024-02-29T00:00:00Z", true),
        ("2023-02-28", "2024-02-29T00:00:00Z", false),
        ("2024-02-29", "2025-02-28T00:00:00Z", true),
        ("2024-02-29", "2025-03-01T00:00:00Z", false),
        ("2024-02-28", "2025-02-28T00:00:00Z", true),
        // Month ends and year edges.
        ("2025-10-31", "2026-10-31T00:00:00Z", true),
        ("2025-10-30", "2026-10-31T00:00:00Z", false),
        ("2024-12-31", "2025-12-31T23:59:59.999Z", false),
        ("2025-01-01", "2025-12-31T23:59:59.999Z", true),
        ("2025-01-01", "2026-01-01T00:00:00Z", true),
        ("2025-01-01", "2026-01-01T00:00:00.001Z", false),
        // A date to come is not a year old either.
        ("2030-01-01", "2026-01-01T00:00:00Z", true),
    ])
    func `a year ends a calendar year later, to the millisecond`(
        date: String, now: String, holds: Bool
    ) throws {
        #expect(try isRecent(date, at: now) == holds)
    }

    @Test func `four years after a leap day is a leap day`() throws {
        #expect(try isRecent("2020-02-29", at: "2024-02-29T00:00:00Z", years: "4"))
        #expect(try !isRecent("2020-02-28", at: "2024-02-29T00:00:00Z", years: "4"))
        // 1900 was no leap year, 2000 was.
        #expect(try isRecent("1900-03-01", at: "2000-02-29T00:00:00Z", years: "100"))
    }

    @Test func `a date stands in the zone of the rule`() throws {
        // Midnight of 1 January in +02:00 is 22:00 of the day before in UTC.
        let now = "2025-12-31T22:00:00Z"
        #expect(try isRecent("2025-01-01", at: now, zone: "+02:00"))
        #expect(try !isRecent("2025-01-01", at: "2025-12-31T22:00:00.001Z", zone: "+02:00"))
        #expect(try isRecent("2025-01-01", at: "2025-12-31T22:00:00.001Z", zone: "UTC"))
        #expect(try isRecent("2025-01-01", at: "2026-01-01T05:30:00Z", zone: "-0530"))
        #expect(try !isRecent("2025-01-01", at: "2026-01-01T05:30:00.001Z", zone: "-0530"))
    }

    @Test func `leap days are those of the zone`() throws {
        // In UTC it is still 28 February, in +14:00 already the 29th, which became 1 March 2023.
        let now = "2024-02-28T12:00:00Z"
        #expect(try isRecent("2023-02-28T23:00:00+14:00", at: now, zone: "UTC") == false)
        #expect(try isRecent("2023-02-28T20:00:00Z", at: now, zone: "UTC"))
        #expect(try !isRecent("2023-02-28T11:59:59Z", at: now, zone: "+14:00"))
        #expect(try isRecent("2023-02-28T12:00:00Z", at: now, zone: "+14:00"))
    }

    @Test func `a text with an offset of its own keeps it`() throws {
        #expect(try isRecent("2025-01-01T00:00:00Z", at: "2026-01-01T00:00:00Z", zone: "+02:00"))
        #expect(try isRecent("2025-01-01T00:00:00+01:00", at: "2025-12-31T23:00:00Z"))
        #expect(try !isRecent("2025-01-01T00:00:00+01:00", at: "2025-12-31T23:00:00.001Z"))
        #expect(try isRecent("2025-01-01T00:00:00", at: "2025-12-31T22:00:00Z", zone: "+02:00"))
    }

    @Test func `the repository's zone holds where a rule has none`() throws {
        let zone = try #require(ZoneOffset(Text("+02:00")))
        let now = "2025-12-31T22:00:00.001Z"
        #expect(try !isRecent("2025-01-01", at: now, default: zone))
        #expect(try isRecent("2025-01-01", at: now, zone: "UTC", default: zone))
    }

    @Test func `names of zones and what is no offset are refused`() throws {
        for zone in ["Europe/Vienna", "CET", "+25:00", "+1:00", "+01:60", "01:00", "", "+14:01"] {
            let rule =
                #"{"key":"d","operator":"LAST_YEAR","value":{"years":1,"timeZone":"\#(zone)"}}"#
            let answer = try Answer(#"{"operator":"and","rules":[\#(rule)]}"#)
            #expect(answer.codes == ["RR028"], "\(zone)")
        }
    }
}
