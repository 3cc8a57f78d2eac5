public import Documents
public struct RiskRule: BitwiseCopyable, Sendable { public var id: Text; public var ruleSet: RuleSet }
public struct RiskRuleFile: Sendable { public var rules: [RiskRule]; public var value: Value
  public static func load(_ s: Source, in a: Arena) -> (RiskRuleFile?, [Finding]) { (nil, []) } }
public struct RiskLevels: Sendable { public static let standard = RiskLevels(); public static func read(_ n: Node, in a: Arena) -> (RiskLevels?, [Finding]) { (nil, []) } }
public struct RiskScore { public var total: Double; public var level: String
 public func indicators(in a: Arena) -> Value { .null }
 public func output(in a: Arena) -> Value { .null }
 public static func evaluate(_ r: some Collection<RiskRule>, over: Value, now: Instant, levels: RiskLevels, cap: Double?, in a: Arena) -> RiskScore { fatalError() } }
