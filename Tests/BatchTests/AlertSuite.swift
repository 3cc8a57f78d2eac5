import Foundation

/// A payment as a line of a file of transactions, in November 2026.
func payment(
    _ id: String, _ to: String, _ amount: Int, _ day: String, more: String = ""
) -> String {
    """
    {"id":"\(id)","transactionDate":"2026-11-\(day)T09:00:00Z","transactionAmount":\(amount),\
    "transactionCurrency":"EUR","transactionBaseAmount":\(amount),\
    "transactionBaseCurrency":"EUR","counterpartyOriginatorId":"payer",\
    "counterpartyBeneficiaryId":"\(to)"\(more)}

    """
}

/// A rule that raises an alert for each beneficiary of more than a thousand in a week.
func sumRule(_ more: String = "") -> String {
    """
    docket: 1
    alerts:
      - id: large-sum
        defaultSeverity: high
        fnName: evaluateTransactionsAgainstDynamicRules
        options:
          groupBy: [counterpartyBeneficiaryId]
          timeAmount: 7
          timeUnit: days
          amountThreshold: 1000
    \(more)
    """
}

extension TestRepository {
    /// Paths of the alerts on the ledger.
    func alerts(_ rule: String = "", at revision: String = "ledger") throws -> [String] {
        try files(revision).filter { path in
            path.hasPrefix("alerts/\(rule)") && !path.hasSuffix(".data.json")
        }
    }

    /// Commits an event of an alert; `number` orders it.
    func decide(_ alert: String, _ number: Int, _ text: String) throws {
        let parts = alert.split(separator: "/")
        let id = parts[parts.count - 1].dropLast(5)
        let name = "20261122T03000000\(number)Z-\(String(repeating: "a", count: 32)).yaml"
        try write("alerts/\(parts[1])/\(id).events/\(name)", text)
        try commit()
    }
}
