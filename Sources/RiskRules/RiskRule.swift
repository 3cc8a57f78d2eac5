public import Documents

/// One risk rule of a file in `rules/`: an indicator, its scores and the condition that raises it.
///
/// A trivially copyable handle into the arena it was loaded into.
public struct RiskRule: BitwiseCopyable, @unchecked Sendable {
    /// Unique in its file.
    public let id: Text
    /// What indicators are grouped by.
    public let domain: Text
    /// The text shown when the rule is raised.
    public let indicator: Text
    /// The rule's own level, which only informs.
    public let riskLevel: Text?
    /// The score when this is the highest rule raised, as spelled; not negative.
    public let baseScore: Value
    /// What the rule adds to a higher one, as spelled; not negative.
    public let additionalScore: Value
    /// The lowest score of a case in which the rule is raised; bounds nothing in Ballerine.
    public let minScore: Value?
    /// The highest score of a case in which the rule is the highest one raised; bounds nothing in
    /// Ballerine.
    public let maxScore: Value?
    /// `rules/kyb_risk.yaml#young-company`.
    public let reference: Text
    /// `rules/kyb_risk.yaml:14`: where the rule stands.
    public let location: Text
    /// What raises it.
    public let condition: Condition
    /// What rows of its table give instead of the rule's own scores and indicator.
    let rowScoring: RowScoring?
    /// What a condition that is no rule set reads, as paths or expressions.
    public let reads: UnsafeBufferPointer<KeyedPath>
    /// The rule's parts of a score's output, made once when it is loaded.
    let output: Output

    /// Values that are the same in every case.
    struct Output: BitwiseCopyable, @unchecked Sendable {
        /// `{name, riskLevel, domain}`.
        let indicator: Value
        /// The rule's record, all but its `result`.
        let record: Value
        /// The record with a `result` in which every condition passed.
        let passedRecord: Value
    }
}

/// The risk rules of one file.
public struct RiskRuleFile: BitwiseCopyable, @unchecked Sendable {
    /// Repository path of the file.
    public let file: Text
    /// The sound rules, in file order.
    public let rules: UnsafeBufferPointer<RiskRule>

    /// Rules a file may have.
    public static let ruleLimit = 1_000

    /// The rule of an id.
    public func rule(_ id: Text) -> RiskRule? { rules.first { $0.id == id } }

    /// Loads `{docket: 1, rules: […]}`.
    ///
    /// - Parameter vocabulary: the lists, conditions and scorecards that rules may name; its arena holds
    ///   the rules.
    /// - Returns: the rules that are sound, or nil when there is no list of rules; and the findings
    ///   RR020 to RR029, with those of the conditions. A file with an error-level finding is not fit
    ///   to run.
    public static func load(
        _ source: Source, vocabulary: Vocabulary
    ) -> (RiskRuleFile?, [Finding]) {
        var loader = RiskRuleLoader(source: source, vocabulary: vocabulary)
        let file = loader.load()
        return (file, loader.findings)
    }

    /// Loads a file that names nothing of others.
    public static func load(_ source: Source, in arena: Arena) -> (RiskRuleFile?, [Finding]) {
        load(source, vocabulary: Vocabulary(in: arena))
    }
}

/// A path that a condition reads, with what finds it in a context.
public struct KeyedPath: BitwiseCopyable, @unchecked Sendable {
    /// As people write it.
    public let name: Text
    let path: KeyPath

    /// Whether a context has a value there that is not null.
    func isThere(in data: Value) -> Bool { path.resolve(in: data).map { !$0.isNull } ?? false }
}

extension RiskRule {
    /// The rule set that raises it, when that is what does.
    public var ruleSet: RuleSet? {
        if case .ruleSet(let ruleSet) = condition { ruleSet } else { nil }
    }

    /// The paths that decide whether it is raised, in the order they are written.
    public var keys: [Text] { ruleSet?.keys ?? reads.map(\.name) }
}
