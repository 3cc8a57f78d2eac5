import Documents

/// A plugin kind: a template over the API plugin, as `plugins/*.yaml` and ``BuiltInKinds`` write it.
struct PluginKind: Sendable {
    /// What plugins write as `pluginKind`.
    let name: String
    /// The kind it builds on; `api` when it names none.
    let base: String
    /// The only semantics it holds for, if any.
    let semantics: Semantics?
    /// Whether it is the repository's own.
    let isOwn: Bool
    /// Its file; of a built-in kind `docket:NAME`.
    let source: Source
    /// Of its text's values.
    let digest: Digest

    init?(_ source: Source, isOwn: Bool) {
        guard let name = source.root["kind"]?.value.string else { return nil }
        self.name = name
        self.isOwn = isOwn
        self.source = source
        base = source.root["base"]?.value.string ?? "api"
        semantics = source.root["semantics"]?.value.string.flatMap { Semantics(rawValue: $0) }
        digest = Digest(of: JSONWriter.canonicalFile(source.value))
    }

    var root: Node { source.root }
}

/// The plugin kinds that a workflow may name: the built-in ones and the repository's own.
struct PluginKinds: Sendable {
    private let own: [PluginKind]
    /// Kinds that build on each other, at most.
    static let depthLimit = 16
    /// The kinds that all others build on.
    static let roots: [String] = ["api", "webhook"]

    init(own: [PluginKind] = []) { self.own = own }

    /// Read once a process, when a workflow first names one of them.
    private static let builtIn: [PluginKind] = BuiltInKinds.texts.compactMap { name, text in
        let file = "docket:\(name)"
        let bytes = Array(Text(text).bytes)
        return Source.parse(file + ".yaml", bytes).source.flatMap { PluginKind($0, isOwn: false) }
    }

    static func isBuiltIn(_ name: String) -> Bool {
        roots.contains { $0.utf8.elementsEqual(name.utf8) }
            || BuiltInKinds.texts.contains { Text($0.name).bytes.elementsEqual(name.utf8) }
    }

    /// The kind that a name means to a workflow.
    func find(_ name: String, _ semantics: Semantics) -> PluginKind? {
        (own + Self.builtIn).first {
            $0.name.utf8.elementsEqual(name.utf8) && ($0.semantics ?? semantics) == semantics
        }
    }

    /// All names, for hints; in byte order.
    func names(_ semantics: Semantics) -> [String] {
        let kinds = (own + Self.builtIn).filter { ($0.semantics ?? semantics) == semantics }
        return (Self.roots + kinds.map(\.name))
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The kinds that one builds on, the outermost first and it last.
    ///
    /// - Throws: a sentence that says why there is no such chain.
    func chain(_ kind: PluginKind, _ semantics: Semantics) throws(KindProblem) -> [PluginKind] {
        var chain = [kind]
        while !Self.roots.contains(where: { $0.utf8.elementsEqual(chain[0].base.utf8) }) {
            guard chain.count < Self.depthLimit else {
                throw KindProblem(
                    code: "PK005", member: "base",
                    message: "the kind '\(kind.name)' builds on itself, or on more than "
                        + "\(Self.depthLimit) others")
            }
            guard let base = base(of: chain[0], semantics) else {
                throw KindProblem(
                    code: "PK004", member: "base",
                    message: "there is no plugin kind '\(chain[0].base)' to build on"
                        + hint(chain[0].base, semantics))
            }
            chain.insert(base, at: 0)
        }
        return chain
    }

    /// The fields of a plugin that are parameters of its kind, whatever the variant.
    func parameters(of kind: PluginKind, _ semantics: Semantics) -> [Text] {
        var names: [Text] = []
        let chain: [PluginKind]
        do throws(KindProblem) { chain = try self.chain(kind, semantics) } catch { return [] }
        for kind in chain {
            if let select = kind.root["select"]?.value.text { names.append(select) }
            let variants = kind.root["variants"]?.members.map(\.node) ?? []
            for layer in [kind.root] + variants {
                for (key, _, parameter) in layer["parameters"]?.members ?? [] {
                    names.append(parameter["from"]?.value.text ?? key)
                }
            }
        }
        return names
    }

    /// A kind of Docket's own that has its name from its base is what native workflows mean by it.
    private func base(of kind: PluginKind, _ semantics: Semantics) -> PluginKind? {
        if !kind.isOwn, kind.base.utf8.elementsEqual(kind.name.utf8) {
            return find(kind.base, .ballerine)
        }
        return find(kind.base, semantics) ?? find(kind.base, .docket)
            ?? find(kind.base, .ballerine)
    }

    /// `; did you mean 'NAME'?`, or nothing.
    func hint(_ name: String, _ semantics: Semantics) -> String {
        let arena = Arena(chunkBytes: 1024)
        return NearestName.hint(arena.text(name), among: names(semantics).map { arena.text($0) })
    }
}

/// What is wrong with a kind, or with a plugin of a kind.
struct KindProblem: Error {
    var code: String
    /// The member it is about, of the kind's file or of the plugin.
    var member: String
    var message: String
}
