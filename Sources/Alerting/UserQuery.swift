public import Definitions
internal import Documents
internal import GRDB
internal import GRDBSQLite

/// Read-only SQL of a rule's author: one SELECT over the views `transactions` and `counterparties`, with
/// the run's clock as `:now` and limits on what it may take.
///
/// An authorizer refuses everything but reading those views and calling functions of a list; none of them
/// reads a clock or chance. What the query takes is bounded in steps, rows, lengths and memory.
enum UserQuery {
    /// Functions that give the same for the same arguments, whatever the clock.
    static let functions: Set<String> = [
        "abs", "avg", "ceil", "ceiling", "char", "coalesce", "count", "cume_dist", "day",
        "dense_rank", "first_value", "floor", "glob", "hex", "ifnull", "iif", "instr", "lag",
        "last_value", "lead", "length", "like", "lower", "ltrim", "max", "min", "nth_value",
        "ntile", "nullif", "percent_rank", "printf", "format", "quote", "rank", "replace", "round",
        "row_number", "rtrim", "sign", "substr", "substring", "sum", "total", "trim", "trunc",
        "typeof", "unicode", "upper", "window_start",
    ]

    /// Virtual-machine steps that a query may take; two billion are some tens of seconds.
    static let stepLimit = 2_000_000_000
    private static let stepsPerCheck: Int32 = 100_000

    /// What the authorizer and the progress handler know of the query at work.
    private final class Guard {
        var refusal: String?
        var checksLeft = UserQuery.stepLimit / Int(UserQuery.stepsPerCheck)
        var isOver = false
    }

    /// The views as their authors see them.
    static func views(columns: [String]) -> String {
        let extra = columns.map { ", tx.\"\($0)\"" }.joined()
        return """
            CREATE TEMP VIEW IF NOT EXISTS transactions AS SELECT tx.id AS id,
              project.name AS projectId, tx.date AS transactionDate,
              tx.amount AS transactionAmount, tx.base AS transactionBaseAmount,
              tx.type AS transactionType, tx.direction AS transactionDirection,
              tx.method AS paymentMethod, o.id AS counterpartyOriginatorId,
              b.id AS counterpartyBeneficiaryId\(extra)
            FROM tx LEFT JOIN project ON project.n = tx.project
            LEFT JOIN counterparty AS o ON o.n = tx.originator
            LEFT JOIN counterparty AS b ON b.n = tx.beneficiary;
            CREATE TEMP VIEW IF NOT EXISTS counterparties AS SELECT id, correlation AS correlationId,
              kind AS type, segment AS businessType FROM counterparty;
            """
    }

    /// The statement, compiled under the authorizer.
    static func prepare(
        _ sql: String, _ connection: OpaquePointer
    ) throws(AlertError) -> OpaquePointer {
        guard orders(sql) else {
            throw AlertError(
                .query, "the query needs an ORDER BY, so that its rows come in one order always")
        }
        let watch = Guard()
        let context = Unmanaged.passUnretained(watch).toOpaque()
        sqlite3_set_authorizer(
            connection,
            { context, action, first, second, _, inner in
                guard let context else { return SQLITE_DENY }
                let watch = Unmanaged<Guard>.fromOpaque(context).takeUnretainedValue()
                return UserQuery.verdict(
                    action, first.map { String(cString: $0) }, second.map { String(cString: $0) },
                    inner.map { String(cString: $0) }, watch)
            }, context)
        defer { sqlite3_set_authorizer(connection, nil, nil) }
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let (code, rest) = withExtendedLifetime(watch) {
            sql.withCString { text in
                let code = sqlite3_prepare_v2(connection, text, -1, &statement, &tail)
                return (code, tail.map { String(cString: $0) } ?? "")
            }
        }
        guard code == SQLITE_OK, let statement else {
            let problem = watch.refusal ?? String(cString: sqlite3_errmsg(connection))
            throw AlertError(.query, code == SQLITE_OK ? "the query is empty" : problem)
        }
        guard rest.utf8.allSatisfy({ $0 <= 0x20 || $0 == 0x3B }),
            sqlite3_stmt_readonly(statement) != 0
        else {
            sqlite3_finalize(statement)
            throw AlertError(.query, "the query is one SELECT and nothing after it")
        }
        return statement
    }

    /// Tables of the database's own, and tables that functions make.
    private static let hidden = ["sqlite_", "pragma_", "json_", "fts", "dbstat"]

    private static func verdict(
        _ action: Int32, _ first: String?, _ second: String?, _ inner: String?, _ watch: Guard
    ) -> Int32 {
        switch action {
        case SQLITE_SELECT: return SQLITE_OK
        case SQLITE_READ:
            let table = first ?? ""
            if ["transactions", "counterparties"].contains(table) { return SQLITE_OK }
            // What the views stand on is read through them alone.
            if inner != nil, ["tx", "counterparty", "project"].contains(table) { return SQLITE_OK }
            // A table that the query makes itself, of which no column is read.
            if second?.isEmpty ?? true, !hidden.contains(where: table.lowercased().hasPrefix) {
                return SQLITE_OK
            }
            watch.refusal =
                "the query reads \(table); it may read transactions and counterparties"
        case SQLITE_FUNCTION:
            let name = (second ?? "").lowercased()
            if functions.contains(name) { return SQLITE_OK }
            watch.refusal =
                "the query may not use \(name)(): its answer could differ from run to run"
        case SQLITE_RECURSIVE: watch.refusal = "the query may not be recursive"
        default: watch.refusal = "the query may read and nothing else"
        }
        return SQLITE_DENY
    }

    /// Whether the outermost SELECT has an ORDER BY: the words outside parentheses, texts and comments.
    static func orders(_ sql: String) -> Bool {
        var words: [String] = []
        var word: [UInt8] = []
        var depth = 0
        let text = Array(sql.utf8) + [0x20]
        var at = 0
        func skip(to end: UInt8) {
            at += 1
            while at < text.count, text[at] != end { at += 1 }
        }
        while at < text.count {
            let byte = text[at]
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F
            if isLetter {
                word.append(byte | 0x20)
            } else {
                if !word.isEmpty, depth == 0 { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                switch byte {
                case 0x27, 0x22, 0x60: skip(to: byte)
                case 0x5B: skip(to: 0x5D)
                case 0x2D where at + 1 < text.count && text[at + 1] == 0x2D: skip(to: 0x0A)
                case 0x2F where at + 1 < text.count && text[at + 1] == 0x2A:
                    at += 2
                    while at + 1 < text.count, !(text[at] == 0x2A && text[at + 1] == 0x2F) {
                        at += 1
                    }
                    at += 1
                case 0x28: depth += 1
                case 0x29: depth -= 1
                default: break
                }
            }
            at += 1
        }
        return zip(words, words.dropFirst()).contains { $0 == "order" && $1 == "by" }
    }

    // MARK: Running

    /// Steps through a statement within the limits.
    static func run(
        _ statement: OpaquePointer, _ connection: OpaquePointer, rowLimit: Int,
        _ row: () throws(AlertError) -> Void
    ) throws(AlertError) {
        let watch = Guard()
        sqlite3_progress_handler(
            connection, stepsPerCheck,
            { context in
                guard let context else { return 1 }
                let watch = Unmanaged<Guard>.fromOpaque(context).takeUnretainedValue()
                watch.checksLeft -= 1
                watch.isOver = watch.checksLeft <= 0
                return watch.isOver ? 1 : 0
            }, Unmanaged.passUnretained(watch).toOpaque())
        defer { sqlite3_progress_handler(connection, 0, nil, nil) }
        var count = 0
        while true {
            let code = withExtendedLifetime(watch) { sqlite3_step(statement) }
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else {
                throw AlertError(
                    .query,
                    watch.isOver
                        ? "the query takes more than \(stepLimit) steps"
                        : String(cString: sqlite3_errmsg(connection)))
            }
            count += 1
            if count > rowLimit {
                throw AlertError(.query, "the query gives more than \(rowLimit) rows")
            }
            try row()
        }
    }
}

extension TransactionStore {
    /// The rows of a query of one's own.
    func answer(
        _ query: AlertQuery, clock: AlertClock, project: String, in arena: Arena
    ) throws(AlertError) -> [Value] {
        try access { db in
            guard let connection = db.sqliteConnection else {
                throw AlertError(.database, "the transactions' database is closed")
            }
            try self.prepareViews(db)
            try self.defineFunctions(connection, clock)
            for (limit, value) in Self.lengths { sqlite3_limit(connection, limit, value) }
            let statement = try UserQuery.prepare(query.sql, connection)
            defer { sqlite3_finalize(statement) }
            try Self.checkColumns(statement, query)
            try Self.bind(statement, clock, project)
            let keys = query.columns.map { arena.key($0) }
            var rows: [Value] = []
            try UserQuery.run(statement, connection, rowLimit: query.rowLimit) {
                () throws(AlertError) in
                rows.append(
                    arena.object(
                        keys.enumerated().map { at, key in
                            Member(key, Self.column(statement, Int32(at), arena))
                        }))
            }
            return rows
        }
    }

    /// SQLite's own limits while a query of somebody's runs; nothing of ours comes near them.
    private static let lengths: [(Int32, Int32)] = [
        (SQLITE_LIMIT_LENGTH, 10_000_000), (SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (SQLITE_LIMIT_EXPR_DEPTH, 200), (SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000), (SQLITE_LIMIT_ATTACHED, 0),
    ]

    private func prepareViews(_ db: Database) throws {
        try db.execute(
            sql: "CREATE TEMP TABLE IF NOT EXISTS project(n INTEGER PRIMARY KEY, name TEXT)")
        for (number, name) in projectNames.enumerated() {
            try db.execute(
                sql: "INSERT OR REPLACE INTO temp.project VALUES (?, ?)", arguments: [number, name])
        }
        try db.execute(sql: UserQuery.views(columns: columns))
    }

    /// `day(milliseconds)` gives `2026-11-22`; `window_start(amount, unit)` where a window begins.
    private func defineFunctions(
        _ connection: OpaquePointer, _ clock: AlertClock
    ) throws(AlertError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
        let context = Unmanaged.passRetained(ClockBox(clock)).toOpaque()
        let first = sqlite3_create_function_v2(
            connection, "window_start", 2, flags, context,
            { context, _, arguments in
                guard let context, let arguments, let box = sqlite3_user_data(context),
                    let unit = sqlite3_value_text(arguments[1])
                else { return sqlite3_result_null(context) }
                let clock = Unmanaged<ClockBox>.fromOpaque(box).takeUnretainedValue().clock
                let amount = sqlite3_value_double(arguments[0])
                do throws(AlertError) {
                    let start = try clock.nativeWindowStart(amount, String(cString: unit))
                    sqlite3_result_int64(context, Int64(start.milliseconds))
                } catch {
                    sqlite3_result_error(context, error.message, -1)
                }
            }, nil, nil, { box in box.map { Unmanaged<ClockBox>.fromOpaque($0).release() } })
        let second = sqlite3_create_function_v2(
            connection, "day", 1, flags, nil,
            { context, _, arguments in
                guard let context, let arguments,
                    sqlite3_value_type(arguments[0]) == SQLITE_INTEGER
                else { return sqlite3_result_null(context) }
                let moment = Instant(milliseconds: Int(sqlite3_value_int64(arguments[0])))
                let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
                sqlite3_result_text(context, moment.day, -1, copied)
            }, nil, nil, nil)
        guard first == SQLITE_OK, second == SQLITE_OK else {
            throw AlertError(.database, String(cString: sqlite3_errmsg(connection)))
        }
    }

    private static func checkColumns(
        _ statement: OpaquePointer, _ query: AlertQuery
    ) throws(AlertError) {
        let count = sqlite3_column_count(statement)
        let names = (0..<count).map { at in
            sqlite3_column_name(statement, at).map { String(cString: $0) } ?? ""
        }
        guard names.count == query.columns.count,
            zip(names, query.columns).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
        else {
            throw AlertError(
                .query,
                "the query gives the columns \(names.joined(separator: ", ")), and declares "
                    + query.columns.joined(separator: ", "))
        }
    }

    /// `:now`, `:today` (midnight) in milliseconds, `:projectId`.
    private static func bind(
        _ statement: OpaquePointer, _ clock: AlertClock, _ project: String
    ) throws(AlertError) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for at in 1..<(sqlite3_bind_parameter_count(statement) + 1) {
            switch sqlite3_bind_parameter_name(statement, at).map({ String(cString: $0) }) {
            case ":now": sqlite3_bind_int64(statement, at, Int64(clock.now.milliseconds))
            case ":today":
                sqlite3_bind_int64(
                    statement, at, Int64(clock.midnight(of: clock.now).milliseconds))
            case ":projectId": sqlite3_bind_text(statement, at, project, -1, copied)
            case let name:
                throw AlertError(
                    .query,
                    "there is no parameter \(name ?? "?"); known are :now, :today and :projectId")
            }
        }
    }

    private static func column(_ statement: OpaquePointer, _ at: Int32, _ arena: Arena) -> Value {
        switch sqlite3_column_type(statement, at) {
        case SQLITE_INTEGER: return .integer(Int(sqlite3_column_int64(statement, at)))
        case SQLITE_FLOAT: return .number(sqlite3_column_double(statement, at))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(statement, at) else { return .null }
            return arena.string(
                UnsafeRawBufferPointer(
                    start: text, count: Int(sqlite3_column_bytes(statement, at))))
        default: return .null
        }
    }

    /// Finds what is wrong with a query, without any transactions.
    public static func check(_ query: AlertQuery) -> AlertError? {
        do throws(AlertError) {
            let store = try TransactionStore(cacheKilobytes: 1024)
            let clock = AlertClock(now: Instant(milliseconds: 0))
            _ = try store.answer(query, clock: clock, project: "", in: Arena())
            return nil
        } catch {
            return error
        }
    }
}

private final class ClockBox {
    let clock: AlertClock
    init(_ clock: AlertClock) { self.clock = clock }
}
