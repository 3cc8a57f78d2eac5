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
    /// Numbers of counterparties by id, a table a project.
    private var parties: [[Text: Int64]] = []
    private var partyCount: Int64 = 0
    /// Holds the ids.
    private let ids: Arena
    /// For what is made of one row.
    let scratch = Arena()

    /// One transaction, ready to be added.
    struct Row {
        var id: Value
        var amount: Value
        var base: Value
        var originator: Value?
        var beneficiary: Value?
        /// What the other columns are read from.
        var fields: Value
    }

    private static let loaderKeys: [Key] = [
        "transactionType", "transactionDirection", "paymentMethod",
    ].map { Key($0) }

    private let extraKeys: [Key]
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
        let ids = Arena()
        self.ids = ids
        extraKeys = extra.map { ids.key($0) }
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
        let number = isByProject ? store.project(project) : 0
        if let known = known(id, number) { return (known, false) }
        // Files that name no correlation id mean the id; Ballerine's rows may have none.
        let own = counterparty["correlationId"] == nil ? id : correlation
        return (
            try party(
                id, number, own, counterparty["type"]?.text, counterparty["businessType"]?.text),
            true
        )
    }

    private func known(_ id: Text, _ project: Int) -> Int64? {
        project < parties.count ? parties[project][id] : nil
    }

    /// The number of a counterparty by id; a new one when it is not known.
    private mutating func party(_ id: Text, _ project: Int) throws(AlertError) -> Int64 {
        let project = isByProject ? project : 0
        if let known = known(id, project) { return known }
        return try party(id, project, id, nil, nil)
    }

    private mutating func party(
        _ id: Text, _ project: Int, _ correlation: Text?, _ kind: Text?, _ segment: Text?
    ) throws(AlertError) -> Int64 {
        partyCount += 1
        let statement = insertParty.sqliteStatement
        sqlite3_bind_int64(statement, 1, partyCount)
        bind(statement, 2, id)
        bind(statement, 3, correlation)
        bind(statement, 4, kind)
        bind(statement, 5, segment)
        try step(statement)
        while parties.count <= project { parties.append([:]) }
        parties[project][Text(start: ids.copy(id.bytes), count: id.count)] = partyCount
        return partyCount
    }

    // MARK: Transactions

    /// Adds a transaction in flat form, as alerts read it, its counterparties by id.
    public mutating func add(
        transaction: Value, project: String, date: Instant
    ) throws(AlertError) {
        var row = row(
            id: transaction["id"] ?? .null, amount: transaction["transactionAmount"] ?? .null,
            base: transaction["transactionBaseAmount"] ?? .null, of: transaction)
        row.originator = transaction["counterpartyOriginatorId"]
        row.beneficiary = transaction["counterpartyBeneficiaryId"]
        try add(row, project: project, date: date)
    }

    func row(id: Value, amount: Value, base: Value, of fields: Value) -> Row {
        Row(id: id, amount: amount, base: base, fields: fields)
    }

    mutating func add(_ row: Row, project: String, date: Instant) throws(AlertError) {
        let statement = insert.sqliteStatement
        let number = store.project(project)
        // A counterparty that is new is another statement's row: first of all.
        let originator = try row.originator?.text.map { id throws(AlertError) in
            try party(id, number)
        }
        let beneficiary = try row.beneficiary?.text.map { id throws(AlertError) in
            try party(id, number)
        }
        bind(statement, 1, row.id.text)
        sqlite3_bind_int64(statement, 2, Int64(number))
        sqlite3_bind_int64(statement, 3, Int64(date.milliseconds))
        bind(statement, 4, number: row.amount)
        bind(statement, 5, number: row.base)
        bind(statement, 6, integer: Millionths.of(row.base))
        for (at, key) in Self.loaderKeys.enumerated() {
            bind(statement, Int32(7 + at), row.fields[key]?.text)
        }
        bind(statement, 10, integer: originator)
        bind(statement, 11, integer: beneficiary)
        for (at, key) in extraKeys.enumerated() {
            try bind(statement, Int32(12 + at), row.fields[key] ?? .null)
        }
        try step(statement)
        store.transactionCount += 1
    }

    // MARK: Binding

    private func bind(_ statement: OpaquePointer, _ at: Int32, integer: Int64?) {
        if let integer {
            sqlite3_bind_int64(statement, at, integer)
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
