import Statecharts
import Testing

@Suite struct DelayTests {
    @Test(arguments: [
        ("1000", 1000), ("0", 0), ("P30D", 30 * 86_400_000), ("PT1H30M", 5_400_000),
        ("7 days", 7 * 86_400_000), ("1 day", 86_400_000), ("2h", 7_200_000), ("P1W", 604_800_000),
        ("PT0.5S", 500), ("P1DT12H", 129_600_000), ("250ms", 250), ("P1Y", 365 * 86_400_000),
    ])
    func `delays are numbers, ISO durations and words`(text: String, expected: Int) {
        #expect(Delay.milliseconds(text) == expected)
    }

    @Test(arguments: [
        "", "P", "PT", "P1", "PT1D", "P1H", "-5", "soon", "1 fortnight", "P1M1Y", "1e9", "7d days",
        "P1DT",
    ])
    func `anything else is no delay`(text: String) {
        #expect(Delay.milliseconds(text) == nil)
    }
}
