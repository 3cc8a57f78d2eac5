public import DecisionTables
public import Documents
public import Expressions

/// What definitions may name: lists, conditions and scorecards, each compiled when it is first named
/// and once. It remembers the files that were needed, for closures.
///
/// Used while definitions are compiled, by one thread; compiled programs hold all they need.
public final class Vocabulary {
    /// Holds everything that is compiled.
    public let arena: Arena
    /// The lists.
    public let lists: ListLibrary
    /// Where dates stand that do not say, and where years begin, for rules that do not say either.
    public var timeZone: ZoneOffset
    /// The decision table of an id or a reference, with the files that it is made of.
    public var tables: (String) -> (table: DecisionTable, files: Set<String>)? = { _ in nil }
    /// What was wrong with conditions and scorecards, those that nothing names included after
    /// ``finish()``.
    public private(set) var findings: [Finding] = []

    private struct Entry<Program> {
        let node: Node
        var program: Program?
        var isCompiled = false
        var isOpen = false
        /// How many names lead to each other from here at most, this one counted.
        var height = 1
        /// Everything it needs, its own file included.
        var files: Set<String>
    }

    private var conditions: [String: Entry<Condition>] = [:]
    private var scorecards: [String: Entry<Scorecard>] = [:]
    /// Conditions that are being compiled, each named by the one before it.
    private var open: [String] = []
    private var order: [(name: String, isCondition: Bool)] = []

    /// How many conditions may lead to each other in a row; compiling and evaluating recur as deep.
    static let chainLimit = 32
    private var needs: [String: Set<String>] = [:]

    /// A vocabulary without conditions or scorecards so far.
    public init(
        lists: ListLibrary, timeZone: ZoneOffset = .utc, in arena: Arena
    ) {
        self.lists = lists
        self.timeZone = timeZone
        self.arena = arena
    }

    /// A vocabulary without any names.
    public convenience init(in arena: Arena) {
        self.init(lists: ListLibrary([], in: arena), in: arena)
    }

    // MARK: Files

    /// Files needed since it was last emptied.
    public var used: Set<String> {
        get { lists.used }
        set { lists.used = newValue }
    }

    /// Notes that a file is needed, and what it needs itself.
    public func note(_ file: String) {
        lists.used.insert(file)
        if let files = needs[file] { lists.used.formUnion(files) }
    }

    /// Runs something that compiles, and gives the files that it needed; ``used`` stays as it was.
    public func needed(by compile: () -> Void) -> Set<String> {
        let before = lists.used
        lists.used = []
        compile()
        defer { lists.used = before }
        return lists.used
    }

    /// Tells what a file of `rules/` needs.
    public func tell(_ file: String, needs files: Set<String>) { needs[file] = files }

    /// What a file of `rules/` needs.
    public func needs(of file: String) -> Set<String> { needs[file] ?? [] }

    // MARK: Collecting

    /// Takes note of `conditions` and `scorecards` of a rule file, to be compiled when named.
    ///
    /// Findings CN001, CN003 and SD001, SD002 tell of entries without a name or with one that stands
    /// already.
    public func collect(_ root: Node) {
        for entry in list(root["conditions"], "CN001", "conditions") {
            guard let name = id(entry, "CN001", "a condition") else { continue }
            if let other = conditions[name] {
                duplicate(entry, "CN003", "condition", name, other.node)
            } else {
                conditions[name] = Entry(node: entry, files: [entry.file])
                order.append((name, true))
            }
        }
        for entry in list(root["scorecards"], "SD001", "scorecards") {
            guard let name = id(entry, "SD001", "a scorecard") else { continue }
            if let other = scorecards[name] {
                duplicate(entry, "SD002", "scorecard", name, other.node)
            } else {
                scorecards[name] = Entry(node: entry, files: [entry.file])
                order.append((name, false))
            }
        }
    }

    private func list(_ node: Node?, _ code: String, _ name: String) -> [Node] {
        guard let node, !node.value.isNull else { return [] }
        if node.value.kind == .array { return node.elements }
        findings.append(node.finding(code, .error, "`\(name)` is a list of objects with an `id`"))
        return []
    }

    private func id(_ node: Node, _ code: String, _ what: String) -> String? {
        if let id = node["id"]?.value.text, !id.isEmpty, !id.bytes.contains(UInt8(ascii: "#")) {
            return String(id)
        }
        findings.append(
            (node["id"] ?? node).finding(
                code, .error, "\(what) needs an `id`: a text without '#' that no other has"))
        return nil
    }

    private func duplicate(
        _ node: Node, _ code: String, _ what: String, _ name: String, _ other: Node
    ) {
        findings.append(
            (node["id"] ?? node).finding(
                code, .error,
                "there already is a \(what) '\(name)' at \(other.reference); names are unique"))
    }

    // MARK: Looking up

    /// `file:line` of every condition by its name.
    public var conditionPlaces: [String: String] { conditions.mapValues { $0.node.reference } }

    /// What is wrong with the name of a condition: CN002 when there is none, CN004 when it is being
    /// compiled, so that it leads back to itself, CN005 when too many names lead to each other.
    public func problem(withCondition name: Text) -> (code: String, message: String)? {
        guard let entry = conditions[String(name)] else {
            let hint = NearestName.hint(name, among: names(conditions))
            return (
                "CN002",
                "there is no condition '\(name)' in rules/\(hint)"
            )
        }
        if open.count + entry.height > Self.chainLimit, !entry.isOpen {
            return (
                "CN005",
                "more than \(Self.chainLimit) conditions lead to each other here; write some of them "
                    + "out"
            )
        }
        guard entry.isOpen else { return nil }
        return (
            "CN004",
            "the condition '\(name)' at \(entry.node.reference) leads back to itself; break the circle"
        )
    }

    /// `there is no scorecard 'x' in rules/`; nil when there is.
    public func problem(withScorecard name: Text) -> String? {
        if scorecards[String(name)] != nil { return nil }
        let hint = NearestName.hint(name, among: names(scorecards))
        return "there is no scorecard '\(name)' in rules/\(hint)"
    }

    private func names<Program>(_ entries: [String: Entry<Program>]) -> [Text] {
        entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { arena.text($0) }
    }

    /// The condition of a name; nil when there is none or it does not compile.
    public func condition(_ name: Text) -> Condition? {
        let name = String(name)
        guard let entry = conditions[name], !entry.isOpen else { return nil }
        if !entry.isCompiled {
            conditions[name]?.isOpen = true
            open.append(name)
            var program: Condition?
            let files = needed {
                var reader = ConditionReader(self, dialect: .standard, rules: nil)
                program = reader.readNamed(entry.node)
                findings += reader.findings
            }
            conditions[name]?.program = program
            conditions[name]?.files.formUnion(files)
            conditions[name]?.isCompiled = true
            conditions[name]?.isOpen = false
            open.removeLast()
        }
        if let above = open.last, let height = conditions[name]?.height {
            let known = conditions[above]?.height ?? 1
            conditions[above]?.height = max(known, height + 1)
        }
        lists.used.formUnion(conditions[name]?.files ?? [])
        return conditions[name]?.program
    }

    /// The scorecard of an id; nil when there is none or it does not compile.
    public func scorecard(_ id: Text) -> Scorecard? {
        let id = String(id)
        guard let entry = scorecards[id] else { return nil }
        if !entry.isCompiled {
            var program: Scorecard?
            let files = needed {
                let (card, problems) = Scorecard.compile(entry.node, vocabulary: self)
                program = card
                findings += problems
            }
            scorecards[id]?.program = program
            scorecards[id]?.files.formUnion(files)
            scorecards[id]?.isCompiled = true
        }
        lists.used.formUnion(scorecards[id]?.files ?? [])
        return scorecards[id]?.program
    }

    /// The decision table of an id or a reference; nil when there is none that is sound.
    public func table(_ name: String) -> DecisionTable? {
        guard let (table, files) = tables(name) else { return nil }
        lists.used.formUnion(files)
        return table
    }

    /// Compiles what nothing has named, for its findings.
    public func finish() {
        let before = lists.used
        for (name, isCondition) in order {
            if isCondition {
                _ = condition(arena.text(name))
            } else {
                _ = scorecard(arena.text(name))
            }
        }
        lists.used = before
    }
}

extension ConditionReader {
    /// An entry of `conditions`: `{id, description?, …}` with one condition in its short form, or
    /// `type` and `rule`.
    mutating func readNamed(_ node: Node) -> Condition? {
        let known: [StaticString] = ["id", "description", "type", "options", "rule"]
        var forms = node["type"] == nil ? 0 : 1
        for (key, position, _) in node.members {
            let isForm = Self.shortForms.contains { key == $0 }
            if isForm, node["type"] == nil { forms += 1 }
            guard !isForm, !known.contains(where: { key == $0 }), node["type"] == nil else {
                continue
            }
            add(
                Finding(
                    "CN006", .warning,
                    "'\(key)' is no field of a condition and is not read"
                        + NearestName.hint(key, among: Self.shortForms + known),
                    file: node.file, at: position))
        }
        guard forms == 1 else {
            add(
                node.finding(
                    "CN001", .error,
                    "a condition has one of jsonLogic, jmespath, ruleSet, condition, scorecard, table, and, or, "
                        + "not; this has \(forms == 0 ? "none" : "several")"))
            return nil
        }
        return read(node)
    }
}
