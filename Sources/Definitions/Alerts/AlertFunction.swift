/// The functions an alert rule may name, in Ballerine's spelling.
public enum AlertFunction: String, Sendable, CaseIterable {
    /// Sum or count of a group's transactions in a window.
    case dynamicRules = "evaluateTransactionsAgainstDynamicRules"
    /// The share of one type among a counterparty's transactions.
    case typePercentage = "evaluateHighTransactionTypePercentage"
    /// Sum or count of given types of a business, by card brand when asked.
    case customersType = "evaluateCustomersTransactionType"
    /// A transaction far above the average.
    case average = "evaluateTransactionAvg"
    /// Activity after a long silence.
    case dormant = "evaluateDormantAccount"
    /// More transactions lately than the average of the time before.
    case velocity = "evaluateHighVelocityHistoricAverage"
    /// One masked card at many merchants.
    case manyMerchants = "evaluateMultipleMerchantsOneCounterparty"
    /// A merchant with far more transactions than others of its segment.
    case merchantGroup = "evaluateMerchantGroupAverage"
    /// A single large transaction, or many on a day.
    case daily = "evaluateDailySingleTransactionAmount"
    /// A risk score of a merchant report that rose.
    case merchantReport = "checkMerchantOngoingAlert"

    /// What an option is.
    enum OptionKind: Sendable { case number, text, bool, texts, unit, method, period, lists, range }

    /// An option and whether a rule cannot do without it.
    struct Option: Sendable {
        let name: StaticString
        let kind: OptionKind
        let isRequired: Bool

        init(_ name: StaticString, _ kind: OptionKind, required: Bool = false) {
            self.name = name
            self.kind = kind
            isRequired = required
        }
    }

    private static let window = [
        Option("timeAmount", .number, required: true), Option("timeUnit", .unit, required: true),
    ]
    private static let openWindow = [Option("timeAmount", .number), Option("timeUnit", .unit)]
    private static let methods = [
        Option("paymentMethods", .texts), Option("excludePaymentMethods", .bool),
    ]

    /// The options by name.
    var options: [Option] {
        switch self {
        case .dynamicRules:
            Self.window + Self.methods + [
                Option("groupBy", .texts, required: true), Option("havingAggregate", .text),
                Option("amountThreshold", .number, required: true),
                Option("amountBetween", .range), Option("direction", .text),
                Option("transactionType", .texts), Option("excludedCounterparty", .lists),
            ]
        case .typePercentage:
            Self.window + [
                Option("transactionType", .text, required: true),
                Option("subjectColumn", .text, required: true),
                Option("minimumCount", .number, required: true),
                Option("minimumPercentage", .number, required: true),
            ]
        case .customersType:
            Self.window + Self.methods + [
                Option("transactionType", .texts, required: true), Option("threshold", .number),
                Option("isPerBrand", .bool), Option("havingAggregate", .text),
            ]
        case .average:
            Self.openWindow + [
                Option("transactionDirection", .text, required: true),
                Option("paymentMethod", .method, required: true),
                Option("minimumCount", .number, required: true),
                Option("minimumTransactionAmount", .number, required: true),
                Option("transactionFactor", .number, required: true),
                Option("customerType", .text),
            ]
        case .dormant: Self.window
        case .velocity:
            [
                Option("transactionDirection", .text, required: true),
                Option("paymentMethod", .method, required: true),
                Option("minimumCount", .number, required: true),
                Option("transactionFactor", .number, required: true),
                Option("activeUserPeriod", .period, required: true),
                Option("lastDaysPeriod", .period, required: true),
                Option("timeUnit", .unit, required: true),
            ]
        case .manyMerchants:
            Self.openWindow + [
                Option("minimumCount", .number, required: true),
                Option("excludedCounterparty", .lists), Option("paymentMethod", .method),
            ]
        case .merchantGroup:
            Self.window + [
                Option("paymentMethod", .method, required: true),
                Option("transactionFactor", .number, required: true),
                Option("minimumCount", .number, required: true), Option("customerType", .text),
            ]
        case .daily:
            Self.window + [
                Option("ruleType", .text, required: true),
                Option("amountThreshold", .number, required: true), Option("direction", .text),
                Option("paymentMethods", .texts, required: true),
                Option("excludePaymentMethods", .bool), Option("transactionType", .texts),
            ]
        case .merchantReport:
            [
                Option("maxRiskScoreThreshold", .number), Option("increaseRiskScore", .number),
                Option("increaseRiskScorePercentage", .number), Option("reportPath", .text),
            ]
        }
    }
}

/// How bad an alert is.
public enum AlertSeverity: String, Sendable, CaseIterable {
    case low, medium, high, critical
}

/// When a rule that holds again makes a new alert.
public struct AlertDedupe: Sendable, Equatable {
    /// Every alert is a repetition: none is made.
    public var isMuted: Bool
    /// How long after an alert was made a completed one keeps others away; nil is not at all.
    public var cooldownMinutes: Double?

    /// A strategy.
    public init(isMuted: Bool = false, cooldownMinutes: Double? = 10_080) {
        self.isMuted = isMuted
        self.cooldownMinutes = cooldownMinutes
    }
}

/// The columns of a transaction that `groupBy` and SQL may name, in Ballerine's spelling.
public enum TransactionColumns {
    /// What every rule may use.
    public static let core = [
        "id", "projectId", "transactionDate", "transactionAmount", "transactionBaseAmount",
        "transactionType", "transactionDirection", "paymentMethod", "counterpartyOriginatorId",
        "counterpartyBeneficiaryId",
    ]

    /// What is loaded only when a rule names it.
    public static let optional = [
        "transactionCorrelationId", "transactionCurrency", "transactionBaseCurrency",
        "transactionDescription",
        "transactionCategory", "transactionReference", "transactionStatus",
        "transactionStatusReason", "originatorIpAddress", "originatorGeoLocation",
        "originatorUserAgent", "originatorSortCode", "originatorBankCountry",
        "beneficiaryIpAddress", "beneficiaryGeoLocation", "beneficiaryUserAgent",
        "beneficiarySortCode", "beneficiaryBankCountry", "paymentType", "paymentChannel",
        "paymentIssuer", "paymentGateway", "paymentAcquirer", "paymentProcessor",
        "paymentBrandName", "paymentMccCode", "cardFingerprint", "cardIssuedCountry",
        "cardCompletion3DS", "cardType", "cardIssuer", "cardBin", "cardBrand", "cardExpiryMonth",
        "cardExpiryYear", "cardHolderName", "cardTokenized", "tags", "reviewStatus",
        "reviewerComments", "auditTrail", "unusualActivityFlags", "riskScore",
        "regulatoryAuthority", "additionalInfo", "productName", "productDescription",
        "productPrice", "productPriceCurrency", "productId", "productSku", "createdAt",
        "updatedAt",
    ]

    /// Whether there is such a column.
    public static func contains(_ name: String) -> Bool {
        (core + optional).contains { $0.utf8.elementsEqual(name.utf8) }
    }
}
