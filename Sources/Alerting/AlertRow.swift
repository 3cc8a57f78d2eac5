internal import Crypto
public import Documents

/// What a rule found: an ordered object, such as `{counterpartyId, totalAmount, transactionCount}`.
public enum AlertRow {
    /// Fields that are counts: numbers in memory, texts of digits in a stored row.
    private static let counts: Set<String> = [
        "transactionCount", "totalTransactionWithinSixMonths", "totalTransactionAllTime",
        "historicalTransactionCount", "recentDaysTransactionCount",
        "counterpertyInManyBusinessesCount",
    ]

    /// The row as it is stored: counts as texts.
    public static func stored(_ row: Value, in arena: Arena) -> Value {
        guard let members = row.members else { return row }
        return arena.object(
            members.map { member in
                guard let count = member.value.integer, counts.contains(String(member.key)) else {
                    return member
                }
                return Member(member.lookup, arena.string(String(count)))
            })
    }

    /// MD5 in hexadecimal digits of a stored row's compact JSON, which Ballerine keeps beside it.
    public static func hash(ofStored row: Value) -> String {
        let digest = Insecure.MD5.hash(data: Array(JSONWriter.line(row).utf8))
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
