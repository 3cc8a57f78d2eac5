import Documents
import Testing

@testable import Alerting

@Suite struct AlertClockTests {
    private func start(_ now: String, _ amount: Double, _ unit: String) throws -> String {
        let clock = AlertClock(now: try #require(Instant(parsing: now)))
        return try clock.windowStart(amount, unit).description
    }

    @Test func `a window begins at midnight less its amount`() throws {
        let now = "2024-10-24T15:30:00Z"
        #expect(try start(now, 7, "days") == "2024-10-17T00:00:00Z")
        #expect(try start(now, 3, "hours") == "2024-10-23T21:00:00Z")
        #expect(try start(now, 0, "days") == "2024-10-24T00:00:00Z")
        #expect(try start(now, -2, "days") == "2024-10-26T00:00:00Z")
        #expect(try start(now, 1.5, "days") == "2024-10-22T12:00:00Z")
        #expect(try start(now, 2, "weeks") == "2024-10-10T00:00:00Z")
        #expect(try start(now, 90, "minutes") == "2024-10-23T22:30:00Z")
    }

    @Test func `months and years are clamped to the month's last day`() throws {
        #expect(try start("2024-03-31T10:00:00Z", 1, "months") == "2024-02-29T00:00:00Z")
        #expect(try start("2023-03-31T10:00:00Z", 1, "months") == "2023-02-28T00:00:00Z")
        #expect(try start("2024-02-29T10:00:00Z", 1, "years") == "2023-02-28T00:00:00Z")
        #expect(try start("2024-01-15T10:00:00Z", 13, "months") == "2022-12-15T00:00:00Z")
    }

    @Test func `date setters run over instead`() throws {
        func start(_ now: String, _ amount: Double, _ unit: String) throws -> String {
            let clock = AlertClock(now: try #require(Instant(parsing: now)))
            return try clock.setterStart(amount, unit).description
        }
        #expect(try start("2024-03-31T10:00:00Z", 1, "months") == "2024-03-02T00:00:00Z")
        #expect(try start("2024-02-29T10:00:00Z", 1, "years") == "2023-03-01T00:00:00Z")
        #expect(try start("2024-10-24T15:30:00Z", 1, "days") == "2024-10-23T00:00:00Z")
        #expect(try start("2024-10-24T15:30:00Z", 2, "hours") == "2024-10-24T00:00:00Z")
        #expect(try start("2024-10-24T15:30:00Z", 16, "hours") == "2024-10-23T00:00:00Z")
        #expect(throws: AlertError.self) { try start("2024-10-24T15:30:00Z", 1, "fortnights") }
    }

    @Test func `a rule's day may begin elsewhere`() throws {
        let now = try #require(Instant(parsing: "2024-10-24T23:30:00Z"))
        let clock = AlertClock(now: now, offsetMinutes: 120)
        #expect(try clock.windowStart(1, "days").description == "2024-10-23T22:00:00Z")
    }
}
