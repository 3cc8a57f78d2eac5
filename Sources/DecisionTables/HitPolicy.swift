import Documents

/// What comes of a table when rows match (DMN 1.5, section 8.2.10).
public enum HitPolicy: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// At most one row matches; two are an error.
    case unique
    /// The first row that matches, in the order of the table.
    case first
    /// The row that matches with the highest output, by the order of the outputs' `values`; of equal
    /// ones the first.
    case priority
    /// Several rows may match when their outputs are the same; other outputs are an error.
    case any
    /// All rows that match, under an ``Aggregation``.
    case collect
    /// All rows that match, in the order of the table.
    case ruleOrder

    /// As definitions write it.
    public var name: StaticString {
        switch self {
        case .unique: "unique"
        case .first: "first"
        case .priority: "priority"
        case .any: "any"
        case .collect: "collect"
        case .ruleOrder: "rule order"
        }
    }

    /// By its name, in which `rule order` may be written `ruleOrder` too.
    init?(_ text: Text) {
        if text == "ruleOrder" || text == "rule-order" {
            self = .ruleOrder
            return
        }
        guard let found = Self.allCases.first(where: { text == $0.name }) else { return nil }
        self = found
    }

    /// Whether the result is one row's outputs.
    public var isSingle: Bool { self != .collect && self != .ruleOrder }
}

/// What `collect` makes of the rows that match.
public enum Aggregation: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A list of their outputs.
    case list
    /// Of each output the exact sum.
    case sum
    /// Of each output the lowest.
    case min
    /// Of each output the highest.
    case max
    /// Of each output how many rows give one.
    case count

    /// As definitions write it.
    public var name: StaticString {
        switch self {
        case .list: "list"
        case .sum: "sum"
        case .min: "min"
        case .max: "max"
        case .count: "count"
        }
    }
}

/// The types of inputs and outputs.
enum CellType: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case string, number, integer, boolean, date, datetime

    var name: StaticString {
        switch self {
        case .string: "string"
        case .number: "number"
        case .integer: "integer"
        case .boolean: "boolean"
        case .date: "date"
        case .datetime: "datetime"
        }
    }

    /// Whether its values have an order, so that ranges mean something.
    var isOrdered: Bool { self != .string && self != .boolean }

    /// Whether between two values there may be none.
    var isDiscrete: Bool { self == .integer || self == .date || self == .datetime }

    var words: StaticString {
        switch self {
        case .string: "a text"
        case .number: "a number"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .date: "a date such as 2026-11-22"
        case .datetime: "a moment such as 2026-11-22T00:00:00Z"
        }
    }
}
