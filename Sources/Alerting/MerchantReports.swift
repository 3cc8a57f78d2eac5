public import Definitions
public import Documents

/// Alerts about merchant reports: a risk score that is high, or that rose since the report before.
public enum MerchantReports {
    static let reportType: StaticString = "ONGOING_MERCHANT_REPORT_T1"

    /// What a rule says of a report: `{businessId, projectId, riskScore, previousRiskScore, severity,
    /// alertReason}`, or nil.
    ///
    /// - Throws: when the report has no data, or no score where one must be.
    public static func check(
        _ report: Value, _ rule: AlertRule, severity: Value?, in arena: Arena
    ) throws(AlertError) -> Value? {
        guard let data = report["report"]?["data"], data.kind == .object else {
            throw AlertError(.option, "the business report has no report.data")
        }
        guard let previous = data["previousReport"], previous.kind == .object,
            previous["reportType"]?.text == Text(reportType)
        else { return nil }
        guard let summary = data["summary"], summary.kind == .object,
            let before = previous["summary"], before.kind == .object
        else { throw AlertError(.option, "the business report has no summary") }
        guard let current = summary["riskScore"], let last = before["riskScore"],
            let score = current.number, let lastScore = last.number, score >= lastScore,
            let reason = reason(score, lastScore, RuleOptions(value: rule.options), rule.semantics)
        else { return nil }
        return arena.object([
            "businessId": report["businessId"], "projectId": report["projectId"],
            "riskScore": current, "previousRiskScore": last,
            "severity": severity ?? arena.string(rule.severity.rawValue),
            "alertReason": arena.string(reason),
        ])
    }

    /// The reason of the last option that holds.
    private static func reason(
        _ score: Double, _ last: Double, _ options: RuleOptions, _ semantics: Semantics
    ) -> String? {
        var reason: String?
        if let limit = options.number("maxRiskScoreThreshold"), limit != 0, score >= limit {
            reason = "The risk score has exceeded the threshold of \(Numbers.spell(limit))"
        }
        if let rise = options.number("increaseRiskScore"), rise != 0, score - last >= rise {
            reason =
                "The risk score has been increased by more than \(Numbers.spell(rise)) "
                + "from previous monitoring"
        }
        if let percentage = options.number("increaseRiskScorePercentage"), percentage != 0 {
            let holds =
                semantics == .ballerine
                ? (score - last) / last * 100 >= percentage
                : score > last && (score - last) * 100 >= percentage * last
            if holds {
                reason = "The risk score has been significantly increased from previous monitoring"
            }
        }
        return reason
    }
}
