public import Documents
public import Expressions

/// A rule that was raised, with what made it so.
public struct RaisedRule: BitwiseCopyable, @unchecked Sendable {
    let pointer: UnsafePointer<RiskRule>
    /// The results of its conditions, when it is raised by a rule set.
    public let outcome: RuleSetOutcome?
    /// The key paths of the conditions that held; of another condition than a rule set the paths it
    /// reads that have a value.
    public let evidence: UnsafeBufferPointer<Text>

    /// What the row of a table gave instead of the rule's own; nil of other rules.
    let row: UnsafePointer<RowScoring.Result>?

    /// The rule.
    public var rule: RiskRule { pointer.pointee }
    /// The score when this is the highest rule raised.
    public var baseScore: Value { row?.pointee.base ?? pointer.pointee.baseScore }
    /// What it adds to a higher one.
    public var additionalScore: Value { row?.pointee.additional ?? pointer.pointee.additionalScore }
    /// The text shown.
    public var indicator: Text { row?.pointee.indicator ?? pointer.pointee.indicator }
    /// `rules/countries.csv:14`: where the first row stands that the scores are from, and how many
    /// rows matched.
    public var place: (row: Text, count: Int)? { row.map { ($0.pointee.row, $0.pointee.rowCount) } }
}

/// The risk score of a case and the rules that make it up.
///
/// The score is the highest base score of the rules raised, plus the additional scores of the
/// others, as Ballerine's risk-rules plugin computes it. Under Docket's semantics the `maxRiskScore`
/// of the highest rule then bounds it from above, and the highest `minRiskScore` of those raised from
/// below; under Ballerine's they bound nothing. Lives in the arena given to
/// ``evaluate(_:over:levels:cap:semantics:now:in:)``.
public struct RiskScore: BitwiseCopyable, @unchecked Sendable {
    /// The score; 0 when nothing was raised. A whole number when all scores are.
    public let score: Value
    /// Its level, by the repository's thresholds.
    public let level: Text?
    /// The rules raised, by descending base score, ties in file order.
    public let raised: UnsafeBufferPointer<RaisedRule>
    /// The sum of the rules' scores, before it was bounded.
    public let sum: Value
    /// What bounded the sum, in order.
    public let bounds: Bounds

    /// What bounded a sum; each is the score after it, or nil where it changed nothing.
    public struct Bounds: BitwiseCopyable, @unchecked Sendable {
        /// The `maxRiskScore` of the first of ``RiskScore/raised``.
        public internal(set) var most: Value?
        /// The highest `minRiskScore`, and which of ``RiskScore/raised`` has it.
        public internal(set) var least: Value?
        /// Which of ``RiskScore/raised`` has it.
        public internal(set) var leastRule = 0
        /// The cap of the repository.
        public internal(set) var cap: Value?
    }

    /// Evaluates rules over a context.
    ///
    /// - Parameters:
    ///   - rules: in file order.
    ///   - data: the context.
    ///   - levels: the thresholds.
    ///   - cap: the highest total score, if there is one.
    ///   - semantics: whether rules' own bounds count, and the outermost operator of a rule set.
    ///   - now: the run's clock.
    ///   - arena: holds the result.
    /// - Throws: what the condition of a rule throws, with the rule's place.
    public static func evaluate(
        _ rules: UnsafeBufferPointer<RiskRule>, over data: Value, levels: RiskLevels = .none,
        cap: Double? = nil, semantics: RuleSet.Semantics = .docket, now: Instant, in arena: Arena
    ) throws(ExpressionError) -> RiskScore {
        var raised = UnsafeMutableBufferPointer<RaisedRule>(start: nil, count: 0)
        var at = 0
        while at < rules.count {
            let pointer = rules.baseAddress.unsafelyUnwrapped + at
            if let rule = try raise(pointer, data, semantics, now, arena) {
                raised = insert(rule, into: raised, room: rules.count, arena)
            }
            at += 1
        }
        let sorted = UnsafeBufferPointer(raised)
        let sum = total(sorted, semantics, arena)
        var bounds = Bounds()
        var score = sum
        if semantics == .docket { score = bounded(score, sorted, &bounds) }
        let capped = capped(score, cap)
        if Value.compareNumbers(capped, score) < 0 { bounds.cap = capped }
        return RiskScore(
            score: capped, level: levels.level(of: capped.number ?? 0), raised: sorted, sum: sum,
            bounds: bounds)
    }

    /// The rule with what made it so, if it is raised.
    private static func raise(
        _ pointer: UnsafePointer<RiskRule>, _ data: Value, _ semantics: RuleSet.Semantics,
        _ now: Instant, _ arena: Arena
    ) throws(ExpressionError) -> RaisedRule? {
        if case .ruleSet(let ruleSet) = pointer.pointee.condition {
            guard ruleSet.raises(data, semantics, now: now) else { return nil }
            let outcome = ruleSet.evaluate(data, now: now, in: arena)
            return RaisedRule(
                pointer: pointer, outcome: outcome, evidence: outcome.evidence(in: arena), row: nil)
        }
        var row: UnsafePointer<RowScoring.Result>?
        do throws(ExpressionError) {
            if let scoring = pointer.pointee.rowScoring {
                row = try scoring.evaluate(pointer.pointee, Scope(data), in: arena)
                guard row != nil else { return nil }
            } else {
                guard try pointer.pointee.condition.holds(Scope(data), now: now, in: arena) else {
                    return nil
                }
            }
        } catch {
            throw ExpressionError(
                error.code, "\(pointer.pointee.location): \(error.message)", offset: error.offset)
        }
        return RaisedRule(
            pointer: pointer, outcome: nil,
            evidence: evidence(of: pointer.pointee.reads, data, arena), row: row)
    }

    /// The paths that have a value.
    private static func evidence(
        of reads: UnsafeBufferPointer<KeyedPath>, _ data: Value, _ arena: Arena
    ) -> UnsafeBufferPointer<Text> {
        let room = arena.allocate(reads.count * MemoryLayout<Text>.stride)
            .assumingMemoryBound(to: Text.self)
        var count = 0
        for read in reads where read.isThere(in: data) {
            (room + count).initialize(to: read.name)
            count += 1
        }
        return UnsafeBufferPointer(start: room, count: count)
    }

    private static func bounded(
        _ sum: Value, _ raised: UnsafeBufferPointer<RaisedRule>, _ bounds: inout Bounds
    ) -> Value {
        var score = sum
        if let first = raised.first?.pointer.pointee, let most = first.maxScore,
            Value.compareNumbers(most, score) < 0
        {
            score = most
            bounds.most = most
        }
        for (index, rule) in raised.enumerated() {
            guard let least = rule.pointer.pointee.minScore,
                Value.compareNumbers(least, score) > 0
            else { continue }
            score = least
            bounds.least = least
            bounds.leastRule = index
        }
        return score
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
        let base = rule.baseScore
        var at = raised.count
        while at > 0, Value.compareNumbers(start[at - 1].baseScore, base) < 0 {
            (start + at).initialize(to: start[at - 1])
            at -= 1
        }
        (start + at).initialize(to: rule)
        return UnsafeMutableBufferPointer(start: start, count: raised.count + 1)
    }

    private static func total(
        _ raised: UnsafeBufferPointer<RaisedRule>, _ semantics: RuleSet.Semantics, _ arena: Arena
    ) -> Value {
        var sum = ScoreSum()
        for (at, rule) in raised.enumerated() {
            sum.add(at == 0 ? rule.baseScore : rule.additionalScore)
        }
        return sum.value(semantics, in: arena)
    }

    private static func capped(_ score: Value, _ cap: Double?) -> Value {
        guard let cap, let number = score.number, number > cap else { return score }
        return Int(exactly: cap).map { .integer($0) } ?? .number(cap)
    }
}

/// A sum that is exact under Docket's semantics, and of doubles under Ballerine's.
struct ScoreSum {
    /// The sum while all parts are whole.
    private var whole: Int? = 0
    private var exact: ScaledDecimal?
    private var double = 0.0

    mutating func add(_ value: Value) {
        double += value.number ?? 0
        if let sum = whole, let part = value.integer,
            case let (next, overflow) = sum.addingReportingOverflow(part), !overflow
        {
            whole = next
        } else {
            let before = whole.map { ScaledDecimal(units: Int128($0), scale: 0) } ?? exact
            exact = ScaledDecimal(value).flatMap { before?.plus($0) }
            whole = nil
        }
    }

    /// The sum; a whole number when it is one. What has too many digits is a double after all.
    func value(_ semantics: RuleSet.Semantics, in arena: Arena) -> Value {
        if let whole { return .integer(whole) }
        guard let exact else { return .number(double) }
        let isWhole = exact.scale == 0 && Double(exact.units) == double
        return semantics == .docket || isWhole ? exact.value(in: arena) : .number(double)
    }
}
