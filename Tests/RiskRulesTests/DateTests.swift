import Documents
import Testing

@testable import RiskRules

private func isRecent(_ date: String, years: String, at now: String) throws -> Bool {
    try holds("d", "LAST_YEAR", "{\"years\":\(years)}", on: "{\"d\":\"\(date)\"}", at: now)
}

private func date(_ text: String) -> String? {
    let arena = Arena()
    return ECMAScriptDate.parse(arena.text(text)).map(\.withMilliseconds)
}

@Suite struct DateTests {
    @Test func `the boundary of LAST_YEAR is the run's clock to the millisecond`() throws {
        let now = "2026-11-22T02:00:00.000Z"
        #expect(try isRecent("2025-11-22T02:00:00.000Z", years: "1", at: now))
        #expect(try !isRecent("2025-11-22T01:59:59.999Z", years: "1", at: now))
        #expect(try !isRecent("2025-11-22", years: "1", at: now))
        #expect(try isRecent("2025-11-23", years: "1", at: now))
        #expect(try isRecent("2999-01-01", years: "1", at: now))
        #expect(try isRecent("2016-11-22T02:00:00Z", years: "10", at: now))
    }

    @Test func `a year before a leap day is the first of March`() throws {
        let now = "2024-02-29T12:00:00Z"
        #expect(try !isRecent("2023-03-01T11:59:59.999Z", years: "1", at: now))
        #expect(try isRecent("2023-03-01T12:00:00Z", years: "1", at: now))
        #expect(try isRecent("2020-02-29T12:00:00Z", years: "4", at: now))
        #expect(try !isRecent("2020-02-29T11:59:59Z", years: "4", at: now))
    }

    @Test func `offsets count, and a time without one is in UTC`() throws {
        let now = "2026-11-22T02:00:00Z"
        #expect(try isRecent("2025-11-22T03:00:00+01:00", years: "1", at: now))
        #expect(try !isRecent("2025-11-22T02:59:59+01:00", years: "1", at: now))
        #expect(try isRecent("2025-11-21T18:00:00-08:00", years: "1", at: now))
        #expect(try isRecent("2025-11-22T02:00:00", years: "1", at: now))
        #expect(try !isRecent("2025-11-22T01:59:59", years: "1", at: now))
    }

    @Test func `part of a year rounds up to a whole one and endless years hold for nothing`() throws
    {
        let now = "2026-11-22T02:00:00Z"
        #expect(try isRecent("2025-12-01", years: "0.5", at: now))
        #expect(try !isRecent("2025-11-01", years: "0.5", at: now))
        #expect(try !isRecent("2025-12-01", years: "1e300", at: now))
    }

    @Test func `numbers and arrays are no dates`() throws {
        let rules =
            #"{"operator":"and","rules":[{"key":"d","operator":"LAST_YEAR","value":{"years":1}}]}"#
        let number = try Answer(rules, on: #"{"d":2025}"#)
        #expect(
            number.results[0].message
                == "Validation failed for 'LAST_YEAR', message: Unsupported data type number")
        #expect(try Answer(rules, on: #"{"d":[]}"#).statuses == ["FAILED"])
    }

    /// Answers of V8 with TZ=UTC.
    @Test(arguments: DateVectors.all)
    func `date texts are read as ECMAScript engines read them`(
        text: String, expected: String?
    ) {
        #expect(date(text) == expected)
    }
}
