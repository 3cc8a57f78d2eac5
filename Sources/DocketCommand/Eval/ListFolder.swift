import Documents
import Expressions

/// Lists that expressions of `docket eval` may name: those of `--lists`, and those of a request.
struct ListFolder {
    private let arena = Arena()
    private var lists: [NamedList] = []

    /// No lists.
    init() {}

    /// The lists of a folder, named as they would be in `lists/`; links are not followed.
    ///
    /// - Throws: ``CommandError`` when one cannot be read or is no list.
    init(folder: String) throws {
        guard WorkTree.kind(folder) == .directory else {
            throw CommandError(.usage, "--lists \(folder): no such directory")
        }
        for path in try WorkTree.files(below: folder)
        where NamedList.name(ofFile: "lists/" + path) != nil {
            let file = folder + "/" + path
            let (list, findings) = NamedList.load(
                file: "lists/" + path, bytes: try WorkTree.read(file, limit: 16 << 20), in: arena)
            if let problem = findings.first(where: { $0.level == .error }) {
                throw CommandError(.findings, problem.description)
            }
            if let list { lists.append(list) }
        }
    }

    /// These lists and those of a request's `lists`, each as a file of `lists/` has it; nil when there
    /// are none, so that expressions know no lists at all.
    func library(
        with request: Value, in arena: Arena
    ) throws(ExpressionError) -> ListLibrary? {
        var all = lists
        for member in request["lists"]?.members.map(Array.init) ?? [] {
            let (list, findings) = NamedList.load(
                file: "lists/\(member.key).json", bytes: Array(JSONWriter.line(member.value).utf8),
                in: arena)
            guard let list else {
                throw ExpressionError(
                    .syntax, findings.first?.message ?? "'\(member.key)' is no list")
            }
            all.append(list)
        }
        return all.isEmpty ? nil : ListLibrary(all, in: arena)
    }
}
