public import Documents

/// A rule that was raised, with what made it so.
public struct RaisedRule: BitwiseCopyable, @unchecked Sendable {
    let pointer: UnsafePointer<RiskRule>
    /// The results of its conditions.
    public let outcome: RuleSetOutcome
    /// The key paths of the conditions that held.
    public let evidence: UnsafeBufferPointer<Text>

    /// The rule.
    public var rule: RiskRule { pointer.pointee }
}

/// The risk score of a case and the rules that make it up.
///
/// The score is the highest base score of the rules raised, plus the additional scores of the
/// others, as Ballerine's risk-rules plugin computes it: a rule's `minRiskScore` and
/// `maxRiskScore` bound nothing. Lives in the arena given to
/// ``evaluate(_:over:levels:cap:now:in:)``.
public struct RiskScore: BitwiseCopyable, @unchecked Sendable {
    /// The score; 0 when nothing was raised. A whole number when all scores are.
    public let score: Value
    /// Its level, by the repository's thresholds.
    public let level: Text?
    /// The rules raised, by descending base score, ties in file order.
    public let raised: UnsafeBufferPointer<RaisedRule>

    /// Evaluates rules over a context.
    ///
    /// - Parameters:
    ///   - rules: in file order.
    ///   - data: the context.
    ///   - levels: the thresholds.
    ///   - cap: the highest total score, if there is one.
    ///   - now: the run's clock.
    ///   - arena: holds the result.
    public static func evaluate(
        _ rules: UnsafeBufferPointer<RiskRule>, over data: Value, levels: RiskLevels = .none,
        cap: Double? = nil, now: Instant, in arena: Arena
    ) -> RiskScore {
        var raised = UnsafeMutableBufferPointer<RaisedRule>(start: nil, count: 0)
        var at = 0
        while at < rules.count {
            let pointer = rules.baseAddress.unsafelyUnwrapped + at
            if pointer.pointee.ruleSet.passes(data, now: now) {
                let outcome = pointer.pointee.ruleSet.evaluate(data, now: now, in: arena)
                let rule = RaisedRule(
                    pointer: pointer, outcome: outcome, evidence: outcome.evidence(in: arena))
                raised = insert(rule, into: raised, room: rules.count, arena)
            }
            at += 1
        }
        let sorted = UnsafeBufferPointer(raised)
        let score = capped(total(sorted), cap)
        return RiskScore(score: score, level: levels.level(of: score.number ?? 0), raised: sorted)
    }

    /// Keeps the rules in order of their base scores; equal ones stay in the order they came.
    private static func insert(
        _ rule: RaisedRule, into raised: UnsafeMutableBufferPointer<RaisedRule>, room: Int,
        _ arena: Arena
    ) -> UnsafeMutableBufferPointer<RaisedRule> {
        let start =
            raised.baseAddress
            ?? arena.allocate(room * MemoryLayout<RaisedRule>.stride)
            .assumingMemoryBound(to: RaisedRule.self)
        let base = rule.pointer.pointee.baseScore.number ?? 0
        var at = raised.count
        while at > 0, (start[at - 1].pointer.pointee.baseScore.number ?? 0) < base {
            (start + at).initialize(to: start[at - 1])
            at -= 1
        }
        (start + at).initialize(to: rule)
        return UnsafeMutableBufferPointer(start: start, count: raised.count + 1)
    }

    private static func total(_ raised: UnsafeBufferPointer<RaisedRule>) -> Value {
        var sum = ScoreSum()
        for (at, rule) in raised.enumerated() {
            let scores = rule.pointer.pointee
            sum.add(at == 0 ? scores.baseScore : scores.additionalScore)
        }
        return sum.value
    }

    private static func capped(_ score: Value, _ cap: Double?) -> Value {
        guard let cap, let number = score.number, number > cap else { return score }
        return Int(exactly: cap).map { .integer($0) } ?? .number(cap)
    }
}

/// A sum that stays whole while its parts are.
struct ScoreSum {
    private var whole: Int? = 0
    private var double = 0.0

    mutating func add(_ value: Value) {
        double += value.number ?? 0
        guard let sum = whole, let part = value.integer else {
            whole = nil
            return
        }
        let (next, overflow) = sum.addingReportingOverflow(part)
        whole = overflow ? nil : next
    }

    var value: Value { whole.map { .integer($0) } ?? .number(double) }
}
