public import Documents

extension RiskScore {
    /// Ballerine's risk-rules plugin over results that were computed elsewhere.
    ///
    /// - Parameter rules: a list of `{baseRiskScore, additionalRiskScore, domain, indicator,
    ///   riskLevel, result: [{status}], …}`. A rule is raised when all its results are `PASSED`,
    ///   one without results too. Records are passed on as they are.
    public static func value(ofResults rules: Value, in arena: Arena) -> Value {
        let raised = (rules.array.map(Array.init) ?? []).filter { isRaised($0) }.enumerated()
            .sorted { a, b in
                let (x, y) = (number(a.element), number(b.element))
                return x != y ? x > y : a.offset < b.offset
            }
            .map(\.element)
        var sum = ScoreSum()
        for (at, rule) in raised.enumerated() {
            sum.add((at == 0 ? rule["baseRiskScore"] : rule["additionalRiskScore"]) ?? .integer(0))
        }
        var domains: [(name: Text, indicators: [Value])] = []
        for rule in raised {
            let name = domain(rule, arena)
            if let at = domains.firstIndex(where: { $0.name == name }) {
                domains[at].indicators.append(indicator(rule, arena))
            } else {
                domains.append((name, [indicator(rule, arena)]))
            }
        }
        return arena.object([
            "riskScore": sum.value(.ballerine, in: arena),
            "riskIndicatorsByDomain": arena.object(
                domains.map { Member(Key($0.name), arena.array($0.indicators)) }),
            "rulesResults": arena.array(raised),
            "success": .true,
        ])
    }

    private static func isRaised(_ rule: Value) -> Bool {
        rule["result"]?.array?.allSatisfy { $0["status"]?.text.map { $0 == "PASSED" } ?? false }
            ?? false
    }

    private static func number(_ rule: Value) -> Double { rule["baseRiskScore"]?.number ?? 0 }

    private static func domain(_ rule: Value, _ arena: Arena) -> Text {
        guard let domain = rule["domain"] else { return Text("undefined") }
        return domain.text ?? arena.text(JSONWriter.line(domain))
    }

    private static func indicator(_ rule: Value, _ arena: Arena) -> Value {
        arena.object([
            "name": rule["indicator"], "riskLevel": rule["riskLevel"], "domain": rule["domain"],
        ])
    }
}
