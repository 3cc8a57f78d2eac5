import Casework
public import Documents
public import GitStorage

extension Ledger {
    /// Calls `body` with the path and the content of each stored answer of a vendor, in the order of
    /// the ledger's paths.
    ///
    /// An answer that stands outside of git is read from there and stands as `body`, too.
    ///
    /// - Parameters:
    ///   - glob: only of these cases.
    ///   - arena: where the contents are; it grows by all of them.
    public func forEachEvidence(
        matching glob: CaseGlob? = nil, into arena: Arena, _ body: (String, Value) -> Void
    ) throws(GitError) {
        guard let folder = try repository.entry(at: Array("evidence".utf8), in: root),
            folder.kind == .tree
        else { return }
        var walker = try TreeWalker(TreeID(folder.id), in: repository)
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        while let found = try walker.next() {
            if found.kind == .tree {
                if let glob, !glob.mayMatch(below: found.text) { walker.skipSubtree() }
                continue
            }
            guard found.kind == .file, found.text.hasSuffix(".json") else { continue }
            let bytes = try repository.blob(BlobID(found.id), limitBytes: 1 << 30)
            guard let value = try? parser.parse(bytes, into: arena), value.kind == .object,
                let id = value["case"]?.string.flatMap({ CaseID($0) })
            else { continue }
            if let glob, !glob.matches(id) { continue }
            body(
                "evidence/\(found.text)",
                try whole(value, at: "evidence/\(found.text)", into: arena))
        }
    }
    /// Stored evidence with its answer's body in it, wherever that stands.
    private func whole(
        _ evidence: Value, at path: String, into arena: Arena
    ) throws(GitError) -> Value {
        guard let answer = evidence["answer"], answer["content"] != nil,
            let body = try ContentStore(repository.location).body(of: answer, for: path, in: arena)
        else { return evidence }
        return evidence.setting(
            Key("answer"), to: answer.setting(Key("body"), to: body, in: arena), in: arena)
    }
}
