import Documents
import Testing

@Suite struct ScaledDecimalTests {
    private let arena = Arena()

    private func decimal(_ text: String) -> ScaledDecimal? {
        var parser = JSONParser()
        return (try? parser.parse(Array(text.utf8), into: arena)).flatMap { ScaledDecimal($0) }
    }

    private func spelled(_ decimal: ScaledDecimal?) -> String? {
        decimal.map { JSONWriter.line($0.value(in: arena)) }
    }

    @Test func `numbers are read exactly and spelled without an exponent`() {
        let pairs = [
            ("0", "0"), ("-0.00", "0"), ("12", "12"), ("-1.50", "-1.5"), ("0.000001", "0.000001"),
            ("1e3", "1000"), ("1.25E+1", "12.5"), ("-25e-3", "-0.025"), ("0e99999999999", "0"),
            ("123456789012345678901234567890123456", "123456789012345678901234567890123456"),
            ("0.123456789012345678901234567890123456", "0.123456789012345678901234567890123456"),
            ("1.00000000000000000000000000000000000", "1"),
        ]
        for (text, expected) in pairs { #expect(spelled(decimal(text)) == expected, "\(text)") }
    }

    @Test func `numbers that are too long are refused`() {
        for text in [
            "1234567890123456789012345678901234567", "1e36", "1e-37", "1e400", "1e-99999999999",
            "\"5\"", "null",
        ] {
            #expect(decimal(text) == nil, "\(text)")
        }
        #expect(ScaledDecimal(.number(.nan)) == nil)
        #expect(ScaledDecimal(.number(-.infinity)) == nil)
        #expect(spelled(ScaledDecimal(.number(0.1))) == "0.1")
        #expect(ScaledDecimal(.integer(1000), digits: 3) == nil)
        #expect(ScaledDecimal(.integer(-999), digits: 3)?.units == -999)
        #expect(ScaledDecimal(.number(0.125), places: 2) == nil)
    }

    @Test func `units are rounded half to even, or down`() {
        let rows: [(String, Int128, Int128)] = [
            ("0.5", 0, 0), ("1.5", 2, 1), ("2.5", 2, 2), ("-0.5", 0, -1), ("-1.5", -2, -2),
            ("2.51", 3, 2), ("-2.49", -2, -3), ("7", 7, 7), ("-7", -7, -7),
        ]
        for (text, rounded, floored) in rows {
            #expect(decimal(text)?.units(roundedAt: 0) == rounded, "\(text)")
            #expect(decimal(text)?.units(flooredAt: 0) == floored, "\(text)")
        }
        #expect(decimal("1.5")?.units(at: 3) == 1500)
        #expect(decimal("1.5")?.units(roundedAt: 3) == 1500)
        #expect(decimal("123456789012345678901234567890123456")?.units(at: 6) == nil)
    }

    @Test func `products are exact or nothing`() throws {
        let tenth = try #require(decimal("0.1"))
        #expect(spelled(tenth.times(try #require(decimal("-30.5")))) == "-3.05")
        let large = try #require(decimal("123456789012345678901234567890"))
        #expect(large.times(large) == nil)
    }
}
