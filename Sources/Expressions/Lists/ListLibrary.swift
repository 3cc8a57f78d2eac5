public import Documents

/// Where compilers find lists by their names, and what remembers which were used.
///
/// Lists are loaded when they are first named. Used while definitions are compiled, by one thread;
/// compiled programs hold the lists themselves.
public final class ListLibrary {
    /// The names of all lists there are, in byte order.
    public let names: [String]
    /// Repository paths of the lists asked for since it was last emptied, readable or not.
    public var used: Set<String> = []
    /// Whether every name is taken for a list that may have any column: where one file is checked
    /// without its repository.
    public let isOpen: Bool

    private let arena: Arena
    private let files: [String: String]
    private let load: (String) -> NamedList?
    private var loaded: [String: NamedList?] = [:]

    /// A library.
    ///
    /// - Parameters:
    ///   - files: the repository paths of all lists by their names.
    ///   - arena: outlives all programs that use the lists.
    ///   - load: the list of one of the names; nil when it cannot be read.
    public init(
        files: [String: String], in arena: Arena, load: @escaping (String) -> NamedList?
    ) {
        names = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.files = files
        self.arena = arena
        self.load = load
        isOpen = false
    }

    /// A library of lists that are there already.
    public convenience init(_ lists: [NamedList], in arena: Arena) {
        let byName = Dictionary(lists.map { (String($0.name), $0) }) { first, _ in first }
        self.init(files: byName.mapValues { String($0.file) }, in: arena) { byName[$0] }
    }

    /// A library in which every name is an empty list.
    public init(openIn arena: Arena) {
        names = []
        files = [:]
        isOpen = true
        self.arena = arena
        load = { name in
            NamedList(name: arena.text(name), file: arena.text(name), rows: [], in: arena)
        }
    }

    /// The list of a name; nil when there is none or its file is no list.
    public subscript(name: Text) -> NamedList? {
        let key = String(name)
        if let file = files[key] { used.insert(file) }
        if let known = loaded[key] { return known }
        let list = isKnown(name) ? load(key) : nil
        loaded[key] = .some(list)
        return list
    }

    /// Whether there is a file of the name, readable or not.
    public func isKnown(_ name: Text) -> Bool { isOpen || files[String(name)] != nil }

    /// The problems of `[list, value, column?]`, the operands of an operator over lists.
    func check(_ name: Text, _ arguments: Node) -> [Finding] {
        let operands = arguments.value.kind == .array ? arguments.elements : []
        guard operands.count >= 2, let listName = operands[0].value.text else {
            return [
                (operands.first ?? arguments).finding(
                    "LS012", .error,
                    "'\(name)' takes the name of a list and a value, as in "
                        + "{\"\(name)\": [\"country-risk\", {\"var\": \"entity.data.country\"}]}")
            ]
        }
        if let problem = problem(with: listName) {
            return [operands[0].finding("LS010", .error, problem)]
        }
        guard name == "lookup", operands.count > 2, let list = self[listName] else { return [] }
        guard let column = operands[2].value.text else {
            return [operands[2].finding("LS012", .error, "the column of a list is named by a text")]
        }
        return problem(with: list, column: column).map {
            [operands[2].finding("LS011", .error, $0)]
        } ?? []
    }

    /// `there is no list 'x' in lists/; did you mean 'y'?`; nil when there is a file of the name.
    public func problem(with name: Text) -> String? {
        if isKnown(name) { return nil }
        let hint = NearestName.hint(name, among: names.map { arena.text($0) })
        return "there is no list '\(name)' in lists/\(hint)"
    }

    /// `the list 'x' has no column 'y'; …`; nil when it has it.
    public func problem(with list: NamedList, column: Text) -> String? {
        if isOpen || list.hasColumn(column) { return nil }
        let columns = list.columns
        if columns.isEmpty {
            return "the list '\(list.name)' has no columns; ask whether a value is in it"
        }
        let hint = NearestName.hint(column, among: columns)
        let known = columns.map { String($0) }.joined(separator: ", ")
        return "the list '\(list.name)' has no column '\(column)', only \(known)\(hint)"
    }
}
