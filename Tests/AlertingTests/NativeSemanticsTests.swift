import Definitions
import Documents
import Testing

@testable import Alerting

/// Where `semantics: docket` does what a rule's description says and Ballerine's query does not.
@Suite struct NativeSemanticsTests {
    @Test func `sums of cents are exact`() throws {
        var made = Transactions()
        for _ in 0..<3 { made.add("a", "b", "0.1", at: "2026-11-22T09:00:00Z") }
        let options = """
            {"groupBy":["counterpartyBeneficiaryId"],"timeAmount":1,"timeUnit":"days",\
            "amountThreshold":0.3}
            """
        let store = try made.store()
        #expect(try rows(.dynamicRules, options, store).isEmpty)
        #expect(try rows(.dynamicRules, options, store, .ballerine).count == 1)
        let lower = options.replacing("0.3", with: "0.29")
        #expect(
            try rows(.dynamicRules, lower, store) == [
                #"{"counterpartyId":"b","counterpartyBeneficiaryId":"b","totalAmount":0.3,"#
                    + #""transactionCount":3}"#
            ])
    }

    @Test func `AVG, MIN and MAX have a threshold`() throws {
        var made = Transactions()
        for amount in ["10", "30"] { made.add("a", "b", amount, at: "2026-11-22T09:00:00Z") }
        let store = try made.store()
        func count(_ aggregate: String, _ threshold: Int, _ upstream: Bool = false) throws -> Int {
            try rows(
                .dynamicRules,
                """
                {"groupBy":["counterpartyBeneficiaryId"],"timeAmount":1,"timeUnit":"days",\
                "havingAggregate":"\(aggregate)","amountThreshold":\(threshold)}
                """, store, upstream ? .ballerine : .docket
            ).count
        }
        #expect(try count("AVG", 20) == 0 && count("AVG", 19) == 1)
        #expect(try count("MIN", 10) == 0 && count("MIN", 9) == 1)
        #expect(try count("MAX", 30) == 0 && count("MAX", 29) == 1)
        #expect(try count("AVG", 1000, true) == 1)
    }

    @Test func `counterparties are left out by their own id`() throws {
        var made = Transactions()
        made.add("card-1", "bank", "10", at: "2026-11-22T09:00:00Z")
        made.add("card-1", "shop", "10", at: "2026-11-22T09:00:00Z")
        let options = """
            {"groupBy":["counterpartyBeneficiaryId"],"timeAmount":1,"timeUnit":"days",\
            "amountThreshold":1,"excludedCounterparty":{"counterpartyBeneficiaryIds":["ba%"]}}
            """
        let found = try rows(.dynamicRules, options, try made.store())
        #expect(found.count == 1 && found[0].contains("shop"))
    }

    @Test func `an account is dormant only when the whole period passed`() throws {
        var made = Transactions()
        // Two days apart, either side of the window's start.
        made.add("a", "short", "1", at: "2026-05-24T10:00:00Z")
        made.add("a", "short", "1", at: "2026-05-27T10:00:00Z")
        made.add("a", "long", "1", at: "2025-11-01T10:00:00Z")
        made.add("a", "long", "1", at: "2026-11-22T10:00:00Z")
        made.add("a", "long", "1", at: "2026-11-22T11:00:00Z")
        let store = try made.store()
        let options = #"{"timeAmount":180,"timeUnit":"days"}"#
        let native = try rows(.dormant, options, store)
        #expect(native.count == 1 && native[0].contains("long"))
        let upstream = try rows(.dormant, options, store, .ballerine)
        #expect(upstream.count == 1 && upstream[0].contains("short"))
    }

    @Test func `the average's trigger is one of the transactions it is of`() throws {
        var made = Transactions()
        for _ in 0..<3 { made.add("a", "b", "100", at: "2026-11-22T09:00:00Z") }
        made.add("a", "b", "9000", at: "2026-11-22T09:00:00Z", direction: "outbound")
        let options = """
            {"transactionDirection":"inbound","paymentMethod":{"value":"credit_card","operator":"="},\
            "minimumCount":2,"minimumTransactionAmount":50,"transactionFactor":2}
            """
        let store = try made.store()
        #expect(try rows(.average, options, store).isEmpty)
        #expect(try rows(.average, options, store, .ballerine).count == 1)
    }

    @Test func `peers are all merchants of the customer type`() throws {
        var made = Transactions()
        made.business("big", "retail")
        made.business("small", "retail")
        for _ in 0..<3 {
            made.add("a", "big", "1000", at: "2026-11-22T09:00:00Z")
            made.add("a", "small", "10", at: "2026-11-22T09:00:00Z")
        }
        let options = """
            {"transactionDirection":"inbound","paymentMethod":{"value":"credit_card","operator":"="},\
            "minimumCount":2,"minimumTransactionAmount":5,"transactionFactor":1.5,\
            "customerType":"retail"}
            """
        let found = try rows(.average, options, try made.store())
        #expect(found == [#"{"counterpartyId":"big"}"#])
    }

    @Test func `velocity is held against periods of the same length`() throws {
        var made = Transactions()
        // One a day for 27 days, and six in the last three.
        for day in 1...27 {
            made.add("a", "b", "1", at: "2026-10-\(day < 10 ? "0" : "")\(day)T09:00:00Z")
        }
        for hour in 1...6 { made.add("a", "b", "1", at: "2026-11-22T0\(hour):00:00Z") }
        func count(_ factor: String) throws -> Int {
            try rows(
                .velocity,
                """
                {"transactionDirection":"inbound",\
                "paymentMethod":{"value":"credit_card","operator":"="},"minimumCount":3,\
                "transactionFactor":\(factor),"activeUserPeriod":{"timeAmount":60},\
                "lastDaysPeriod":{"timeAmount":3},"timeUnit":"days"}
                """, try made.store()
            ).count
        }
        // 27 in 57 days are 1.42 in three; six are 4.2 times that.
        #expect(try count("4.2") == 1)
        #expect(try count("4.3") == 0)
    }

    @Test func `a merchant that matches one pattern is left out`() throws {
        var made = Transactions()
        for shop in ["m1", "m2", "m3"] {
            made.add("4111****1111", shop, "1", at: "2026-11-22T09:00:00Z")
        }
        let options = """
            {"minimumCount":2,"excludedCounterparty":{"counterpartyBeneficiaryIds":["m1","x%"],\
            "counterpartyOriginatorIds":[]}}
            """
        let store = try made.store()
        #expect(try rows(.manyMerchants, options, store).isEmpty)
        #expect(try rows(.manyMerchants, options, store, .ballerine).count == 1)
    }

    @Test func `sums of a business by brand`() throws {
        var made = Transactions()
        made.business("shop", "retail")
        made.add(
            "a", "shop", "6000", at: "2026-11-22T09:00:00Z", type: "refund",
            more: #","cardBrand":"visa""#)
        made.add(
            "a", "shop", "10", at: "2026-11-22T09:00:00Z", type: "refund",
            more: #","cardBrand":"dash""#)
        let options = """
            {"transactionType":["refund"],"timeAmount":7,"timeUnit":"days","isPerBrand":true}
            """
        let store = try made.store()
        #expect(
            try rows(.customersType, options, store) == [
                #"{"counterpartyId":"shop","cardBrand":"visa","totalAmount":6000,"#
                    + #""transactionCount":1}"#
            ])
        #expect(throws: AlertError.self) {
            try rows(.customersType, options, store, .ballerine)
        }
    }

    @Test func `hours reach back from the clock, days from midnight`() throws {
        var made = Transactions()
        made.add("a", "b", "10", at: "2026-11-22T12:00:00Z")
        let store = try made.store()
        func count(_ amount: Int, _ unit: String) throws -> Int {
            try rows(
                .dynamicRules,
                """
                {"groupBy":["counterpartyBeneficiaryId"],"timeAmount":\(amount),\
                "timeUnit":"\(unit)","amountThreshold":1}
                """, store
            ).count
        }
        #expect(try count(3, "hours") == 0)
        #expect(try count(4, "hours") == 1)
        #expect(try count(0, "days") == 1)
    }
}
