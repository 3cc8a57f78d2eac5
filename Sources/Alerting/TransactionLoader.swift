public import Documents
internal import GRDB
internal import GRDBSQLite

/// Puts counterparties and transactions into a store: one database transaction, prepared statements, and
/// text bound where it lies.
public struct TransactionLoader {
    private let store: TransactionStore
    private let connection: OpaquePointer
    private let insert: Statement
    private let insertParty: Statement
    /// Numbers of counterparties by project and id.
    private var parties: [PartyKey: Int64] = [:]
    private var lastDay: (text: [UInt8], milliseconds: Int) = ([], 0)

    private struct PartyKey: Hashable {
        let project: Int
        let id: [UInt8]
    }

    private static let loaderKeys: [Key] = [
        "transactionType", "transactionDirection", "paymentMethod",
    ].map { Key($0) }

    private let extraKeys: [[UInt8]]
    /// Whether a counterparty with one id in two projects is two.
    private let isByProject: Bool

    private init(_ store: TransactionStore, _ db: Database, byProject: Bool) throws {
        self.store = store
        isByProject = byProject
        guard let connection = db.sqliteConnection else {
            throw AlertError(.database, "the transactions' database is closed")
        }
        self.connection = connection
        let extra = store.columns
        extraKeys = extra.map { Array($0.utf8) }
        insert = try db.makeStatement(
            sql: "INSERT INTO tx VALUES (NULL"
                + String(repeating: ", ?", count: 11 + extra.count) + ")")
        insertParty = try db.makeStatement(sql: "INSERT INTO counterparty VALUES (?, ?, ?, ?, ?)")
    }

    /// Loads what `body` adds, as one database transaction.
    ///
    /// - Parameter byProject: whether a counterparty belongs to its project, as in files; Ballerine's
    ///   ids are the same for all.
    public static func load(
        into store: TransactionStore, byProject: Bool = true,
        _ body: (inout TransactionLoader) throws(AlertError) -> Void
    ) throws(AlertError) {
        try store.access { db in
            try db.inTransaction {
                var loader = try TransactionLoader(store, db, byProject: byProject)
                try body(&loader)
                return .commit
            }
        }
    }

    // MARK: Counterparties

    /// Adds a counterparty; one that is known stays as it is.
    ///
    /// - Returns: its number, and whether it is new.
    @discardableResult
    public mutating func add(
        counterparty: Value, project: String
    ) throws(AlertError) -> (number: Int64, isNew: Bool) {
        let correlation = counterparty["correlationId"]?.text
        guard let id = counterparty["id"]?.text ?? correlation else {
            throw AlertError(.option, "a counterparty needs an id")
        }
        let key = PartyKey(project: isByProject ? store.project(project) : 0, id: Array(id.bytes))
        if let known = parties[key] { return (known, false) }
        // Files that name no correlation id mean the id; Ballerine's rows may have none.
        let own = counterparty["correlationId"] == nil ? id : correlation
        return (
            try party(
                key, id, own, counterparty["type"]?.text, counterparty["businessType"]?.text), true
        )
    }

    /// The number of a counterparty by id; a new one when it is not known.
    private mutating func party(_ id: Text, _ project: Int) throws(AlertError) -> Int64 {
        let key = PartyKey(project: isByProject ? project : 0, id: Array(id.bytes))
        if let known = parties[key] { return known }
        return try party(key, id, id, nil, nil)
    }

    private mutating func party(
        _ key: PartyKey, _ id: Text, _ correlation: Text?, _ kind: Text?, _ segment: Text?
    ) throws(AlertError) -> Int64 {
        let number = Int64(parties.count + 1)
        let statement = insertParty.sqliteStatement
        sqlite3_bind_int64(statement, 1, number)
        bind(statement, 2, id)
        bind(statement, 3, correlation)
        bind(statement, 4, kind)
        bind(statement, 5, segment)
        try step(statement)
        parties[key] = number
        return number
    }

    // MARK: Transactions

    /// Adds a transaction in flat form, as alerts read it: `transactionDate` as a number of milliseconds
    /// or ISO 8601, counterparties by id.
    public mutating func add(
        transaction: Value, project: String, date: Instant
    ) throws(AlertError) {
        let statement = insert.sqliteStatement
        let number = store.project(project)
        bind(statement, 1, transaction["id"]?.text)
        sqlite3_bind_int64(statement, 2, Int64(number))
        sqlite3_bind_int64(statement, 3, Int64(date.milliseconds))
        bind(statement, 4, number: transaction["transactionAmount"])
        let base = transaction["transactionBaseAmount"]
        bind(statement, 5, number: base)
        if let units = base.flatMap(Millionths.of) {
            sqlite3_bind_int64(statement, 6, units)
        } else {
            sqlite3_bind_null(statement, 6)
        }
        for (at, key) in Self.loaderKeys.enumerated() {
            bind(statement, Int32(7 + at), transaction[key]?.text)
        }
        try bind(statement, 10, party: transaction["counterpartyOriginatorId"], number)
        try bind(statement, 11, party: transaction["counterpartyBeneficiaryId"], number)
        for (at, key) in extraKeys.enumerated() {
            let value = key.withUnsafeBytes { transaction[Text($0)] }
            try bind(statement, Int32(12 + at), value ?? .null)
        }
        try step(statement)
        store.transactionCount += 1
    }

    // MARK: Binding

    private mutating func bind(
        _ statement: OpaquePointer, _ at: Int32, party value: Value?, _ project: Int
    ) throws(AlertError) {
        if let id = value?.text {
            sqlite3_bind_int64(statement, at, try party(id, project))
        } else {
            sqlite3_bind_null(statement, at)
        }
    }

    private func bind(_ statement: OpaquePointer, _ at: Int32, number: Value?) {
        if let number = number?.number {
            sqlite3_bind_double(statement, at, number)
        } else {
            sqlite3_bind_null(statement, at)
        }
    }

    /// Text is bound where it lies: the statement is done with it before the next row.
    private func bind(_ statement: OpaquePointer, _ at: Int32, _ text: Text?) {
        if let text {
            sqlite3_bind_text(
                statement, at, text.start.assumingMemoryBound(to: CChar.self), Int32(text.count),
                nil)
        } else {
            sqlite3_bind_null(statement, at)
        }
    }

    private func bind(
        _ statement: OpaquePointer, _ at: Int32, _ value: Value
    ) throws(AlertError) {
        switch value.kind {
        case .null: sqlite3_bind_null(statement, at)
        case .bool: sqlite3_bind_int64(statement, at, value.bool == true ? 1 : 0)
        case .integer: sqlite3_bind_int64(statement, at, Int64(value.integer ?? 0))
        case .double, .decimal: sqlite3_bind_double(statement, at, value.number ?? 0)
        case .string: bind(statement, at, value.text)
        case .array, .object:
            let text = JSONWriter.line(value)
            let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            sqlite3_bind_text(statement, at, text, Int32(text.utf8.count), copied)
        }
    }

    private func step(_ statement: OpaquePointer) throws(AlertError) {
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else {
            throw AlertError(
                .database,
                "the database refused a row: \(String(cString: sqlite3_errmsg(connection)))")
        }
    }
}
