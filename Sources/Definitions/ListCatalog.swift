import Documents
import Expressions

/// The lists of a commit: loaded when a definition names one, and once.
final class ListCatalog {
    let library: ListLibrary
    private let state: State

    /// What loading leaves behind; apart from the library, whose closure holds it.
    private final class State {
        var content: ((ListFile) -> [UInt8]?)?
        var findings: [Finding] = []
        var digests: [String: Digest] = [:]
    }

    /// - Parameter content: the bytes of a list; asked until ``close()``.
    init(_ files: [ListFile], in arena: Arena, content: @escaping (ListFile) -> [UInt8]?) {
        let state = State()
        state.content = content
        var byName: [String: ListFile] = [:]
        for file in files {
            guard let name = NamedList.name(ofFile: file.path) else { continue }
            if let other = byName[name] {
                state.findings.append(
                    Finding(
                        "LS006", .error,
                        "\(other.path) is a list of the name '\(name)' too; give one of them another",
                        file: file.path))
            } else {
                byName[name] = file
            }
        }
        self.state = state
        library = ListLibrary(files: byName.mapValues(\.path), in: arena) { [byName] name in
            guard let file = byName[name] else { return nil }
            guard let bytes = state.content?(file) else {
                state.findings.append(
                    Finding(
                        "LS001", .error, "the list cannot be read, and definitions name it",
                        file: file.path))
                return nil
            }
            let (list, findings) = NamedList.load(file: file.path, bytes: bytes, in: arena)
            state.findings += findings
            state.digests[file.path] = Digest(of: bytes)
            return list
        }
    }

    /// What was wrong with the lists that were loaded, and with their names.
    var findings: [Finding] { state.findings }

    /// The digest of a list that was loaded.
    func digest(of path: String) -> Digest? { state.digests[path] }

    /// A digest of definitions with that of the lists that they name.
    func digest(with definitions: Digest) -> Digest {
        let paths = state.digests.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if paths.isEmpty { return definitions }
        var bytes = Array(definitions.bytes)
        for path in paths {
            bytes += Array(path.utf8) + [0] + Array(state.digests[path]?.bytes ?? [])
        }
        return Digest(of: bytes)
    }

    /// Loads nothing more.
    func close() { state.content = nil }
}
