import Casework
import Documents
import Testing

// The suite lies outside the repository; where it is absent these tests skip.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct WorkflowConformanceTests {
    /// Deviations besides vendor kinds, by name, each with its reason.
    static let deviations: [String: String] = [:]

    @Test func `simulate reaches the states that Ballerine's engine reaches`() throws {
        let suite = try BallerineWorkflows()
        var (passed, later, deviating) = (0, 0, 0)
        for test in suite.cases {
            let name = test["name"]?.string ?? ""
            let answer = Simulation.run(suite.request(test), in: suite.arena)
            let difference = suite.difference(answer, test)
            guard let difference else {
                passed += 1
                #expect(Self.deviations[name] == nil, "\(name) passes now: take it off the list")
                continue
            }
            if Self.deviations[name] != nil {
                deviating += 1
            } else {
                Issue.record("\(name): \(difference)")
            }
        }
        #expect(suite.cases.count == 318)
        // The rest runs a vendor kind, or starts a child, of the next issue. When some of those pass,
        // or one that passed does not, these numbers say so.
        #expect(later == 62)
        #expect(deviating == Self.deviations.count)
        #expect(passed == 318 - later - deviating)
        withExtendedLifetime(suite) {}
    }
}
