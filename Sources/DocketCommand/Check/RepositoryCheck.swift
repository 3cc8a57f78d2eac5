import Definitions
import Documents
import Vendors

/// Checks the definitions and case files of a repository.
struct RepositoryCheck {
    private(set) var findings: [Finding] = []
    private(set) var checked = CheckedFiles()

    /// The largest definition that is read, in bytes.
    private static let definitionLimit = 16 << 20

    /// Checks everything that is there.
    mutating func check(_ files: [TreeFile]) {
        let catalog = checkDefinitions(files.filter { Catalog.isDefinition($0.path) })
        var cases = CaseTreeCheck(catalog: catalog)
        cases.check(files.filter { $0.path.hasPrefix("cases/") })
        findings += cases.findings
        checked.cases = cases.caseCount
        checked.events = cases.eventCount
        findings.sort()
    }

    private mutating func checkDefinitions(_ files: [TreeFile]) -> Catalog {
        var definitions: [RepositoryFile] = []
        for file in files {
            guard file.kind == .file else {
                findings.append(
                    Finding(
                        "DEF001", .error, "a definition is a file, not a link or a submodule",
                        file: file.path))
                continue
            }
            do {
                definitions.append(
                    RepositoryFile(path: file.path, bytes: try file.read(Self.definitionLimit)))
            } catch {
                findings.append(
                    Finding("DEF002", .error, "cannot be read: \(error)", file: file.path))
            }
        }
        checked.definitions = definitions.count
        let catalog = Catalog(loading: definitions)
        findings += catalog.findings
        findings += RecordedVendors.check(catalog)
        return catalog
    }
}

/// Checks files by themselves, each taken for what it holds.
struct FileCheck {
    private(set) var findings: [Finding] = []
    private(set) var checked = CheckedFiles()

    mutating func check(_ path: String) throws {
        let bytes = path == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(path)
        if path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") || path.hasSuffix(".csv") {
            var bulk = BulkFileCheck(file: path, defaultWorkflow: "", catalog: nil)
            bulk.check(bytes)
            findings += bulk.findings
            checked.cases += bulk.count
            return
        }
        let parsed = parse(path, bytes)
        findings += parsed.findings
        guard let source = parsed.source else { return }
        if let kind = DefinitionKind(content: source.root.value) {
            let catalog = Catalog(alone: source, as: kind)
            findings += ExpressionPlaces.refine(
                catalog.findings, in: [RepositoryFile(path: path, bytes: bytes)])
            if kind == .answers { findings += RecordedVendors.check(catalog) }
            checked.definitions += 1
        } else if source.root["context"] != nil {
            findings += CaseTreeCheck.shape(of: source.root).findings
            checked.cases += 1
        } else if source.root["type"] != nil {
            findings += CaseTreeCheck.eventShape(of: source.root)
            checked.events += 1
        } else {
            findings.append(
                source.root.finding(
                    "DOC014", .error,
                    "this is no definition, case or event: it has neither definition, rules, "
                        + "uiSchema, answers, context nor type"))
        }
    }

    /// A file without a known ending is read as YAML, which JSON is too.
    private func parse(_ path: String, _ bytes: [UInt8]) -> (source: Source?, findings: [Finding]) {
        if DocumentFormat(path: path) != nil {
            let parsed = Source.parse(path, bytes)
            return (parsed.source, parsed.findings)
        }
        do throws(ParseError) {
            let stream = try YAMLParser().parse(bytes, file: path)
            return (stream.documents.first, stream.findings)
        } catch {
            return (nil, [error.finding(file: path)])
        }
    }

    /// The findings in order.
    var sorted: [Finding] { findings.sorted() }
}
