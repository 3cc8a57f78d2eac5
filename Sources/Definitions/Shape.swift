import Documents

/// What a member of a definition may be, and the check that it is.
struct Shape {
    /// The JSON types a member may have.
    enum Kind {
        case string, number, bool, object, list, names, any

        func fits(_ node: Node) -> Bool {
            switch self {
            case .string: node.value.kind == .string
            case .number: node.value.isNumber
            case .bool: node.value.kind == .bool
            case .object: node.value.kind == .object
            case .list: node.value.kind == .array
            case .names:
                node.value.array?.allSatisfy { $0.kind == .string } ?? false
            case .any: true
            }
        }

        var words: String {
            switch self {
            case .string: "a text"
            case .number: "a number"
            case .bool: "true or false"
            case .object: "an object"
            case .list: "a list"
            case .names: "a list of texts"
            case .any: "any value"
            }
        }
    }

    /// What the whole is called in messages: `a workflow`.
    var whole: StaticString
    /// The members by name.
    var members: [(name: StaticString, kind: Kind)]
    /// The code of findings about unknown members, which are warnings.
    var unknown: String
    /// The code of findings about members of another type, which are errors.
    var type: String
    /// Names of further members, of any type.
    var own: [Text] = []

    /// Warns of members that have no meaning and refuses those of another type; null counts as
    /// absent.
    func check(_ node: Node) -> [Finding] {
        var findings: [Finding] = []
        for (key, position, member) in node.members {
            if own.contains(where: { $0 == key }) { continue }
            guard let known = members.first(where: { key == $0.name }) else {
                let hint = NearestName.hint(key, among: members.map { Text($0.name) } + own)
                findings.append(
                    Finding(
                        unknown, .warning,
                        "'\(key)' is no field of \(whole) and is not read\(hint)",
                        file: node.file, at: position))
                continue
            }
            if !member.value.isNull, !known.kind.fits(member) {
                findings.append(member.finding(type, .error, "\(key) is \(known.kind.words)"))
            }
        }
        return findings
    }
}
