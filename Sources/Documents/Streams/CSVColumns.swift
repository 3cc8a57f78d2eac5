/// A column of a CSV file: where its cells go in the object of a row, and as what.
public struct CSVColumn: Sendable {
    /// What a cell that is not empty becomes.
    public enum Cell: String, Sendable {
        /// The text as it stands.
        case string
        /// A JSON number, its spelling kept.
        case number
        /// `true` or `false`, in any case.
        case boolean
        /// Any JSON text.
        case json
    }

    /// The name as the header spells it.
    public let name: String
    /// The member chain, such as `entity`, `data`, `country`.
    public let path: [String]
    /// What its cells become.
    public let cell: Cell
}

/// The columns of a header as a tree, so that a row is built from the leaves up.
struct CSVColumnTree: Sendable {
    struct Branch: Sendable {
        let key: Key
        /// The column of a leaf; nil for an object.
        var column: Int?
        var children: [Int] = []
    }

    private(set) var columns: [CSVColumn] = []
    /// The first is the root.
    private(set) var branches: [Branch] = [Branch(key: Key(""))]

    /// Adds the next column; the message says why it cannot be.
    mutating func add(_ name: String, in arena: Arena) -> String? {
        var path = name
        var cell = CSVColumn.Cell.string
        if let colon = name.utf8.lastIndex(of: 0x3A) {
            let suffix = String(name[name.utf8.index(after: colon)...])
            guard let known = CSVColumn.Cell(rawValue: suffix) else {
                return "the column '\(name)' ends in ':\(suffix)'; known are :string, :number, "
                    + ":boolean and :json"
            }
            cell = known
            path = String(name[..<colon])
        }
        let segments = path.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
            .map { String($0) ?? "" }
        if segments.contains(where: { $0.utf8.isEmpty }) {
            return "the column '\(name)' has an empty name or an empty part between dots"
        }
        if let problem = insert(segments, name, in: arena) { return problem }
        columns.append(CSVColumn(name: name, path: segments, cell: cell))
        return nil
    }

    private mutating func insert(
        _ segments: [String], _ name: String, in arena: Arena
    ) -> String? {
        var branch = 0
        for (depth, segment) in segments.enumerated() {
            let isLeaf = depth == segments.count - 1
            let key = arena.key(segment)
            let known = branches[branch].children.first {
                branches[$0].key.hash == key.hash && branches[$0].key.text == key.text
            }
            guard let known else {
                branches.append(Branch(key: key, column: isLeaf ? columns.count : nil))
                branches[branch].children.append(branches.count - 1)
                branch = branches.count - 1
                continue
            }
            if let other = branches[known].column {
                return isLeaf
                    ? "the column '\(name)' stands twice"
                    : "the column '\(name)' goes into '\(columns[other].name)', which is a column "
                        + "itself"
            }
            if isLeaf {
                return "the column '\(name)' is a column, and others go into it"
            }
            branch = known
        }
        return nil
    }
}
