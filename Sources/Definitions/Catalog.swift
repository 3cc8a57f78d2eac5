public import DecisionTables
public import Documents
import Expressions
import RiskRules
import Statecharts

/// A file of the repository.
public struct RepositoryFile: Sendable {
    /// Path from the root, with `/`.
    public var path: String
    /// The content.
    public var bytes: [UInt8]

    /// A file.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Definitions of one commit, loaded, checked and compiled. Loading never fails: what could be read
/// is there, and the findings say what could not.
public final class Catalog: Sendable {
    /// `docket.yaml`.
    public let settings: Settings
    /// By id, in byte order.
    public let workflows: [Workflow]
    /// Alert rules in the order of their files.
    public let alertRules: [AlertRule]
    /// Ids of workflows that have an error-level finding.
    public let brokenWorkflows: Set<String>
    /// Sorted by file and place.
    public let findings: [Finding]
    /// Digest of all definitions.
    public let digest: Digest
    /// Files of `lists/`, by path in byte order.
    public let lists: [ListFile]
    /// Parsed recorded answers by path.
    public let answers: [String: Source]

    private let tables: TableLibrary
    private let sources: [Source]
    private let ruleFiles: [String: RiskRuleFile]
    private let arena: UncheckedArena

    /// Whether a file is a definition: `docket.yaml`, YAML or JSON below `workflows/`, `rules/`,
    /// `forms/`, `plugins/` and `vendors/`, and the CSV files of tables below `rules/`; tests among them
    /// are not.
    public static func isDefinition(_ path: String) -> Bool {
        if path == "docket.yaml" { return true }
        guard
            ["workflows/", "rules/", "forms/", "plugins/", "vendors/"].contains(
                where: path.hasPrefix)
        else { return false }
        if TableLibrary.isRowFile(path) { return true }
        let endings = [".yaml", ".yml", ".json"]
        guard let ending = endings.first(where: path.hasSuffix) else { return false }
        return !path.dropLast(ending.count).hasSuffix(".test")
    }

    /// Loads definitions; files that are none are left out.
    ///
    /// - Parameters:
    ///   - lists: the files of `lists/`.
    ///   - content: the bytes of one, asked for when a definition names it; nil when it cannot be read,
    ///     which is for the caller to tell.
    public convenience init(
        loading files: [RepositoryFile], lists: [ListFile] = [],
        content: (ListFile) -> [UInt8]? = { _ in nil }
    ) {
        self.init(withoutActuallyEscaping(content) { Self.loaded(files, lists, $0) })
    }

    private static func loaded(
        _ files: [RepositoryFile], _ lists: [ListFile],
        _ content: @escaping (ListFile) -> [UInt8]?
    ) -> CatalogLoader {
        var loader = CatalogLoader()
        loader.lists = lists.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        loader.load(files, content)
        return loader
    }

    /// A catalog of one file, taken by its content for what it is, whatever its name. Names that lead
    /// to other files are not looked up. A workflow that does not say follows Ballerine when it has
    /// no `docket`, the version of Docket's own format.
    public convenience init(alone source: Source, as kind: DefinitionKind) {
        var loader = CatalogLoader()
        loader.load(alone: source, as: kind)
        self.init(loader)
    }

    /// A catalog of one workflow that is no file, with Ballerine's semantics unless it says otherwise.
    ///
    /// - Parameter rules: risk rules of any path: a list, or `{rules: […]}`.
    public convenience init(simulating workflow: Source, rules: Value?) {
        var loader = CatalogLoader()
        loader.load(simulated: workflow, rules: rules)
        self.init(loader)
    }

    private init(_ loader: CatalogLoader) {
        settings = loader.settings
        workflows = loader.workflows
        alertRules = loader.alertRules
        findings = loader.findings.sorted()
        digest = loader.digest
        lists = loader.lists
        answers = loader.answers
        sources = loader.sources
        ruleFiles = loader.ruleFiles
        tables = loader.tables
        arena = UncheckedArena(loader.arena)
        let broken = Set(loader.findings.filter { $0.level == .error }.map(\.file))
        brokenWorkflows = Set(
            loader.workflows.filter { workflow in
                broken.contains(workflow.file) || !workflow.uses.isDisjoint(with: broken)
            }.map(\.id)
        ).union(loader.unreadWorkflows)
    }

    /// A workflow by its id.
    public func workflow(_ id: String) -> Workflow? {
        workflows.first { $0.id == id }
    }

    /// A decision table by its id, or by `rules/FILE.yaml#ID`.
    public func table(_ name: String) -> DecisionTable? { tables.find(name)?.table }

    /// Whether Docket brings a kind of API plugin along.
    public static func hasPluginKind(_ name: String) -> Bool { PluginKinds.isBuiltIn(name) }

    /// Whether a finding stops a run.
    public var hasErrors: Bool { findings.contains { $0.level == .error } }
}

/// Keeps the catalog's arena alive; nothing is added to it after loading.
private struct UncheckedArena: @unchecked Sendable {
    let arena: Arena
    init(_ arena: Arena) { self.arena = arena }
}

/// Loads a catalog: settings and rules first, then what uses them.
private struct CatalogLoader {
    let arena: Arena
    var vocabulary: Vocabulary
    var settings = Settings()
    var parts: [WorkflowParts] = []
    var workflows: [Workflow] = []
    var alertRules: [AlertRule] = []
    var unreadWorkflows: Set<String> = []
    var findings: [Finding] = []
    var digest = Digest(of: "")
    var lists: [ListFile] = []
    var answers: [String: Source] = [:]
    var sources: [Source] = []
    var ruleFiles: [String: RiskRuleFile] = [:]
    var kinds = PluginKinds()
    var tables = TableLibrary()

    init() {
        arena = Arena()
        vocabulary = Vocabulary(in: arena)
    }

    mutating func load(_ files: [RepositoryFile], _ content: @escaping (ListFile) -> [UInt8]?) {
        let catalog = ListCatalog(lists, in: arena, content: content)
        defer { catalog.close() }
        vocabulary = Vocabulary(lists: catalog.library, in: arena)
        let files = files.filter { Catalog.isDefinition($0.path) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        digest = Self.digest(files)
        sources = files.compactMap { TableLibrary.isRowFile($0.path) ? nil : parse($0) }
        if !files.contains(where: { $0.path == "docket.yaml" }) {
            findings.append(
                Finding(
                    "CFG000", .error,
                    "there is no docket.yaml at the root; 'docket init' writes one",
                    file: "docket.yaml"))
        }
        let settingsFile = sources(.settings).first
        if let settingsFile { readSettings(settingsFile) }
        readTables(files)
        readRules(sources(.rules))
        for source in sources(.answers) { answers[source.file] = source }
        readKinds(sources(.plugin))
        for source in sources(.workflow) { readWorkflow(source, catalog, default: .docket) }
        let forms = sources(.form)
        finishWorkflows(forms)
        let known = Set(workflows.map(\.id)).union(unreadWorkflows)
        readAlerts(sources(.rules), known, fileDigest(catalog))
        for form in forms {
            findings += FormCheck(knownWorkflows: known, vocabulary: vocabulary).check(form.root)
        }
        vocabulary.finish()
        findings += vocabulary.findings + catalog.findings
        digest = catalog.digest(with: digest)
        findings += ReferenceChecks(
            settings: settingsFile, vendors: vendorNames(settingsFile),
            vendorSettings: settings.vendors, workflows: workflows,
            unreadWorkflows: unreadWorkflows, forms: forms, answers: answers, lists: lists,
            rules: Set(sources(.rules).map(\.file))
        ).check()
        findings = ExpressionPlaces.refine(findings, in: files)
    }

    mutating func load(alone source: Source, as kind: DefinitionKind) {
        sources = [source]
        vocabulary = Vocabulary(lists: ListLibrary(openIn: arena), in: arena)
        let isNative = source.root["docket"] != nil
        switch kind {
        case .settings: readSettings(source)
        case .rules:
            readTables(nil)
            readRules([source])
            readAlerts([source], nil, fileDigest(nil))
        case .answers: answers[source.file] = source
        case .workflow:
            readWorkflow(source, nil, default: isNative ? .docket : .ballerine)
            finishWorkflows([])
        case .form:
            findings += FormCheck(knownWorkflows: [], vocabulary: vocabulary).check(source.root)
        case .plugin: readKinds([source])
        }
        vocabulary.finish()
        findings += vocabulary.findings
        findings.removeAll { ReferenceChecks.codes.contains($0.code) }
    }

    private func sources(_ kind: DefinitionKind) -> [Source] {
        sources.filter { DefinitionKind(path: $0.file) == kind }
    }

    /// The vendors as written: one that is not sound is still known by its name.
    private func vendorNames(_ settings: Source?) -> [String] {
        settings?.root["vendors"]?.members.map { String($0.key) } ?? []
    }

    mutating func load(simulated source: Source, rules: Value?) {
        var file: RiskRuleFile?
        if let rules {
            let list = rules.kind == .array ? rules : rules["rules"] ?? .emptyArray
            let root = source.arena.object(["docket": .integer(1), "rules": list])
            let made = Source(file: "rules", arena: source.arena, value: root)
            let (read, problems) = RiskRuleFile.load(made, vocabulary: vocabulary)
            file = read
            findings += problems
        }
        var reader = WorkflowReader(
            vocabulary: vocabulary, kinds: kinds, ruleDigest: { _ in Digest(of: "") },
            rules: { _ in file })
        if let read = reader.read(source, default: .ballerine) { parts = [read] }
        finishWorkflows([])
        findings += reader.findings
        sources = [source]
    }

    private static func digest(_ files: [RepositoryFile]) -> Digest {
        var bytes: [UInt8] = []
        for file in files {
            bytes += Array(file.path.utf8) + [0] + Digest(of: file.bytes).bytes
        }
        return Digest(of: bytes)
    }

    private mutating func parse(_ file: RepositoryFile) -> Source? {
        let parsed = file.bytes.withUnsafeBytes { Source.parse(file.path, $0) }
        findings += parsed.findings
        let source = parsed.source
        if source == nil, file.path.hasPrefix("workflows/") {
            unreadWorkflows.insert(Self.stem(file.path))
        }
        return source
    }

    /// The name of a file without folder and ending: by convention the id of what is in it.
    private static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.split(separator: ".").first ?? "")
    }

    private mutating func readSettings(_ source: Source) {
        var reader = SettingsReader(arena: arena)
        reader.read(source.root)
        settings = reader.settings
        vocabulary.timeZone = settings.timeZone
        findings += reader.findings
    }

    /// - Parameter files: those of the repository; nil when there is no repository to look in.
    private mutating func readTables(_ files: [RepositoryFile]?) {
        let library = vocabulary.lists
        tables = TableLibrary(
            sources.filter(TableLibrary.mayHoldTables), files,
            lists: { name in
                guard let list = library[name], let keys = list.keys.array else { return nil }
                return (Array(keys), String(list.file))
            }, in: arena)
        findings += tables.findings
        vocabulary.tables = { [tables] in tables.find($0) }
    }

    /// Names first, since every file may use those of the others.
    private mutating func readRules(_ sources: [Source]) {
        for source in sources { vocabulary.collect(source.root) }
        for source in sources where !TableLibrary.holdsOnlyTables(source) {
            vocabulary.used = []
            let (file, problems) = RiskRuleFile.load(source, vocabulary: vocabulary)
            vocabulary.tell(source.file, needs: vocabulary.used)
            findings += problems
            if let file { ruleFiles[source.file] = file }
        }
    }

    /// Nil workflows are not looked up.
    private mutating func readAlerts(
        _ files: [Source], _ workflows: Set<String>?, _ fileDigest: @escaping (String) -> Digest
    ) {
        let rules = ruleFiles
        var reader = AlertReader(vocabulary, arena: arena, fileDigest: fileDigest) { rules[$0] }
        for file in files { reader.read(file) }
        if let workflows { reader.check(workflows: Array(workflows)) }
        alertRules = reader.alerts
        findings += reader.findings
    }

    private mutating func readKinds(_ files: [Source]) {
        let reader = PluginKindReader(files)
        kinds = reader.kinds
        findings += reader.findings
    }

    /// The digest of a file that conditions name, by its value.
    private func fileDigest(_ lists: ListCatalog?) -> (String) -> Digest {
        let digests = Dictionary(
            uniqueKeysWithValues: sources.filter {
                ruleFiles[$0.file] != nil || TableLibrary.holdsOnlyTables($0)
                    || DefinitionKind(path: $0.file) == .plugin
            }
            .map { ($0.file, Digest(of: JSONWriter.canonicalFile($0.value))) })
        let library = tables
        return {
            digests[$0] ?? lists?.digest(of: $0) ?? library.digest(ofRowFile: $0) ?? Digest(of: "")
        }
    }

    private mutating func readWorkflow(
        _ source: Source, _ lists: ListCatalog?, default semantics: Semantics
    ) {
        let rules = ruleFiles
        var reader = WorkflowReader(
            vocabulary: vocabulary, kinds: kinds, ruleDigest: fileDigest(lists),
            rules: { rules[$0] })
        let workflow = reader.read(source, default: semantics)
        findings += reader.findings
        guard let workflow else {
            unreadWorkflows.insert(source.root["id"]?.value.string ?? Self.stem(source.file))
            return
        }
        if let other = parts.first(where: { $0.id.utf8.elementsEqual(workflow.id.utf8) }) {
            for file in [other.source, source] {
                findings.append(
                    (file.root["id"] ?? file.root).finding(
                        "WF007", .error,
                        "the workflow id '\(workflow.id)' stands in \(other.source.file) and in "
                            + "\(source.file); ids are unique"))
            }
            return
        }
        parts.append(workflow)
    }

    private mutating func finishWorkflows(_ forms: [Source]) {
        let closures = Closures(parts, forms)
        workflows = parts.map { part in
            var part = part
            part.closure = closures.digest(of: part)
            return Workflow(part)
        }.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }
}
