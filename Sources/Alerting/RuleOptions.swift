internal import Documents

/// The options of a rule as they stand: Ballerine checks hardly any of them, so that what is missing
/// reaches a comparison as NULL and never holds.
struct RuleOptions {
    let value: Value

    subscript(name: StaticString) -> Value? {
        guard let option = value[name], !option.isNull else { return nil }
        return option
    }

    /// A number, also one spelled as a text.
    func number(_ name: StaticString) -> Double? { self[name].flatMap(Self.number) }

    static func number(_ value: Value) -> Double? {
        value.number ?? value.string.flatMap { Double($0) }
    }

    func exact(_ name: StaticString) -> ExactNumber? { ExactNumber(self[name]) }

    /// A text that is not empty.
    func text(_ name: StaticString) -> String? {
        guard let text = self[name]?.string, !text.isEmpty else { return nil }
        return text
    }

    /// The texts of a list; nil when there is none.
    func texts(_ name: StaticString) -> [String]? { self[name].map(Self.texts) }

    static func texts(_ value: Value) -> [String] {
        value.array?.compactMap { $0.string } ?? value.string.map { [$0] } ?? []
    }

    /// Amount and unit of a window, when both are there and neither is 0 or empty.
    var openWindow: (amount: Double, unit: String)? {
        guard let amount = number("timeAmount"), amount != 0, let unit = text("timeUnit") else {
            return nil
        }
        return (amount, unit)
    }

    /// Amount and unit of a window that must be there.
    func window() throws(AlertError) -> (amount: Double, unit: String) {
        guard let amount = number("timeAmount"), let unit = self["timeUnit"]?.string else {
            throw AlertError(.option, "timeAmount and timeUnit are required")
        }
        return (amount, unit)
    }

    /// Patterns of one side of `excludedCounterparty`; nil when the list is not there.
    func excluded(_ side: StaticString) -> [String]? {
        self["excludedCounterparty"]?[side].flatMap { $0.isNull ? nil : Self.texts($0) }
    }
}
