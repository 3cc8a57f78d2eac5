public import Definitions
public import Documents
internal import GRDB
internal import GRDBSQLite

/// Transactions and counterparties in a database of this run alone: in memory up to its cache, then in a
/// temporary file that has no name. Rules are queries over it.
///
/// Amounts are kept twice: as the nearest double, which is what Ballerine computes with, and in whole
/// millionths, whose sums are exact in any order.
public final class TransactionStore {
    let database: DatabaseQueue
    /// The optional columns that are there.
    let columns: [String]
    /// Numbers of projects by name.
    private(set) var projects: [String: Int] = [:]
    private(set) var projectNames: [String] = []
    private(set) var indexes: Set<String> = []
    /// How many transactions there are.
    public internal(set) var transactionCount = 0

    /// All of SQLite in this process may use so much memory; past it a query fails.
    private static let heapLimit: Int64 = 1 << 30

    /// An empty store.
    ///
    /// - Parameters:
    ///   - columns: optional columns that rules name (``TransactionColumns/optional``); all when nil.
    ///   - cacheKilobytes: what is kept in memory; the rest goes to the temporary file.
    /// - Throws: ``AlertError`` when there is no room for it.
    public init(
        columns: Set<String>? = nil, cacheKilobytes: Int = 65_536
    ) throws(AlertError) {
        self.columns = TransactionColumns.optional.filter { columns?.contains($0) ?? true }
        sqlite3_hard_heap_limit64(Self.heapLimit)
        var configuration = Configuration()
        configuration.acceptsDoubleQuotedStringLiterals = false
        do {
            database = try DatabaseQueue(path: "", configuration: configuration)
            let extra = self.columns.map { ", \"\($0)\"" }.joined()
            try database.writeWithoutTransaction { db in
                try db.execute(
                    sql: """
                        PRAGMA page_size = 8192;
                        PRAGMA journal_mode = OFF;
                        PRAGMA synchronous = OFF;
                        PRAGMA locking_mode = EXCLUSIVE;
                        PRAGMA temp_store = FILE;
                        PRAGMA cache_size = -\(cacheKilobytes);
                        PRAGMA case_sensitive_like = ON;
                        CREATE TABLE counterparty(
                          n INTEGER PRIMARY KEY, id TEXT, correlation TEXT, kind TEXT, segment TEXT);
                        CREATE TABLE tx(
                          n INTEGER PRIMARY KEY, id, project INTEGER, date INTEGER, amount REAL,
                          base REAL, units INTEGER, type TEXT, direction TEXT, method TEXT,
                          originator INTEGER, beneficiary INTEGER\(extra));
                        """)
            }
        } catch {
            throw AlertError(.database, "the transactions' database cannot be made: \(error)")
        }
    }

    /// The number of a project; one that no transaction has gets one too.
    func project(_ name: String) -> Int {
        if let known = projects[name] { return known }
        projects[name] = projectNames.count
        projectNames.append(name)
        return projectNames.count - 1
    }

    /// Runs work on the database and folds its errors.
    func access<Result>(_ body: (Database) throws -> Result) throws(AlertError) -> Result {
        do {
            return try database.writeWithoutTransaction(body)
        } catch let error as AlertError {
            throw error
        } catch let error as DatabaseError {
            throw AlertError(.database, error.message ?? "the database failed")
        } catch {
            throw AlertError(.database, "\(error)")
        }
    }

    /// Makes the indexes that rules need; call it once all transactions are in.
    public func index(for rules: [AlertRule]) throws(AlertError) {
        let wanted = TransactionIndex.needed(by: rules)
        try access { db in
            for index in wanted where !self.indexes.contains(index.name) {
                try db.execute(sql: index.statement)
                self.indexes.insert(index.name)
            }
        }
    }

    /// `tx`, with an index where it is there.
    func table(_ index: TransactionIndex) -> String {
        indexes.contains(index.name) ? "tx INDEXED BY \(index.name)" : "tx"
    }
}

/// Indexes that hold all that the functions read, so that a rule is one ordered walk over one of them.
struct TransactionIndex {
    let name: String
    private let keys: String

    /// By date: windows.
    static let byDate = TransactionIndex(name: "tx_date", keys: "project, date")
    /// By beneficiary: what looks at all of an account's history.
    static let byBeneficiary = TransactionIndex(
        name: "tx_beneficiary", keys: "project, beneficiary, date")
    /// By originator.
    static let byOriginator = TransactionIndex(
        name: "tx_originator", keys: "project, originator, date")

    private static let values = [
        "date", "beneficiary", "originator", "direction", "method", "type", "base", "units",
        "amount",
    ]

    var statement: String {
        let held = keys.split(separator: ",").map { $0.drop { $0 == " " } }
        let rest = Self.values.filter { value in !held.contains { $0 == value } }
        return "CREATE INDEX \(name) ON tx(\(keys), \(rest.joined(separator: ", ")))"
    }

    static func needed(by rules: [AlertRule]) -> [TransactionIndex] {
        var result: [TransactionIndex] = []
        func add(_ index: TransactionIndex) {
            if !result.contains(where: { $0.name == index.name }) { result.append(index) }
        }
        for rule in rules {
            switch rule.work {
            case .function(let function):
                switch function {
                case .dynamicRules, .typePercentage, .customersType, .daily: add(.byDate)
                case .velocity: add(.byDate)
                case .dormant, .merchantGroup: add(.byBeneficiary)
                case .average:
                    add(rule.options["timeAmount"] == nil ? .byBeneficiary : .byDate)
                    if rule.semantics == .ballerine { add(.byBeneficiary) }
                case .manyMerchants:
                    add(rule.options["timeAmount"] == nil ? .byOriginator : .byDate)
                case .merchantReport: break
                }
            case .query: add(.byDate)
            case .cases, .unknown: break
            }
        }
        return result
    }
}

extension TransactionStore {
    /// The optional columns that rules name; others are not loaded.
    public static func columns(neededBy rules: [AlertRule]) -> Set<String> {
        var result: Set<String> = []
        for rule in rules {
            switch rule.work {
            case .function(.dynamicRules):
                result.formUnion(rule.options["groupBy"].map(RuleOptions.texts) ?? [])
            case .function(.customersType): result.insert("cardBrand")
            case .query(let query):
                result.formUnion(
                    TransactionColumns.optional.filter { query.sql.contains($0) })
            default: break
            }
        }
        return result.intersection(TransactionColumns.optional)
    }
}

extension TransactionStore {
    /// The first date of a transaction after a moment; nil when there is none.
    public func firstDate(after moment: Instant) throws(AlertError) -> Instant? {
        try access { db in
            try Int.fetchOne(
                db, sql: "SELECT MIN(date) FROM tx WHERE date > \(moment.milliseconds)")
        }.map { Instant(milliseconds: $0) }
    }
}
