public import Documents
public import Expressions

/// Reads `list: NAME` with an optional `where: {column: value}`, wherever a definition has them.
public struct ListReader {
    let lists: ListLibrary
    let arena: Arena
    /// What was wrong so far: LS010, LS011, LS012.
    public private(set) var findings: [Finding] = []

    /// A reader of an arena that outlives what is compiled.
    public init(_ lists: ListLibrary, in arena: Arena) {
        self.lists = lists
        self.arena = arena
    }

    /// The list that a node names in `list`, only the rows that `where` asks for; nil, with a finding
    /// unless the list's own file has one, when there is none.
    public mutating func read(_ node: Node) -> NamedList? {
        guard let named = node["list"], let name = named.value.text else {
            findings.append(
                (node["list"] ?? node).finding(
                    "LS012", .error, "`list` is the name of a list, such as country-risk"))
            return nil
        }
        if let problem = lists.problem(with: name) {
            findings.append(named.finding("LS010", .error, problem))
            return nil
        }
        guard var list = lists[name] else { return nil }
        guard let filter = node["where"] else { return list }
        guard filter.value.kind == .object else {
            findings.append(
                filter.finding(
                    "LS012", .error, "`where` holds columns and their values: {level: high}"))
            return nil
        }
        for (column, position, value) in filter.members {
            if let problem = lists.problem(with: list, column: column) {
                findings.append(
                    Finding("LS011", .error, problem, file: filter.file, at: position))
                return nil
            }
            let values = value.oneOrMore.map(\.value)
            list = list.filtered(by: Key(column), among: values, in: arena)
        }
        if list.count == 0, !lists.isOpen {
            findings.append(
                filter.finding("LS013", .warning, "no row of the list '\(name)' is like this"))
        }
        return list
    }
}
